/*
 * advicectl verify: walks the journal's chain from its first row to its last,
 * and holds it against the hashes that were noted elsewhere: those in the
 * spool's journal-head, and one that is given (--head).  advicectl asks for it
 * in pieces, so that core can do other things in between.
 * Fails: exit 1 when a row does not fit, or the store cannot be read.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "ctl/live.h"
#include "store/keep.h"

#define PIECE_ROWS	100000
#define HEADS_MOST	(1024 * 1024)

struct verifying {
	struct journal_span	 span;
	int64_t			 broken;
	const char		*head;		/* --head, NULL */
	int64_t			 head_row;
	int64_t			 noted;		/* heads of journal-head that are still there */
	const char		*wrong;		/* what is, in a sentence; NULL: nothing */
};

/* ---- The heads that were noted */

/* "2026-11-23T09:00:00+00:00 row 17 HASH" */
static int
noted_head_check(struct live *live, struct verifying *v, const char *line, struct err *err)
{
	const char *row = strstr(line, " row "), *hash = strrchr(line, ' ');
	char now[65];
	int64_t id;

	if (row == NULL || hash == NULL || strlen(hash + 1) != 64)
		return 0;
	id = strtoll(row + 5, NULL, 10);
	if (id <= v->span.base)
		return 0;
	if (store_journal_hash_at(live->store, id, now, err) == -1)
		return -1;
	if (strcmp(now, hash + 1) == 0)
		v->noted++;
	else if (v->wrong == NULL)
		v->wrong = arena_printf(live->arena, "row %lld is not what it was when its hash was noted on %.10s (journal-head): the journal "
		    "was written anew since, or its end was cut off", (long long)id, line);
	return 0;
}

static int
noted_heads_check(struct live *live, struct verifying *v, struct err *err)
{
	struct buf text = BUF_INIT;
	char *line, *next;
	int rc = 0;

	if (file_read(AT_FDCWD, arena_printf(live->arena, "%s/journal-head", live->config->spool), HEADS_MOST, &text, NULL) == -1) {
		buf_free(&text);
		return 0;	/* none yet */
	}
	for (line = arena_strdup(live->arena, buf_text(&text)); rc == 0 && line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		rc = noted_head_check(live, v, line, err);
	}
	buf_free(&text);
	return rc;
}

static int
given_head_check(struct live *live, struct verifying *v, struct err *err)
{
	if (v->head == NULL)
		return 0;
	if (store_journal_with_hash(live->store, v->head, &v->head_row, err) == -1)
		return -1;
	if (v->head_row == 0 && v->wrong == NULL)
		v->wrong = arena_printf(live->arena, "no row has the hash %.64s: the journal was written anew since it was noted, or its "
		    "end was "
		    "cut off%s", v->head, v->span.base == 0 ? "" : arena_printf(live->arena, "; or it was noted before row %lld, with which "
		    "the "
		    "journal begins by now", (long long)v->span.base + 1));
	return 0;
}

/* ---- What is said */

static void
broken_words(struct live *live, struct verifying *v)
{
	if (v->broken > v->span.head)
		v->wrong = arena_printf(live->arena, "rows %lld to %lld are missing at its end: they were written, and taken away since",
		    (long long)v->broken, (long long)v->span.given);
	else
		v->wrong = arena_printf(live->arena, "row %lld does not follow from the rows before it: it, or a row before it, was changed or "
		    "taken away after it was written; what stands before row %lld is as it was written, what stands from there on proves "
		    "nothing",
		    (long long)v->broken, (long long)v->broken);
}

static int
say(struct live *live, const struct verifying *v)
{
	struct buf *out = &live->out;
	int64_t rows = v->span.head - v->span.base;

	if (live->json) {
		json_open(out, NULL, '{');
		json_int(out, "rows", rows);
		json_int(out, "first", v->span.base + 1);
		json_int(out, "last", v->span.head);
		json_str(out, "head", v->span.hash);
		json_bool(out, "whole", v->wrong == NULL);
		json_int(out, "broken", v->broken);
		json_int(out, "noted-heads", v->noted);
		json_int(out, "head-row", v->head_row);
		json_close(out, '}');
		buf_add_char(out, '\n');
	} else if (v->wrong == NULL) {
		buf_printf(out, "the journal is whole: %lld rows", (long long)rows);
		if (v->span.base > 0)
			buf_printf(out, ", from row %lld on; those before have had their time", (long long)v->span.base + 1);
		buf_printf(out, "\nrow %lld has the hash %s\n", (long long)v->span.head, v->span.hash);
		if (v->noted > 0)
			buf_printf(out, "it has grown from every one of the %lld hashes noted in journal-head\n", (long long)v->noted);
		if (v->head != NULL)
			buf_printf(out, "the hash given is that of row %lld: up to there it is as it was when that was noted\n",
			    (long long)v->head_row);
	}
	return v->wrong == NULL ? 0 : live_fail(live, 1, "the journal was changed from outside: %s. Keep a copy of the database as "
	    "it is, "
	    "and compare it with the last backup", v->wrong);
}

/* ---- The walk */

/* One piece, or all of it; goes_on_r: there are more. */
static int
walk(struct live *live, struct verifying *v, long piece, bool *goes_on_r, struct err *err)
{
	int64_t after = piece == -1 ? 0 : (int64_t)piece * PIECE_ROWS, upto = piece == -1 ? INT64_MAX : after + PIECE_ROWS, rows;

	*goes_on_r = false;
	if (store_journal_span(live->store, &v->span, err) == -1 ||
	    store_journal_verify_piece(live->store, after, upto, &rows, &v->broken, err) == -1)
		return -1;
	if (v->broken == 0 && upto < v->span.head) {
		*goes_on_r = true;
		return 0;
	}
	if (v->broken == 0 && v->span.head < v->span.given)
		v->broken = v->span.head + 1;
	if (v->broken != 0)
		broken_words(live, v);
	return noted_heads_check(live, v, err) == -1 ? -1 : given_head_check(live, v, err);
}

int
live_verify(struct live *live, int argc, char **argv)
{
	struct verifying v = { .head = NULL };
	long piece = -1;
	bool goes_on;
	struct err err;
	int i;

	for (i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], "--head") == 0 && strlen(argv[i + 1]) == 64)
			v.head = argv[i + 1];
		else if (strcmp(argv[i], "--piece") != 0 || !str_number(argv[i + 1], 0, INT32_MAX, &piece))
			break;
	if (i != argc)
		return i + 1 < argc && strcmp(argv[i], "--head") == 0 ? live_fail(live, 2, "a hash is 64 digits and letters, as \"advicectl "
		    "verify\" shows it; found \"%s\"", str_visible(live->arena, argv[i + 1], 80)) : live_usage(live, "verify");
	if (walk(live, &v, piece, &goes_on, &err) == -1)
		return live_broken(live, &err);
	return goes_on ? LIVE_GOES_ON : say(live, &v);
}
