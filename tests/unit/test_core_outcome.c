/*
 * What becomes of mails, in core as an object: no process, no network.  Each
 * row is one mail's life in short words; what the send role would say is said
 * by hand, the copy to the mailbox itself comes back when the row says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/log.h"
#include "core_room.h"
#include "ctl/live.h"
#include "mail/compose.h"
#include "role/core_send_private.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define CALLUM		"callum.strickland" TRUST
#define PRIYANKA	"priyanka.nair-holt" TRUST
#define ID		"m.0123456789@childrenstrust.example"

struct heard {
	uint32_t	 sent_to;	/* recipients of the mail that the send role was given last; 0: none since the last word */
	bool		 go;		/* it was told to go on with the body */
	struct strs	 to;
	int		 copies;		/* of it that came back */
};

/*
 * The words of a life:
 *   go=N       the mail is handed over, to so many
 *   idle       nothing is handed over
 *   asked      the body is asked for
 *   S FR...    "X:each": the result of the mail and of each whom it was sent to, in order.  S sent, U unknown, F 550 of
 *              one's own, r 450 of one's own, R put off (welcome: 250), W put off as a whole, B we may not, J the mail
 *   lost       the send role dies
 *   copy       the copy comes back; copy2: under another message-id; forged: without the proof; other: another's proof
 *   +N         N minutes pass, all mailboxes are looked at;  ++N: they cannot be
 *   retry sent hold release drop    a person's word (!: it is refused)
 *   asked-about, only-told          whether the owner is asked by mail about the first thing that waits
 *   state=X each=XY copy=X waits=N absent=N sent-folder=N    what must be so
 */
static const struct {
	const char	*name, *to;	/* with commas */
	const char	*options;	/* n: without a copy to ourselves, o: to ourselves as well, e: an echo */
	const char	*life;
} rows[] = {
	{ "all well, and the copy comes back", CALLUM, "",
	  "go=2 asked S:SS state=sent copy=sent copy copy=back filed=sent state=sent waits=0" },
	{ "the copy is switched off", CALLUM, "n", "go=1 asked S:S state=sent copy=none" },
	{ "a copy comes back once", CALLUM, "", "go=2 asked S:SS copy filed=sent copy filed=done copy=back" },
	{ "complaint 24: unknown, and the copy proves that it went", CALLUM, "",
	  "go=2 asked U:UU state=unknown copy=awaited waits=0 +30 waits=0 idle copy state=sent copy=back filed=sent waits=0 idle" },
	{ "unknown under an id that the server rewrote", CALLUM, "", "go=2 asked U:UU copy2 state=sent alias filed=sent" },
	{ "unknown, and a forged copy settles nothing", CALLUM, "", "go=2 asked U:UU forged state=unknown copy=awaited other state=unknown" },
	{ "unknown, and no copy: a person is asked after an hour", CALLUM, "",
	  "go=2 asked U:UU +59 waits=0 +1 waits=1 idle +600 waits=1 idle state=unknown" },
	{ "then the copy comes after all", CALLUM, "", "go=2 asked U:UU +61 waits=1 copy state=sent waits=0" },
	{ "unknown without a copy: a person is asked at once", CALLUM, "n", "go=1 asked U:U idle waits=1 state=unknown" },
	{ "without a copy of ours, the one that the server keeps among the sent mail proves it", CALLUM, "n",
	  "go=1 asked U:U idle waits=1 copy state=sent waits=0 idle" },
	{ "but not when it may be of an earlier part", CALLUM "," PRIYANKA, "n",
	  "go=2 R:rR go=1 asked S:S +2 go=1 asked U:U state=unknown copy state=unknown idle waits=1" },
	{ "nobody can look into the mailbox: the question waits, at most a day", CALLUM, "",
	  "go=2 asked U:UU ++300 waits=0 ++900 waits=0 ++300 waits=1" },
	{ "the copy is there before the answer", CALLUM, "", "go=2 asked copy state=sending S:SS state=sent copy=back filed=sent" },
	{ "the copy is there, the answer never comes", CALLUM, "", "go=2 asked copy U:UU state=sent copy=back waits=0 idle" },
	{ "the copy is there, and the send role dies", CALLUM, "", "go=2 asked copy lost state=sent copy=back idle" },
	{ "the copy is there, and the server says to try later", CALLUM, "", "go=2 asked copy W:WW state=sent idle +600 idle" },
	{ "the server says to try later, and passed it on", CALLUM, "", "go=2 asked W:WW state=retry copy state=unknown idle waits=1 +600 idle" },
	{ "the same, and a person had dropped it meanwhile: it is asked about", CALLUM, "",
	  "go=2 asked W:WW hold drop state=dropped copy state=unknown idle waits=1 +600 idle sent state=sent waits=0" },
	{ "dropped before the server had all of it: no copy says more", CALLUM, "", "go=2 W:WW hold drop copy state=dropped waits=0" },
	{ "the send role dies before the body", CALLUM, "", "go=2 lost state=queued copy=none go=2 asked S:SS state=sent" },
	{ "the send role dies in the body", CALLUM, "", "go=2 asked lost state=unknown copy=awaited +600 idle waits=1" },
	{ "a person says that it went", CALLUM, "", "go=2 asked U:UU +61 waits=1 sent state=sent waits=0 idle !sent !retry copy filed=sent state=sent" },
	{ "a person says to send it again: the copy goes along again", CALLUM, "",
	  "go=2 asked U:UU +61 retry waits=0 go=2 asked S:SS state=sent copy filed=sent copy filed=done" },
	{ "sent again, unknown again, and the first copy comes", CALLUM, "", "go=2 asked U:UU retry go=2 asked U:UU copy state=sent idle" },

	{ "one is refused: the other gets it, once, and the first is absent", CALLUM "," PRIYANKA, "",
	  "go=3 R:FRR state=retry each=FR copy=none waits=1 absent=1 go=2 asked S:SS state=sent each=FS copy=sent idle +600 idle" },
	{ "all are refused", CALLUM "," PRIYANKA, "", "go=3 R:FFR state=failed absent=2 waits=1 asked-about idle +600 idle" },
	{ "an echo that is refused: nobody is asked by mail about it", CALLUM, "e", "go=2 R:FR state=failed absent=1 waits=1 only-told idle" },
	{ "one is put off: the other gets it at once", CALLUM "," PRIYANKA, "",
	  "go=3 R:rRR each=rR go=2 asked S:SS state=retry each=rS copy=sent idle +2 go=1 asked S:S state=sent idle" },
	{ "the second part is unknown: the copy of the first proves nothing of it", CALLUM "," PRIYANKA, "",
	  "go=3 R:rRR go=2 asked S:SS +2 go=1 asked U:U state=unknown copy state=unknown copy=back idle waits=1 sent state=sent" },
	{ "the first part is unknown: the second waits for it", CALLUM "," PRIYANKA, "",
	  "go=3 R:rRR go=2 asked U:UU state=unknown +2 idle copy each=rS state=retry +1 go=1 asked S:S state=sent" },
	{ "greylisted, then taken", CALLUM, "", "go=2 R:rr state=retry idle +2 go=2 asked S:SS state=sent" },
	{ "the server refuses the whole mail for now", CALLUM, "", "go=2 W:WW state=retry copy=none idle +2 go=2 asked S:SS" },

	{ "the mailbox refuses its copy: the mail goes without, and it is told once", CALLUM, "",
	  "go=2 R:RF state=retry copy=refused waits=1 absent=0 go=1 asked S:S state=sent waits=1" },
	{ "the copy is put off: the mail does not wait for it", CALLUM, "", "go=2 R:Rr copy=refused waits=0 go=1 asked S:S state=sent" },
	{ "both are put off", CALLUM, "", "go=2 R:rr copy=none +2 go=2 asked S:SS" },
	{ "addressed to the mailbox as well: once is enough", CALLUM "," ADDRESS, "o", "go=2 asked U:UU copy=awaited copy state=sent" },

	{ "given up after two days, told before: like a bounce", CALLUM, "",
	  "go=2 R:rr +1441 go=2 R:rr waits=1 state=retry +1441 go=2 R:rr state=failed absent=1 waits=1 idle" },
	{ "a server that cannot be reached says nothing about anybody", CALLUM, "",
	  "go=2 W0:WW +1441 go=2 W0:WW waits=1 +1441 go=2 W0:WW state=retry absent=0 +61 go=2 asked S:SS state=sent waits=0" },
	{ "put off as a whole for two days: held, nobody is absent", CALLUM, "",
	  "go=2 W:WW +1441 go=2 W:WW +1441 go=2 W:WW state=held absent=0 waits=1" },

	{ "we may not send: held, told once, nobody is absent", CALLUM, "",
	  "go=2 B:BB state=held barred waits=1 absent=0 idle +600 idle release go=2 asked S:SS state=sent waits=0" },
	{ "the mail is rejected: held, the owner is asked", CALLUM, "", "go=2 asked J:JJ state=held waits=1 absent=0 idle" },
	{ "our own echo is rejected: nobody is asked by mail about it", CALLUM, "e", "go=2 asked J:JJ state=failed waits=1 absent=0 idle" },
	{ "rejected in words about the only recipient", CALLUM, "", "go=2 asked N:JJ state=failed absent=1 waits=1" },

	{ "words that make no sense are refused", CALLUM, "",
	  "!sent !release !drop hold state=held !hold !retry !sent release state=queued go=2 !retry !hold !release !drop !sent asked S:SS "
	  "!retry !sent !hold !release !drop" },
	{ "held and dropped", CALLUM, "", "hold drop state=dropped !release !retry !drop !hold idle" },
	{ "held when one has it: dropped for the other", CALLUM "," PRIYANKA, "",
	  "go=3 R:rRR go=2 asked S:SS hold state=held drop state=sent idle +600 idle" },
};

/* ---- The room */

static void
to_peer(void *ctx, const char *peer, const struct frame *frame)
{
	struct room *room = ctx;
	struct frame copy = *frame;

	copy.read = 0;
	if (strcmp(peer, "send") != 0)
		return;
	room->heard->go |= frame->type == WIRE_GO;
	if (frame->type != WIRE_SEND)
		return;
	assert_string_equal(get_str(&copy, room->arena), ADDRESS);
	room->heard->sent_to = get_u32(&copy);
	room->heard->to = (struct strs){ NULL, 0 };
	for (uint32_t i = 0; i < room->heard->sent_to; i++)
		strs_add(room->arena, &room->heard->to, get_str(&copy, room->arena));
}

static void
set_up(struct room *room, bool with_copy)
{
	room_furnish(room);
	room->heard = arena_alloc(room->arena, sizeof(*room->heard));
	room->mailbox.sent = "Sent Items";
	room->mailbox.own_copy = with_copy;
	room->config.give_up_days = 2;
	room->config.ask_after_s = 3600;
	room->config.log_level = "none";
	room->start.out.send = to_peer;
	room_open_with_people(room);
	room->core->mailboxes[0].row.proven = room->start.from;
}

static void
freeze(struct room *room, const char *to, bool echo)
{
	struct outbox_row row = {
		.pack = "birmingham", .mailbox = ADDRESS, .state = OUTBOX_QUEUED, .act = echo ? "echo" : "forward", .template = "request",
		.rule = "", .spool_name = "out-1", .message_id = ID, .subject = "", .decided = core_now(room->core),
		.next_try = core_now(room->core), .sent = INSTANT_NONE, .why = "",
	};

	while (*to != '\0') {
		size_t len = strcspn(to, ",");

		*arena_push(room->arena, row.recipients, row.recipient_count) = (struct outbox_recipient){
		    .address = arena_strndup(room->arena, to, len), .state = OUTBOX_QUEUED, .reply = "" };
		to += len + (to[len] == ',');
	}
	room_freeze(room, &row);
}

/* ---- The words */

static struct outbox_row *
mail_of(struct room *room)
{
	struct outbox_row *row = NULL;
	struct err err;

	assert_int_equal(store_outbox(room->core->store, room->arena, 1, &row, &err), 0);
	assert_non_null(row);
	return row;
}

static void
send_role_says(struct room *room, struct frame *frame)
{
	struct frame in;
	struct err err = { ERR_NONE, "" };

	frame_init(&in, frame->type, room->core->sending.ticket);
	buf_add(&in.body, frame->body.data, frame->body.len);
	if (send_frame(room->core, &in, &err) == -1)
		fail_msg("%s", err.text);
	frame_free(&in);
	frame_free(frame);
}

static uint32_t
result_of(char letter)
{
	switch (letter) {
	case 'S':
		return SEND_SENT;
	case 'U':
		return SEND_UNKNOWN;
	case 'F':
		return SEND_FAILED;
	case 'B':
		return SEND_BARRED;
	case 'J':
	case 'N':
		return SEND_REJECTED;
	default:
		return SEND_RETRY;
	}
}

static uint32_t
code_of(char letter)
{
	return letter == 'S' || letter == 'R' ? 250 : letter == 'F' ? 550 : letter == 'r' ? 450 : 0;
}

/* "W0:WW": the mail's letter, a code where it is not the usual one, each one's letters. */
static void
result(struct room *room, const char *name, const char *word)
{
	const char *each = strchr(word, ':') + 1;
	bool no_code = word[1] == '0';
	struct frame frame;

	if (strlen(each) != room->heard->sent_to)
		fail_msg("%s: %s, but it was sent to %u", name, word, room->heard->sent_to);
	frame_init(&frame, WIRE_SENT, 0);
	put_u32(&frame, result_of(word[0]));
	put_u32(&frame, no_code ? 0 : word[0] == 'W' ? 451 : word[0] == 'S' ? 250 : word[0] == 'U' ? 0 : 550);
	put_str(&frame, word[0] == 'N' ? "5.1.1 user unknown" : "5.7.0 what the server says");
	put_u32(&frame, room->heard->sent_to);
	for (uint32_t i = 0; i < room->heard->sent_to; i++) {
		put_str(&frame, room->heard->to.v[i]);
		put_u32(&frame, result_of(each[i]));
		put_u32(&frame, code_of(each[i]));
		put_str(&frame, "said");
	}
	put_u32(&frame, 0);
	room->heard->sent_to = 0;
	send_role_says(room, &frame);
}

static void
add_header(struct room *room, struct message *message, const char *name, const char *value)
{
	*arena_push(room->arena, message->headers, message->header_count) =
	    (struct mail_header){ name, arena_strdup(room->arena, value) };
}

/* The mail as it comes into the mailbox; true: it goes among the sent mail. */
static bool
copy_comes(struct room *room, const char *word)
{
	static const struct mail_address nobody = { "", "" };
	struct message message = {
		.message_id = strcmp(word, "copy2") == 0 ? "rewritten@exchange.example" : ID, .in_reply_to = "", .thread_root = "",
		.from = { "", ADDRESS }, .sender = nobody, .subject = "EHC-20417: please write", .subject_peeled = "", .marking = "",
		.date = core_now(room->core), .received = INSTANT_NONE, .back_on = DAY_NONE, .original_message_id = "",
		.calendar_method = "", .calendar_answer = "", .new_text = "Please.", .forwarded_text = "", .quoted_text = "",
		.forwarded_from = nobody,
	};
	struct arrival arrival = {
		.pack = engine_pack(&room->core->engine, "birmingham"), .mailbox = ADDRESS, .trust = "none", .message = &message,
		.received = core_now(room->core), .spool_name = "x",
	};
	struct arrived *arrived;
	struct err err = { ERR_NONE, "" };
	char hex[17];
	int rc;

	compose_loop_mark(room->core->engine.secret, ADDRESS, hex);
	add_header(room, &message, COMPOSE_LOOP_HEADER, hex);
	add_header(room, &message, COMPOSE_ID_HEADER, ID);
	compose_proof(room->core->engine.secret, ADDRESS, strcmp(word, "other") == 0 ? "another@id" : ID, hex);
	if (strcmp(word, "forged") != 0)
		add_header(room, &message, COMPOSE_PROOF_HEADER, hex);
	snprintf(message.fingerprint, sizeof(message.fingerprint), "%064d", room->heard->copies++);
	rc = core_begin(room->core, &err);
	if (rc == 0)
		rc = engine_mail(&room->core->engine, room->arena, &arrival, core_now(room->core), &arrived, &err);
	if (rc == 0)
		rc = core_commit(room->core, &err);
	if (rc == 0 && arrived->copy_of != 0)
		rc = send_proven(room->core, arrived->copy_of, &err);
	if (rc == -1)
		fail_msg("%s", err.text);
	assert_false(arrived->needs_person && strcmp(word, "copy") != 0);
	assert_int_equal(arrived->case_id, 0);
	return arrived->copy;
}

static void
pass(struct room *room, long minutes, bool looked)
{
	struct err err;

	for (long i = 0; i < minutes; i++) {
		case_clock_set(&room->core->clock, core_now(room->core) + 60);
		if (looked)
			room->core->mailboxes[0].row.proven = core_now(room->core);
		assert_int_equal(copy_ask(room->core, &err), 0);
	}
}

static bool
person_says(struct room *room, const char *word)
{
	struct live live = { 0 };
	const char *argv[] = { "queue", word, "1", "--yes", NULL };
	int code;

	live.arena = room->arena;
	live.who = "uid 1";
	live.file = -1;
	code = core_live(room->core, &live, 4, (char **)(uintptr_t)argv);
	if (code != 0 && buf_text(&live.errors)[0] == '\0')
		fail_msg("%s is refused without a word", word);
	buf_free(&live.out);
	buf_free(&live.errors);
	return code == 0;
}

static const char *
letters(struct room *room, const struct outbox_row *row)
{
	char *text = arena_alloc(room->arena, row->recipient_count + 1);

	for (size_t i = 0; i < row->recipient_count; i++)
		text[i] = row->recipients[i].state == OUTBOX_RETRY && row->recipients[i].code == 250 ? 'R' :
		    "QGSrFUHD"[row->recipients[i].state];
	return text;
}

static size_t
triage_count(struct room *room)
{
	struct triage_row *waiting;
	struct err err;
	size_t count;

	assert_int_equal(store_triages(room->core->store, room->arena, true, &waiting, &count, &err), 0);
	return count;
}

static const char *
copy_word(const struct outbox_row *row)
{
	static const char *const names[] = { "none", "sending", "sent", "awaited", "refused", "early", "back" };

	return names[row->copy];
}

static void
word(struct room *room, const char *name, const char *w, bool *filed)
{
	struct outbox_row *row;
	struct err err = { ERR_NONE, "" };
	struct frame frame;

	if (str_starts(w, "go=") || strcmp(w, "idle") == 0) {
		if (send_next(room->core, &err) == -1)
			fail_msg("%s: %s", name, err.text);
		if (room->heard->sent_to != (uint32_t)atoi(str_starts(w, "go=") ? w + 3 : "0"))
			fail_msg("%s: %s, but it was handed over to %u", name, w, room->heard->sent_to);
	} else if (strcmp(w, "asked") == 0) {
		room->heard->go = false;
		frame_init(&frame, WIRE_SENDING, 0);
		send_role_says(room, &frame);
		assert_true(room->heard->go);
		assert_true(mail_of(room)->body_asked);
	} else if (strcmp(w, "lost") == 0) {
		room->heard->sent_to = 0;
		assert_int_equal(send_lost(room->core, &err), 0);
	} else if (strcmp(w, "copy") == 0 || strcmp(w, "copy2") == 0 || strcmp(w, "forged") == 0 || strcmp(w, "other") == 0) {
		*filed = copy_comes(room, w);
	} else if (w[0] == '+') {
		pass(room, atol(w + 1 + (w[1] == '+')), w[1] != '+');
	} else if (w[0] == '!') {
		if (person_says(room, w + 1))
			fail_msg("%s: %s is not refused", name, w + 1);
	} else if (strchr(w, ':') != NULL) {
		result(room, name, w);
	} else if (strcmp(w, "filed=sent") == 0 || strcmp(w, "filed=done") == 0) {
		if (*filed != (strcmp(w, "filed=sent") == 0))
			fail_msg("%s: not %s", name, w);
	} else if (strcmp(w, "alias") == 0) {
		assert_int_equal(store_outbox_by_message_id(room->core->store, room->arena, "rewritten@exchange.example", &row, &err), 0);
		assert_true(row != NULL && row->id == 1);
	} else if (strcmp(w, "asked-about") == 0 || strcmp(w, "only-told") == 0) {
		struct triage_row *waiting;
		size_t count;

		assert_int_equal(store_triages(room->core->store, room->arena, true, &waiting, &count, &err), 0);
		assert_int_equal(waiting[0].due == core_now(room->core), strcmp(w, "asked-about") == 0);
	} else if (strcmp(w, "barred") == 0) {
		assert_true(mail_of(room)->barred);
	} else if (strchr(w, '=') != NULL) {
		const char *is, *want = strchr(w, '=') + 1;

		row = mail_of(room);
		is = str_starts(w, "state=") ? outbox_state_name(row->state) : str_starts(w, "each=") ? letters(room, row) :
		    str_starts(w, "copy=") ? copy_word(row) :
		    str_starts(w, "waits=") ? arena_printf(room->arena, "%zu", triage_count(room)) :
		    arena_printf(room->arena, "%zu", room->core->engine.directory->absence_count);
		if (strcmp(is, want) != 0)
			fail_msg("%s: %s, but it is %s (%s)", name, w, is, row->why);
	} else if (!person_says(room, w)) {
		fail_msg("%s: %s is refused", name, w);
	}
}

static void
test_rows(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct room room;
		bool filed = false;
		char life[600], *w, *rest;

		set_up(&room, strchr(rows[i].options, 'n') == NULL);
		freeze(&room, rows[i].to, strchr(rows[i].options, 'e') != NULL);
		snprintf(life, sizeof(life), "%s", rows[i].life);
		assert_true(strlen(rows[i].life) < sizeof(life));
		for (w = strtok_r(life, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
			word(&room, rows[i].name, w, &filed);
		room_leave(&room);
	}
}

/* Twice as long each time up to an hour, never the same for two, the same again under the same seed. */
static void
test_waits(void **unused)
{
	static const struct { int tries; uint32_t after; long low, high; } waits[] = {
		{ 1, 0, 30, 60 }, { 2, 0, 60, 120 }, { 3, 0, 120, 240 }, { 6, 0, 960, 1920 }, { 7, 0, 1800, 3600 }, { 500, 0, 1800, 3600 },
		{ 1, 120, 120, 120 }, { 7, 10, 1800, 3600 }, { 1, 4000000, 86400, 86400 },
	};
	struct room room;
	size_t same = 0;

	(void)unused;
	set_up(&room, true);
	for (size_t i = 0; i < COUNT(waits); i++)
		for (int k = 0; k < 50; k++) {
			struct outbox_row row = { .tries = waits[i].tries };
			uint64_t seed = room.core->sending.random;
			instant now = core_now(room.core), at = retry_at(room.core, &row, waits[i].after), other = retry_at(room.core, &row, waits[i].after);

			if (at - now < waits[i].low || at - now > waits[i].high)
				fail_msg("try %d: %lld s", waits[i].tries, (long long)(at - now));
			same += waits[i].after < 100 && at == other;
			room.core->sending.random = seed;
			assert_int_equal(retry_at(room.core, &row, waits[i].after), at);
		}
	assert_true(same < 40);
	room_leave(&room);
}

/* Half a minute's mails at once, and none more after a restart. */
static void
test_pace_outlives_a_restart(void **unused)
{
	struct room room;
	struct err err = { ERR_NONE, "" };
	int went = 0;

	(void)unused;
	set_up(&room, true);
	room.config.per_minute = 20;
	assert_int_equal(send_open(room.core, 0, &err), 0);
	while (pace_take(room.core))
		went++;
	assert_true(went == 10 || went == 11);
	assert_int_equal(core_begin(room.core, &err), 0);
	assert_int_equal(pace_keep(room.core, &err), 0);
	assert_int_equal(core_commit(room.core, &err), 0);
	core_close(&room.core);
	room_open(&room);
	assert_false(pace_take(room.core));
	assert_true(room.core->sending.not_before_ms > clock_real_ms());
	room_leave(&room);
}

int
main(void)
{
	log_init("core", LOG_LEVEL_ERR);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_waits), cmocka_unit_test(test_pace_outlives_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
