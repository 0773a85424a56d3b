/*
 * "advice": two requests for advice, one of which is worked through to its end; a mail about both, which a person must
 * place; a correction and its undoing, other rules, another directory, and the inbox made anew by the server.
 * "keeping": mail from before us is adopted, a backup is made, one case is erased on request and another when its time
 * is over, with what lies in quarantine; and then life goes on.
 * "days": two days, on which the owner of the mailbox gets a digest; older mail is left alone, and a mail that could not
 * be read is let out of quarantine.
 * "upkeep": rules are tried and kept, refused, and gone back to; a list comes into the watched folder, a mail is decided
 * again, the board is drawn; and the machine is lost and restored from a backup.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "life.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))
#define MAILS "tests/crash/mails/"

#define ANSWER	"rosalind.achebe@childrenstrust.example", "EHC-20417: which officer"
#define NUMBER	"sandra.whitlock@childrenstrust.example", "needs your decision"
#define CHECK	"joanne.priddy@childrenstrust.example", "EHC-20417: please check"
#define REVIEW	"rosalind.achebe@childrenstrust.example", "EHC-20417: please"
#define MAIL(file)	file, NULL, NULL, DEED_MAIL, { NULL }, NULL
#define TIME		MAIL(NULL)
#define REPLY(file, to)	file, to, DEED_MAIL, { NULL }, NULL
#define SAID(done, ...)	NULL, NULL, NULL, DEED_SAY, { __VA_ARGS__ }, done
#define DEED(deed, file) file, NULL, NULL, deed, { NULL }, NULL
#define RULES(number)	NULL, NULL, NULL, DEED_RULES, { number }, NULL
#define PUT(id)		NULL, NULL, NULL, DEED_PUT, { id }, NULL
#define CHANGES(n)	"SELECT count(*)>" #n " FROM change"
#define CLOSED(n)	"SELECT count(closed) FROM cases WHERE id=" #n
#define NOTHING_WAITS	"SELECT count(*)=0 FROM triage WHERE state='open'"
#define TRIED_AGAIN	"SELECT count(*) FROM journal WHERE detail LIKE 'quarantine-release %'"
#define BECAUSE		"--reason", "so it is", "--yes"

static const struct scene advice[] = {
	{ "2026-09-07T09:05", MAIL("01-request.eml") },
	{ "2026-09-07T09:06", MAIL("01-request.eml") },		/* the same mail once more */
	{ "2026-09-07T09:40", MAIL("02-second-request.eml") },
	{ "2026-09-07T10:00", MAIL("03-unreadable.eml") },
	{ "2026-09-08T09:00", REPLY("04-allocate.eml", ANSWER) },
	{ "2026-09-08T09:30", SAID(CHANGES(0), "correct", "EHC-20498", "due-date=2026-10-12", BECAUSE) },
	{ "2026-09-09T09:00", MAIL("08-both.eml") },
	{ "2026-09-09T09:30", DEED(DEED_ANEW, NULL) },
	{ "2026-09-10T09:00", RULES("2") },
	{ "2026-09-11T09:00", DEED(DEED_IMPORT, MAILS "directory-2.csv") },
	{ "2026-09-15T11:00", REPLY("09-number.eml", NUMBER) },	/* after a reminder and an escalation */
	{ "2026-09-16T11:00", SAID(CHANGES(1), "undo", "1", BECAUSE) },
	{ "2026-09-29T10:00", MAIL("05-advice.eml") },		/* after two reminders */
	{ "2026-09-30T09:00", REPLY("06-officer.eml", CHECK) },
	{ "2026-10-01T09:00", REPLY("07-manager.eml", REVIEW) },
	{ "2026-10-05T17:00", TIME },
};

static const struct scene keeping[] = {
	{ "2026-09-07T09:05", SAID(NULL, "adopt", "advice", "--from", "2026-09-05", "--yes") },
	{ "2026-09-07T09:10", SAID(NULL, "adopt", "advice", "--yes") },
	{ "2026-09-07T09:40", MAIL("02-second-request.eml") },
	{ "2026-09-07T10:00", MAIL("03-unreadable.eml") },
	{ "2026-09-07T10:30", SAID(NOTHING_WAITS, "resolve", "2", "DONE", BECAUSE) },
	{ "2026-09-07T11:00", SAID(NULL, "backup") },
	{ "2026-09-07T12:00", SAID(CLOSED(1), "close", "EHC-20533", BECAUSE) },
	{ "2026-09-07T12:30", SAID("SELECT count(purged) FROM cases WHERE id=1", "purge", "--case", "EHC-20533", BECAUSE) },
	{ "2026-09-07T13:00", SAID(CLOSED(2), "close", "EHC-20498", BECAUSE) },
	{ "2026-10-20T09:00", TIME },				/* its mails go */
	{ "2026-11-20T09:00", TIME },				/* and all of it */
	{ "2026-11-20T10:00", SAID(NULL, "purge", "--yes") },
	{ "2026-11-23T09:00", MAIL("01-request.eml") },
	{ "2026-11-24T09:00", TIME },
};

static const struct scene days[] = {
	{ "2026-09-07T09:01", SAID(NULL, "adopt", "advice", "--from", "2026-09-05", "--yes") },
	{ "2026-09-07T09:02", SAID(NULL, "adopt", "advice", "--leave", "--yes") },
	{ "2026-09-07T09:05", MAIL("03-unreadable.eml") },
	{ "2026-09-07T09:30", SAID(TRIED_AGAIN, "quarantine", "release", "advice.701.3") },
	{ "2026-09-07T10:00", MAIL("01-request.eml") },
	{ "2026-09-09T09:00", TIME },
};

static const struct scene upkeep[] = {
	{ "2026-09-07T09:05", MAIL("01-request.eml") },
	{ "2026-09-07T09:40", MAIL("02-second-request.eml") },
	{ "2026-09-07T10:00", PUT("<request-20498@birmingham.example>") },
	{ "2026-09-07T10:30", DEED(DEED_BOARD, NULL) },
	{ "2026-09-07T11:00", SAID(NULL, "backup") },
	{ "2026-09-07T11:30", DEED(DEED_LIST, MAILS "directory-2.csv") },
	{ "2026-09-07T12:00", RULES("2") },
	{ "2026-09-07T12:30", NULL, NULL, NULL, DEED_BACK, { NULL },
	  "SELECT count(*) FROM setting WHERE name='rules-back birmingham' AND value<>''" },
	{ "2026-09-07T13:00", RULES("3") },
	{ "2026-09-07T14:00", REPLY("04-allocate.eml", ANSWER) },
	{ "2026-09-07T15:00", DEED(DEED_RESTORE, NULL) },
	{ "2026-09-07T15:30", SAID("SELECT count(*)=0 FROM pause WHERE scope='restored'", "restored", "--yes") },
	{ "2026-09-08T09:00", MAIL("03-unreadable.eml") },
	{ "2026-09-08T10:00", DEED(DEED_BOARD, NULL) },
};

const struct life lives[] = {
	{ "advice", advice, COUNT(advice), { "00-before-us.eml" }, { 3, 12, 72, 3, 3 }, false, false, { NULL } },
	{ "keeping", keeping, COUNT(keeping), { "00-before-us.eml", "10-older-request.eml" }, { 1, 2, 72, 1, 1 },
	  false, false, { "Okonjo-Bligh", "request-20498@" } },
	{ "days", days, COUNT(days), { "00-before-us.eml", "10-older-request.eml" }, { 3, 12, 72, 3, 3 }, true, false, { NULL } },
	{ "upkeep", upkeep, COUNT(upkeep), { NULL }, { 3, 12, 72, 3, 3 }, false, true, { NULL } },
};
const size_t lives_count = COUNT(lives);

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

static void
deliver(struct model *model, const char *file, instant at, const struct accepted_mail *answered)
{
	struct buf text = BUF_INIT, mail = BUF_INIT;
	struct err err;
	char path[200];

	snprintf(path, sizeof(path), MAILS "%s", file);
	if (file_read(AT_FDCWD, path, 1 << 20, &text, &err) == -1) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		exit(2);
	}
	fill(&mail, buf_text(&text), answered);
	model_deliver(model, buf_text(&mail), at);
	buf_free(&mail);
	buf_free(&text);
}

void
life_begin(const struct life *life, struct model *model)
{
	instant at;

	for (size_t i = 0; i < COUNT(life->before) && life->before[i] != NULL; i++)
		if (instant_parse_iso("2026-09-05T10:00", &at))
			deliver(model, life->before[i], at + DAY_SECONDS * ((instant)i - 1), NULL);
}

/* From wherever the daemon moved it to. */
static int
put_into_retry(struct model *model, const char *id)
{
	for (size_t f = 0; f < model->folder_count; f++) {
		struct folder *folder = &model->folders[f];

		for (size_t i = 0; i < folder->count; i++)
			if (!folder->mails[i].deleted && str_same(folder->mails[i].id, id)) {
				folder_add(model, model_folder(model, "Retry", true), &folder->mails[i]);
				memmove(&folder->mails[i], &folder->mails[i + 1], (folder->count - i - 1) * sizeof(folder->mails[0]));
				folder->count--;
				return 0;
			}
	}
	return -1;
}

/* Whole at once, as an extract that is renamed into its place. */
static int
put_list(const char *from, const char *folder)
{
	struct buf text = BUF_INIT;
	struct err err;
	int dir = -1, rc = -1;

	if (file_read(AT_FDCWD, from, 1 << 20, &text, &err) == 0 && file_open_dir(folder, &dir, &err) == 0)
		rc = file_replace(dir, LIFE_LIST, buf_text(&text), text.len, &err);
	if (dir != -1)
		close(dir);
	buf_free(&text);
	return rc;
}

int
life_deliver(const struct life *life, struct model *model, const char *lists, size_t number)
{
	const struct scene *scene = &life->scenes[number];
	const struct accepted_mail *answered = NULL;
	instant at;

	if (scene->deed == DEED_PUT)
		return put_into_retry(model, scene->words[0]);
	if (scene->deed == DEED_LIST)
		return put_list(scene->file, lists);
	if (scene->asked != NULL) {
		answered = model_latest(model, scene->asked, scene->about);
		if (answered == NULL)
			return -1;
	}
	if (instant_parse_iso(scene->at, &at))
		deliver(model, scene->file, at, answered);
	return 0;
}
