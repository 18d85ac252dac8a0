// What a session of another program's map has read, in a file; and a session that reads such a file.
#include "memory/target_recording.h"
#include "watch/live_links.h"
#include "watch/live_session.h"

bool live_is_one_map(const struct live_session *session)
{
    return session->program.program->target->history != NULL;
}

struct error *live_replay_open(struct live_session *session)
{
    const struct memory_target *target = session->program.program->target;
    const size_t row = live_program_at(&session->program, target->recorded.subject);
    if (row == SIZE_MAX)
        return error_create(ERROR_BAD_FORMAT, "%s: the map at 0x%llx that it is of is not to be found in it",
                            target->name, (unsigned long long)target->recorded.subject);
    RETURN_IF_ERROR(live_open_map(session, row));
    session->has_ended = session->is_held = true;
    session->reader.is_frozen = true;
    return NULL;
}

struct error *live_replay_run(struct live_session *session, int rows, int columns)
{
    const uint64_t frames = memory_history_last(session->log) - session->opening;
    uint64_t accepted = 0;
    session->is_run = true;
    for (uint64_t frame = 1; frame <= frames; frame++) {
        const uint32_t look = (uint32_t)frame + session->opening;
        memory_history_go(session->log, look);
        session->reader.is_frozen = true; // nothing moves between two reads of a recording
        RETURN_IF_ERROR(live_read_frame(session, rows, columns));
        session->frames = frame; // also one whose header was not read
        accepted += memory_history_marked(session->log, look);
    }
    session->accepted = accepted;
    live_go(session, frames);
    return NULL;
}

void live_replay_step(struct live_session *session)
{
    live_go(session, session->shown + 1);
    session->is_held = session->shown >= session->frames;
    session->since_frame_ns = 0;
}

struct error *live_record(const struct live_session *session, const char *path)
{
    return memory_recording_write(session->program.program->target, session->reader.address, path);
}
