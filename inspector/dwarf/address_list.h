// SPDX-License-Identifier: MIT
// The addresses that a unit's expressions name by number, so that its .dwo needs no relocation:
//
//     x.dwo: DW_OP_addrx 2 ─► skeleton: DW_AT_addr_base 8 ─► .debug_addr of the linked program: address[2]
//
// DWARF 5, section 7.27; GNU's form in DWARF 4 has DW_AT_GNU_addr_base and no header in the section.
#ifndef STRATA_DWARF_ADDRESS_LIST_H
#define STRATA_DWARF_ADDRESS_LIST_H

#include "dwarf/die_reader.h"

struct address_list {
    struct bytes
        bytes; // from address 0 to the section's end; empty: the unit has none. Borrowed from the object
    unsigned address_bytes;
    bool big_endian;
};

// Of a unit, which may be split: its skeleton leads to the list then. An unreadable base gives an empty list. Errors: those of
// die_reader_read for the root DIE that holds the base, which `scratch` holds meanwhile.
MUST_USE struct error *address_list_of(struct die_reader *reader, const struct unit *unit,
                                       struct arena *scratch, struct address_list *list);

// False when there is no such address. Thread-safe.
bool address_list_at(const struct address_list *list, uint64_t number, uint64_t *address);

#endif
