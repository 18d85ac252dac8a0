// SPDX-License-Identifier: MIT
// The session of another program's map: reads a frame ten times a second without stopping the program, and shows it
// with the screens that our own maps have.
//
// A recording (live_recording.c) has the same, of a process that was watched before.
//
// What frames have read is remembered (memory_history.h), so that one can go back to any of them.
//
//     program ─► list of maps ─► the open map ─► frame (live_read.h) ─► picture ─► hmap_view or swiss_view
//
// Of a core there is one frame, which is exact. Not thread-safe; large: not for the stack; must not move.
#ifndef STRATA_WATCH_LIVE_SESSION_H
#define STRATA_WATCH_LIVE_SESSION_H

#include "view/help.h"
#include "view/hmap_view.h"
#include "view/share.h"
#include "view/swiss_view.h"
#include "watch/live_list.h"
#include "watch/live_program.h"
#include "watch/live_read.h"

enum { LIVE_FRAMES_A_SECOND = 10, LIVE_KEY_BYTES = 256, LIVE_LOADS = 1024 };

// What the frame before had, for events between two frames.
struct live_before {
    bool is_known;
    struct classic_header classic;
    struct swiss_header swiss;
    uint64_t tables;
};

// What the statistics have seen of a classic map's buckets, a slice a frame.
struct live_survey {
    uint64_t next; // bucket
    struct classic_survey
        done; // of the latest whole round; while the first one lasts, of what was seen of it
    struct classic_survey now;
    bool has_done;
};

// The key that was asked for, as typed, and where its look-up goes: looked for anew in each frame.
struct live_search {
    bool is_on;
    uint64_t frame; // that it was looked for in
    char text[LIVE_KEY_BYTES];
    uint64_t hash;
    struct arena arena;
    uint8_t *key;
};

struct live_session {
    struct live_program program;
    struct view_stack views; // the list or the map at the bottom
    enum theme theme;
    // The open map.
    bool has_map, is_swiss;
    char path[128];
    struct map_shape shape;
    struct arena arena; // of the open map
    struct live_hasher hasher;
    struct map_texts *texts;
    struct page_cache *pages;
    struct memory_history *log; // what the frames have read; NULL: a core
    uint32_t opening;           // its looks before the first frame: 1 of a recording, else 0
    struct memory_mark looked;  // where the recorded view was that was gone to last
    bool is_run;                // of a recording: all frames were gone through once
    struct memory *logged;
    struct live_reader reader;
    struct hmap_view classic_view;
    struct hmap_scene classic;
    struct hmap_needs classic_needs; // of the latest frame
    struct swiss_view swiss_view;
    struct swiss_scene swiss;
    struct swiss_needs swiss_needs;
    struct live_survey survey;
    struct live_search search;
    // Time.
    bool is_held, is_exact; // the picture is kept; it was taken while the program stood
    bool wants_frame;       // the next one is due
    bool has_ended;
    uint64_t shown; // the frame that is gone back to; 0: the present
    char note[80];  // of the title: "ended 14:02:31", "stood 0.2 ms"
    uint64_t since_frame_ns;
    uint64_t frames, accepted;
    struct live_before before;
    // Events.
    struct picture_event events[PICTURE_EVENTS_MOST]; // a ring: number n at n % PICTURE_EVENTS_MOST
    uint64_t events_count;
    // The load over time, a sample a frame.
    struct scene_load loads[LIVE_LOADS];
    uint64_t loads_count;
    // Views on top.
    struct live_list list;
    struct help_page help;
    struct prompt prompt;
    struct share share;
};

static inline struct map_screen *live_screen(struct live_session *session)
{
    return session->is_swiss ? &session->swiss_view.screen : &session->classic_view.screen;
}

struct live_options {
    const char *name; // all digits: a process; a core's path
    bool is_core;
    const char *map; // path or address; NULL: the only one, or the list
    struct go_program_options program;
    const char *record; // the file that is written at the end; NULL: none
};

MUST_USE struct error *live_session_open(struct live_session *session, const struct live_options *options,
                                         struct notice_sink *notices);
void live_session_close(struct live_session *session);

// (live_session.c) Opens the map of a row; closes the one that was open.
MUST_USE struct error *live_open_map(struct live_session *session, size_t row);

// (live_view.c) Opens the first view: the map, or the list where none is open.
void live_view_open(struct live_session *session);

// (live_frame.c) Reads a frame for a screen of that size. The program's end and a map that is gone are no errors: the
// picture stays, and the title says so.
MUST_USE struct error *live_frame(struct live_session *session, int rows, int columns);
// Goes back to a frame, or with the latest or a later one to the present.
void live_go(struct live_session *session, uint64_t frame);
// On to the next frame of a recording that plays; at the end it holds.
void live_replay_step(struct live_session *session);
// Stops the program for one exact frame, and holds it.
MUST_USE struct error *live_freeze(struct live_session *session);

// (live_recording.c) Whether one map is recorded or replayed, and no other can be opened.
bool live_is_one_map(const struct live_session *session);
// Keeps with the frame what is not read: whether it was accepted, and where the view was.
void live_mark(struct live_session *session);
// Turns the view of a recording to what the screen showed then, where that is another place than in the frame before:
// nothing else was read.
void live_look_where_recorded(struct live_session *session);
// Whether the frame of a recording was accepted when it was read.
bool live_was_accepted(const struct live_session *session, uint64_t frame);
// Writes the recording.
MUST_USE struct error *live_record(const struct live_session *session, const char *path);

// (live_events.c) An event in words.
void live_say_event(struct live_session *session, enum event_tone tone, const char *format, ...)
    PRINTF_LIKE(3, 4);
// Compares the frame's header with that of the frame before.
void live_events_classic(struct live_session *session, const struct classic_header *header);
void live_events_swiss(struct live_session *session, const struct swiss_header *header);

// (live_find.c) Reads the key, computes its hash, and turns the view to where it is looked for.
void live_find(struct live_session *session, const char *text);
// The key under the cursor.
void live_find_cursor(struct live_session *session, uint64_t number);
// What the picture shows of the search, in each frame.
void live_find_fill(struct live_session *session);

#endif
