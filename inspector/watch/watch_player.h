// SPDX-License-Identifier: MIT
// A session that is watched: plays it, carries out what the view asks for, and fills in what a frame shows.
// It is a view on a stack of its own (watch_view.c), so that a terminal, a script or a test can drive it.
//
// Knows no terminal. How much time has passed is handed in; the clock is read only to stop playing when its
// budget is used up.
#ifndef STRATA_WATCH_WATCH_PLAYER_H
#define STRATA_WATCH_WATCH_PLAYER_H

#include "hmapcore/hmap_snapshot.h"
#include "hmapcore/swiss_snapshot.h"
#include "view/chooser.h"
#include "view/help.h"
#include "view/hmap_view.h"
#include "view/prompt.h"
#include "view/share.h"
#include "view/swiss_view.h"
#include "watch/watch_compare.h"
#include "watch/watch_recording.h"
#include "watch/watch_scenario.h"
#include "watch/watch_session.h"
#include "watch/watch_work.h"

// Reads the fields of the map's header from debug information, which this layer does not know. Called when
// the bytes of the header are first shown, because it takes some milliseconds; until then, and when there is
// no reader, the fields are those of the compiler that built hmapcore.
struct watch_field_reader {
    // False when there is no debug information; *fields is unchanged then. NULL: no reader.
    bool (*read)(enum watch_map_kind kind, struct picture_fields *fields);
};

struct watch_player {
    struct watch_session session;
    struct watch_recorder *recorder; // borrowed; NULL: none
    struct scenario scenario;
    struct view_stack views; // this player at the bottom
    struct hmap_view classic_view;
    struct hmap_scene classic_scene;
    struct swiss_view swiss_view;
    struct swiss_scene swiss_scene;
    struct watch_compare compare;
    struct help_page help;
    struct prompt prompt;
    struct share share;
    enum theme theme;       // of screens that are written
    enum map_question asks; // what the open prompt asks
    struct chooser chooser;
    struct watch_setup shown_setup; // of the latest frame: what the box of choices begins with
    bool is_playing, is_replay;
    bool is_own; // the person has done something else than the story since it was played last
    struct watch_work work;
    unsigned speed;        // 2^speed beats a second
    double due;            // beats that are due and not yet played
    uint64_t unflushed_ns; // time since the recorder was flushed
    struct worded_event {
        struct watch_event event;
        struct picture_event picture;
    } worded[SESSION_RING]; // latest events in words
    struct watch_field_reader field_reader;
    // What the pictures are made with.
    struct picture_fields classic_fields, swiss_fields;
    struct hmap_window classic_snapshot;    // room for a piece of a window
    struct hmap_density *classic_densities; // SCENE_DENSITY of them, likewise
    struct picture_room {
        size_t buckets, entries; // there is memory for so many
    } classic_rooms[CLASSIC_WINDOWS];
    struct swiss_window swiss_snapshot; // room for a window
    struct swiss_rooms {
        size_t tables, dir_cells, groups, entries; // there is memory for so many
    } swiss_rooms;
};

enum { SPEED_START = 3, SPEED_MOST = 24 };

// (watch_view.c) Opens a session, and its view as the first of player->views. Large: not for the stack. Must not move.
MUST_USE struct error *player_open(struct watch_player *player, const struct watch_setup *setup,
                                   enum workload workload);
// The session alone, for that.
MUST_USE struct error *player_start(struct watch_player *player, const struct watch_setup *setup,
                                    enum workload workload);
void player_close(struct watch_player *player);

// Attaches a recorder that has been opened with this session's setup. Borrowed.
void player_record(struct watch_player *player, struct watch_recorder *recorder);

// Runs a recording into the session that was opened by its setup, so that every event of it can be gone to,
// and goes to its start. `path` is for messages.
MUST_USE struct error *player_replay(struct watch_player *player, const struct recording *recording,
                                     const char *path);

// Carries out an intent but those that open views, long work for views.slice_ns, and further with player_advance; while there is work
// under way, intents that move the map are left out. What cannot be done becomes a message on the screen. Only what makes going on
// impossible is an error.
MUST_USE struct error *player_apply(struct watch_player *player, const struct intent *intent);

// A new map by what was chosen in the box of choices.
MUST_USE struct error *player_new_map(struct watch_player *player, const uint8_t chosen[CHOICES_MAX]);

// Plays what is due after so much time; gives up when that takes longer than budget_ns by the clock, so that
// keys stay instant. Returns in *changed whether there is something new to see.
MUST_USE struct error *player_advance(struct watch_player *player, uint64_t elapsed_ns, uint64_t budget_ns,
                                      bool *changed);
// (watch_work.c) Whether there is an operation ahead, which playing adds where there is none; and one beat
// of playing, *moved false when there is nothing left to play.
MUST_USE struct error *player_want_future(struct watch_player *player, bool *has_future);
MUST_USE struct error *player_play_beat(struct watch_player *player, bool *moved);
// Milliseconds until there is something to play or to flush, or VIEW_WAIT_FOREVER.
int player_wait_ms(const struct watch_player *player);

// Whether the story's words are shown: while it is played or stepped through, not beside a person's own keys.
static inline bool player_tells_story(const struct watch_player *player)
{
    return player->scenario.workload == WORKLOAD_STORY && !player->is_own && !player->is_replay;
}

// (watch_scene.c) Fills the scene of this kind of map with what the view needs.
MUST_USE struct error *classic_scene_fill(struct watch_player *player, const struct hmap_needs *needs);
MUST_USE struct error *swiss_scene_fill(struct watch_player *player, const struct swiss_needs *needs);
MUST_USE struct error *compare_scene_fill(struct watch_player *player, const struct compare_needs *needs);
// What there is to choose for a new map, the present values first. Returns how many.
size_t scene_choices(const struct watch_player *player, struct choice choices[CHOICES_MAX]);
// The setup that these choices mean.
struct watch_setup scene_setup(const struct watch_player *player, const uint8_t chosen[CHOICES_MAX]);

// (watch_picture_parts.c) A map's header as it lies in memory; fields over it, for which debug information is asked when they are first
// shown; and the latest events in words, no more than `most`, each with its tone. Returns how many.
struct raw_map {
    uint64_t address;
    const void *bytes;
    size_t size_bytes; // at most PICTURE_HEADER_BYTES
    const char *key_kind, *elem_kind;
};
void picture_raw_fill(struct picture_header *to, const struct raw_map *from);
void picture_fields_lay(struct watch_player *player, enum watch_map_kind kind, bool are_shown,
                        struct picture_fields *fields, struct picture_header *header);
size_t picture_events_fill(struct watch_player *player, size_t most,
                           enum event_tone (*tone_of)(const struct watch_event *event),
                           struct picture_event *to);

// (watch_classic_picture.c) Fills the picture of the map from hmapcore's snapshots.
MUST_USE struct error *classic_picture_open(struct watch_player *player);
void classic_picture_close(struct watch_player *player);
// The header and what the latest event has touched; constant cost.
void classic_picture_header(struct watch_player *player);
// All else that a frame needs. Costs what is asked for.
MUST_USE struct error *classic_picture_fill(struct watch_player *player, const struct hmap_needs *needs);

// (watch_swiss_picture.c) The same for a Swiss map.
void swiss_picture_open(struct watch_player *player);
void swiss_picture_close(struct watch_player *player);
void swiss_picture_header(struct watch_player *player); // and the chosen table
MUST_USE struct error *swiss_picture_fill(struct watch_player *player, const struct swiss_needs *needs);

#endif
