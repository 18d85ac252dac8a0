"""Prints the members of one type, by libstrata: layout.py FILE TYPE."""

import ctypes
import sys
from ctypes import POINTER, Structure, byref, c_bool, c_char_p, c_size_t, c_uint64, c_void_p


class Row(Structure):
    _fields_ = [("kind", c_char_p), ("name", c_char_p), ("type", c_char_p), ("is_gap", c_bool), ("offset_known", c_bool),
                ("size_known", c_bool), ("offset_bits", c_uint64), ("size_bits", c_uint64), ("align_bytes", c_uint64)]


class Layout(Structure):
    _fields_ = [("name", c_char_p), ("kind", c_char_p), ("language", c_char_p), ("declared_file", c_char_p), ("declared_line", c_uint64),
                ("size_known", c_bool), ("size_bits", c_uint64), ("align_bytes", c_uint64), ("align_source", c_char_p), ("is_packed", c_bool),
                ("own_waste_bits", c_uint64), ("deep_waste_bits", c_uint64), ("cache_lines", c_uint64), ("rows_count", c_size_t),
                ("rows", POINTER(Row))]


strata = ctypes.CDLL("libstrata.so.0")
strata.strata_error_message.restype = c_char_p
for name in ("strata_open", "strata_find", "strata_layout_of"):
    getattr(strata, name).restype = c_void_p


def check(error):
    if error:
        sys.exit(strata.strata_error_message(c_void_p(error)).decode())


file, types, layout = c_void_p(), c_void_p(), POINTER(Layout)()
check(strata.strata_open(sys.argv[1].encode(), None, byref(file)))
check(strata.strata_find(file, sys.argv[2].encode(), byref(types)))
check(strata.strata_layout_of(types, c_size_t(0), byref(layout)))
for row in layout.contents.rows[: layout.contents.rows_count]:
    print(f"{row.offset_bits / 8:8g} {row.size_bits / 8:8g}  {(row.name or row.kind).decode()}")
strata.strata_types_free(types)
strata.strata_close(file)
