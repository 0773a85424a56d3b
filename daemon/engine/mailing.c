/*
 * What was decided becomes mail: template filled, subject guarded, frozen in
 * the spool, a row in the outbox; all before the decision's transaction ends.
 * Invariant: a mail that cannot be written as the rules say (a field is empty,
 * a subject would name the child) is held with the reason, never sent short;
 * one that would pass on another child's papers is frozen and held.  Runs in core and simulate.
 * Fails: as the store and the freezing do.
 */
#include <string.h>

#include "base/file.h"
#include "case/fields.h"
#include "case/people.h"
#include "engine/engine_private.h"
#include "mail/record.h"

struct mailing {
	struct engine		*engine;
	struct arena		*arena;
	const struct pack	*pack;
	const char		*mailbox;
	int64_t			 case_id;
	struct case_state	*state;		/* NULL without a case */
	const struct world	*world;
	const struct event	*event;
	instant			 now;
};

const char *
engine_code(struct arena *arena, const char hex[41])
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	char code[9];

	for (int i = 0; i < 8; i++) {
		int high = hex[2 * i] <= '9' ? hex[2 * i] - '0' : hex[2 * i] - 'a' + 10;
		int low = hex[2 * i + 1] <= '9' ? hex[2 * i + 1] - '0' : hex[2 * i + 1] - 'a' + 10;

		code[i] = letters[(high * 16 + low) % 32];
	}
	code[8] = '\0';
	return arena_strdup(arena, code);
}

static int
message_of(struct mailing *m, int64_t id, const struct message **message_r, const char **spool_r, struct err *err)
{
	struct message_row *row;
	struct message *message;

	if (m->event->mail != NULL && id == m->event->message) {
		*message_r = m->event->mail;
	} else {
		if (store_message(m->engine->store, m->arena, id, &row, err) == -1)
			return -1;
		if (record_decode(m->arena, row->record, row->record_len, &message, err) == -1)
			return err_wrap(err, "stored mail %lld", (long long)id);
		*message_r = message;
	}
	if (store_message(m->engine->store, m->arena, id, &row, err) == -1)
		return -1;
	*spool_r = row->spool_name;
	return 0;
}

static int
enclose(struct mailing *m, struct letter *letter, int64_t id, struct err *err)
{
	struct enclosure *enclosure;

	for (size_t i = 0; i < letter->enclosure_count; i++)
		if (letter->enclosures[i].message == m->event->mail && id == m->event->message)
			return 0;
	enclosure = arena_push(m->arena, letter->enclosures, letter->enclosure_count);
	enclosure->id = id;
	return message_of(m, id, &enclosure->message, &enclosure->spool_name, err);
}

/* Each line marked as theirs, so that it is shown as it is and never read as our own form. */
static const char *
quoted(struct arena *arena, const char *text)
{
	struct buf out = BUF_INIT;
	const char *result;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		buf_add_str(&out, "> ");
		buf_add(&out, text, len);
		buf_add_char(&out, '\n');
		text += len + (text[len] == '\n');
	}
	result = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return result;
}

static int
enclosures(struct mailing *m, struct letter *letter, struct outgoing *mail, struct err *err)
{
	if (mail->forward != 0) {
		if (enclose(m, letter, mail->forward, err) == -1)
			return -1;
		mail->extra_field = "their-text";
		mail->extra_value = quoted(m->arena, letter->enclosures[0].message->new_text);
	}
	for (size_t i = 0; m->state != NULL && i < mail->enclose.n; i++)
		for (size_t k = m->state->mail_count; k-- > 0;) {
			const struct case_mail *received = &m->state->mails[k];

			if (strcmp(received->kind, mail->enclose.v[i]) != 0)
				continue;
			if (received->message != mail->forward && enclose(m, letter, received->message, err) == -1)
				return -1;
			break;
		}
	return 0;
}

/* In Outlook a case reads as one conversation: all of its mails hang from the first. */
static int
threading(struct mailing *m, struct letter *letter, const struct outgoing *mail, struct err *err)
{
	const struct message *answered;
	const char *spool, *last = "";

	letter->in_reply_to = "";
	for (size_t i = 0; m->state != NULL && i < m->state->sent_count; i++) {
		const char *id = m->state->sent[i].message_id;

		if (id == NULL || id[0] == '\0')
			continue;
		if (letter->references.n == 0)
			strs_add(m->arena, &letter->references, id);
		last = id;
	}
	if (mail->in_reply_to != 0) {
		if (message_of(m, mail->in_reply_to, &answered, &spool, err) == -1)
			return -1;
		last = answered->message_id;
	}
	if (last[0] != '\0' && !strs_has(&letter->references, last))
		strs_add(m->arena, &letter->references, last);
	letter->in_reply_to = last;
	return 0;
}

/* A post's, or a role's, name means something to its holder; "them else owner" means nothing to anybody. */
static const char *
as_whom(struct mailing *m, const char *why)
{
	static const char *const inner[] = { "sender", "them", "they", "instead", NULL };
	const struct role *role;

	if (why == NULL || why[0] == '\0' || strstr(why, " else ") != NULL || strpbrk(why, ",'") != NULL ||
	    str_starts(why, "their "))
		return "";
	for (size_t i = 0; inner[i] != NULL; i++)
		if (strcmp(why, inner[i]) == 0)
			return "";
	if (strcmp(why, "owner") == 0)
		return " as the one who looks after the mailbox";
	role = pack_role(m->pack, why);
	/* Routing that has no words of its own is nothing that anybody is. */
	if (role == NULL || ((role->source == ROLE_IS || role->source == ROLE_CHOOSE || role->source == ROLE_ADDRESS ||
	    role->source == ROLE_MAILBOX) && !pack_has_words(m->pack, why)))
		return "";
	return arena_printf(m->arena, " as %s%s", role->source == ROLE_POST || pack_has_words(m->pack, why) ? "" : "the ",
	    pack_called(m->pack, m->arena, why));
}

static const char *
footer(struct mailing *m, const struct letter *letter, const struct outgoing *mail)
{
	const char *as = as_whom(m, mail->why);

	if (letter->case_name[0] == '\0')
		return arena_printf(m->arena, "You get this mail%s from %s.", as, m->mailbox);
	return arena_printf(m->arena, "You get this mail%s%s %s. Please quote %s in every message about this case.",
	    as, as[0] == '\0' ? " about case" : " in case", letter->case_name, letter->case_name);
}

/* The case that the mail speaks of: as it is now, its stages and dates as they were when the mail was decided. */
static struct case_state
spoken_of(const struct mailing *m, const struct outgoing *mail)
{
	struct case_state state = { .reference = "", .opened = m->now, .closed = INSTANT_NONE };

	if (m->state != NULL)
		state = *m->state;
	if (m->state != NULL && mail->then != NULL) {
		state.strands = mail->then->strands;
		state.strand_count = mail->then->strand_count;
		state.deadlines = mail->then->deadlines;
		state.deadline_count = mail->then->deadline_count;
	}
	return state;
}

/* 0: rendered; 1: it must be held, and reason_r says why. */
static int
render(struct mailing *m, struct letter *letter, const struct outgoing *mail, const char **reason_r)
{
	struct case_state state = spoken_of(m, mail);
	struct fields fields = { .pack = m->pack, .world = m->world, .state = &state, .mail = mail, .now = m->now, .arena = m->arena };
	struct template_source source = fields_source(&fields);
	const struct template *template = pack_template(m->pack, mail->template);
	struct rendered rendered;
	struct err err;
	const char *leak;

	if (template == NULL) {
		*reason_r = arena_printf(m->arena, "there is no template \"%s\"", mail->template);
		return 1;
	}
	if (template_render(template, m->arena, &source, &rendered, &err) == -1) {
		*reason_r = arena_strdup(m->arena, err.text);
		return 1;
	}
	letter->subject = rendered.subject != NULL ? rendered.subject :
	    arena_printf(m->arena, "%s%s%s", letter->case_name, letter->case_name[0] == '\0' ? "" : ": ", mail->template);
	letter->body = rendered.body;
	if (m->engine->desk.freeze != NULL)	/* nobody would see it */
		glance_take(m->arena, &fields, letter);
	leak = m->state == NULL ? NULL : fields_leak(m->arena, m->state, letter->subject);
	if (leak != NULL) {
		letter->body = NULL;	/* nobody can release it as it is */
		*reason_r = "the subject would say who the child is";
		return 1;
	}
	return 0;
}

/* A date of its strand, or of the case, is today: the mail must be there today. */
static bool
is_last_day(const struct mailing *m, const struct outgoing *mail)
{
	for (size_t i = 0; m->state != NULL && i < m->state->deadline_count; i++) {
		const struct case_deadline *deadline = &m->state->deadlines[i];

		if (!deadline->superseded && deadline->date == instant_date(m->now) &&
		    (deadline->strand == 0 || deadline->strand == mail->strand))
			return true;
	}
	return false;
}

static enum outbox_rank
rank_of(const struct mailing *m, const struct outgoing *mail)
{
	if (strcmp(mail->act_name, "digest") == 0)
		return RANK_DIGEST;
	return mail->urgent || is_last_day(m, mail) ? RANK_URGENT : RANK_USUAL;
}

/* A reminder of work, not of a question: its reader may say some words about it, also in a new mail. */
static bool
is_chasing(const struct outgoing *mail)
{
	return (mail->act == ACT_REMIND || mail->act == ACT_ESCALATE) && mail->question == 0 && mail->triage == 0;
}

static int
outbox_put(struct mailing *m, const struct letter *letter, const struct outgoing *mail, enum outbox_state state,
    const char *why, int64_t *id_r, struct err *err)
{
	struct outbox_row row = {
		.case_id = m->case_id, .pack = m->pack->name, .mailbox = m->mailbox, .state = state,
		.act = mail->act_name, .template = mail->template,
		.rule = mail->rule.file == NULL ? "" : where_text(m->arena, mail->rule),
		.strand = mail->strand, .question = mail->question, .spool_name = "",
		.message_id = letter->message_id, .subject = letter->subject == NULL ? "" : letter->subject,
		.in_reply_to = mail->in_reply_to, .forwarded = mail->forward,
		.decided = m->now, .next_try = m->now, .sent = INSTANT_NONE, .why = why,
		.rank = rank_of(m, mail), .cause = m->event->message, .change = m->event->admin == NULL ? 0 : m->event->admin->change,
	};
	struct outbox_recipient *recipient;
	char hash[65];

	if (state == OUTBOX_GATHERED &&
	    gather_until(m->engine, mail, m->event->message, row.rank, m->now, &row.next_try, err) == -1)
		return -1;
	for (size_t i = 0; i < mail->to.n + mail->cc.n; i++) {
		bool cc = i >= mail->to.n;

		recipient = arena_push(m->arena, row.recipients, row.recipient_count);
		*recipient = (struct outbox_recipient){
			.address = cc ? mail->cc.v[i - mail->to.n] : mail->to.v[i], .cc = cc,
			.state = state, .reply = "",
		};
	}
	if (letter->body != NULL && m->engine->desk.freeze != NULL &&
	    m->engine->desk.freeze(m->engine->desk.ctx, letter, m->now, &row, err) == -1)
		return err_wrap(err, "freeze");
	if (store_outbox_put(m->engine->store, &row, err) == -1)
		return err_wrap(err, "outbox");
	*id_r = row.id;
	if (letter->code[0] != '\0') {
		sha256_hex(letter->code, strlen(letter->code), hash);
		if (is_chasing(mail)) {
			if (store_mail_code_add(m->engine->store, hash, row.id, err) == -1)
				return err_wrap(err, "code");
		} else if (mail->triage != 0 ? store_triage_code_add(m->engine->store, hash, mail->triage,
		    mail->to.n == 1 && mail->cc.n == 0 ? mail->to.v[0] : "", err) == -1 :
		    store_code_add(m->engine->store, hash, m->case_id, mail->question, err) == -1)
			return err_wrap(err, "question");
	}
	if (state == OUTBOX_QUEUED && m->engine->desk.on_mail_out != NULL)
		m->engine->desk.on_mail_out(m->engine->desk.ctx, letter, m->now);
	return 0;
}

static int	mail_one(struct mailing *m, struct outgoing *mail, struct err *err);

/* What is held waits for a person, so a person is told: once, never about the telling, never because of a machine's mail. */
static int
tell_owner(struct mailing *m, const struct letter *letter, const struct outgoing *mail, const char *why, const char *known_by,
    struct err *err)
{
	struct recipient_choice choices[] = { { "owner", false }, { "last-resort", false } };
	struct recipient owner = { choices, 2, "owner" };
	struct people_query query = { .pack = m->pack, .world = m->world, .state = m->state, .on = instant_date(m->now) };
	struct outgoing told = {
		.act = ACT_SEND, .act_name = "ask", .template = "held", .strand = mail->strand,
		.strand_name = mail->strand_name, .rule = mail->rule, .note = why, .held = known_by, .why = "owner",
	};
	struct people people;
	bool theirs;

	if (strcmp(mail->template, "held") == 0 || (m->event->mail != NULL && m->event->mail->notice != NOTICE_NONE))
		return 0;
	people_of(m->arena, &query, &owner, &people);
	if (mail->held_for.n > 0)
		people.addresses = mail->held_for;
	theirs = people.addresses.n > 0;	/* the administrator sees to the machine, and reads nobody's case */
	if (!theirs && m->world->administrator != NULL)
		strs_add(m->arena, &people.addresses, m->world->administrator);
	if (people.addresses.n == 0)
		return 0;
	told.to = people.addresses;
	if (theirs && letter->body != NULL && m->engine->desk.freeze != NULL)	/* else nobody would see it */
		told.note = arena_printf(m->arena, "%s\n\n%s", why, engine_preview(m->arena, letter));
	return mail_one(m, &told, err);
}

static int
held(struct mailing *m, const struct letter *letter, const struct outgoing *mail, const char *reason, struct err *err)
{
	bool written = letter->body != NULL;	/* each one that could be released is a thing of its own */
	const char *why = arena_printf(m->arena, "A mail (%s)%s%s is held: %s.", pack_called(m->pack, m->arena, mail->template),
	    written ? " to " : "",
	    written ? strs_join(m->arena, &mail->to, ", ") : "", reason);
	const char *known_by = arena_printf(m->arena, "A mail (%s%s%s) is held: %s.", mail->template, written ? " to " : "",
	    written ? strs_join(m->arena, &mail->to, ", ") : "", reason == mail->held_why ? mail->held_known_by : reason);
	struct triage_row row = {
		.case_id = m->case_id, .message = m->event->message, .pack = m->pack->name, .reason = why, .known_by = known_by, .state = "open", .at = m->now,
		.rule = mail->rule.file == NULL ? "" : where_text(m->arena, mail->rule), .kind = written ? TRIAGE_OUTGOING : TRIAGE_NOTE,
	};

	if (m->engine->desk.on_mail_held != NULL)
		m->engine->desk.on_mail_held(m->engine->desk.ctx, letter->case_name, why, m->now);
	if (outbox_put(m, letter, mail, OUTBOX_HELD, why, &row.outbox, err) == -1 ||
	    store_triage_add(m->engine->store, &row, err) == -1)
		return -1;
	if (tell_owner(m, letter, mail, why, known_by, err) == -1)
		return -1;
	return engine_held(m->engine, m->arena, row.outbox, row.id, m->now, err);
}

static int
mail_one(struct mailing *m, struct outgoing *mail, struct err *err)
{
	struct letter letter = {
		.pack = m->pack, .mail = mail, .case_id = m->case_id, .from = m->mailbox,
		.case_name = m->state == NULL ? "" : case_name(m->arena, m->state), .code = "", .buttons = mail->answers,
	};
	const char *reason = NULL;
	char hex[41];
	const char *at = strchr(m->mailbox, '@');
	bool put_before;
	int64_t id;

	if (engine_put_to(m->engine, m->arena, m->pack, m->mailbox, m->case_id, m->event, mail, m->now, &put_before, err) == -1)
		return -1;
	if (put_before)
		return 0;
	letter.buttons = mail->answers;
	letter.meanings = mail->meanings;
	m->engine->desk.random(m->engine->desk.ctx, hex);
	if (mail->question != 0 || mail->triage != 0 || (is_chasing(mail) && m->state != NULL && m->engine->desk.freeze != NULL))
		letter.code = engine_code(m->arena, hex);
	letter.message_id = arena_printf(m->arena, "%s.%s%s", letter.code[0] != '\0' ? letter.code : "m",
	    hex + 20, at == NULL ? "@localhost" : at);
	if (mail->attach != NULL)
		letter.attach = arena_printf(m->arena, "%s/files/%s", m->pack->folder, mail->attach);
	if (enclosures(m, &letter, mail, err) == -1 || threading(m, &letter, mail, err) == -1)
		return -1;
	letter.footer = footer(m, &letter, mail);
	if (render(m, &letter, mail, &reason) == 0 &&
	    engine_outward(m->engine, m->arena, &letter, m->state, m->event, &reason, err) == -1)
		return -1;
	if (reason == NULL)
		reason = mail->held_why;
	if (reason != NULL)
		return held(m, &letter, mail, reason, err);
	if (!gather_wants(m->engine, mail))
		return outbox_put(m, &letter, mail, OUTBOX_QUEUED, "", &id, err);
	if (outbox_put(m, &letter, mail, OUTBOX_GATHERED, "", &id, err) == -1)
		return -1;
	return store_gathered_put(m->engine->store, id, mail->late, mail->triage, gather_section(m->arena, &letter), err);
}

int
engine_mailings(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
    int64_t case_id, struct case_state *state, const struct world *world, const struct event *event,
    const struct decision *decision, instant now, struct err *err)
{
	struct mailing m = { engine, arena, pack, mailbox, case_id, state, world, event, now };

	for (size_t i = 0; i < decision->mail_count; i++)
		if (mail_one(&m, &decision->mails[i], err) == -1)
			return err_wrap(err, "mail \"%s\"", decision->mails[i].template);
	return 0;
}
