/*
 * advicectl purge: what has had its time is erased now, or shown (--preview);
 * --case erases one case on request.
 * Run by core, or by advicectl without a daemon.
 * Invariant: nothing is erased that a hold stands on, or unasked.
 * Fails: exit 1 with a sentence; what was erased until then is, and the next run goes on.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "ctl/erase.h"

#define LONGEST_MS	20000	/* core has other things to do: the rest follows by itself */

/* ---- Transactions without core */

static int
store_only_begin(void *ctx, struct err *err)
{
	return store_begin(ctx, err);
}

static int
store_only_commit(void *ctx, struct err *err)
{
	return store_commit(ctx, err);
}

static void
store_only_rollback(void *ctx)
{
	store_rollback(ctx);
}

/* ---- What would go */

struct due { struct purge_due *rows; size_t count; };

static void
cases_text(struct live *live, const struct due *due, const char *what)
{
	size_t ready = 0;

	for (size_t i = 0; i < due->count; i++)
		ready += due->rows[i].waits == NULL;
	buf_printf(&live->out, "%s: %zu\n", what, ready);
	for (size_t i = 0; i < due->count; i++)
		buf_printf(&live->out, "  %-14s closed %-12s%s%s\n", live_case_name(live, due->rows[i].id),
		    date_words(live->arena, instant_date(due->rows[i].closed)), due->rows[i].waits == NULL ? "" : "  stays: ",
		    due->rows[i].waits == NULL ? "" : due->rows[i].waits);
}

static void
cases_json(struct live *live, const struct due *due, const char *what)
{
	for (size_t i = 0; i < due->count; i++) {
		json_open(&live->out, NULL, '{');
		json_str(&live->out, "erase", what);
		json_str(&live->out, "case", live_case_name(live, due->rows[i].id));
		json_int(&live->out, "number", due->rows[i].id);
		live_json_when(live, "closed", due->rows[i].closed);
		json_str(&live->out, "stays", due->rows[i].waits);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
	}
}

static int
cases_due(struct live *live, bool raw, struct due *due, struct err *err)
{
	instant before = erase_before(live->now, raw ? live->config->retention.raw_mail : live->config->retention.cases);

	*due = (struct due){ NULL, 0 };
	return before == INSTANT_NONE ? 0 :
	    store_purge_cases(live->store, live->arena, raw, before, INT32_MAX, &due->rows, &due->count, err);
}

static int
alone_due(struct live *live, size_t *count_r, struct err *err)
{
	const struct retention *keep = &live->config->retention;
	const int months[PURGE_ALONE_KINDS] = { keep->unmatched, keep->cases, 0, keep->unmatched, keep->unmatched, keep->cases,
	    keep->quarantine };

	*count_r = 0;
	for (int kind = 0; kind < PURGE_ALONE_KINDS; kind++) {
		instant before = erase_before(live->now, months[kind]);
		size_t count = 0;

		if (before != INSTANT_NONE && store_purge_alone_due(live->store, (enum purge_alone)kind, before, INT32_MAX, &count, err) == -1)
			return -1;
		*count_r += count;
	}
	return 0;
}

static int
preview(struct live *live, struct err *err)
{
	struct due cases, raws;
	size_t alone;

	if (cases_due(live, false, &cases, err) == -1 || cases_due(live, true, &raws, err) == -1 ||
	    alone_due(live, &alone, err) == -1)
		return -1;
	if (live->json) {
		cases_json(live, &cases, "case");
		cases_json(live, &raws, "mails");
		json_open(&live->out, NULL, '{');
		json_int(&live->out, "due-of-no-case", (int64_t)alone);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
		return 0;
	}
	cases_text(live, &cases, "Cases whose content is erased");
	cases_text(live, &raws, "Cases whose mails are erased, as they came and as they went out");
	buf_printf(&live->out, "Mails and notes that belong to no case: %zu\n", alone);
	return 0;
}

/* ---- Doing it */

static int
run(struct live *live, struct erase *erase, struct err *err)
{
	int64_t until = clock_real_ms() + LONGEST_MS;
	bool more = true;
	int rc = 0;

	while (rc == 0 && more && clock_real_ms() < until)
		rc = erase_step(erase, &more, err);
	if (rc == 0 && more)
		buf_add_str(&live->errors, "there is more to erase than goes at once; it goes on by itself, or say purge again\n");
	return rc;
}

static void
say(struct live *live, const struct erase *erase)
{
	struct buf *out = &live->out;

	if (live->json) {
		json_open(out, NULL, '{');
		json_int(out, "cases", (int64_t)erase->cases);
		json_int(out, "mails-of-cases", (int64_t)erase->mails_of);
		json_int(out, "of-no-case", (int64_t)erase->alone);
		json_int(out, "files", (int64_t)erase->files);
		json_int(out, "journal-rows", erase->journal_rows);
		json_close(out, '}');
		buf_add_char(out, '\n');
	} else
		buf_printf(out, "erased: %zu case%s, the mails of %zu, %zu of no case, %zu file%s, %lld rows of the journal\n",
		    erase->cases, erase->cases == 1 ? "" : "s", erase->mails_of, erase->alone, erase->files, erase->files == 1 ? "" : "s",
		    (long long)erase->journal_rows);
}

static int
erase_now(struct live *live, int64_t case_id, const char *why)
{
	const struct live_change store_only = { live->store, store_only_begin, store_only_commit, store_only_rollback };
	struct erase erase = { .store = live->store, .spool = live->spool, .config = live->config,
	    .change = live->change != NULL ? live->change : &store_only, .now = live->now, .who = live->who, .anew = true,
	    .in_core = live->change != NULL };
	struct err err;
	int rc = 0;

	erase_begin(&erase);
	if (case_id != 0)
		rc = erase_case(&erase, case_id, why, &err);
	if (rc == 0)
		rc = run(live, &erase, &err);
	erase_end(&erase);
	if (rc == -1)
		return live_fail(live, 1, "not everything was erased: %s; the next run goes on from there", err.text);
	say(live, &erase);
	if (erase.too_large)
		buf_add_str(&live->errors, "advicectl: left-overs of what was erased may still be found in the database's file: it is too "
		    "large to be "
		    "written anew while the daemon works. Stop the daemon once, say \"advicectl purge --yes\", and start it again\n");
	return 0;
}

/* ---- One case on request */

static int
one_case(struct live *live, const char *name, const struct live_options *options)
{
	const char *why;
	struct err err;
	int64_t id;

	if (store_case_by_name(live->store, name, &id, &err) == -1)
		return live_broken(live, &err);
	if (id == 0)
		return live_fail(live, 1, "there is no case \"%s\"; \"advicectl cases --all\" lists them", name);
	if (options->reason[0] == '\0')
		return live_fail(live, 2, "say why, with --reason \"...\": it stays when everything else has gone, so name nobody in it");
	if (store_purge_waits(live->store, live->arena, id, &why, &err) == -1)
		return live_broken(live, &err);
	if (why != NULL)
		return live_fail(live, 1, "%s cannot be erased now: %s", live_case_name(live, id), why);
	if (options->yes)
		return erase_now(live, id, options->reason);
	buf_printf(&live->out, "Not done yet: %s would be erased for good: its mails, names, dates, questions and answers; nobody "
	    "could bring it back.\nWhat stays is its number, its days, and this reason. The mailbox is not touched.\n",
	    live_case_name(live, id));
	return LIVE_WANTS_YES;
}

/* The word behind an option, taken out with it; NULL: not there. */
static const char *
take_case(int *argc, char **argv)
{
	for (int i = 1; i + 1 < *argc; i++)
		if (strcmp(argv[i], "--case") == 0) {
			const char *name = argv[i + 1];

			memmove(&argv[i], &argv[i + 2], (size_t)(*argc - i - 2) * sizeof(*argv));
			*argc -= 2;
			return name;
		}
	return NULL;
}

int
live_purge(struct live *live, int argc, char **argv)
{
	struct live_options options;
	const char *name;
	struct err err;
	bool only_show;

	argc = live_options(argc, argv, &options);
	name = take_case(&argc, argv);
	only_show = argc == 2 && strcmp(argv[1], "--preview") == 0;
	if (argc > 1 + only_show || (only_show && name != NULL))
		return live_usage(live, "purge");
	if (name != NULL)
		return one_case(live, name, &options);
	if (options.yes)
		return erase_now(live, 0, NULL);
	if (preview(live, &err) == -1)
		return live_broken(live, &err);
	return only_show ? 0 : LIVE_WANTS_YES;
}
