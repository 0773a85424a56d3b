/* Frames carried by hand: see carry.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carry.h"
#include "ipc/wire.h"
#include "mail/parse.h"
#include "mail/record.h"

void
carrier_begin(struct carrier *carrier)
{
	carrier->first = NULL;
	carrier->end = &carrier->first;
}

void
carry(struct carrier *carrier, bool to_core, const char *peer, const struct frame *frame)
{
	struct carried *carried = x_calloc(1, sizeof(*carried));

	carried->to_core = to_core;
	snprintf(carried->peer, sizeof(carried->peer), "%s", peer);
	frame_init(&carried->frame, frame->type, frame->id);
	buf_add(&carried->frame.body, frame->body.data, frame->body.len);
	for (size_t i = 0; i < FRAME_FDS; i++)
		if (frame->fds[i] != -1)
			put_fd(&carried->frame, frame->fds[i]);
	*carrier->end = carried;
	carrier->end = &carried->next;
}

struct carried *
carrier_next(struct carrier *carrier)
{
	struct carried *carried = carrier->first;

	if (carried == NULL)
		return NULL;
	carrier->first = carried->next;
	if (carrier->first == NULL)
		carrier->end = &carrier->first;
	return carried;
}

void
carried_free(struct carried *carried)
{
	frame_free(&carried->frame);
	free(carried);
}

/* ---- The parser */

static bool
has_header(int mail, const char *line)
{
	char start[3000], wanted[100];
	ssize_t n = pread(mail, start, sizeof(start), 0);
	int len = snprintf(wanted, sizeof(wanted), "\n%s", line);

	return n > 0 && memmem(start, (size_t)n, wanted, (size_t)len) != NULL;
}

void
carry_parsed(struct carrier *carrier, struct frame *frame, const char *ends)
{
	struct arena *arena = arena_new();
	struct message *message;
	struct buf record = BUF_INIT;
	struct err err = { ERR_NONE, "" };
	dayno today = (dayno)get_i64(frame);
	uint32_t status = PARSE_OK;
	int mail, documents;
	struct frame answer;

	get_u32(frame);
	mail = get_fd(frame);
	documents = get_fd(frame);
	if (has_header(mail, ends)) {
		status = PARSE_CRASHED;
		err_set(&err, ERR_MESSAGE, "reading it ended the reader");
	} else if (parse_message(arena, mail, documents, today, &parse_limits_default, &message, &err) == -1)
		status = err.scope == ERR_RETRY ? PARSE_NO_ROOM : PARSE_FAILED;
	else
		record_encode(message, &record);
	frame_init(&answer, WIRE_PARSED, frame->id);
	put_u32(&answer, status);
	put_str(&answer, err.text);
	put_bytes(&answer, record.data, record.len);
	carry(carrier, true, "parse", &answer);
	frame_free(&answer);
	buf_free(&record);
	close(mail);
	close(documents);
	arena_free(&arena);
}
