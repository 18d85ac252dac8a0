#include "type/language.h"

#include "dwarf/constants.h"

enum language_family language_family(uint16_t language)
{
    switch (language) {
    case 0:
    case LANG_C89:
    case LANG_C:
    case LANG_C99:
    case LANG_C11:
    case LANG_C17:
    case LANG_C23:
    case LANG_ObjC:
    case LANG_UPC:
    case LANG_OpenCL:
    case LANG_Assembly:
    case LANG_Mips_Assembler:
        return LANGUAGE_C;
    case LANG_C_plus_plus:
    case LANG_C_plus_plus_03:
    case LANG_C_plus_plus_11:
    case LANG_C_plus_plus_14:
    case LANG_C_plus_plus_17:
    case LANG_C_plus_plus_20:
    case LANG_C_plus_plus_23:
    case LANG_ObjC_plus_plus:
    case LANG_HIP:
        return LANGUAGE_CPLUSPLUS;
    case LANG_Go:
        return LANGUAGE_GO;
    case LANG_Rust:
        return LANGUAGE_RUST;
    default:
        return LANGUAGE_OTHER;
    }
}

int64_t language_lower_bound(uint16_t language)
{
    switch (language) {
    case LANG_Ada83:
    case LANG_Ada95:
    case LANG_Ada2005:
    case LANG_Ada2012:
    case LANG_Cobol74:
    case LANG_Cobol85:
    case LANG_Fortran77:
    case LANG_Fortran90:
    case LANG_Fortran95:
    case LANG_Fortran03:
    case LANG_Fortran08:
    case LANG_Fortran18:
    case LANG_Julia:
    case LANG_Modula2:
    case LANG_Modula3:
    case LANG_Pascal83:
    case LANG_PLI:
        return 1;
    default:
        return 0;
    }
}
