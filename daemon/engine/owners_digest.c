/*
 * The daily digest of whoever looks after a mailbox: the daemon's own, which
 * always goes, so that its absence is noticed.  Runs in core, in the caller's
 * transaction.
 * Invariant: references only, no child's name; what waits can be answered from
 * it, with a code of its own, and by no button but those; it goes whatever is
 * paused or held, as every mail about the daemon itself does.
 * Fails: as engine.h says.
 */
#include <string.h>

#include "base/calendar.h"
#include "base/file.h"
#include "base/literal.h"
#include "case/people.h"
#include "engine/engine_private.h"
#include "mail/compose.h"
#include "store/keep.h"

#define WAITING_SHOWN	25
#define DAYS_AHEAD_MAX	30

struct edition {
	struct engine			*engine;
	struct arena			*arena;
	const struct pack		*pack;
	const char			*mailbox;
	const struct owners_news	*news;
	instant				 now;
	struct strs			 to;
	struct strs			 parts;		/* of the body */
	struct strs			 late;		/* the latest; late_count: all of them */
	size_t				 waiting, late_count;
	int64_t				 came, sent, unsent[OUTBOX_STATES], stuck;	/* stuck: somebody must see to it */
};

instant
engine_owners_next(const struct pack *pack, int minute, instant after)
{
	dayno today = instant_date(after);

	if (minute < 0)
		minute = pack->hours_from;
	for (dayno day = today; day <= today + DAYS_AHEAD_MAX; day++)
		if (calendar_is_working(pack->calendar, day) && instant_at(day, minute) > after)
			return instant_at(day, minute);
	return after + DAY_SECONDS;
}

static void
say(struct edition *e, const char *line)
{
	strs_add(e->arena, &e->parts, line);
}

static const char *
count_words(struct arena *arena, int64_t n, const char *one, const char *many)
{
	return n == 0 ? "nothing" : n == 1 ? arena_printf(arena, "1 %s", one) :
	    arena_printf(arena, "%lld %s", (long long)n, many);
}

/* ---- What waits for them */

/* Each answer begins a mail with a code of its own, as the mail that asked has. */
static int
answers_line(struct edition *e, const struct triage_row *row, const char *case_words, const char **line_r, struct err *err)
{
	struct letter letter = { .from = e->mailbox, .case_name = case_words, .code = "" };
	struct strs answers, choices, links = { NULL, 0 };
	char hex[41], hash[65];

	if (engine_choices(e->engine, e->arena, row, &answers, &choices, err) == -1)
		return -1;
	e->engine->desk.random(e->engine->desk.ctx, hex);
	letter.code = engine_code(e->arena, hex);
	sha256_hex(letter.code, strlen(letter.code), hash);
	if (store_triage_code_add(e->engine->store, hash, row->id, e->to.n == 1 ? e->to.v[0] : "", err) == -1)
		return err_wrap(err, "triage");
	for (size_t i = 0; i < answers.n; i++)
		strs_add(e->arena, &links, arena_printf(e->arena, "[%s](%s)", compose_answer_label(e->arena, answers.v[i]), compose_answer_link(e->arena, &letter, answers.v[i])));
	*line_r = arena_printf(e->arena, "%s\n\nSubject of your answer: %s%s[code %s]", strs_join(e->arena, &links, " "), case_words,
	    case_words[0] == '\0' ? "" : " ", letter.code);
	return 0;
}

static int
add_waiting(struct edition *e, const struct triage_row *row, struct err *err)
{
	struct case_state *state = NULL;
	const char *name = "", *answers = "";

	if (row->case_id != 0 && store_case_load(e->engine->store, e->arena, row->case_id, &state, err) == -1)
		return err_wrap(err, "case");
	if (state != NULL)
		name = case_name(e->arena, state);
	if (answers_line(e, row, name, &answers, err) == -1)
		return -1;
	say(e, arena_printf(e->arena, "**No. %lld%s%s, since %s**\n%s%s\n", (long long)row->id, name[0] == '\0' ? "" : ", ", name,
	    date_words(e->arena, instant_date(row->at)), row->message != 0 && row->outbox == 0 ? "A mail: " : "",
	    literal_all(e->arena, row->reason)));
	say(e, arena_printf(e->arena, "%s\n", answers));
	return 0;
}

static int
waiting(struct edition *e, struct err *err)
{
	struct triage_row *rows;
	size_t count;

	if (store_triages(e->engine->store, e->arena, true, &rows, &count, err) == -1)
		return err_wrap(err, "triage");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].pack, e->pack->name) != 0)
			continue;
		if (e->waiting++ == 0)
			say(e, "# What waits for you\n");
		if (e->waiting <= WAITING_SHOWN && add_waiting(e, &rows[i], err) == -1)
			return -1;
	}
	if (e->waiting > WAITING_SHOWN)
		say(e, arena_printf(e->arena, "And %zu more, which \"advicectl triage\" names.\n", e->waiting - WAITING_SHOWN));
	return 0;
}

/* ---- What is late */

static void
late(struct edition *e)
{
	if (e->late.n == 0)
		return;
	say(e, "# What is late\n");
	for (size_t i = 0; i < e->late.n; i++)
		say(e, literal_links(e->arena, e->late.v[i]));
	if (e->late_count > e->late.n)
		say(e, arena_printf(e->arena, "- and %zu more, which \"advicectl due\" names", e->late_count - e->late.n));
	say(e, "");
}

/* ---- Mail, in and out */

static int
came_in(struct edition *e, struct err *err)
{
	struct daily_kind *kinds;
	struct strs lines = { NULL, 0 };
	size_t count;

	if (store_daily_came(e->engine->store, e->arena, e->pack->name, e->news->journal_row, &kinds, &count, err) == -1)
		return err_wrap(err, "messages");
	for (size_t i = 0; i < count; i++) {
		e->came += kinds[i].mails;
		strs_add(e->arena, &lines, arena_printf(e->arena, "- %lld %s%s", (long long)kinds[i].mails,
		    kinds[i].kind[0] == '\0' ? "of no kind that the rules know" : pack_called(e->pack, e->arena, kinds[i].kind), kinds[i].waits ? ", waiting for you" : ""));
	}
	if (count == 0)
		return 0;
	say(e, "# What came in\n");
	say(e, arena_printf(e->arena, "%s\n", strs_join(e->arena, &lines, "\n")));
	return 0;
}

static int
went_out(struct edition *e, struct err *err)
{
	static const struct { enum outbox_state state; const char *words; bool stuck; } said[] = {
		{ OUTBOX_HELD, "held until somebody releases or drops them", true },
		{ OUTBOX_REVIEW, "waiting until somebody has looked at them (mode review, or a storm)", true },
		{ OUTBOX_UNKNOWN, "of which nobody knows whether they arrived", true },
		{ OUTBOX_FAILED, "refused by a mail server since the last digest", true },
		{ OUTBOX_RETRY, "put off by a mail server, and tried again by themselves", false },
		{ OUTBOX_QUEUED, "waiting for their moment or for their turn", false },
	};
	bool any = false;

	if (store_daily_sent(e->engine->store, e->pack->name, e->news->since, e->now, &e->sent, err) == -1 ||
	    store_daily_unsent(e->engine->store, e->pack->name, e->news->since, e->unsent, err) == -1)
		return err_wrap(err, "outbox");
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		int64_t mails = e->unsent[said[i].state];

		if (mails == 0)
			continue;
		if (!any)
			say(e, "# What has not gone out\n");
		any = true;
		e->stuck += said[i].stuck ? mails : 0;
		say(e, arena_printf(e->arena, "- %s, %s", count_words(e->arena, mails, "mail", "mails"), said[i].words));
	}
	if (any)
		say(e, "");
	return 0;
}

/* ---- The daemon itself */

static void
say_all(struct edition *e, const char *before, const struct strs *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		say(e, arena_printf(e->arena, "- %s%s", before, literal_all(e->arena, lines->v[i])));
}

static int
daemon_itself(struct edition *e, struct err *err)
{
	const struct owners_news *news = e->news;
	int64_t row;
	char hash[65];

	if (store_journal_head(e->engine->store, &row, hash, err) == -1)
		return err_wrap(err, "journal");
	say(e, "# The daemon\n");
	say_all(e, "Wrong: ", &news->wrong);
	say_all(e, "", &news->notes);
	say_all(e, "", &news->pauses);
	say_all(e, "", &news->mailboxes);
	if (row != 0)
		say(e, arena_printf(e->arena, "- the journal stands at row %lld, hash %s; keep this mail, and \"advicectl verify --head\" with "
		    "that hash shows later that nothing before it was changed", (long long)row, hash));
	return 0;
}

/* ---- The mail */

static void
glance(struct edition *e, struct about_us *us, const char *label, const char *value)
{
	*arena_push(e->arena, us->glances, us->glance_count) = (struct glance){ .label = label, .value = value };
}

static const char *
figures(struct edition *e)
{
	struct strs said = { NULL, 0 };

	if (e->waiting > 0)
		strs_add(e->arena, &said, arena_printf(e->arena, "%s for you", count_words(e->arena, (int64_t)e->waiting, "thing waits", "things wait")));
	if (e->late_count > 0)
		strs_add(e->arena, &said, arena_printf(e->arena, "%s late", count_words(e->arena, (int64_t)e->late_count, "piece of work is", "pieces of work are")));
	if (e->stuck > 0)
		strs_add(e->arena, &said, arena_printf(e->arena, "%s not gone out", count_words(e->arena, e->stuck, "mail has", "mails have")));
	if (!e->news->well)
		strs_add(e->arena, &said, "something is wrong with the daemon");
	return strs_join(e->arena, &said, ", ");
}

static void
dress(struct edition *e, struct about_us *us)
{
	const char *said = figures(e);
	bool calm = said[0] == '\0';
	const char *lead = calm ? "All well: nothing waits for you, and nothing is late." : arena_printf(e->arena, "Please look: %s.", said);

	us->subject = arena_printf(e->arena, "%s: %s", us->pack->title, calm ? "all well" : said);
	us->badge = calm ? "All well" : !e->news->well ? "Something is wrong" : NULL;
	us->tone = e->news->well ? TONE_ASK : TONE_LATE;
	us->body = arena_printf(e->arena, "**%s**\nYou get this every working day because you look after %s. A day without it means that "
	    "something is wrong: please tell whoever runs the daemon.\n\n%s\n", lead, e->mailbox, strs_join(e->arena, &e->parts, "\n"));
	glance(e, us, "For you", count_words(e->arena, (int64_t)e->waiting, "thing waits", "things"));
	glance(e, us, "Late", count_words(e->arena, (int64_t)e->late_count, "piece of work", "pieces of work"));
	glance(e, us, "Came in", count_words(e->arena, e->came, "mail", "mails"));
	glance(e, us, "Went out", count_words(e->arena, e->sent, "mail", "mails"));
	glance(e, us, "Daemon", e->news->well ? "well" : "see below");
	glance(e, us, "Since", e->news->since == INSTANT_NONE ? "the beginning" : arena_printf(e->arena, "%s, %02d:%02d",
	    date_words(e->arena, instant_date(e->news->since)), instant_minute(e->news->since) / 60, instant_minute(e->news->since) % 60));
}

static struct strs
readers(struct edition *e)
{
	struct world world = { .directory = e->engine->directory, .mailbox = e->mailbox };
	struct people_query query = { .pack = e->pack, .world = &world, .on = instant_date(e->now) };
	struct people people = { 0 };

	people_of_role(e->arena, &query, "owner", &people);
	if (people.addresses.n == 0 && e->engine->administrator != NULL)
		strs_add(e->arena, &people.addresses, e->engine->administrator);
	return people.addresses;
}

int
engine_owners_digest(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
    const struct owners_news *news, instant now, struct err *err)
{
	struct edition e = { .engine = engine, .arena = arena, .pack = pack, .mailbox = mailbox, .news = news, .now = now };
	struct about_us us = {
		.pack = pack, .mailbox = mailbox, .act = "digest", .template = TEMPLATE_US, .rank = RANK_DIGEST,
		.footer = arena_printf(arena, "You get this mail from %s as the one who looks after the mailbox.", mailbox),
	};
	struct journal_entry entry = { .at = now, .event = "digest", .rule = "", .who = "daemon", .detail = "daily" };

	e.late = owners_late(engine, arena, pack, &e.late_count);
	e.to = us.to = readers(&e);
	if (us.to.n == 0)
		return err_set(err, ERR_MESSAGE, "nobody looks after %s, and no administrator is configured", mailbox);
	if (waiting(&e, err) == -1)
		return -1;
	late(&e);
	if (came_in(&e, err) == -1 || went_out(&e, err) == -1 || daemon_itself(&e, err) == -1)
		return -1;
	dress(&e, &us);
	entry.outbox = 0;
	if (tell_put(engine, arena, &us, now, &entry.outbox, err) == -1)
		return -1;
	return store_journal_add(engine->store, &entry, err) == -1 ? err_wrap(err, "journal") : 0;
}
