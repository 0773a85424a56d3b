/*
 * The parse role's second keeper, which has all loaded (mail/parse_rest.h),
 * seen from the first one: mails that a child could not read for want of that
 * are asked of it, with the frames that we are asked with.  role/parse.c only.
 */
#ifndef ROLE_PARSE_SECOND_H
#define ROLE_PARSE_SECOND_H

#include "ipc/frame.h"
#include "role/parse_child.h"

struct second;

struct second *second_new(int fd);	/* our end of the socketpair, taken over */
void	second_free(struct second *second);
int	second_fd(const struct second *second);
bool	second_wants_write(const struct second *second);

/* For one mail more than so many. */
bool	second_has_room(const struct second *second, size_t besides);
/* The answer will go to asker, under id; the task's descriptors stay the caller's.  False: no more can be open. */
bool	second_ask(struct second *second, struct channel *asker, uint64_t id, const struct parse_task *task, bool many);
/* Whether it lives: its answer goes to asker, under id. */
void	second_ask_alive(struct second *second, struct channel *asker, uint64_t id);
/* Nobody waits there any more. */
void	second_forget(struct second *second, const struct channel *asker);
/* Pass on what it has answered.  ERR_DAEMON when it is gone. */
int	second_serve(struct second *second, bool readable, struct err *err);

#endif
