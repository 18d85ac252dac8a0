// SPDX-License-Identifier: MIT
// What the browser has open: pages, the way back, and reading for the screen.
#include "browse/browse.h"

#include "base/clock.h"
#include "query/describe.h"
#include "query/summarize.h"

#include <stdlib.h>
#include <string.h>

// --- Reading ---

static void readers_close(struct browse *browse)
{
    for (size_t i = 0; browse->readers && i < browse->model.files_count; i++) {
        layouter_free(browse->readers[i].layouter);
        type_maker_close(browse->readers[i].maker);
        browse->readers[i] = (struct browse_reader){0};
    }
}

// The file's reader, opened when it is first asked for.
static struct error *reader_of(struct browse *browse, size_t file, struct browse_reader **reader)
{
    *reader = &browse->readers[file];
    const struct model_file *from = &browse->model.files[file];
    struct layout_options options = from->query.layout;
    options.cacheline_bytes = browse->cacheline_bytes;
    if (!(*reader)->maker)
        RETURN_IF_ERROR(type_source_make(from->query.source, from->index_is_full ? from->index : NULL,
                                         &(*reader)->maker));
    return (*reader)->layouter ? NULL : layouter_create(&options, &(*reader)->layouter);
}

// A graph that has grown is given up: nothing of an earlier page is shown any more.
static void reader_forget(struct browse_reader *reader)
{
    enum { GRAPH_BYTES_MOST = 32 << 20 };
    if (!reader->maker || type_maker_graph_bytes(reader->maker) < GRAPH_BYTES_MOST)
        return;
    layouter_forget(reader->layouter);
    type_maker_forget(reader->maker);
}

// --- Pages ---

static const struct type_index_entry *entry_of(const struct browse *browse, const struct browse_place *place,
                                               uint32_t *number)
{
    *number = model_find(&browse->model, place->file, place->id);
    return *number == TYPE_NONE ? NULL : model_entry(&browse->model, *number);
}

// Which of several definitions of its name it is.
static void count_definitions(const struct browse *browse, uint32_t type, struct page_options *options)
{
    const struct model_file *file = &browse->model.files[model_file_of(&browse->model, type)];
    const struct type_index_entry *own = model_entry(&browse->model, type);
    options->definition = options->definitions = 0;
    for (size_t i = 0; i < file->count; i++) {
        const struct type_index_entry *entry = &file->index->entries[file->numbers[i]];
        if (entry->name_hash != own->name_hash || strcmp(entry->name, own->name) != 0)
            continue;
        options->definitions++;
        if (entry == own)
            options->definition = options->definitions;
    }
}

static struct error *build_into(struct browse *browse, struct layout_page *page,
                                const struct browse_place *place, const char *heading)
{
    struct browse_reader *reader;
    uint32_t number;
    const struct type *type;
    RETURN_IF_ERROR(reader_of(browse, place->file, &reader));
    const struct type_index_entry *entry = entry_of(browse, place, &number);
    const struct type_index_entry by_id = {.id = place->id};
    RETURN_IF_ERROR(type_maker_build(reader->maker, entry ? entry : &by_id, &type));
    struct page_options options = {.unfolded = &place->unfolded,
                                   .has_map = browse->has_map,
                                   .abi = browse->model.files[place->file].query.layout.abi,
                                   .name = place->name,
                                   .heading = heading,
                                   .copies = entry ? entry->copies : 1};
    if (entry)
        count_definitions(browse, number, &options);
    return page_build(page, reader->layouter, type, &options);
}

static void say_sharing(struct layout_page *page)
{
    enum { LINES_MOST = 2 };
    size_t said = 0, rest = 0;
    for (size_t i = 0; i < page->sharing.lines_count; i++) {
        const struct sharing_line *line = &page->sharing.lines[i];
        if (line->hot_count < 2 && line->other)
            continue;
        if (said++ >= LINES_MOST) {
            rest++;
            continue;
        }
        const char *hot = line->hot->name ? line->hot->name : "(anonymous)";
        const char *other = !line->other ? NULL : line->other->name ? line->other->name : "(anonymous)";
        page_add_note(page,
                      other ? arena_format(&page->arena, "false sharing in cache line %llu: %s and %s",
                                           (unsigned long long)line->line, hot, other)
                            : arena_format(&page->arena, "false sharing in cache line %llu: elements of %s",
                                           (unsigned long long)line->line, hot));
    }
    if (rest)
        page_add_note(page, arena_format(&page->arena, "and in %zu more cache lines", rest));
}

static void say_savings(struct browse *browse, struct layout_page *page)
{
    uint32_t number;
    entry_of(browse, &browse->here, &number);
    const struct type_summary *summary = number == TYPE_NONE ? NULL : model_summary(&browse->model, number);
    if (summary && summary->savings_bytes)
        page_add_note(page, arena_format(&page->arena, "another order saves %llu bytes: p",
                                         (unsigned long long)summary->savings_bytes));
}

static struct error *compare_with_older(struct browse *browse)
{
    uint32_t number;
    const char *sentence = NULL;
    browse->has_older = false;
    if (!browse->model.counterparts || browse->here.file != 1)
        return NULL;
    entry_of(browse, &browse->here, &number);
    const uint32_t other = number == TYPE_NONE ? TYPE_NONE : browse->model.counterparts[number];
    if (other == TYPE_NONE)
        return NULL;
    const struct type_index_entry *entry = model_entry(&browse->model, other);
    const struct browse_place place = {.file = 0, .id = entry->id, .name = (char *)(uintptr_t)entry->name};
    RETURN_IF_ERROR(build_into(browse, &browse->older, &place, "old"));
    RETURN_IF_ERROR(page_compare(&browse->page, &browse->older, &sentence));
    RETURN_IF_ERROR(page_compare_older(&browse->older, &browse->page));
    page_add_note(&browse->page, sentence ? sentence : "nothing differs");
    browse->has_older = true;
    return NULL;
}

static void relaid_free(struct browse *browse)
{
    page_free(&browse->relaid);
    layouter_free(browse->relaid_layouter);
    browse->relaid_layouter = NULL;
    arena_free(&browse->relaid_arena);
    browse->has_relaid = false;
}

// The same type by the other ABI, beside its own.
static struct error *relay_page(struct browse *browse)
{
    const struct layout_options options = {.abi = browse->other_abi.abi,
                                           .cacheline_bytes = browse->cacheline_bytes};
    const struct type *type;
    const char *refusal, *sentence;
    relaid_free(browse);
    if (!browse->other_abi.name || browse->has_older || !type_has_members(browse->page.layout->type))
        return NULL;
    RETURN_IF_ERROR(layouter_create(&options, &browse->relaid_layouter));
    RETURN_IF_ERROR(other_abi_layout(browse->readers[browse->here.file].layouter, browse->relaid_layouter,
                                     browse->page.layout->type, &browse->other_abi, &browse->relaid_arena,
                                     &type, &refusal));
    if (refusal) {
        page_add_note(&browse->page, arena_format(&browse->page.arena, "not laid out for %s: %s",
                                                  browse->other_abi.name, refusal));
        return NULL;
    }
    const struct page_options page = {.unfolded = &browse->here.unfolded,
                                      .has_map = browse->has_map,
                                      .abi = browse->other_abi.abi,
                                      .name = browse->here.name,
                                      .heading = browse->other_abi.name,
                                      .copies = 1};
    RETURN_IF_ERROR(page_build(&browse->relaid, browse->relaid_layouter, type, &page));
    RETURN_IF_ERROR(page_compare(&browse->relaid, &browse->page, &sentence));
    page_add_note(&browse->relaid, sentence ? sentence : "nothing differs");
    browse->page.scene.heading = browse->model.files[browse->here.file].query.layout.abi->name;
    browse->has_relaid = true;
    return NULL;
}

// A type that cannot be read is no reason to end: what is wrong stands where it would.
static struct error *page_failed(struct browse *browse, struct error *error)
{
    if (error->code != ERROR_BAD_FORMAT && error->code != ERROR_UNSUPPORTED)
        return error;
    snprintf(browse->problem_text, sizeof(browse->problem_text), "%s", error->message);
    browse->page_problem = browse->problem_text;
    error_free(error);
    return NULL;
}

struct error *browse_rebuild(struct browse *browse)
{
    relaid_free(browse);
    browse->has_page = browse->has_older = false;
    browse->page_problem = NULL;
    if (!browse->here.id.group)
        return NULL;
    const char *heading = !browse->model.compares ? NULL : browse->here.file == 1 ? "new" : "removed";
    struct error *error = build_into(browse, &browse->page, &browse->here, heading);
    if (error)
        return page_failed(browse, error);
    browse->has_page = true;
    say_sharing(&browse->page);
    error = compare_with_older(browse);
    if (!error && !browse->has_older)
        say_savings(browse, &browse->page);
    return error ? error : relay_page(browse);
}

// --- Going about ---

static void place_free(struct browse_place *place)
{
    free(place->name);
    vec_free(&place->unfolded);
    *place = (struct browse_place){0};
}

struct error *browse_go(struct browse *browse, size_t file, struct type_id id, const char *name,
                        bool remembers)
{
    enum { PAST_MOST = 1000 };
    struct browse_place next = {.file = file, .id = id, .name = strdup(name ? name : "(anonymous)")};
    if (!next.name)
        return &error_out_of_memory;
    browse_drop_trial(browse);
    if (remembers && browse->here.id.group && browse->past.length < PAST_MOST &&
        vec_push(&browse->past, browse->here))
        browse->here = (struct browse_place){0};
    place_free(&browse->here);
    browse->here = next;
    relaid_free(browse);
    page_free(&browse->page);
    page_free(&browse->older);
    reader_forget(&browse->readers[file]);
    return browse_rebuild(browse);
}

struct error *browse_go_back(struct browse *browse)
{
    if (!browse->past.length)
        return NULL;
    browse_drop_trial(browse);
    place_free(&browse->here);
    browse->here = browse->past.data[--browse->past.length];
    relaid_free(browse);
    page_free(&browse->page);
    page_free(&browse->older);
    return browse_rebuild(browse);
}

uint32_t browse_selected_type(const struct browse *browse)
{
    if (browse->holders.is_shown) {
        const struct holders_search *search = &browse->holders.search;
        return browse->list_selected < search->found.length
                   ? browse->model.files[browse->holders.file].first +
                         (uint32_t)search->found.data[browse->list_selected].position
                   : TYPE_NONE;
    }
    if (list_shows_groups(&browse->list) || browse->list_selected >= browse->list.shown_count)
        return TYPE_NONE;
    return browse->list.shown[browse->list_selected];
}

struct layout_page *browse_cursor_page(struct browse *browse)
{
    return browse->trial.is_active ? &browse->trial.page
           : browse->has_relaid    ? &browse->relaid
           : browse->has_page      ? &browse->page
                                   : NULL;
}

struct error *browse_show(struct browse *browse, size_t file, const struct type_index_entry *entry)
{
    browse->focus = FOCUS_PAGE;
    return browse_go(browse, file, entry->id, entry->name, false);
}

// --- The first screen ---

static struct error *summarize_early(struct browse *browse, uint32_t type, struct type_summary *summary)
{
    struct browse_reader *reader;
    struct arena scratch CLEANUP(arena_free) = {0};
    const size_t file = model_file_of(&browse->model, type);
    struct walk_item item = {.entry = model_entry(&browse->model, type)};
    RETURN_IF_ERROR(reader_of(browse, file, &reader));
    RETURN_IF_ERROR(type_maker_build(reader->maker, item.entry, &item.type));
    RETURN_IF_ERROR(layout_compute(reader->layouter, item.type, &item.layout));
    struct walk_worker worker = {
        .layouter = reader->layouter, .scratch = &scratch, .kept = &browse->early_arena};
    RETURN_IF_ERROR(summary_of_item(&worker, &item, DESCRIBE_PACK, summary));
    return summary_keep(summary, &browse->early_arena);
}

const struct type_summary *browse_early_summary(struct browse *browse, uint32_t type)
{
    if (browse->model.stage != MODEL_OPENED)
        return NULL;
    if (!browse->early)
        browse->early = calloc((size_t)browse->model.count + 1, sizeof(*browse->early));
    if (!browse->early)
        return NULL; // it shows without
    struct early_summary *early = &browse->early[type];
    struct error *error = early->is_known ? NULL : summarize_early(browse, type, &early->summary);
    early->is_known = !error;
    error_free(error);
    return early->is_known ? &early->summary : NULL;
}

static void early_free(struct browse *browse)
{
    free(browse->early);
    browse->early = NULL;
    arena_free(&browse->early_arena);
}

// --- The list ---

struct type_id browse_selected_id(const struct browse *browse)
{
    const uint32_t type = browse_selected_type(browse);
    return type == TYPE_NONE ? (struct type_id){0} : model_entry(&browse->model, type)->id;
}

void browse_select_id(struct browse *browse, struct type_id id)
{
    for (size_t i = 0; id.group && i < browse->list.shown_count; i++)
        if (type_id_equal(model_entry(&browse->model, browse->list.shown[i])->id, id)) {
            browse->list_selected = i;
            return;
        }
}

struct error *browse_refresh_list(struct browse *browse, struct type_id was)
{
    browse->list.is_sorted = false;
    RETURN_IF_ERROR(list_refresh(&browse->list));
    browse->listed_ns = clock_ns();
    if (browse->holders.is_shown || list_shows_groups(&browse->list))
        return NULL;
    if (browse->focus == FOCUS_PAGE)
        browse_select_id(browse, browse->here.id);
    else if (browse->list_selected)
        browse_select_id(browse, was);
    return NULL;
}

// --- Opening and closing ---

struct error *browse_open(struct browse *browse, const struct query *queries, size_t count,
                          const struct browse_options *options)
{
    browse->cacheline_bytes = options->cacheline_bytes;
    browse->theme = options->theme;
    browse->is_hex = options->is_hex;
    browse->other_abi = options->other_abi;
    browse->has_map = true;
    browse->readers = calloc(count + 1, sizeof(*browse->readers));
    if (!browse->readers)
        return &error_out_of_memory;
    RETURN_IF_ERROR(model_open(&browse->model, queries, count, options->compares));
    browse->list = (struct list){
        .model = &browse->model, .sort = &columns[COLUMN_NAME], .changed_only = options->compares};
    return browse_refresh_list(browse, (struct type_id){0});
}

struct error *browse_reread(struct browse *browse)
{
    if (browse->model.stage != MODEL_OPENED)
        early_free(browse);
    relaid_free(browse);
    page_free(&browse->page);
    page_free(&browse->older);
    readers_close(browse);
    RETURN_IF_ERROR(browse_rebuild(browse));
    return browse->trial.is_active ? browse_try_again(browse) : NULL;
}

void browse_close(struct browse *browse)
{
    holders_close(&browse->holders);
    early_free(browse);
    browse_drop_trial(browse);
    relaid_free(browse);
    page_free(&browse->page);
    page_free(&browse->older);
    place_free(&browse->here);
    vec_foreach (struct browse_place *, place, &browse->past)
        place_free(place);
    vec_free(&browse->past);
    readers_close(browse);
    free(browse->readers);
    list_free(&browse->list);
    model_close(&browse->model);
    arena_free(&browse->frame);
    view_stack_free(&browse->views);
    free(browse->printed);
    browse->printed = NULL;
}
