// SPDX-License-Identifier: MIT
#include "layout/sharing.h"
#include "base/round_up.h"

#include "base/vec.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MOST = 100000, DEPTH_MOST = 16, LOOKS_MOST = 10000000 };

// --- Which types are hot ---

// By their first letter, as this is asked of every member and few names share theirs with any. C11 and POSIX,
// std:: of C++ and of Rust, Rust's crates, Go, Linux.
static const char *const *const hot_names[1 << CHAR_BIT] = {
    ['a'] = (const char *const[]){"atomic_flag", "atomic_t", "atomic64_t", "atomic_long_t", "arch_spinlock_t",
                                  NULL},
    ['c'] = (const char *const[]){"cnd_t", "core::sync::atomic::*", NULL},
    ['i'] = (const char *const[]){"internal/sync.Mutex", "internal/runtime/atomic.*", NULL},
    ['l'] = (const char *const[]){"lock_api::*Mutex<*", "lock_api::*RwLock<*", NULL},
    ['m'] = (const char *const[]){"mtx_t", "mutex", NULL},
    ['o'] = (const char *const[]){"once_flag", NULL},
    ['p'] = (const char *const[]){"pthread_mutex_t", "pthread_spinlock_t", "pthread_rwlock_t",
                                  "pthread_cond_t", "pthread_barrier_t", "pthread_once_t",
                                  "parking_lot::*Mutex<*", "percpu_rw_semaphore", NULL},
    ['q'] = (const char *const[]){"qspinlock", "qrwlock", NULL},
    ['r'] = (const char *const[]){"runtime.mutex", "runtime.rwmutex", "runtime/internal/atomic.*",
                                  "refcount_t", "refcount_struct", "raw_spinlock_t", "raw_spinlock",
                                  "rwlock_t", "rw_semaphore", "rt_mutex", "rt_mutex_base", NULL},
    ['s'] = (const char *const[]){"sem_t",
                                  "std::atomic",
                                  "std::atomic<*",
                                  "std::atomic_*",
                                  "std::__atomic_*",
                                  "std::mutex",
                                  "std::timed_mutex",
                                  "std::recursive_mutex",
                                  "std::recursive_timed_mutex",
                                  "std::shared_mutex",
                                  "std::shared_timed_mutex",
                                  "std::condition_variable",
                                  "std::once_flag",
                                  "std::counting_semaphore<*",
                                  "std::barrier<*",
                                  "std::latch",
                                  "std::__1::atomic<*",
                                  "std::__1::mutex",
                                  "std::__1::shared_mutex",
                                  "std::__1::condition_variable",
                                  "std::sync::Mutex<*",
                                  "std::sync::*mutex::Mutex<*",
                                  "std::sync::*rwlock::RwLock<*",
                                  "std::sync::*once::Once",
                                  "std::sync::*condvar::Condvar",
                                  "sync.Mutex",
                                  "sync.RWMutex",
                                  "sync.WaitGroup",
                                  "sync.Once",
                                  "sync.Cond",
                                  "sync/atomic.*",
                                  "spinlock_t",
                                  "spinlock",
                                  "seqlock_t",
                                  "semaphore",
                                  NULL},
};

// fnmatch, from the first special character on: nearly all names differ before.
static bool is_like(const char *pattern, const char *name)
{
    for (;; pattern++, name++) {
        if (*pattern == '*' || *pattern == '?' || *pattern == '[' || *pattern == '\\')
            return !fnmatch(pattern, name, 0);
        if (*pattern != *name)
            return false;
        if (!*pattern)
            return true;
    }
}

static bool is_hot_name(const char *name, const struct sharing_options *options)
{
    const char *const *patterns = hot_names[(unsigned char)*name];
    for (; patterns && *patterns; patterns++)
        if (is_like(*patterns, name))
            return true;
    for (size_t i = 0; options && i < options->hot_types_count; i++)
        if (is_like(options->hot_types[i], name))
            return true;
    return false;
}

bool sharing_is_hot(const struct type *type, const struct sharing_options *options)
{
    for (int steps = 0; type && steps < 64; steps++) {
        if (type->kind == TYPE_ATOMIC)
            return true;
        bool is_named = type->kind == TYPE_TYPEDEF || type_has_members(type);
        if (is_named && type->name && is_hot_name(type->name, options))
            return true;
        bool is_wrapper = type->kind == TYPE_TYPEDEF || type->kind == TYPE_CONST ||
                          type->kind == TYPE_VOLATILE || type->kind == TYPE_RESTRICT;
        type = is_wrapper ? type->target : NULL;
    }
    return false;
}

// --- Where the hot bytes are ---

struct range {
    const struct member *member; // the direct member of the type
    uint64_t start_bits, end_bits;
    bool is_array;        // of hot elements that are smaller than a line
    uint64_t stride_bits; // of these
};

struct sharing_search {
    const struct sharing_options *options;
    const struct type *type;
    bool *is_hot; // by direct member
    VEC(struct range) hot;
    unsigned steps;
    uint64_t looks; // at a member in a line: hostile types have many of both
    bool out_of_memory;
};

static uint64_t add_capped(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static const struct type *element_of(const struct type *type)
{
    for (int steps = 0; steps < 64; steps++) {
        const struct type *bare = type_strip(type);
        if (bare->kind != TYPE_ARRAY || !bare->target)
            return type;
        type = bare->target;
    }
    return type;
}

static bool holds_hot(struct sharing_search *search, const struct type *type, unsigned depth)
{
    if (++search->steps > STEPS_MOST || depth > DEPTH_MOST)
        return false;
    const struct type *element = element_of(type);
    if (sharing_is_hot(element, search->options))
        return true;
    const struct type *record = type_strip(element);
    for (size_t i = 0; type_has_members(record) && i < record->members_count; i++)
        if (holds_hot(search, record->members[i].type, depth + 1))
            return true;
    return false;
}

// Adds the hot bytes of `member`, which lies in the direct member `direct` at `base_bits`.
static void find_hot(struct sharing_search *search, const struct member *direct, const struct member *member,
                     uint64_t base_bits, unsigned depth)
{
    if (++search->steps > STEPS_MOST || depth > DEPTH_MOST || !member->offset_known || !member->size_known ||
        !member->size_bits)
        return;
    const struct type *element = element_of(member->type);
    uint64_t start_bits = add_capped(base_bits, member->offset_bits);
    bool is_array = element != member->type && type_strip(element)->size_bits < member->size_bits;
    bool is_hot = sharing_is_hot(member->type, search->options) ||
                  (element != member->type && sharing_is_hot(element, search->options));
    if (is_hot || (is_array && holds_hot(search, element, depth))) {
        struct range range = {.member = direct,
                              .start_bits = start_bits,
                              .end_bits = add_capped(start_bits, member->size_bits),
                              .is_array = is_array,
                              .stride_bits = type_strip(element)->size_bits};
        search->out_of_memory |= !vec_push(&search->hot, range);
        search->is_hot[direct - search->type->members] = true;
        return;
    }
    const struct type *record = type_strip(member->type);
    for (size_t i = 0; type_has_members(record) && i < record->members_count; i++)
        find_hot(search, direct, &record->members[i], start_bits, depth + 1);
}

// --- Lines ---

static bool is_hot_member(const struct sharing_search *search, const struct member *member)
{
    return search->is_hot[member - search->type->members];
}

static int place_compare(const void *left, const void *right)
{
    const struct member *a = *(const struct member *const *)left, *b = *(const struct member *const *)right;
    if (a->offset_bits != b->offset_bits)
        return a->offset_bits < b->offset_bits ? -1 : 1;
    return (a > b) - (a < b);
}

static const struct member **by_place(const struct type *type, struct arena *arena)
{
    const struct member **members = arena_alloc_array(arena, type->members_count, sizeof(*members));
    for (size_t i = 0; members && i < type->members_count; i++)
        members[i] = &type->members[i];
    if (members)
        qsort(members, type->members_count, sizeof(*members), place_compare);
    return members;
}

struct overlap {
    uint64_t start_bits, end_bits; // of the line
};

static bool touches(const struct overlap *line, uint64_t start_bits, uint64_t end_bits)
{
    return start_bits < line->end_bits && end_bits > line->start_bits;
}

static bool member_touches(const struct overlap *line, const struct member *member)
{
    return member->offset_known && member->size_known && member->size_bits && member->kind != MEMBER_VPTR &&
           touches(line, member->offset_bits, add_capped(member->offset_bits, member->size_bits));
}

static const struct range *hot_in_line(struct sharing_search *search, const struct overlap *line,
                                       const struct member *member)
{
    for (size_t i = 0; is_hot_member(search, member) && i < search->hot.length && search->looks < LOOKS_MOST;
         i++) {
        const struct range *range = &search->hot.data[i];
        search->looks++;
        if (range->member == member && touches(line, range->start_bits, range->end_bits))
            return range;
    }
    return NULL;
}

// Who lies in the line; the members are sorted by place.
static struct sharing_line look_at_line(struct sharing_search *search, const struct member *const *members,
                                        size_t count, uint64_t number, const struct overlap *line)
{
    struct sharing_line found = {.line = number};
    const struct member *cold = NULL;
    bool shares_itself = false;
    for (size_t i = 0; i < count && members[i]->offset_bits < line->end_bits; i++) {
        search->looks++;
        if (!member_touches(line, members[i]))
            continue;
        found.members_count++;
        const struct range *range = hot_in_line(search, line, members[i]);
        if (!range) {
            cold = cold ? cold : members[i];
            continue;
        }
        found.hot_count++;
        if (!found.hot)
            found.hot = members[i];
        else if (!found.other)
            found.other = members[i];
        shares_itself |= range->is_array && range->stride_bits < line->end_bits - line->start_bits;
    }
    if (!found.other && !shares_itself)
        found.other = cold;
    if (!found.other && !shares_itself)
        found.hot = NULL;
    return found;
}

// Lines are looked at where hot bytes are, each once.
static struct error *find_lines(struct sharing_search *search, const struct layout *layout,
                                const struct member *const *members, struct arena *arena,
                                struct sharing *sharing)
{
    const uint64_t line_bits = 8 * layout->cacheline_bytes;
    VEC(struct sharing_line) lines = {0};
    uint64_t next = 0;
    for (size_t i = 0; i < search->hot.length; i++) {
        const struct range *range = &search->hot.data[i];
        uint64_t first = range->start_bits / line_bits, last = (range->end_bits - 1) / line_bits;
        for (uint64_t number = first < next ? next : first; number <= last && search->looks < LOOKS_MOST;
             number++) {
            struct overlap line = {number * line_bits, add_capped(number * line_bits, line_bits)};
            struct sharing_line found =
                look_at_line(search, members, layout->type->members_count, number, &line);
            next = number + 1;
            // Of a long array the first and the last line tell all.
            if (number > first && number + 1 < last)
                number = next = last - 1;
            if (found.hot && !vec_push(&lines, found)) {
                vec_free(&lines);
                return &error_out_of_memory;
            }
        }
    }
    sharing->lines = arena_alloc_array(arena, lines.length, sizeof(*sharing->lines));
    if (sharing->lines && lines.length)
        memcpy(sharing->lines, lines.data, lines.length * sizeof(*sharing->lines));
    sharing->lines_count = lines.length;
    for (size_t i = 0; i < lines.length; i++)
        sharing->contended_count += lines.data[i].hot_count > 1 || !lines.data[i].other;
    vec_free(&lines);
    return sharing->lines ? NULL : &error_out_of_memory;
}

static int range_compare(const void *left, const void *right)
{
    const struct range *a = left, *b = right;
    return (a->start_bits > b->start_bits) - (a->start_bits < b->start_bits);
}

// The members in their order, each hot one on lines of its own.
static struct error *part(struct layouter *layouter, const struct sharing_search *search,
                          const struct layout *layout, const struct member *const *members,
                          struct sharing *sharing)
{
    uint64_t at = 0, align = layout->cacheline_bytes;
    bool was_hot = false;
    for (size_t i = 0; i < layout->type->members_count; i++) {
        uint64_t own, most;
        RETURN_IF_ERROR(layout_member_align(layouter, members[i], &own, &most));
        own = own ? own : most;
        bool is_hot = is_hot_member(search, members[i]);
        at = round_up(at, is_hot || was_hot ? layout->cacheline_bytes : own ? own : 1);
        at = add_capped(at, bits_to_bytes(members[i]->size_bits));
        was_hot = is_hot;
        align = own > align ? own : align;
        sharing->straddlers_count += is_hot && layout_member_straddles(layout, members[i]);
    }
    sharing->parted_bytes = round_up(at, align);
    return NULL;
}

struct error *sharing_compute(struct layouter *layouter, const struct layout *layout,
                              const struct sharing_options *options, struct arena *arena,
                              struct sharing *sharing)
{
    *sharing = (struct sharing){0};
    const struct type *type = layout->type;
    if (!type_has_members(type) || type->kind == TYPE_UNION || !layout->size_known ||
        type->variant_parts_count)
        return NULL;
    struct sharing_search search = {
        .options = options, .type = type, .is_hot = arena_alloc(arena, type->members_count)};
    if (!search.is_hot)
        return &error_out_of_memory;
    sharing->is_hot = search.is_hot;
    for (size_t i = 0; i < type->members_count; i++)
        find_hot(&search, &type->members[i], &type->members[i], 0, 0);
    struct error *error = search.out_of_memory ? &error_out_of_memory : NULL;
    if (!error && search.hot.length) {
        qsort(search.hot.data, search.hot.length, sizeof(*search.hot.data), range_compare);
        for (size_t i = 0; i < type->members_count; i++)
            sharing->hot_count += is_hot_member(&search, &type->members[i]);
        const struct member **members = by_place(type, arena);
        error = members ? find_lines(&search, layout, members, arena, sharing) : &error_out_of_memory;
        if (!error)
            error = part(layouter, &search, layout, members, sharing);
    }
    vec_free(&search.hot);
    return error;
}
