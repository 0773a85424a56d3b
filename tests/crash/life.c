/* Two requests for advice, one of which is worked through to its end; and a mail about both, which a person must place. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "life.h"

#define MAILS "tests/crash/mails/"

const struct scene life[] = {
	{ "2026-09-07T09:05", "01-request.eml", NULL, NULL },
	{ "2026-09-07T09:06", "01-request.eml", NULL, NULL },		/* the same mail once more */
	{ "2026-09-07T09:40", "02-second-request.eml", NULL, NULL },
	{ "2026-09-07T10:00", "03-unreadable.eml", NULL, NULL },
	{ "2026-09-08T09:00", "04-allocate.eml", "rosalind.achebe@childrenstrust.example", "EHC-20417: which officer" },
	{ "2026-09-09T09:00", "08-both.eml", NULL, NULL },
	{ "2026-09-15T11:00", "09-number.eml", "sandra.whitlock@childrenstrust.example", "needs your decision" },	/* after a reminder and an escalation */
	{ "2026-09-29T10:00", "05-advice.eml", NULL, NULL },		/* after two reminders */
	{ "2026-09-30T09:00", "06-officer.eml", "joanne.priddy@childrenstrust.example", "EHC-20417: please check" },
	{ "2026-10-01T09:00", "07-manager.eml", "rosalind.achebe@childrenstrust.example", "EHC-20417: please" },
	{ LIFE_ENDS, NULL, NULL, NULL },
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
