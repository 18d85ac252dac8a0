// SPDX-License-Identifier: MIT
// What a session asks of its map and both kinds of maps do alike. Included once by watch_classic.c and once by watch_swiss.c,
// which say before what the names are:
//
//     MAP(find)                      hmap_find, swiss_find
//     MAP_MODEL, MODEL(session)      the part of the model that has context, map and iter
//     MAP_EVENT, MAP_SINK            their types
//     MAP_EVENT_NAME                 of the event in union watch_any_event
#ifndef MAP
#error "watch_alike.h is for watch_classic.c and watch_swiss.c"
#endif

static void kind_emit(void *state, const MAP_EVENT *event)
{
    struct watch_session *session = state;
    const union watch_any_event any = {.MAP_EVENT_NAME = *event};
    session->take_event(session, &any);
}

static void kind_listen(struct watch_session *session, bool listens)
{
    MODEL(session)->context.sink = (MAP_SINK){listens ? kind_emit : NULL, session};
}

static struct hmap_result kind_assign(struct watch_session *session, const void *key)
{
    return MAP(assign)(&MODEL(session)->context, MODEL(session)->map, key);
}

static struct hmap_result kind_erase(struct watch_session *session, const void *key)
{
    return MAP(delete)(&MODEL(session)->context, MODEL(session)->map, key);
}

static struct hmap_result kind_find(struct watch_session *session, const void *key)
{
    return MAP(find)(&MODEL(session)->context, MODEL(session)->map, key);
}

static enum hmap_status kind_clear(struct watch_session *session)
{
    return MAP(clear)(&MODEL(session)->context, MODEL(session)->map);
}

static enum hmap_status kind_range_start(struct watch_session *session, bool *yields)
{
    MAP_MODEL *model = MODEL(session);
    MAP(iter_stop)(&model->iter);
    enum hmap_status status = MAP(iter_start)(&model->context, model->map, &model->iter);
    *yields = status == HMAP_OK && model->iter.key;
    return status;
}

static enum hmap_status kind_range_next(struct watch_session *session, bool *yields)
{
    MAP_MODEL *model = MODEL(session);
    enum hmap_status status = MAP(iter_next)(&model->context, &model->iter);
    *yields = status == HMAP_OK && model->iter.key;
    return status;
}

static void kind_range_stop(struct watch_session *session)
{
    MAP(iter_stop)(&MODEL(session)->iter);
}
