/*
 * decide() as tables: each case is a short life of one child's case, told as
 * mails and as dates up to which time passes, and the exact trace of what the
 * decisions say: moves, mails, dates, what is held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "case/decide.h"
#include "rule/read.h"

struct step {
	const char	*at;		/* "2026-09-07T09:12" */
	const char	*from;		/* NULL: time passes until at, timers run; "!": an administrator says subject: "correct", a fact, a value ... */
	const char	*subject;
	const char	*text;
	const char	*file;		/* one attachment, or NULL */
	const char	*flags;		/* "hand:ADDRESS,ADDRESS" (sent by hand to them; "hand-late:" seen two days later), "forged", "reply", "bounce:ADDRESS", "away:DATE" or NULL */
};

struct life {
	const char	*name;
	const char	*list;		/* "open", "closed", "unknown", "none" (no list imported) */
	struct step	 steps[12];
	const char	*want;
};

#define REQUEST	{ "2026-09-07T09:12", "senar@senar.example", "EHC-20001", "please advise", NULL, NULL }
#define ALLOCATE { "2026-09-08T10:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer", NULL, NULL }
#define FIRST \
	"2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n" \
	"2026-09-07 09:12 move sorting\n2026-09-07 09:12 move with-worker\n" \
	"2026-09-07 09:12 forward forward to worker,head cc manager\n" \
	"2026-09-07 09:12 ask officer to head\n"

#define BOX	"box@trust.example"
#define LETTER	{ "2026-09-07T09:12", "senar@senar.example", "EHC-20001", "please advise", "letter.pdf", NULL }
#define ALLOCATE_LATER { "2026-09-08T12:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer", NULL, NULL }
#define SORTING \
	"2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n" \
	"2026-09-07 09:12 move sorting\n2026-09-07 09:12 ask involvement to support\n"
#define LETTER_FIRST \
	"2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n" \
	"2026-09-07 09:12 move sorting\n2026-09-07 09:12 move with-worker\n" \
	"2026-09-07 09:12 forward forward [letter.pdf] to worker,head cc manager\n" \
	"2026-09-07 09:12 ask officer to head\n"
#define UNCLEAR	"A mail was sent by hand that may be one of several steps of this case, so nothing was moved. " \
	"If it was one, please answer what is still asked about the case."

static const struct life lives[] = {
	{ "a known child: forwarded, officer named, reminded, returned, nobody is chased any more", "open", {
		REQUEST, ALLOCATE,
		{ "2026-10-02T10:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-10-02T10:41", "worker@trust.example", "EHC-20001", "here it is", "advice.docx", NULL },
		{ "2026-10-05T14:20", "officer@trust.example", "RE: EHC-20001", "APPROVED", NULL, NULL },
		{ "2027-01-01T00:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST
	  "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-21 08:30 remind remind to worker\n"
	  "2026-10-01 08:30 remind remind to worker\n"
	  "2026-10-02 10:41 move checking\n2026-10-02 10:41 ask check to officer\n"
	  "2026-10-05 14:20 move returned\n2026-10-05 14:20 forward forward [advice.docx] to senar\n2026-10-05 14:20 echo echo to officer\n" },
	{ "the whole ladder over Christmas, question and SENAR's own date beside it", "open", {
		{ "2026-11-23T11:00", "senar@senar.example", "EHC-20001", "please advise", NULL, NULL },
		{ "2026-11-24T10:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE officer@trust.example", NULL, NULL },
		{ "2027-01-15T00:00", NULL, NULL, NULL, NULL, NULL } },
	  "2026-11-23 11:00 date statutory 2027-01-04\n2026-11-23 11:00 date internal 2026-12-21\n"
	  "2026-11-23 11:00 move sorting\n2026-11-23 11:00 move with-worker\n"
	  "2026-11-23 11:00 forward forward to worker,head cc manager\n2026-11-23 11:00 ask officer to head\n"
	  "2026-11-24 10:00 echo echo to head\n"
	  "2026-12-07 08:30 remind remind to worker\n2026-12-17 08:30 remind remind to worker\n"
	  "2026-12-22 08:30 remind remind to worker cc manager\n"
	  "2026-12-30 08:30 escalate escalate to manager cc worker\n"
	  "2027-01-05 08:30 escalate escalate to head\n"
	  "2027-01-07 08:30 escalate escalate to head cc manager\n"
	  "2027-01-14 08:30 escalate escalate to head cc manager\n" },
	{ "nobody knows the child: the head alone, a question that is chased and climbs past its holder", "unknown", {
		REQUEST,
		{ "2026-09-22T12:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-09-22T13:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer BY 1 October 2026", NULL, NULL } },
	  "2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n"
	  "2026-09-07 09:12 move sorting\n2026-09-07 09:12 move with-officer\n"
	  "2026-09-07 09:12 forward forward to head\n2026-09-07 09:12 ask officer to head\n"
	  "2026-09-09 08:30 remind remind to head\n"
	  "2026-09-11 08:30 escalate escalate to support\n2026-09-15 08:30 escalate escalate to support\n"
	  "2026-09-17 08:30 escalate escalate to support\n"
	  "2026-09-22 13:00 date internal 2026-10-01\n2026-09-22 13:00 move writing\n2026-09-22 13:00 echo echo to head\n" },
	{ "no list was imported: the owner is asked, and answers", "none", {
		REQUEST,
		{ "2026-09-07T10:00", "support@trust.example", "RE: EHC-20001", "OPEN Wanda Worker\n\nKind regards", NULL, NULL } },
	  "2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n"
	  "2026-09-07 09:12 move sorting\n2026-09-07 09:12 ask involvement to support\n"
	  "2026-09-07 10:00 move with-worker\n2026-09-07 10:00 forward forward to worker,head cc manager\n"
	  "2026-09-07 10:00 ask officer to head\n2026-09-07 10:00 echo echo to support\n" },
	{ "the list names a worker whom the directory does not know: a person is asked, and chased", "stranger", {
		REQUEST,
		{ "2026-09-10T00:00", NULL, NULL, NULL, NULL, NULL } },
	  "2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n"
	  "2026-09-07 09:12 move sorting\n2026-09-07 09:12 ask involvement to support\n"
	  "2026-09-09 08:30 remind remind to support\n" },
	{ "closed on a day to come, agreed by a day that has passed: told so, and nothing changes", "none", {
		REQUEST,
		{ "2026-09-07T10:00", "support@trust.example", "RE: EHC-20001", "CLOSED 12 March 2027", NULL, NULL },
		{ "2026-09-07T11:00", "support@trust.example", "RE: EHC-20001", "OPEN Wanda Worker", NULL, NULL },
		{ "2026-09-08T10:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer BY 7 September 2026", NULL, NULL },
		{ "2026-09-08T11:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer BY 8 September 2026", NULL, NULL } },
	  "2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n"
	  "2026-09-07 09:12 move sorting\n2026-09-07 09:12 ask involvement to support\n"
	  "2026-09-07 10:00 echo echo-refused to support\n"
	  "2026-09-07 11:00 move with-worker\n2026-09-07 11:00 forward forward to worker,head cc manager\n"
	  "2026-09-07 11:00 ask officer to head\n2026-09-07 11:00 echo echo to support\n"
	  "2026-09-08 10:00 echo echo-refused to head\n"
	  "2026-09-08 11:00 date internal 2026-09-08\n2026-09-08 11:00 echo echo to head\n" },
	{ "a name that two people bear, and one that nobody bears, change nothing", "open", {
		REQUEST,
		{ "2026-09-08T10:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Alex Same", NULL, NULL },
		{ "2026-09-08T10:05", "head@trust.example", "RE: EHC-20001", "ALLOCATE Nora Nobody", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo-refused to head\n2026-09-08 10:05 echo echo-refused to head\n" },
	{ "an answer whose sender could not be proven goes to the owner", "open", {
		REQUEST,
		{ "2026-09-08T10:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer", NULL, "forged" } },
	  FIRST "2026-09-08 10:00 triage triage to support\n" },
	{ "a question is settled once", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-08T11:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Wanda Worker", NULL, "question:2" } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-08 11:00 echo echo-refused to head\n" },
	{ "a date that counts from the stage's beginning counts from this stage's, and anew in the next", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-14T10:00", "senar@senar.example", "EHC-20001", "please survey", NULL, NULL },
		{ "2026-09-24T12:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-09-25T10:00", "worker@trust.example", "EHC-20001", "here it is", "advice.docx", NULL },
		{ "2026-10-12T12:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-14 10:00 date survey-by 2026-09-28\n2026-09-14 10:00 move surveying\n"
	  "2026-09-24 08:30 remind remind to worker\n"
	  "2026-09-25 10:00 date survey-by 2026-10-09\n2026-09-25 10:00 move surveying-again\n"
	  "2026-10-07 08:30 remind remind to worker\n2026-10-12 08:30 remind remind to worker cc manager\n" },
	{ "sent back with words: a question to the worker, no more reminders against the date", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-18T10:00", "worker@trust.example", "EHC-20001", "here it is", "advice.docx", NULL },
		{ "2026-09-21T10:00", "officer@trust.example", "RE: EHC-20001", "AMEND section 3, please", NULL, NULL },
		{ "2026-09-23T12:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-09-24T10:00", "worker@trust.example", "EHC-20001", "again", "advice-2.docx", NULL },
		{ "2026-09-25T10:00", "officer@trust.example", "RE: EHC-20001", "APPROVED", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-18 10:00 move checking\n2026-09-18 10:00 ask check to officer\n"
	  "2026-09-21 10:00 move amending\n2026-09-21 10:00 ask amendment to worker\n2026-09-21 10:00 echo echo to officer\n"
	  "2026-09-23 08:30 remind remind to worker\n"
	  "2026-09-24 10:00 move checking\n2026-09-24 10:00 ask check to officer\n"
	  "2026-09-25 10:00 move returned\n2026-09-25 10:00 forward forward [advice-2.docx] to senar\n2026-09-25 10:00 echo echo to officer\n" },
	{ "seven days more: what has gone under the old date is not repeated, what lies ahead moves; less is refused", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-22T00:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-09-24T11:00", "manager@trust.example", "RE: EHC-20001", "EXTEND -3 days: too long", NULL, NULL },
		{ "2026-09-24T12:00", "manager@trust.example", "RE: EHC-20001", "EXTEND 7 days: sickness", NULL, NULL },
		{ "2026-10-09T00:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-21 08:30 remind remind to worker\n"
	  "2026-09-24 11:00 echo echo-refused to manager\n"
	  "2026-09-24 12:00 date internal 2026-10-12\n2026-09-24 12:00 echo echo to manager\n"
	  "2026-09-28 08:30 remind remind to worker\n2026-10-08 08:30 remind remind to worker\n" },
	{ "the worker cannot extend their own date: their manager is asked, and does not agree", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-24T12:00", "worker@trust.example", "RE: EHC-20001", "EXTEND 7 days: busy", NULL, NULL },
		{ "2026-09-25T12:00", "manager@trust.example", "RE: EHC-20001", "NOT AGREED", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-21 08:30 remind remind to worker\n"
	  "2026-09-24 12:00 ask wish to manager\n2026-09-24 12:00 echo echo to worker\n"
	  "2026-09-25 12:00 echo echo to manager\n2026-09-25 12:00 echo echo to worker\n" },
	{ "the manager agrees: as though they had said it; in their own words: the question is settled too", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-15T12:00", "worker@trust.example", "RE: EHC-20001", "EXTEND 7 days: busy", NULL, NULL },
		{ "2026-09-15T13:00", "manager@trust.example", "RE: EHC-20001", "AGREED", NULL, NULL },
		{ "2026-09-16T12:00", "worker@trust.example", "RE: EHC-20001", "EXTEND 20 days: busy", NULL, NULL },
		{ "2026-09-16T13:00", "manager@trust.example", "RE: EHC-20001", "EXTEND 2 days: that must do", NULL, NULL },
		{ "2026-09-24T12:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-15 12:00 ask wish to manager\n2026-09-15 12:00 echo echo to worker\n"
	  "2026-09-15 13:00 date internal 2026-10-12\n2026-09-15 13:00 echo echo to manager\n2026-09-15 13:00 echo echo to worker\n"
	  "2026-09-16 12:00 ask wish to manager\n2026-09-16 12:00 echo echo to worker\n"
	  "2026-09-16 13:00 date internal 2026-10-14\n2026-09-16 13:00 echo echo to manager\n" },
	{ "reassigned: the colleague gets the request and the reminders, the first one nothing more", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-15T12:00", "manager@trust.example", "RE: EHC-20001", "REASSIGN Cora Cover", NULL, NULL },
		{ "2026-09-22T12:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-09-23T12:00", "cover@trust.example", "EHC-20001", "here it is", "advice.docx", NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-15 12:00 forward forward to cover\n2026-09-15 12:00 echo echo to manager\n"
	  "2026-09-21 08:30 remind remind to cover\n"
	  "2026-09-23 12:00 move checking\n2026-09-23 12:00 ask check to officer\n" },
	{ "a misspelt answer is met with help; a colon or a dash behind the word is no error", "open", {
		REQUEST,
		{ "2026-09-08T10:00", "head@trust.example", "RE: EHC-20001", "ALOCATE Olaf Officer", NULL, NULL },
		{ "2026-09-08T10:05", "head@trust.example", "RE: EHC-20001", "Allocate: Olaf Officer", NULL, NULL },
		{ "2026-09-18T10:00", "worker@trust.example", "EHC-20001", "here it is", "advice.docx", NULL },
		{ "2026-09-21T10:00", "officer@trust.example", "RE: EHC-20001", "AMEND - section 3", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo-refused to head\n2026-09-08 10:05 echo echo to head\n"
	  "2026-09-18 10:00 move checking\n2026-09-18 10:00 ask check to officer\n"
	  "2026-09-21 10:00 move amending\n2026-09-21 10:00 ask amendment to worker\n2026-09-21 10:00 echo echo to officer\n" },
	{ "a colleague answers a question that is not theirs: told so, and the owner hears of it", "open", {
		REQUEST,
		{ "2026-09-08T10:00", "officer@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo-refused to officer\n2026-09-08 10:00 triage triage to support\n" },
	{ "another case's form is held, and is not what a later approval passes on", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-18T10:00", "worker@trust.example", "EHC-20001", "here it is", "advice.docx", NULL },
		{ "2026-09-18T11:00", "worker@trust.example", "EHC-20001", "and this", "EHC-20777 advice.docx", NULL },
		{ "2026-09-21T10:00", "officer@trust.example", "RE: EHC-20001", "APPROVED", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-18 10:00 move checking\n2026-09-18 10:00 ask check to officer\n"
	  "2026-09-18 11:00 held an attached form names another reference than the case\n2026-09-18 11:00 ask held to support\n"
	  "2026-09-21 10:00 move returned\n2026-09-21 10:00 forward forward [advice.docx] to senar\n2026-09-21 10:00 echo echo to officer\n" },
	{ "an approval that brings another case's form approves nothing", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-18T10:00", "worker@trust.example", "EHC-20001", "here it is", "advice.docx", NULL },
		{ "2026-09-21T10:00", "officer@trust.example", "RE: EHC-20001", "APPROVED", "EHC-20777 final.docx", NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-18 10:00 move checking\n2026-09-18 10:00 ask check to officer\n"
	  "2026-09-21 10:00 held an attached form names another reference than the case\n2026-09-21 10:00 ask held to support\n" },
	{ "a request's words with a bare reference, while the case runs: the owner says what it is, and no date moves", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T10:00", "senar@senar.example", "EHC-20001", "please advise", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-10 10:00 held A mail came that may be the same request again, or may ask where the answer is.\n"
	  "2026-09-10 10:00 triage triage to support\n" },
	{ "a reply whose old subject alone looks like the request is not the request again", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T10:00", "senar@senar.example", "please advise EHC-20001", "How is it going?", NULL, "reply" } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-10 10:00 held A reply came under an old subject, and the rules do not say what its words are.\n"
	  "2026-09-10 10:00 triage triage to support\n" },
	{ "a vacant post: the owner cannot approve in its place, but may name somebody who can", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T10:00", "senar@senar.example", "EHC-20001", "please audit", NULL, NULL },
		{ "2026-09-10T11:00", "support@trust.example", "RE: EHC-20001", "APPROVED", NULL, NULL },
		{ "2026-09-10T12:00", "support@trust.example", "RE: EHC-20001", "ALLOCATE Mona Manager", NULL, NULL },
		{ "2026-09-10T13:00", "manager@trust.example", "RE: EHC-20001", "APPROVED", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-10 10:00 move auditing\n2026-09-10 10:00 ask audit to support\n"
	  "2026-09-10 11:00 echo echo-refused to support\n"
	  "2026-09-10 12:00 ask audit to manager\n2026-09-10 12:00 echo echo to support\n"
	  "2026-09-10 13:00 move stopped\n2026-09-10 13:00 echo echo to manager\n" },
	{ "after downtime the missed rungs of a ladder are one mail, in sending hours", "open", {
		REQUEST, ALLOCATE,
		{ "2026-10-16T20:00", NULL, NULL, NULL, NULL, "asleep" },
		{ "2026-10-19T09:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-10-19 08:30 escalate escalate to head cc manager\n" },
	{ "held: the owner is asked every week; resumed: what was missed goes once", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T12:00", "manager@trust.example", "RE: EHC-20001", "HOLD: family bereaved", NULL, NULL },
		{ "2026-10-07T12:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-10-07T13:00", "manager@trust.example", "RE: EHC-20001", "RESUME", NULL, NULL },
		{ "2026-10-07T13:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-10 12:00 echo echo to manager\n"
	  "2026-09-17 08:30 remind remind to support\n2026-09-24 08:30 remind remind to support\n"
	  "2026-10-01 08:30 remind remind to support\n"
	  "2026-10-07 13:00 echo echo to manager\n2026-10-07 13:00 remind remind to worker cc manager\n" },
	{ "acknowledged: the next reminder is left out, the one after it goes", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-15T12:00", "worker@trust.example", "RE: EHC-20001", "ACK", NULL, NULL },
		{ "2026-10-02T00:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-10-01 08:30 remind remind to worker\n" },
	{ "away: the cover is chased; back again: the worker", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-08T11:00", "worker@trust.example", "Automatic reply: EHC-20001", "I am away", NULL, "away:2026-09-28" },
		{ "2026-10-02T00:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-21 08:30 remind remind to cover\n2026-10-01 08:30 remind remind to worker\n" },
	{ "away until a day that has passed, or is years off: as if no day were named, for a week", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-18T11:00", "worker@trust.example", "Automatic reply: EHC-20001", "I am away", NULL, "away:2026-01-05" },
		{ "2026-09-30T11:00", "worker@trust.example", "Automatic reply: EHC-20001", "I am away", NULL, "away:2062-10-02" },
		{ "2026-10-07T12:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-21 08:30 remind remind to cover\n2026-10-01 08:30 remind remind to cover\n"
	  "2026-10-06 08:30 remind remind to cover cc manager\n" },
	{ "a bounce: the next person and the owner hear of it at once, no date moves, the address is left alone", "open", {
		REQUEST,
		{ "2026-09-07T09:13", "postmaster@trust.example", "Undeliverable: EHC-20001", "", NULL, "bounce:worker@trust.example" },
		ALLOCATE,
		{ "2026-09-22T00:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-07 09:13 send not-delivered to cover,support\n"
	  "2026-09-08 10:00 echo echo to head\n2026-09-21 08:30 remind remind to cover\n" },
	{ "a manager who stands in for a worker may still give the work to a colleague", "none", {
		REQUEST,
		{ "2026-09-07T10:00", "support@trust.example", "RE: EHC-20001", "OPEN Lona Lone", NULL, NULL },
		{ "2026-09-07T10:01", "postmaster@trust.example", "Undeliverable: EHC-20001", "", NULL, "bounce:lone@trust.example" },
		{ "2026-09-07T12:00", "manager@trust.example", "RE: EHC-20001", "Reassign to Cora Cover please", NULL, NULL },
		{ "2026-09-07T13:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer", NULL, NULL },
		{ "2026-09-22T00:00", NULL, NULL, NULL, NULL, NULL } },
	  "2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n"
	  "2026-09-07 09:12 move sorting\n2026-09-07 09:12 ask involvement to support\n"
	  "2026-09-07 10:00 move with-worker\n2026-09-07 10:00 forward forward to lone,head cc manager\n"
	  "2026-09-07 10:00 ask officer to head\n2026-09-07 10:00 echo echo to support\n"
	  "2026-09-07 10:01 send not-delivered to manager,support\n"
	  "2026-09-07 12:00 forward forward to cover\n2026-09-07 12:00 echo echo to manager\n"
	  "2026-09-07 13:00 echo echo to head\n"
	  "2026-09-21 08:30 remind remind to cover\n" },
	{ "a name in \"to\" that gives nobody holds the whole row, and the owner is asked once", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-09T10:00", "senar@senar.example", "EHC-20001", "mystery", NULL, NULL },
		{ "2026-09-10T10:00", "senar@senar.example", "EHC-20001", "mystery again", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-09 10:00 held \"nobody\" gives nobody to write to\n2026-09-09 10:00 ask held to support\n"
	  "2026-09-10 10:00 held \"nobody\" gives nobody to write to\n" },
	{ "the same request again changes nothing; with another printed date the owner is asked", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T10:00", "senar@senar.example", "EHC-20001", "please advise", "request.pdf", NULL },
		{ "2026-09-11T10:00", "senar@senar.example", "EHC-20001", "please advise, return by 2 October 2026", "request.pdf", NULL },
		{ "2026-09-22T00:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-11 10:00 held The same request came again with something else in it (due date). Nothing was changed; please say which one holds.\n"
	  "2026-09-11 10:00 triage triage to support\n2026-09-21 08:30 remind remind to worker\n" },
	{ "a printed date that is earlier rules", "open", {
		{ "2026-09-07T09:12", "senar@senar.example", "EHC-20001", "please advise, return by 2 October 2026", NULL, NULL } },
	  "2026-09-07 09:12 date statutory 2026-10-02\n2026-09-07 09:12 date internal 2026-09-18\n"
	  "2026-09-07 09:12 move sorting\n2026-09-07 09:12 move with-worker\n"
	  "2026-09-07 09:12 forward forward to worker,head cc manager\n2026-09-07 09:12 ask officer to head\n" },
	{ "a printed date that had passed is not used: the law's weeks hold, and the owner is asked", "open", {
		{ "2026-09-07T09:12", "senar@senar.example", "EHC-20001", "please advise, return by 2 September 2026", NULL, NULL } },
	  "2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n"
	  "2026-09-07 09:12 move sorting\n2026-09-07 09:12 move with-worker\n"
	  "2026-09-07 09:12 held A mail asks for something by 2026-09-02, which had passed when it came. "
	  "That date is not used; if it holds, correct the case's due-date.\n"
	  "2026-09-07 09:12 ask held to support\n"
	  "2026-09-07 09:12 forward forward to worker,head cc manager\n2026-09-07 09:12 ask officer to head\n" },
	{ "the child is no longer assessed: them, and then silence", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T10:00", "senar@senar.example", "EHC-20001", "advice is no longer needed", NULL, NULL },
		{ "2026-12-10T10:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-12-11T10:00", "senar@senar.example", "EHC-20001", "where is it", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-10 10:00 move stopped\n2026-09-10 10:00 send no-longer-needed to worker\n"
	  "2026-12-11 10:00 held A mail came about a case that has ended.\n2026-12-11 10:00 triage triage to support\n" },
	{ "WHY and HELP are answered and change nothing; a stranger's is not answered", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-09T10:00", "worker@trust.example", "RE: EHC-20001", "WHY\n\nthanks", NULL, NULL },
		{ "2026-09-09T11:00", "manager@trust.example", "RE: EHC-20001", "help", NULL, NULL },
		{ "2026-09-09T12:00", "parent@home.example", "RE: EHC-20001", "WHY", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-09 10:00 reply why to worker\n2026-09-09 11:00 reply help to manager\n"
	  "2026-09-09 12:00 held A mail came about this case, and the rules do not say what it is.\n"
	  "2026-09-09 12:00 triage triage to support\n" },
	{ "a chaser goes to the officer once there is one, a stranger's mail to the owner", "open", {
		REQUEST,
		{ "2026-09-07T12:00", "senar@senar.example", "EHC-20001", "where is it", NULL, NULL },
		ALLOCATE,
		{ "2026-09-09T12:00", "senar@senar.example", "EHC-20001", "where is it", NULL, NULL },
		{ "2026-09-09T13:00", "parent@home.example", "EHC-20001", "hello", NULL, NULL } },
	  FIRST "2026-09-07 12:00 forward forward to head\n2026-09-08 10:00 echo echo to head\n"
	  "2026-09-09 12:00 forward forward to officer\n"
	  "2026-09-09 13:00 held A mail came about this case, and the rules do not say what it is.\n"
	  "2026-09-09 13:00 triage triage to support\n" },
	{ "sent on by hand instead of an answer: the worker is known and chased, the others get what did not reach them", "none", {
		LETTER,
		{ "2026-09-08T10:00", BOX, "EHC-20001", "Wanda, yours", "letter.pdf", "hand:worker@trust.example,box@trust.example" },
		{ "2026-09-08T11:00", "support@trust.example", "RE: EHC-20001", "NOT KNOWN", NULL, "question:1" },
		ALLOCATE_LATER,
		{ "2026-09-22T12:00", NULL, NULL, NULL, NULL, NULL } },
	  SORTING "2026-09-08 10:00 move with-worker\n2026-09-08 10:00 forward forward [letter.pdf] to head cc manager\n"
	  "2026-09-08 10:00 ask officer to head\n"
	  "2026-09-08 11:00 echo echo-refused to support\n"
	  "2026-09-08 12:00 echo echo to head\n2026-09-21 08:30 remind remind to worker\n" },
	{ "sent on by hand to somebody whom a step names already: that step, and nothing is sent twice", "none", {
		LETTER,
		{ "2026-09-08T10:00", BOX, "EHC-20001", "Hedda, please", "letter.pdf", "hand:head@trust.example" },
		{ "2026-09-08T12:00", "head@trust.example", "RE: EHC-20001", "ALLOCATE Olaf Officer", NULL, NULL } },
	  SORTING "2026-09-08 10:00 move with-officer\n2026-09-08 10:00 ask officer to head\n"
	  "2026-09-08 12:00 move writing\n2026-09-08 12:00 echo echo to head\n" },
	{ "by hand, but to two people of whom either may be the worker, to nobody we know, or without the request: nothing moves", "none", {
		LETTER,
		{ "2026-09-08T09:00", BOX, "EHC-20001", "who?", "letter.pdf", "hand:worker@trust.example,cover@trust.example" },
		{ "2026-09-08T09:01", BOX, "EHC-20001", "who?", "letter.pdf", "hand:stranger@trust.example" },
		{ "2026-09-08T09:02", BOX, "EHC-20001", "who?", NULL, "hand:worker@trust.example" },
		{ "2026-09-08T09:03", BOX, "EHC-20001", "who?", "letter.pdf", "hand:support@trust.example" },
		{ "2026-09-09T12:00", NULL, NULL, NULL, NULL, NULL } },
	  SORTING "2026-09-09 08:30 remind remind to support\n" },
	{ "seen two days after it was sent: the time between is not lost, and the strand does not go back before it began", "none", {
		LETTER,
		{ "2026-09-22T10:00", BOX, "EHC-20001", "Wanda, yours", "letter.pdf", "hand-late:worker@trust.example" },
		{ "2026-09-22T12:00", NULL, NULL, NULL, NULL, NULL } },
	  SORTING "2026-09-09 08:30 remind remind to support\n"
	  "2026-09-11 08:30 escalate escalate to head\n2026-09-15 08:30 escalate escalate to head\n2026-09-17 08:30 escalate escalate to head\n"
	  "2026-09-22 10:00 move with-worker\n2026-09-22 10:00 forward forward [letter.pdf] to head cc manager\n"
	  "2026-09-22 10:00 ask officer to head\n2026-09-22 10:00 remind remind to worker\n" },
	{ "returned by hand, a file that never came to us: the end, and nothing goes twice; before, the request itself is no advice", "open", {
		LETTER, ALLOCATE,
		{ "2026-09-10T10:00", BOX, "EHC-20001", "your own letter back", "letter.pdf", "hand:senar@senar.example" },
		{ "2026-09-11T10:00", BOX, "EHC-20001", "we are at it", NULL, "hand:senar@senar.example" },
		{ "2026-09-12T10:00", BOX, "EHC-20001", "here it is", "advice.docx", "hand:senar@senar.example" },
		{ "2026-12-22T12:00", NULL, NULL, NULL, NULL, NULL } },
	  LETTER_FIRST "2026-09-08 10:00 echo echo to head\n2026-09-12 10:00 move returned\n" },
	{ "what came and is being checked, returned by hand: the question is withdrawn", "open", {
		LETTER, ALLOCATE,
		{ "2026-09-18T10:00", "worker@trust.example", "EHC-20001", "here it is", "advice.docx", NULL },
		{ "2026-09-19T10:00", BOX, "EHC-20001", "here it is", "advice.docx", "hand:senar@senar.example" },
		{ "2026-09-20T10:00", "officer@trust.example", "RE: EHC-20001", "APPROVED", NULL, "question:3" },
		{ "2026-12-22T12:00", NULL, NULL, NULL, NULL, NULL } },
	  LETTER_FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-18 10:00 move checking\n2026-09-18 10:00 ask check to officer\n2026-09-19 10:00 move returned\n"
	  "2026-09-20 10:00 echo echo-refused to officer\n" },
	{ "two ends fit: nothing moves, and the owner hears of it once", "open", {
		LETTER, ALLOCATE,
		{ "2026-09-12T10:00", BOX, "EHC-20001", "here it is", "advice.docx", "hand:senar@senar.example,head@trust.example" },
		{ "2026-09-13T10:00", BOX, "EHC-20001", "here it is", "advice.docx", "hand:senar@senar.example,head@trust.example" } },
	  LETTER_FIRST "2026-09-08 10:00 echo echo to head\n2026-09-12 10:00 held " UNCLEAR "\n2026-09-12 10:00 triage held to support\n" },
	{ "by hand, another child's form: nothing moves, and the owner hears of it", "open", {
		LETTER, ALLOCATE,
		{ "2026-09-12T10:00", BOX, "EHC-20001", "here it is", "EHC-20777 form.docx", "hand:senar@senar.example" } },
	  LETTER_FIRST "2026-09-08 10:00 echo echo to head\n2026-09-12 10:00 held A mail was sent by hand about this case, and nothing was moved: "
	  "an attached form names another reference than the case. If it went to the wrong person, please act on it at once.\n"
	  "2026-09-12 10:00 triage held to support\n" },
	{ "by hand, words that would be commands, and what we had sent as well: nothing at all", "open", {
		LETTER,
		{ "2026-09-08T08:00", BOX, "RE: EHC-20001", "ALLOCATE Olaf Officer", NULL, "hand:box@trust.example" },
		{ "2026-09-08T08:01", BOX, "RE: EHC-20001", "WHY", NULL, "hand:head@trust.example" },
		{ "2026-09-08T08:02", BOX, "EHC-20001", "please advise, return by 1 October 2026", NULL, "hand:worker@trust.example" },
		{ "2026-09-08T08:03", BOX, "EHC-20001", "yours too", "letter.pdf", "hand:worker@trust.example" },
		ALLOCATE },
	  LETTER_FIRST "2026-09-08 10:00 echo echo to head\n" },
	{ "corrected: under a new date what has passed goes once, collapsed, and what has gone is not repeated", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-22T00:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-09-24T12:00", "!", "correct due-date 5 October 2026", NULL, NULL, NULL },
		{ "2026-09-24T12:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-09-24T13:00", "!", "correct due-date ", NULL, NULL, NULL },
		{ "2026-10-01T12:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-21 08:30 remind remind to worker\n"
	  "2026-09-24 12:00 note due-date is now 2026-10-05.\n"
	  "2026-09-24 12:00 date statutory 2026-10-05\n2026-09-24 12:00 date internal 2026-09-21\n"
	  "2026-09-24 12:00 remind remind to worker cc manager\n"
	  "2026-09-24 13:00 note due-date is no longer known.\n"
	  "2026-09-24 13:00 date statutory 2026-10-19\n2026-09-24 13:00 date internal 2026-10-05\n"
	  "2026-10-01 08:30 remind remind to worker\n" },
	{ "another worker: the colleague gets the request and the reminders; the same again is refused", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-15T12:00", "!", "correct worker cover@trust.example", NULL, NULL, NULL },
		{ "2026-09-15T12:01", "!", "correct worker Cora Cover", NULL, NULL, NULL },
		{ "2026-09-15T12:02", "!", "correct worker Alex Same", NULL, NULL, NULL },
		{ "2026-09-22T12:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-15 12:00 note worker is now cover@trust.example.\n2026-09-15 12:00 forward forward to cover\n"
	  "2026-09-15 12:01 refused worker says that already.\n"
	  "2026-09-15 12:02 refused Several people are named \"Alex Same\": Alex Same, Social Worker, North <twin1@trust.example>; Alex Same, Social Worker, South <twin2@trust.example>. Please give the e-mail address.\n"
	  "2026-09-21 08:30 remind remind to cover\n" },
	{ "moved by hand: what the stage does on entry is done, and its question asked", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T10:00", "!", "move advice with-officer", NULL, NULL, NULL },
		{ "2026-09-10T10:01", "!", "move advice with-oficer", NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n"
	  "2026-09-10 10:00 move with-officer\n2026-09-10 10:00 forward forward to head\n2026-09-10 10:00 ask officer to head\n"
	  "2026-09-10 10:01 refused The strand \"advice\" has no stage \"with-oficer\"; did you mean \"with-officer\"?\n" },
	{ "closed by hand: nobody is chased any more", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T10:00", "!", "close", NULL, NULL, NULL },
		{ "2026-12-10T10:00", NULL, NULL, NULL, NULL, NULL },
		{ "2026-12-11T10:00", "!", "close", NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-10 10:00 note advice ends at \"with worker\".\n"
	  "2026-12-11 10:00 refused This case is closed already.\n" },
	{ "paused: no reminder until its end, then the last one alone", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-10T10:00", "!", "pause 2026-10-07T09:00", NULL, NULL, NULL },
		{ "2026-10-07T08:59", NULL, NULL, NULL, NULL, NULL },
		{ "2026-10-07T09:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-10-07 09:00 remind remind to worker cc manager\n" },
	{ "what was missed goes with what falls due that day, not some minutes before it", "unknown", {
		REQUEST,
		{ "2026-09-08T10:00", "!", "pause 2026-09-15T00:00", NULL, NULL, NULL },
		{ "2026-09-15T08:22", NULL, NULL, NULL, NULL, "late" },
		{ "2026-09-15T12:00", NULL, NULL, NULL, NULL, NULL } },
	  "2026-09-07 09:12 date statutory 2026-10-19\n2026-09-07 09:12 date internal 2026-10-05\n"
	  "2026-09-07 09:12 move sorting\n2026-09-07 09:12 move with-officer\n"
	  "2026-09-07 09:12 forward forward to head\n2026-09-07 09:12 ask officer to head\n"
	  "2026-09-15 08:30 escalate escalate to support\n" },
	{ "a rung looked at in vain, whose condition only a decision changes, goes with it, not weeks after", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-09T12:00", "!", "correct closed-on 2026-09-08", NULL, NULL, NULL },
		{ "2026-09-30T12:00", "!", "correct closed-on 2026-09-09", NULL, NULL, NULL },
		{ "2026-09-30T12:30", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-09 12:00 note closed-on is now 2026-09-08.\n"
	  "2026-09-21 08:30 remind remind to worker\n2026-09-30 12:00 note closed-on is now 2026-09-09.\n"
	  "2026-09-30 12:00 remind remind to support\n" },
	{ "and one whose condition time alone changes is looked at every working day", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-09T12:00", "!", "correct closed-on 2026-09-10", NULL, NULL, NULL },
		{ "2026-10-22T12:00", NULL, NULL, NULL, NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-09 12:00 note closed-on is now 2026-09-10.\n"
	  "2026-09-21 08:30 remind remind to worker\n2026-10-01 08:30 remind remind to worker\n"
	  "2026-10-06 08:30 remind remind to worker cc manager\n2026-10-12 08:30 escalate escalate to manager cc worker\n"
	  "2026-10-19 08:30 escalate escalate to head cc manager\n2026-10-20 08:30 escalate escalate to head\n"
	  "2026-10-22 08:30 remind remind to head\n" },
	{ "who stands in for everybody agrees with their own wish, and hears of it once", "open", {
		REQUEST, ALLOCATE,
		{ "2026-09-14T10:00", "postmaster@trust.example", "Undeliverable: EHC-20001", "", NULL, "bounce:worker@trust.example" },
		{ "2026-09-14T10:01", "postmaster@trust.example", "Undeliverable: EHC-20001", "", NULL, "bounce:cover@trust.example" },
		{ "2026-09-14T10:02", "postmaster@trust.example", "Undeliverable: EHC-20001", "", NULL, "bounce:manager@trust.example" },
		{ "2026-09-14T11:00", "head@trust.example", "RE: EHC-20001", "HOLD: school holidays", NULL, NULL },
		{ "2026-09-14T12:00", "head@trust.example", "RE: EHC-20001", "AGREED", NULL, NULL } },
	  FIRST "2026-09-08 10:00 echo echo to head\n2026-09-14 10:00 send not-delivered to cover,support\n"
	  "2026-09-14 10:01 send not-delivered to manager,support\n2026-09-14 10:02 send not-delivered to head,support\n"
	  "2026-09-14 11:00 ask wish to head\n2026-09-14 11:00 echo echo to head\n2026-09-14 12:00 echo echo to head\n" },
};

struct stage_set {
	struct arena		*arena;
	struct pack		*pack;
	struct directory	*directory;
	struct involvement	 row;
	struct world		 world;
	struct case_state	*state;
	instant			 next_due;
	int64_t			 message, change;
	struct buf		 trace;
};

static const char *
local_part(struct arena *arena, const char *address)
{
	return arena_strndup(arena, address, strcspn(address, "@"));
}

static const char *
local_parts(struct arena *arena, const struct strs *list)
{
	struct strs parts = { NULL, 0 };

	for (size_t i = 0; i < list->n; i++)
		strs_add(arena, &parts, local_part(arena, list->v[i]));
	return strs_join(arena, &parts, ",");
}

static void
trace_line(struct stage_set *set, instant at, const char *text)
{
	buf_printf(&set->trace, "%s %02d:%02d %s\n", date_iso(set->arena, instant_date(at)), instant_minute(at) / 60,
	    instant_minute(at) % 60, text);
}

/* " [advice.docx]": what a forward takes along. */
static const char *
files_of(struct stage_set *set, int64_t message)
{
	const char *files = "";

	for (size_t i = 0; message != 0 && i < set->state->mail_count; i++)
		for (size_t d = 0; set->state->mails[i].message == message && d < set->state->mails[i].document_count; d++)
			files = arena_printf(set->arena, "%s [%s]", files, set->state->mails[i].documents[d].name);
	return files;
}

static void
trace_decision(struct stage_set *set, const struct decision *decision, instant at)
{
	for (size_t i = 0; i < decision->deadline_count; i++)
		trace_line(set, at, arena_printf(set->arena, "date %s %s", decision->deadlines[i].name,
		    date_iso(set->arena, decision->deadlines[i].date)));
	for (size_t i = 0; i < decision->entry_count; i++)
		trace_line(set, at, arena_printf(set->arena, "move %s", decision->entries[i].stage));
	for (size_t i = 0; i < decision->held_count; i++)
		if (strncmp(decision->held[i].reason, "An answer came", 14) != 0)
			trace_line(set, at, arena_printf(set->arena, "held %s", decision->held[i].reason));
	for (size_t i = 0; i < decision->mail_count; i++) {
		const struct outgoing *mail = &decision->mails[i];
		const char *what = mail->template;

		for (size_t q = 0; mail->act == ACT_ASK && q < decision->question_count; q++)
			if (decision->questions[q].no == mail->question)
				what = decision->questions[q].name;
		trace_line(set, at, arena_printf(set->arena, "%s %s%s to %s%s%s", mail->act_name, what, files_of(set, mail->forward),
		    local_parts(set->arena, &mail->to), mail->cc.n > 0 ? " cc " : "", local_parts(set->arena, &mail->cc)));
	}
	set->next_due = decision->next_due;
	for (size_t i = 0; i < decision->absence_count; i++)
		*arena_push(set->arena, set->directory->absences, set->directory->absence_count) = decision->absences[i];
}

static const char *
sent_by_hand(const struct step *step)
{
	return step->flags != NULL && strncmp(step->flags, "hand", 4) == 0 ? strchr(step->flags, ':') + 1 : NULL;
}

static struct message *
mail_of(struct stage_set *set, const struct step *step, instant at)
{
	struct message *m = arena_alloc(set->arena, sizeof(*m));

	m->message_id = arena_printf(set->arena, "%lld@test", (long long)set->message);
	m->in_reply_to = m->thread_root = m->marking = m->forwarded_text = m->quoted_text = "";
	m->original_message_id = m->calendar_method = m->calendar_answer = "";
	m->forwarded_from.address = m->forwarded_from.name = "";
	m->from.address = step->from;
	m->from.name = "";
	m->sender = m->from;
	m->subject = m->subject_peeled = step->subject;
	m->new_text = step->text;
	m->date = m->received = at;
	m->back_on = DAY_NONE;
	if (step->file != NULL) {
		struct document *document = arena_push(set->arena, m->documents, m->document_count);

		document->name = step->file;
		document->type = "application/octet-stream";
		document->content_id = document->text = document->unreadable = "";
		snprintf(document->sha256, sizeof(document->sha256), "%064d", (int)strlen(step->file));
	}
	if (step->flags != NULL && strncmp(step->flags, "bounce:", 7) == 0) {
		m->notice = NOTICE_BOUNCE;
		arena_push(set->arena, m->bounced, m->bounced_count)->address = step->flags + 7;
		m->bounced[0].status = m->bounced[0].reason = "";
	}
	if (step->flags != NULL && strcmp(step->flags, "reply") == 0)
		m->in_reply_to = "an.earlier@mail";
	for (const char *to = sent_by_hand(step); to != NULL && *to != '\0'; to += strcspn(to, ",") + (strchr(to, ',') != NULL))
		*arena_push(set->arena, m->to.v, m->to.n) = (struct mail_address){ "", arena_strndup(set->arena, to, strcspn(to, ",")) };
	if (step->flags != NULL && strncmp(step->flags, "away:", 5) == 0) {
		m->notice = NOTICE_OUT_OF_OFFICE;
		date_parse_iso(step->flags + 5, &m->back_on);
	}
	return m;
}

static void
mail_step(struct stage_set *set, const struct step *step, instant at)
{
	struct event event = { .type = EVENT_MAIL, .at = at, .message = ++set->message };
	struct classified *classified;
	struct decision *decision;

	event.mail = mail_of(set, step, at);
	event.by_hand = sent_by_hand(step) != NULL;
	if (event.by_hand && strncmp(step->flags, "hand-late", 9) == 0)
		event.at = at - 2 * 86400;
	event.authenticated = step->flags == NULL || strcmp(step->flags, "forged") != 0;
	if (step->flags != NULL && strncmp(step->flags, "question:", 9) == 0)
		event.question = step->flags[9] - '0';
	classify(set->arena, set->pack, set->directory, event.mail, at, &classified);
	classify_settle(set->arena, set->pack, &set->world, event.mail, at,
	    set->state->strand_count == 0 ? NULL : set->state, classified);
	if (event.by_hand)
		classified->kind = NULL;
	event.classified = classified;
	decide(set->arena, set->pack, &set->world, set->state, &event, at, &decision);
	trace_decision(set, decision, at);
	assert_false(event.by_hand && decision->needs_person);
}

/* "correct FACT VALUE", "move STRAND STAGE", "detach MAIL", "close", "pause T": what is no row of the rules is traced in words. */
static void
admin_step(struct stage_set *set, const struct step *step, instant at)
{
	struct admin admin = { .change = ++set->change };
	struct event event = { .type = EVENT_ADMIN, .at = at, .admin = &admin, .who = "uid 1" };
	char word[20] = "", first[80] = "", rest[80] = "";
	struct decision *decision;

	sscanf(step->subject, "%19s %79s %79[^\n]", word, first, rest);
	while (strcmp(admin_word_name(admin.word), word) != 0)
		admin.word++;
	admin.fact = admin.strand = first;
	admin.value = admin.stage = rest;
	admin.message = strtol(first, NULL, 10);
	if (admin.word == ADMIN_CORRECT) {
		admin.strand = NULL;
		event.changed = first;
	}
	if (admin.word == ADMIN_PAUSE)
		assert_true(instant_parse_iso(first, &set->state->paused_until));
	decide(set->arena, set->pack, &set->world, set->state, &event, at, &decision);
	if (decision->refused != NULL)
		trace_line(set, at, arena_printf(set->arena, "refused %s", decision->refused));
	for (size_t i = 0; i < decision->notes.n; i++)
		trace_line(set, at, arena_printf(set->arena, "note %s", decision->notes.v[i]));
	if (decision->refused == NULL)
		trace_decision(set, decision, at);
}

static void
time_passes(struct stage_set *set, instant until)
{
	struct event event = { .type = EVENT_TIMER };
	struct decision *decision;

	for (int turn = 0; set->next_due != INSTANT_NONE && set->next_due <= until; turn++) {
		event.at = set->next_due;
		assert_true(turn < 1000);
		decide(set->arena, set->pack, &set->world, set->state, &event, event.at, &decision);
		trace_decision(set, decision, event.at);
	}
}

static void
set_up(struct stage_set *set, const struct life *life)
{
	struct buf problems = BUF_INIT;
	struct problems wrong;
	struct err err;

	memset(set, 0, sizeof(*set));
	set->arena = arena_new();
	wrong = (struct problems){ .arena = set->arena };
	pack_read(set->arena, "tests/data/decide", "config/calendars", "small", &set->pack, &wrong);
	if (problems_errors(&wrong) > 0) {
		problems_print(&wrong, &problems);
		fail_msg("%s", buf_text(&problems));
	}
	assert_int_equal(directory_read(set->arena, "tests/data/decide/directory.csv", &set->directory, &problems, &err), 0);
	buf_free(&problems);
	set->row = (struct involvement){
		.person_id = "1", .name = "A Child", .nhs_number = "", .upn = "", .service = "CSC",
		.worker = strcmp(life->list, "stranger") == 0 ? "stranger@trust.example" : "worker@trust.example",
		.open = strcmp(life->list, "open") == 0 || strcmp(life->list, "stranger") == 0, .born = DAY_NONE, .closed_on = DAY_NONE,
	};
	set->world = (struct world){
		.directory = set->directory, .involved = &set->row, .involved_count = set->row.open,
		.list_is_fresh = strcmp(life->list, "none") != 0, .mailbox = "box@trust.example", .answers_by_reference = true,
	};
	set->state = arena_alloc(set->arena, sizeof(*set->state));
	set->state->reference = "";
	set->state->closed = INSTANT_NONE;
	set->next_due = INSTANT_NONE;
}

static void
test_lives(void **unused)
{
	size_t failed = 0;

	(void)unused;
	for (size_t l = 0; l < sizeof(lives) / sizeof(lives[0]); l++) {
		struct stage_set set;

		set_up(&set, &lives[l]);
		for (size_t i = 0; i < 12 && lives[l].steps[i].at != NULL; i++) {
			const struct step *step = &lives[l].steps[i];
			instant at = INSTANT_NONE;

			assert_true(instant_parse_iso(step->at, &at));
			if (set.state->opened == 0)
				set.state->opened = at;
			if (step->from != NULL && strcmp(step->from, "!") == 0) {
				time_passes(&set, at);
				admin_step(&set, step, at);
			} else if (step->from != NULL) {
				time_passes(&set, at);
				mail_step(&set, step, at);
			} else if (step->flags == NULL) {
				time_passes(&set, at);
			} else {		/* asleep: what was due meanwhile is found late */
				struct event event = { .type = EVENT_TIMER, .at = at };
				struct decision *decision;

				decide(set.arena, set.pack, &set.world, set.state, &event, at, &decision);
				trace_decision(&set, decision, at);
			}
		}
		if (strcmp(buf_text(&set.trace), lives[l].want) != 0) {
			fprintf(stderr, "%s:\n--- wanted\n%s--- got\n%s", lives[l].name, lives[l].want, buf_text(&set.trace));
			failed++;
		}
		buf_free(&set.trace);
		arena_free(&set.arena);
	}
	assert_int_equal(failed, 0);
}

/* Promise nobody-forgotten: a rung that repeats goes on for as long as nobody answers, be it eleven years. */
static void
test_a_rung_never_stops(void **unused)
{
	static const struct life life = { "eleven years", "open", { REQUEST }, "" };
	struct stage_set set;
	instant at;

	(void)unused;
	set_up(&set, &life);
	assert_true(instant_parse_iso(life.steps[0].at, &at));
	set.state->opened = at;
	mail_step(&set, &life.steps[0], at);
	for (int year = 2027; year <= 2037; year++) {
		buf_free(&set.trace);
		assert_true(instant_parse_iso(arena_printf(set.arena, "%d-12-31", year), &at));
		time_passes(&set, at);
		if (strstr(buf_text(&set.trace), "escalate escalate to head") == NULL)
			fail_msg("nobody was told in %d:\n%s", year, buf_text(&set.trace));
	}
	buf_free(&set.trace);
	arena_free(&set.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lives), cmocka_unit_test(test_a_rung_never_stops) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
