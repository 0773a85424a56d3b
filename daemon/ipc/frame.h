/*
 * Frames over a socketpair: header { u32 length, u16 type, u16 zero, u64 id },
 * then fields, each a u32 length and its bytes, in the order that wire.h
 * lists; numbers are big-endian.  Descriptors travel with their frame
 * (SCM_RIGHTS, at most FRAME_FDS).  Never structs, pointers, paths or commands.
 * The receiver checks everything again: a short, long or malformed frame ends
 * the connection, never the process.
 */
#ifndef IPC_FRAME_H
#define IPC_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define FRAME_MAX	(4u << 20)
#define FRAME_FDS	2

struct frame {
	uint16_t	 type;
	uint64_t	 id;		/* the asker's number; an answer repeats it */
	struct buf	 body;
	size_t		 read;		/* how far get_ has come */
	bool		 bad;		/* a get_ found something else than it asked for */
	int		 fds[FRAME_FDS];	/* -1 where none; owned by the frame */
};

void	frame_init(struct frame *frame, uint16_t type, uint64_t id);
void	frame_free(struct frame *frame);	/* closes fds that nobody took */

void	put_u32(struct frame *frame, uint32_t value);
void	put_u64(struct frame *frame, uint64_t value);
void	put_i64(struct frame *frame, int64_t value);
void	put_str(struct frame *frame, const char *text);	/* NULL as "" */
void	put_bytes(struct frame *frame, const void *data, size_t len);
void	put_fd(struct frame *frame, int fd);		/* dup'ed */

uint32_t get_u32(struct frame *frame);
uint64_t get_u64(struct frame *frame);
int64_t	get_i64(struct frame *frame);
const char *get_str(struct frame *frame, struct arena *arena);	/* UTF-8, no NUL inside; "" when bad */
const void *get_bytes(struct frame *frame, size_t *len_r);
int	get_fd(struct frame *frame);			/* the caller owns it; -1 when there is none */
bool	get_end(struct frame *frame);			/* everything read and nothing bad */

/* One end of a socketpair, with what is waiting to go out and what came in so far. */
struct channel;

struct channel *channel_new(int fd);			/* owns fd; sets it non-blocking */
void	channel_free(struct channel **channel);
int	channel_fd(const struct channel *channel);
bool	channel_wants_write(const struct channel *channel);
void	channel_queue(struct channel *channel, const struct frame *frame);
/* Write what can be written now. ERR_DAEMON when the other end is gone. */
int	channel_flush(struct channel *channel, struct err *err);
/*
 * Read what is there, a megabyte at most; then frames come out of
 * channel_next(), all of which must be taken, until it returns false. What the
 * other end sent before it closed is given out before the end is reported.
 * ERR_DAEMON when it has closed or sent what is no frame.
 */
int	channel_fill(struct channel *channel, struct err *err);
bool	channel_next(struct channel *channel, struct frame *frame_r);
/* Blocking, for advicectl and tests: wait at most timeout_ms for the next frame. 0, or -1 with ERR_RETRY on time-out. */
int	channel_wait(struct channel *channel, int timeout_ms, struct frame *frame_r, struct err *err);

#endif
