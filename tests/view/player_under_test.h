// A player driven by keys, its screens as text.
#ifndef STRATA_TESTS_PLAYER_UNDER_TEST_H
#define STRATA_TESTS_PLAYER_UNDER_TEST_H

#include "cmocka_all.h"
#include "watch/watch_player.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(struct error *error)
{
    if (error)
        fail_msg("%s", error->message);
}

static struct watch_player *open_player(const struct watch_setup *setup, enum workload workload)
{
    struct watch_player *player = malloc(sizeof(*player));
    must(player_open(player, setup, workload));
    return player;
}

static void close_player(struct watch_player *player)
{
    player_close(player);
    free(player);
}

static inline void press(struct watch_player *player, const char *script)
{
    struct key_press key;
    bool is_bad;
    while (key_script_next(&script, &key, &is_bad))
        must(view_stack_press(&player->views, key));
    assert_false(is_bad);
}

// The screen as text; the caller frees it.
static inline char *screen(struct watch_player *player, int rows, int columns)
{
    char *text;
    size_t size_bytes;
    FILE *to = open_memstream(&text, &size_bytes);
    must(view_stack_frame(&player->views, rows, columns));
    canvas_write_text(&player->views.canvas, to);
    fclose(to);
    return text;
}

static inline bool shows(struct watch_player *player, const char *wanted)
{
    char *text = screen(player, 40, 120);
    bool is_there = strstr(text, wanted) != NULL;
    free(text);
    return is_there;
}

#endif
