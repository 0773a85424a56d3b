/*
 * Two requests for advice, one of which is worked through to its end; a mail about both, which a person must place; a
 * correction and its undoing, other rules, another directory, and the inbox made anew by the server.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "life.h"

#define MAILS "tests/crash/mails/"

#define ANSWER	"rosalind.achebe@childrenstrust.example", "EHC-20417: which officer"
#define NUMBER	"sandra.whitlock@childrenstrust.example", "needs your decision"
#define CHECK	"joanne.priddy@childrenstrust.example", "EHC-20417: please check"
#define REVIEW	"rosalind.achebe@childrenstrust.example", "EHC-20417: please"
#define CHANGED(...) NULL, NULL, NULL, DEED_CHANGE, { __VA_ARGS__, "--reason", "so it is", "--yes" }

const struct scene life[] = {
	{ "2026-09-07T09:05", "01-request.eml", NULL, NULL, DEED_MAIL, { NULL } },
	{ "2026-09-07T09:06", "01-request.eml", NULL, NULL, DEED_MAIL, { NULL } },	/* the same mail once more */
	{ "2026-09-07T09:40", "02-second-request.eml", NULL, NULL, DEED_MAIL, { NULL } },
	{ "2026-09-07T10:00", "03-unreadable.eml", NULL, NULL, DEED_MAIL, { NULL } },
	{ "2026-09-08T09:00", "04-allocate.eml", ANSWER, DEED_MAIL, { NULL } },
	{ "2026-09-08T09:30", CHANGED("correct", "EHC-20498", "due-date=2026-10-12") },
	{ "2026-09-09T09:00", "08-both.eml", NULL, NULL, DEED_MAIL, { NULL } },
	{ "2026-09-09T09:30", NULL, NULL, NULL, DEED_ANEW, { NULL } },
	{ "2026-09-10T09:00", NULL, NULL, NULL, DEED_RULES, { NULL } },
	{ "2026-09-11T09:00", MAILS "directory-2.csv", NULL, NULL, DEED_IMPORT, { NULL } },
	{ "2026-09-15T11:00", "09-number.eml", NUMBER, DEED_MAIL, { NULL } },		/* after a reminder and an escalation */
	{ "2026-09-16T11:00", CHANGED("undo", "1") },
	{ "2026-09-29T10:00", "05-advice.eml", NULL, NULL, DEED_MAIL, { NULL } },	/* after two reminders */
	{ "2026-09-30T09:00", "06-officer.eml", CHECK, DEED_MAIL, { NULL } },
	{ "2026-10-01T09:00", "07-manager.eml", REVIEW, DEED_MAIL, { NULL } },
	{ LIFE_ENDS, NULL, NULL, NULL, DEED_MAIL, { NULL } },
};
const size_t life_count = sizeof(life) / sizeof(life[0]);

static void
fill(struct buf *out, const char *text, const struct accepted_mail *answered)
{
	while (*text != '\0') {
		if (answered != NULL && str_starts(text, "@ID@")) {
			buf_add_str(out, answered->id);
			text += 4;
		} else if (answered != NULL && str_starts(text, "@SUBJECT@")) {
			buf_add_str(out, answered->subject);
			text += 9;
		} else
			buf_add_char(out, *text++);
	}
}

void
life_anew(struct model *model)
{
	struct folder *inbox = model_folder(model, "INBOX", false);

	inbox->uidvalidity += 10;
	for (size_t i = 0; i < inbox->count; i++)
		inbox->mails[i].uid += 100;
	inbox->uidnext += 100;
}

int
life_deliver(struct model *model, size_t scene)
{
	const struct accepted_mail *answered = NULL;
	struct buf text = BUF_INIT, mail = BUF_INIT;
	struct err err;
	char path[200];
	instant at;

	if (life[scene].asked != NULL) {
		answered = model_latest(model, life[scene].asked, life[scene].about);
		if (answered == NULL)
			return -1;
	}
	snprintf(path, sizeof(path), MAILS "%s", life[scene].file);
	if (file_read(AT_FDCWD, path, 1 << 20, &text, &err) == -1 || !instant_parse_iso(life[scene].at, &at)) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		exit(2);
	}
	fill(&mail, buf_text(&text), answered);
	model_deliver(model, buf_text(&mail), at);
	buf_free(&mail);
	buf_free(&text);
	return 0;
}
