/*
 * People: what they do with a mail of ours.  They answer by reply or by
 * button, twice, late or not at all, go on holiday, leave, send the form, or
 * write something that nobody asked for.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "torture.h"

#define ANSWERS_MAX	12

void
people_begin(struct life *life)
{
	for (size_t i = 0; i < life->town->person_count; i++)
		life->people[i] = (struct someone){ life->town->people[i].name, life->town->people[i].address, 0, false };
}

/* ---- Reading a mail of ours */

static int
hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The text part, out of its quoted-printable. */
static const char *
plain_text(struct life *life, const struct accepted_mail *mail)
{
	const char *p = strstr(mail->data, "Content-Type: text/plain"), *end;
	struct buf out = BUF_INIT;
	const char *text;

	p = p == NULL ? NULL : strstr(p, "\r\n\r\n");
	end = p == NULL ? NULL : strstr(p, "\r\n--=_");
	for (; p != NULL && *p != '\0' && (end == NULL || p < end); p++) {
		if (*p == '\r')
			continue;
		if (*p == '=' && p[1] == '\r')
			p += 2;
		else if (*p == '=' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
			buf_add_char(&out, (char)(hex_digit(p[1]) * 16 + hex_digit(p[2])));
			p += 2;
		} else
			buf_add_char(&out, *p);
	}
	text = arena_strdup(life->arena, buf_text(&out));
	buf_free(&out);
	return text;
}

/* Holes of an answer filled with something. */
static const char *
filled(struct life *life, struct chance *chance, const char *answer, size_t len)
{
	static const char *const dates[] = { "12 October 2026", "2 November 2026", "18/09/2026", "next Wednesday", "no idea" };
	const struct strs *services = &life->town->services;
	struct buf out = BUF_INIT;
	const char *end = answer + len, *text;

	while (answer < end) {
		const char *close = *answer == '(' ? memchr(answer, ')', (size_t)(end - answer)) : NULL;

		if (close == NULL) {
			buf_add_char(&out, *answer++);
			continue;
		}
		if (memmem(answer, (size_t)(close - answer), "date", 4) != NULL || memmem(answer, (size_t)(close - answer), "day", 3) != NULL)
			buf_add_str(&out, dates[chance_below(chance, 5)]);
		else if (memmem(answer, (size_t)(close - answer), "person", 6) != NULL)
			buf_add_str(&out, chance_percent(chance, 90) ? life->people[chance_below(chance, (unsigned)life->town->person_count)].name : "Nobody Atall");
		else if (memmem(answer, (size_t)(close - answer), "service", 7) != NULL && services->n > 0)
			buf_add_str(&out, services->v[chance_below(chance, (unsigned)services->n)]);
		else
			buf_add_str(&out, "the second page is missing");
		answer = close + 1;
	}
	text = arena_strdup(life->arena, buf_text(&out));
	buf_free(&out);
	return text;
}

/* One of the answers that the mail offers; NULL: it offers none. */
static const char *
an_answer(struct life *life, struct chance *chance, const char *text)
{
	static const char heading[] = "You may answer with:\n";
	const char *line = strstr(text, heading), *lines[ANSWERS_MAX];
	size_t n = 0, pick;

	if (line == NULL)
		return NULL;
	for (line += strlen(heading); str_starts(line, "  ") && n < ANSWERS_MAX; line = strchr(line, '\n') + 1) {
		lines[n++] = line + 2;
		if (strchr(line, '\n') == NULL)
			break;
	}
	if (n == 0)
		return NULL;
	pick = chance_below(chance, (unsigned)n);
	line = strstr(lines[pick], " - ");	/* behind it stands what the answer means */
	return filled(life, chance, lines[pick], line != NULL && line < strchrnul(lines[pick], '\n') ? (size_t)(line - lines[pick]) :
	    strcspn(lines[pick], "\n"));
}

static const char *
code_of(struct life *life, const char *text)
{
	const char *code = strstr(text, "Answer code: ");

	return code == NULL ? NULL : arena_strndup(life->arena, code + 13, strcspn(code + 13, "\r\n "));
}

static const char *
reference_of(struct life *life, const char *text)
{
	const char *reference = strstr(text, "EHC-");

	return reference == NULL ? NULL : arena_strndup(life->arena, reference, 9);
}

/* ---- What they do */

static struct someone *
person_at(struct life *life, const char *address)
{
	for (size_t i = 0; i < life->town->person_count; i++)
		if (str_same(life->people[i].address, address))
			return &life->people[i];
	return NULL;
}

static void
is_delivered(struct life *life, struct happening *event)
{
	mail_deliver(life, event->text, event->more);
}

static void
deliver_later(struct life *life, instant at, const char *text, const char *what)
{
	struct happening *event = life_event(life, at, what, is_delivered);

	event->text = text;
	event->more = what;
}

/* Held as an index: the list of mails moves when it grows. */
static void
answers(struct life *life, struct happening *event)
{
	const struct accepted_mail *mail = &life->model->accepted[event->number];
	struct someone *person = &life->people[event->person];
	const char *text = plain_text(life, mail), *answer = an_answer(life, &event->chance, text), *code = code_of(life, text), *out;
	const char *what = arena_printf(life->arena, "%s answers \"%s\" to \"%s\"", person->name, answer == NULL ? "" : answer, mail->subject);

	if (answer == NULL)
		return;
	if (code != NULL && chance_percent(&event->chance, 40))
		out = mail_answer(life, person, mail, arena_printf(life->arena, "%s [code %s]",
		    reference_of(life, text) == NULL ? "Answer" : reference_of(life, text), code), answer, false, "");
	else
		out = mail_answer(life, person, mail, arena_printf(life->arena, "RE: %s", mail->subject), answer, true, "");
	mail_deliver(life, out, what);
	if (chance_percent(&event->chance, 8))		/* the server delivers it twice */
		deliver_later(life, event->at + chance_below(&event->chance, DAY), out, "the same answer once more");
	if (chance_percent(&event->chance, 8)) {	/* they answer again, and otherwise */
		struct happening *again = life_event(life, event->at + chance_below(&event->chance, 3 * DAY), "answers again", answers);

		again->number = event->number;
		again->person = event->person;
	}
}

static void
says_something(struct life *life, struct happening *event)
{
	const struct strs *remarks = &life->town->remarks;
	const struct accepted_mail *mail = &life->model->accepted[event->number];
	const char *said = remarks->v[chance_below(&event->chance, (unsigned)remarks->n)];

	mail_deliver(life, mail_answer(life, &life->people[event->person], mail, arena_printf(life->arena, "RE: %s", mail->subject),
	    said, true, ""), arena_printf(life->arena, "%s says \"%s\" to \"%s\"", life->people[event->person].name, said, mail->subject));
}

static void
sends_the_form(struct life *life, struct happening *event)
{
	const struct accepted_mail *mail = &life->model->accepted[event->number];
	const char *reference = reference_of(life, mail->data);
	struct someone *person = &life->people[event->person];

	if (reference != NULL)
		mail_deliver(life, mail_form(life, event, reference), arena_printf(life->arena, "%s sends the form for %s", person->name, reference));
}

static void
out_of_office(struct life *life, struct happening *event)
{
	const struct accepted_mail *mail = &life->model->accepted[event->number];
	struct someone *person = &life->people[event->person];
	struct arena *arena = life->arena;

	mail_deliver(life, mail_answer(life, person, mail, arena_printf(arena, "Automatic reply: %s", mail->subject),
	    arena_printf(arena, "I am out of the office until %s.", date_words(arena, instant_date(person->away_until))), true,
	    "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n"), arena_printf(arena, "%s is out of the office", person->name));
}

static void
bounces(struct life *life, struct happening *event)
{
	const struct accepted_mail *mail = &life->model->accepted[event->number];

	mail_deliver(life, mail_bounce_text(life, life->people[event->person].address, mail),
	    arena_printf(life->arena, "a bounce for %s", life->people[event->person].name));
}

static void
will(struct life *life, size_t mail, const struct someone *person, instant in, const char *name, event_act *act)
{
	struct happening *event = life_event(life, life_now(life) + in, name, act);

	event->number = (int64_t)mail;
	event->person = (int)(person - life->people);
}

/* A mail lies in somebody's mailbox. */
static void
received(struct life *life, size_t index, struct someone *person)
{
	struct chance *chance = &life->chance;
	bool asks = strstr(life->model->accepted[index].data, "You may answer with:") != NULL;
	unsigned what = chance_below(chance, 100);

	if (life->healed || life->event_no > life->events_enough)
		return;
	if (person->dead)
		will(life, index, person, 1 + chance_below(chance, HOUR), "bounces", bounces);
	else if (person->away_until > life_now(life))
		will(life, index, person, 1 + chance_below(chance, 5 * MINUTE), "is away", out_of_office);
	else if (asks && what < 45)
		will(life, index, person, MINUTE + chance_below(chance, 2 * DAY), "answers", answers);
	else if (asks && what < 52)
		will(life, index, person, 3 * DAY + chance_below(chance, 30 * DAY), "answers late", answers);
	else if (what < 58)
		will(life, index, person, MINUTE + chance_below(chance, 2 * DAY), "says something", says_something);
	else if (what < 66)
		will(life, index, person, HOUR + chance_below(chance, 20 * DAY), "sends the form", sends_the_form);
}

void
people_look(struct life *life)
{
	for (; life->seen_accepted < life->model->accepted_count; life->seen_accepted++) {
		size_t index = life->seen_accepted;
		char to[2000];
		char *rest = to, *address;

		snprintf(to, sizeof(to), "%s", life->model->accepted[index].to);
		life_say(life, "  goes out to %s: %s", to, life->model->accepted[index].subject);
		while ((address = strsep(&rest, " ")) != NULL) {
			struct someone *person = person_at(life, address);

			if (person != NULL)
				received(life, index, person);
		}
	}
}

/* ---- Coming and going */

void
people_holiday(struct life *life, struct happening *event)
{
	life->people[event->person].away_until = life_now(life) + DAY + chance_below(&event->chance, 20) * DAY;
	life_say(life, "  %s goes on holiday", life->people[event->person].name);
}

void
people_gone(struct life *life, struct happening *event)
{
	life->people[event->person].dead = !life->people[event->person].dead;
	life_say(life, "  mail to %s %s", life->people[event->person].name, life->people[event->person].dead ? "bounces" : "arrives again");
}
