/*
 * advicectl evidence CASE: one case's whole chronology, for a complaint, a
 * tribunal or a subject access request; with --proof, what it takes to check
 * off-line that the journal's rows belong to its chain.
 * Fails: exit 1 when there is no such case or the store cannot be read.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "ctl/evidence.h"

#define COLUMNS		78
#define PROOF_MOST	400000	/* rows of the chain at once */

/* ---- Writing */

/* The words of a text, each line behind so many spaces. */
static void
wrapped(struct buf *out, size_t indent, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t word = strcspn(text, " \n");

		if (column > 0 && column + 1 + word > COLUMNS) {
			buf_add_char(out, '\n');
			column = 0;
		}
		if (column == 0) {
			buf_printf(out, "%*s", (int)indent, "");
			column = indent;
		} else {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add(out, text, word);
		column += word;
		text += word;
		text += strspn(text, " \n");
	}
	buf_add_char(out, '\n');
}

static const char *
utc(struct arena *arena, instant at)
{
	time_t seconds = (time_t)at;
	struct tm tm;

	if (at == INSTANT_NONE || gmtime_r(&seconds, &tm) == NULL)
		return "";
	return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

static void
heading(struct buf *out, const char *text)
{
	buf_printf(out, "\n\n%s\n", text);
	for (size_t i = 0; i < strlen(text); i++)
		buf_add_char(out, '-');
	buf_add_str(out, "\n\n");
}

/* ---- For people */

static void
erased_text(struct chronology *c, struct buf *out)
{
	if (c->purged.all != INSTANT_NONE)
		wrapped(out, 0, arena_printf(c->live->arena, "All content of this case was erased on %s, %s%s. What is below is what stayed: "
		    "codes and numbers.", live_when(c->live, c->purged.all), c->purged.why[0] == '\0' ? "because its time was over" : "on "
		    "request: ",
		    c->purged.why));
	else if (c->purged.raw != INSTANT_NONE)
		wrapped(out, 0, arena_printf(c->live->arena, "The mails of this case, as they came and as they went out, were erased on %s. "
		    "What they "
		    "led to, with whom and when, is below.", live_when(c->live, c->purged.raw)));
	else
		buf_add_str(out, "Nothing of this case has been erased.\n");
	if (c->held)
		buf_add_str(out, "There is a legal hold on it: nothing of it is erased.\n");
}

static void
head_text(struct chronology *c, struct buf *out)
{
	struct live *live = c->live;

	buf_printf(out, "CHRONOLOGY OF CASE %s\n\n", c->name);
	buf_printf(out, "Rules:    %s\nOpened:   %s\nClosed:   %s\nPrinted:  %s (%s)\n", c->pack, live_when(live, c->opened),
	    c->closed == INSTANT_NONE ? "no, it is open" : live_when(live, c->closed), live_when(live, live->now), utc(live->arena,
	    live->now));
	if (c->merged.n > 0)
		buf_printf(out, "With it:  %s, which went into this case\n", strs_join(live->arena, &c->merged, ", "));
	buf_add_char(out, '\n');
	erased_text(c, out);
	buf_add_char(out, '\n');
	wrapped(out, 0, "Times are those of the clock in London, and in UTC behind them. \"By\" names the line of the written rules "
	    "by which "
	    "something was done, and the version of the rules that was in force; the versions are listed below.");
}

static void
things_text(struct chronology *c, struct buf *out)
{
	struct arena *arena = c->live->arena;

	heading(out, "What happened");
	for (size_t i = 0; i < c->count; i++) {
		const struct happened *thing = &c->things[i];
		const struct pack_version_row *rules = evidence_rules(c, thing->at);

		buf_printf(out, "%s (%s)  %s\n", live_when(c->live, thing->at), utc(arena, thing->at), thing->word);
		wrapped(out, 4, thing->text);
		if (thing->rule[0] != '\0')
			wrapped(out, 4, arena_printf(arena, "By %s%s.", thing->rule, rules == NULL ? "" :
			    arena_printf(arena, ", version %lld of the rules", (long long)rules->id)));
		if (thing->hash[0] != '\0')
			wrapped(out, 4, arena_printf(arena, "Hash of the mail: %s", thing->hash));
	}
}

static void
dates_text(struct chronology *c, struct buf *out)
{
	struct arena *arena = c->live->arena;

	heading(out, "Dates, and how each was worked out");
	for (size_t i = 0; i < c->date_count; i++) {
		const struct reckoned *date = &c->dates[i];

		buf_printf(out, "%s%s%s, version %d: %s%s\n", date->name, date->strand[0] == '\0' ? "" : " of ", date->strand, date->version,
		    date->date == DAY_NONE ? "not known" : date_words_weekday(arena, date->date), date->superseded ? " (replaced by a later "
		    "version)" : "");
		wrapped(out, 4, date->derivation);
		if (date->at != INSTANT_NONE)
			wrapped(out, 4, arena_printf(arena, "Worked out on %s (%s).", live_when(c->live, date->at), utc(arena, date->at)));
	}
	if (c->date_count == 0)
		buf_add_str(out, "None.\n");
}

static void
facts_text(struct chronology *c, struct buf *out)
{
	heading(out, "What was known, and from whom");
	for (size_t i = 0; i < c->facts.n; i++)
		wrapped(out, 0, c->facts.v[i]);
	if (c->facts.n == 0)
		buf_add_str(out, "Nothing, or it was erased.\n");
}

static void
versions_text(struct chronology *c, struct buf *out)
{
	heading(out, "Versions of the rules");
	for (size_t i = c->version_count; i-- > 0;)
		buf_printf(out, "%lld, in force since %s, \"%s\"\n    SHA-256 of its files %s\n", (long long)c->versions[i].id,
		    live_when(c->live, c->versions[i].since), c->versions[i].title, c->versions[i].hash);
}

static void
row_text(struct buf *out, const struct journal_proof *row)
{
	buf_printf(out, "row %lld\n    at=%lld case=%lld message=%lld outbox=%lld\n    event=%s\n    rule=%s\n    detail=%s\n    "
	    "who=%s\n",
	    (long long)row->row, (long long)row->entry.at, (long long)row->entry.case_id, (long long)row->entry.message,
	    (long long)row->entry.outbox, row->entry.event, row->entry.rule, row->entry.detail, row->entry.who);
	if (row->digest[0] != '\0')
		buf_printf(out, "    nonce=%s\n    digest=%s\n", row->nonce, row->digest);
	buf_printf(out, "    before=%s\n    hash=%s\n", row->before, row->hash);
}

static void
journal_text(struct chronology *c, const struct journal_span *span, struct buf *out)
{
	heading(out, "The journal, and how to check it");
	wrapped(out, 0, "Whatever is decided is written into a journal at once: codes and numbers, no names. Each row is sealed with "
	    "the hash of "
	    "the row before it, so nobody can change or take away a row later without every later hash becoming another. These are "
	    "all rows "
	    "of this case. \"who\" is the daemon, a user number of the machine, or a person by a code that is the same throughout "
	    "the case.");
	buf_add_char(out, '\n');
	wrapped(out, 0, "To check a row without our help: digest is the SHA-256 of the text \"NONCE,AT,CASE,MESSAGE,OUTBOX,\" "
	    "followed by event, "
	    "rule, detail and who, each written as its length in bytes, a colon, the text and a comma (\"4:mail,\"). hash is the "
	    "SHA-256 of the "
	    "text \"BEFORE,DIGEST\". A row without a digest is from before there were any: its hash is the SHA-256 of "
	    "\"BEFORE,AT,CASE,...\". "
	    "That all rows lead to the hash below can be checked with the digests of the rows between, which say nothing of other "
	    "cases: "
	    "ask for the same with --proof --json.");
	buf_printf(out, "\nThe last row of the journal is row %lld. Its hash is\n    %s\n\n", (long long)span->head, span->hash);
	for (size_t i = 0; i < c->proof_count; i++)
		row_text(out, &c->proof[i]);
	if (c->proof_count == 0)
		buf_add_str(out, "Its rows have had their time.\n");
}

/* ---- For scripts */

static void
thing_json(struct chronology *c, const struct happened *thing)
{
	const struct pack_version_row *rules = evidence_rules(c, thing->at);
	struct buf *out = &c->live->out;

	json_open(out, NULL, '{');
	live_json_when(c->live, "at", thing->at);
	json_str(out, "utc", utc(c->live->arena, thing->at));
	json_str(out, "what", thing->word);
	json_str(out, "text", thing->text);
	json_str(out, "rule", thing->rule);
	json_str(out, "rules", rules == NULL ? NULL : rules->hash);
	json_str(out, "hash", thing->hash);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
date_json(struct chronology *c, const struct reckoned *date)
{
	struct buf *out = &c->live->out;

	json_open(out, NULL, '{');
	json_str(out, "date", date->date == DAY_NONE ? NULL : date_iso(c->live->arena, date->date));
	json_str(out, "name", date->name);
	json_str(out, "strand", date->strand);
	json_int(out, "version", date->version);
	json_bool(out, "replaced", date->superseded);
	json_str(out, "derivation", date->derivation);
	live_json_when(c->live, "worked-out", date->at);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
row_json(struct buf *out, const struct journal_proof *row)
{
	json_open(out, NULL, '{');
	json_int(out, "row", row->row);
	json_int(out, "at", row->entry.at);
	json_int(out, "case", row->entry.case_id);
	json_int(out, "message", row->entry.message);
	json_int(out, "outbox", row->entry.outbox);
	json_str(out, "event", row->entry.event);
	json_str(out, "rule", row->entry.rule);
	json_str(out, "detail", row->entry.detail);
	json_str(out, "who", row->entry.who);
	json_str(out, "nonce", row->nonce);
	json_str(out, "digest", row->digest);
	json_str(out, "before", row->before);
	json_str(out, "hash", row->hash);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
head_json(struct chronology *c, const struct journal_span *span)
{
	struct buf *out = &c->live->out;

	json_open(out, NULL, '{');
	json_str(out, "case", c->name);
	json_int(out, "number", c->id);
	json_str(out, "pack", c->pack);
	live_json_when(c->live, "opened", c->opened);
	live_json_when(c->live, "closed", c->closed);
	live_json_when(c->live, "mails-erased", c->purged.raw);
	live_json_when(c->live, "erased", c->purged.all);
	json_strs(out, "merged", &c->merged);
	json_strs(out, "facts", &c->facts);
	json_int(out, "head-row", span->head);
	json_str(out, "head", span->hash);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
digest_json(void *ctx, int64_t row, const char *digest)
{
	struct buf *out = ctx;

	json_open(out, NULL, '{');
	json_int(out, "chain", row);
	json_str(out, "digest", digest);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

/* From the case's first row to the head: what stands between its own rows too, as digests. */
static int
proof_json(struct chronology *c, const struct journal_span *span, struct err *err)
{
	if (c->proof_count == 0)
		return 0;
	if (span->head - c->proof[0].row > PROOF_MOST)
		return err_set(err, ERR_CONFIG, "more than %d rows lie between this case and the end of the journal", PROOF_MOST);
	return store_journal_digests(c->live->store, c->proof[0].row - 1, digest_json, &c->live->out, err);
}

static int
print_json(struct chronology *c, const struct journal_span *span, bool proof, struct err *err)
{
	head_json(c, span);
	for (size_t i = 0; i < c->count; i++)
		thing_json(c, &c->things[i]);
	for (size_t i = 0; i < c->date_count; i++)
		date_json(c, &c->dates[i]);
	for (size_t i = 0; i < c->proof_count; i++)
		row_json(&c->live->out, &c->proof[i]);
	return proof ? proof_json(c, span, err) : 0;
}

static void
print_text(struct chronology *c, const struct journal_span *span)
{
	struct buf *out = &c->live->out;

	head_text(c, out);
	things_text(c, out);
	dates_text(c, out);
	facts_text(c, out);
	versions_text(c, out);
	journal_text(c, span, out);
}

/* ---- The command */

int
live_evidence(struct live *live, int argc, char **argv)
{
	struct chronology c = { .live = live };
	struct journal_span span;
	bool proof = argc == 3 && strcmp(argv[2], "--proof") == 0;
	struct err err;

	if (argc != 2 + proof || (proof && !live->json))
		return live_usage(live, "evidence");
	if (store_case_by_name(live->store, argv[1], &c.id, &err) == -1)
		return live_broken(live, &err);
	if (c.id == 0)
		return live_fail(live, 1, "there is no case \"%s\"; \"advicectl cases --all\" lists them", argv[1]);
	if (evidence_collect(&c, &err) == -1 || store_journal_span(live->store, &span, &err) == -1)
		return live_broken(live, &err);
	if (!live->json)
		print_text(&c, &span);
	else if (print_json(&c, &span, proof, &err) == -1) {
		buf_reset(&live->out);
		return live_fail(live, 1, "%s", err.text);
	}
	return 0;
}
