# SPDX-License-Identifier: MIT
# The libraries strata stands on. Each becomes a target strata::NAME.
#   libelf, libdwarf, ncursesw  the chosen three
#   libdeflate, libzstd         compressed debug sections
#   zlib, liblzma               files that are compressed as a whole, and .gnu_debugdata; in streams, which libdeflate does not do
#   xxhash                      hashes of names
#   jansson                     JSON
#   utf8proc                    cell widths of names
#   capstone                    disassembly; optional
#   libarchive                  the tar in a Debian package; optional
#   isa-l                       large compressed sections, read while they are being inflated; optional
#   tre                         regular expressions in linear time
#   sqlite3                     the report that can be asked in SQL
if(STRATA_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(strata_pkg name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
  add_library(strata::${name} ALIAS PkgConfig::${name})
endfunction()

strata_pkg(elf libelf)
strata_pkg(deflate libdeflate)
strata_pkg(zstd libzstd)
strata_pkg(lzma liblzma)
strata_pkg(xxhash libxxhash)
strata_pkg(jansson jansson)
strata_pkg(sqlite sqlite3)
strata_pkg(ncurses ncursesw)
strata_pkg(tre tre)

# utf8proc's SONAME is another one in each release of Debian, and all of it is one table: its archive where there is one, so that a package of one
# release can be installed on the next.
find_library(UTF8PROC_ARCHIVE NAMES libutf8proc.a)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET GLOBAL libutf8proc)
if(UTF8PROC_ARCHIVE)
  set_target_properties(PkgConfig::utf8proc PROPERTIES INTERFACE_LINK_LIBRARIES ${UTF8PROC_ARCHIVE})
endif()
add_library(strata::utf8proc ALIAS PkgConfig::utf8proc)

# Disassembly, for `strata lab calls`; without it that one experiment is absent.
pkg_check_modules(capstone IMPORTED_TARGET GLOBAL capstone)
if(TARGET PkgConfig::capstone)
  add_library(strata::capstone ALIAS PkgConfig::capstone)
endif()

# The tar in a Debian package; without it such a package is refused by name. Its static archive wants a dozen libraries.
if(NOT STRATA_STATIC)
  pkg_check_modules(archive IMPORTED_TARGET GLOBAL libarchive)
  if(TARGET PkgConfig::archive)
    add_library(strata::archive ALIAS PkgConfig::archive)
  endif()
endif()

# Large compressed sections piece by piece, so that the scan begins on their start; without it libdeflate inflates them whole, before it.
if(NOT STRATA_STATIC) # Debian has no static one
  pkg_check_modules(isal IMPORTED_TARGET GLOBAL libisal)
  if(TARGET PkgConfig::isal)
    add_library(strata::isal ALIAS PkgConfig::isal)
  endif()
endif()

# libdwarf ships no usable pkg-config file in Debian, and its two releases there share a SONAME with different ABIs: take the
# header where it stands and the static archive where there is one, so that what was compiled is what runs.
find_path(DWARF_INCLUDE_DIR libdwarf.h PATH_SUFFIXES libdwarf libdwarf-2 libdwarf-0 REQUIRED)
find_library(DWARF_LIBRARY NAMES libdwarf.a dwarf REQUIRED)
# Debian's archive is not made for shared libraries: libstrata takes the shared libdwarf.
find_library(DWARF_SHARED_LIBRARY NAMES dwarf REQUIRED)
set(dwarf_library $<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>,${DWARF_SHARED_LIBRARY},${DWARF_LIBRARY}>)
find_package(ZLIB REQUIRED)
add_library(strata_libdwarf INTERFACE)
target_include_directories(strata_libdwarf SYSTEM INTERFACE ${DWARF_INCLUDE_DIR})
target_link_libraries(strata_libdwarf INTERFACE ${dwarf_library} PkgConfig::elf ZLIB::ZLIB PkgConfig::zstd)
add_library(strata::dwarf ALIAS strata_libdwarf)

# One file that runs anywhere: what the archives need of each other stands behind them.
if(STRATA_STATIC)
  set(behind "")
  foreach(name tinfo z zstd lzma bz2 m)
    find_library(STATIC_${name} NAMES lib${name}.a)
    if(STATIC_${name})
      list(APPEND behind ${STATIC_${name}})
    endif()
  endforeach()
  foreach(module elf sqlite ncurses)
    target_link_libraries(PkgConfig::${module} INTERFACE ${behind})
  endforeach()
  target_link_libraries(strata_libdwarf INTERFACE ${behind})
  # libelf.a of elfutils 0.192 lacks functions that it calls.
  include(CheckCSourceCompiles)
  set(CMAKE_REQUIRED_LINK_OPTIONS -static)
  set(CMAKE_REQUIRED_LIBRARIES PkgConfig::elf)
  check_c_source_compiles("#include <libelf.h>
    int main(void) { return elf_version(EV_CURRENT) == EV_NONE || elf_begin(0, ELF_C_READ, 0) != 0; }" STRATA_LIBELF_IS_WHOLE)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  unset(CMAKE_REQUIRED_LIBRARIES)
  if(NOT STRATA_LIBELF_IS_WHOLE)
    add_library(strata_libelf_search STATIC ${CMAKE_CURRENT_LIST_DIR}/libelf_search.c)
    target_compile_definitions(strata_libelf_search PRIVATE _GNU_SOURCE)
    target_link_libraries(PkgConfig::elf INTERFACE strata_libelf_search)
  endif()
endif()
