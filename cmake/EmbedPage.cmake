# SPDX-License-Identifier: MIT
# cmake -DFOLDER=… -DFIELDS=…/compact.def -DOUT=… -DSCHEMAS=… -P EmbedPage.cmake
#
# Puts page.css and the scripts into page.html, with the hashes of both in its content security policy; cuts it where the data
# goes; and writes the two halves, and what a database is made with, as arrays of C. Positions of fields come from FIELDS.
# The tables' definitions are written into the folder SCHEMAS alone, too, to be read.
include(${CMAKE_CURRENT_LIST_DIR}/CompactFields.cmake)
compact_fields(${FIELDS})

# The base64 of a SHA-256 given in hexadecimal, as a policy wants it (32 bytes: ten groups of three and one of two).
function(base64_of_hash hex result)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  foreach(group RANGE 10)
    math(EXPR start "${group} * 6")
    string(SUBSTRING "${hex}0000" ${start} 6 digits)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${digits} >> ${shift}) & 63")
      string(SUBSTRING "${alphabet}" ${index} 1 letter)
      string(APPEND text "${letter}")
    endforeach()
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${result} "${text}=" PARENT_SCOPE)
endfunction()

# Text in files is cut by marks, not by list operations: semicolons and brackets in it mean nothing to us.
file(READ ${FOLDER}/page.html page)
file(READ ${FOLDER}/page.css css)
set(js "")
foreach(part model dom map try detail overview list main) # one after the other in one script
  file(READ ${FOLDER}/${part}.js text)
  compact_substitute(text)
  string(APPEND js "${text}")
endforeach()
foreach(part css js)
  set(text "${${part}}")
  string(SHA256 hash "${text}")
  base64_of_hash(${hash} base64)
  string(REPLACE "@${part}-hash@" "sha256-${base64}" page "${page}")
  string(REPLACE "@${part}@" "${text}" page "${page}")
endforeach()
string(FIND "${page}" "@data@" cut)
if(cut EQUAL -1)
  message(FATAL_ERROR "page.html has no @data@")
endif()
math(EXPR after "${cut} + 6")
string(SUBSTRING "${page}" 0 ${cut} head)
string(SUBSTRING "${page}" ${after} -1 tail)

set(source "// Made by cmake/EmbedPage.cmake.\n#include \"report/page/page.h\"\n")
function(append_array name text) # with WITH_SIZE its size, too
  string(HEX "${text}" hex)
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," array "${hex}")
  if(ARGC GREATER 2)
    string(APPEND source "const size_t ${name}_bytes = ${bytes};\n")
  endif()
  set(source "${source}const unsigned char ${name}[] = {${array}0};\n" PARENT_SCOPE)
endfunction()
append_array(page_head "${head}" WITH_SIZE)
append_array(page_tail "${tail}" WITH_SIZE)
file(READ ${FOLDER}/views.sql common_views) # the same text for both databases
foreach(part sqlite_schema sqlite_insert sqlite_migrate_1 postgresql_schema postgresql_session postgresql_merge postgresql_migrate_1)
  file(READ ${FOLDER}/${part}.sql text)
  string(REPLACE "@views@" "${common_views}" text "${text}")
  compact_substitute(text)
  if(part MATCHES "_schema$")
    file(WRITE ${SCHEMAS}/${part}.sql "${text}")
  endif()
  append_array(${part} "${text}")
endforeach()
file(WRITE ${OUT} "${source}")
