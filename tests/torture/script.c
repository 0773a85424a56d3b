/* What happens in a life, drawn from its seed: which children, which mails, which mishaps, and when. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>

#include "torture.h"

#define POOL		24	/* of children that the involvement list may know */

/* ---- Children */

static const char *const forenames[] = { "Zofia", "Idris", "Kwabena", "Lottie", "Maximilian", "Oluwaseun", "Siobhan", "Thaddeus" };
static const char *const surnames[] = { "Przybylska", "Vaughan-Hughes", "Asante-Frimpong", "Braithwaite", "Quillfeather", "Okonkwo-Bligh" };

/* With its check digit (modulus 11); false: this one has none. */
static bool
nhs_number(unsigned n, char number_r[16])
{
	unsigned sum = 0, check;

	snprintf(number_r, 16, "999%06u", n % 1000000);
	for (unsigned i = 0; i < 9; i++)
		sum += (unsigned)(number_r[i] - '0') * (10 - i);
	check = (11 - sum % 11) % 11;
	snprintf(number_r + 9, 7, "%u", check);
	return check != 10;
}

/* The same each time: the involvement list is one for all lives.  Every fourth is the twin of the one before. */
void
script_child(unsigned n, struct child *child)
{
	unsigned as = n % 4 == 3 ? n - 1 : n, digits = 100 + 37 * n;

	*child = (struct child){ .forename = forenames[(n * 5 + n / 8) % 8], .surname = surnames[as % 6],
	    .year = 2010 + (int)(as * 7 % 10), .month = 1 + (int)(as * 5 % 12), .day = 1 + (int)(as * 11 % 28),
	    .listed = n % 3 != 2 };
	snprintf(child->reference, sizeof(child->reference), "EHC-%05u", 20400 + n * 13);
	while (!nhs_number(digits, child->nhs))
		digits++;
}

void
script_files(const char *place)
{
	static const char *const workers[] = { "callum.strickland", "bronwen.tully", "priyanka.nair-holt", "" };
	char path[600];

	for (unsigned version = 0; version < 2; version++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/involvement-%u.csv", place, version);
		if ((file = fopen(path, "w")) == NULL)
			abort();
		fprintf(file, "person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags\n");
		for (unsigned i = 0; i < POOL; i++) {
			const char *worker = workers[(i + version) % 4];
			struct child child;
			bool closed = (i + version) % 5 == 4;

			script_child(i, &child);
			if (child.listed)
				fprintf(file, "%u,%s %s,%04d-%02d-%02d,%s,,CSC,%s,%s,%s%s,\n", 4410000 + i, child.forename, child.surname,
				    child.year, child.month, child.day, child.nhs, closed ? "closed" : "open",
				    !closed ? "" : i % 2 == 0 ? "2026-08-11" : "2026-03-02", worker, *worker == '\0' ? "" : "@" OWN_DOMAIN);
		}
		fclose(file);
	}
}

/* ---- Mishaps */

static void
crash_soon(struct life *life, struct happening *event)
{
	life->disk.crash_in = 1 + chance_below(&event->chance, chance_percent(&event->chance, 50) ? 30 : 300);
	life->disk.power_cut = chance_percent(&event->chance, 50);
}

static void
disk_trouble(struct life *life, struct happening *event)
{
	life->disk.fail_in = 1 + chance_below(&event->chance, 200);
	life->disk.fail_for = chance_percent(&event->chance, 60) ? 1 : 1 + chance_below(&event->chance, 60);
	life->disk.failing = chance_percent(&event->chance, 60) ? ENOSPC : EIO;
	if (chance_percent(&event->chance, 20))
		life->disk.crash_in = life->disk.fail_in + 1 + chance_below(&event->chance, 4);
}

static void
stop_for_a_while(struct life *life, struct happening *event)
{
	if (life->house == NULL)
		return;
	house_close(life);
	life->down_until = life_now(life) + 1 + (chance_percent(&event->chance, 60) ? chance_below(&event->chance, HOUR) :
	    chance_below(&event->chance, 30 * DAY));
	life_say(life, "  the daemon is stopped");
}

static void
imap_trouble(struct life *life, struct happening *event)
{
	life->flaky_imap = chance_percent(&event->chance, 40) ? 0 : chance_below(&event->chance, 150);
	if (chance_percent(&event->chance, 30)) {
		life->imap_down_until = life_now(life) + chance_below(&event->chance, 2 * DAY);
		wire_lose_imap(life);
	}
	life_say(life, "  IMAP fails in %u of 1000 commands", life->flaky_imap);
}

static void
smtp_trouble(struct life *life, struct happening *event)
{
	life->flaky_smtp = chance_percent(&event->chance, 40) ? 0 : chance_below(&event->chance, 150);
	if (chance_percent(&event->chance, 30))
		life->smtp_down_until = life_now(life) + chance_below(&event->chance, 2 * DAY);
	life_say(life, "  SMTP fails in %u of 1000 commands", life->flaky_smtp);
}

/* ---- The script */

static const struct {
	const char	*name;
	event_act	*act;
	unsigned	 weight;
} kinds[] = {
	{ "a request again", mail_again, 4 },
	{ "a chaser", mail_chaser, 5 },
	{ "a query", mail_query, 5 },
	{ "about two children", mail_both, 3 },
	{ "not assessing", mail_not_assessing, 3 },
	{ "a draft plan", mail_draft, 3 },
	{ "a final plan", mail_final, 2 },
	{ "contact details", mail_contact, 2 },
	{ "a stranger", mail_stranger, 3 },
	{ "breaks the parser", mail_breaks_parser, 2 },
	{ "the form", mail_advice, 8 },
	{ "words", mail_by_hand, 8 },
	{ "a holiday", people_holiday, 4 },
	{ "somebody leaves", people_gone, 3 },
	{ "a command", office_command, 18 },
	{ "a pause", office_pause, 4 },
	{ "lists", office_lists, 3 },
	{ "reload", office_reload, 3 },
	{ "unknown mails are looked for", office_resolve, 5 },
	{ "records", office_records, 4 },
	{ "in the mailbox", folder_touch, 6 },
	{ "the folder is made anew", folder_anew, 1 },
	{ "a crash", crash_soon, 10 },
	{ "disk trouble", disk_trouble, 6 },
	{ "the daemon is stopped", stop_for_a_while, 3 },
	{ "IMAP trouble", imap_trouble, 4 },
	{ "SMTP trouble", smtp_trouble, 5 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t
draw(struct chance *chance)
{
	unsigned all = 0, at;
	size_t i;

	for (i = 0; i < KINDS; i++)
		all += kinds[i].weight;
	at = chance_below(chance, all);
	for (i = 0; at >= kinds[i].weight; i++)
		at -= kinds[i].weight;
	return i;
}

void
script_write(struct life *life)
{
	struct chance chance = chance_new(life->seed, 3);
	instant begins = life_now(life);
	/* Most lives are short, for there are to be many; some are long. */
	unsigned size = chance_below(&chance, 20), most = size == 0 ? 90 : size < 5 ? 45 : 24;
	unsigned span = (2 + chance_below(&chance, most)) * DAY, count = 3 + chance_below(&chance, most / 3);
	unsigned first = chance_below(&chance, POOL), children = 1 + chance_below(&chance, most / 12);

	life->events_enough = most;
	for (unsigned i = 0; i < CHILDREN; i++)
		script_child((first + i) % POOL, &life->children[i]);
	for (unsigned i = 0; i < children; i++)
		life_event(life, begins + 5 * MINUTE + chance_below(&chance, i == 0 ? HOUR : span / 2), "a request", mail_request)->child = (int)i;
	for (unsigned i = 0; i < count; i++) {
		size_t kind = draw(&chance);
		struct happening *event = life_event(life, begins + chance_below(&chance, span), kinds[kind].name, kinds[kind].act);

		event->child = (int)chance_below(&chance, children + 1) % CHILDREN;
		event->person = (int)chance_below(&chance, PERSONS);
	}
}
