// SPDX-License-Identifier: MIT
// What a log says of deaths of Go programs: messages, goroutines, their frames; and the race detector's reports.
//
//     bytes ─► log_lines (cut, cleaned, unpacked) ─► go_log: one parser for each stream that is mixed into the log
//                                                       └─► deaths: message, goroutines, frames
//
// A log is hostile: lines of any length, any bytes, stacks that never end. What is kept is bounded by the limits
// below; what was left out is counted. Texts live in the arena of the struct go_log.
//
// Formats: runtime/traceback.go, runtime/panic.go of Go 1.19 to 1.27, and the reports of the race detector's runtime.
#ifndef STRATA_EXPLAIN_GO_LOG_H
#define STRATA_EXPLAIN_GO_LOG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

enum {
    LOG_DEATHS_MOST = 64,       // that are kept; more are counted
    LOG_GOROUTINES_MOST = 2000, // of one death
    LOG_FRAMES_MOST = 160,      // of one goroutine: Go itself prints 100
    LOG_FRAMES_ALL_MOST = 300000,
};

enum log_message {
    LOG_NIL_ASSIGN,           // assignment to entry in nil map
    LOG_CONCURRENT_WRITES,    // concurrent map writes
    LOG_CONCURRENT_READ,      // concurrent map read and map write
    LOG_CONCURRENT_ITERATION, // concurrent map iteration and map write
    LOG_CONCURRENT_CLONE,     // concurrent map clone and map write (1.24)
    LOG_UNHASHABLE,           // hash of unhashable type T
    LOG_UNCOMPARABLE,         // comparing uncomparable type T
    LOG_MEMORY,               // a nil dereference, a fault: of a map or of something else
    LOG_RACE,                 // WARNING: DATA RACE
    LOG_OTHER,                // another panic or fatal error: no death that is explained here
};

struct log_frame {
    const char *function;  // "main.(*cache).put"
    const char *arguments; // as printed between the parentheses; NULL: not printed
    const char *file;      // NULL: not told
    uint64_t line;         // 0: not told
    uint64_t offset_bytes; // of the address from the function's entry
    uint64_t pc;           // GOTRACEBACK=system and crash print it
    bool has_offset, has_pc;
    bool is_inlined; // printed as "f(...)": its code stands in the frame below
};

enum race_access { RACE_NONE, RACE_READ, RACE_WRITE };

struct log_goroutine {
    uint64_t number;
    const char *state;        // "running", "chan receive, 3 minutes"; NULL: not told
    struct log_frame *frames; // innermost first
    size_t frames_count;
    bool is_cut;         // the log ends, or changes, in the middle of it
    bool is_unavailable; // "goroutine running on other thread; stack unavailable"
    uint64_t log_line;   // of its heading
    // "created by F in goroutine N"; NULL and 0 where not told.
    const char *creator, *creator_file;
    uint64_t creator_line, creator_goroutine;
    // In a report of the race detector:
    enum race_access access;
    bool is_previous, is_main, is_atomic;
    uint64_t address;
};

struct log_death {
    enum log_message message;
    const char *text;      // what was printed behind "panic: " or "fatal error: "; made of the line
    const char *type_name; // T of LOG_UNHASHABLE and LOG_UNCOMPARABLE; NULL else
    uint64_t log_line;     // from 1
    bool is_panic;         // else a fatal error: no recover helps
    bool is_recovered;     // the program caught it, or printed it itself
    bool has_signal;       // "[signal SIGSEGV: … code=… addr=… pc=…]"
    uint64_t signal_address, signal_pc;
    VEC(struct log_goroutine) goroutines; // the one that died first, where it is told
    size_t goroutines_dropped;
    size_t times; // that the message came before the first stack: two threads may die at once
};

struct go_log {
    struct arena arena;
    VEC(struct log_death) deaths; // in the order of the log
    size_t deaths_dropped;
    size_t others;        // deaths that have nothing to do with maps
    size_t frames_count;  // kept, of all
    uint64_t lines_count; // of the log
    uint64_t cut_lines;   // that were too long to be read whole
};

// Takes up to size_bytes into `buffer`; *got 0: the end. An errno value, 0 when all went well.
typedef int log_read(void *context, char *buffer, size_t size_bytes, size_t *got);

// Reads a log to its end. To be freed in any case. Errors: that `read` failed (named by `path`), or memory is short.
MUST_USE struct error *go_log_read(const char *path, log_read *read, void *context, struct go_log *log);
void go_log_free(struct go_log *log);

#endif
