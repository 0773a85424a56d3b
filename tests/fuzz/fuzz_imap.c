/*
 * What a mail server says: whatever it is, the dialogue ends, with results
 * that are among what was asked for.  The bytes come through libetpan's
 * buffers as they do from our stream, which says "broken" at their end.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "imap/body.h"
#include "imap/busy.h"
#include "imap/folder.h"
#include "imap/idle.h"
#include "imap/list.h"
#include "imap/name.h"
#include "imap/place.h"
#include "imap/settle.h"
#include "imap/stream_private.h"
#include "imap/uidset.h"

#define UIDS	6

struct script {
	const uint8_t	*data;
	size_t		 len, at;
	struct tame	 tame;
};

static ssize_t
low_read(mailstream_low *low, void *data, size_t size)
{
	struct script *script = low->data;
	size_t n = script->len - script->at;

	if (n == 0)
		return -1;
	n = n < size ? n : size;
	n = n < 61 ? n : 61;		/* in pieces, as they come */
	memcpy(data, script->data + script->at, n);
	tame_bytes(&script->tame, data, n);
	script->at += n;
	return (ssize_t)n;
}

static ssize_t
low_write(mailstream_low *low, const void *data, size_t len)
{
	(void)low;
	(void)data;
	return (ssize_t)len;
}

static int
low_nothing(mailstream_low *low)
{
	(void)low;
	return -1;
}

static void
low_free(mailstream_low *low)
{
	free(low);
}

static mailstream_low_driver driver = { .mailstream_read = low_read, .mailstream_write = low_write,
	.mailstream_close = low_nothing, .mailstream_get_fd = low_nothing, .mailstream_free = low_free };

static int
begin(void *ctx, struct err *err)
{
	bool *open = ctx;

	(void)err;
	must(!*open);
	*open = true;
	return 0;
}

static int
body(void *ctx, const void *data, size_t len, struct err *err)
{
	const bool *open = ctx;

	(void)err;
	must(*open);
	for (size_t i = 0; i < len; i++)	/* read, for the sanitizer */
		must(((const unsigned char *)data)[i] <= 255);
	return 0;
}

static int
end(void *ctx, uint32_t uid, struct err *err)
{
	bool *open = ctx;

	(void)err;
	must(*open);
	must(uid <= UIDS);
	*open = false;
	return 0;
}

static void
check_list(const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		must(list->v[i].uid > 0);
		must(i == 0 || list->v[i].uid > list->v[i - 1].uid);
	}
}

/*
 * libetpan 1.9.4 follows no pointer where a list of permanent flags is not well formed, which imap/tame.c keeps from it; what
 * is a literal they may see differently where the rest is nonsense, too.  And it asks for as much memory as a literal is
 * announced to have: address space only, but too much for the sanitizer.
 */
static bool
is_too_much_for_libetpan(const uint8_t *data, size_t size)
{
	static const char word[] = "PERMANENTFLAGS";
	size_t digits = 0;

	for (size_t i = 0; i < size; i++) {
		if (size - i >= sizeof(word) - 1 && strncasecmp((const char *)data + i, word, sizeof(word) - 1) == 0 &&
		    memchr(data, '{', i) != NULL)
			return true;
		digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
		if (digits > 7)
			return true;
	}
	return false;
}

static void
ask(struct session *session, unsigned what, const struct uids *uids)
{
	struct body_sink sink = { .begin = begin, .write = body, .end = end };
	struct settled settled[UIDS];
	struct settling settling = { .watched = "INBOX", .folder = "Done", .keyword = "", .uids = uids, .repeated = uids };
	struct uids found = { NULL, 0 };
	struct list list = { NULL, 0, 0 };
	struct idle idle = { .on = false };
	struct buf wire = BUF_INIT;
	struct err err;
	bool open = false;

	switch (what % 9) {
	case 0:
		if (list_from(session, 3, &list, &err) == 0)
			must(list.n == 0 || list.v[0].uid >= 3);
		check_list(&list);
		break;
	case 1:
		if (list_uids(session, uids, true, &list, &err) == 0)
			must(list.n <= UIDS);
		check_list(&list);
		break;
	case 2:
		if (list_present(session, uids, &found, &err) == 0)
			for (size_t i = 0; i < found.n; i++)
				must(uids_has(uids, found.v[i]));
		break;
	case 3:
		list_with_id(session, "<1@test.example>", &found, &err);
		break;
	case 4:
		sink.ctx = &open;
		body_fetch(session, uids->v, uids->n, 1000, &sink, &err);
		break;
	case 5:
		if (place_wire(session, "Needs you", &wire, &err) == 0)
			must(strpbrk(buf_text(&wire), "\r\n") == NULL);
		break;
	case 6:
		if (session_select(session, "INBOX", false, &err) == 0)
			must(session->uidvalidity != 0);
		break;
	case 7:
		settle_run(session, &settling, settled, &err);
		break;
	case 8:
		if (idle_begin(session, &idle, &err) == 0 && idle_read(session, &idle, &err) == 0)
			idle_end(session, &idle, &err);
		break;
	}
	list_free(&list);
	uids_free(&found);
	buf_free(&wire);
}

static void
talk(const uint8_t *data, size_t size)
{
	char host[] = "test.example";
	struct stream stream = { .fd = -1, .host = host, .timeout_s = 3600 };
	struct session *session = x_calloc(1, sizeof(*session));
	struct script script = { .data = data, .len = size };
	struct uids uids = { NULL, 0 };
	mailstream_low *low = mailstream_low_new(&script, &driver);

	session->stream = &stream;
	session->host = stream.host;
	session->imap = mailimap_new(0, NULL);
	session->imap->imap_stream = mailstream_new(low, 16384);
	session->imap->imap_state = MAILIMAP_STATE_SELECTED;
	session->folder = x_strdup("INBOX");
	session->can_namespace = size % 2 == 0;
	session->can_uidplus = size % 3 == 0;
	session->can_keywords = size % 5 == 0;
	session->can_move = size % 7 != 0;
	for (uint32_t i = 1; i <= UIDS; i++)
		uids_add(&uids, i);
	for (int i = 0; i < 5 && script.at < script.len && !session_is_broken(session); i++) {
		uint8_t what = script.data[script.at++];

		if (what % 9 != 6 && is_too_much_for_libetpan(data + script.at, size - script.at))
			break;
		ask(session, what, &uids);
	}
	uids_free(&uids);
	place_forget(session);
	mailstream_close(session->imap->imap_stream);
	session->imap->imap_stream = NULL;
	mailimap_free(session->imap);
	free(session->folder);
	free(session);
}

static void
names(const char *text)
{
	struct buf once = BUF_INIT, wire = BUF_INIT, twice = BUF_INIT;
	struct uids uids = { NULL, 0 };
	struct places places = { .n = 0 };
	char *line, *rest;
	int wait_ms;

	name_decode(text, &once);
	must(fuzz_is_utf8(buf_text(&once)));
	name_encode(buf_text(&once), &wire);
	for (size_t i = 0; i < wire.len; i++)
		must(wire.data[i] >= ' ' && wire.data[i] < 0x7f);
	name_decode(buf_text(&wire), &twice);
	must(strcmp(buf_text(&once), buf_text(&twice)) == 0);
	busy_read(text, &wait_ms);
	must(wait_ms >= 0 && wait_ms <= 24 * 60 * 60 * 1000);
	if (uidset_read(text, strlen(text), 100, &uids))
		must(uids.n > 0 && uids.n <= 100);
	rest = x_strdup(text);
	for (line = strtok(rest, "\n"); line != NULL; line = strtok(NULL, "\n"))
		places_take(&places, line);
	buf_reset(&wire);
	places_find(&places, text, &wire);
	free(rest);
	places_free(&places);
	uids_free(&uids);
	buf_free(&once);
	buf_free(&wire);
	buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();

	names(fuzz_text(arena, data, size));
	talk(data, size);
	arena_free(&arena);
	return 0;
}
