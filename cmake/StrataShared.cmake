# SPDX-License-Identifier: MIT
# libstrata: the layers up to layout as one shared library with the header strata.h; all other symbols stay inside.
if(NOT STRATA_SHARED OR STRATA_STATIC)
  return()
endif()

add_library(libstrata SHARED inspector/library/library.c)
strata_target(libstrata)
target_compile_definitions(libstrata PRIVATE STRATA_VERSION="${PROJECT_VERSION}")
target_link_libraries(libstrata PRIVATE strata_source strata_layout)
target_link_options(libstrata PRIVATE LINKER:--version-script=${CMAKE_SOURCE_DIR}/inspector/library/strata.map LINKER:--no-undefined)
if(STRATA_SANITIZE)
  target_link_options(libstrata PRIVATE LINKER:-z,undefs) # the program brings the sanitizers
endif()
set_target_properties(libstrata PROPERTIES OUTPUT_NAME strata VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${CMAKE_SOURCE_DIR}/inspector/library/strata.map)

file(RELATIVE_PATH strata_include_from_pc /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p/${CMAKE_INSTALL_INCLUDEDIR})
configure_file(${CMAKE_SOURCE_DIR}/cmake/strata.pc.in ${CMAKE_BINARY_DIR}/strata.pc @ONLY)
install(TARGETS libstrata LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT library)
install(FILES inspector/library/strata.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)
install(FILES ${CMAKE_BINARY_DIR}/strata.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)
