/*
 * The control socket: advicectl's way into core.  Who may use it is decided by
 * the socket file's rights (0660, group adviced); who it was is told by the
 * kernel and goes into the journal.
 */
#ifndef ROLE_CONTROL_SOCKET_H
#define ROLE_CONTROL_SOCKET_H

#include <poll.h>

#include "role/core.h"

#define CONTROL_CLIENTS	16
#define CONTROL_FDS	(CONTROL_CLIENTS + 1)

struct control;

/* Replaces a socket file that a dead core left. ERR_DAEMON. */
int	control_open(const char *path, struct control **control_r, struct err *err);
void	control_close(struct control **control);

/* Fill CONTROL_FDS places; then, when poll() has returned, act on them. */
void	control_poll(const struct control *control, struct pollfd *fds);
void	control_serve(struct control *control, struct core *core, const struct pollfd *fds);
void	control_reply(struct control *control, uint64_t client, const struct frame *frame);
/* Forget clients that are gone or answered in full. */
void	control_sweep(struct control *control, struct core *core);

#endif
