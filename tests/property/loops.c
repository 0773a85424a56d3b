/*
 * Loops: machines on both sides of the daemon.  Each life is so many rounds of
 * two minutes, then some days: what goes out is read back as another side's
 * mail comes in, or a machine answers it, and whatever comes in goes through
 * the parser, the engine and the guards as in the daemon.  Promises no-loop
 * and no-flood (peers' complaints 17 and 18): mail stays bounded, a machine is
 * never answered, nobody has more than the guard allows, nothing is dropped.
 *
 *	loops [ROUNDS [LIFE]]
 *
 * ROUNDS is at most 300, for which the bounds of the lives are.  Nothing is left
 * to chance; the last line is "N passed, N failed".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "office.h"

#define REQUESTER	"SENAR@birmingham.example"
#define OWNER		"sandra.whitlock" TRUST
#define HOUR_S		3600
#define ROUND_S		120
#define DAYS		5		/* after the rounds, for what reminds */
#define REQUESTS	4
#define HOUSES		2

/* The guards, as configured where nothing is said. */
static const struct storm storm = { .least = 100, .times = 4, .person_hour = 30, .case_day = 40 };

/* One mail to one of its readers, when it went. */
struct sending_out {
	const char	*to;
	instant		 at;
	bool		 guarded;	/* by all of them: neither urgent nor about the daemon itself */
	bool		 about_us;
	int64_t		 outbox;
};

struct house {
	struct room	 room;
	struct sending_out *gone;
	size_t		 gone_count;
	size_t		 mails;		/* however many each went to */
	size_t		 across;	/* to the other house */
};

struct coming {			/* on its way to a house */
	int		 to;
	const char	*text;
};

struct town {
	const struct life *life;
	struct arena	*arena;
	struct house	 houses[HOUSES];
	int		 house_count;
	struct coming	*post;
	size_t		 post_count, come;	/* come: of them, those that were taken in */
	unsigned	 number;
};

/* A mail of ours that has just gone, to one reader. */
struct gone {
	const char	*to, *subject, *message_id;
	const char	*text;		/* as frozen */
};

struct life {
	const char	*name;
	void		(*answers)(struct town *town, int house, const struct gone *mail, const struct life *life);
	const char	*headers;	/* of a machine's mails, a line each */
	const char	*of;		/* whose machine; NULL: everybody's.  Of two instances: whose post the other one holds */
	bool		 new_addresses;
	bool		 rewrites;	/* a server on the way gives mails another message-id */
	bool		 quotes;	/* what it answers, with its references */
	bool		 unmarked;	/* ours is without the marks of a machine when it comes in again */
	/* What may go out at most in all, to the mailbox owner in all and in any hour. */
	size_t		 most, owner_most, owner_hour;
};

/* ---- The houses */

/* The rules of the other side: whoever asks there for advice is our mailbox. */
static const char *
mirrored_rules(struct house *house)
{
	const char *rules = arena_printf(house->room.arena, "%s/rules", house->room.folder);

	if (system(arena_printf(house->room.arena, "mkdir '%s' && cp -r rules/common rules/birmingham '%s' && "
	    "sed -i 's/" REQUESTER "/" ADDRESS "/' '%s/birmingham/pathway.cfg'", rules, rules, rules)) != 0)
		exit(1);
	return rules;
}

/* As shipped; or the other side's mailbox looks after this one, so that what nobody here knows is asked there. */
static const char *
people_of_house(struct town *town, int which)
{
	struct house *house = &town->houses[which];
	const char *file = arena_printf(house->room.arena, "%s/directory.csv", house->room.folder);

	if (town->house_count == 1 || town->life->of == NULL)
		return "config/directory.csv";
	if (system(arena_printf(house->room.arena, "sed 's/^%s/%s/' config/directory.csv > '%s'", town->life->of,
	    which == 0 ? REQUESTER : ADDRESS, file)) != 0)
		exit(1);
	return file;
}

static void
move_in(struct town *town, int which)
{
	struct house *house = &town->houses[which];

	memset(house, 0, sizeof(*house));
	room_furnish(&house->room);
	house->room.without_sender = true;
	house->room.config.storm = storm;
	if (which == 1) {
		house->room.mailbox.address = REQUESTER;
		house->room.config.rules = house->room.start.rules_dir = mirrored_rules(house);
	}
	room_open(&house->room);
	room_take_directory(&house->room, people_of_house(town, which));
}

static const char *
address_of(const struct town *town, int house)
{
	return town->houses[house].room.mailbox.address;
}

/* ---- Letters */

static void
post(struct town *town, int to, const char *text)
{
	*arena_push(town->arena, town->post, town->post_count) = (struct coming){ to, text };
}

/* headers: a line each, or "". */
static void
write_to(struct town *town, int to, const char *from, const char *subject, const char *headers, const char *body)
{
	post(town, to, arena_printf(town->arena, "From: %s\nTo: %s\nMessage-ID: <letter-%u@elsewhere.example>\nSubject: %s\n%s"
	    "Content-Type: text/plain; charset=utf-8\n\n%s\n", from, address_of(town, to), ++town->number, subject,
	    headers, body));
}

static const char *
body_of(const char *text)
{
	const char *body = strstr(text, "\n\n");

	return body == NULL ? text : body + 2;
}

static const char *
quoted(struct arena *arena, const char *text)
{
	struct buf lines = BUF_INIT;
	const char *result;

	for (const char *line = body_of(office_unbroken(arena, text)), *end; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		end += *end == '\n';
		buf_printf(&lines, "> %.*s", (int)(end - line), line);
	}
	result = arena_strdup(arena, buf_text(&lines));
	buf_free(&lines);
	return result;
}

/* Without the headers that begin with one of these, and the lines that they go on in. */
static const char *
without_headers(struct arena *arena, const char *text, const char *const *names)
{
	struct buf kept = BUF_INIT;
	const char *result, *line = text, *end;
	bool dropped = false;

	for (; *line != '\0' && *line != '\n'; line = end) {
		end = line + strcspn(line, "\n");
		end += *end == '\n';
		if (*line != ' ' && *line != '\t') {
			dropped = false;
			for (size_t i = 0; names[i] != NULL; i++)
				dropped |= str_starts_nocase(line, names[i]);
		}
		if (!dropped)
			buf_printf(&kept, "%.*s", (int)(end - line), line);
	}
	buf_add_str(&kept, line);
	result = arena_strdup(arena, buf_text(&kept));
	buf_free(&kept);
	return result;
}

static const char *
without_returns(struct arena *arena, const char *text)
{
	char *plain = arena_strdup(arena, text), *out = plain;

	for (; *text != '\0'; text++)
		if (*text != '\r')
			*out++ = *text;
	*out = '\0';
	return plain;
}

/* ---- Who answers */

static const char *const marks[] = { "X-Adviced-", "Auto-Submitted:", "X-Auto-Response-Suppress:", NULL };

/* What one side sends to the other comes in there; and perhaps somebody there asks why, each time. */
static void
other_side(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	static const char *const ids[] = { "Message-ID:", NULL };
	const char *text = without_returns(town->arena, mail->text);
	int other = 1 - house;

	if (!str_same(mail->to, address_of(town, other)))
		return;
	town->houses[house].across++;
	if (life->unmarked)
		text = without_headers(town->arena, text, marks);
	if (life->rewrites)
		text = arena_printf(town->arena, "Message-ID: <rewritten-%u@server.example>\n%s", ++town->number,
		    without_headers(town->arena, text, ids));
	post(town, other, text);
	if (life->quotes)
		write_to(town, house, mail->to, arena_printf(town->arena, "RE: %s", mail->subject),
		    arena_printf(town->arena, "In-Reply-To: <%s>\n", mail->message_id),
		    arena_printf(town->arena, "WHY\n\n%s", quoted(town->arena, mail->text)));
}

static void
responder(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	unsigned n = ++town->number;
	const char *from = life->new_addresses ? arena_printf(town->arena, "helpdesk-%u@tickets.example", n) : mail->to;
	const char *subject = life->quotes ? arena_printf(town->arena, "Re: %s [#%u]", mail->subject, n) :
	    arena_printf(town->arena, "Your message %u is with us", n);
	const char *headers = arena_printf(town->arena, "%sIn-Reply-To: <%s>\n", life->headers, mail->message_id);

	if (life->of != NULL && !str_same(life->of, mail->to))
		return;
	write_to(town, house, from, subject, life->quotes ? headers : life->headers, arena_printf(town->arena,
	    "We will look at it in the next days.\n\n%s", life->quotes ? quoted(town->arena, mail->text) : ""));
}

static void
away(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	if (life->of != NULL && !str_same(life->of, mail->to))
		return;
	write_to(town, house, mail->to, arena_printf(town->arena, "Automatic reply: %s", mail->subject),
	    arena_printf(town->arena, "%sIn-Reply-To: <%s>\n", life->headers, mail->message_id),
	    "I am out of the office until further notice.");
}

/* A report by RFC 3464. */
static void
bounces(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	const char *text = without_returns(town->arena, mail->text);

	if (life->of != NULL && !str_same(life->of, mail->to))
		return;
	post(town, house, arena_printf(town->arena, "%sFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: %s\n"
	    "Subject: Undelivered Mail Returned to Sender\nMessage-ID: <bounce-%u@mx.example>\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n"
	    "I could not deliver it.\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
	    "Final-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\n%s\n--b--\n",
	    life->headers, address_of(town, house), ++town->number, mail->to, text));
}

/* In prose, and it does not say whom it did not reach. */
static void
bounces_in_prose(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	if (life->of != NULL && !str_same(life->of, mail->to))
		return;
	write_to(town, house, "Mail Delivery System <MAILER-DAEMON@mx.example>", "Undeliverable mail",
	    arena_printf(town->arena, "%sIn-Reply-To: <%s>\n", life->headers, mail->message_id),
	    "A message that you sent could not be delivered. This is a permanent error.");
}

/* The report of a report: what came back is a notice itself. */
static void
bounces_of_bounces(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	const char *inner;

	bounces(town, house, mail, life);
	inner = town->post[town->post_count - 1].text;
	post(town, house, arena_printf(town->arena,
	    "%sFrom: MAILER-DAEMON@relay.example\nTo: %s\nSubject: Undeliverable: Undelivered Mail Returned to Sender\n"
	    "Message-ID: <again-%u@relay.example>\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=\"c\"\n\n--c\nContent-Type: text/plain\n\n"
	    "I could not deliver it.\n\n--c\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example\n\n"
	    "Final-Recipient: rfc822; MAILER-DAEMON@mx.example\nAction: failed\nStatus: 5.1.1\n\n--c\n"
	    "Content-Type: message/rfc822\n\n%s\n--c--\n", life->headers, address_of(town, house), ++town->number,
	    inner));
}

/* Our own mail comes back, as a list sends it on: its sender and our marks are gone. */
static void
list_echo(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	static const char *const names[] = { "From:", "Message-ID:", "Subject:", "X-Adviced-", "Auto-Submitted:",
		"X-Auto-Response-Suppress:", NULL };

	if (life->of != NULL && !str_same(life->of, mail->to))
		return;
	town->number++;
	post(town, house, arena_printf(town->arena, "From: %s via Advice list <advice-list@lists.example>\n"
	    "Message-ID: <list-%u@lists.example>\nSubject: [advice] %s\n%s%s", mail->to, town->number, mail->subject, life->headers,
	    without_headers(town->arena, without_returns(town->arena, mail->text), names)));
}

/* As it was, but for the way it took; or by a rule that sends on under the owner's name. */
static void
sent_back(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	const char *text = without_returns(town->arena, mail->text);

	if (life->of != NULL && !str_same(life->of, mail->to))
		return;
	post(town, house, arena_printf(town->arena, "Received: from a.example by b.example; Mon, 7 Sep 2026 09:00:00 +0100\n%s%s",
	    life->headers, life->unmarked ? without_headers(town->arena, text, marks) : text));
}

static void
forwarded_by_rule(struct town *town, int house, const struct gone *mail, const struct life *life)
{
	if (life->of != NULL && !str_same(life->of, mail->to))
		return;
	write_to(town, house, mail->to, arena_printf(town->arena, "FW: %s", mail->subject), life->headers,
	    arena_printf(town->arena, "-----Original Message-----\nFrom: %s\nTo: %s\nSubject: %s\n\n%s",
	    address_of(town, house), mail->to, mail->subject, body_of(office_unbroken(town->arena, mail->text))));
}

/* ---- What comes in */

static bool
writes_to(const struct outgoing *mail, const char *address)
{
	return strs_has_nocase(&mail->to, address) || strs_has_nocase(&mail->cc, address);
}

static bool
is_machines(const struct message *mail)
{
	bool marked = false;

	for (size_t i = 0; i < mail->header_count; i++)
		marked |= str_same(mail->headers[i].name, "Auto-Submitted") && !str_starts_nocase(mail->headers[i].value, "no");
	return marked || mail->notice != NOTICE_NONE;
}

/* A machine is not answered, and what needs a person waits for one. */
static void
look_at(struct town *town, struct house *house, const struct message *mail, const struct arrived *arrived)
{
	const char *life = town->life->name;
	struct arena *arena = arena_new();
	struct triage_row *rows;
	struct err err;
	size_t waits = 0;

	for (size_t i = 0; arrived->decision != NULL && i < arrived->decision->mail_count; i++)
		expect(life, !is_machines(mail) || !writes_to(&arrived->decision->mails[i], mail->from.address),
		    "a mail to %s, which is a machine (%s)", mail->from.address, notice_name(mail->notice));
	well(store_triages_of_message(house->room.core->store, arena, arrived->message, &rows, &waits, &err), &err);
	expect(life, !arrived->needs_person || arrived->decision == NULL || arrived->returned != 0 || waits > 0,
	    "\"%s\" needs a person, and does not wait in triage", mail->subject);
	expect(life, arrived->needs_person || arrived->duplicate || arrived->decision->why.n > 0, "\"%s\" came to nothing",
	    mail->subject);
	arena_free(&arena);
}

static void
take_in(struct town *town, const struct coming *letter)
{
	struct house *house = &town->houses[letter->to];
	struct arena *arena = arena_new();
	struct arrived *arrived;
	struct message *mail;

	office_take_in(&house->room, arena, ++town->number, letter->text, &mail, &arrived);
	look_at(town, house, mail, arrived);
	arena_free(&arena);
}

/* ---- What goes out, through the guards, to a server that takes everything */

static void
gone_out(struct town *town, int which, struct outbox_row *row)
{
	struct house *house = &town->houses[which];
	struct buf text = BUF_INIT;
	struct err err = { ERR_NONE, "" };
	bool about_us = row->case_id == 0 && strcmp(row->template, "administrator") == 0;

	well(file_read(house->room.core->spool.out, row->spool_name, 64u << 20, &text, &err), &err);
	for (size_t r = 0; r < row->recipient_count; r++) {
		struct gone mail = { .to = arena_strdup(town->arena, row->recipients[r].address),
		    .subject = arena_strdup(town->arena, row->subject),
		    .message_id = arena_strdup(town->arena, row->message_id), .text = buf_text(&text) };

		*arena_push(house->room.arena, house->gone, house->gone_count) = (struct sending_out){ .to = mail.to,
		    .at = core_now(house->room.core), .guarded = !about_us && row->rank != RANK_URGENT &&
		    strcmp(row->template, MISSED_TEMPLATE) != 0, .about_us = about_us, .outbox = row->id };
		town->life->answers(town, which, &mail, town->life);
	}
	house->mails++;
	buf_free(&text);
}

static void
sent(struct room *room, struct outbox_row *row)
{
	struct err err;

	well(core_begin(room->core, &err), &err);
	office_sent(room, row, OUTBOX_SENDING);
	well(core_commit(room->core, &err), &err);
	room->core->sending.busy = false;
}

static void
send_all(struct town *town, int which)
{
	struct core *core = town->houses[which].room.core;
	struct err err = { ERR_NONE, "" };
	size_t due = 1;

	while (due > 0) {
		struct arena *arena = arena_new();
		struct outbox_row *rows, *row;

		well(store_outbox_due(core->store, arena, core_now(core), 1, &rows, &due, &err), &err);
		core->sender_attached = true;
		well(send_next(core, &err), &err);
		core->sender_attached = false;
		if (core->sending.busy) {
			well(store_outbox(core->store, arena, core->sending.outbox, &row, &err), &err);
			sent(&town->houses[which].room, row);
			gone_out(town, which, row);
		}
		arena_free(&arena);
	}
}

static void
work(struct town *town, int which)
{
	office_work(&town->houses[which].room);
	send_all(town, which);
}

/* What was under way when it began comes in; what goes out for it is answered in the next one. */
static void
turn(struct town *town, instant now)
{
	size_t under_way = town->post_count;

	for (int h = 0; h < town->house_count; h++)
		case_clock_set(&town->houses[h].room.core->clock, now);
	for (; town->come < under_way; town->come++)
		take_in(town, &town->post[town->come]);
	for (int h = 0; h < town->house_count; h++)
		work(town, h);
}

/* ---- What it came to */

static size_t
count_state(struct house *house, enum outbox_state state)
{
	struct outbox_row *rows;
	size_t count;
	struct err err;

	well(store_outbox_in_state(house->room.core->store, house->room.arena, state, &rows, &count, &err), &err);
	return count;
}

/* The most in any hour of what went to one reader; to NULL: of all that the guard of all mails looks at. */
static size_t
busiest_hour(const struct house *house, const char *to)
{
	size_t most = 0;

	for (size_t i = 0; i < house->gone_count; i++) {
		size_t n = 0;
		int64_t last = 0;

		for (size_t k = i; k < house->gone_count && house->gone[k].at < house->gone[i].at + HOUR_S; k++) {
			const struct sending_out *one = &house->gone[k];

			if (one->about_us || (to == NULL ? !one->guarded || one->outbox == last : !str_same(one->to, to)))
				continue;
			last = one->outbox;
			n++;
		}
		most = n > most ? n : most;
	}
	return most;
}

static size_t
count_to(const struct house *house, const char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < house->gone_count; i++)
		n += str_same(house->gone[i].to, to);
	return n;
}

static void
judge(struct town *town, int which)
{
	const struct life *life = town->life;
	struct house *house = &town->houses[which];
	struct strs readers = { NULL, 0 };
	size_t waits, most_hour = 0, all_hour = busiest_hour(house, NULL);
	size_t held = count_state(house, OUTBOX_REVIEW) + count_state(house, OUTBOX_HELD);
	const char *asked = town->house_count == 1 || life->of == NULL ? OWNER : address_of(town, 1 - which);
	size_t owner = count_to(house, asked), owner_hour = busiest_hour(house, asked);
	struct triage_row *rows;
	struct err err;

	for (size_t i = 0; i < house->gone_count; i++)
		strs_add_new(house->room.arena, &readers, house->gone[i].to);
	for (size_t i = 0; i < readers.n; i++) {
		size_t n = busiest_hour(house, readers.v[i]);

		most_hour = n > most_hour ? n : most_hour;
		expect(life->name, n <= (size_t)storm.person_hour, "%zu mails to %s in an hour", n, readers.v[i]);
	}
	expect(life->name, all_hour <= (size_t)storm.least, "%zu mails in an hour", all_hour);
	expect(life->name, house->mails <= life->most, "%zu mails went out, at most %zu were to", house->mails, life->most);
	expect(life->name, owner <= life->owner_most, "%zu mails to the mailbox owner, at most %zu were to go", owner,
	    life->owner_most);
	expect(life->name, owner_hour <= life->owner_hour, "%zu mails to the mailbox owner in an hour, at most %zu were to go",
	    owner_hour, life->owner_hour);
	expect(life->name, count_state(house, OUTBOX_DROPPED) + count_state(house, OUTBOX_FAILED) == 0, "a mail was dropped");
	well(store_triages(house->room.core->store, house->room.arena, true, &rows, &waits, &err), &err);
	if (life->answers == other_side)
		expect(life->name, house->across > 0, "nothing went to the other side");
	printf("%-36s out %4zu (across %2zu), busiest hour %2zu, one person %2zu, owner %3zu (hour %2zu), administrator %3zu, "
	    "kept %4zu, triage %4zu\n", life->name, house->mails, house->across, all_hour, most_hour, owner, owner_hour,
	    count_to(house, ADMINISTRATOR), held, waits);
}

/* ---- The lives */

/* A request for advice and a stranger's mail, of the kind that makes the daemon write. */
static void
begin(struct town *town, int house)
{
	const char *from = house == 0 ? REQUESTER : ADDRESS;

	for (unsigned n = 1; n <= REQUESTS; n++) {
		write_to(town, house, from, arena_printf(town->arena, "SEND ADVICE Request - Stage Two - EHC-%u", 30000 + n), "",
		    arena_printf(town->arena, "Please provide social care advice.\n\nName: Ada Number%u\nDate of birth: %u/3/2015\n"
		    "Reference: EHC-%u\nRequest date: 2026-09-07\n", n, n, 30000 + n));
		write_to(town, house, arena_printf(town->arena, "parent-%u@elsewhere.example", n), "A question", "", "Where can I park?");
	}
}

/* So that more goes to the other side: somebody asks for contact details, and the other side writes again. */
static void
stir(struct town *town, int house, unsigned n)
{
	const char *requester = house == 0 ? REQUESTER : ADDRESS;
	unsigned reference = 30001 + n % REQUESTS;

	write_to(town, house, "joanne.priddy" TRUST, arena_printf(town->arena, "Contact details required EHC-%u", reference), "",
	    "Could SENAR give us another telephone number?");
	write_to(town, house, requester, arena_printf(town->arena, "RE: SEND ADVICE Request - EHC-%u", reference), "",
	    n % 2 == 0 ? "We have still not received the social care advice." : "The mother's mobile number is 0121 496 0000.");
}

static void
live(const struct life *life, int rounds)
{
	struct town *town = x_calloc(1, sizeof(*town));
	instant now;

	town->life = life;
	town->arena = arena_new();
	town->house_count = life->answers == other_side ? 2 : 1;
	for (int h = 0; h < town->house_count; h++)
		move_in(town, h);
	now = town->houses[0].room.start.from;
	for (int h = 0; h < town->house_count; h++)
		begin(town, h);
	for (int i = 0; i < rounds; i++, now += ROUND_S) {
		for (int h = 0; h < town->house_count && i % 25 == 10; h++)
			stir(town, h, (unsigned)i / 25);
		turn(town, now);
	}
	for (int i = 0; i < DAYS * 12; i++)
		turn(town, now += 2 * HOUR_S);
	for (int h = 0; h < town->house_count; h++)
		judge(town, h);
	for (int h = 0; h < town->house_count; h++)
		room_leave(&town->houses[h].room);
	arena_free(&town->arena);
	free(town);
}

#define REPLIED		"Auto-Submitted: auto-replied\n"
#define NOBODY		"Return-Path: <>\n"

/*
 * The most in all, to the mailbox owner, and to them in an hour.  QUIET: as though nobody had answered, and the words of the
 * stir.  UNREACHED: that much, once more for whoever stands in, and for the administrator in the end.  GUARDED: nothing tells
 * the machine from a person, so that only the guards end it: so many a day about each case, and about none.
 */
#define QUIET		120, 40, 10
#define UNREACHED	500, 40, 10
#define GUARDED		(REQUESTS + 2) * 40 * (DAYS + 2), (REQUESTS + 1) * 40 * (DAYS + 2), 30

static const struct life lives[] = {
	{ "two-instances", other_side, "", NULL, false, false, false, false, QUIET },
	{ "two-instances-ids-rewritten", other_side, "", NULL, false, true, false, false, QUIET },
	{ "two-instances-unmarked", other_side, "", NULL, false, false, false, true, QUIET },
	{ "two-instances-unmarked-rewritten", other_side, "", NULL, false, true, false, true, QUIET },
	{ "two-instances-that-ask-why", other_side, "", NULL, false, false, true, false, GUARDED },
	{ "two-instances-that-ask-why-unmarked", other_side, "", NULL, false, true, true, true, GUARDED },
	{ "two-instances-asking-each-other", other_side, "", OWNER, false, false, false, false, QUIET },
	{ "two-instances-asking-unmarked", other_side, "", OWNER, false, true, false, true, GUARDED },
	{ "responder-new-addresses", responder, REPLIED, NULL, true, false, false, false, QUIET },
	{ "responder-x-autoreply-quotes", responder, "X-Autoreply: yes\n", NULL, true, false, true, false, QUIET },
	{ "responder-unmarked-new-addresses", responder, "", NULL, true, false, false, false, GUARDED },
	{ "responder-unmarked-quotes", responder, "", NULL, true, false, true, false, GUARDED },
	{ "responder-unmarked-own-address", responder, "", NULL, false, false, true, false, GUARDED },
	{ "responder-unmarked-of-owner", responder, "", OWNER, true, false, true, false, GUARDED },
	{ "responder-unmarked-as-owner", responder, "", OWNER, false, false, true, false, GUARDED },
	{ "bounce", bounces, NOBODY, NULL, false, false, false, false, UNREACHED },
	{ "bounce-with-a-sender", bounces, "Return-Path: <MAILER-DAEMON@mx.example>\n", NULL, false, false, false, false, UNREACHED },
	{ "bounce-in-prose", bounces_in_prose, NOBODY, NULL, false, false, false, false, UNREACHED },
	{ "bounce-in-prose-with-a-sender", bounces_in_prose, "", NULL, false, false, false, false, UNREACHED },
	{ "bounce-of-a-bounce", bounces_of_bounces, NOBODY, NULL, false, false, false, false, GUARDED },
	{ "bounce-of-triage", bounces, NOBODY, OWNER, false, false, false, false, UNREACHED },
	{ "bounce-of-triage-in-prose", bounces_in_prose, NOBODY, OWNER, false, false, false, false, UNREACHED },
	{ "bounce-of-administrators", bounces, NOBODY, ADMINISTRATOR, false, false, false, false, QUIET },
	{ "owner-away", away, REPLIED, OWNER, false, false, false, false, QUIET },
	{ "administrator-away", away, REPLIED, ADMINISTRATOR, false, false, false, false, QUIET },
	{ "everybody-away", away, REPLIED, NULL, false, false, false, false, QUIET },
	{ "list-echo", list_echo, "List-Id: <advice.lists.example>\nPrecedence: list\n", NULL, false, false, false, false, GUARDED },
	{ "sent-back", sent_back, "", NULL, false, false, false, false, QUIET },
	{ "sent-back-unmarked", sent_back, "", NULL, false, false, false, true, GUARDED },
	{ "forwarded-by-the-owners-rule", forwarded_by_rule, "", OWNER, false, false, false, false, GUARDED },
	{ "forwarded-with-a-mark", forwarded_by_rule, "Auto-Submitted: auto-generated\n", OWNER, false, false, false, false, UNREACHED },
};

int
main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 300;

	printf("%d rounds of %d s, then %d days\n", rounds, ROUND_S, DAYS);
	setvbuf(stdout, NULL, _IOLBF, 0);
	log_init("loops", LOG_LEVEL_ERR);
	parse_start();
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
		if (argc <= 2 || strcmp(argv[2], lives[i].name) == 0)
			live(&lives[i], rounds);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed != 0;
}
