/*
 * What a server's refusal is about.  A recipient's is a bounce: somebody else
 * is tried.  One of us, or of the mail, says nothing about any person, and
 * waits for whoever looks after the mailbox.  Run by the send role; pure.
 * Invariant: in doubt nobody is taken for gone: what is not plainly about a
 * recipient is not.
 * Fails: never.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "send/refusal.h"

struct enhanced { int class, subject, detail; };

struct meaning {
	int		 subject, detail;	/* detail -1: any that stands in no row of its own */
	enum send_result means;
};

/* RFC 3463 and its registry, and what Exchange Online says. */
static const struct meaning meanings[] = {
	{ 1, 7, SEND_BARRED },		/* the sender's address */
	{ 1, 8, SEND_BARRED },
	{ 1, 9, SEND_REJECTED },	/* not a relay for this kind */
	{ 1, 20, SEND_REJECTED },	/* several From */
	{ 1, 90, SEND_BARRED },		/* Exchange: too many recipients today */
	{ 1, -1, SEND_FAILED },
	{ 2, 3, SEND_REJECTED },	/* larger than this mailbox takes */
	{ 2, -1, SEND_FAILED },
	{ 3, 4, SEND_REJECTED },
	{ 3, -1, SEND_REJECTED },
	{ 4, 1, SEND_FAILED },		/* Exchange: nobody of that name there */
	{ 4, 4, SEND_FAILED },		/* no way to that domain */
	{ 4, 310, SEND_FAILED },
	{ 4, -1, SEND_REJECTED },
	{ 5, 3, SEND_REJECTED },
	{ 5, -1, SEND_BARRED },
	{ 6, 7, SEND_FAILED },		/* the address needs SMTPUTF8 */
	{ 6, -1, SEND_REJECTED },
	{ 7, 2, SEND_REJECTED },	/* no right to write to that list */
	{ 7, 26, SEND_REJECTED },	/* the checks of the mail itself */
	{ 7, -1, SEND_BARRED },
};

static const char *const nobody[] = {
	"user unknown", "unknown user", "no such user", "no such recipient", "does not exist", "doesn't exist",
	"unknown recipient", "recipient unknown", "unknown mailbox", "no mailbox here", "mailbox not found",
	"recipient not found", "user not found", "mailbox unavailable", "account disabled", "account is disabled",
	"mailbox disabled", "mailbox is disabled", "mailbox full", "over quota", "quota exceeded", "invalid recipient",
	"invalid mailbox", "doesn't have", "not a valid recipient", "unrouteable address", "undeliverable address", NULL
};

static const char *const us[] = {
	"relay", "send as this sender", "authenticat", "sign in", "log in", "not authori", "sender rejected",
	"sender address", "blocked", "blacklist", "block list", "blocklist", "reputation", "spamhaus", "client host",
	"your ip", "not permitted", "rate limit", "too many", "suspended", "banned", NULL
};

static bool
says(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasestr(text, *words) != NULL)
			return true;
	return false;
}

static bool
read_enhanced(const char *text, struct enhanced *code_r)
{
	int n = 0;

	while (*text == '#' || *text == ' ')
		text++;
	return sscanf(text, "%1d.%3d.%3d%n", &code_r->class, &code_r->subject, &code_r->detail, &n) == 3 && n > 0 &&
	    (code_r->class == 4 || code_r->class == 5);
}

static enum send_result
by_enhanced(const struct enhanced *code, const char *text)
{
	/* Exchange says this under 5.2.0 and 5.2.252 too. */
	if (strcasestr(text, "SendAsDenied") != NULL)
		return SEND_BARRED;
	/* "5.7.1 user unknown" is about the user, whatever its numbers say. */
	if (code->subject == 7 && says(text, nobody) && !says(text, us))
		return SEND_FAILED;
	/* And "5.1.0 sender denied" about us. */
	if (code->subject == 1 && code->detail == 0 && says(text, us))
		return SEND_BARRED;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].subject == code->subject && (meanings[i].detail == code->detail || meanings[i].detail == -1))
			return meanings[i].means;
	return SEND_REJECTED;
}

/* "Sign in first" is said of us, not of the mail: it must not fail for it. */
static bool
is_about_sign_in(int code)
{
	return code == 530 || code == 534 || code == 535 || code == 538;
}

enum send_result
refusal_means(enum refusal_stage stage, int code, const char *text)
{
	struct enhanced enhanced;
	enum send_result means;

	if (code < 500 || code > 599)
		return SEND_RETRY;
	if (is_about_sign_in(code))
		return SEND_BARRED;
	if (read_enhanced(text, &enhanced) && enhanced.subject != 0) {
		means = by_enhanced(&enhanced, text);
		return means == SEND_FAILED && stage == REFUSAL_SENDER ? SEND_BARRED : means;
	}
	if (stage == REFUSAL_SENDER)
		return code == 552 || code == 523 ? SEND_REJECTED : SEND_BARRED;
	if (stage == REFUSAL_MAIL)
		return says(text, nobody) ? SEND_FAILED : SEND_REJECTED;
	if (says(text, nobody))
		return SEND_FAILED;
	return says(text, us) || code / 10 == 50 ? SEND_BARRED : SEND_FAILED;
}
