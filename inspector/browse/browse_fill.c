// SPDX-License-Identifier: MIT
// What a frame shows: lines of the list and pages, as plain data.
#include "browse/browse.h"

#include "type/language.h"
#include "type/type_name.h"
#include "view/browse_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { COUNT_CELLS = 7 };

// --- Columns ---

// Those that matter most come first; they stand in the order of the table.
static const enum column_id wanted[] = {COLUMN_SIZE,       COLUMN_WASTE,      COLUMN_SAVINGS,
                                        COLUMN_HOLES,      COLUMN_DEEP_WASTE, COLUMN_MEMBERS,
                                        COLUMN_CACHELINES, COLUMN_ALIGN,      COLUMN_COPIES};

static int cells_of(const struct column *column)
{
    const int title = (int)strlen(column->title) + 2; // with the sign of the order
    return title > (int)column->cells - 1 ? title : (int)column->cells - 1;
}

static bool is_column_shown(const struct browse *browse, size_t id, int room)
{
    enum { NAME_CELLS_LEAST = 28 };
    int taken =
        browse->list.sort->cells && !list_shows_groups(&browse->list) ? cells_of(browse->list.sort) : 0;
    if (browse->list.sort == &columns[id])
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
        if (&columns[wanted[i]] == browse->list.sort)
            continue;
        taken += cells_of(&columns[wanted[i]]);
        if (taken > room - NAME_CELLS_LEAST)
            return false;
        if (wanted[i] == id)
            return true;
    }
    return false;
}

static void add_column(struct browse *browse, const struct column *column, const char *title, int cells)
{
    struct browse_list *list = &browse->scene.list;
    browse->columns_of[list->columns_count] = column;
    browse->columns_shown[list->columns_count++] =
        (struct browse_column){.title = title,
                               .cells = cells,
                               .is_sorted = column && column == browse->list.sort,
                               .is_reverse = browse->list.is_reverse,
                               .is_waste = column && column->is_waste};
}

static void fill_columns(struct browse *browse, int room)
{
    struct browse_list *list = &browse->scene.list;
    list->columns = browse->columns_shown;
    list->columns_count = 0;
    if (browse->holders.is_shown) {
        add_column(browse, NULL, "offset", COUNT_CELLS);
        return;
    }
    if (list_shows_groups(&browse->list)) {
        static const enum column_id sums[] = {COLUMN_SIZE, COLUMN_WASTE, COLUMN_SAVINGS};
        add_column(browse, NULL, "types", COUNT_CELLS);
        for (size_t i = 0; i < ARRAY_LENGTH(sums); i++)
            add_column(browse, &columns[sums[i]], columns[sums[i]].title, cells_of(&columns[sums[i]]));
        return;
    }
    for (size_t id = 0; id < COLUMNS && list->columns_count < BROWSE_COLUMNS_MOST; id++)
        if (columns[id].cells && !columns[id].of_several && is_column_shown(browse, id, room))
            add_column(browse, &columns[id], columns[id].title, cells_of(&columns[id]));
}

// --- Lines ---

static const char *kind_word(const struct type_index_entry *entry, const struct type_summary *summary)
{
    if (summary)
        return summary->kind;
    const struct type type = {.kind = entry->kind};
    return type_kind_word(&type);
}

static enum browse_change change_of(const struct model *model, uint32_t type)
{
    static const enum browse_change changes[] = {[PAIR_ALIKE] = CHANGE_NONE,
                                                 [PAIR_CHANGED] = CHANGE_DIFFERS,
                                                 [PAIR_ADDED] = CHANGE_ADDED,
                                                 [PAIR_REMOVED] = CHANGE_REMOVED};
    return model->changes ? changes[model->changes[type]] : CHANGE_NONE;
}

static void fill_numbers(const struct browse *browse, const struct type_index_entry *entry,
                         const struct type_summary *summary, struct browse_line *line)
{
    for (size_t i = 0; i < browse->scene.list.columns_count; i++) {
        const struct column *column = browse->columns_of[i];
        if (summary && column_is_known(column, summary)) {
            line->has_number[i] = true;
            line->numbers[i] = column_number(column, summary);
        } else if (!summary && column == &columns[COLUMN_SIZE] && entry->size_known) {
            line->has_number[i] = true;
            line->numbers[i] = entry->size_bytes;
        }
    }
}

static const char *file_name(const struct browse *browse, size_t file)
{
    const char *path = browse->model.files[file].query.source->facts.path;
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void fill_type(struct browse *browse, uint32_t type, struct browse_line *line)
{
    const struct type_index_entry *entry = model_entry(&browse->model, type);
    const struct type_summary *known = model_summary(&browse->model, type);
    const struct type_summary *summary = known ? known : browse_early_summary(browse, type);
    *line = (struct browse_line){
        .kind = kind_word(entry, summary), .name = entry->name, .change = change_of(&browse->model, type)};
    if (browse->model.files_count > 1 && !browse->model.compares)
        line->detail = file_name(browse, model_file_of(&browse->model, type));
    fill_numbers(browse, entry, summary, line);
}

static void fill_group(struct browse *browse, const struct list_group *group, struct browse_line *line)
{
    const enum model_grouping grouping = browse->list.grouping == LIST_BY_FILE ? GROUP_FILE : GROUP_NAMESPACE;
    *line = (struct browse_line){.name = browse->model.group_names[grouping][group->number],
                                 .is_path = grouping == GROUP_FILE};
    const uint64_t numbers[] = {group->types, group->size_bytes, group->waste_bytes, group->savings_bytes};
    for (size_t i = 0; i < ARRAY_LENGTH(numbers); i++) {
        line->has_number[i] = true;
        line->numbers[i] = numbers[i];
    }
}

static void fill_holder(struct browse *browse, size_t number, struct browse_line *line)
{
    const struct holding *holding = &browse->holders.search.found.data[number];
    const struct model_file *file = &browse->model.files[browse->holders.file];
    const struct type_index_entry *entry = &file->index->entries[file->numbers[holding->position]];
    *line = (struct browse_line){
        .kind = kind_word(entry, NULL),
        .name = entry->name,
        .detail = arena_format(&browse->frame, "%s %s", hold_how_word(holding->how), holding->member),
        .has_number = {holding->offset_known},
        .numbers = {holding->offset_bits / 8}};
}

// Scrolls so that `selected` is seen in `rows` of `count`.
static void keep_in_sight(size_t *first, size_t *selected, size_t count, int rows_signed)
{
    const size_t rows = rows_signed > 0 ? (size_t)rows_signed : 1;
    if (*selected >= count)
        *selected = count ? count - 1 : 0;
    if (*selected < *first)
        *first = *selected;
    if (*selected >= *first + rows)
        *first = *selected - rows + 1;
    const size_t last = count > rows ? count - rows : 0;
    if (*first > last)
        *first = last;
}

static const char *list_title(struct browse *browse)
{
    static const char *const groupings[] = {
        [LIST_BY_NAMESPACE] = "namespaces", [LIST_BY_FILE] = "source files"};
    const struct list *list = &browse->list;
    char *title = browse->list_title;
    const size_t room = sizeof(browse->list_title);
    if (browse->holders.is_shown)
        snprintf(title, room, "who holds %s", browse->holders.name);
    else if (list_shows_groups(list))
        snprintf(title, room, "%s", groupings[list->grouping]);
    else if (list->is_in_group)
        snprintf(title, room, "%s",
                 browse->model.group_names[list->grouping == LIST_BY_FILE ? GROUP_FILE : GROUP_NAMESPACE]
                                          [list->in_group]);
    else
        snprintf(title, room, "%s%s%s%s%s", browse->model.compares && list->changed_only ? "changed " : "",
                 list->language ? list->language : "", list->language ? " " : "", list_kind_word(list->kind),
                 list->hides_library ? ", no library's" : "");
    return title;
}

static void fill_list(struct browse *browse, const struct browse_frame *frame)
{
    struct browse_list *scene = &browse->scene.list;
    const struct list *list = &browse->list;
    const bool is_group = list_shows_groups(list) && !browse->holders.is_shown;
    const size_t count = browse->holders.is_shown ? browse->holders.search.found.length : list_count(list);
    *scene = (struct browse_list){
        .title = list_title(browse),
        .heading = browse->holders.is_shown ? "holder and member"
                   : is_group               ? "group"
                                            : "type",
        .filter = *list->filter.text && !browse->holders.is_shown ? list->filter.text : NULL,
        .problem = *list->filter.problem ? list->filter.problem : NULL,
        .count = count,
        .total = is_group || browse->holders.is_shown ? count : list->total,
        .lines = browse->lines};
    scene->empty = browse->holders.is_shown ? "no type of this file holds it or points to it"
                   : is_group && !browse->model.groups[list->grouping == LIST_BY_FILE]
                       ? "not yet: the files are being read"
                   : browse->model.compares && list->changed_only && !*list->filter.text
                       ? "nothing differs (d shows all)"
                   : *list->filter.text ? "none fits: Esc takes the filter away"
                   : list->kind || list->language || list->hides_library
                       ? "none of these (t, L and H show others)"
                       : "there is no type with members";
    const int rows = frame->list_columns ? frame->list_rows : browse->rows - 4;
    keep_in_sight(&browse->list_first, &browse->list_selected, count, rows);
    scene->first = browse->list_first;
    scene->selected = browse->list_selected;
    fill_columns(browse, frame->list_columns);
    for (size_t i = browse->list_first;
         i < count && scene->lines_count < BROWSE_LINES_MOST && (int)scene->lines_count < rows; i++) {
        struct browse_line *line = &browse->lines[scene->lines_count++];
        if (browse->holders.is_shown)
            fill_holder(browse, i, line);
        else if (is_group)
            fill_group(browse, &list->groups[i], line);
        else
            fill_type(browse, list->shown[i], line);
    }
}

// --- Pages ---

static void fill_pages(struct browse *browse)
{
    struct browse_scene *scene = &browse->scene;
    scene->pages_count = 0;
    if (!browse->has_page) {
        if (browse->page_problem) {
            scene->pages[0] = (struct browse_page){
                .name = browse->here.name, .phrases = {browse->page_problem}, .phrases_count = 1};
            scene->pages_count = 1;
        }
        return;
    }
    if (browse->trial.is_active) {
        scene->pages[scene->pages_count++] = browse->page.scene;
        scene->pages[scene->pages_count++] = browse->trial.page.scene;
    } else if (browse->has_relaid) {
        scene->pages[scene->pages_count++] = browse->page.scene;
        scene->pages[scene->pages_count++] = browse->relaid.scene;
    } else if (browse->has_older) {
        scene->pages[scene->pages_count++] = browse->older.scene;
        scene->pages[scene->pages_count++] = browse->page.scene;
    } else {
        scene->pages[scene->pages_count++] = browse->page.scene;
    }
    // While an order is tried what it was compared with is of no interest.
    if (browse->trial.is_active) {
        scene->pages[0].changes = NULL;
        scene->pages[0].was_bytes = NULL;
        scene->pages[0].notes_count = 0;
    }
}

static void fill_cursor(struct browse *browse, const struct browse_frame *frame)
{
    struct browse_scene *scene = &browse->scene;
    for (size_t i = 0; i < scene->pages_count; i++) {
        struct browse_page *page = &scene->pages[i];
        page->is_hex = browse->is_hex;
        const size_t rows = page->rows ? page->rows->count : page->lines_count;
        const bool is_last = i + 1 == scene->pages_count;
        const size_t count = page->rows && page->rows->count ? rows : page->lines_count;
        const int visible = browse_page_rows(frame, page, (int)i);
        if (is_last) {
            keep_in_sight(&browse->here.first, &browse->here.selected, count,
                          frame->page_columns[i] ? visible : 1000);
            page->selected = browse->here.selected;
            page->has_cursor = true;
        }
    }
    for (size_t i = 0; i < scene->pages_count; i++) {
        struct browse_page *page = &scene->pages[i];
        const size_t count = page->rows && page->rows->count ? page->rows->count : page->lines_count;
        page->first = browse->here.first < count ? browse->here.first : 0;
    }
}

// --- All ---

static void fill_title(struct browse *browse)
{
    const struct model *model = &browse->model;
    const struct type_source_facts *facts = &model->files[0].query.source->facts;
    const char *machine = model->files[0].query.layout.abi->name;
    if (model->compares)
        snprintf(browse->title, sizeof(browse->title), "%s → %s   %s", facts->path,
                 model->files[1].query.source->facts.path, machine);
    else if (model->files_count > 1)
        snprintf(browse->title, sizeof(browse->title), "%zu files   %s", model->files_count, machine);
    else
        snprintf(browse->title, sizeof(browse->title), "%s   %s %s", facts->path, machine, facts->format);
    if (browse->cacheline_bytes != 64)
        snprintf(browse->title + strlen(browse->title), sizeof(browse->title) - strlen(browse->title),
                 "   lines of %" PRIu64, browse->cacheline_bytes);
    browse->scene.title = browse->title;
    unsigned percent, looked;
    const char *label = model_progress(&browse->model, &percent);
    browse->scene.status = NULL;
    const char *held = holders_looking(&browse->holders, &looked);
    if (held) {
        snprintf(browse->status, sizeof(browse->status), "who holds %.40s: %u %%, Esc stops", held, looked);
        browse->scene.status = browse->status;
    } else if (label && model->stage < MODEL_COMPUTED) {
        snprintf(browse->status, sizeof(browse->status), "%s %u %%", label, percent);
        browse->scene.status = browse->status;
    }
}

// The row of the member that holds.
static void point_at(struct browse *browse, const struct holding *holding)
{
    const struct layout_page *page = browse_cursor_page(browse);
    for (size_t i = 0; page && i < page->rows.count; i++) {
        const struct row *row = &page->rows.data[i];
        if (row->kind == ROW_MEMBER && row->offset_bits == holding->offset_bits && row->name &&
            !strcmp(row->name, holding->member)) {
            browse->here.selected = i;
            return;
        }
    }
}

// The page follows the list's cursor.
static struct error *follow(struct browse *browse)
{
    const uint32_t type = browse->focus == FOCUS_LIST ? browse_selected_type(browse) : TYPE_NONE;
    if (type == TYPE_NONE)
        return NULL;
    const struct type_index_entry *entry = model_entry(&browse->model, type);
    if (!type_id_equal(entry->id, browse->here.id))
        RETURN_IF_ERROR(
            browse_go(browse, model_file_of(&browse->model, type), entry->id, entry->name, false));
    if (browse->holders.is_shown)
        point_at(browse, &browse->holders.search.found.data[browse->list_selected]);
    return NULL;
}

struct error *browse_fill(struct browse *browse, int rows, int cells)
{
    browse->rows = rows;
    browse->columns = cells;
    arena_reset(&browse->frame);
    fill_title(browse);
    browse->scene.focus = browse->focus;
    const struct browse_frame probe = browse_frame_of(rows, cells, 1, browse->focus);
    fill_list(browse, &probe); // puts the cursor where a line is
    RETURN_IF_ERROR(follow(browse));
    fill_pages(browse);
    const struct browse_frame frame = browse_frame_of(rows, cells, browse->scene.pages_count, browse->focus);
    fill_list(browse, &frame);
    fill_cursor(browse, &frame);
    const unsigned place = browse->focus == FOCUS_LIST ? WHEN_LIST : WHEN_PAGE;
    browse->scene.keys = (struct key_line){.keymap = &browse_keymap,
                                           .state = place | (browse->trial.is_active ? WHEN_TRYING : 0u) |
                                                    (browse->model.compares ? WHEN_COMPARING : 0u) |
                                                    (browse->has_page ? WHEN_BESIDE : 0u),
                                           .count = browse->count,
                                           .message = browse->views.message,
                                           .message_is_bad = browse->views.message_is_bad};
    return browse->frame.has_failed ? &error_out_of_memory : NULL;
}
