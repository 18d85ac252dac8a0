# SPDX-License-Identifier: MIT
# cmake -DFOLDER=… -DOUT=… -DHEADER=… -DTABLE=… -P EmbedFiles.cmake
#
# Writes the files of FOLDER as a C table: `const struct embedded_file TABLE[]`, declared in HEADER, which ends with a NULL name.
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*)
list(SORT files)
set(arrays "")
set(rows "")
set(number 0)
foreach(file ${files})
  file(READ ${FOLDER}/${file} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," array "${hex}")
  string(APPEND arrays "static const unsigned char file${number}[] = {${array}0};\n")
  string(APPEND rows "    {\"${file}\", file${number}, ${bytes}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT}
  "// Made by cmake/EmbedFiles.cmake.\n#include \"${HEADER}\"\n\n${arrays}\nconst struct embedded_file ${TABLE}[] = {\n${rows}    {0},\n};\n")
