// SPDX-License-Identifier: MIT
// The keys of an order that is tried.
#include "browse/browse.h"

#include "base/write_all.h"
#include "view/browse_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct page_options options_of(const struct browse *browse)
{
    return (struct page_options){.unfolded = &browse->here.unfolded,
                                 .has_map = browse->has_map,
                                 .abi = browse->model.files[browse->here.file].query.layout.abi,
                                 .name = browse->here.name,
                                 .heading = "tried",
                                 .copies = 1};
}

static void say_refused(struct browse *browse, const char *refusal)
{
    view_say(&browse->views, true, "not reordered: %s", refusal);
}

void browse_drop_trial(struct browse *browse)
{
    if (browse->trial.is_active)
        browse->page.scene.heading =
            browse->has_relaid ? browse->model.files[browse->here.file].query.layout.abi->name : NULL;
    trial_stop(&browse->trial);
}

// --- What follows a change ---

static void light(struct browse *browse)
{
    struct browse_page *now = &browse->trial.page.scene;
    const struct browse_page *was = &browse->page.scene;
    for (size_t i = 0; i < now->phrases_count; i++) {
        bool is_old = false;
        for (size_t k = 0; k < was->phrases_count; k++)
            is_old |= !strcmp(now->phrases[i], was->phrases[k]);
        now->is_lit[i] = !is_old;
    }
}

static void say_false_sharing(struct browse *browse)
{
    struct layout_page *page = &browse->trial.page;
    const size_t now = page->sharing.contended_count, was = browse->page.sharing.contended_count;
    if (now || was)
        page_add_note(page, arena_format(&page->arena, "false sharing in %zu cache line%s, was %zu", now,
                                         now == 1 ? "" : "s", was));
}

static struct error *keep_source(struct browse *browse)
{
    free(browse->printed);
    browse->printed = NULL;
    return browse->prints_source ? trial_source(&browse->trial, browse->here.name, &browse->printed) : NULL;
}

static struct error *changed(struct browse *browse, size_t step)
{
    light(browse);
    say_false_sharing(browse);
    if (browse->trial.sentence)
        page_add_note(&browse->trial.page, browse->trial.sentence);
    const size_t row = trial_row_of(&browse->trial, step);
    if (row < browse->trial.page.rows.count)
        browse->here.selected = row;
    return keep_source(browse);
}

static struct error *apply(struct browse *browse, const struct pack_step *steps, size_t count, size_t step)
{
    const char *refusal;
    const struct page_options options = options_of(browse);
    RETURN_IF_ERROR(trial_set(&browse->trial, &browse->page, &options, steps, count, &refusal));
    if (refusal)
        say_refused(browse, refusal);
    return changed(browse, step);
}

struct error *browse_try_again(struct browse *browse)
{
    const struct page_options options = options_of(browse);
    browse->page.scene.heading = "before";
    browse->trial.options.cacheline_bytes = browse->cacheline_bytes;
    RETURN_IF_ERROR(trial_again(&browse->trial, &browse->page, &options));
    return changed(browse, browse->trial.now.steps_count);
}

// Starts to try; the cursor stays with its member. False: it cannot be, and why is said.
static struct error *start(struct browse *browse, bool *started)
{
    const char *refusal;
    const char *name = NULL;
    *started = browse->trial.is_active;
    if (*started || !browse->has_page)
        return NULL;
    const struct layout_page *seen = browse->has_relaid ? &browse->relaid : &browse->page;
    if (browse->here.selected < seen->rows.count)
        name = seen->rows.data[browse->here.selected].name;
    struct layout_options options = browse->model.files[browse->here.file].query.layout;
    options.cacheline_bytes = browse->cacheline_bytes;
    RETURN_IF_ERROR(trial_start(&browse->trial, &browse->page, &options, &refusal));
    if (refusal) {
        say_refused(browse, refusal);
        trial_stop(&browse->trial);
        return NULL;
    }
    *started = true;
    browse->page.scene.heading = "before";
    const struct page_options page = options_of(browse);
    RETURN_IF_ERROR(trial_again(&browse->trial, &browse->page, &page));
    size_t step = browse->trial.now.steps_count;
    for (size_t i = 0; name && i < browse->trial.now.steps_count; i++) {
        const struct member *member = browse->trial.now.steps[i].member;
        if (member && member->name && !strcmp(member->name, name))
            step = i;
    }
    return changed(browse, step);
}

// The step under the cursor; the count of steps when there is none, which is said.
static size_t step_here(struct browse *browse)
{
    const struct trial *trial = &browse->trial;
    const size_t selected = browse->here.selected;
    const size_t step = selected < trial->page.rows.count
                            ? trial_step_of(trial, &trial->page.rows.data[selected])
                            : trial->now.steps_count;
    if (step == trial->now.steps_count)
        view_say(&browse->views, false, "the cursor is on no member of its own: Up and Down go to one");
    return step;
}

static struct pack_step *copy_steps(const struct trial *trial)
{
    struct pack_step *steps = reallocarray(NULL, trial->now.steps_count + 2, sizeof(*steps));
    if (steps && trial->now.steps_count)
        memcpy(steps, trial->now.steps, trial->now.steps_count * sizeof(*steps));
    return steps;
}

// --- Keys ---

static struct error *move(struct browse *browse, int by, uint64_t count)
{
    size_t step = step_here(browse), steps_count = browse->trial.now.steps_count;
    if (step == steps_count)
        return NULL;
    struct pack_step *steps = copy_steps(&browse->trial);
    if (!steps)
        return &error_out_of_memory;
    const size_t from = step;
    for (; count && (by < 0 ? step > 0 : step + 1 < steps_count); count--) {
        const struct pack_step other = steps[step + (size_t)by];
        steps[step + (size_t)by] = steps[step];
        steps[step] = other;
        step += (size_t)by;
    }
    struct error *error = step == from ? NULL : apply(browse, steps, steps_count, step);
    free(steps);
    return error;
}

static struct error *best(struct browse *browse)
{
    struct pack pack;
    struct arena arena CLEANUP(arena_free) = {0};
    struct layouter *layouter;
    const struct layout_options options = browse->trial.options;
    RETURN_IF_ERROR(layouter_create(&options, &layouter));
    struct error *error =
        pack_compute(layouter, browse->page.layout, &(struct pack_options){.force = true}, &arena, &pack);
    struct pack_step *steps =
        error || pack.refusal ? NULL : arena_alloc_array(&arena, pack.count + 1, sizeof(*steps));
    size_t count = 0;
    for (size_t i = 0; steps && i < pack.count; i++) {
        const enum member_kind kind = pack.places[i].member->kind;
        if (kind != MEMBER_BASE && kind != MEMBER_VIRTUAL_BASE && kind != MEMBER_VPTR)
            steps[count++] = (struct pack_step){.member = pack.places[i].member};
    }
    if (steps)
        error = apply(browse, steps, count, 0);
    layouter_free(layouter);
    if (!error && steps && !*browse->views.message)
        view_say(&browse->views, false,
                 pack.size_bytes >= pack.was_bytes ? "no order is smaller than %" PRIu64 " bytes"
                 : pack.proof == PACK_UNPROVEN     ? "%" PRIu64 " bytes: better, not proven to be the least"
                                                   : "%" PRIu64 " bytes: no order needs less",
                 pack.size_bytes);
    return error;
}

static struct error *align(struct browse *browse)
{
    const size_t step = step_here(browse);
    if (step == browse->trial.now.steps_count || !browse->trial.now.steps[step].member)
        return NULL;
    const struct row *row = &browse->trial.page.rows.data[browse->here.selected];
    struct pack_step *steps = copy_steps(&browse->trial);
    if (!steps)
        return &error_out_of_memory;
    const uint64_t now_bytes = row->align_bytes ? row->align_bytes : 1;
    steps[step].align_bytes = now_bytes >= browse->cacheline_bytes ? 1 : 2 * now_bytes;
    struct error *error = apply(browse, steps, browse->trial.now.steps_count, step);
    free(steps);
    return error;
}

static struct error *pad(struct browse *browse, uint64_t bytes)
{
    const size_t step = step_here(browse);
    size_t count = browse->trial.now.steps_count;
    if (step == count)
        return NULL;
    struct pack_step *steps = copy_steps(&browse->trial);
    if (!steps)
        return &error_out_of_memory;
    size_t at = step;
    if (!steps[step].member) {
        steps[step].padding_bytes += bytes;
    } else if (step && !steps[step - 1].member) {
        steps[step - 1].padding_bytes += bytes;
    } else {
        memmove(&steps[step + 1], &steps[step], (count++ - step) * sizeof(*steps));
        steps[at++] = (struct pack_step){.padding_bytes = bytes};
    }
    struct error *error = apply(browse, steps, count, at);
    free(steps);
    return error;
}

static struct error *unpad(struct browse *browse, uint64_t bytes)
{
    const size_t step = step_here(browse);
    size_t count = browse->trial.now.steps_count;
    if (step == count)
        return NULL;
    const size_t padding = !browse->trial.now.steps[step].member ? step : step - 1;
    if (padding >= count || browse->trial.now.steps[padding].member) {
        view_say(&browse->views, false, "there is no padding before it that was put in");
        return NULL;
    }
    struct pack_step *steps = copy_steps(&browse->trial);
    if (!steps)
        return &error_out_of_memory;
    size_t at = step;
    if (steps[padding].padding_bytes > bytes) {
        steps[padding].padding_bytes -= bytes;
    } else {
        memmove(&steps[padding], &steps[padding + 1], (--count - padding) * sizeof(*steps));
        at = padding < count ? padding : count - 1;
    }
    struct error *error = apply(browse, steps, count, at);
    free(steps);
    return error;
}

// The cursor stays with its member.
static const struct member *member_here(const struct browse *browse)
{
    const struct trial *trial = &browse->trial;
    const size_t selected = browse->here.selected;
    const size_t step = selected < trial->page.rows.count
                            ? trial_step_of(trial, &trial->page.rows.data[selected])
                            : trial->now.steps_count;
    return step < trial->now.steps_count ? trial->now.steps[step].member : NULL;
}

static size_t step_of_member(const struct trial *trial, const struct member *member)
{
    size_t step = 0;
    while (step < trial->now.steps_count && (!member || trial->now.steps[step].member != member))
        step++;
    return step;
}

static struct error *undo(struct browse *browse)
{
    bool undone = false;
    if (!browse->trial.is_active) {
        view_say(&browse->views, false, "there is nothing to undo");
        return NULL;
    }
    const struct page_options options = options_of(browse);
    const struct member *member = member_here(browse);
    RETURN_IF_ERROR(trial_undo(&browse->trial, &browse->page, &options, &undone));
    if (undone)
        return changed(browse, step_of_member(&browse->trial, member));
    browse_drop_trial(browse);
    return NULL;
}

// --- Taking it along ---

static struct error *print(struct browse *browse)
{
    browse->prints_source = !browse->prints_source;
    view_say(&browse->views, false,
             browse->prints_source ? "its source is printed when you leave" : "its source is not printed");
    return keep_source(browse);
}

static struct error *copy(struct browse *browse)
{
    free(browse->views.copied);
    browse->views.copied = NULL;
    RETURN_IF_ERROR(trial_source(&browse->trial, browse->here.name, &browse->views.copied));
    view_say(&browse->views, false, "its source is handed to the terminal's clipboard");
    return NULL;
}

static size_t controls_in(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (unsigned char)*text < ' ';
    return count;
}

static struct error *on_path(void *state, const char *path)
{
    struct browse *browse = state;
    char *text = NULL;
    if (!*path || !browse->trial.is_active)
        return NULL;
    RETURN_IF_ERROR(trial_rules(&browse->trial, browse->here.name, &text));
    if (controls_in(text) >
        TRIAL_RULES_LINES) { // in a hostile file's name: it would be lines of its own there
        free(text);
        view_say(&browse->views, true, "a name has control characters: no file of rules can have it");
        return NULL;
    }
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int failure = fd < 0 ? errno : write_all(fd, text, strlen(text));
    if (fd >= 0 && close(fd) && !failure)
        failure = errno;
    free(text);
    if (failure)
        view_say(&browse->views, true, "%s: %s", path, strerror(failure));
    else
        view_say(&browse->views, false, "added to %s: pack --order-file and check --rules read it", path);
    return NULL;
}

static void save(struct browse *browse)
{
    const struct prompt_request request = {.label = "add the order to the file of rules: ",
                                           .start = "layout.rules",
                                           .state = browse,
                                           .answered = on_path};
    prompt_open(&browse->save_prompt, &browse->views, &request);
}

struct error *browse_try(struct browse *browse, unsigned action, uint64_t count)
{
    bool is_started = false;
    if (action == BROWSE_UNDO)
        return undo(browse);
    RETURN_IF_ERROR(start(browse, &is_started));
    if (!is_started)
        return NULL;
    switch (action) {
    case BROWSE_MOVE_UP:
        return move(browse, -1, count);
    case BROWSE_MOVE_DOWN:
        return move(browse, 1, count);
    case BROWSE_BEST:
        return best(browse);
    case BROWSE_ALIGN:
        return align(browse);
    case BROWSE_PAD:
        return pad(browse, count);
    case BROWSE_UNPAD:
        return unpad(browse, count);
    case BROWSE_PRINT:
        return print(browse);
    case BROWSE_COPY:
        return copy(browse);
    case BROWSE_SAVE:
        save(browse);
        return NULL;
    default:
        return NULL;
    }
}
