/*
 * advicectl doctor: tries everything that is configured, in order.  Runs in
 * advicectl, beside a daemon or without one.
 * Invariant: it changes nothing, here or on a server; what it says holds no
 * secret and no personal data.
 * Exit: 0 nothing is wrong, 1 something is, 2 misuse.
 */
#include "ctl/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "ctl/ctl.h"
#include "ctl/paint.h"

#define COLUMNS	88


/* ---- Saying it */

void
doctor_part(struct doctor *doctor, const char *part)
{
	doctor->part = part;
	doctor->titled = false;
}

void
doctor_trying(struct doctor *doctor, const char *what)
{
	if (doctor->watched)
		fprintf(stderr, "\r\033[K  ...   %s", what);
}

static void
say_json(const struct doctor *doctor, const char *verdict, const char *about, const char *text, const char *mend)
{
	struct buf out = BUF_INIT;

	json_open(&out, NULL, '{');
	json_str(&out, "part", doctor->part);
	json_str(&out, "about", about);
	json_str(&out, "verdict", verdict);
	json_str(&out, "text", text);
	json_str(&out, "mend", mend);
	json_close(&out, '}');
	puts(buf_text(&out));
	buf_free(&out);
}

/* Broken at spaces, each further line under the first. */
static void
say_lines(const char *text, int indent)
{
	int at = indent;

	while (*text != '\0') {
		int len = (int)strcspn(text, " \n");

		if (at > indent && at + 1 + len > COLUMNS) {
			printf("\n%*s", indent, "");
			at = indent;
		}
		at += printf("%s%.*s", at > indent ? " " : "", len, text);
		text += len;
		text += strspn(text, " \n");
	}
	putchar('\n');
}

void
doctor_say(struct doctor *doctor, enum doctor_verdict verdict, const char *about, const char *mend, const char *fmt, ...)
{
	static const char *const words[] = { "well", "note", "wrong" }, *const shown[] = { "well ", "note ", "WRONG" };
	static const enum paint paints[] = { PAINT_WELL, PAINT_DOUBT, PAINT_WRONG };
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	doctor->notes += verdict == DOCTOR_NOTE;
	doctor->wrong += verdict == DOCTOR_WRONG;
	if (doctor->watched)
		fputs("\r\033[K", stderr);
	if (doctor->json)
		say_json(doctor, words[verdict], about, str_visible(doctor->arena, text, 900), mend);
	else {
		if (!doctor->titled)
			printf("%s\n", paint(doctor->arena, doctor->colour, PAINT_HEAD, doctor->part));
		printf("  %s  ", paint(doctor->arena, doctor->colour, paints[verdict], shown[verdict]));
		say_lines(str_visible(doctor->arena, text, 900), 9);
		if (mend != NULL) {
			printf("         To mend it: ");
			say_lines(mend, 21);
		}
	}
	doctor->titled = true;
	fflush(stdout);
}

/* ---- The configuration */

static int
config_look(struct doctor *doctor, const char *path)
{
	struct problems problems = { .arena = doctor->arena };
	struct config *config = NULL;
	const struct problem *problem;
	int rc = config_read(doctor->arena, path, &config, &problems);

	doctor_part(doctor, "Configuration");
	for (size_t i = 0; i < problems.n; i++) {
		problem = &problems.v[i];
		doctor_say(doctor, problem->warning ? DOCTOR_NOTE : DOCTOR_WRONG, path, problem->hint, "%s%s%s",
		    problem->where.file == NULL ? "" : where_text(doctor->arena, problem->where),
		    problem->where.file == NULL ? "" : ": ",
		    problem->text);
	}
	if (rc == -1)
		return -1;
	place_defaults(doctor->arena, config);
	doctor->config = config;
	doctor_say(doctor, DOCTOR_WELL, path, NULL, "%s is sound: %zu pack%s, %zu mailbox%s", path, config->packs.n,
	    config->packs.n == 1 ? "" : "s", config_mailboxes(config), config_mailboxes(config) == 1 ? "" : "es");
	if (config->administrator == NULL)
		doctor_say(doctor, DOCTOR_NOTE, path, "administrator = \"it-support@council.example\"",
		    "nobody is named who hears about the daemon itself (\"administrator\")");
	return 0;
}

/* ---- All of it */

static int
finish(struct doctor *doctor)
{
	struct buf out = BUF_INIT;

	if (doctor->json) {
		json_open(&out, NULL, '{');
		json_bool(&out, "well", doctor->wrong == 0);
		json_int(&out, "wrong", (int64_t)doctor->wrong);
		json_int(&out, "notes", (int64_t)doctor->notes);
		json_close(&out, '}');
		puts(buf_text(&out));
		buf_free(&out);
	} else if (doctor->wrong == 0)
		printf("\n%s%s\n", paint(doctor->arena, doctor->colour, PAINT_WELL, "Nothing is wrong."),
		    doctor->notes == 0 ? "" : arena_printf(doctor->arena, " %zu thing%s worth knowing.", doctor->notes,
		    doctor->notes == 1 ? " is" : "s are"));
	else
		printf("\n%s\n", paint(doctor->arena, doctor->colour, PAINT_WRONG, arena_printf(doctor->arena,
		    "%zu thing%s to be mended.",
		    doctor->wrong, doctor->wrong == 1 ? " is" : "s are")));
	return fflush(stdout) != 0 ? ctl_fail(1, "the output could not be written") : doctor->wrong > 0;
}

static void
examine(struct doctor *doctor)
{
	doctor_folders(doctor);
	doctor_store(doctor);
	doctor_packs(doctor);
	doctor_lists(doctor);
	doctor_clock(doctor);
	doctor_mailboxes(doctor);
	doctor_sending(doctor);
	doctor_alarm(doctor);
	doctor_units(doctor);
	doctor_calendars(doctor);
}

/* /etc/adviced/town.cfg is that of adviced@town; adviced.cfg, or a file elsewhere, that of adviced. */
static const char *
instance(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *file = slash == NULL ? path : slash + 1;
	const char *folder = slash == NULL ? "" : arena_strndup(arena, path, (size_t)(slash - path));

	if (!str_ends_nocase(folder, "/adviced") || !str_ends_nocase(file, ".cfg") || strcmp(file, "adviced.cfg") == 0)
		return "";
	return arena_printf(arena, "@%.*s", (int)(strlen(file) - strlen(".cfg")), file);
}

/* What systemd shows to the service, where root looks: passwords are found as the daemon finds them. */
static void
use_credentials(const struct doctor *doctor)
{
	const char *folder = arena_printf(doctor->arena, "/run/credentials/adviced%s.service", doctor->at_name);

	if (access(folder, R_OK | X_OK) == 0)
		setenv("CREDENTIALS_DIRECTORY", folder, 0);
}

int
ctl_doctor(const struct ctl *ctl, int argc, char **argv)
{
	struct doctor doctor = { .arena = arena_new(), .colour = ctl->colour, .watched = isatty(STDERR_FILENO) == 1 };
	const char *path = ctl->config != NULL ? ctl->config : place_config(doctor.arena);
	int code;

	doctor.json = argc == 2 && strcmp(argv[1], "--json") == 0;
	if (argc > 1 + doctor.json) {
		arena_free(&doctor.arena);
		return ctl_usage("doctor");
	}
	doctor.at_name = instance(doctor.arena, path);
	use_credentials(&doctor);
	if (config_look(&doctor, path) == 0)
		examine(&doctor);
	code = finish(&doctor);
	store_close(&doctor.store);
	arena_free(&doctor.arena);
	return code;
}
