/*
 * Telling somebody by a way of its own: another mail server, or a command.
 * Nothing of the daemon's is used: neither its processes, nor its queue, nor
 * its server, nor its tokens.
 */
#ifndef ROLE_SECOND_PATH_H
#define ROLE_SECOND_PATH_H

#include "conf/config.h"

/*
 * Every way that is configured is tried.  0 when one of them took it; else what was wrong with the last.  Blocks, some
 * minutes at most.
 */
int	second_path_tell(const struct alarm_config *alarm, const char *subject, const char *text, struct err *err);

#endif
