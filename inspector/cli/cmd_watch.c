// SPDX-License-Identifier: MIT
// strata watch
#include "cli/cmd.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "cli/view_options.h"
#include "cli/watch_fields.h"
#include "memory/target_recording.h"
#include "watch/live_session.h"
#include "watch/watch_player.h"

#include <stdlib.h>

enum {
    KEY_KIND = 511,
    KEY_KEY,
    KEY_VALUE,
    KEY_HASH,
    KEY_GO,
    KEY_SEED,
    KEY_ENTRIES,
    KEY_FEW,
    KEY_WORKLOAD,
    KEY_SPEED,
    KEY_PAUSED,
    KEY_RECORD,
    KEY_REPLAY,
    KEY_SALVAGE,
    KEY_ANY_LENGTH,
    KEY_PID,
    KEY_CORE,
    KEY_MAP,
    KEY_EXE,
};

struct watch_options {
    struct common_options common; // of which only the colour is asked
    struct view_options view;
    struct watch_setup setup;
    enum workload workload;
    bool has_kind, has_go; // given
    unsigned go;           // of go_words
    bool has_workload, is_paused, salvage, any_length;
    unsigned speed;
    const char *record, *replay;
    struct live_options live; // name NULL: our own map
};

enum { DEFAULT_SEED = 0x5eed, DEFAULT_HINT = 52 };

static const struct argp_option command_options[] = {
    {0, 0, NULL, 0, "The map:", 1},
    {"kind", KEY_KIND, "KIND", 0, "classic (default: Go up to 1.23) or swiss (Go 1.24 on)", 1},
    {"key", KEY_KEY, "TYPE", 0, "int64 (default), int32, string, float64 or interface", 1},
    {"value", KEY_VALUE, "TYPE", 0, "int64 (default), int32, big (136 bytes, stored indirect) or struct{}",
     1},
    {"hash", KEY_HASH, "HASH", 0,
     "aes (default), portable (AES without the CPU's instructions), fallback (Go's without AES), few (--few "
     "distinct values: long chains) or identity",
     1},
    {"few", KEY_FEW, "N", 0, "how many values --hash few has: 1 to 256, default 4", 1},
    {"go", KEY_GO, "VERSION", 0,
     "behave as Go 1.19, 1.22 (default) or 1.23; a Swiss map as 1.24, 1.25, 1.26 (its default) or 1.27", 1},
    {"seed", KEY_SEED, "N", 0, "where all chance comes from; equal seeds give equal sessions", 1},
    {"entries", KEY_ENTRIES, "N", 0, "start with so many entries (1000000 open at once)", 1},
    {0, 0, NULL, 0, "Another program's map, watched while it runs; it is not stopped:", 1},
    {"pid", KEY_PID, "PID", 0, "a running Go program", 1},
    {"core", KEY_CORE, "FILE", 0, "the core of one", 1},
    {"map", KEY_MAP, "PATH", 0,
     "the map, as strata maps names it (main.sessions), or its address; else a list", 1},
    {"exe", KEY_EXE, "FILE", 0, "the program's file, where it is not found; it must be the one that runs", 1},
    {0, 0, NULL, 0, "Playing:", 2},
    {"workload", KEY_WORKLOAD, "NAME", 0,
     "what playing does: story (default), insert, churn, lookup, range, same-size or turnover (as many go as "
     "come)",
     2},
    {"speed", KEY_SPEED, "N", 0, "2^N events a second, default 3", 2},
    {"paused", KEY_PAUSED, NULL, 0, "do not play at first", 2},
    {0, 0, NULL, 0, "Recordings:", 3},
    {"record", KEY_RECORD, "FILE", 0, "record the session; with --pid what the frames have read of the map",
     3},
    {"replay", KEY_REPLAY, "FILE", 0, "replay a recording: the same screens, any event of it at will", 3},
    {"salvage", KEY_SALVAGE, NULL, 0, "replay what is whole of a recording that was cut short", 3},
    {"any-length", KEY_ANY_LENGTH, NULL, 0,
     "replay a recording whatever it costs, and a map that starts with more than a million entries", 3},
    {0},
};

static const char *const hash_words[] = {"aes", "portable", "fallback", "few", "identity", NULL};
static const char *const kind_words[] = {"classic", "swiss", NULL};
// The versions with classic maps, then those with Swiss ones.
static const char *const go_words[] = {"1.19", "1.22", "1.23", "1.24", "1.25", "1.26", "1.27", NULL};
enum { CLASSIC_FLAVOURS = HMAP_GO_1_23 + 1 };

static const char *key_word(unsigned number)
{
    return watch_key_name((enum watch_key_kind)number);
}
static const char *elem_word(unsigned number)
{
    return watch_elem_name((enum watch_elem_kind)number);
}
static const char *hash_word(unsigned number)
{
    return hash_words[number];
}
static const char *kind_word(unsigned number)
{
    return kind_words[number];
}
static const char *go_word(unsigned number)
{
    return go_words[number];
}
static const char *workload_word(unsigned number)
{
    return workload_name((enum workload)number);
}

// A version alone says which kind of map it has.
static void settle_kind(struct argp_state *state, struct watch_options *options)
{
    struct watch_setup *setup = &options->setup;
    bool is_swiss = options->go >= CLASSIC_FLAVOURS;
    if (options->has_go && options->has_kind && is_swiss != (setup->map_kind == WATCH_SWISS))
        argp_error(state, "--go %s has %s maps, not %s ones", go_words[options->go],
                   kind_words[is_swiss ? WATCH_SWISS : WATCH_CLASSIC], kind_words[setup->map_kind]);
    if (options->has_go && is_swiss) {
        setup->map_kind = WATCH_SWISS;
        setup->swiss_flavour = (enum swiss_flavour)(options->go - CLASSIC_FLAVOURS);
    } else if (options->has_go) {
        setup->flavour = (enum hmap_flavour)options->go;
    }
    if (setup->map_kind == WATCH_SWISS)
        setup->hint = 0; // it begins small
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct watch_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->view;
        state->child_inputs[1] = &options->common;
        return 0;
    case KEY_KEY:
        options->setup.key_kind = (enum watch_key_kind)options_word(state, "key", argument, key_word);
        return 0;
    case KEY_VALUE:
        options->setup.elem_kind = (enum watch_elem_kind)options_word(state, "value", argument, elem_word);
        return 0;
    case KEY_HASH:
        options->setup.hash = (enum hmap_hash_algorithm)options_word(state, "hash", argument, hash_word);
        return 0;
    case KEY_GO:
        options->go = options_word(state, "go", argument, go_word);
        options->has_go = true;
        return 0;
    case KEY_KIND:
        options->setup.map_kind = (enum watch_map_kind)options_word(state, "kind", argument, kind_word);
        options->has_kind = true;
        return 0;
    case KEY_FEW:
        options->setup.few = (uint32_t)options_range(state, "few", argument, 1, 256);
        return 0;
    case KEY_SEED:
        options->setup.seed = options_range(state, "seed", argument, 0, UINT64_MAX);
        return 0;
    case KEY_ENTRIES:
        options->setup.entries = options_range(state, "entries", argument, 0, SETUP_ENTRIES_MAX);
        return 0;
    case KEY_WORKLOAD:
        options->workload = (enum workload)options_word(state, "workload", argument, workload_word);
        options->has_workload = true;
        return 0;
    case KEY_SPEED:
        options->speed = (unsigned)options_range(state, "speed", argument, 0, SPEED_MOST);
        return 0;
    case KEY_PAUSED:
        options->is_paused = true;
        return 0;
    case KEY_RECORD:
        options->record = argument;
        return 0;
    case KEY_PID:
        options_range(state, "pid", argument, 1, INT32_MAX);
        options->live.name = argument;
        return 0;
    case KEY_CORE:
        options->live.name = argument;
        options->live.is_core = true;
        return 0;
    case KEY_MAP:
        options->live.map = argument;
        return 0;
    case KEY_EXE:
        options->live.program.executable = argument;
        return 0;
    case KEY_REPLAY:
        options->replay = argument;
        return 0;
    case KEY_SALVAGE:
        options->salvage = true;
        return 0;
    case KEY_ANY_LENGTH:
        options->any_length = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": watch takes no file", argument);
        return 0;
    case ARGP_KEY_END:
        if (options->salvage && !options->replay)
            argp_error(state, "--salvage goes with --replay");
        if (options->any_length && !options->replay)
            argp_error(state, "--any-length goes with --replay");
        if (!options->live.name && options->live.map)
            argp_error(state, "--map goes with --pid or --core");
        if (!options->live.name && !options->replay && options->live.program.executable)
            argp_error(state, "--exe goes with --pid, --core or --replay");
        if (options->live.name && options->replay)
            argp_error(state, "--replay shows a recording: --pid and --core do not go with it");
        if (options->live.is_core && options->record)
            argp_error(state, "--record goes with --pid: a core does not change");
        settle_kind(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&view_argp, 0, NULL, 0}, {&colour_argp, 0, NULL, 22}, {0}};

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .doc =
        "Shows a live map as Go's runtime keeps it, the classic one (up to 1.23) or the Swiss one (1.24 "
        "on), and "
        "lets you play with it: insert, delete, grow, step by event, go back. With --pid or --core it shows "
        "the maps of another program. Press ? for all keys.",
    .children = children,
};

// --- All ---

static struct error *play(struct view_stack *views, const struct watch_options *options, int *signal_number)
{
    view_prepare(&options->view, views);
    return view_run(views, &options->view, options->common.colour, signal_number);
}

static struct error *watch(struct watch_player *player, const struct watch_options *options,
                           int *signal_number)
{
    struct recording recording = {.is_whole = false};
    struct watch_recorder recorder = {.is_open = false};
    struct watch_setup setup = options->setup;
    struct error *error = NULL;
    if (options->replay) {
        error = recording_read(&recording, options->replay, options->salvage);
        if (!error && !options->any_length)
            error = recording_limit(&recording, options->replay);
        setup = recording.setup;
    }
    enum workload workload = options->has_workload || !setup.entries ? options->workload : WORKLOAD_INSERT;
    if (!error)
        error = player_open(player, &setup, workload);
    player->field_reader.read = watch_fields_read;
    if (!error && options->record)
        error = recorder_open(&recorder, options->record, &setup);
    if (!error && recorder.is_open)
        player_record(player, &recorder);
    if (!error && options->replay)
        error = player_replay(player, &recording, options->replay);
    recording_free(&recording);
    player->speed = options->speed;
    player->theme = view_theme(&options->view);
    player->is_playing = !options->is_paused && !view_is_scripted(&options->view);
    if (!error)
        error = play(&player->views, options, signal_number);
    if (recorder.is_open) {
        // An operation under way comes to its end, so that the end of the recording fits.
        struct error *last = session_run(&player->session);
        struct error *closed =
            recorder_close(&recorder, player->session.log.length, session_end(&player->session));
        error_free(error ? last : NULL);
        error = error ? error : last;
        error_free(error ? closed : NULL);
        error = error ? error : closed;
    }
    player_close(player);
    return error;
}

static struct error *watch_live(struct live_session *session, const struct watch_options *options,
                                int *signal_number)
{
    struct screen_notices notices = screen_notices();
    struct error *error = options->live.record ? memory_recording_may_write(options->live.record) : NULL;
    if (!error)
        error = live_session_open(session, &options->live, &notices.sink);
    say_notices_rest(&notices);
    session->theme = view_theme(&options->view);
    if (!error) {
        live_view_open(session);
        error = play(&session->views, options, signal_number);
        if (options->live.record) {
            struct error *written = live_record(session, options->live.record);
            error_free(error ? written : NULL);
            error = error ? error : written;
        }
    }
    live_session_close(session);
    return error;
}

// A recording says itself what it is of.
static void settle_live(struct watch_options *options)
{
    if (options->live.name) {
        options->live.record = options->record;
        options->live.program.is_recorded = options->record != NULL;
    } else if (options->replay && memory_recording_is(options->replay)) {
        options->live.name = options->replay;
        options->live.is_core = true; // a file
        options->live.program.salvages = options->salvage;
    }
}

static struct error *run(struct watch_options *options, int *signal_number)
{
    settle_live(options);
    const bool is_live = options->live.name != NULL;
    void *state = calloc(1, is_live ? sizeof(struct live_session) : sizeof(struct watch_player));
    struct error *error = !state    ? &error_out_of_memory
                          : is_live ? watch_live(state, options, signal_number)
                                    : watch(state, options, signal_number);
    free(state);
    return error;
}

static int cmd_watch(int argc, char **argv)
{
    struct watch_options options = {.setup = {.seed = DEFAULT_SEED,
                                              .flavour = HMAP_GO_1_22,
                                              .swiss_flavour = SWISS_GO_1_26,
                                              .hint = DEFAULT_HINT,
                                              .few = 4},
                                    .view.keys_example = "i100 s5 <Down>3 b",
                                    .speed = SPEED_START};
    options_parse(&argp, argc, argv, &options);
    int signal_number = 0;
    struct error *error = run(&options, &signal_number);
    if (error)
        return say_error(error);
    view_die_of(signal_number);
    return EXIT_FINE;
}

static const struct value_words values[] = {
    {.option = "kind", .words = "classic swiss"},
    {.option = "key", .words = "int64 int32 string float64 interface"},
    {.option = "value", .words = "int64 int32 big struct{}"},
    {.option = "hash", .words = "aes portable fallback few identity"},
    {.option = "go", .words = "1.19 1.22 1.23 1.24 1.25 1.26 1.27"},
    {.option = "workload", .words = "story insert churn lookup range same-size turnover"},
    {.option = "theme", .words = "auto dark light"},
    {.option = "as", .words = "text ansi svg"},
    {.option = "record", .is_file = true},
    {.option = "replay", .is_file = true},
    {.option = "core", .is_file = true},
    {.option = "exe", .is_file = true},
    {0},
};

const struct command command_watch = {
    .name = "watch",
    .arguments = "",
    .summary = "a live map, to watch and to play with",
    .argp = &argp,
    .values = values,
    .run = cmd_watch,
};
