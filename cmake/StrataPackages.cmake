# SPDX-License-Identifier: MIT
# Packages: `cpack -G DEB`, `-G RPM`, `-G TGZ` in the build folder (scripts/release.sh makes them all from a tag).
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
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # dependencies from what is linked: right on the release that builds it
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_PACKAGE_AUTOREQPROV ON)
set(CPACK_RPM_SPEC_MORE_DEFINE "%global debug_package %{nil}\n%global __os_install_post %{nil}\n%global _build_id_links none\n%global use_source_date_epoch_as_buildtime 1\n%global clamp_mtime_to_source_date_epoch 1\n%global _buildhost localhost")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_IGNORE_FILES "/\\.git/;/build/")
include(CPack)
