// SPDX-License-Identifier: MIT
// libdwarf's two interfaces under one set of names. Private to die_reader.c.
//
// The object access interface was renamed and retyped in 0.3.4, which also began to define
// DW_LIBDWARF_VERSION_MAJOR; everything else that strata calls is spelled the same in 20210528 and in later
// releases.
#ifndef STRATA_DWARF_LIBDWARF_COMPAT_H
#define STRATA_DWARF_LIBDWARF_COMPAT_H

#include <dwarf.h>
#include <libdwarf.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef DW_LIBDWARF_VERSION_MAJOR

typedef Dwarf_Obj_Access_Interface_a compat_interface;
typedef Dwarf_Obj_Access_Methods_a compat_methods;
typedef Dwarf_Obj_Access_Section_a compat_section;
typedef Dwarf_Unsigned compat_section_index;
typedef Dwarf_Small compat_byte_order;

#define COMPAT_BIG_ENDIAN DW_END_big
#define COMPAT_LITTLE_ENDIAN DW_END_little
#define COMPAT_HAS_FILE_SIZE 1

#define COMPAT_METHOD(name) .om_##name
#define COMPAT_INTERFACE(owner, table)                                                                       \
    {                                                                                                        \
        .ai_object = (owner), .ai_methods = (table)                                                          \
    }

static inline void compat_section_set(compat_section *section, const char *name, uint64_t size_bytes)
{
    *section = (compat_section){.as_name = name, .as_type = 1 /* SHT_PROGBITS */, .as_size = size_bytes};
}

static inline void compat_finish(Dwarf_Debug debug)
{
    dwarf_object_finish(debug);
}

#else

typedef Dwarf_Obj_Access_Interface compat_interface;
typedef Dwarf_Obj_Access_Methods compat_methods;
typedef Dwarf_Obj_Access_Section compat_section;
typedef Dwarf_Half compat_section_index;
typedef Dwarf_Endianness compat_byte_order;

#define COMPAT_BIG_ENDIAN DW_OBJECT_MSB
#define COMPAT_LITTLE_ENDIAN DW_OBJECT_LSB
#define COMPAT_HAS_FILE_SIZE 0

#define COMPAT_METHOD(name) .name
#define COMPAT_INTERFACE(owner, table)                                                                       \
    {                                                                                                        \
        .object = (owner), .methods = (table)                                                                \
    }

static inline void compat_section_set(compat_section *section, const char *name, uint64_t size_bytes)
{
    *section = (compat_section){.name = name, .type = 1 /* SHT_PROGBITS */, .size = size_bytes};
}

static inline void compat_finish(Dwarf_Debug debug)
{
    Dwarf_Error ignored = NULL;
    dwarf_object_finish(debug, &ignored);
}

#endif

// Since 0.12 the method table has grown at its end, and the library reads the new pointers whether or not
// the caller's struct holds them: zeros behind the table stand for "not there".
union compat_method_table {
    compat_methods methods;
    void *zeros[sizeof(compat_methods) / sizeof(void *) + 8];
};

#endif
