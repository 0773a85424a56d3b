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
static void
make_child(const struct town *town, unsigned n, struct child *child)
{
	unsigned as = n % 4 == 3 ? n - 1 : n, digits = 100 + 37 * n;

	*child = (struct child){ .forename = forenames[(n * 5 + n / 8) % 8], .surname = surnames[as % 6],
	    .year = town->born_from + (int)(as * 7 % (unsigned)town->born_years), .month = 1 + (int)(as * 5 % 12), .day = 1 + (int)(as * 11 % 28),
	    .listed = n % 3 != 2 };
	snprintf(child->reference, sizeof(child->reference), "EHC-%05u", 20400 + n * 13);
	while (!nhs_number(digits, child->nhs))
		digits++;
}

static FILE *
list_file(const char *place, const char *name, unsigned version)
{
	char path[600];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s-%u.csv", place, name, version);
	if ((file = fopen(path, "w")) == NULL)
		abort();
	return file;
}

static void
list_child(FILE *file, const struct child *child, unsigned n, const struct known_as *as, bool closed)
{
	fprintf(file, "%u,%s %s,%04d-%02d-%02d,%s,,%s,%s,%s,%s,%s\n", 4410000 + n, child->forename, child->surname, child->year,
	    child->month, child->day, child->nhs, as->service, closed ? "closed" : "open",
	    !closed ? "" : n % 2 == 0 ? "2026-08-11" : "2026-03-02", as->worker, as->flags);
}

static void
involvement_file(const struct town *town, const char *place, unsigned version)
{
	FILE *file = list_file(place, "involvement", version);

	fprintf(file, "person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags\n");
	for (unsigned i = 0; i < POOL; i++) {
		const struct known_as *as = &town->involved[(i + version) % town->involved_count];
		const struct known_as *also = &town->involved[(i + version + 1) % town->involved_count];
		struct child child;

		make_child(town, i, &child);
		if (!child.listed)
			continue;
		list_child(file, &child, i, as, (i + version) % 5 == 4);
		if (town->twice && i % 3 == 0)
			list_child(file, &child, i, also, false);
	}
	fclose(file);
}

/* As it is, and as it is when one has left and one is not in it any more. */
static void
directory_file(const struct town *town, const char *place, unsigned version)
{
	FILE *from = fopen(town->directory, "r"), *to = list_file(place, "directory", version);
	char line[1000];

	if (from == NULL)
		abort();
	while (fgets(line, sizeof(line), from) != NULL)
		if (version == 1 && str_starts(line, town->leaves))
			fprintf(to, "%.*s,%s,,%s\n", (int)(strlen(line) - strlen(",,,\n")), line, town->cover, town->leaves_on);
		else if (version == 0 || !str_starts(line, town->gone))
			fputs(line, to);
	fclose(from);
	fclose(to);
}

void
script_files(const struct town *town, const char *place)
{
	for (unsigned version = 0; version < 2; version++) {
		directory_file(town, place, version);
		involvement_file(town, place, version);
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

/* Mails that need more than words. */
static const struct {
	const char	*name;
	event_act	*act;
} special[] = {
	{ "a request again", mail_again },
	{ "a stranger", mail_stranger },
	{ "breaks the parser", mail_breaks_parser },
};

/* Beside the mails of the town. */
static const struct {
	const char	*name;
	event_act	*act;
	unsigned	 weight;
} kinds[] = {
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

static event_act *
act_of(const struct town_mail *mail)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(mail->name, special[i].name) == 0)
			return special[i].act;
	return mail_comes;
}

/* A mail of the town, or one of the kinds, by their weights. */
static struct happening *
draw(struct life *life, struct chance *chance, instant begins, unsigned span)
{
	const struct town *town = life->town;
	struct happening *event;
	unsigned all = 0, at;
	size_t i;

	for (i = 0; i < town->mail_count; i++)
		all += (unsigned)town->mails[i].weight;
	for (i = 0; i < KINDS; i++)
		all += kinds[i].weight;
	at = chance_below(chance, all);
	for (i = 0; i < town->mail_count && at >= (unsigned)town->mails[i].weight; i++)
		at -= (unsigned)town->mails[i].weight;
	if (i < town->mail_count) {
		event = life_event(life, begins + chance_below(chance, span), town->mails[i].name, act_of(&town->mails[i]));
		event->number = (int64_t)i;
		return event;
	}
	for (i = 0; at >= kinds[i].weight; i++)
		at -= kinds[i].weight;
	return life_event(life, begins + chance_below(chance, span), kinds[i].name, kinds[i].act);
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

	if (size < 5)
		span *= (unsigned)life->town->long_times;
	life->events_enough = most;
	for (unsigned i = 0; i < CHILDREN; i++)
		make_child(life->town, (first + i) % POOL, &life->children[i]);
	for (unsigned i = 0; i < children; i++)
		life_event(life, begins + 5 * MINUTE + chance_below(&chance, i == 0 ? HOUR : span / 2), "a request", mail_begins)->child = (int)i;
	for (unsigned i = 0; i < count; i++) {
		struct happening *event = draw(life, &chance, begins, span);

		event->child = (int)chance_below(&chance, children + 1) % CHILDREN;
		event->person = (int)chance_below(&chance, (unsigned)life->town->person_count);
	}
}
