#include "watch/live_session.h"

void live_find(struct live_session *session, const char *text)
{
    (void)session, (void)text;
}
void live_find_cursor(struct live_session *session, uint64_t number)
{
    (void)session, (void)number;
}
void live_find_fill(struct live_session *session)
{
    (void)session;
}
