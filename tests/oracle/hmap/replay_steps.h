// SPDX-License-Identifier: MIT
// The steps of a replay that are the same for both kinds of maps, and the program of them. Included once by replay.c and once by replay_swiss.c, which
// define struct replay before, and say what the names are: MAP(store) is hmap_store or swiss_store, MAP_STRUCT the map's type.
// They define what is declared first here.
#ifndef MAP
#error "replay_steps.h is for replay.c and replay_swiss.c"
#endif

static void replay_header(struct replay *replay, bool portable);
static void compare_dump(struct replay *replay);
static void must_have_seen(const struct replay *replay);

static void start_subject(struct replay *replay)
{
    uint8_t number = get8();
    uint32_t hint = get32();
    MAP(destroy)(&replay->context, replay->map);
    replay->map = NULL;
    replay->arena.used = 0; // nobody points there any more
    replay->subject = subject_at(number);
    at.scenario = replay->subject->name;
    must(MAP(type_make)(&replay->type, replay->subject->key, replay->subject->elem), "type");
    if (replay->type.variant != replay->subject->variant)
        differ("the compiler serves this map with variant %d, hmapcore with %d", replay->subject->variant,
               replay->type.variant);
    replay->context.type = &replay->type;
    get_draws(&replay->draws);
    must(MAP(make)(&replay->context, hint, &replay->map), "make");
    all_drawn(&replay->draws);
}

static void replay_assign(struct replay *replay)
{
    uint32_t n = get32();
    uint8_t variant = get8();
    uint64_t number = get64();
    get_draws(&replay->draws);
    union value key = make_value(&replay->arena, replay->subject->key_made, n, variant, true);
    union value elem = make_value(&replay->arena, replay->subject->elem_made, number, 0, false);
    must(MAP(store)(&replay->context, replay->map, &key, &elem), "assign");
    all_drawn(&replay->draws);
}

static void replay_key(struct replay *replay, bool remove)
{
    uint32_t n = get32();
    uint8_t variant = get8();
    bool found = remove ? false : get8();
    get_draws(&replay->draws);
    union value key = make_value(&replay->arena, replay->subject->key_made, n, variant, true);
    struct hmap_result result = remove ? MAP(delete)(&replay->context, replay->map, &key)
                                       : MAP(find)(&replay->context, replay->map, &key);
    must(result.status, remove ? "delete" : "find");
    if (!remove && result.found != found)
        differ("key %u: Go %s it", n, found ? "finds" : "does not find");
    all_drawn(&replay->draws);
}

static void compare_part(struct replay *replay, const void *value, const struct hmap_kind *kind,
                         enum written_form form, const char *what)
{
    uint16_t size_bytes = get16();
    uint8_t theirs[1024];
    if (size_bytes > sizeof theirs)
        differ("%s of %u bytes", what, size_bytes);
    get(theirs, size_bytes);
    replay->ours.used = 0;
    put_value(&replay->ours, &replay->arena, value, kind->size_bytes, form == INDIRECT ? PLAIN : form, false);
    if (replay->ours.used != size_bytes || memcmp(replay->ours.bytes, theirs, size_bytes) != 0)
        differ("range: Go yields another %s here", what);
}

static void range_advance(struct replay *replay)
{
    if (!replay->in_range)
        differ("a step of no range");
    get_draws(&replay->draws);
    replay->draws_of_steps += replay->draws.count;
    if (!replay->range_fresh)
        must(MAP(iter_next)(&replay->context, &replay->iter), "range");
    all_drawn(&replay->draws);
    replay->range_fresh = false;
}

static void replay_range(struct replay *replay, uint8_t letter)
{
    switch (letter) {
    case 'R':
        get_draws(&replay->draws);
        must(MAP(iter_start)(&replay->context, replay->map, &replay->iter), "range");
        all_drawn(&replay->draws);
        replay->in_range = replay->range_fresh = true;
        break;
    case 'r':
        range_advance(replay);
        if (!replay->iter.key)
            differ("range: Go yields one more");
        compare_part(replay, replay->iter.key, replay->type.key, replay->subject->key_form, "key");
        compare_part(replay, replay->iter.elem, replay->type.elem, replay->subject->elem_form, "element");
        break;
    case 'e':
        range_advance(replay);
        if (replay->iter.key)
            differ("range: Go ends here");
        replay->in_range = false;
        break;
    default:
        MAP(iter_stop)(&replay->iter);
        replay->in_range = false;
    }
}

static void replay_clone(struct replay *replay)
{
    MAP_STRUCT *clone;
    get_draws(&replay->draws);
    must(MAP(clone)(&replay->context, replay->map, &clone), "clone");
    all_drawn(&replay->draws);
    MAP(destroy)(&replay->context, replay->map);
    replay->map = clone;
}

// The whole recording, from standard input.
int main(int argc, char **argv)
{
    static struct replay replay;
    bool portable = argc > 1 && strcmp(argv[1], "--portable-aes") == 0;
    uint64_t operations = 0;
    arena_open(&replay.arena);
    replay_header(&replay, portable);
    for (;;) {
        uint8_t letter = get8();
        at.records++;
        at.letter = letter;
        // Every other operation is not listened to: those are other routines.
        replay.context.sink.emit = at.records % 2 ? count_event : NULL;
        if (letter == 'Z')
            break;
        if (letter != 'S' && !replay.map)
            differ("an operation on no map");
        operations += strchr("ADFCKR", letter) != NULL;
        switch (letter) {
        case 'S':
            start_subject(&replay);
            break;
        case 'A':
            replay_assign(&replay);
            break;
        case 'D':
        case 'F':
            replay_key(&replay, letter == 'D');
            break;
        case 'C':
            get_draws(&replay.draws);
            must(MAP(clear)(&replay.context, replay.map), "clear");
            all_drawn(&replay.draws);
            break;
        case 'K':
            replay_clone(&replay);
            break;
        case 'P':
            compare_dump(&replay);
            break;
        default:
            if (!strchr("Rreb", letter))
                differ("a record '%c'", letter);
            replay_range(&replay, letter);
        }
    }
    MAP(destroy)(&replay.context, replay.map);
    arena_close(&replay.arena);
    free(replay.ours.bytes);
    free(replay.theirs.bytes);
    must_have_seen(&replay);
    printf("%llu operations and %llu MB of map memory agree\n", (unsigned long long)operations,
           (unsigned long long)(at.dump_bytes >> 20));
    return 0;
}
