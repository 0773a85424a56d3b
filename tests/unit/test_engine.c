/*
 * The way of a mail through the engine and the store, as tables: each case is
 * a few mails and days in one mailbox, and the exact trace of where each mail
 * belonged, whether a person must look, and what went out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/engine_private.h"
#include "mail/compose.h"
#include "post.h"

#define STEPS	9

struct step {
	const char	*at;		/* "2026-09-07T09:12" */
	const char	*from;		/* NULL: time passes until at, timers run */
	const char	*subject, *text;
	const char	*flags;		/* words, see mail_of() */
};

struct life {
	const char	*name;
	struct step	 steps[STEPS];
	const char	*want;
};

#define REQUEST	{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", NULL }
#define ASKED	"new request: question to head\n"
#define ALLOCATE { "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1" }
#define NAMED	"existing other: forward to officer, echo to head\n"

#define SUPPORT	"support@trust.example"
#define REQUEST_2 { "2026-09-07T09:30", "senar@senar.example", "EHC-20002", "please advise", NULL }
#define BOTH	{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001 and EHC-20002", "ping", NULL }
#define UNCLEAR	"ambiguous ping needs a person: triage to support\n"

#define TWO_CHILDREN { "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", "Zofia" }, \
	{ "2026-09-07T09:01", "senar@senar.example", "EHC-20463", "please advise", "child" }
#define TWO_ASKED	ASKED ASKED
#define HELD_ADVICE	"existing advice needs a person: held to support\n"

static const struct life lives[] = {
	{ "a request, an answer found by the message-id of ours, advice: returned", {
		REQUEST, ALLOCATE,
		{ "2026-09-09T10:00", "officer@trust.example", "EHC-20001", "here it is", "file" } },
	  ASKED NAMED "existing advice: forward to senar\n" },
	{ "the answer finds its question by the code in the subject alone", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "ALLOCATE", "ALLOCATE Olaf Officer", "code:1" } },
	  ASKED NAMED },
	{ "an answer in a foreign thread finds no question, and the owner is asked", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "hello", "ALLOCATE Olaf Officer", NULL } },
	  ASKED "none other needs a person: triage to support\n" },
	{ "the reference alone lets nobody answer: whoever was asked gets the question again", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "EHC-20001", "ALLOCATE Olaf Officer", NULL } },
	  ASKED "existing other: echo-refused to head\n" },
	{ "the same mail twice has one effect", {
		REQUEST,
		{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", "same" } },
	  ASKED "duplicate\n" },
	{ "a forged answer changes nothing and is put before the owner", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1 forged" } },
	  ASKED "existing other needs a person: triage to support\n" },
	{ "a forged request opens no case", {
		{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", "forged" } },
	  "none request needs a person: triage to support\n" },
	{ "a forged absence sends nobody's mail elsewhere, and nobody is written to about it", {
		REQUEST, ALLOCATE,
		{ "2026-09-08T09:00", "officer@trust.example", "Automatic reply: forward", "I am away", "reply:2 away:2026-10-13 forged" },
		{ "2026-10-12T12:00", NULL, NULL, NULL, NULL } },
	  ASKED NAMED "existing other needs a person:\n2026-10-12 remind to officer\n" },
	{ "a pass for somebody else's domain, or in a stranger's words, proves nothing", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1 other-domain" },
		{ "2026-09-07T10:01", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1 quoted-pass" } },
	  ASKED "existing other needs a person: triage to support\n"
	  "existing other needs a person: triage to support\n" },
	{ "a forged command moves nothing; the same from the proven sender does", {
		REQUEST, ALLOCATE,
		{ "2026-09-08T10:00", "head@trust.example", "RE: forward", "DROP", "reply:2 forged" },
		{ "2026-09-08T10:01", "head@trust.example", "RE: forward", "DROP", "reply:2" } },
	  ASKED NAMED "existing other needs a person: triage to support\nexisting other: echo to head\n" },
	{ "a mail that names two cases goes to the owner and to nobody else, and joins neither", {
		REQUEST,
		{ "2026-09-07T09:30", "senar@senar.example", "EHC-20002", "please advise", NULL },
		{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001 and EHC-20002", "leak", NULL } },
	  ASKED ASKED "ambiguous leak needs a person: triage to support\n" },
	{ "a notice kept for a child joins when the child comes", {
		{ "2026-09-06T09:00", "senar@senar.example", "EHC-20001", "early notice", NULL }, REQUEST },
	  "none early:\n" ASKED "joined 2\n" },
	{ "a subject that would name the child is held, and the owner hears of it", {
		{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", "child" },
		{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001", "leak", NULL } },
	  ASKED "existing leak: held to support\nheld leak\n" },
	{ "a field that is empty holds the mail", {
		REQUEST,
		{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001", "leak", NULL } },
	  ASKED "existing leak: held to support\nheld leak\n" },
	{ "absence learned: the cover is reminded until the day of return", {
		REQUEST, ALLOCATE,
		{ "2026-09-08T09:00", "officer@trust.example", "Automatic reply: forward", "I am away", "reply:2 away:2026-10-13" },
		{ "2026-10-12T12:00", NULL, NULL, NULL, NULL },
		{ "2026-10-20T12:00", NULL, NULL, NULL, NULL } },
	  ASKED NAMED "existing other:\n2026-10-12 remind to cover\n2026-10-20 escalate to head\n" },
	{ "an automatic reply from nobody harms nobody", {
		{ "2026-09-07T09:00", "", "Automatic reply", "I am away", "away:2026-10-13" } },
	  "none other:\n" },
	{ "a bounce of a mail to the owner's address writes to the next, and that one's bounce to nobody", {
		REQUEST,
		{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001", "what is this", NULL },
		{ "2026-09-07T10:01", "postmaster@trust.example", "Undeliverable", "", "about:2 bounce:support@trust.example" },
		{ "2026-09-07T10:02", "postmaster@trust.example", "Undeliverable", "", "about:3 bounce:head@trust.example" } },
	  ASKED "existing other needs a person: triage to support\n"
	  "existing other needs a person: held to head\n"
	  "existing other: not-delivered to support, question to support\n" },
	{ "the same without a case", {
		{ "2026-09-07T10:00", "parent@home.example", "hello", "hello", NULL },
		{ "2026-09-07T10:01", "postmaster@trust.example", "Undeliverable", "", "about:1 bounce:support@trust.example" },
		{ "2026-09-07T10:02", "postmaster@trust.example", "Undeliverable", "", "about:2 bounce:head@trust.example" } },
	  "none other needs a person: triage to support\nnone other needs a person: triage to head\n"
	  "none other needs a person:\n" },
	{ "complaint 17: refused by the server: the next person hears of it at once, the date stays, nobody is asked for ever", {
		REQUEST, ALLOCATE,
		{ "2026-09-07T11:00", "", "", NULL, "about:2 refused:officer@trust.example" },
		{ "2026-09-07T11:01", "", "", NULL, "about:3 refused:support@trust.example" },
		{ "2026-09-08T12:00", NULL, NULL, NULL, NULL } },
	  ASKED NAMED "refused, 1 away: not-delivered to cover+support\nrefused, 1 away: triage to head\n" },
	{ "complaint 17: refused without a case: learnt, and nobody is written to", {
		{ "2026-09-07T10:00", "parent@home.example", "hello", "hello", NULL },
		{ "2026-09-07T10:01", "", "", NULL, "about:1 refused:support@trust.example" },
		{ "2026-09-07T10:02", "", "", NULL, "about:1 refused:stranger@home.example" } },
	  "none other needs a person: triage to support\nrefused, 0 away:\nrefused, 0 away:\n" },
	{ "a bounce that names somebody to whom nothing was sent proves nothing", {
		REQUEST, ALLOCATE,
		{ "2026-09-07T11:00", "stranger@home.example", "Undeliverable: EHC-20001", "", "bounce:cover@trust.example" },
		{ "2026-09-08T09:00", "officer@trust.example", "Automatic reply: forward", "I am away", "reply:2 away:2026-10-13" },
		{ "2026-10-12T12:00", NULL, NULL, NULL, NULL } },
	  ASKED NAMED "existing other needs a person: triage to support\nexisting other:\n"
	  "2026-09-09 triage to support\n2026-09-16 triage to support\n2026-09-23 triage to support\n"
	  "2026-09-30 triage to support\n2026-10-07 triage to support\n2026-10-12 remind to cover\n" },
	{ "our own mail that comes back is no event: it waits for the reader of the mailbox", {
		REQUEST,
		{ "2026-09-07T10:00", BOX, "EHC-20001: please advise", "please advise", "own" },
		{ "2026-09-07T10:01", BOX, "EHC-20001: please advise", "please advise", "own to-box" } },
	  ASKED "none other:\nnone other needs a person:\n" },
	{ "our own mail among what was sent is nobody's, and an answer to the id that the server gave it is understood", {
		REQUEST,
		{ "2026-09-07T09:10", BOX, "who?", "EHC-20001: who?", "own in-sent to-box aka:1" },
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "on:2" } },
	  ASKED "none other:\n" NAMED },
	{ "an id under our mark that nobody vouches for is not taken for ours", {
		REQUEST,
		{ "2026-09-07T09:10", BOX, "who?", "EHC-20001: who?", "own unsigned aka:1" },
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "on:2" } },
	  ASKED "none other:\nnone other needs a person: triage to support\n" },
	{ "our own mail whose mark was lost is known by its message-id", {
		REQUEST,
		{ "2026-09-07T09:10", BOX, "EHC-20001: who?", "who?", "in-sent ours:1 quoting to-officer" } },
	  ASKED "none other:\n" },
	{ "sent on by hand: the officer is chased, gets nothing from us, and nobody is asked any more", {
		REQUEST,
		{ "2026-09-07T10:00", BOX, "FW: please", "Olaf, yours", "in-sent on:1 quoting to-officer" },
		{ "2026-10-12T12:00", NULL, NULL, NULL, NULL },
		{ "2026-10-13T10:00", "parent@home.example", "RE: please", "hello", "on:2" } },
	  ASKED "existing other:\n2026-10-12 remind to officer\nexisting other needs a person: triage to support\n" },
	{ "a copy that came in first and could not be believed waits no more when it is seen among what was sent", {
		REQUEST,
		{ "2026-09-07T10:00", BOX, "FW: please", "Olaf, yours", "unsigned on:1 quoting to-officer" },
		{ "2026-09-07T10:01", BOX, "FW: please", "Olaf, yours", "in-sent copy on:1 quoting to-officer" },
		{ "2026-10-12T12:00", NULL, NULL, NULL, NULL } },
	  ASKED "existing other needs a person: triage to support\nduplicate\n2026-10-12 remind to officer\n" },
	{ "what came in and is proven to be the mailbox's own counts as well; a forged one waits for a person", {
		REQUEST,
		{ "2026-09-07T10:00", BOX, "FW: please", "Olaf, yours", "forged on:1 quoting to-officer" },
		{ "2026-09-07T10:01", BOX, "FW: please", "Olaf, yours", "on:1 quoting to-officer" } },
	  ASKED "existing other needs a person: triage to support\nexisting other:\n" },
	{ "nothing that was sent opens a case, answers, or commands; what the mailbox did not send says nothing", {
		{ "2026-09-07T08:00", BOX, "EHC-20001", "please advise", "in-sent to-box" },
		{ "2026-09-07T08:01", "senar@senar.example", "EHC-20001", "please advise", "in-sent" },
		REQUEST,
		{ "2026-09-07T10:00", BOX, "RE: who?", "ALLOCATE Olaf Officer", "in-sent reply:1 to-box" },
		{ "2026-09-07T10:01", BOX, "RE: who?", "WHY", "in-sent reply:1 to-box" } },
	  "none other:\nnone other:\n" ASKED "existing other:\nexisting other:\n" },
	{ "nobody outside the pack's domains is answered, though the directory lists them", {
		REQUEST,
		{ "2026-09-07T10:00", "abroad@elsewhere.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1" } },
	  ASKED "existing other needs a person:\n" },
	{ "an answer that a machine wrote is not answered", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Nora Nobody", "reply:1 machine" },
		{ "2026-09-07T10:01", "head@trust.example", "RE: who?", "ALLOCATE Nora Nobody", "reply:1" } },
	  ASKED "existing other:\nexisting other: echo-refused to head\n" },
	{ "nobody holds what comes next: the answer is not used up, and the question is chased on", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "TELL", "reply:1" },
		{ "2026-09-10T12:00", NULL, NULL, NULL, NULL } },
	  ASKED "existing other needs a person: held to support, echo-refused to head\n2026-09-09 remind to head, held to support\n" },
	{ "a question, or the chasing, is not handed to somebody outside the domains", {
		REQUEST, ALLOCATE,
		{ "2026-09-08T09:00", "head@trust.example", "RE: forward", "REASSIGN Abe Abroad", "reply:2" },
		{ "2026-10-13T12:00", NULL, NULL, NULL, NULL } },
	  ASKED NAMED "existing other: echo-refused to head\n2026-10-12 remind to officer\n" },
	{ "held a second time: the owner is asked every week again", {
		REQUEST, ALLOCATE,
		{ "2026-09-08T10:00", "head@trust.example", "RE: forward", "HOLD", "reply:2" },
		{ "2026-09-22T12:00", "head@trust.example", "RE: forward", "RESUME", "reply:2" },
		{ "2026-09-23T12:00", "head@trust.example", "RE: forward", "HOLD", "reply:2" },
		{ "2026-10-01T12:00", NULL, NULL, NULL, NULL } },
	  ASKED NAMED "existing other: echo to head\n2026-09-15 remind to support\n2026-09-22 remind to support\n"
	  "existing other: echo to head\nexisting other: echo to head\n2026-09-30 remind to support\n" },
	{ "a mail that names two cases goes where its owner says, once", {
		REQUEST, REQUEST_2, BOTH,
		{ "2026-09-07T11:00", SUPPORT, "RE: triage", "9", "reply:3" },
		{ "2026-09-07T11:01", "head@trust.example", "RE: triage", "2", "reply:3" },
		{ "2026-09-07T11:02", SUPPORT, "RE: triage", "2 please", "reply:3" },
		{ "2026-09-07T11:03", SUPPORT, "RE: triage", "1", "reply:3" } },
	  ASKED ASKED UNCLEAR "none other: echo-refused to support\nexisting other: echo-refused to head\n"
	  "existing other: forward to senar, echo to support\nexisting other: echo-refused to support\n" },
	{ "a case by its reference, found by the code alone; one that there is not changes nothing", {
		REQUEST, REQUEST_2, BOTH,
		{ "2026-09-07T11:00", SUPPORT, "about that mail", "EHC-20009", "code:3" },
		{ "2026-09-07T11:01", SUPPORT, "about that mail", "EHC-20001", "code:3" } },
	  ASKED ASKED UNCLEAR "none other: echo-refused to support\nexisting other: forward to senar, echo to support\n" },
	{ "NEW begins a case, though the mail does not say whose; what begins none is refused", {
		{ "2026-09-07T10:00", "senar@senar.example", "hello", "please advise", NULL },
		{ "2026-09-07T10:01", "senar@senar.example", "hello", "ping", NULL },
		{ "2026-09-07T11:00", SUPPORT, "RE: triage", "New.", "reply:1" },
		{ "2026-09-07T11:01", SUPPORT, "RE: triage", "NEW", "reply:2" },
		{ "2026-09-07T11:02", SUPPORT, "RE: triage", "NOT A CASE", "reply:2" } },
	  "none request needs a person: triage to support\nnone ping needs a person: triage to support\n"
	  "none other: question to head, echo to support\nnone other: echo-refused to support\nnone other: echo to support\n" },
	{ "words that only begin like an answer are none, and a slip is met with help", {
		{ "2026-09-07T10:00", "senar@senar.example", "hello", "please advise", NULL },
		{ "2026-09-07T11:00", SUPPORT, "RE: triage", "New information will follow", "reply:1" },
		{ "2026-09-07T11:01", SUPPORT, "RE: triage", "NOT A CAES", "reply:1" } },
	  "none request needs a person: triage to support\nnone other: echo-refused to support\nnone other: echo-refused to support\n" },
	{ "what went to one person alone proves them by its code, whatever the server says; nobody else, and not if it says forged", {
		{ "2026-09-07T10:00", "senar@senar.example", "hello", "please advise", NULL },
		{ "2026-09-07T11:00", "head@trust.example", "RE: triage", "NEW", "reply:1 unsigned" },
		{ "2026-09-07T11:01", SUPPORT, "RE: triage", "NEW", "unsigned" },
		{ "2026-09-07T11:02", SUPPORT, "RE: triage", "NEW", "reply:1 forged" },
		{ "2026-09-07T11:03", SUPPORT, "RE: triage", "NEW", "reply:1 unsigned" } },
	  "none request needs a person: triage to support\nnone other needs a person: triage to support\n"
	  "none other needs a person: triage to support\nnone other needs a person: triage to support\n"
	  "none other: question to head, echo to support\n" },
	{ "nobody answers: reminded by the ladder of questions until it is settled", {
		{ "2026-09-07T10:00", "parent@home.example", "hello", "hello", NULL },
		{ "2026-09-17T10:00", SUPPORT, "RE: triage", "done", "reply:2" },
		{ "2026-10-10T12:00", NULL, NULL, NULL, NULL } },
	  "none other needs a person: triage to support\n2026-09-09 triage to support\n2026-09-16 triage to support\n"
	  "none other: echo to support\n" },
	{ "another child's form is held; released, it is used", {
		{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", "child" }, ALLOCATE,
		{ "2026-09-09T10:00", "officer@trust.example", "EHC-20001", "here it is", "file wrong-form" },
		{ "2026-09-09T11:00", SUPPORT, "RE: held", "RELEASE", "reply:4" } },
	  ASKED NAMED "existing advice needs a person: held to support\nexisting other: forward to senar, echo to support\n" },
	{ "a file named after another case's child is held; released, it is used", {
		TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "here it is", "file name:Social_Care_Advice-idris-vaughan-hughes.docx;" },
		{ "2026-09-08T11:00", SUPPORT, "RE: held", "RELEASE", "reply:5" } },
	  TWO_ASKED NAMED HELD_ADVICE "existing other: forward to senar, echo to support\n" },
	{ "another case's child in a file's text alone, without a label", {
		TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "here it is",
		    "file holds:Family Assessment\nIdris Vaughan\u2010Hughes lives at home.;" } },
	  TWO_ASKED NAMED HELD_ADVICE },
	{ "another case's child in the new text alone, and an answer that names one is none", {
		TWO_CHILDREN,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer\nfor idris vaughan-hughes", "reply:1" } },
	  TWO_ASKED "existing other needs a person: held to support\n" },
	{ "the advice for another case's child, said in the mail", {
		TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "The advice for Idris Vaughan-Hughes is attached.", "file" } },
	  TWO_ASKED NAMED HELD_ADVICE },
	{ "the right form may name a brother who has a case, in a text that names its own child, or a file that does", {
		TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "here it is",
		    "file holds:Zofia Kowalska lives with her brother Idris Vaughan-Hughes.;" } },
	  TWO_ASKED NAMED "existing advice: forward to senar\n" },
	{ "so may one in a file that bears the full name and speaks of its child by the first", {
		TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "here it is",
		    "file name:Advice Zofia Kowalska.docx; holds:Zofia lives with Idris Vaughan-Hughes, her brother.;" } },
	  TWO_ASKED NAMED "existing advice: forward to senar\n" },
	{ "words that are no full name of any case's child", {
		TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "Idris says hello", "file holds:Idris went to see Owen Hughes.;" } },
	  TWO_ASKED NAMED "existing advice: forward to senar\n" },
	{ "a forwarded text about another case's child does not go out", {
		TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "here it is", "file passes:News of Idris Vaughan-Hughes.;" } },
	  TWO_ASKED NAMED "existing advice: forward (held) to senar, held to support\nheld forward\n" },
	{ "nor when the mail is only decided again, for nobody has said whose it is", {
		TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "here it is", "file passes:News of Idris Vaughan-Hughes.;" },
		{ "2026-09-08T11:00", "", "", NULL, "again:4" } },
	  TWO_ASKED NAMED "existing advice: forward (held) to senar, held to support\n"
	  "again: forward (held) to senar, held to support\nheld forward\ndropped forward\ndropped held\n" },
	{ "an answer that nothing proves waits for the owner; confirmed, it counts as though it were proven", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1 unsigned" },
		{ "2026-09-07T11:00", SUPPORT, "RE: triage", "CONFIRM", "reply:2 unsigned" } },
	  ASKED "existing other needs a person: triage to support\nexisting other: forward to officer, echo to head, echo to support\n" },
	{ "refused, it never counts, and nobody but the owner hears of it", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1 unsigned" },
		{ "2026-09-07T11:00", SUPPORT, "RE: triage", "REFUSE", "reply:2" },
		{ "2026-09-07T12:00", SUPPORT, "RE: triage", "CONFIRM", "reply:2" } },
	  ASKED "existing other needs a person: triage to support\nexisting other: echo to support\nexisting other: echo-refused to support\n" },
	{ "nobody but the owner can confirm it, least of all by the question's own code", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1 unsigned" },
		{ "2026-09-07T11:00", "head@trust.example", "RE: triage", "CONFIRM", "reply:1 unsigned" } },
	  ASKED "existing other needs a person: triage to support\nexisting other needs a person: triage to support\n" },
	{ "a request in the requester's name that nothing proves opens no case until the owner confirms it", {
		{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", "unsigned" },
		{ "2026-09-07T11:00", SUPPORT, "RE: triage", "CONFIRM", "reply:1" } },
	  "none request needs a person: triage to support\nnone other: question to head, echo to support\n" },
	{ "a code is good for one answer", {
		REQUEST, ALLOCATE,
		{ "2026-09-07T11:00", "head@trust.example", "ALLOCATE", "ALLOCATE Wanda Worker", "code:1" },
		{ "2026-09-07T11:01", "officer@trust.example", "ALLOCATE", "ALLOCATE Wanda Worker", "code:1" } },
	  ASKED NAMED "existing other needs a person: echo-refused to head\nexisting other needs a person: echo-refused to officer\n" },
	{ "WHY about a mail that belongs to no case is answered; a stranger's is not", {
		{ "2026-09-07T10:00", "parent@home.example", "hello", "hello", NULL },
		{ "2026-09-07T10:01", SUPPORT, "RE: triage", "WHY", "reply:1" },
		{ "2026-09-07T10:02", "parent@home.example", "RE: triage", "WHY", "reply:1" } },
	  "none other needs a person: triage to support\nnone other: why to support\nnone other needs a person: triage to support\n" },
	{ "a thank-you for what was understood is no matter for anybody", {
		REQUEST, ALLOCATE,
		{ "2026-09-07T11:00", "head@trust.example", "RE: understood", "Thanks!", "reply:3" } },
	  ASKED NAMED "existing other:\n" },
	{ "STOP from the owner holds back what would go out, until RESUME; from anybody else it does nothing", {
		REQUEST, ALLOCATE,
		{ "2026-09-08T09:00", "parent@home.example", "hello", "hello", NULL },
		{ "2026-10-09T10:00", "head@trust.example", "RE: echo", "STOP", "reply:3" },
		{ "2026-10-09T11:00", SUPPORT, "RE: triage", "STOP", "reply:4" },
		{ "2026-10-12T12:00", NULL, NULL, NULL, NULL },
		{ "2026-10-12T13:00", SUPPORT, "RE: triage", "RESUME", "reply:4" },
		{ "2026-10-13T12:00", NULL, NULL, NULL, NULL } },
	  ASKED NAMED "none other needs a person: triage to support\n2026-09-10 triage to support\n2026-09-17 triage to support\n"
	  "2026-09-24 triage to support\n2026-10-01 triage to support\n2026-10-08 triage to support\n"
	  "existing other: echo-refused to head\nnone other: echo to support\nnone other: echo to support\n2026-10-12 remind to officer\n" },
	{ "what could not be done is done again once somebody holds the post, and says so as long as nobody does", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "TELL", "reply:1" },
		{ "2026-09-07T11:00", SUPPORT, "RE: held", "AGAIN", "reply:2" } },
	  ASKED "existing other needs a person: held to support, echo-refused to head\n"
	  "existing other: held to support, echo-refused to head, echo to support\n" },
	{ "a file that names another case beside its own is not passed on until a person lets it go, and then it is asked no more", {
		REQUEST, ALLOCATE,
		{ "2026-09-09T10:00", "officer@trust.example", "EHC-20001", "here it is", "file both-cases" },
		{ "2026-09-09T10:30", SUPPORT, "RE: held", "RELEASE", "reply:5" } },
	  ASKED NAMED "existing advice: forward (held) to senar, held to support\nexisting other: echo to support\n" },
	{ "dropped, it never goes", {
		REQUEST, ALLOCATE,
		{ "2026-09-09T10:00", "officer@trust.example", "EHC-20001", "here it is", "file both-cases" },
		{ "2026-09-09T10:30", SUPPORT, "RE: held", "DROP", "reply:5" } },
	  ASKED NAMED "existing advice: forward (held) to senar, held to support\nexisting other: echo to support\ndropped forward\n" },
	{ "a form locked with a password is not returned: the owner is asked, the clock runs on, and a person may let it count", {
		REQUEST, ALLOCATE,
		{ "2026-10-11T10:00", "officer@trust.example", "EHC-20001", "here it is", "file locked" },
		{ "2026-10-12T12:00", NULL, NULL, NULL, NULL },
		{ "2026-10-12T13:00", SUPPORT, "RE: held", "RELEASE", "reply:4" } },
	  ASKED NAMED "existing advice needs a person: held to support\n2026-10-12 remind to officer\n"
	  "existing other: forward to senar, echo to support\n" },
	{ "a domain one letter off ours is nobody of ours: it answers nothing, asks nothing, and the owner is warned", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trrust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1" },
		{ "2026-09-07T10:01", "senar@senar.test", "EHC-20005", "please advise", NULL },
		{ "2026-09-07T10:02", "head@trrust.example", "Automatic reply", "I am away", "reply:1 away:2026-10-13" } },
	  ASKED "existing other needs a person: triage to support\nnone other needs a person: triage to support\n"
	  "existing other needs a person:\n" },
	{ "a colleague's answer that went to strangers too is used, and the owner hears of it once", {
		REQUEST,
		{ "2026-09-07T10:00", "head@trust.example", "RE: who?", "ALLOCATE Olaf Officer", "reply:1 cc:mum@home.example" },
		{ "2026-09-09T10:00", "officer@trust.example", "EHC-20001", "here it is", "file cc:dad@home.example" } },
	  ASKED "existing other: alert to support, forward to officer, echo to head\nexisting advice: forward to senar\n" },
	{ "an outsider's mail with many on copy: nothing goes to any of them", {
		REQUEST,
		{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001", "ping", "cc:mum@home.example" },
		{ "2026-09-07T10:01", "mum@home.example", "EHC-20001", "how is it going", "cc:dad@home.example" } },
	  ASKED "existing ping: forward to senar\nexisting other needs a person: triage to support\n" },
	{ "a mail about a closed case goes to a person", {
		REQUEST, ALLOCATE,
		{ "2026-09-09T10:00", "officer@trust.example", "EHC-20001", "here it is", "file" },
		{ "2026-09-20T10:00", "senar@senar.example", "EHC-20001", "ping", NULL } },
	  ASKED NAMED "existing advice: forward to senar\nexisting ping needs a person: triage to support\n" },
	{ "the same request sent again, with another date, joins and starts nothing", {
		REQUEST,
		{ "2026-09-08T09:00", "senar@senar.example", "EHC-20001", "please advise", "child" } },
	  ASKED "existing request:\n" },
	{ "the same mail in two mailboxes of one authority has one effect", {
		REQUEST,
		{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", "same box-two" } },
	  ASKED "duplicate\n" },
	{ "the same mail in mailboxes of two authorities: each decides for itself, and neither knows the other's case", {
		REQUEST,
		{ "2026-09-07T09:00", "senar@senar.example", "EHC-20001", "please advise", "same other-pack" },
		{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001", "ping", "other-pack" } },
	  ASKED ASKED "existing ping: forward to senar\n" },
	{ "the same message-id with other content is another mail, and the journal notes it", {
		REQUEST,
		{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001", "ping", "same-id" } },
	  ASKED "existing ping: forward to senar\nsame id noted\n" },
	{ "dragged back into the inbox: settled again where it belongs, after an answer too, and nothing more happens", {
		{ "2026-09-07T10:00", "senar@senar.example", "hello", "please advise", NULL },
		{ "2026-09-07T11:00", SUPPORT, "RE: triage", "NEW", "reply:1" },
		{ "2026-09-07T12:00", "senar@senar.example", "hello", "please advise", "same" } },
	  "none request needs a person: triage to support\nnone other: question to head, echo to support\nduplicate\n" },
	{ "a held mail of ours that was never written cannot be released, but seen to", {
		REQUEST,
		{ "2026-09-07T10:00", "senar@senar.example", "EHC-20001", "leak", NULL },
		{ "2026-09-07T11:00", SUPPORT, "RE: held", "RELEASE", "reply:2" },
		{ "2026-09-07T11:01", SUPPORT, "RE: held", "DONE", "reply:2" } },
	  ASKED "existing leak: held to support\nexisting other: echo-refused to support\nexisting other: echo to support\n" },
};

static const char *
trust_of(void *ctx, const char *mailbox)
{
	(void)ctx, (void)mailbox;
	return "header:mx.trust.example";
}

static const char *
flag(const struct step *step, const char *name)
{
	const char *at = step->flags == NULL ? NULL : strstr(step->flags, name);

	return at == NULL ? NULL : at + strlen(name);
}

static const struct sent *
letter_no(struct post *post, const char *digits)
{
	size_t no = strtoul(digits, NULL, 10);

	assert_in_range(no, 1, post->sent_count);
	return &post->sent[no - 1];
}

static void
add_header(struct post *post, struct message *m, const char *name, const char *value)
{
	*arena_push(post->arena, m->headers, m->header_count) = (struct mail_header){ name, value };
}

static void
sign(struct post *post, struct message *m, const struct step *step)
{
	const char *at = strchr(step->from, '@'), *domain = at == NULL ? "" : at + 1;

	if (flag(step, "unsigned") != NULL)
		return;
	if (flag(step, "forged") != NULL)
		add_header(post, m, "Authentication-Results", arena_printf(post->arena, "mx.trust.example; dmarc=fail header.from=%s", domain));
	else if (flag(step, "other-domain") != NULL)
		add_header(post, m, "Authentication-Results", "mx.trust.example; dmarc=pass header.from=evil.example");
	else if (flag(step, "quoted-pass") != NULL)
		add_header(post, m, "Authentication-Results", arena_printf(post->arena,
		    "mx.trust.example; spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=%s \"@evil.example; dmarc=none header.from=%s",
		    domain, domain));
	else
		add_header(post, m, "Authentication-Results", arena_printf(post->arena,
		    "mx.trust.example; spf=pass (a ; b) smtp.mailfrom=%s; dmarc=pass (p=none) header.from=%s", domain, domain));
}

static struct message *
mail_of(struct post *post, const struct step *step, instant at)
{
	struct message *m = post_mail(post, step->from, step->subject, step->text, at);
	const char *value;
	char mark[17];

	if (flag(step, "same-id") != NULL)
		m->message_id = "in-1@test";
	else if (flag(step, "same") != NULL)
		snprintf(m->fingerprint, sizeof(m->fingerprint), "%064d", 1);
	sign(post, m, step);
	if ((value = flag(step, "reply:")) != NULL)
		m->in_reply_to = letter_no(post, value)->message_id;
	if ((value = flag(step, "on:")) != NULL)
		m->in_reply_to = arena_printf(post->arena, "in-%lu@test", strtoul(value, NULL, 10));
	if ((value = flag(step, "ours:")) != NULL)
		m->message_id = letter_no(post, value)->message_id;
	if ((value = flag(step, "aka:")) != NULL)
		add_header(post, m, COMPOSE_ID_HEADER, letter_no(post, value)->message_id);
	if (flag(step, "quoting") != NULL)
		m->forwarded_text = "please advise";
	if (flag(step, "copy") != NULL)
		snprintf(m->fingerprint, sizeof(m->fingerprint), "%064zu", post->mails - 1);
	if (flag(step, "to-officer") != NULL)
		*arena_push(post->arena, m->to.v, m->to.n) = (struct mail_address){ "", "officer@trust.example" };
	if ((value = flag(step, "about:")) != NULL)
		m->original_message_id = letter_no(post, value)->message_id;
	if ((value = flag(step, "code:")) != NULL)
		m->subject = arena_printf(post->arena, "%s %s", step->subject, letter_no(post, value)->code);
	if ((value = flag(step, "away:")) != NULL) {
		m->notice = NOTICE_OUT_OF_OFFICE;
		date_parse_iso(arena_strndup(post->arena, value, 10), &m->back_on);
	}
	if ((value = flag(step, "bounce:")) != NULL) {
		m->notice = NOTICE_BOUNCE;
		*arena_push(post->arena, m->bounced, m->bounced_count) = (struct bounced){ value, "5.1.1", "" };
	}
	if (flag(step, "file") != NULL) {
		struct document *document = arena_push(post->arena, m->documents, m->document_count);

		*document = (struct document){ .name = "advice.docx", .type = "application/octet-stream",
		    .content_id = "", .text = "", .unreadable = "" };
		snprintf(document->sha256, sizeof(document->sha256), "%064d", 1);
		if (flag(step, "both-cases") != NULL)
			document->text = "EHC-20001, and his sister EHC-20002";
		if ((value = flag(step, "name:")) != NULL)
			document->name = arena_strndup(post->arena, value, strcspn(value, ";"));
		if ((value = flag(step, "holds:")) != NULL)
			document->text = arena_strndup(post->arena, value, strcspn(value, ";"));
		if (flag(step, "locked") != NULL)
			document->unreadable = "protected with a password";
	}
	if ((value = flag(step, "cc:")) != NULL)
		*arena_push(post->arena, m->cc.v, m->cc.n) = (struct mail_address){ "", arena_strdup(post->arena, value) };
	if ((value = flag(step, "passes:")) != NULL)
		m->forwarded_text = arena_strndup(post->arena, value, strcspn(value, ";"));
	if (step->flags != NULL && strcmp(step->flags, "Zofia") == 0) {
		post_say(post, m, SAID_CHILD_NAME, "Zofia Kowalska");
		post_say(post, m, SAID_DATE_OF_BIRTH, "2014-05-06");
	}
	if (flag(step, "child") != NULL) {
		post_say(post, m, SAID_CHILD_NAME, "Idris Vaughan-Hughes");
		post_say(post, m, SAID_DATE_OF_BIRTH, "2015-03-12");
	}
	if (flag(step, "wrong-form") != NULL)
		*arena_push(post->arena, m->said, m->said_count) = (struct said){ .kind = SAID_CHILD_NAME,
		    .value = "Gwendolen Ashworth", .source = SOURCE_ATTACHMENT_TEXT };
	if (flag(step, "machine") != NULL)
		add_header(post, m, "Auto-Submitted", "auto-generated");
	if (flag(step, "own") != NULL) {
		compose_loop_mark(post->engine.secret, BOX, mark);
		add_header(post, m, "X-Adviced-Loop", arena_strdup(post->arena, mark));
		*arena_push(post->arena, m->to.v, m->to.n) = (struct mail_address){ "",
		    flag(step, "to-box") != NULL ? BOX : "head@trust.example" };
	}
	return m;
}

static void
mail_step(struct post *post, const struct step *step, instant at)
{
	struct arrival arrival = {
		.pack = flag(step, "other-pack") != NULL ? post->engine.packs[1] : post->pack,
		.mailbox = flag(step, "box-two") != NULL ? "two@trust.example" : BOX, .trust = "header:mx.trust.example", .message = mail_of(post, step, at),
		.received = at, .spool_name = arena_printf(post->arena, "box.1.%zu", post->mails),
		.sent = flag(step, "in-sent") != NULL,
	};
	struct arrived *arrived;
	struct err err = { 0 };

	WELL(store_begin(post->engine.store, &err));
	WELL(engine_mail(&post->engine, post->arena, &arrival, at, &arrived, &err));
	WELL(store_commit(post->engine.store, &err));
	if (arrived->duplicate)
		buf_add_str(&post->trace, "duplicate");
	else
		buf_printf(&post->trace, "%s %s%s:", match_kind_name(arrived->matched->kind),
		    arrived->classified->kind == NULL ? "other" : arrived->classified->kind->name,
		    arrived->needs_person ? " needs a person" : "");
	post_line_end(post);
}

/* The mail server will not have a mail of ours for somebody. */
static void
refused_step(struct post *post, const struct step *step, instant at)
{
	const char *id = letter_no(post, flag(step, "about:"))->message_id;
	struct strs addresses = { NULL, 0 };
	struct outbox_row *row;
	struct err err = { 0 };

	strs_add(post->arena, &addresses, flag(step, "refused:"));
	WELL(store_outbox_by_message_id(post->engine.store, post->arena, id, &row, &err));
	assert_non_null(row);
	WELL(store_begin(post->engine.store, &err));
	WELL(engine_undelivered(&post->engine, post->arena, row, &addresses, at, &err));
	WELL(store_commit(post->engine.store, &err));
	buf_printf(&post->trace, "refused, %zu away:", post->engine.directory->absence_count);
	post_line_end(post);
}

/* A person has put it into the folder Retry: what it did is taken back, and it is decided anew. */
static void
again_step(struct post *post, const struct step *step, instant at)
{
	struct change_wish wish = { .word = ADMIN_DETACH, .message = atoi(flag(step, "again:")), .who = "retry folder", .reason = "" };
	struct override override = { .who = "retry folder", .reason = "" };
	struct message_row *row;
	struct arrived *arrived;
	struct changed changed;
	struct err err = { 0 };

	WELL(store_begin(post->engine.store, &err));
	WELL(store_message(post->engine.store, post->arena, wish.message, &row, &err));
	wish.case_id = row->case_id;
	if (row->case_id != 0)
		WELL(engine_change(&post->engine, post->arena, &wish, at, &changed, &err));
	WELL(engine_again(&post->engine, post->arena, wish.message, &override, at, &arrived, &err));
	WELL(store_commit(post->engine.store, &err));
	buf_printf(&post->trace, "again%s:", arrived->needs_person ? " needs a person" : "");
	post_line_end(post);
}

static void
set_up(struct post *post)
{
	const struct pack **packs;
	struct pack *other;

	post_open(post, "desk");
	packs = arena_alloc(post->arena, 2 * sizeof(*packs));
	other = arena_alloc(post->arena, sizeof(*other));
	*other = *post->pack;
	other->name = "other";		/* the same rules in another authority */
	packs[0] = post->pack;
	packs[1] = other;
	post->engine.packs = packs;
	post->engine.pack_count = 2;
	post->engine.desk.trust_of = trust_of;
}

/* What only the store can tell: mails that were kept and joined, mails that are held. */
static void
look_into_store(struct post *post)
{
	struct outbox_row *rows;
	struct journal_entry *entries;
	struct case_state *state;
	struct err err = { 0 };
	size_t count;

	WELL(store_outbox_in_state(post->engine.store, post->arena, OUTBOX_HELD, &rows, &count, &err));
	for (size_t i = 0; i < count; i++)
		buf_printf(&post->trace, "held %s\n", rows[i].template);
	WELL(store_outbox_in_state(post->engine.store, post->arena, OUTBOX_DROPPED, &rows, &count, &err));
	for (size_t i = 0; i < count; i++)
		if (rows[i].spool_name[0] != '\0')
			buf_printf(&post->trace, "dropped %s\n", rows[i].template);
	if (store_case_load(post->engine.store, post->arena, 1, &state, &err) == 0 && state->mail_count > 1 &&
	    strcmp(state->mails[0].kind, "early") == 0)
		buf_printf(&post->trace, "joined %zu\n", state->mail_count);
	WELL(store_journal_of(post->engine.store, post->arena, 0, &entries, &count, &err));
	for (size_t i = 0; i < count; i++)
		if (strstr(entries[i].detail, "message-id that was seen before") != NULL)
			buf_add_str(&post->trace, "same id noted\n");
}

/* ---- No column of the journal says who anybody is (promise no-leak) */

#define CASES_MOST	20

static void
needle_add(struct post *post, struct strs *needles, const char *text)
{
	dayno day;

	if (text != NULL && strlen(text) > 3 && !date_parse_iso(text, &day))
		strs_add_new(post->arena, needles, text);
}

/* A word alone may be a code of the rules, "DROP"; "NOT A CASE" is the longest. */
static void
words_add(struct post *post, struct strs *needles, const char *text)
{
	if (text != NULL && strchr(text, ' ') != NULL && strlen(text) > strlen("NOT A CASE"))
		needle_add(post, needles, text);
}

/* Everybody's name and address, what the mails say, and what was read out of them. */
static struct strs
personal_data(struct post *post, const struct life *life)
{
	struct strs needles = { NULL, 0 };
	const struct directory *directory = post->engine.directory;

	for (size_t i = 0; i < directory->count; i++) {
		needle_add(post, &needles, directory->people[i].name);
		needle_add(post, &needles, directory->people[i].address);
	}
	for (size_t i = 0; i < STEPS && life->steps[i].at != NULL; i++) {
		needle_add(post, &needles, life->steps[i].from);
		words_add(post, &needles, life->steps[i].subject);
		words_add(post, &needles, life->steps[i].text);
	}
	for (int64_t id = 1; id < CASES_MOST; id++) {
		struct case_state *state;
		struct err err = { 0 };

		if (store_case_load(post->engine.store, post->arena, id, &state, &err) == -1)
			break;
		needle_add(post, &needles, state->reference);
		for (size_t i = 0; i < state->fact_count; i++) {
			needle_add(post, &needles, state->facts[i].value);
			if (strcmp(state->facts[i].name, "date-of-birth") == 0)
				strs_add_new(post->arena, &needles, state->facts[i].value);
		}
	}
	return needles;
}

static size_t
journal_leaks(struct post *post, const struct life *life)
{
	struct strs needles = personal_data(post, life);
	size_t leaks = 0;

	for (int64_t id = 0; id < CASES_MOST; id++) {
		struct journal_entry *rows;
		struct err err = { 0 };
		size_t count;

		WELL(store_journal_of(post->engine.store, post->arena, id, &rows, &count, &err));
		for (size_t i = 0; i < count * needles.n; i++) {
			const struct journal_entry *row = &rows[i / needles.n];
			const char *said = arena_printf(post->arena, "%s|%s|%s|%s", row->event, row->rule, row->detail, row->who);

			if (strcasestr(said, needles.v[i % needles.n]) == NULL && strchr(said, '@') == NULL)
				continue;
			fprintf(stderr, "%s: the journal says \"%s\", which holds \"%s\"\n", life->name, said, needles.v[i % needles.n]);
			leaks++;
			break;
		}
	}
	return leaks;
}

static void
tear_down(struct post *post)
{
	int64_t rows, broken = -1;
	struct err err = { 0 };

	WELL(store_journal_verify(post->engine.store, &rows, &broken, &err));
	assert_int_equal(broken, 0);
	post_close(post);
}

static void
test_lives(void **unused)
{
	size_t failed = 0;

	(void)unused;
	for (size_t l = 0; l < sizeof(lives) / sizeof(lives[0]); l++) {
		struct post post;

		set_up(&post);
		for (size_t i = 0; i < STEPS && lives[l].steps[i].at != NULL; i++) {
			const struct step *step = &lives[l].steps[i];
			instant at = INSTANT_NONE;

			assert_true(instant_parse_iso(step->at, &at));
			post_time_passes(&post, at);
			if (step->from != NULL)
				(flag(step, "refused:") != NULL ? refused_step : flag(step, "again:") != NULL ? again_step : mail_step)(&post,
				    step, at);
		}
		look_into_store(&post);
		failed += !post_is(&post, lives[l].name, lives[l].want);
		failed += journal_leaks(&post, &lives[l]);
		tear_down(&post);
	}
	assert_int_equal(failed, 0);
}

/* Whoever is named on a case stands in that case alone, which is gone when the digest goes. */
static void
test_digest_to_the_people_of_the_cases(void **unused)
{
	static const struct step steps[] = { REQUEST, ALLOCATE };
	struct post post;
	struct err err = { 0 };
	instant at = INSTANT_NONE;
	size_t count;

	(void)unused;
	set_up(&post);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_true(instant_parse_iso(steps[i].at, &at));
		mail_step(&post, &steps[i], at);
	}
	WELL(engine_digests_plan(&post.engine, at, &err));
	assert_true(instant_parse_iso("2026-09-11T08:30", &at));
	WELL(engine_digests(&post.engine, INT64_MAX, at, &count, &err));
	assert_string_equal(buf_text(&post.out), " digest to officer");
	tear_down(&post);
}

/* What a mail says of a stage is said of the one in which it was decided, though its row has moved the strand on. */
static void
test_climb_that_moves_the_strand(void **unused)
{
	static const struct step steps[] = { REQUEST, ALLOCATE,
		{ "2026-09-14T10:00", "head@trust.example", "RE: forward", "DRAFT", "reply:2" },
		{ "2026-10-01T12:00", NULL, NULL, NULL, NULL } };
	static const struct { const char *template, *body, *glance; } rows[] = {
		/* The first reminder has none before it. */
		{ "remind", "Please look at case EHC-20001.\n",
		    "Case: EHC-20001; Awaited: the draft, in full; Due: 28 September 2026, in 7 days; Send it to: box@trust.example" },
		{ "escalate", "Please look at case EHC-20001: "
		    "the draft, in full, was due on 28 September 2026 from Olaf Officer, reminded on 21 Sep 2026.\n",
		    "Case: EHC-20001; Awaited: the draft, in full; Due: 28 September 2026, 1 day late; "
		    "With: Olaf Officer, since 14 September 2026; Reminded: 21 Sep 2026" },
	};
	struct post post;
	instant at = INSTANT_NONE;

	(void)unused;
	set_up(&post);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_true(instant_parse_iso(steps[i].at, &at));
		post_time_passes(&post, at);
		if (steps[i].from != NULL)
			mail_step(&post, &steps[i], at);
	}
	assert_in_range(post.sent_count, 2, 100);
	for (size_t i = 0; i < 2; i++) {
		const struct sent *sent = &post.sent[post.sent_count - 2 + i];

		if (strcmp(sent->body, rows[i].body) != 0 || strcmp(sent->glance, rows[i].glance) != 0)
			fail_msg("%s: \"%s\", \"%s\"", rows[i].template, sent->body, sent->glance);
	}
	tear_down(&post);
}

/* What is late in a case may rest on when it was last heard of: without the mail its timer is another one. */
static void
test_mail_that_leaves_a_case(void **unused)
{
	static const struct { const char *name, *answer; } rows[] = {
		{ "filed", "NOT A CASE" }, { "into another", "EHC-20463" },
	};
	size_t failed = 0;

	(void)unused;
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		const struct step steps[] = { TWO_CHILDREN, ALLOCATE,
			{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "The advice for Idris Vaughan-Hughes is attached.", "file" },
			{ "2026-09-09T11:00", SUPPORT, "RE: held", rows[r].answer, "reply:5" } };
		struct post post;
		struct err err = { 0 };
		instant at = INSTANT_NONE, due;

		set_up(&post);
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			assert_true(instant_parse_iso(steps[i].at, &at));
			mail_step(&post, &steps[i], at);
		}
		WELL(store_case_due(post.engine.store, 1, &due, &err));
		if (due != at) {
			fprintf(stderr, "%s: case 1 is to be looked at on %s\n", rows[r].name, instant_iso(post.arena, due));
			failed++;
		}
		tear_down(&post);
	}
	assert_int_equal(failed, 0);
}

/* NEW is offered where the rules may begin a case with the mail, and nowhere else: it would only be refused. */
static void
test_new_is_offered_where_a_case_may_begin(void **unused)
{
	static const struct { const char *text, *subject, *answers; } rows[] = {
		{ "please advise", "hello", "NEW NOT A CASE DONE" },
		{ "ping", "hello", "NOT A CASE DONE" },
		{ "Our news of this month.", "news", "NOT A CASE DONE" },
	};

	(void)unused;
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		const struct step step = { "2026-09-07T10:00", "senar@senar.example", rows[r].subject, rows[r].text, NULL };
		struct strs answers, choices;
		struct triage_row *waits;
		struct post post;
		struct err err = { 0 };
		instant at;
		size_t count;

		set_up(&post);
		assert_true(instant_parse_iso(step.at, &at));
		mail_step(&post, &step, at);
		WELL(store_triages(post.engine.store, post.arena, true, &waits, &count, &err));
		assert_int_equal(count, 1);
		WELL(engine_choices(&post.engine, post.arena, &waits[0], &answers, &choices, &err));
		if (strcmp(strs_join(post.arena, &answers, " "), rows[r].answers) != 0)
			fail_msg("%s: %s", rows[r].text, strs_join(post.arena, &answers, " "));
		tear_down(&post);
	}
}

/* Whatever words the rules have for the question by then. */
static void
test_nobody_for_a_question_is_known_by_its_name(void **unused)
{
	const struct step step = { "2026-09-07T10:00", "senar@senar.example", "EHC-20001", "please advise", NULL };
	struct text called = { .name = "officer", .value = "who does it" };
	struct triage_row *waits;
	struct post post;
	struct err err = { 0 };
	instant at;
	size_t count, found = 0;

	(void)unused;
	set_up(&post);
	post.engine.administrator = "admin@trust.example";
	post.pack->called = &called;
	post.pack->called_count = 1;
	for (size_t k = 0; k < post.pack->role_count; k++)
		if (strcmp(post.pack->roles[k].name, "support") == 0 || strcmp(post.pack->roles[k].name, "head") == 0 ||
		    strcmp(post.pack->roles[k].name, "last-resort") == 0)
			post.pack->roles[k].name = "nobody-any-more";
	assert_true(instant_parse_iso(step.at, &at));
	mail_step(&post, &step, at);
	WELL(store_triages(post.engine.store, post.arena, true, &waits, &count, &err));
	for (size_t i = 0; i < count; i++)
		if (str_starts(waits[i].reason, "Nobody can be reached")) {
			assert_string_equal(waits[i].reason, "Nobody can be reached for a question (who does it).");
			assert_string_equal(waits[i].known_by, "Nobody can be reached for a question (officer).");
			found++;
		}
	assert_int_equal(found, 1);
	tear_down(&post);
}

/* A held mail is shown to whoever looks after its case, and to nobody who only looks after the machine. */
static void
test_who_sees_what_is_held(void **unused)
{
	static const struct { const char *name; bool administrator_only; } rows[] = { { "the owner", false }, { "the administrator", true } };
	const struct step steps[] = { TWO_CHILDREN, ALLOCATE,
		{ "2026-09-08T10:00", "officer@trust.example", "EHC-20001", "here it is", "file passes:News of Idris Vaughan-Hughes.;" } };

	(void)unused;
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct triage_row *waits;
		struct post post;
		struct err err = { 0 };
		instant at = INSTANT_NONE;
		size_t count;
		const char *told;

		set_up(&post);
		post.engine.administrator = "admin@trust.example";
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			for (size_t k = 0; i == 3 && rows[r].administrator_only && k < post.pack->role_count; k++)
				if (strcmp(post.pack->roles[k].name, "support") == 0 || strcmp(post.pack->roles[k].name, "last-resort") == 0)
					post.pack->roles[k].name = "nobody-any-more";
			assert_true(instant_parse_iso(steps[i].at, &at));
			mail_step(&post, &steps[i], at);
		}
		if (strstr(buf_text(&post.trace), rows[r].administrator_only ? "held to admin" : "held to support") == NULL)
			fail_msg("%s: %s", rows[r].name, buf_text(&post.trace));
		told = post.sent[post.sent_count - 1].body;
		assert_non_null(strstr(told, "is held"));
		if ((strstr(told, "This is what waits") != NULL) == rows[r].administrator_only)
			fail_msg("%s: %s", rows[r].name, told);
		/* Whatever words the rules have for it by then. */
		WELL(store_triages(post.engine.store, post.arena, true, &waits, &count, &err));
		assert_int_equal(count, 1);
		if (strncmp(waits[0].known_by, "A mail (forward to senar@senar.example) is held: ", 49) != 0)
			fail_msg("%s: %s", rows[r].name, waits[0].known_by);
		tear_down(&post);
	}
}

/* In the mail that shows it, the first code is the one that counts. */
static void
test_what_is_shown_has_no_code(void **unused)
{
	struct arena *arena = arena_new();
	struct outgoing mail = { .template = "question" };
	struct letter letter = { .mail = &mail, .from = BOX, .case_name = "EHC-20001", .subject = "EHC-20001: who?", .body = "Who is it?\n",
	    .code = "ABCDEFGH", .footer = "You get this mail from " BOX "." };
	const char *shown;

	(void)unused;
	strs_add(arena, &mail.to, "head@trust.example");
	strs_add(arena, &mail.answers, "ALLOCATE");
	strs_add(arena, &mail.meanings, "this one does it");
	for (int with_buttons = 0; with_buttons < 2; with_buttons++) {
		if (with_buttons) {
			letter.buttons = mail.answers;
			letter.meanings = mail.meanings;
		}
		shown = engine_preview(arena, &letter);
		if (!str_ends_nocase(shown, "\nIt begins:\n\n> Who is it?\n"))
			fail_msg("buttons %d: %s", with_buttons, shown);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lives), cmocka_unit_test(test_digest_to_the_people_of_the_cases),
	    cmocka_unit_test(test_mail_that_leaves_a_case), cmocka_unit_test(test_new_is_offered_where_a_case_may_begin),
	    cmocka_unit_test(test_nobody_for_a_question_is_known_by_its_name), cmocka_unit_test(test_who_sees_what_is_held),
	    cmocka_unit_test(test_what_is_shown_has_no_code),
	    cmocka_unit_test(test_climb_that_moves_the_strand) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
