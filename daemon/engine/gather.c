/*
 * The reminders of one moment.  After downtime, or a pause, some were missed:
 * then whoever has several gets them in one mail, whatever cases they are about
 * (promise no-flood).  Otherwise escalations about several cases to one person
 * are one mail, questions about what waits, with reminders of them, are another,
 * and the rest goes as it was written.  After the first few questions about
 * mails of one sender the next ones wait for the full hour.  Runs in core.
 * Invariant: everybody gets what they would have got, once, and nothing that
 * was not for them: a person's mail holds the sections of the mails that they
 * stood in, and goes to them alone.
 * A mail of several that has not gone follows its cases: it is taken apart when
 * one of them does without its part.
 * Fails: as the store and the freezing do.
 */
#include <string.h>

#include "base/literal.h"
#include "engine/engine_private.h"
#include "engine/outbox.h"
#include "mail/compose.h"
#include "rule/answer.h"

#define ANSWER_TO	"Subject of your answer: "
#define NAMED_MAX	5	/* cases in a subject */
#define PEOPLE_MAX	16	/* in one transaction: each mail is on the disk before it ends */

#define ASKED_AT_ONCE	3	/* questions about mails of one sender, in an hour */
#define HOUR_S		3600

bool
gather_wants(const struct engine *engine, const struct outgoing *mail)
{
	return engine->gathers && (mail->act == ACT_REMIND || mail->act == ACT_ESCALATE || mail->triage != 0) &&
	    mail->forward == 0 && mail->enclose.n == 0 && mail->attach == NULL;
}

int
gather_until(struct engine *engine, const struct outgoing *mail, int64_t message, enum outbox_rank rank, instant now, instant *until_r,
    struct err *err)
{
	int64_t asked = 0;

	*until_r = now;
	if (mail->triage == 0 || mail->act == ACT_REMIND || mail->act == ACT_ESCALATE || rank == RANK_URGENT || message == 0)
		return 0;
	if (store_triage_asked_of(engine->store, message, now - HOUR_S, ASKED_AT_ONCE, &asked, err) == -1)
		return err_wrap(err, "triage");
	if (asked >= ASKED_AT_ONCE)
		*until_r = now - now % HOUR_S + HOUR_S;
	return 0;
}

/*
 * The mail as a part of another: its subject as a heading, its buttons as links, and the subject that an answer wants.
 * Never its code in the form in which a reply's quoted text gives one: it would be found first, whatever the reply is about.
 */
const char *
gather_section(struct arena *arena, const struct letter *letter)
{
	struct strs lines = { NULL, 0 }, links = { NULL, 0 };

	strs_add(arena, &lines, arena_printf(arena, "# %s\n", literal_links(arena, letter->subject)));
	for (size_t i = 0; i < letter->glance_count; i++)
		if (strcmp(letter->glances[i].label, "Case") != 0)
			strs_add(arena, &lines, arena_printf(arena, "- %s: %s", letter->glances[i].label, letter->glances[i].value));
	for (size_t i = 0; i < letter->buttons.n; i++) {
		const char *link = arena_printf(arena, "[%s](%s)", compose_answer_label(arena, letter->buttons.v[i]),
		    compose_answer_link(arena, letter, letter->buttons.v[i]));

		strs_add(arena, &links, i >= letter->meanings.n ? link : arena_printf(arena, "- %s: %s", link, letter->meanings.v[i]));
	}
	if (links.n > 0)
		strs_add(arena, &lines, arena_printf(arena, "\n%s\n\n" ANSWER_TO "%s%s%s%s%s", strs_join(arena, &links,
		    letter->meanings.n == 0 ? " " : "\n"), letter->case_name, letter->case_name[0] == '\0' || letter->code[0] == '\0' ? "" : " ",
		    letter->code[0] == '\0' ? "" : "[code ", letter->code, letter->code[0] == '\0' ? "" : "]"));
	strs_add(arena, &lines, arena_printf(arena, "\n%s", letter->body));
	return strs_join(arena, &lines, "\n");
}

/* "EHC-20417, EHC-20418 and 3 more" */
static int
cases_of(struct engine *engine, struct arena *arena, const struct gathered_person *person, size_t *count_r, const char **words_r,
    struct err *err)
{
	struct strs names = { NULL, 0 }, shown = { NULL, 0 };
	struct case_state *state;

	for (size_t i = 0; i < person->mail_count; i++) {
		if (person->mails[i].case_id == 0)
			continue;
		if (store_case_load(engine->store, arena, person->mails[i].case_id, &state, err) == -1)
			return err_wrap(err, "case");
		strs_add_new(arena, &names, case_name(arena, state));
	}
	for (size_t i = 0; i < names.n && i < NAMED_MAX; i++)
		strs_add(arena, &shown, names.v[i]);
	*count_r = names.n;
	*words_r = names.n <= NAMED_MAX ? strs_join(arena, &shown, ", ") :
	    arena_printf(arena, "%s and %zu more", strs_join(arena, &shown, ", "), names.n - NAMED_MAX);
	return 0;
}

static const char *
greeting(struct arena *arena, const struct gathered_person *person, size_t cases, const char *names)
{
	if (person->what == QUESTIONS)
		return arena_printf(arena, "**Please decide about each of these %zu matters: nothing happens with them until then.**\nYou get one "
		    "mail for all of them, because they came at about the same time. Each has its own answers.", person->mail_count);
	if (person->what == MISSED)
		return arena_printf(arena, "**Please look at each of these %zu reminders: they are about different matters.**\nThey come now "
		    "because nothing could be sent for a time, in one mail, so that you get one and not %zu.", person->mail_count,
		    person->mail_count);
	return arena_printf(arena, "**Please act on %zu cases: %s.**\nYou get one mail for all of them, because they fell due for you at the "
	    "same time. Each has its own answers.", cases, names);
}

static const char *
body_of(struct arena *arena, const struct gathered_person *person, size_t cases, const char *names)
{
	struct strs parts = { NULL, 0 };
	bool answers = false;

	for (size_t i = 0; i < person->mail_count; i++)
		answers |= strstr(person->mails[i].section, ANSWER_TO) != NULL;
	strs_add(arena, &parts, greeting(arena, person, cases, names));
	if (answers)
		strs_add(arena, &parts, "To answer one of them, use its own link, or write a new mail with the subject that it "
		    "names; a reply to this mail does not say which one it is about.");
	for (size_t i = 0; i < person->mail_count; i++) {
		strs_add(arena, &parts, person->mails[i].section);
		if (person->mails[i].cc)
			strs_add(arena, &parts, "This one is for your information: somebody else was asked.");
	}
	return strs_join(arena, &parts, "\n\n");
}

static const char *
subject_of(struct arena *arena, const struct gathered_person *person, size_t cases, const char *names)
{
	switch (person->what) {
	case MISSED:
		return arena_printf(arena, "%zu reminders, after a time in which nothing could be sent", person->mail_count);
	case QUESTIONS:
		return arena_printf(arena, "%zu matters wait for your decision", person->mail_count);
	case ESCALATIONS:
		break;
	}
	return arena_printf(arena, "%zu cases need you: %s", cases, names);
}

static int
join(struct engine *engine, struct arena *arena, const struct gathered_person *person, instant now, struct err *err)
{
	static const char *const templates[] = {
		[ESCALATIONS] = TOGETHER_TEMPLATE, [MISSED] = MISSED_TEMPLATE, [QUESTIONS] = QUESTIONS_TEMPLATE,
	};
	const struct pack *pack = engine_pack(engine, person->pack);
	struct outgoing mail = { .act = person->what == QUESTIONS ? ACT_SEND : ACT_REMIND };
	struct letter letter = {
		.pack = pack, .mail = &mail, .case_name = "", .from = person->mailbox, .in_reply_to = "", .code = "",
		.footer = arena_printf(arena, "You get this mail from %s, as each %s in it says.", person->mailbox,
		    person->what == QUESTIONS ? "part" : "reminder"),
		.badge = arena_printf(arena, "%zu in one mail", person->mail_count),
	};
	struct outbox_recipient recipient = { .address = person->address, .state = OUTBOX_QUEUED, .reply = "" };
	struct outbox_row row = {
		.pack = person->pack, .mailbox = person->mailbox, .state = OUTBOX_QUEUED, .rule = "",
		.template = templates[person->what],
		.spool_name = "", .decided = now, .next_try = now, .sent = INSTANT_NONE, .why = "",
		.recipients = &recipient, .recipient_count = 1,
	};
	struct journal_entry entry = { .at = now, .event = "gathered", .rule = "", .who = "daemon",
	    .detail = arena_printf(arena, "%s=%zu", person->what == QUESTIONS ? "questions" : "reminders", person->mail_count) };
	const char *at = strchr(person->mailbox, '@'), *names = "";
	size_t cases = 0, released = 0;
	char hex[41];

	if (cases_of(engine, arena, person, &cases, &names, err) == -1)
		return -1;
	letter.subject = row.subject = subject_of(arena, person, cases, names);
	letter.body = body_of(arena, person, cases, names);
	for (size_t i = 0; i < person->mail_count; i++) {
		bool escalates = strcmp(person->mails[i].act, act_word_name(ACT_ESCALATE)) == 0;

		letter.tone = escalates ? TONE_LATE : letter.tone;
		if (escalates && person->what != QUESTIONS)
			mail.act = ACT_ESCALATE;
		if (person->mails[i].urgent)
			row.rank = RANK_URGENT;
		released += person->mails[i].released;
	}
	row.released = released == person->mail_count;
	/* Counted, and treated, as any question about what waits. */
	row.act = mail.act_name = person->what == QUESTIONS ? "triage" : act_word_name(mail.act);
	mail.template = row.template;
	strs_add(arena, &mail.to, person->address);
	engine->desk.random(engine->desk.ctx, hex);
	letter.message_id = row.message_id = arena_printf(arena, "m.%s%s", hex + 20, at == NULL ? "@localhost" : at);
	if (engine->desk.freeze(engine->desk.ctx, &letter, now, &row, err) == -1)
		return err_wrap(err, "freeze");
	if (store_outbox_put(engine->store, &row, err) == -1)
		return err_wrap(err, "outbox");
	entry.outbox = row.id;
	if (store_journal_add(engine->store, &entry, err) == -1)
		return -1;
	return store_gathered_joined(engine->store, person, row.id, now, err);
}

/* Somebody has decided before it could be asked. */
static int
drop_settled(struct engine *engine, struct arena *arena, instant now, struct recalled *recalled, struct err *err)
{
	struct outbox_row *row;
	int64_t *ids;
	size_t count;

	if (store_gathered_settled(engine->store, arena, now, &ids, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (store_outbox(engine->store, arena, ids[i], &row, err) == -1 ||
		    engine_call_off(engine, arena, row, "somebody has decided before it went", OUTBOX_SETTLED, now, recalled, err) == -1)
			return -1;
	}
	return 0;
}

int
engine_gathered(struct engine *engine, struct arena *arena, instant now, struct recalled *recalled_r, struct err *err)
{
	struct gathered_person *people;
	size_t count;

	*recalled_r = (struct recalled){ .stays = false };
	if (drop_settled(engine, arena, now, recalled_r, err) == -1 ||
	    store_gathered_people(engine->store, arena, engine->joins, now, PEOPLE_MAX, &people, &count, err) == -1 ||
	    (count == 0 && store_gathered_rest(engine->store, now, err) == -1))
		return err_wrap(err, "gathered");
	for (size_t i = 0; i < count; i++)
		if (join(engine, arena, &people[i], now, err) == -1)
			return err_wrap(err, "gathered");
	return 0;
}

/* A person let it go to those who had it in a mail taken apart: did nobody else wait for it whom nobody has looked at? */
static int
is_released_to_all(struct engine *engine, struct arena *arena, const struct outbox_row *part, bool *released_r, struct err *err)
{
	struct outbox_row *other;

	*released_r = part->state == OUTBOX_GATHERED;	/* else somebody was to get it as it was written */
	for (size_t i = 0; i < part->recipient_count && *released_r; i++) {
		if (part->recipients[i].state != OUTBOX_JOINED)
			continue;
		if (store_outbox(engine->store, arena, part->recipients[i].joined, &other, err) == -1)
			return -1;
		*released_r = other == NULL || other->released || other->state == OUTBOX_SENT;
	}
	return 0;
}

/* To those who had it in that mail it may go again, joined with others or as it was written. */
static int
part_again(struct engine *engine, struct arena *arena, struct outbox_row *part, const struct outbox_row *joined, struct err *err)
{
	bool released = joined->released;

	for (size_t i = 0; i < part->recipient_count; i++) {
		struct outbox_recipient *recipient = &part->recipients[i];

		if (recipient->joined != joined->id || recipient->state != OUTBOX_JOINED)
			continue;
		recipient->state = OUTBOX_GATHERED;
		recipient->reply = "";
		recipient->joined = 0;
	}
	outbox_sum(part);
	if (released && is_released_to_all(engine, arena, part, &released, err) == -1)
		return -1;
	part->released |= released;
	/* No sooner than it would have gone. */
	if (joined->state == OUTBOX_RETRY && (part->next_try == INSTANT_NONE || part->next_try < joined->next_try))
		part->next_try = joined->next_try;
	if (outbox_move(part, 1u << OUTBOX_SENT, OUTBOX_SENT) == 0)
		part->sent = INSTANT_NONE;
	if (store_outbox_put(engine->store, part, err) == -1)
		return -1;
	return strcmp(joined->template, MISSED_TEMPLATE) == 0 ? store_gathered_again(engine->store, part->id, err) : 0;
}

int
engine_gathered_apart(struct engine *engine, struct arena *arena, struct outbox_row *joined, instant now, struct err *err)
{
	struct journal_entry entry = { .at = now, .event = "gathered", .outbox = joined->id, .rule = "", .who = "daemon",
	    .detail = "taken apart" };
	struct outbox_row *parts;
	size_t count;

	if (joined->told && outbox_told_done(engine->store, arena, joined, err) == -1)
		return err_wrap(err, "gathered");
	if (store_outbox_parts(engine->store, arena, joined->id, &parts, &count, err) == -1)
		return err_wrap(err, "gathered");
	for (size_t i = 0; i < count; i++)
		if (part_again(engine, arena, &parts[i], joined, err) == -1)
			return err_wrap(err, "gathered");
	outbox_withdraw(joined, ~0u, OUTBOX_APART);
	joined->state = OUTBOX_DROPPED;
	joined->why = "taken apart, since one of its cases has changed: what still holds goes anew";
	if (store_outbox_put(engine->store, joined, err) == -1)
		return err_wrap(err, "gathered");
	return store_journal_add(engine->store, &entry, err);
}
