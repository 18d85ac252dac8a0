// A session that is watched: plays it, carries out what the view asks for, and draws frames. Knows no
// terminal and no clock: time is handed in.
#ifndef STRATA_WATCH_WATCH_PLAYER_H
#define STRATA_WATCH_WATCH_PLAYER_H

#include "watch/watch_recording.h"
#include "watch/watch_scenario.h"
#include "watch/watch_session.h"
#include "view/hmap_view.h"

struct watch_player {
    struct watch_session session;
    struct recorder *recorder; // borrowed; NULL: none
    struct scenario scenario;
    struct hmap_view view;
    struct hmap_scene scene;
    struct canvas canvas;
    struct hits hits;
    bool is_playing, is_replay, wants_quit, wants_redraw;
    bool is_ascii;
    unsigned speed; // 2^speed beats a second
    double due;     // beats that are due and not yet played
    char message[SCENE_TEXT_BYTES];
    bool message_is_bad;
    struct scene_field fields[SCENE_FIELDS];
    size_t fields_count;
    const char *fields_source;
    bool has_read_fields; // when the bytes are first shown: it takes some milliseconds
};

enum { SPEED_START = 3, SPEED_MOST = 24 };

// Opens a session and an empty screen. Large: not for the stack. Must not move.
MUST_USE struct error *player_open(struct watch_player *player, const struct watch_setup *setup,
                                   enum workload workload);
void player_close(struct watch_player *player);

// Attaches a recorder that has been opened with this session's setup. Borrowed.
void player_record(struct watch_player *player, struct recorder *recorder);

// A key; what cannot be done becomes a message on the screen. Only what makes going on impossible is an
// error.
MUST_USE struct error *player_press(struct watch_player *player, struct key_press press);
MUST_USE struct error *player_click(struct watch_player *player, int row, int column);
MUST_USE struct error *player_apply(struct watch_player *player, const struct intent *intent);

// Plays what is due after so much time; gives up when that takes longer than budget_ns, so that keys stay
// instant. Returns in *changed whether there is something new to see.
MUST_USE struct error *player_advance(struct watch_player *player, uint64_t elapsed_ns, uint64_t budget_ns,
                                      bool *changed);

// One beat of playing; *moved is false when there is nothing left to play.
MUST_USE struct error *player_beat(struct watch_player *player, bool *moved);

// Draws the present state to player->canvas.
MUST_USE struct error *player_frame(struct watch_player *player, int rows, int columns);

// (watch_scene.c) Fills player->scene with what the view needs.
MUST_USE struct error *scene_fill(struct watch_player *player, const struct hmap_needs *needs);
void scene_header(struct watch_player *player);
MUST_USE struct error *scene_open(struct watch_player *player);
void scene_close(struct watch_player *player);
// The setup that these choices of the scene mean.
struct watch_setup scene_setup(const struct watch_player *player, const uint8_t choices[CHOICES_MAX]);

#endif
