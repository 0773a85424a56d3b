/*
 * From roles to people over generated organisations: people who leave and
 * begin, absences with and without an end, addresses that bounce, cover that
 * goes round in circles, vacant posts, people outside the allowed domains.
 * For every role and day the answer must be there, be right, or be that there
 * is nobody; and then somebody is told.
 *
 *	people [ORGANISATIONS [SEED]]
 *
 * Prints the seed; the first faults are printed with the organisation that
 * shows them.  The last line is "N passed, N failed".
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case/decide.h"
#include "case/people.h"
#include "rule/read.h"

#define PEOPLE_MOST	24
#define DAYS		60
#define FAULTS_SHOWN	5
#define ADMINISTRATOR	"administrator@it.example"

struct org {
	struct arena	 *arena;
	const char	 *csv;
	struct directory *directory;
	struct case_state *state;
	struct world	  world;
	const char	 *worker;
};

static struct pack *pack;
static struct arena *lasting;	//X
static dayno first_day;
static uint64_t random_state, seed_now;
static unsigned long faults, checks;

/* ---- Chance */

static unsigned
chance(unsigned below)
{
	random_state += 0x9e3779b97f4a7c15u;
	uint64_t z = random_state;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ (z >> 31)) % below);
}

static bool
one_in(unsigned n)
{
	return chance(n) == 0;
}

static const char *
a_day(struct arena *arena, int low, int high)
{
	return date_iso(arena, first_day + low + (dayno)chance((unsigned)(high - low)));
}

/* ---- Organisations */

static const char *
address_of(struct arena *arena, unsigned i, const bool *outside)
{
	return arena_printf(arena, "p%u@%s", i, outside[i] ? "elsewhere.example" : "trust.example");
}

/* A manager is always one of the people before: no circles, as the import would refuse them. Cover is anybody. */
static void
add_line(struct arena *arena, struct buf *csv, unsigned i, unsigned count, const bool *outside)
{
	static const char *const posts[] = { "Support", "Head", "Team Manager", "Social Worker", "Social Worker", "" };
	static const char *const teams[] = { "North", "South" };
	unsigned cover = chance(count);

	buf_printf(csv, "%s,Person %u,%s,%s,%s,%s,%s,%s\n", address_of(arena, i, outside), i, posts[chance(6)], teams[chance(2)],
	    i > 0 && !one_in(4) ? address_of(arena, chance(i), outside) : "",
	    cover != i && one_in(2) ? address_of(arena, cover, outside) : "",
	    one_in(8) ? a_day(arena, -20, 30) : "", one_in(6) ? a_day(arena, 31, DAYS + 10) : "");
}

static void
add_absences(struct org *org)
{
	unsigned count = chance((unsigned)org->directory->count + 3);

	for (unsigned i = 0; i < count; i++) {
		struct absence *absence = arena_push(org->arena, org->directory->absences, org->directory->absence_count);
		bool bounce = one_in(3);

		absence->address = org->directory->people[chance((unsigned)org->directory->count)].address;
		absence->from = first_day - 5 + (dayno)chance(DAYS);
		absence->until = bounce || one_in(5) ? DAY_NONE : absence->from + 1 + (dayno)chance(30);
		absence->because = bounce ? "bounce" : "out-of-office";
	}
}

static void
add_case(struct org *org)
{
	struct case_state *state = org->state = arena_alloc(org->arena, sizeof(*state));
	struct case_strand *strand = arena_push(org->arena, state->strands, state->strand_count);
	struct case_fact *fact = arena_push(org->arena, state->facts, state->fact_count);

	org->worker = org->directory->people[chance((unsigned)org->directory->count)].address;
	state->reference = "EHC-20001";
	state->closed = INSTANT_NONE;
	state->opened = instant_at(first_day, 9 * 60);
	*strand = (struct case_strand){ .no = 1, .name = "advice", .service = "", .stage = "with-worker", .entry = 1,
		.began = state->opened, .entered = state->opened, .chased = "" };
	*fact = (struct case_fact){ .name = "worker", .value = org->worker, .who = "list", .at = state->opened };
}

static void
make(struct org *org)
{
	unsigned count = 1 + chance(PEOPLE_MOST);
	bool outside[PEOPLE_MOST];
	struct buf csv = BUF_INIT, problems = BUF_INIT;

	memset(org, 0, sizeof(*org));
	org->arena = arena_new();
	for (unsigned i = 0; i < count; i++)
		outside[i] = one_in(10);
	buf_add_str(&csv, "address,name,posts,team,manager,cover,from,until\n");
	for (unsigned i = 0; i < count; i++)
		add_line(org->arena, &csv, i, count, outside);
	org->csv = arena_strdup(org->arena, buf_text(&csv));
	if (directory_parse(org->arena, "directory.csv", org->csv, csv.len, &org->directory, &problems) == -1) {
		fprintf(stderr, "seed %llu: a sound directory was refused:\n%s%s", (unsigned long long)seed_now, org->csv,
		    buf_text(&problems));
		exit(1);
	}
	add_absences(org);
	add_case(org);
	org->world = (struct world){ .directory = org->directory, .mailbox = "box@trust.example", .administrator = ADMINISTRATOR,
		.answers_by_reference = true };
	buf_free(&csv);
	buf_free(&problems);
}

/* ---- What is true, found out in another way than case/ does */

static bool
is_there(const struct org *org, const struct person *person, dayno on)
{
	if ((person->from != DAY_NONE && on < person->from) || (person->until != DAY_NONE && on > person->until))
		return false;
	for (size_t i = 0; i < org->directory->absence_count; i++) {
		const struct absence *absence = &org->directory->absences[i];

		if (strcmp(absence->address, person->address) == 0 && absence->from <= on &&
		    (absence->until == DAY_NONE || absence->until > on))
			return false;
	}
	return true;
}

static bool
may_be_written_to(const char *address)
{
	return strstr(address, "@trust.example") != NULL || strcmp(address, "senar@senar.example") == 0;
}

static bool
may_stand(const struct org *org, const struct person *person, dayno on, const struct strs *not_these)
{
	return is_there(org, person, on) && may_be_written_to(person->address) && !strs_has_nocase(not_these, person->address);
}

/* Is somebody there: the person, or on the way up a manager, or along the cover of any of them? */
static bool
somebody_stands_in(const struct org *org, const struct person *person, dayno on, const struct strs *not_these)
{
	for (const struct person *above = person; above != NULL; above = directory_find(org->directory, above->manager)) {
		const struct person *cover = above;

		for (size_t i = 0; cover != NULL && i <= org->directory->count; i++) {
			if (may_stand(org, cover, on, not_these))
				return true;
			cover = directory_find(org->directory, cover->cover);
		}
	}
	return false;
}

/* ---- Faults */

static void __attribute__((format(printf, 5, 6)))
check(bool well, const struct org *org, dayno on, const char *recipient, const char *fmt, ...)
{
	va_list ap;

	checks++;
	if (well || ++faults > FAULTS_SHOWN)
		return;
	fprintf(stderr, "seed %llu, %s, %s (worker %s): ", (unsigned long long)seed_now, date_iso(org->arena, on), recipient, org->worker);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n%s", org->csv);
	for (size_t i = 0; i < org->directory->absence_count; i++) {
		const struct absence *absence = &org->directory->absences[i];

		fprintf(stderr, "away: %s %s - %s %s\n", absence->address, date_iso(org->arena, absence->from),
		    absence->until == DAY_NONE ? "" : date_iso(org->arena, absence->until), absence->because);
	}
}

/* ---- One recipient on one day */

static bool
note_names(const struct people *people, const char *address)
{
	for (size_t i = 0; i < people->notes.n; i++)
		if (strstr(people->notes.v[i], address) != NULL && strstr(people->notes.v[i], "instead") != NULL)
			return true;
	return false;
}

static void
check_recipient(struct org *org, const char *text, dayno on, bool escalating)
{
	struct recipients them = { 0 };
	struct recipient recipient;
	struct people_query query = { .pack = pack, .world = &org->world, .state = org->state, .strand = 1, .on = on,
		.them = &them, .escalating = escalating };
	struct people people, by_right;
	struct err err;

	recipient_parse(org->arena, "worker", arena_push(org->arena, them.v, them.n), &err);
	recipient_parse(org->arena, text, &recipient, &err);
	if (escalating)
		strs_add(org->arena, &query.pass_over, org->worker);
	people_of(org->arena, &query, &recipient, &people);
	query.keep_absent = true;
	query.escalating = false;
	people_of(org->arena, &query, &recipient, &by_right);
	for (size_t i = 0; i < people.addresses.n; i++) {
		const char *address = people.addresses.v[i];
		const struct person *person = directory_find(org->directory, address);

		check(may_be_written_to(address), org, on, text, "%s is in no allowed domain", address);
		check(person != NULL || strcmp(address, "senar@senar.example") == 0, org, on, text, "%s is nobody", address);
		check(person == NULL || is_there(org, person, on), org, on, text, "%s is away", address);
		check(!escalating || strcmp(address, org->worker) != 0, org, on, text, "%s would hear of their own delay", address);
		check(strs_has_nocase(&by_right.addresses, address) || recipient.choice_count > 1 || note_names(&people, address),
		    org, on, text, "%s stands in, and nothing says so", address);
	}
	for (size_t i = 0; people.addresses.n == 0 && recipient.choice_count == 1 && i < by_right.addresses.n; i++) {
		const struct person *person = directory_find(org->directory, by_right.addresses.v[i]);

		if (person == NULL)
			continue;
		check(people.refused.n > 0, org, on, text, "nobody was found, and nothing says why");
		check(!somebody_stands_in(org, person, on, &query.pass_over), org, on, text, "somebody stands in for %s, and was not found",
		    person->address);
	}
}

static void
check_people(struct org *org)
{
	static const char *const recipients[] = { "owner", "worker", "worker's manager", "head", "last-resort", "senar", "nobody", "them",
		"their manager", "them else owner", "officer else head", "officer" };
	static const char *const above[] = { "their manager else owner else last-resort", "their manager", "last-resort",
		"worker's manager", "owner else last-resort" };

	for (dayno on = first_day; on < first_day + DAYS; on += 4) {
		for (size_t i = 0; i < sizeof(recipients) / sizeof(recipients[0]); i++)
			check_recipient(org, recipients[i], on, false);
		for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
			/* A worker who holds the post that the last word goes to is above themselves by the rules' own words. */
			if (strchr(above[i], ' ') == NULL) {
				const struct person *worker = directory_find(org->directory, org->worker);

				if (strs_has_nocase(&worker->posts, "Head"))
					continue;
			}
			check_recipient(org, above[i], on, true);
		}
	}
}

/* ---- A whole ladder: nobody is written to who is away, nothing is silent, no statutory date moves */

static bool
is_alarm(const struct outgoing *mail)
{
	return strcmp(mail->template, "held") == 0 || strcmp(mail->template, "triage") == 0;
}

static void
check_decision(struct org *org, const struct decision *decision, dayno on, bool *alarmed)
{
	for (size_t i = 0; i < decision->mail_count; i++) {
		const struct outgoing *mail = &decision->mails[i];

		*alarmed |= is_alarm(mail);
		check(mail->to.n > 0, org, on, mail->template, "a mail to nobody");
		for (size_t a = 0; a < mail->to.n; a++) {
			const struct person *person = directory_find(org->directory, mail->to.v[a]);

			if (is_alarm(mail) && strcmp(mail->to.v[a], ADMINISTRATOR) == 0)
				continue;
			check(may_be_written_to(mail->to.v[a]), org, on, mail->template, "%s is in no allowed domain", mail->to.v[a]);
			check(person == NULL || is_there(org, person, on), org, on, mail->template, "%s is away", mail->to.v[a]);
		}
		for (size_t a = 0; a < mail->cc.n; a++) {
			const struct person *person = directory_find(org->directory, mail->cc.v[a]);

			check(may_be_written_to(mail->cc.v[a]), org, on, mail->template, "a copy to %s, in no allowed domain", mail->cc.v[a]);
			check(person == NULL || is_there(org, person, on), org, on, mail->template, "a copy to %s, who is away", mail->cc.v[a]);
		}
	}
	check(decision->held_count == 0 || *alarmed, org, on, "ladder", "something is held, and nobody was ever told");
	for (size_t i = 0; i < decision->deadline_count; i++)
		check(strcmp(decision->deadlines[i].name, "statutory") != 0 || decision->deadlines[i].version == 1, org, on, "statutory",
		    "the statutory date moved to %s", date_iso(org->arena, decision->deadlines[i].date));
}

static void
bounce(struct org *org, instant at, const char *address, bool *alarmed)
{
	struct message *m = arena_alloc(org->arena, sizeof(*m));
	struct classified *classified;
	struct event event = { .type = EVENT_MAIL, .at = at, .message = 900, .mail = m, .authenticated = true };
	struct decision *decision;
	size_t before = org->directory->absence_count;

	m->message_id = "bounce@test";
	m->in_reply_to = m->thread_root = m->marking = m->forwarded_text = m->quoted_text = m->new_text = "";
	m->original_message_id = m->calendar_method = m->calendar_answer = "";
	m->from.address = m->sender.address = "postmaster@trust.example";
	m->from.name = m->sender.name = m->forwarded_from.address = m->forwarded_from.name = "";
	m->subject = m->subject_peeled = "Undeliverable";
	m->date = m->received = at;
	m->back_on = DAY_NONE;
	m->notice = NOTICE_BOUNCE;
	*arena_push(org->arena, m->bounced, m->bounced_count) = (struct bounced){ address, "5.1.1", "" };
	classify(org->arena, pack, org->directory, m, at, &classified);
	event.classified = classified;
	decide(org->arena, pack, &org->world, org->state, &event, at, &decision);
	for (size_t i = 0; i < decision->absence_count; i++)
		*arena_push(org->arena, org->directory->absences, org->directory->absence_count) = decision->absences[i];
	check_decision(org, decision, instant_date(at), alarmed);
	check(org->directory->absence_count > before || directory_find(org->directory, address) == NULL, org, instant_date(at), address,
	    "mail came back, and it was not learned");
}

static void
check_ladder(struct org *org)
{
	struct event event = { .type = EVENT_TIMER };
	struct decision *decision;
	struct case_mail *request = arena_push(org->arena, org->state->mails, org->state->mail_count);
	instant at = instant_at(first_day, 9 * 60 + 1);
	bool alarmed = false;
	int turns = 0, bounces = 0;

	*request = (struct case_mail){ .message = 1, .kind = "request", .from = "senar@senar.example", .received = org->state->opened,
		.message_id = "request@test" };
	while (at < instant_at(first_day + DAYS, 0) && turns++ < 400) {
		event.at = at;
		decide(org->arena, pack, &org->world, org->state, &event, at, &decision);
		check_decision(org, decision, instant_date(at), &alarmed);
		for (size_t i = 0; i < decision->mail_count && bounces < 6; i++)
			if (one_in(3) && decision->mails[i].to.n > 0 && ++bounces)
				bounce(org, at, decision->mails[i].to.v[0], &alarmed);
		if (decision->next_due == INSTANT_NONE)
			break;
		at = decision->next_due > at ? decision->next_due : at + 86400;
	}
	check(turns < 400, org, first_day, "ladder", "the timers do not come to an end");
}

static bool
set_up(void)
{
	struct arena *arena = lasting = arena_new();
	struct problems problems = { .arena = arena };
	struct buf text = BUF_INIT;

	pack_read(arena, "tests/data/decide", "config/calendars", "small", &pack, &problems);
	problems_print(&problems, &text);
	fputs(buf_text(&text), stderr);
	buf_free(&text);
	first_day = date_from_civil(2026, 9, 7);
	return problems_errors(&problems) == 0;
}

int
main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000, bad = 0, before;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	if (!set_up())
		return 1;
	printf("people: %lu organisations from seed %llu\n", count, (unsigned long long)seed);
	for (unsigned long i = 0; i < count; i++) {
		struct org org;

		random_state = seed_now = seed + i;
		before = faults;
		make(&org);
		check_people(&org);
		check_ladder(&org);
		arena_free(&org.arena);
		bad += faults > before;
	}
	arena_free(&lasting);
	printf("%lu statements checked, %lu untrue\n", checks, faults);
	printf("%lu passed, %lu failed\n", count - bad, bad);
	return bad > 0;
}
