# SPDX-License-Identifier: MIT
# Go toolchains: those that are installed (/usr/lib/go-VERSION), those that scripts/fetch-go.sh has unpacked (build/go/VERSION), and
# where there are none of these, the one on the PATH.

# strata_go_toolchains(RESULT): their `go` programs, the oldest version first.
function(strata_go_toolchains result)
  file(GLOB installed RELATIVE /usr/lib /usr/lib/go-1.*)
  file(GLOB unpacked RELATIVE ${CMAKE_SOURCE_DIR}/build/go ${CMAKE_SOURCE_DIR}/build/go/1.*)
  list(TRANSFORM installed REPLACE "^go-" "")
  set(versions ${installed} ${unpacked})
  list(REMOVE_DUPLICATES versions)
  list(SORT versions COMPARE NATURAL)
  set(found)
  foreach(version ${versions})
    foreach(root /usr/lib/go-${version} ${CMAKE_SOURCE_DIR}/build/go/${version})
      if(EXISTS ${root}/bin/go)
        list(APPEND found ${root}/bin/go)
        break()
      endif()
    endforeach()
  endforeach()
  if(NOT found)
    find_program(STRATA_GO go)
    if(STRATA_GO)
      set(found ${STRATA_GO})
    endif()
  endif()
  set(${result} ${found} PARENT_SCOPE)
endfunction()
