/*
 * journald, spoken to in its own form, so that "journalctl" can pick lines by
 * what stands in them: ADVICED_EVENT (the line's verb), ADVICED_ROLE, and each
 * key of the line, such as ADVICED_MAILBOX and ADVICED_CASE.  For log.c.
 */
#ifndef BASE_LOG_JOURNAL_H
#define BASE_LOG_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"

/* To be called before the process shuts itself in.  Does nothing where stderr is not journald's. */
void	journal_open(void);
/* line: one line.  False: it is not open, or did not take it; then stderr is the way. */
bool	journal_send(enum log_level level, const char *role, const char *line);
/* The datagram as journald wants it; its length.  What does not fit of the fields is left out.  Apart for its test. */
size_t	journal_entry(char *out, size_t size, enum log_level level, const char *role, const char *line);

#endif
