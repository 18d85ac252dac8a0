// SPDX-License-Identifier: MIT
// The browser as a view: its keys, clicks, time and frames.
#include "browse/browse.h"

#include "base/clock.h"
#include "type/language.h"
#include "view/browse_keys.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// --- Moving ---

static size_t *cursor(struct browse *browse, size_t *count, int *page_rows)
{
    const struct layout_page *page = browse_cursor_page(browse);
    if (browse->focus == FOCUS_LIST || !page) {
        *count = browse->scene.list.count;
        *page_rows = browse->rows - 4;
        return &browse->list_selected;
    }
    *count = page->rows.count ? page->rows.count : page->scene.lines_count;
    *page_rows = browse->rows - 6;
    return &browse->here.selected;
}

static void go(struct browse *browse, int64_t by)
{
    size_t count;
    int rows;
    size_t *at = cursor(browse, &count, &rows);
    const int64_t next = (int64_t)*at + by, last = count ? (int64_t)count - 1 : 0;
    *at = next < 0 ? 0 : next > last ? (size_t)last : (size_t)next;
    // Borders of cache lines are no places to be.
    const struct layout_page *page = browse_cursor_page(browse);
    while (browse->focus == FOCUS_PAGE && page && *at < page->rows.count &&
           page->rows.data[*at].kind == ROW_LINE && (by > 0 ? *at + 1 < count : *at > 0))
        *at = by > 0 ? *at + 1 : *at - 1;
}

static void go_page(struct browse *browse, int by)
{
    size_t count;
    int rows;
    cursor(browse, &count, &rows);
    go(browse, (int64_t)by * (rows > 1 ? rows : 1));
}

static const struct row *row_here(struct browse *browse)
{
    const struct layout_page *page = browse_cursor_page(browse);
    return page && browse->here.selected < page->rows.count ? &page->rows.data[browse->here.selected] : NULL;
}

static void focus_list(struct browse *browse)
{
    browse->focus = FOCUS_LIST;
    if (!browse->holders.is_shown && !list_shows_groups(&browse->list))
        browse_select_id(browse, browse->here.id);
}

// --- Opening ---

static struct error *refilter(struct browse *browse)
{
    const struct type_id was = browse_selected_id(browse);
    return browse_refresh_list(browse, was);
}

static struct error *enter_group(struct browse *browse)
{
    if (browse->list_selected >= browse->list.groups_count)
        return NULL;
    browse->list.is_in_group = true;
    browse->list.in_group = browse->list.groups[browse->list_selected].number;
    browse->list_selected = browse->list_first = 0;
    return refilter(browse);
}

static struct error *open_member(struct browse *browse)
{
    const struct row *row = row_here(browse);
    const struct type *type = row ? page_leads_to(row) : NULL;
    if (!type) {
        view_say(&browse->views, false, "no type with members is behind it");
        return NULL;
    }
    if (!type->name && !type->by_name_only) {
        view_say(&browse->views, false, "its type has no name: space unfolds it");
        return NULL;
    }
    return browse_go(browse, browse->here.file, type->id, type->name, true);
}

static struct error *enter(struct browse *browse)
{
    if (browse->focus == FOCUS_PAGE)
        return open_member(browse);
    if (list_shows_groups(&browse->list) && !browse->holders.is_shown)
        return enter_group(browse);
    if (browse->has_page)
        browse->focus = FOCUS_PAGE;
    return NULL;
}

static struct error *rebuild_here(struct browse *browse)
{
    RETURN_IF_ERROR(browse_rebuild(browse));
    return browse->trial.is_active ? browse_try_again(browse) : NULL;
}

static struct error *unfold(struct browse *browse)
{
    bool is_open;
    if (browse->focus == FOCUS_LIST)
        return enter(browse);
    const struct row *row = row_here(browse);
    if (!row || !page_can_unfold(row)) {
        view_say(&browse->views, false,
                 "it has no members of its own in place: Enter opens what it leads to");
        return NULL;
    }
    RETURN_IF_ERROR(unfolded_toggle(&browse->here.unfolded, row, &is_open));
    return rebuild_here(browse);
}

static struct error *fold(struct browse *browse)
{
    const struct row *row = row_here(browse);
    bool is_open;
    if (browse->focus == FOCUS_PAGE && row && row->member && unfolded_holds(&browse->here.unfolded, row)) {
        RETURN_IF_ERROR(unfolded_toggle(&browse->here.unfolded, row, &is_open));
        return rebuild_here(browse);
    }
    focus_list(browse);
    return NULL;
}

static struct error *leave_holders(struct browse *browse)
{
    holders_close(&browse->holders);
    browse->list_first = browse->list_first_before;
    browse->list_selected = browse->list_selected_before;
    return NULL;
}

static struct error *leave_group(struct browse *browse)
{
    browse->list.is_in_group = false;
    browse->list_selected = browse->list_first = 0;
    RETURN_IF_ERROR(refilter(browse));
    for (size_t i = 0; i < browse->list.groups_count; i++)
        if (browse->list.groups[i].number == browse->list.in_group)
            browse->list_selected = i;
    return NULL;
}

static struct error *back(struct browse *browse)
{
    if (browse->focus == FOCUS_PAGE && browse->past.length)
        return browse_go_back(browse);
    if (browse->focus == FOCUS_PAGE)
        focus_list(browse);
    else if (browse->holders.is_shown)
        return leave_holders(browse);
    else if (browse->list.is_in_group)
        return leave_group(browse);
    return NULL;
}

static struct error *set_filter(struct browse *browse, const char *text)
{
    RETURN_IF_ERROR(filter_set(&browse->list.filter, text));
    browse->list_selected = browse->list_first = 0;
    // What is sorted stays sorted: to type costs a look at each name.
    return list_refresh(&browse->list);
}

// Esc: what was opened last, and then what was chosen.
static struct error *leave(struct browse *browse)
{
    unsigned percent;
    if (holders_looking(&browse->holders, &percent)) {
        holders_stop(&browse->holders);
        view_say(&browse->views, false, "stopped");
        return NULL;
    }
    if (browse->trial.is_active) {
        browse_drop_trial(browse);
        return NULL;
    }
    if (browse->focus == FOCUS_PAGE) {
        focus_list(browse);
        return NULL;
    }
    if (browse->holders.is_shown)
        return leave_holders(browse);
    if (*browse->list.filter.text)
        return set_filter(browse, "");
    return browse->list.is_in_group ? leave_group(browse) : NULL;
}

static struct error *other_pane(struct browse *browse)
{
    if (browse->focus == FOCUS_PAGE)
        focus_list(browse);
    else if (browse->has_page)
        browse->focus = FOCUS_PAGE;
    return NULL;
}

static struct error *definition(struct browse *browse, int by)
{
    const struct model *model = &browse->model;
    const uint32_t own = model_find(model, browse->here.file, browse->here.id);
    if (own == TYPE_NONE)
        return NULL;
    const struct model_file *file = &model->files[browse->here.file];
    const struct type_index_entry *entry = model_entry(model, own);
    for (size_t step = 1; step < file->count; step++) {
        const size_t at = ((size_t)(own - file->first) + (by > 0 ? step : file->count - step)) % file->count;
        const struct type_index_entry *other = &file->index->entries[file->numbers[at]];
        if (other->name_hash == entry->name_hash && !strcmp(other->name, entry->name)) {
            RETURN_IF_ERROR(browse_go(browse, browse->here.file, other->id, other->name, false));
            if (browse->focus == FOCUS_LIST)
                browse_select_id(browse, other->id);
            return NULL;
        }
    }
    view_say(&browse->views, false, "there is one definition of %s alone", entry->name);
    return NULL;
}

// What was found takes the list's place.
static struct error *take_holders(struct browse *browse, bool waits, bool *has_come)
{
    const bool was_shown = browse->holders.is_shown;
    RETURN_IF_ERROR(holders_poll(&browse->holders, waits, has_come));
    if (!*has_come)
        return NULL;
    if (!was_shown) {
        browse->list_first_before = browse->list_first;
        browse->list_selected_before = browse->list_selected;
    }
    browse->list_first = browse->list_selected = 0;
    browse->focus = FOCUS_LIST;
    if (!browse->holders.search.found.length)
        view_say(&browse->views, false, "no type of this file holds %s or points to it",
                 browse->holders.name);
    return NULL;
}

static struct error *show_holders(struct browse *browse)
{
    if (!browse->here.id.group)
        return NULL;
    if (browse->model.stage < MODEL_INDEXED) {
        view_say(&browse->views, false, "not yet: the files are being read");
        return NULL;
    }
    RETURN_IF_ERROR(holders_look(&browse->holders, &browse->model, browse->here.file, browse->here.name));
    // Where somebody looks on it goes on between keys.
    return browse->views.slice_ns ? NULL : take_holders(browse, true, &(bool){false});
}

// --- The editor ---

static struct error *edit(struct browse *browse)
{
    const struct layout_page *page = browse->has_page ? &browse->page : NULL;
    const struct type *type = page ? page->layout->type : NULL;
    char path[1024], line[24];
    if (!type || !type->declared_file) {
        view_say(&browse->views, false, "where it is declared is not told");
        return NULL;
    }
    const bool is_relative = *type->declared_file != '/';
    snprintf(path, sizeof(path), "%s%s%s",
             is_relative && type->declared_folder ? type->declared_folder
             : is_relative                        ? "."
                                                  : "",
             is_relative ? "/" : "", type->declared_file);
    snprintf(line, sizeof(line), "%" PRIu64, type->declared_line ? type->declared_line : 1);
    if (access(path, R_OK) != 0) {
        view_say(&browse->views, true, "%s is not here", path);
        return NULL;
    }
    // As git does it: a program with options, and quotes around what has blanks.
    const char *const words[] = {
        "sh", "-c", "eval \"exec ${VISUAL:-${EDITOR:-vi}} \\\"+\\$2\\\" \\\"\\$1\\\"\"", "sh", path, line};
    view_stack_serve(&browse->views);
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (!(browse->views.run[i] = strdup(words[i])))
            return &error_out_of_memory;
    return NULL;
}

// --- The list's own ---

static struct error *sort_by(struct browse *browse, const struct column *column)
{
    if (browse->list.sort == column)
        browse->list.is_reverse = !browse->list.is_reverse;
    else
        browse->list.is_reverse = false;
    browse->list.sort = column;
    browse->list_selected = browse->list_first = 0;
    return refilter(browse);
}

static struct error *sort_next(struct browse *browse)
{
    size_t at = (size_t)(browse->list.sort - columns);
    do
        at = (at + 1) % COLUMNS;
    while (!columns[at].sorts || columns[at].of_several ||
           (list_shows_groups(&browse->list) && !list_sorts_groups(&columns[at])));
    RETURN_IF_ERROR(sort_by(browse, &columns[at]));
    view_say(&browse->views, false, "sorted by %s: %s", columns[at].name, columns[at].meaning);
    return NULL;
}

// The languages that there are, one after the other.
static struct error *next_language(struct browse *browse)
{
    const char *least = NULL, *now = browse->list.language;
    for (uint32_t i = 0; i < browse->model.count; i++) {
        const struct type_summary *summary = model_summary(&browse->model, i);
        const char *word = summary ? summary->language : NULL;
        if (word && (!now || strcmp(word, now) > 0) && (!least || strcmp(word, least) < 0))
            least = word;
    }
    browse->list.language = least;
    return refilter(browse);
}

static struct error *group_next(struct browse *browse)
{
    RETURN_IF_ERROR(browse->holders.is_shown ? leave_holders(browse) : NULL);
    browse->list.grouping = (browse->list.grouping + 1) % LIST_GROUPINGS;
    browse->list.is_in_group = false;
    browse->list_selected = browse->list_first = 0;
    if (list_shows_groups(&browse->list) &&
        (browse->list.sort == &columns[COLUMN_NAME] || !list_sorts_groups(browse->list.sort)))
        browse->list.sort = &columns[COLUMN_WASTE]; // as browsers of disks show what takes most
    return refilter(browse);
}

static struct error *on_filter(void *state, const char *text)
{
    return set_filter(state, text);
}

static struct error *on_filter_left(void *state)
{
    return set_filter(state, "");
}

// Enter opens what the cursor is on.
static struct error *on_filter_answered(void *state, const char *text)
{
    struct browse *browse = state;
    if (!*text || !list_count(&browse->list))
        return NULL;
    RETURN_IF_ERROR(browse_fill(browse, browse->rows, browse->columns));
    return enter(browse);
}

static struct error *ask_filter(struct browse *browse)
{
    if (browse->holders.is_shown)
        RETURN_IF_ERROR(leave_holders(browse));
    browse->focus = FOCUS_LIST;
    const struct prompt_request request = {.label = "filter: ",
                                           .start = browse->list.filter.text,
                                           .passes_moves = true,
                                           .state = browse,
                                           .answered = on_filter_answered,
                                           .changed = on_filter,
                                           .left = on_filter_left};
    prompt_open(&browse->filter_prompt, &browse->views, &request);
    return NULL;
}

static struct error *next_cacheline(struct browse *browse)
{
    browse->cacheline_bytes = browse->cacheline_bytes == 64    ? 128
                              : browse->cacheline_bytes == 128 ? 256
                              : browse->cacheline_bytes == 256 ? 32
                                                               : 64;
    view_say(&browse->views, false, "cache lines of %" PRIu64 " bytes", browse->cacheline_bytes);
    return browse_reread(browse);
}

// --- Keys ---

static struct error *list_action(struct browse *browse, unsigned action)
{
    struct list *list = &browse->list;
    switch (action) {
    case BROWSE_FILTER:
        return ask_filter(browse);
    case BROWSE_SORT:
        return sort_next(browse);
    case BROWSE_REVERSE:
        list->is_reverse = !list->is_reverse;
        return refilter(browse);
    case BROWSE_KIND:
        list->kind = (list->kind + 1) % LIST_KINDS;
        return refilter(browse);
    case BROWSE_LANGUAGE:
        return next_language(browse);
    case BROWSE_LIBRARY:
        list->hides_library = !list->hides_library;
        return refilter(browse);
    case BROWSE_GROUP:
        return group_next(browse);
    case BROWSE_CHANGED_ONLY:
        list->changed_only = browse->model.compares && !list->changed_only;
        return refilter(browse);
    default:
        return NULL;
    }
}

static struct error *action(struct browse *browse, const struct key_binding *binding, uint64_t count)
{
    switch (binding->action) {
    case BROWSE_UP:
        go(browse, -(int64_t)count);
        return NULL;
    case BROWSE_DOWN:
        go(browse, (int64_t)count);
        return NULL;
    case BROWSE_PAGE_UP:
        go_page(browse, -1);
        return NULL;
    case BROWSE_PAGE_DOWN:
        go_page(browse, 1);
        return NULL;
    case BROWSE_FIRST:
        go(browse, INT32_MIN);
        return NULL;
    case BROWSE_LAST:
        go(browse, INT32_MAX);
        return NULL;
    case BROWSE_OTHER_PANE:
        return other_pane(browse);
    case BROWSE_ENTER:
        return enter(browse);
    case BROWSE_UNFOLD:
        return unfold(browse);
    case BROWSE_FOLD:
        return fold(browse);
    case BROWSE_BACK:
        return back(browse);
    case BROWSE_LEAVE:
        return leave(browse);
    case BROWSE_NEXT_DEFINITION:
        return definition(browse, 1);
    case BROWSE_DEFINITION_BEFORE:
        return definition(browse, -1);
    case BROWSE_HOLDERS:
        return show_holders(browse);
    case BROWSE_EDIT:
        return edit(browse);
    case BROWSE_BYTES:
        browse->has_map = !browse->has_map;
        return rebuild_here(browse);
    case BROWSE_CACHELINE:
        return next_cacheline(browse);
    case BROWSE_SHARE:
        share_open(&browse->share, &browse->views, browse->theme);
        return NULL;
    case BROWSE_REDRAW:
        browse->views.wants_redraw = true;
        return NULL;
    case BROWSE_HELP:
        help_open(&browse->help, &browse->views, &browse_keymap, browse_legend);
        return NULL;
    case BROWSE_QUIT:
        browse->views.wants_quit = true;
        return NULL;
    default:
        if (binding->action >= BROWSE_MOVE_UP && binding->action <= BROWSE_SAVE) {
            if (browse->has_page)
                browse->focus = FOCUS_PAGE;
            return browse_try(browse, binding->action, count);
        }
        return list_action(browse, binding->action);
    }
}

static struct error *press_key(struct browse *browse, struct key_press press)
{
    const struct key_binding *binding = keymap_find(&browse_keymap, press.code);
    if (!binding && press.code >= '0' && press.code <= '9') {
        browse->count = key_count_add(browse->count, press.code - '0');
        return NULL;
    }
    const uint64_t typed = press.count ? press.count : browse->count;
    browse->count = 0;
    if (!binding)
        return NULL;
    RETURN_IF_ERROR(
        browse_fill(browse, browse->rows, browse->columns)); // what is chosen is what was last seen
    return action(browse, binding, typed ? typed : 1);
}

// --- The view ---

static struct error *on_needs(void *state, int rows, int cells)
{
    return browse_fill(state, rows, cells);
}

static void on_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    const struct browse *browse = state;
    browse_draw(&browse->scene, canvas, hits);
}

static struct error *on_press(void *state, struct key_press press, bool *passes)
{
    (void)passes;
    return press_key(state, press);
}

static struct error *on_click(void *state, const struct hit *hit, uint64_t value)
{
    struct browse *browse = state;
    if (!hit)
        return NULL;
    switch (hit->kind) {
    case BROWSE_HIT_LINE: {
        const bool is_again = browse->focus == FOCUS_LIST && browse->list_selected == value;
        browse->focus = FOCUS_LIST;
        browse->list_selected = (size_t)value;
        return is_again ? enter(browse) : NULL;
    }
    case BROWSE_HIT_COLUMN:
        if (browse->holders.is_shown || (value && !browse->columns_of[value - 1]))
            return NULL;
        return sort_by(browse, value ? browse->columns_of[value - 1] : &columns[COLUMN_NAME]);
    case BROWSE_HIT_ROW: {
        const bool is_again = browse->focus == FOCUS_PAGE && browse->here.selected == value;
        browse->focus = FOCUS_PAGE;
        browse->here.selected = (size_t)value;
        return is_again ? open_member(browse) : NULL;
    }
    case BROWSE_HIT_LIST:
        browse->focus = FOCUS_LIST;
        return NULL;
    case BROWSE_HIT_PAGE:
        if (browse->has_page)
            browse->focus = FOCUS_PAGE;
        return NULL;
    default:
        return NULL;
    }
}

static struct error *on_wheel(void *state, int rows)
{
    go(state, rows);
    return NULL;
}

// Numbers come by the thousand: the list is filled anew now and then, and once when all are there.
enum { REFRESH_NS = 150000000, POLL_MS = 25 };

static struct error *on_advance(void *state, uint64_t elapsed_ns, uint64_t budget_ns, bool *changed)
{
    (void)elapsed_ns;
    (void)budget_ns;
    struct browse *browse = state;
    unsigned percent;
    if (holders_looking(&browse->holders, &percent)) {
        bool has_come;
        RETURN_IF_ERROR(take_holders(browse, false, &has_come));
        *changed = has_come || percent != browse->looked_percent;
        browse->looked_percent = percent;
    }
    if (browse->model.stage == MODEL_COMPUTED)
        return NULL;
    const bool had_changed = *changed;
    const enum model_stage before = browse->model.stage;
    const struct type_id was = browse_selected_id(browse);
    RETURN_IF_ERROR(model_poll(&browse->model, changed));
    const bool has_come_on = browse->model.stage != before;
    if (has_come_on && browse->model.stage >= MODEL_INDEXED && before < MODEL_INDEXED)
        RETURN_IF_ERROR(browse_reread(browse)); // with the index that spares searches
    if (has_come_on || (*changed && clock_ns() - browse->listed_ns > REFRESH_NS))
        RETURN_IF_ERROR(browse_refresh_list(browse, was));
    *changed |= had_changed;
    return NULL;
}

static int on_wait(const void *state)
{
    const struct browse *browse = state;
    return browse->model.stage == MODEL_COMPUTED && !browse->holders.work ? VIEW_WAIT_FOREVER : POLL_MS;
}

struct error *browse_wait(struct browse *browse)
{
    const struct type_id was = browse_selected_id(browse);
    RETURN_IF_ERROR(model_wait(&browse->model));
    RETURN_IF_ERROR(browse_reread(browse));
    return browse_refresh_list(browse, was);
}

static const struct view_ops browse_ops = {.title = "strata browse",
                                           .rows_min = BROWSE_ROWS_MIN,
                                           .columns_min = BROWSE_COLUMNS_MIN,
                                           .needs = on_needs,
                                           .draw = on_draw,
                                           .press = on_press,
                                           .click = on_click,
                                           .wheel = on_wheel,
                                           .advance = on_advance,
                                           .wait = on_wait};

void browse_view_open(struct browse *browse)
{
    view_open(&browse->views, &browse_ops, browse);
}
