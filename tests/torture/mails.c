/* The mails that arrive, as an authority, a worker, a stranger or a mail server writes them. */
#include <stdio.h>
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

/* ---- From the authority */

static const char *
from_authority(struct life *life, const char *subject, const char *body)
{
	return arena_printf(life->arena, BELIEVED "birmingham.example\nFrom: SENAR <" AUTHORITY ">\nTo: " WATCHED "\n"
	    "Subject: %s\nDate: %s\nMessage-ID: %s\n\n%s\n\nSENAR\n", subject, date_header(life), mail_id(life), body);
}

static const char *
with_file(struct life *life, const char *from, const char *subject, const char *body, const char *name, const char *inside)
{
	const char *domain = strchr(from, '@') + 1;

	return arena_printf(life->arena, BELIEVED "%s\nFrom: <%s>\nTo: " WATCHED "\nSubject: %s\nDate: %s\nMessage-ID: %s\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_t\"\n\n--=_t\n"
	    "Content-Type: text/plain; charset=utf-8\n\n%s\n\n--=_t\nContent-Type: application/rtf; name=\"%s\"\n"
	    "Content-Disposition: attachment; filename=\"%s\"\n\n{\\rtf1 %s\\par}\n--=_t--\n", domain, from, subject,
	    date_header(life), mail_id(life), body, name, name, inside);
}

static const char *
child_lines(struct life *life, const struct child *child)
{
	return arena_printf(life->arena, "Name: %s %s\nDate of birth: %d %s %d\nNHS number: %.3s %.3s %s\nOur reference: %s\n",
	    child->forename, child->surname, child->day, months[child->month - 1], child->year, child->nhs, child->nhs + 3,
	    child->nhs + 6, child->reference);
}

void
mail_request(struct life *life, struct happening *event)
{
	struct child *child = &life->children[event->child];
	const char *subject = arena_printf(life->arena, "SEND advice request - stage two - %s", child->reference);
	const char *body = arena_printf(life->arena, "The authority has decided to carry out an EHC needs assessment.\n"
	    "Please provide social care advice for:\n\n%s", child_lines(life, child));
	const char *text = chance_percent(&event->chance, 30) ?
	    with_file(life, AUTHORITY, subject, body, "request.rtf", "The request.") : from_authority(life, subject, body);

	if (child->request == NULL)
		child->request = text;
	mail_deliver(life, text, arena_printf(life->arena, "request about %s", child->reference));
}

/* The same mail once more, to the byte. */
void
mail_again(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];

	if (child->request != NULL)
		mail_deliver(life, child->request, arena_printf(life->arena, "the request about %s again", child->reference));
}

void
mail_chaser(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];

	mail_deliver(life, from_authority(life, arena_printf(life->arena, "Overdue - %s", child->reference),
	    "We are still waiting for the social care advice. When can we expect it?"), "a chaser");
}

void
mail_query(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];

	mail_deliver(life, from_authority(life, arena_printf(life->arena, "A question about %s", child->reference),
	    "Could you tell us which team is working with the family?"), "a query");
}

void
mail_both(struct life *life, struct happening *event)
{
	const struct child *one = &life->children[event->child], *two = &life->children[(event->child + 1) % CHILDREN];

	mail_deliver(life, from_authority(life, "Social care advice", arena_printf(life->arena,
	    "Is there any news on %s and %s?", one->reference, two->reference)), "a mail about two children");
}

void
mail_not_assessing(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];

	mail_deliver(life, from_authority(life, arena_printf(life->arena, "Decision - %s", child->reference),
	    "We have decided not to assess. No social care advice is required any more."), "not assessing");
}

void
mail_draft(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];

	mail_deliver(life, with_file(life, AUTHORITY, arena_printf(life->arena, "Draft plan for comment - %s", child->reference),
	    arena_printf(life->arena, "Attached is the draft EHCP for comment.\n\n%s", child_lines(life, child)),
	    "draft EHCP.rtf", "The draft."), "a draft plan");
}

void
mail_final(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];

	mail_deliver(life, with_file(life, AUTHORITY, arena_printf(life->arena, "Final plan - %s", child->reference),
	    arena_printf(life->arena, "Attached is the final EHCP.\n\n%s", child_lines(life, child)),
	    "final EHCP.rtf", "The plan."), "a final plan");
}

void
mail_contact(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];

	mail_deliver(life, from_authority(life, arena_printf(life->arena, "Contact details - %s", child->reference),
	    "The parent's mobile number is 07700 900123."), "contact details");
}

/* ---- From nobody in particular */

void
mail_stranger(struct life *life, struct happening *event)
{
	static const char *const bodies[] = {
		"Please find attached our latest offers.", "Hello, could somebody ring me back about my son?",
		"APPROVED", "WORKER Sandra Whitlock", "STOP",
	};

	mail_deliver(life, arena_printf(life->arena, "From: Somebody <somebody@elsewhere.example>\nTo: " WATCHED "\n"
	    "Subject: %s\nDate: %s\nMessage-ID: %s\n\n%s\n",
	    chance_percent(&event->chance, 50) ? "Hello" : life->children[event->child].reference, date_header(life), mail_id(life),
	    bodies[chance_below(&event->chance, 5)]), "a stranger's mail");
}

void
mail_breaks_parser(struct life *life, struct happening *event)
{
	(void)event;
	mail_deliver(life, arena_printf(life->arena, "From: Somebody <somebody@elsewhere.example>\nTo: " WATCHED "\n"
	    "Subject: this ends the reader\nDate: %s\nMessage-ID: %s\nX-Torture: crash\n\nThe reader says that it died of this.\n",
	    date_header(life), mail_id(life)), "one that ends the reader");
}

/* ---- From people */

const char *
mail_answer(struct life *life, const struct someone *person, const struct accepted_mail *to, const char *subject,
    const char *words, bool threaded, const char *more_headers)
{
	return arena_printf(life->arena, BELIEVED "%s\nFrom: %s <%s>\nTo: " WATCHED "\nSubject: %s\n%s%s%s%sDate: %s\n"
	    "Message-ID: %s\n\n%s\n\n%s\n", strchr(person->address, '@') + 1, person->name, person->address, subject,
	    threaded ? arena_printf(life->arena, "In-Reply-To: %s\n", to->id) : "",
	    threaded ? arena_printf(life->arena, "References: %s\n", to->id) : "", more_headers, "", date_header(life),
	    mail_id(life), words, person->name);
}

const char *
mail_advice_text(struct life *life, const struct someone *person, const char *reference, const char *name, unsigned version)
{
	return with_file(life, person->address, arena_printf(life->arena, "Social care advice completed - %s", reference),
	    "The completed social care advice form is attached.", name,
	    arena_printf(life->arena, "Social care advice for %s, version %u: seen at home twice.", reference, version));
}

const char *
mail_bounce_text(struct life *life, const char *address, const struct accepted_mail *of)
{
	return arena_printf(life->arena, "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.childrenstrust.example>\n"
	    "To: " WATCHED "\nSubject: Undelivered Mail Returned to Sender\nDate: %s\nMessage-ID: %s\nAuto-Submitted: auto-replied\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n\n--=_b\n"
	    "Content-Type: text/plain; charset=us-ascii\n\nYour mail to %s could not be delivered.\n\n--=_b\n"
	    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.childrenstrust.example\n\n"
	    "Final-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n\n--=_b\n"
	    "Content-Type: text/rfc822-headers\n\nMessage-ID: %s\nSubject: %s\nFrom: " WATCHED "\nTo: %s\n\n--=_b--\n",
	    date_header(life), mail_id(life), address, address, of->id, of->subject, address);
}

/* Somebody sends the form of their own accord. */
void
mail_advice(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];
	const struct someone *person = &life->people[event->person];

	mail_deliver(life, mail_advice_text(life, person, child->reference, "social-care-advice.rtf",
	    chance_below(&event->chance, 3)), arena_printf(life->arena, "advice about %s from %s", child->reference, person->name));
}

/* A worker asks, in words of their own. */
void
mail_by_hand(struct life *life, struct happening *event)
{
	const struct child *child = &life->children[event->child];
	const struct someone *person = &life->people[event->person];
	static const char *const words[] = {
		"Do you know who has this one? I have no record.", "EXTEND 5 days: the family is away", "HOLD: school holidays",
		"RESUME", "WHY", "HELP", "NO COMMENTS", "DONE", "REASSIGN Joanne Priddy", "There is a safeguarding concern here.",
	};

	mail_deliver(life, arena_printf(life->arena, BELIEVED "%s\nFrom: %s <%s>\nTo: " WATCHED "\nSubject: %s\nDate: %s\n"
	    "Message-ID: %s\n\n%s\n", strchr(person->address, '@') + 1, person->name, person->address, child->reference,
	    date_header(life), mail_id(life), words[chance_below(&event->chance, 10)]),
	    arena_printf(life->arena, "words from %s about %s", person->name, child->reference));
}
