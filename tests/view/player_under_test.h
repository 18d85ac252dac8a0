// SPDX-License-Identifier: MIT
// A player driven by keys, its screens as text.
#ifndef STRATA_TESTS_PLAYER_UNDER_TEST_H
#define STRATA_TESTS_PLAYER_UNDER_TEST_H

#include "cmocka_all.h"
#include "errors_expected.h"
#include "watch/watch_player.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

// Each event of what the script does is gone to forwards and back: the same screens, the cursor in them too.
static inline void expect_same_both_ways(const struct watch_setup *setup, const char *script)
{
    enum { MOST = 3000 };
    static char *seen[MOST];
    struct watch_player *player = open_player(setup, WORKLOAD_STORY);
    press(player, script);
    uint64_t end = session_end(&player->session);
    assert_between(end, 100, MOST - 1);
    press(player, "<");
    for (uint64_t i = 0; i <= end; i++) {
        seen[i] = screen(player, 30, 100);
        if (i < end)
            press(player, "s");
    }
    for (uint64_t i = end + 1; i-- > 0;) {
        must(session_seek(&player->session, i));
        player->views.message[0] = '\0';
        char *text = screen(player, 30, 100);
        assert_string_equal(text, seen[i]);
        free(text);
    }
    for (uint64_t i = 0; i <= end; i++)
        free(seen[i]);
    close_player(player);
}

#endif
