// SPDX-License-Identifier: MIT
#include "layout/diff_text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- Spellings of one type ---

enum integer_word { WORD_UNSIGNED, WORD_SIGNED, WORD_LONG, WORD_SHORT, WORD_CHAR, WORD_INT, INTEGER_WORDS };

static const char *const integer_words[INTEGER_WORDS] = {"unsigned", "signed", "long",
                                                         "short",    "char",   "int"};

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (c & 0x80);
}

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (is_word_char(text[length]))
        length++;
    return length;
}

static enum integer_word integer_word_at(const char *text, size_t length)
{
    for (int word = 0; word < INTEGER_WORDS; word++)
        if (strlen(integer_words[word]) == length && !strncmp(integer_words[word], text, length))
            return (enum integer_word)word;
    return INTEGER_WORDS;
}

static char *put_word(char *end, const char *start, const char *word)
{
    if (end > start && is_word_char(end[-1]))
        *end++ = ' ';
    size_t length = strlen(word);
    memcpy(end, word, length); // NOLINT(bugprone-not-null-terminated-result): what follows stays
    return end + length;
}

// In the order of the table, "int" only where it stands alone or behind a sign, "signed" only before char.
static char *put_integer(char *end, const char *start, const unsigned counts[INTEGER_WORDS])
{
    bool has_size = counts[WORD_LONG] || counts[WORD_SHORT] || counts[WORD_CHAR];
    if (counts[WORD_UNSIGNED])
        end = put_word(end, start, "unsigned");
    if (counts[WORD_SIGNED] && counts[WORD_CHAR])
        end = put_word(end, start, "signed");
    for (unsigned i = 0; i < counts[WORD_LONG]; i++)
        end = put_word(end, start, "long");
    if (counts[WORD_SHORT])
        end = put_word(end, start, "short");
    if (counts[WORD_CHAR])
        end = put_word(end, start, "char");
    return has_size ? end : put_word(end, start, "int");
}

const char *diff_type_text(const char *text, struct arena *arena)
{
    if (!text || (!strstr(text, "long") && !strstr(text, "short") && !strstr(text, "signed")))
        return text ? text : "";
    // Never longer but for an "int" behind a lone "unsigned", which there may be one of for each 9 bytes.
    char *result = arena_alloc(arena, 2 * strlen(text) + 8), *end = result;
    if (!result)
        return NULL;
    for (const char *c = text; *c;) {
        unsigned counts[INTEGER_WORDS] = {0};
        const char *run = c, *behind = c;
        bool is_start = c == text || !is_word_char(c[-1]);
        for (size_t length; is_start && (length = word_length(run)) > 0;) {
            enum integer_word word = integer_word_at(run, length);
            if (word == INTEGER_WORDS)
                break;
            counts[word]++;
            behind = run + length;
            run = *behind == ' ' ? behind + 1 : behind;
            if (run == behind)
                break;
        }
        if (behind == c) {
            *end++ = *c++;
            continue;
        }
        end = put_integer(end, result, counts);
        c = behind;
    }
    *end = '\0';
    return result;
}

// --- The sentence ---

enum { CAUSES_MOST = 3 };

struct sentence {
    struct arena *arena;
    char *text;
    bool out_of_memory;
};

static void PRINTF_LIKE(2, 3) say(struct sentence *sentence, const char *format, ...)
{
    char *piece = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&piece, format, arguments);
    va_end(arguments);
    char *longer = length < 0 ? NULL : arena_format(sentence->arena, "%s%s", sentence->text, piece);
    if (longer)
        sentence->text = longer;
    else
        sentence->out_of_memory = true;
    if (length >= 0)
        free(piece);
}

// "4 bytes", "1 byte", "3 bits".
static void say_size(struct sentence *sentence, uint64_t bits)
{
    uint64_t number = bits % 8 ? bits : bits / 8;
    say(sentence, "%" PRIu64 " %s%s", number, bits % 8 ? "bit" : "byte", number == 1 ? "" : "s");
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static unsigned depth_of(const struct diff_member *member)
{
    // Fields of a variant stand below its head, and are the enum's own all the same.
    const unsigned depth = member->new_row ? member->new_row->depth : member->old_row->depth;
    return member->variant && depth ? depth - 1 : depth;
}

static bool is_cause(const struct diff_member *member)
{
    return member->kind == DIFF_ADDED || member->kind == DIFF_REMOVED || member->is_resized ||
           member->is_reordered;
}

// What grew inside of a nameless record made that grow, too: the outermost tells it all.
static unsigned depth_of_causes(const struct diff *diff)
{
    unsigned depth = UINT_MAX;
    for (size_t i = 0; i < diff->count; i++)
        if (is_cause(&diff->members[i]) && depth_of(&diff->members[i]) < depth)
            depth = depth_of(&diff->members[i]);
    return depth;
}

static void say_cause(struct sentence *sentence, const struct diff_member *member)
{
    const struct row *a = member->old_row, *b = member->new_row;
    say(sentence, "`%s` ", member->name);
    if (member->kind == DIFF_ADDED || member->kind == DIFF_REMOVED) {
        const struct row *row = b ? b : a;
        if (row->size_known) {
            say(sentence, "(");
            say_size(sentence, row->size_bits);
            say(sentence, ") ");
        }
        say(sentence, b ? "was added" : "was removed");
    } else if (member->is_resized && a->size_known && b->size_known) {
        say(sentence, b->size_bits > a->size_bits ? "grew by " : "shrank by ");
        say_size(sentence, distance(a->size_bits, b->size_bits));
    } else if (member->is_resized) {
        say(sentence, "is of another size");
    } else {
        say(sentence, "changed places");
    }
}

static size_t say_causes(struct sentence *sentence, const struct diff *diff)
{
    const unsigned depth = depth_of_causes(diff);
    size_t causes = 0, said = 0;
    for (size_t i = 0; i < diff->count; i++)
        causes += is_cause(&diff->members[i]) && depth_of(&diff->members[i]) == depth;
    for (size_t i = 0; i < diff->count && said < CAUSES_MOST; i++) {
        if (!is_cause(&diff->members[i]) || depth_of(&diff->members[i]) != depth)
            continue;
        say(sentence, "%s", !said ? "" : said + 1 == causes ? " and " : ", ");
        say_cause(sentence, &diff->members[i]);
        said++;
    }
    if (causes > said)
        say(sentence, " and %zu more changed", causes - said);
    return causes;
}

// What changed without any member's doing.
static bool say_rule(struct sentence *sentence, const struct diff *diff)
{
    const struct layout_align *a = &diff->old_layout->align, *b = &diff->new_layout->align;
    if (!diff_compares_alignments(diff->old_layout, diff->new_layout))
        return false;
    if (a->packed != b->packed)
        say(sentence, b->packed ? "it is packed now" : "it is packed no longer");
    else if (a->bytes != b->bytes && a->bytes && b->bytes)
        say(sentence, "the alignment went from %" PRIu64 " to %" PRIu64, a->bytes, b->bytes);
    else
        return false;
    return true;
}

static bool is_pushed(const struct diff_member *member)
{
    return member->is_moved && !is_cause(member) && member->old_row->offset_known &&
           member->new_row->offset_known;
}

// "pushing `c` by 8 bytes", "pulling `c` and 2 more forward by up to 8 bytes", "moving …".
static void say_pushed(struct sentence *sentence, const struct diff *diff, bool has_cause)
{
    const unsigned depth = depth_of_causes(diff);
    const struct diff_member *first = NULL;
    size_t pushed = 0, back = 0;
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < diff->count; i++) {
        const struct diff_member *member = &diff->members[i];
        if (!is_pushed(member) || (depth_of(member) && depth_of(member) != depth))
            continue;
        first = first ? first : member;
        pushed++;
        back += member->new_row->offset_bits < member->old_row->offset_bits;
        uint64_t by = distance(member->new_row->offset_bits, member->old_row->offset_bits);
        least = by < least ? by : least;
        most = by > most ? by : most;
    }
    if (!pushed)
        return;
    if (!has_cause)
        say(sentence, "the padding changed");
    const char *verb = back == pushed ? "pulling" : back ? "moving" : "pushing";
    say(sentence, ", %s `%s`", verb, first->name);
    if (pushed > 1)
        say(sentence, " and %zu more", pushed - 1);
    say(sentence, least == most ? " by " : " by up to ");
    say_size(sentence, most);
}

// What grew into padding pushes nobody.
static void say_absorbed(struct sentence *sentence, const struct diff *diff)
{
    bool grew = false, pushed = false;
    for (size_t i = 0; i < diff->count; i++) {
        const struct diff_member *member = &diff->members[i];
        grew |= member->kind == DIFF_ADDED || (member->is_resized && member->old_row && member->new_row &&
                                               member->new_row->size_bits > member->old_row->size_bits);
        pushed |= is_pushed(member) || member->is_reordered || member->kind == DIFF_REMOVED;
    }
    if (grew && !pushed && diff->old_layout->size_bits == diff->new_layout->size_bits)
        say(sentence, ", in what was padding");
}

static void say_renamed(struct sentence *sentence, const struct diff *diff)
{
    for (size_t i = 0; i < diff->count; i++) {
        const struct diff_member *member = &diff->members[i];
        if (member->kind == DIFF_RENAMED)
            say(sentence, "%s`%s` is now called `%s`", *sentence->text ? "; " : "", member->old_row->name,
                member->name);
        else if (member->is_retyped && !member->is_resized)
            say(sentence, "%s`%s` is now %s instead of %s", *sentence->text ? "; " : "", member->name,
                member->new_row->type_text, member->old_row->type_text);
        else
            continue;
        if (strlen(sentence->text) > 400) {
            say(sentence, "; …");
            return;
        }
    }
}

static void say_lines(struct sentence *sentence, const struct diff *diff)
{
    size_t now = 0, before = 0;
    const struct diff_member *example = NULL;
    for (size_t i = 0; i < diff->count; i++) {
        const struct diff_member *member = &diff->members[i];
        now += member->straddles_now;
        before += member->straddled_before;
        if (member->straddles_now && !example)
            example = member;
    }
    if (example) {
        const struct row *row = example->new_row;
        const uint64_t line_bits = 8 * diff->new_layout->cacheline_bytes;
        say(sentence, "; `%s` now crosses into cache line %" PRIu64, example->name,
            (row->offset_bits + row->size_bits - 1) / line_bits);
        if (now > 1)
            say(sentence, ", %zu more cross lines, too", now - 1);
    }
    if (before)
        say(sentence, "; %zu member%s no longer cross%s a cache line", before, before == 1 ? "" : "s",
            before == 1 ? "es" : "");
}

static void say_enumerator(struct sentence *sentence, const struct diff_enumerator *enumerator)
{
    char before[ENUMERATOR_TEXT_BYTES] = "", after[ENUMERATOR_TEXT_BYTES] = "";
    const struct enumerator *a = enumerator->old_enumerator, *b = enumerator->new_enumerator;
    const char *name = (b ? b : a)->name;
    if (a)
        enumerator_text(a, before);
    if (b)
        enumerator_text(b, after);
    say(sentence, "`%s` ", name ? name : "(anonymous)");
    if (a && b)
        say(sentence, "went from %s to %s", before, after);
    else
        say(sentence, "(%s) was %s%s", b ? after : before, b ? "added" : "removed",
            !enumerator->is_last ? ""
            : b                  ? " at the end"
                                 : " from the end");
}

static void say_enumerators(struct sentence *sentence, const struct diff *diff)
{
    size_t changed = 0, said = 0;
    for (size_t i = 0; i < diff->enumerators_count; i++)
        changed += diff->enumerators[i].kind != DIFF_SAME;
    for (size_t i = 0; i < diff->enumerators_count && said < CAUSES_MOST; i++) {
        if (diff->enumerators[i].kind == DIFF_SAME)
            continue;
        say(sentence, "%s", said == 0 ? (*sentence->text ? "; " : "") : said + 1 == changed ? " and " : ", ");
        say_enumerator(sentence, &diff->enumerators[i]);
        said++;
    }
    if (changed > said)
        say(sentence, " and %zu more changed", changed - said);
}

char *diff_sentence(const struct diff *diff, struct arena *arena)
{
    struct sentence sentence = {.arena = arena, .text = arena_copy_text(arena, "", 0)};
    if (!sentence.text)
        return NULL;
    bool has_cause = say_causes(&sentence, diff) > 0;
    if (!has_cause)
        has_cause = say_rule(&sentence, diff);
    say_pushed(&sentence, diff, has_cause);
    say_absorbed(&sentence, diff);
    say_renamed(&sentence, diff);
    say_enumerators(&sentence, diff);
    if (!*sentence.text && diff->old_layout->size_bits != diff->new_layout->size_bits)
        say(&sentence, "the padding at the end changed");
    else if (!*sentence.text && diff->differs)
        say(&sentence, "what is known of it changed, no member did");
    say_lines(&sentence, diff);
    return sentence.out_of_memory ? NULL : sentence.text;
}
