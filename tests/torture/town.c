/*
 * Reads a town: who works there, which mails come, in which words, and what
 * administrators try.  A pack's ways are data; the lives are the same code
 * for all of them.
 * Fails: the program ends, with the reason.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "conf/directory.h"
#include "town.h"

static config_t file;			/* for as long as the program runs: its strings are ours */
static struct arena *arena;

static void __attribute__((noreturn, format(printf, 1, 2)))
wrong(const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	fprintf(stderr, "torture: ");
	vfprintf(stderr, fmt, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	exit(2);
}

/* ---- Keys */

/* A misspelt one would be as good as not there, and what it says never tried.  keys: " a b ", each between spaces. */
static void
only(const config_setting_t *of, const char *keys)
{
	char key[64];

	for (int i = 0; i < config_setting_length(of); i++) {
		const config_setting_t *member = config_setting_get_elem(of, (unsigned)i);

		snprintf(key, sizeof(key), " %s ", config_setting_name(member));
		if (strstr(keys, key) == NULL)
			wrong("line %u: there is no key \"%s\"", config_setting_source_line(member), config_setting_name(member));
	}
}

static const char *
words(const config_setting_t *of, const char *key, const char *without)
{
	const char *value = without;

	config_setting_lookup_string(of, key, &value);
	if (value == NULL)
		wrong("line %u has no \"%s\"", config_setting_source_line(of), key);
	return value;
}

static int
number(const config_setting_t *of, const char *key, int without)
{
	config_setting_lookup_int(of, key, &without);
	return without;
}

static bool
is_on(const config_setting_t *of, const char *key)
{
	int value = 0;

	config_setting_lookup_bool(of, key, &value);
	return value != 0;
}

/* One string or a list of them. */
static struct strs
list(const config_setting_t *of, const char *key)
{
	const config_setting_t *value = config_setting_get_member(of, key);
	struct strs list = { NULL, 0 };

	if (value != NULL && config_setting_type(value) == CONFIG_TYPE_STRING)
		strs_add(arena, &list, config_setting_get_string(value));
	for (int i = 0; value != NULL && config_setting_is_aggregate(value) && i < config_setting_length(value); i++)
		strs_add(arena, &list, config_setting_get_string_elem(value, i));
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i] == NULL)
			wrong("line %u: \"%s\" holds something that is no text", config_setting_source_line(value), key);
	return list;
}

/* One is drawn of it. */
static struct strs
some(const config_setting_t *of, const char *key)
{
	struct strs all = list(of, key);

	if (all.n == 0)
		wrong("line %u has no \"%s\"", config_setting_source_line(of), key);
	return all;
}

static int
length(const config_setting_t *of, const char *key)
{
	const config_setting_t *value = config_setting_get_member(of, key);

	return value == NULL ? 0 : config_setting_length(value);
}

static const config_setting_t *
item(const config_setting_t *of, const char *key, int i)
{
	return config_setting_get_elem(config_setting_get_member(of, key), (unsigned)i);
}

/* ---- Groups */

/* Those that are named, or everybody of the directory. */
static void
read_people(struct town *town, const config_setting_t *root)
{
	struct strs named = list(root, "people");
	struct directory *directory;
	struct buf problems = BUF_INIT;
	struct err err;

	if (directory_read(arena, town->directory, &directory, &problems, &err) == -1)
		wrong("%s: %s%s", town->directory, err.text, buf_text(&problems));
	for (size_t i = 0; i < (named.n > 0 ? named.n : directory->count); i++) {
		const struct person *person = named.n > 0 ? NULL : &directory->people[i];
		struct sender *sender = arena_push(arena, town->people, town->person_count);

		if (named.n > 0 && directory_named(directory, named.v[i], &person, 1) != 1)
			wrong("%s does not know %s", town->directory, named.v[i]);
		*sender = (struct sender){ person->name, person->address };
	}
	if (town->person_count == 0 || town->person_count > PERSONS_MAX)
		wrong("%zu people are too few or too many", town->person_count);
}

static void
read_sequels(struct town_mail *mail, const config_setting_t *of)
{
	for (int i = 0; i < length(of, "then"); i++) {
		const config_setting_t *from = item(of, "then", i);
		struct sequel *sequel = arena_push(arena, mail->sequels, mail->sequel_count);

		only(from, " mail percent from to ");
		*sequel = (struct sequel){ words(from, "mail", NULL), number(from, "percent", 100), number(from, "from", 0),
		    number(from, "to", 1) };
		if (sequel->from_day < 0 || sequel->to_day <= sequel->from_day)
			wrong("line %u: no day lies from %d to %d", config_setting_source_line(from), sequel->from_day, sequel->to_day);
	}
}

static void
read_mails(struct town *town, const config_setting_t *root)
{
	for (int i = 0; i < length(root, "mails"); i++) {
		const config_setting_t *from = item(root, "mails", i);
		struct town_mail *mail = arena_push(arena, town->mails, town->mail_count);

		only(from, " name weight begins from subject body file file-percent inside then ");
		*mail = (struct town_mail){ .name = words(from, "name", NULL), .weight = number(from, "weight", 0), .begins = is_on(from, "begins"),
		    .from = list(from, "from"), .subject = list(from, "subject"), .body = list(from, "body"), .file = list(from, "file"),
		    .file_percent = number(from, "file-percent", 100), .inside = words(from, "inside", "A document.") };
		if (mail->from.n > 0 && (mail->subject.n == 0 || mail->body.n == 0))
			wrong("the mail \"%s\" has no subject, or no body", mail->name);
		read_sequels(mail, from);
	}
	for (size_t i = 0; i < town->mail_count; i++)
		for (size_t s = 0; s < town->mails[i].sequel_count; s++)
			(void)town_mail(town, town->mails[i].sequels[s].mail);
	if (town->mail_count > MAILS_MAX)
		wrong("%zu mails are too many", town->mail_count);
	town->form = town_mail(town, "the form");
}

static void
read_involved(struct town *town, const config_setting_t *root)
{
	for (int i = 0; i < length(root, "involved"); i++) {
		const config_setting_t *from = item(root, "involved", i);
		struct known_as *involved = arena_push(arena, town->involved, town->involved_count);

		only(from, " service worker flags ");
		*involved = (struct known_as){ words(from, "service", NULL), words(from, "worker", ""), words(from, "flags", "") };
	}
}

const struct town *
town_read(const char *pack)
{
	struct town *town;
	const config_setting_t *root;
	char path[300];

	arena = arena_new();
	town = arena_alloc(arena, sizeof(*town));
	snprintf(path, sizeof(path), "towns/%s.cfg", pack);
	config_init(&file);
	if (config_read_file(&file, path) != CONFIG_TRUE)
		wrong("%s:%d: %s", path, config_error_line(&file), config_error_text(&file));
	root = config_root_setting(&file);
	only(root, " mailbox watched administrator domains outside directory leaves cover leaves-on gone people involved born-from"
	    " born-years twice long-times fixed-date resting services remarks facts moves mails ");
	*town = (struct town){ .pack = arena_strdup(arena, pack), .mailbox = words(root, "mailbox", NULL), .watched = words(root, "watched", NULL),
	    .administrator = words(root, "administrator", NULL), .domains = list(root, "domains"), .outside = list(root, "outside"),
	    .directory = words(root, "directory", NULL), .leaves = words(root, "leaves", NULL), .cover = words(root, "cover", NULL),
	    .leaves_on = words(root, "leaves-on", NULL), .gone = words(root, "gone", NULL), .born_from = number(root, "born-from", 2010),
	    .born_years = number(root, "born-years", 10), .twice = is_on(root, "twice"), .long_times = number(root, "long-times", 1),
	    .fixed_date = words(root, "fixed-date", NULL), .resting = list(root, "resting"), .services = list(root, "services"),
	    .remarks = some(root, "remarks"), .facts = some(root, "facts"), .moves = some(root, "moves") };
	read_people(town, root);
	read_involved(town, root);
	read_mails(town, root);
	return town;
}

/* ---- Looking up */

const struct town_mail *
town_mail(const struct town *town, const char *name)
{
	for (size_t i = 0; i < town->mail_count; i++)
		if (strcmp(town->mails[i].name, name) == 0)
			return &town->mails[i];
	wrong("there is no mail \"%s\"", name);
}

const char *
town_address(const struct town *town, const char *name)
{
	for (size_t i = 0; i < town->person_count; i++)
		if (strcmp(town->people[i].name, name) == 0)
			return town->people[i].address;
	return NULL;
}
