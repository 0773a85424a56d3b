/*
 * message/delivery-status (RFC 3464, and 6533 for addresses outside ASCII):
 * which recipient, what happened, why.  Runs in adviced-parse; pure.
 * Invariant: who was reached is never called bounced because another
 * recipient was not, nor is one who is only waited for.
 * Fails: NOTICE_NONE when the fields name nobody.
 */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/headers.h"
#include "mail/notice.h"

#define WAITING_MAX	200

/* The fields of one recipient's block. */
struct block {
	char	*recipient, *original, *action, *status, *diagnostic;
};

/* What has been read so far. */
struct status {
	struct reading	*reading;
	struct block	 block;
	enum notice	 notice;
	struct bounced	*waiting;	/* recipients whose mail is delayed */
	size_t		 waiting_count;
};

/* "rfc822; someone@x": what stands after the type. */
static char *
after_type(struct arena *arena, const char *value)
{
	const char *semicolon = strchr(value, ';');

	return str_trim(arena, semicolon == NULL ? value : semicolon + 1);
}

static void
block_field(struct arena *arena, struct block *block, const char *name, const char *value)
{
	char *status;

	if (str_same(name, "final-recipient"))
		block->recipient = after_type(arena, value);
	else if (str_same(name, "original-recipient"))
		block->original = after_type(arena, value);
	else if (str_same(name, "action"))
		block->action = str_lower(arena, str_trim(arena, value));
	else if (str_same(name, "status")) {
		status = status_in(arena, value);
		block->status = status != NULL ? status : arena_strndup(arena, value, strcspn(value, " ;("));
	} else if (str_same(name, "diagnostic-code"))
		block->diagnostic = str_squeeze(arena, after_type(arena, value));
}

/* What a block reports, by its action, else by the class of its status. */
static enum notice
block_notice(const struct block *block)
{
	static const char *const good[] = { "deliver", "relay", "expand", "success", NULL };
	const char *action = block->action == NULL ? "" : block->action;
	char class = block->status == NULL ? '\0' : *block->status;
	size_t i;

	if (str_starts(action, "delay") || str_starts(action, "defer"))
		return NOTICE_DELAY;
	for (i = 0; good[i] != NULL; i++)
		if (str_starts(action, good[i]))
			return NOTICE_RECEIPT;
	if (str_starts(action, "fail"))
		return NOTICE_BOUNCE;
	if (class == '2')
		return NOTICE_RECEIPT;
	if (class == '4' && *action == '\0')
		return NOTICE_DELAY;
	return class == '5' || class == '4' || *action != '\0' ? NOTICE_BOUNCE : NOTICE_NONE;
}

/* The address that the sender wrote, where the final one is none ("|/usr/bin/x", "IMCEAEX-_O=..."). */
static const char *
block_address(const struct block *block)
{
	bool original = block->original != NULL && strchr(block->original, '@') != NULL;

	if (block->recipient == NULL || strchr(block->recipient, '@') == NULL ||
	    strncasecmp(block->recipient, "imcea", 5) == 0)
		return original ? block->original : block->recipient;
	return block->recipient;
}

/* A more telling status often stands in what the other server said. */
static const char *
block_status(struct reading *reading, const struct block *block)
{
	const char *said = block->diagnostic == NULL ? NULL : status_in(reading->arena, block->diagnostic);
	const char *status = block->status == NULL ? "" : block->status;

	if (said != NULL && (*status == '\0' || strcmp(status + 1, ".0.0") == 0) && strcmp(said + 1, ".0.0") != 0)
		return said;
	return *status == '\0' && said != NULL ? said : status;
}

/* A recipient's block is complete: note it. */
static void
block_end(struct status *status)
{
	struct block *block = &status->block;
	const char *address = block_address(block), *code = block_status(status->reading, block);
	enum notice notice = address == NULL ? NOTICE_NONE : block_notice(block);

	if (notice == NOTICE_BOUNCE) {
		status->notice = NOTICE_BOUNCE;
		bounced_add(status->reading, address, code, block->diagnostic);
	} else if (notice == NOTICE_DELAY) {
		if (status->notice != NOTICE_BOUNCE)
			status->notice = NOTICE_DELAY;
		if (status->waiting_count < WAITING_MAX) {
			struct bounced *one = arena_push(status->reading->arena, status->waiting,
			    status->waiting_count);

			one->address = address;
			one->status = code;
			one->reason = block->diagnostic;
		}
	} else if (notice == NOTICE_RECEIPT && status->notice == NOTICE_NONE)
		status->notice = NOTICE_RECEIPT;
	memset(block, 0, sizeof(*block));
}

/* The next line at *at, with its folded ones, trimmed; ends it in place. */
static char *
next_line(struct arena *arena, char **at)
{
	char *line = *at, *s = *at;

	for (;;) {
		s += strcspn(s, "\n");
		if (*s == '\0')
			break;
		if (s[1] == ' ' || s[1] == '\t') {
			*s = ' ';
			continue;
		}
		*s++ = '\0';
		break;
	}
	*at = s;
	return str_trim(arena, line);
}

static void
read_line(struct status *status, char *line)
{
	struct arena *arena = status->reading->arena;
	struct strs ids = { NULL, 0 };
	char *colon = strchr(line, ':');

	if (*line == '\0') {
		/* Some senders put an empty line between the fields of one recipient. */
		if (status->block.action != NULL || status->block.status != NULL)
			block_end(status);
		return;
	}
	if (colon == NULL)
		return;
	*colon = '\0';
	line = str_trim(arena, line);
	if (str_same(line, "original-message-id") || str_same(line, "x-original-message-id")) {
		header_ids(arena, colon + 1, &ids);
		if (ids.n > 0)
			status->reading->message->original_message_id = ids.v[0];
	}
	/* Others leave it out between recipients. */
	if ((str_same(line, "final-recipient") && status->block.recipient != NULL) ||
	    (str_same(line, "original-recipient") && status->block.original != NULL))
		block_end(status);
	block_field(arena, &status->block, line, str_trim(arena, colon + 1));
}

enum notice
status_read(struct reading *reading)
{
	struct status status = { .reading = reading, .notice = NOTICE_NONE };
	char *s = str_utf8(reading->arena, buf_text(&reading->report), reading->report.len);
	size_t i;

	while (*s != '\0')
		read_line(&status, next_line(reading->arena, &s));
	block_end(&status);
	for (i = 0; status.notice == NOTICE_DELAY && i < status.waiting_count; i++)
		bounced_add(reading, status.waiting[i].address, status.waiting[i].status, status.waiting[i].reason);
	return status.notice;
}
