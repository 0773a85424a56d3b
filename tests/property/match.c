/*
 * Promise never-guess over many mails: a population of 10,000 children (and
 * another authority's with the same references) in a store, mails about them
 * in the styles of an office, honest and mistaken, matched as the daemon does.
 * Not one may join a case that is not its child's, and under 5 % of the honest
 * ones may need a person.  usage: match [MAILS [SEED]]
 *
 * What no reader could tell is not asked: a mail whose whole evidence fits the
 * wrong child as well as the right one.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pack_maker.h"
#include "population.h"

#include "base/file.h"
#include "case/match.h"
#include "case/names.h"
#include "mail/parse.h"
#include "store/store.h"

#define CHILDREN	10000
#define ELSEWHERE	2000	/* cases of another authority, with references of ours */
#define REAL_ONE_IN	20	/* so many go through the parser as real text */
#define NOBODY		SIZE_MAX
#define TODAY		date_from_civil(2026, 11, 20)
#define WORKER		"sam@x.example"
#define OUTSIDER	"parent@home.example"

static struct arena *lasting;
static struct store *store;
static struct pack *pack;
static struct directory *directory;
static struct child *children;
static struct err err;

static void
must(int result, const char *what)
{
	if (result == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, err.text);
	exit(2);
}

/* ---- The store */

static void
add_fact(struct decision *decision, const char *name, const char *value)
{
	struct case_fact *fact = arena_push(lasting, decision->facts, decision->fact_count);

	*fact = (struct case_fact){ .name = name, .value = value, .who = "" };
}

static const char *
request_id(struct arena *arena, const struct child *child)
{
	return arena_printf(arena, "request-%s@council.example", child->nhs);
}

static const char *
our_id(struct arena *arena, const struct child *child)
{
	return arena_printf(arena, "m.%s@trust.example", child->nhs);
}

static const char *
code_of(struct arena *arena, const struct child *child)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	char hash[65], code[9];

	sha256_hex(child->nhs, 10, hash);
	for (int i = 0; i < 8; i++)
		code[i] = letters[((unsigned char)hash[2 * i] * 7u + (unsigned char)hash[2 * i + 1]) % 32];
	code[8] = '\0';
	return arena_strdup(arena, code);
}

/* The request that opened the case, and a question of ours about it. */
static void
add_conversation(const char *of, const struct child *child)
{
	struct message_row row = { .pack = of, .received = 1, .kind = "advice-request", .case_id = child->case_id,
	    .state = "done", .spool_name = "", .record = "", .record_len = 0 };
	struct outbox_row out = { .case_id = child->case_id, .pack = of, .mailbox = "das", .state = OUTBOX_SENT,
	    .act = "ask", .template = "", .rule = "", .question = 1, .spool_name = "", .subject = "", .why = "",
	    .decided = 1, .sent = 1, .next_try = INSTANT_NONE };
	char hash[65];

	sha256_hex(child->nhs, 10, hash);
	row.fingerprint = arena_strdup(lasting, hash);
	must(store_message_put(store, &row, &err), "message");
	must(store_message_documents(store, row.id,
	    &(struct message){ .message_id = request_id(lasting, child), .thread_root = "" }, &err), "message-id");
	memcpy(out.sha256, hash, sizeof(hash));
	out.message_id = our_id(lasting, child);
	must(store_outbox_put(store, &out, &err), "outbox");
	sha256_hex(code_of(lasting, child), 8, hash);
	must(store_code_add(store, hash, child->case_id, 1, &err), "code");
}

static void
add_case(const char *of, struct child *child)
{
	struct decision decision = { .next_due = INSTANT_NONE, .opens_case = true, .reference = child->reference };
	dayno born = record_born(child);

	add_fact(&decision, "child-name", record_name(lasting, child));
	add_fact(&decision, "reference", child->reference);
	if (born != DAY_NONE)
		add_fact(&decision, "date-of-birth", date_iso(lasting, born));
	if (child->knows_nhs)
		add_fact(&decision, "nhs-number", child->nhs);
	if (child->knows_upn)
		add_fact(&decision, "upn", child->upn);
	must(store_case_new(store, of, 1, &child->case_id, &err), "case");
	must(store_apply(store, child->case_id, 0, &decision, 1, &err), "facts");
	add_conversation(of, child);
}

static void
fill_store(void)
{
	struct child *elsewhere;

	must(store_open(":memory:", &store, &err), "store");
	must(store_begin(store, &err), "store");
	children = population(lasting, CHILDREN, 20000);
	for (size_t i = 0; i < CHILDREN; i++)
		add_case("sample", &children[i]);
	elsewhere = population(lasting, ELSEWHERE, 1020000 + CHILDREN - ELSEWHERE / 2);
	for (size_t i = 0; i < ELSEWHERE; i++)
		add_case("another", &elsewhere[i]);
	must(store_commit(store, &err), "store");
}

/* ---- Writing a mail */

struct sketch {
	struct arena	*arena;
	const char	*from, *subject, *in_reply_to, *file;
	const char	*texts[SOURCE_COUNT];
	struct { enum said_kind kind; const char *value; enum text_source source; } said[12];
	size_t		 said_count;
	size_t		 about;		/* the child it may join, or NOBODY */
	size_t		 pretends;	/* another child whom its evidence names, or NOBODY */
	bool		 hidden;	/* NOBODY could tell the two apart: not counted */
};

static void
line(struct sketch *s, enum text_source source, const char *text)
{
	s->texts[source] = arena_printf(s->arena, "%s%s\n", s->texts[source], text);
}

static void
tell(struct sketch *s, enum said_kind kind, const char *value, enum text_source source)
{
	static const char *const labels[] = { [SAID_CHILD_NAME] = "Child's name", [SAID_DATE_OF_BIRTH] = "Date of birth",
		[SAID_NHS_NUMBER] = "NHS number", [SAID_UPN] = "UPN" };

	s->said[s->said_count].kind = kind;
	s->said[s->said_count].value = value;
	s->said[s->said_count++].source = source;
	line(s, source, arena_printf(s->arena, "%s: %s", labels[kind], value));
}

static const char *
upper(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);

	for (char *p = copy; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
	return copy;
}

/* As people write one: with the middle name or not, in capitals, the hyphen or accent gone, another apostrophe. */
static const char *
full_name(struct arena *arena, const struct child *child)
{
	bool middle = *child->middle != '\0' && percent(50);
	const char *forenames_ = arena_printf(arena, "%s%s%s", child->forename, middle ? " " : "", middle ? child->middle : "");

	switch (random_below(6)) {
	case 0:
		return arena_printf(arena, "%s %s", forenames_, upper(arena, child->surname));
	case 1: {
		const char *name = arena_printf(arena, "%s %s", forenames_, child->surname);
		const char *apostrophe = strchr(name, '\'');

		return apostrophe == NULL ? name : arena_printf(arena, "%.*s\xe2\x80\x99%s", (int)(apostrophe - name),
		    name, apostrophe + 1);
	}
	case 2: {
		char *name = arena_printf(arena, "%s %s", forenames_, child->surname);

		for (char *p = name; *p != '\0'; p++)
			if (*p == '-')
				*p = ' ';
		return name;
	}
	default:
		return arena_printf(arena, "%s %s", forenames_, child->surname);
	}
}

static const char *
mistyped(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text);
	size_t len = strlen(copy), at = 1 + random_below((uint32_t)len - 1);

	if ((unsigned char)copy[at] >= 0x80 || copy[at] == ' ' || (unsigned char)copy[at - 1] >= 0x80)
		return copy;
	if (percent(50))
		memmove(copy + at, copy + at + 1, len - at);
	else
		copy[at] = (char)('a' + random_below(26));
	return copy;
}

static const char *
iso(struct arena *arena, dayno day)
{
	return date_iso(arena, day);
}

static void
tell_name(struct sketch *s, size_t i, enum text_source source)
{
	tell(s, SAID_CHILD_NAME, full_name(s->arena, &children[i]), source);
}

static void
tell_birth(struct sketch *s, size_t i, enum text_source source)
{
	tell(s, SAID_DATE_OF_BIRTH, iso(s->arena, children[i].born), source);
}

/* Somebody whose reference is one digit away. */
static size_t
neighbour(size_t i)
{
	for (;;) {
		size_t power = 1, digit = random_below(4), moved;

		while (digit-- > 0)
			power *= 10;
		moved = i - i / power % 10 * power + random_below(10) * power;
		if (moved != i && moved < CHILDREN)
			return moved;
	}
}

static size_t
anybody_but(size_t i)
{
	size_t other = random_below(CHILDREN);

	return other == i ? (i + 1) % CHILDREN : other;
}

static bool
has_namesake(const struct child *child)
{
	for (size_t i = 0; i < CHILDREN; i++)
		if (children[i].born == child->born && strcmp(children[i].forename, child->forename) == 0)
			return true;
	return false;
}

/* A child that no case is about. */
static struct child
stranger(void)
{
	struct child child;

	do
		make_child(&child, 0, 2000000);
	while (has_namesake(&child));
	return child;
}

/* ---- Styles */

static void
subject_reference(struct sketch *s, size_t i)
{
	s->subject = arena_printf(s->arena, "%s%s", percent(30) ? "RE: Social care advice " : "Advice for ",
	    children[i].reference);
}

static void code(struct sketch *s, size_t i)
{
	s->subject = arena_printf(s->arena, "%s [code %s]", children[i].reference, code_of(s->arena, &children[i]));
}

static void reply_to_ours(struct sketch *s, size_t i)
{
	s->in_reply_to = our_id(s->arena, &children[i]);
}

static void thread(struct sketch *s, size_t i)
{
	s->in_reply_to = request_id(s->arena, &children[i]);
}

static void reference(struct sketch *s, size_t i)
{
	subject_reference(s, i);
}

static void reference_name(struct sketch *s, size_t i)
{
	line(s, SOURCE_NEW_TEXT, arena_printf(s->arena, "Our reference: %s", children[i].reference));
	tell_name(s, i, SOURCE_NEW_TEXT);
}

static void nhs_name(struct sketch *s, size_t i)
{
	tell_name(s, i, SOURCE_NEW_TEXT);
	tell(s, SAID_NHS_NUMBER, children[i].nhs, SOURCE_NEW_TEXT);
}

static void upn(struct sketch *s, size_t i)
{
	tell(s, SAID_UPN, children[i].upn, SOURCE_NEW_TEXT);
}

static void name_birth(struct sketch *s, size_t i)
{
	tell_name(s, i, SOURCE_NEW_TEXT);
	tell_birth(s, i, SOURCE_NEW_TEXT);
}

static void name_in_prose(struct sketch *s, size_t i)
{
	line(s, SOURCE_NEW_TEXT, arena_printf(s->arena, "Please find attached what we have about %s.",
	    full_name(s->arena, &children[i])));
	tell_birth(s, i, SOURCE_NEW_TEXT);
}

static void everything(struct sketch *s, size_t i)
{
	subject_reference(s, i);
	thread(s, i);
	name_birth(s, i);
	tell(s, SAID_NHS_NUMBER, children[i].nhs, SOURCE_NEW_TEXT);
}

static void file_name(struct sketch *s, size_t i)
{
	s->file = arena_printf(s->arena, "SCA %s.docx", children[i].reference);
}

static void forward(struct sketch *s, size_t i)
{
	line(s, SOURCE_FORWARDED, arena_printf(s->arena, "Advice for %s, please.", children[i].reference));
	tell_name(s, i, SOURCE_FORWARDED);
}

static void outsider(struct sketch *s, size_t i)
{
	s->from = OUTSIDER;
	reference(s, i);
}

static void foreign_numbers(struct sketch *s, size_t i)
{
	s->subject = arena_printf(s->arena, "[EXTERNAL] [Ticket %05u-QUARTERS] RE: SR-%05u %s", random_below(100000),
	    20000 + random_below(CHILDREN), children[i].reference);
}

static void other_case_quoted(struct sketch *s, size_t i)
{
	size_t other = anybody_but(i);

	reference(s, i);
	line(s, SOURCE_QUOTED, arena_printf(s->arena, "As for %s", children[other].reference));
	tell_name(s, other, SOURCE_QUOTED);
	tell_birth(s, other, SOURCE_QUOTED);
}

static void name_mistyped(struct sketch *s, size_t i)
{
	reference(s, i);
	tell(s, SAID_CHILD_NAME, arena_printf(s->arena, "%s %s", children[i].forename,
	    mistyped(s->arena, children[i].surname)), SOURCE_NEW_TEXT);
	tell_birth(s, i, SOURCE_NEW_TEXT);
}

static void birth_turned(struct sketch *s, size_t i)
{
	reference(s, i);
	tell_name(s, i, SOURCE_NEW_TEXT);
	tell(s, SAID_DATE_OF_BIRTH, iso(s->arena, turned(children[i].born)), SOURCE_NEW_TEXT);
}

static void surname_changed(struct sketch *s, size_t i)
{
	const char *surname = children[i].surname;

	while (surname == children[i].surname)
		surname = PICK(surnames);
	tell(s, SAID_CHILD_NAME, arena_printf(s->arena, "%s %s", children[i].forename, surname), SOURCE_NEW_TEXT);
	tell(s, SAID_NHS_NUMBER, children[i].nhs, SOURCE_NEW_TEXT);
	tell_birth(s, i, SOURCE_NEW_TEXT);
}

static void twin(struct sketch *s, size_t i)
{
	while (children[i].twin == i)
		i = (i + 1) % CHILDREN;
	s->about = i;
	if (percent(50))
		thread(s, i);
	name_birth(s, i);
}

/* ---- Mistakes */

static void slip(struct sketch *s, size_t i)
{
	s->pretends = neighbour(i);
	subject_reference(s, s->pretends);
	tell_name(s, i, SOURCE_NEW_TEXT);
	if (percent(50))
		tell_birth(s, i, SOURCE_NEW_TEXT);
}

static void slip_in_prose(struct sketch *s, size_t i)
{
	s->pretends = neighbour(i);
	subject_reference(s, s->pretends);
	line(s, SOURCE_NEW_TEXT, arena_printf(s->arena, "Here is the form for %s %s.", children[i].forename,
	    children[i].former != NULL ? children[i].former : children[i].surname));
}

static void slip_to_twin(struct sketch *s, size_t i)
{
	while (children[i].twin == i)
		i = (i + 1) % CHILDREN;
	s->about = i;
	s->pretends = children[i].twin;
	subject_reference(s, s->pretends);
	tell_name(s, i, SOURCE_NEW_TEXT);
	if (percent(50))
		tell_birth(s, i, SOURCE_NEW_TEXT);
	if (percent(30))
		s->in_reply_to = request_id(s->arena, &children[i]);
}

static void number_of_another(struct sketch *s, size_t i)
{
	s->pretends = anybody_but(i);
	tell(s, SAID_NHS_NUMBER, children[s->pretends].nhs, SOURCE_NEW_TEXT);
	name_birth(s, i);
}

static void number_and_reference_of_another(struct sketch *s, size_t i)
{
	s->pretends = anybody_but(i);
	subject_reference(s, s->pretends);
	tell(s, SAID_NHS_NUMBER, children[s->pretends].nhs, SOURCE_NEW_TEXT);
	tell_name(s, i, SOURCE_NEW_TEXT);
}

static void code_of_another(struct sketch *s, size_t i)
{
	s->pretends = anybody_but(i);
	s->subject = arena_printf(s->arena, "Advice [code %s]", code_of(s->arena, &children[s->pretends]));
	if (percent(50))
		tell_name(s, i, SOURCE_NEW_TEXT);
	else
		line(s, SOURCE_NEW_TEXT, children[i].reference);
}

static void old_conversation(struct sketch *s, size_t i)
{
	s->pretends = anybody_but(i);
	thread(s, s->pretends);
	switch (random_below(3)) {
	case 0:
		name_birth(s, i);
		break;
	case 1:
		tell(s, SAID_NHS_NUMBER, children[i].nhs, SOURCE_NEW_TEXT);
		break;
	default:
		reference(s, i);
	}
}

static void old_conversation_of_twin(struct sketch *s, size_t i)
{
	while (children[i].twin == i)
		i = (i + 1) % CHILDREN;
	s->about = i;
	s->pretends = children[i].twin;
	s->in_reply_to = percent(50) ? our_id(s->arena, &children[s->pretends]) :
	    request_id(s->arena, &children[s->pretends]);
	tell_name(s, i, SOURCE_NEW_TEXT);
}

static void history_only(struct sketch *s, size_t i)
{
	s->about = NOBODY;
	line(s, SOURCE_NEW_TEXT, "And what about the brother?");
	line(s, SOURCE_QUOTED, arena_printf(s->arena, "This is about %s", children[i].reference));
	tell_name(s, i, SOURCE_QUOTED);
	tell_birth(s, i, SOURCE_QUOTED);
}

static void several(struct sketch *s, size_t i)
{
	size_t other = anybody_but(i);

	s->about = NOBODY;
	line(s, SOURCE_NEW_TEXT, children[i].reference);
	line(s, SOURCE_NEW_TEXT, children[other].reference);
}

static void name_only(struct sketch *s, size_t i)
{
	s->about = NOBODY;
	tell_name(s, i, SOURCE_NEW_TEXT);
}

static void initials(struct sketch *s, size_t i)
{
	s->about = NOBODY;
	s->subject = arena_printf(s->arena, "RE: advice %c%c", children[i].forename[0], children[i].surname[0]);
	tell_birth(s, i, SOURCE_NEW_TEXT);
}

static void unknown_child(struct sketch *s, size_t i)
{
	struct child child = stranger();

	(void)i;
	s->about = NOBODY;
	tell(s, SAID_CHILD_NAME, full_name(s->arena, &child), SOURCE_NEW_TEXT);
	tell(s, SAID_DATE_OF_BIRTH, iso(s->arena, child.born), SOURCE_NEW_TEXT);
}

static void twin_without_case(struct sketch *s, size_t i)
{
	struct child child = children[i];

	s->about = NOBODY;
	do
		child.forename = PICK(forenames);
	while (has_namesake(&child));
	tell(s, SAID_CHILD_NAME, full_name(s->arena, &child), SOURCE_NEW_TEXT);
	tell_birth(s, i, SOURCE_NEW_TEXT);
}

static void of_another_authority(struct sketch *s, size_t i)
{
	s->about = NOBODY;
	s->subject = arena_printf(s->arena, "Advice for EHC-%05u", (unsigned)(20000 + CHILDREN + i % (ELSEWHERE / 2)));
}

static void form_of_another(struct sketch *s, size_t i)
{
	size_t other = anybody_but(i);

	reference(s, i);
	s->file = "SCA.docx";
	tell_name(s, other, SOURCE_ATTACHMENT_TEXT);
	tell(s, SAID_NHS_NUMBER, children[other].nhs, SOURCE_ATTACHMENT_TEXT);
}

/* Weights of the honest ones are what an office sends; the mistaken ones all come equally often. */
static struct style {
	const char	*name;
	void		(*write)(struct sketch *s, size_t i);
	unsigned	 weight;
	bool		 honest;
	size_t		 mails, joined, wrong, uncounted;
} styles[] = {
	{ "answer code in the subject", code, 60, true, 0, 0, 0, 0 },
	{ "reply to ours", reply_to_ours, 120, true, 0, 0, 0, 0 },
	{ "in the conversation", thread, 120, true, 0, 0, 0, 0 },
	{ "reference", reference, 150, true, 0, 0, 0, 0 },
	{ "reference and name", reference_name, 100, true, 0, 0, 0, 0 },
	{ "NHS number and name", nhs_name, 60, true, 0, 0, 0, 0 },
	{ "UPN", upn, 20, true, 0, 0, 0, 0 },
	{ "full name and date of birth", name_birth, 60, true, 0, 0, 0, 0 },
	{ "the same, in a sentence", name_in_prose, 40, true, 0, 0, 0, 0 },
	{ "everything", everything, 100, true, 0, 0, 0, 0 },
	{ "reference in a file's name", file_name, 30, true, 0, 0, 0, 0 },
	{ "forwarded", forward, 40, true, 0, 0, 0, 0 },
	{ "an outsider quotes a reference", outsider, 20, true, 0, 0, 0, 0 },
	{ "foreign numbers in the subject", foreign_numbers, 30, true, 0, 0, 0, 0 },
	{ "another case in the history", other_case_quoted, 30, true, 0, 0, 0, 0 },
	{ "a letter of the name wrong", name_mistyped, 15, true, 0, 0, 0, 0 },
	{ "day and month of birth turned", birth_turned, 10, true, 0, 0, 0, 0 },
	{ "the surname has changed", surname_changed, 10, true, 0, 0, 0, 0 },
	{ "a form of another child", form_of_another, 10, true, 0, 0, 0, 0 },
	{ "a twin", twin, 20, true, 0, 0, 0, 0 },
	{ "a digit of the reference wrong", slip, 20, false, 0, 0, 0, 0 },
	{ "the same, named in a sentence", slip_in_prose, 20, false, 0, 0, 0, 0 },
	{ "reference of the twin", slip_to_twin, 20, false, 0, 0, 0, 0 },
	{ "NHS number of another", number_of_another, 20, false, 0, 0, 0, 0 },
	{ "and reference of another", number_and_reference_of_another, 20, false, 0, 0, 0, 0 },
	{ "code of another", code_of_another, 20, false, 0, 0, 0, 0 },
	{ "conversation of another", old_conversation, 20, false, 0, 0, 0, 0 },
	{ "conversation of the twin", old_conversation_of_twin, 20, false, 0, 0, 0, 0 },
	{ "only the history names it", history_only, 20, false, 0, 0, 0, 0 },
	{ "several children", several, 20, false, 0, 0, 0, 0 },
	{ "a name alone", name_only, 20, false, 0, 0, 0, 0 },
	{ "initials", initials, 20, false, 0, 0, 0, 0 },
	{ "a child without a case", unknown_child, 5, false, 0, 0, 0, 0 },
	{ "the twin without a case", twin_without_case, 20, false, 0, 0, 0, 0 },
	{ "a case of another authority", of_another_authority, 20, false, 0, 0, 0, 0 },
};

static struct style *
any_style(void)
{
	unsigned sum = 0, at;

	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		sum += styles[i].weight;
	at = random_below(sum);
	for (size_t i = 0;; i++) {
		if (at < styles[i].weight)
			return &styles[i];
		at -= styles[i].weight;
	}
}

/* ---- From a sketch to a message */

static struct message *
as_parsed(const struct sketch *s)
{
	struct message *mail = make_mail(s->arena, s->from, s->subject, s->texts[SOURCE_NEW_TEXT]);

	mail->in_reply_to = s->in_reply_to;
	mail->forwarded_text = s->texts[SOURCE_FORWARDED];
	mail->quoted_text = s->texts[SOURCE_QUOTED];
	if (s->file != NULL)
		make_document(s->arena, mail, s->file, s->texts[SOURCE_ATTACHMENT_TEXT]);
	for (size_t i = 0; i < s->said_count; i++)
		make_said(s->arena, mail, s->said[i].kind, s->said[i].value, s->said[i].source);
	return mail;
}

static void
quote(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		fprintf(out, "> %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void
write_text(FILE *out, const struct sketch *s)
{
	fprintf(out, "From: Sam <%s>\nTo: das@x.example\nDate: Fri, 20 Nov 2026 09:00:00 +0000\n"
	    "Message-ID: <%u.%u@x.example>\nSubject: %s\n", s->from, random_below(1u << 30), random_below(1u << 30), s->subject);
	if (*s->in_reply_to != '\0')
		fprintf(out, "In-Reply-To: <%s>\n", s->in_reply_to);
	fprintf(out, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n");
	fprintf(out, "Hello,\n\n%s\nKind regards\nSam\n", s->texts[SOURCE_NEW_TEXT]);
	if (*s->texts[SOURCE_FORWARDED] != '\0')
		fprintf(out, "\n-----Original Message-----\nFrom: Nell <senar@council.example>\n"
		    "Sent: 19 November 2026 10:00\nTo: Sam\nSubject: Advice\n\n%s", s->texts[SOURCE_FORWARDED]);
	if (*s->texts[SOURCE_QUOTED] != '\0') {
		fprintf(out, "\nOn Thu, 19 Nov 2026 at 10:00, Nell <senar@council.example> wrote:\n");
		quote(out, s->texts[SOURCE_QUOTED]);
	}
}

/* Through the real parser; files and forwards are left to the made ones, whose form the parser's own tests prove. */
static struct message *
as_text(const struct sketch *s)
{
	int fd = memfd_create("mail", 0);
	FILE *out = fdopen(fd, "w+");
	struct message *mail = NULL;

	if (fd == -1 || out == NULL)
		must(err_set(&err, ERR_DAEMON, "no memory file"), "mail");
	write_text(out, s);
	(void)fflush(out);
	must(parse_message(s->arena, fd, -1, TODAY, &parse_limits_default, &mail, &err), "parsing");
	(void)fclose(out);
	return mail;
}

/* ---- The judgement */

static bool
fits(const struct sketch *s, size_t i)
{
	for (size_t k = 0; k < s->said_count; k++) {
		const char *value = s->said[k].value, *folded = str_fold_name(s->arena, value);
		dayno born = record_born(&children[i]);

		if (s->said[k].source > SOURCE_FORWARDED)
			continue;
		if (s->said[k].kind == SAID_CHILD_NAME && names_compare(folded, str_fold_name(s->arena,
		    record_name(s->arena, &children[i]))) < NAMES_PART)
			return false;
		if (s->said[k].kind == SAID_DATE_OF_BIRTH && born != DAY_NONE && strcmp(value, iso(s->arena, born)) != 0)
			return false;
		if (s->said[k].kind == SAID_NHS_NUMBER && children[i].knows_nhs && strcmp(value, children[i].nhs) != 0)
			return false;
	}
	return true;
}

static size_t
child_of(int64_t case_id)
{
	int64_t at = case_id - children[0].case_id;

	return at < 0 || at >= CHILDREN ? NOBODY : (size_t)at;
}

static void
complain(const struct sketch *s, const struct style *style, const struct matched *matched, size_t got)
{
	fprintf(stderr, "wrong: %s: joined %s, is about %s (%s)\n  subject: %s\n  text: %s\n", style->name,
	    got == NOBODY ? "a case of another authority" : children[got].reference,
	    s->about == NOBODY ? "no case" : children[s->about].reference, matched->why, s->subject,
	    s->texts[SOURCE_NEW_TEXT]);
	for (size_t i = 0; i < matched->evidence.n; i++)
		fprintf(stderr, "  - %s\n", matched->evidence.v[i]);
}

static void
judge(const struct sketch *s, struct style *style, const struct matched *matched)
{
	size_t got;

	style->mails++;
	if (matched->kind != MATCH_EXISTING)
		return;
	got = child_of(matched->case_id);
	if (got == s->about && got != NOBODY)
		style->joined++;
	else if (got != NOBODY && s->about != NOBODY && (got == s->pretends || style->honest) && s->said_count > 0 &&
	    fits(s, got) && strcmp(children[got].forename, children[s->about].forename) == 0)
		style->uncounted++;	/* all that the mail says is that child's too */
	else if (style->wrong++ < 5)
		complain(s, style, matched, got);
}

static void
one_mail(bool real)
{
	struct arena *arena = arena_new();
	struct sketch s = { .arena = arena, .from = WORKER, .subject = "Advice", .in_reply_to = "",
	    .about = random_below(CHILDREN), .pretends = NOBODY };
	struct style *style = any_style();
	struct message *mail;
	struct classified *classified;
	struct evidence *evidence;
	struct candidate *candidates;
	struct matched *matched;
	size_t count, candidate_count;

	for (int i = 0; i < SOURCE_COUNT; i++)
		s.texts[i] = "";
	style->write(&s, s.about);
	mail = real && s.file == NULL && *s.texts[SOURCE_FORWARDED] == '\0' ? as_text(&s) : as_parsed(&s);
	classify(arena, pack, directory, mail, instant_at(TODAY, 540), &classified);
	evidence_of(arena, mail, classified, &evidence, &count);
	must(store_candidates(store, arena, "sample", evidence, count, &candidates, &candidate_count, &err), "candidates");
	match(arena, pack, mail, classified, candidates, candidate_count, &matched);
	judge(&s, style, matched);
	arena_free(&arena);
}

static int
report(void)
{
	size_t honest = 0, triage = 0, wrong = 0, silent = 0;

	printf("%-36s %8s %8s %8s %6s\n", "style", "mails", "joined", "person", "wrong");
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		const struct style *style = &styles[i];
		size_t person = style->mails - style->joined - style->wrong - style->uncounted;

		printf("%-36s %8zu %8zu %8zu %6zu%s\n", style->name, style->mails, style->joined, person, style->wrong,
		    style->honest ? "" : "  (mistaken)");
		wrong += style->wrong;
		silent += style->mails == 0;
		honest += style->honest ? style->mails : 0;
		triage += style->honest ? person : 0;
	}
	printf("honest mails that need a person: %zu of %zu, %.2f %%\n", triage, honest,
	    honest == 0 ? 0.0 : 100.0 * (double)triage / (double)honest);
	printf("%d passed, %d failed\n", (wrong == 0) + (triage * 20 < honest) + (silent == 0),
	    (wrong != 0) + (triage * 20 >= honest) + (silent != 0));
	return wrong != 0 || triage * 20 >= honest || silent != 0;
}

int
main(int argc, char **argv)
{
	unsigned long mails = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;

	printf("%d children, %lu mails, seed %lu\n", CHILDREN, mails, seed);
	random_seed(seed);
	lasting = arena_new();
	pack = make_pack(lasting, "manager", "x.example|council.example");
	make_kind(lasting, pack, "advice", NULL, "advice", NULL);
	directory = make_directory(lasting, "sam@x.example,Sam Worker,Social Worker,Erdington,,,,\n");
	parse_start();
	fill_store();
	for (unsigned long i = 0; i < mails; i++)
		one_mail(i % REAL_ONE_IN == 0);
	return report();
}
