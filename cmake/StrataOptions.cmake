# SPDX-License-Identifier: MIT
# Warnings, sanitizers and the two helpers that every folder is built with.

function(strata_target target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes
    -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -fno-omit-frame-pointer)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE _FILE_OFFSET_BITS=64)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/inspector ${CMAKE_SOURCE_DIR})
  if(STRATA_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(STRATA_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${STRATA_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${STRATA_SANITIZE})
  endif()
endfunction()

# strata_library(NAME FOLDER [LINK ...]): all .c files of FOLDER as one static library; an empty folder makes none.
function(strata_library name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c)
  if(NOT sources)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  strata_target(${name})
  foreach(dependency ${ARGN})
    if(TARGET ${dependency})
      target_link_libraries(${name} PUBLIC ${dependency})
    endif()
  endforeach()
endfunction()
