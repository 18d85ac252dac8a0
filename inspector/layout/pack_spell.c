// SPDX-License-Identifier: MIT
#include "layout/pack_spell.h"

#include <string.h>

// --- C and C++ ---

// The base type that the declaration names; NULL: it names another type.
static const struct type *named_base(const struct type *type)
{
    for (int steps = 0; type && steps < 64; steps++) {
        if (type->kind == TYPE_BASE)
            return type;
        if (type->kind == TYPE_TYPEDEF || type->kind == TYPE_FUNCTION || type_has_members(type))
            return NULL;
        type = type->target;
    }
    return NULL;
}

static const char *complex_text(const struct type *base)
{
    return base->size_bytes == 8    ? "float _Complex"
           : base->size_bytes == 16 ? "double _Complex"
                                    : "long double _Complex";
}

const char *pack_spell_c(const struct member *member, const char *text, struct arena *arena, bool *is_told)
{
    const struct type *base = named_base(member->type);
    const char *found = base && base->name ? strstr(text, base->name) : NULL;
    if (found && strstr(base->name, "_BitInt") && !strchr(base->name, '('))
        *is_told = false; // how many bits it has is not in its name
    if (!found || base->encoding != ENCODING_COMPLEX_FLOAT)
        return text;
    return arena_format(arena, "%.*s%s%s", (int)(found - text), text, complex_text(base),
                        found + strlen(base->name));
}

// --- Rust ---

// Where types of the standard library are for everybody; "" of those in the prelude.
static const struct {
    const char *name, *path;
} public_paths[] = {{"Vec", ""},
                    {"Box", ""},
                    {"String", ""},
                    {"Option", ""},
                    {"Result", ""},
                    {"Fn", ""},
                    {"FnMut", ""},
                    {"FnOnce", ""},
                    {"Send", ""},
                    {"Sync", ""},
                    {"Iterator", ""},
                    {"Rc", "std::rc::"},
                    {"Arc", "std::sync::"},
                    {"Mutex", "std::sync::"},
                    {"RwLock", "std::sync::"},
                    {"Condvar", "std::sync::"},
                    {"Once", "std::sync::"},
                    {"OnceLock", "std::sync::"},
                    {"Barrier", "std::sync::"},
                    {"Sender", "std::sync::mpsc::"},
                    {"Receiver", "std::sync::mpsc::"},
                    {"Cell", "std::cell::"},
                    {"RefCell", "std::cell::"},
                    {"UnsafeCell", "std::cell::"},
                    {"OnceCell", "std::cell::"},
                    {"HashMap", "std::collections::"},
                    {"HashSet", "std::collections::"},
                    {"BTreeMap", "std::collections::"},
                    {"BTreeSet", "std::collections::"},
                    {"VecDeque", "std::collections::"},
                    {"BinaryHeap", "std::collections::"},
                    {"LinkedList", "std::collections::"},
                    {"PathBuf", "std::path::"},
                    {"OsString", "std::ffi::"},
                    {"CString", "std::ffi::"},
                    {"File", "std::fs::"},
                    {"Duration", "std::time::"},
                    {"Instant", "std::time::"},
                    {"SystemTime", "std::time::"},
                    {"NonNull", "std::ptr::"},
                    {"PhantomData", "std::marker::"},
                    {"ManuallyDrop", "std::mem::"},
                    {"MaybeUninit", "std::mem::"},
                    {"Range", "std::ops::"},
                    {"Pin", "std::pin::"},
                    {"Waker", "std::task::"},
                    {"Ipv4Addr", "std::net::"},
                    {"Ipv6Addr", "std::net::"},
                    {"IpAddr", "std::net::"},
                    {"SocketAddr", "std::net::"},
                    {"TcpStream", "std::net::"},
                    {"TcpListener", "std::net::"},
                    {"UdpSocket", "std::net::"},
                    {"Thread", "std::thread::"},
                    {"ThreadId", "std::thread::"},
                    {"JoinHandle", "std::thread::"},
                    {"Debug", "std::fmt::"},
                    {"Display", "std::fmt::"},
                    {"Error", "std::error::"},
                    {"Any", "std::any::"},
                    {"Future", "std::future::"},
                    {"Read", "std::io::"},
                    {"Write", "std::io::"}};

// Parameters that have a default and are not stable, or private.
static const char *const left_out[] = {", alloc::alloc::Global", ", std::hash::random::RandomState",
                                       ", std::collections::hash::map::RandomState"};

struct rust_speller {
    char *end; // of what is written
    const char *at;
    bool is_told;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

static void put(struct rust_speller *speller, const char *text, size_t length)
{
    memcpy(speller->end, text, length);
    speller->end += length;
}

static bool is_from(const char *path, size_t length, const char *crate)
{
    size_t crate_length = strlen(crate);
    return length > crate_length && !strncmp(path, crate, crate_length);
}

static const char *public_path(const char *name, size_t length)
{
    bool is_atomic = length > 6 && !strncmp(name, "Atomic", 6);
    for (size_t i = 0; i < ARRAY_LENGTH(public_paths); i++)
        if (strlen(public_paths[i].name) == length && !strncmp(public_paths[i].name, name, length))
            return public_paths[i].path;
    return is_atomic ? "std::sync::atomic::" : NULL;
}

// A path: "alloc::vec::Vec", "crate::Demo", "u8". What another crate has is not spelled.
static void spell_path(struct rust_speller *speller)
{
    const char *start = speller->at, *last = start;
    while (is_word(*speller->at) || (speller->at[0] == ':' && speller->at[1] == ':')) {
        if (*speller->at == ':') {
            speller->at += 2;
            last = speller->at;
        } else {
            speller->at++;
        }
    }
    size_t length = (size_t)(speller->at - start), last_length = (size_t)(speller->at - last);
    bool is_std = is_from(start, length, "core::") || is_from(start, length, "alloc::") ||
                  is_from(start, length, "std::");
    const char *path = is_std ? public_path(last, last_length) : NULL;
    if (path) {
        put(speller, path, strlen(path));
        put(speller, last, last_length);
        return;
    }
    speller->is_told &= last == start || is_from(start, length, "crate::");
    put(speller, start, length);
}

// "Fn<(u8, u32), Output=u8>" is written Fn(u8, u32) -> u8. False: it is no trait of functions.
static bool spell_fn(struct rust_speller *speller, const char *head, unsigned depth);

static void spell(struct rust_speller *speller, const char *stop, unsigned depth)
{
    while (*speller->at && speller->at != stop) {
        const char *at = speller->at;
        bool is_left_out = false;
        for (size_t i = 0; i < ARRAY_LENGTH(left_out) && !is_left_out; i++)
            if (!strncmp(at, left_out[i], strlen(left_out[i]))) {
                speller->at += strlen(left_out[i]);
                is_left_out = true;
            }
        if (is_left_out)
            continue;
        if (*at == '{' || *at == '#' || *at == '?')
            speller->is_told = false;
        if (*at == '&') {
            speller->at++;
            put(speller, "&'static ", 9);
        } else if (is_word(*at)) {
            const char *head = speller->end;
            spell_path(speller);
            if (*speller->at == '<' && spell_fn(speller, head, depth))
                continue;
        } else {
            put(speller, speller->at++, 1);
        }
    }
}

// Behind the bracket that closes the one at `open`; NULL: none does.
static const char *closing(const char *open)
{
    int depth = 0;
    for (const char *c = open; *c; c++) {
        depth += *c == '<' || *c == '(' || *c == '[';
        bool is_arrow = *c == '>' && c > open && c[-1] == '-';
        if (((*c == '>' && !is_arrow) || *c == ')' || *c == ']') && --depth == 0)
            return c;
    }
    return NULL;
}

static bool spell_fn(struct rust_speller *speller, const char *head, unsigned depth)
{
    size_t length = (size_t)(speller->end - head);
    bool is_fn = (length == 2 && !strncmp(head, "Fn", 2)) || (length == 5 && !strncmp(head, "FnMut", 5)) ||
                 (length == 6 && !strncmp(head, "FnOnce", 6));
    const char *close = closing(speller->at), *open = speller->at + 1;
    if (!is_fn || !close || *open != '(' || depth > 16)
        return false;
    const char *close_arguments = closing(open);
    if (!close_arguments || close_arguments > close)
        return false;
    speller->at = open;
    spell(speller, close_arguments, depth + 1);
    put(speller, ")", 1);
    static const char output[] = ", Output=";
    speller->at = close_arguments + 1;
    if (!strncmp(speller->at, output, sizeof(output) - 1)) {
        speller->at += sizeof(output) - 1;
        if (strncmp(speller->at, "()", 2) != 0 || speller->at + 2 != close) {
            put(speller, " -> ", 4);
            spell(speller, close, depth + 1);
        }
    }
    speller->at = close + 1;
    return true;
}

const char *pack_spell_rust(const char *text, struct arena *arena, bool *is_told)
{
    size_t references = 0, words = 1;
    for (const char *c = text; *c; c++) {
        references += *c == '&';
        words += !is_word(*c);
    }
    // A path is spelled no longer than its own last part and the longest of the public ones.
    char *spelled = arena_alloc(arena, strlen(text) + 9 * references + 20 * words + 1);
    if (!spelled)
        return NULL;
    struct rust_speller speller = {.end = spelled, .at = text, .is_told = true};
    const char *colon = strstr(text, ": ");
    if (colon) { // the field's name
        put(&speller, text, (size_t)(colon + 2 - text));
        speller.at = colon + 2;
    }
    spell(&speller, NULL, 0);
    *speller.end = '\0';
    *is_told &= speller.is_told;
    return spelled;
}
