# SPDX-License-Identifier: MIT
# Packages: `cpack -G DEB`, `-G RPM`, `-G TGZ` in the build folder. scripts/release.sh makes them all from a tag: the .debs of the build with shared
# libraries; .rpm and .tar.gz of the static build, which any system runs.
set(CPACK_VERBATIM_VARIABLES ON) # what is written into CPackConfig.cmake is escaped: /\\.git/ arrives as it stands
set(CPACK_PACKAGE_NAME strata)
set(CPACK_PACKAGE_VENDOR "the strata authors")
set(CPACK_PACKAGE_CONTACT "the strata authors <strata@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "memory layout and alignment inspector")
set(CPACK_PACKAGE_DESCRIPTION
  "Reads a compiled binary's debug information (DWARF, BTF) and shows sizes, offsets, holes and padding of its types; packs, compares and checks them; shows hash maps live in the terminal.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES OFF) # `strata verify` reads the program's own debug information
set(CPACK_THREADS 0)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# Two packages, because they fit different systems. The program's libraries have the same SONAMEs in Debian 12 and later: what is made on 12 runs on 13
# and on sid. libstrata takes the shared libdwarf, whose releases share one SONAME with different ABIs, so it belongs to the release that makes it.
#   strata        program, man page, completions, schemas, pages
#   libstrata-dev library, header, strata.pc
set(CPACK_COMPONENTS_ALL program)
if(TARGET libstrata)
  list(APPEND CPACK_COMPONENTS_ALL library)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME strata)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libstrata-dev)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "The layouts of types as a C library: libstrata.so, strata.h, strata.pc. The program is in the package strata.")
# What die_reader.c was compiled for (dwarf/libdwarf_compat.h): the interface changed in 0.3.4, whose version in Debian begins with 1:.
file(STRINGS ${DWARF_INCLUDE_DIR}/libdwarf.h has_new_libdwarf REGEX "define DW_LIBDWARF_VERSION_MAJOR" LIMIT_COUNT 1)
if(has_new_libdwarf)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "libdwarf1 (>= 1:0.3.4)")
else()
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "libdwarf1 (<< 1:0)")
endif()
# Which system they are of stands in the version: 0.1.0-1+debian12 is older than 0.1.0-1+debian13, so that an upgraded system is offered its own.
cmake_host_system_information(RESULT release QUERY DISTRIB_INFO)
set(release_name ${release_ID}${release_VERSION_ID})
if(NOT release_VERSION_ID)
  set(release_name ${release_ID}${release_VERSION_CODENAME})
endif()
string(REGEX REPLACE "[^a-zA-Z0-9.]" "" release_name "${release_name}")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1+${release_name})
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # dependencies from what is linked
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
# What is loaded when it is used: capstone when code is read, libarchive when a Debian package is, ISA-L when a large compressed section is.
set(loaded_packages)
if(TARGET strata::capstone)
  string(REGEX MATCH "^[0-9]+" capstone_major "${capstone_VERSION}")
  list(APPEND loaded_packages libcapstone${capstone_major})
endif()
if(TARGET strata::archive)
  list(APPEND loaded_packages libarchive13) # of tar_library.c; what provides it is called libarchive13t64 since Debian 13
endif()
if(TARGET strata::isal)
  list(APPEND loaded_packages libisal2) # of isal_library.c
endif()
list(JOIN loaded_packages ", " CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS)
# Loaded when they are asked for by name: a server of debug files (debug_server.c), a database of PostgreSQL (pq_library.c).
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "libdebuginfod1, libpq5")
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
# Folders that other packages own.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/fish
  /usr/share/fish/vendor_completions.d /usr/share/zsh /usr/share/zsh/site-functions /usr/share/man /usr/share/man/man1
  /usr/${CMAKE_INSTALL_LIBDIR} /usr/${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_PACKAGE_AUTOREQPROV ON)
set(CPACK_RPM_SPEC_MORE_DEFINE "%global debug_package %{nil}\n%global __os_install_post %{nil}\n%global _build_id_links none\n%global use_source_date_epoch_as_buildtime 1\n%global clamp_mtime_to_source_date_epoch 1\n%global _buildhost localhost")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_IGNORE_FILES "/\\.git/;/build/")
include(CPack)
