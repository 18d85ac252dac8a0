// SPDX-License-Identifier: MIT
// One line of a Go program's last words: a message, a goroutine's heading, a function, its place. Each function says
// whether the line is one, and takes it apart; results point into the line.
#ifndef STRATA_EXPLAIN_GO_TEXT_H
#define STRATA_EXPLAIN_GO_TEXT_H

#include "explain/go_log.h"

struct log_part {     // of a line
    const char *text; // NULL: none
    size_t length;
};

struct message_line {
    enum log_message message;
    const char
        *anchor; // "panic: " or "fatal error: "; what stands before it is a logger's. NULL: there is neither
    struct log_part text;      // behind it
    struct log_part type_name; // of the types that cannot be hashed or compared
    bool is_panic;
    bool is_recovered; // "[recovered]", "http: panic serving", or printed by the program itself
};

bool go_message(const char *line, struct message_line *message);

// "[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x40f3a5]"
bool go_signal(const char *line, uint64_t *address, uint64_t *pc);

struct heading_line {
    const char *anchor; // where it begins in the line
    uint64_t number;
    struct log_part state;
    // In the race detector's reports: "Previous write at 0x00c00009a960 by goroutine 7:"
    enum race_access access;
    bool is_previous, is_main, is_atomic;
    uint64_t address;
};

bool go_heading(const char *line, struct heading_line *heading);
bool race_heading(const char *line, struct heading_line *heading);

// "Goroutine 8 (running) created at:"; "main goroutine" has none.
bool race_created(const char *line, uint64_t *number);

struct function_line {
    struct log_part name, arguments;
    bool is_inlined;
    bool is_bare; // without parentheses: one only if a place follows
};

bool go_function(const char *line, struct function_line *function);

struct place_line {
    struct log_part file;
    uint64_t line, offset_bytes, pc;
    bool has_offset, has_pc;
};

bool go_place(const char *line, struct place_line *place);

// "created by main.main in goroutine 1"
bool go_created(const char *line, struct log_part *function, uint64_t *goroutine);

#endif
