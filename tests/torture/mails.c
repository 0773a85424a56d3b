/* The mails that arrive, as an authority, a worker, a stranger or a mail server writes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture.h"

#define BELIEVED "Authentication-Results: mx.childrenstrust.example; dmarc=pass header.from="

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* A Date header's form of now. */
static const char *
date_header(struct life *life)
{
	instant now = life_now(life);
	dayno day = instant_date(now);
	struct civil civil = date_to_civil(day);
	int minute = instant_minute(now);
	bool summer = instant_at(day, 12 * 60) % DAY != 12 * HOUR;

	return arena_printf(life->arena, "%d %s %d %02d:%02d:%02d %s", civil.day, months[civil.month - 1], civil.year,
	    minute / 60, minute % 60, (int)(now % 60), summer ? "+0100" : "+0000");
}

const char *
mail_id(struct life *life)
{
	return arena_printf(life->arena, "<t%u.%llu@outside.example>", ++life->ids, (unsigned long long)life->seed);
}

void
mail_deliver(struct life *life, const char *text, const char *what)
{
	const char *whole = arena_printf(life->arena, "Received: from outside.example by mx.childrenstrust.example; %s\n%s",
	    date_header(life), text);

	model_deliver(life->model, whole, life_now(life));
	life_say(life, "  a mail comes: %s", what);
}

/* ---- Mails, as the town has them */

/* Whom and what a mail is about. */
struct about {
	struct life		*life;
	struct chance		*chance;
	const char		*reference, *other;
	const struct child	*child;	/* NULL: known by the reference alone */
	const struct someone	*person;
};

static const char *
child_lines(struct life *life, const struct child *child)
{
	return arena_printf(life->arena, "Name: %s %s\nDate of birth: %d %s %d\nNHS number: %.3s %.3s %s\nOur reference: %s\n",
	    child->forename, child->surname, child->day, months[child->month - 1], child->year, child->nhs, child->nhs + 3,
	    child->nhs + 6, child->reference);
}

/* What stands between { and }. */
static const char *
hole(const struct about *about, const char *name)
{
	struct life *life = about->life;

	if (strcmp(name, "reference") == 0)
		return about->reference;
	if (strcmp(name, "other") == 0)
		return about->other;
	if (strcmp(name, "child") == 0)
		return about->child == NULL ? about->reference : child_lines(life, about->child);
	if (strcmp(name, "person") == 0)
		return about->person->name;
	if (strcmp(name, "somebody") == 0)
		return life->people[chance_below(about->chance, (unsigned)life->town->person_count)].name;
	if (strcmp(name, "version") == 0)
		return arena_printf(life->arena, "%u", chance_below(about->chance, 3));
	if (name[0] == '+' || name[0] == '-')		/* so many days from today */
		return date_words(life->arena, instant_date(life_now(life)) + (dayno)atoi(name));
	life_fail(life, "no mail has a {%s}", name);
	return "";
}

static const char *
filled(const struct about *about, const char *text)
{
	struct arena *arena = about->life->arena;
	struct buf out = BUF_INIT;
	const char *end;

	for (; *text != '\0'; text++)
		if (*text == '{' && (end = strchr(text, '}')) != NULL) {
			buf_add_str(&out, hole(about, arena_strndup(arena, text + 1, (size_t)(end - text) - 1)));
			text = end;
		} else
			buf_add_char(&out, *text);
	text = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static const char *
one_of(const struct about *about, const struct strs *list)
{
	if (list->n == 0)
		return "";
	return filled(about, list->v[list->n == 1 ? 0 : chance_below(about->chance, (unsigned)list->n)]);
}

/* "Name <address>", or the name of somebody in the directory. */
static struct sender
sender(const struct about *about, const char *from)
{
	struct arena *arena = about->life->arena;
	const char *address = strchr(from, '<');
	struct sender sender = { from, town_address(about->life->town, from) };

	if (address != NULL)
		sender = (struct sender){ str_trim(arena, arena_strndup(arena, from, (size_t)(address - from))),
		    arena_strndup(arena, address + 1, strcspn(address + 1, ">")) };
	if (sender.address == NULL || strchr(sender.address, '@') == NULL)
		life_fail(about->life, "nobody is called %s", from);
	return sender;
}

static const char *
file_content(struct life *life, const char *name, const char *inside)
{
	if (str_ends_nocase(name, ".pdf"))
		return arena_printf(life->arena, "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
		    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]"
		    "/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n4 0 obj<</Length %zu>>stream\n"
		    "BT /F 12 Tf 20 100 Td (%s) Tj ET\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
		    "trailer<</Size 6/Root 1 0 R>>\n%%%%EOF", strlen(inside) + 31, inside);
	return arena_printf(life->arena, "{\\rtf1 %s\\par}", inside);
}

static const char *
with_file(struct life *life, const char *from, const char *subject, const char *body, const char *name, const char *inside)
{
	const char *domain = strchr(from, '@') + 1;

	return arena_printf(life->arena, BELIEVED "%s\nFrom: <%s>\nTo: %s\nSubject: %s\nDate: %s\nMessage-ID: %s\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_t\"\n\n--=_t\n"
	    "Content-Type: text/plain; charset=utf-8\n\n%s\n\n--=_t\nContent-Type: application/%s; name=\"%s\"\n"
	    "Content-Disposition: attachment; filename=\"%s\"\n\n%s\n--=_t--\n", domain, from, life->town->watched, subject,
	    date_header(life), mail_id(life), body, str_ends_nocase(name, ".pdf") ? "pdf" : "rtf", name, name,
	    file_content(life, name, inside));
}

static const char *
mail_text(const struct about *about, const struct town_mail *mail)
{
	struct life *life = about->life;
	const char *name = one_of(about, &mail->from), *subject;
	struct sender from = strcmp(name, about->person->name) == 0 ? (struct sender){ name, about->person->address } : sender(about, name);
	bool has_file, signs = strcmp(name, about->person->name) != 0;
	const char *body;

	if (life->failure[0] != '\0')
		return "";
	subject = one_of(about, &mail->subject);
	has_file = mail->file.n > 0 && (mail->file_percent >= 100 || chance_percent(about->chance, (unsigned)mail->file_percent));
	body = one_of(about, &mail->body);
	if (has_file) {
		name = one_of(about, &mail->file);
		return with_file(life, from.address, subject, body, name, filled(about, mail->inside));
	}
	return arena_printf(life->arena, BELIEVED "%s\nFrom: %s <%s>\nTo: %s\nSubject: %s\nDate: %s\nMessage-ID: %s\n\n%s\n%s%s%s",
	    strchr(from.address, '@') + 1, from.name, from.address, life->town->watched, subject, date_header(life), mail_id(life),
	    body, signs ? "\n" : "", signs ? from.name : "", signs ? "\n" : "");
}

static struct about
about(struct life *life, struct happening *event)
{
	return (struct about){ .life = life, .chance = &event->chance, .reference = life->children[event->child].reference,
	    .other = life->children[(event->child + 1) % CHILDREN].reference, .child = &life->children[event->child],
	    .person = &life->people[event->person] };
}

static void
comes(struct life *life, struct happening *event, const struct town_mail *mail)
{
	struct child *child = &life->children[event->child];
	struct about it = about(life, event);
	const char *text = mail_text(&it, mail);

	if (life->failure[0] != '\0')
		return;
	if (mail->begins && child->request == NULL)
		child->request = text;
	mail_deliver(life, text, arena_printf(life->arena, "%s about %s from %s", mail->name, child->reference, it.person->name));
	for (size_t i = 0; i < mail->sequel_count && life->event_no <= life->events_enough; i++) {
		const struct sequel *sequel = &mail->sequels[i];
		struct happening *next;

		if (!chance_percent(&event->chance, (unsigned)sequel->percent))
			continue;
		next = life_event(life, life_now(life) + sequel->from_day * DAY + chance_below(&event->chance,
		    (unsigned)(sequel->to_day - sequel->from_day) * DAY), sequel->mail, mail_comes);
		next->child = event->child;
		next->person = event->person;
		next->number = town_mail(life->town, sequel->mail) - life->town->mails;
	}
}

void
mail_comes(struct life *life, struct happening *event)
{
	comes(life, event, &life->town->mails[event->number]);
}

/* One of those with which a life begins. */
void
mail_begins(struct life *life, struct happening *event)
{
	const struct town_mail *first[MAILS_MAX];
	unsigned n = 0;

	for (size_t i = 0; i < life->town->mail_count && n < MAILS_MAX; i++)
		if (life->town->mails[i].begins)
			first[n++] = &life->town->mails[i];
	comes(life, event, first[n == 1 ? 0 : chance_below(&event->chance, n)]);
}

const char *
mail_form(struct life *life, struct happening *event, const char *reference)
{
	struct about it = about(life, event);

	it.reference = reference;
	it.child = NULL;
	return mail_text(&it, life->town->form);
}

/* The mail with which it began once more, to the byte. */
void
mail_again(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];

	if (child->request != NULL)
		mail_deliver(life, child->request, arena_printf(life->arena, "the request about %s again", child->reference));
}

/* ---- From nobody in particular */

void
mail_stranger(struct life *life, struct happening *event)
{
	const char *const bodies[] = {
		"Please find attached our latest offers.", "Hello, could somebody ring me back about my son?",
		"APPROVED", arena_printf(life->arena, "WORKER %s", life->people[0].name), "STOP",
	};

	mail_deliver(life, arena_printf(life->arena, "From: Somebody <somebody@elsewhere.example>\nTo: %s\n"
	    "Subject: %s\nDate: %s\nMessage-ID: %s\n\n%s\n", life->town->watched,
	    chance_percent(&event->chance, 50) ? "Hello" : life->children[event->child].reference, date_header(life), mail_id(life),
	    bodies[chance_below(&event->chance, 5)]), "a stranger's mail");
}

void
mail_breaks_parser(struct life *life, struct happening *event)
{
	(void)event;
	mail_deliver(life, arena_printf(life->arena, "From: Somebody <somebody@elsewhere.example>\nTo: %s\n"
	    "Subject: this ends the reader\nDate: %s\nMessage-ID: %s\nX-Torture: crash\n\nThe reader says that it died of this.\n",
	    life->town->watched, date_header(life), mail_id(life)), "one that ends the reader");
}

/* ---- From people */

const char *
mail_answer(struct life *life, const struct someone *person, const struct accepted_mail *to, const char *subject,
    const char *words, bool threaded, const char *more_headers)
{
	return arena_printf(life->arena, BELIEVED "%s\nFrom: %s <%s>\nTo: %s\nSubject: %s\n%s%s%s%sDate: %s\n"
	    "Message-ID: %s\n\n%s\n\n%s\n", strchr(person->address, '@') + 1, person->name, person->address, life->town->watched, subject,
	    threaded ? arena_printf(life->arena, "In-Reply-To: %s\n", to->id) : "",
	    threaded ? arena_printf(life->arena, "References: %s\n", to->id) : "", more_headers, "", date_header(life),
	    mail_id(life), words, person->name);
}

const char *
mail_bounce_text(struct life *life, const char *address, const struct accepted_mail *of)
{
	const char *watched = life->town->watched;

	return arena_printf(life->arena, "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.childrenstrust.example>\n"
	    "To: %s\nSubject: Undelivered Mail Returned to Sender\nDate: %s\nMessage-ID: %s\nAuto-Submitted: auto-replied\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n\n--=_b\n"
	    "Content-Type: text/plain; charset=us-ascii\n\nYour mail to %s could not be delivered.\n\n--=_b\n"
	    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.childrenstrust.example\n\n"
	    "Final-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n\n--=_b\n"
	    "Content-Type: text/rfc822-headers\n\nMessage-ID: %s\nSubject: %s\nFrom: %s\nTo: %s\n\n--=_b--\n",
	    watched, date_header(life), mail_id(life), address, address, of->id, of->subject, watched, address);
}
