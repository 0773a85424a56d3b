/*
 * A case as it stands, and what one event makes of it.  Open data: store/
 * fills a struct case_state and applies a struct decision; case/ computes one
 * from the other and touches nothing else.  Numbers inside a case (strands,
 * entries, questions) are counted by case/ from 1, so that a decision is
 * complete before anything is stored.
 */
#ifndef CASE_CASE_H
#define CASE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/str.h"
#include "case/reached.h"
#include "conf/directory.h"
#include "conf/involvement.h"
#include "mail/message.h"
#include "rule/pack.h"

/* ---- The case */

struct case_fact {
	const char	*name;		/* child-name, date-of-birth, nhs-number, upn, reference, worker, officer, due-date ... */
	const char	*value;		/* dates ISO, people addresses */
	int		 strand;	/* 0: the case's */
	enum text_source source;
	const char	*who;		/* address, "list", "administrator" */
	instant		 at;
	int64_t		 message;	/* 0: none */
	bool		 superseded;
	int64_t		 change;	/* the administrator's change that put it there, 0 */
};

struct case_strand {
	int		 no;		/* 1.. */
	const char	*name;		/* "advice" */
	const char	*service;	/* divided strands, else "" */
	const char	*stage;
	int		 entry;		/* counts this strand's stage entries, 1.. */
	instant		 began, entered;
	bool		 final;
	const char	*chased;	/* REASSIGN: address chased instead, "" without */
	bool		 held;		/* HOLD until RESUME */
	instant		 held_at;
	bool		 gone;		/* in a decision: it never began, since what began it was taken back */
};

struct case_entry {			/* history of stages: for "back" and explanations */
	int		 strand, entry;
	const char	*stage;
	instant		 at;
	const char	*rule;		/* "file:line" */
	int		 from;		/* the entry that it was left for this one */
};

struct case_deadline {
	int		 strand;	/* 0: the case's */
	const char	*name;
	dayno		 date;
	int		 version;	/* 1.. */
	const char	*derivation;	/* "4 Jan 2027: six weeks after ... (SEND Regs 2014 reg 8(1))" */
	bool		 superseded;
};

enum question_state { QUESTION_OPEN, QUESTION_ANSWERED, QUESTION_WITHDRAWN };

struct case_question {
	int		 no;		/* 1.. */
	int		 strand, entry;	/* where it was put; 0: the case's */
	const char	*name;
	struct strs	 asked;		/* addresses it was put to */
	instant		 at;
	enum question_state state;
	const char	*answer;	/* the answer's word, "" while open */
	const char	*answered_by;
	instant		 answered_at;
	struct strs	 of_role;	/* who it was put for, as roles, to resolve again */
};

struct case_rung {			/* promise "once": a rung's key */
	int		 strand;	/* 0: the pack's always */
	int		 entry;		/* 0: the strand's always */
	int		 question;	/* 0: not a question's ladder */
	const char	*rung;
	int		 occurrence;	/* 1.. for repeats */
	int		 version;	/* of the deadline its date came from; 0 where none */
	bool		 collapsed;	/* did not go by itself: a later one went for it */
};

#define KIND_BY_HAND	"sent-by-hand"	/* stands where a mail's kind does: a person sent it from the watched mailbox */

struct case_mail {			/* a mail that joined the case */
	int64_t		 message;
	const char	*kind;
	int		 strand;	/* that took it, 0 */
	const char	*from;		/* address */
	instant		 received;
	const char	*message_id;
	struct document	*documents;	/* real ones only, with hashes */
	size_t		 document_count;
};

struct case_sent {			/* a mail that went out, or is to */
	int64_t		 outbox;	/* 0: in the decision now being made */
	const char	*template;
	enum act_word	 act;
	int		 strand;
	struct strs	 to, cc;
	const char	*message_id;
	instant		 at;
	int64_t		 forwarded;	/* message, 0 */
	int		 question;	/* 0 */
	bool		 shadow;	/* it stayed here: its mailbox was in the mode "shadow" */
};

struct case_state {
	int64_t		 id;		/* daemon's number; 0 before it is stored */
	const char	*reference;	/* "" where it has none */
	instant		 opened, closed;	/* closed: INSTANT_NONE while open */
	instant		 paused_until;	/* nothing goes out before; INSTANT_NONE */
	struct case_fact	*facts;		size_t fact_count;
	struct case_strand	*strands;	size_t strand_count;
	struct case_entry	*entries;	size_t entry_count;
	struct case_deadline	*deadlines;	size_t deadline_count;
	struct case_question	*questions;	size_t question_count;
	struct case_rung	*rungs;		size_t rung_count;
	struct case_mail	*mails;		size_t mail_count;	/* oldest first */
	struct case_sent	*sent;		size_t sent_count;
};

/* "EHC-20417", else "case 12": the name of a case in mails and prints. */
/* A case in which nothing has happened yet; it has no id and no reference. */
struct case_state *case_empty(struct arena *arena, instant opened);
const char *case_name(struct arena *arena, const struct case_state *state);
/* A fact as it stands for a strand (its own, else the case's), or NULL; and its value. */
const struct case_fact *case_fact_now(const struct case_state *state, int strand, const char *name);
const char *case_fact_value(const struct case_state *state, int strand, const char *name);
/* The stage before a strand's entry; NULL before the first. */
const char *case_stage_before(const struct case_state *state, int strand, int entry);
dayno	case_deadline_date(const struct case_state *state, int strand, const char *name);	/* DAY_NONE */

/* ---- The world around it, immutable for the length of a decision */

struct candidate;

struct world {
	const struct directory	*directory;
	const struct involvement *involved;	/* rows of the list that agree with this child, strongest first */
	size_t			 involved_count;
	bool			 list_is_fresh;	/* imported within two working days: it may answer */
	const struct candidate	*named;		/* EVENT_MAIL: children of this pack's cases whose full names it bears (match.h) */
	size_t			 named_count;
	const char		*mailbox;	/* address of the watched mailbox the case lives in */
	const char		*administrator;	/* address, the last to be told; or NULL */
	bool			 answers_by_reference;	/* simulate: design section 10 */
	instant			 paused_until;	/* everything, or this mailbox; 0 or INSTANT_NONE: not */
	struct reached		*reached;	/* the rules' lines that decide something are noted here; NULL: nobody asks */
};

/* ---- What an administrator puts right */

enum admin_word { ADMIN_CORRECT, ADMIN_DETACH, ADMIN_MERGE, ADMIN_MOVE, ADMIN_CLOSE, ADMIN_UNDO, ADMIN_PAUSE, ADMIN_RESUME,
	ADMIN_EXCEPT };	/* the order is part of the store */
const char *admin_word_name(enum admin_word word);	/* "correct" ... */

struct case_touch {			/* a strand or a question as it was before a mail or a change touched it */
	int64_t			 message, change;	/* which; 0: time, or the list */
	instant			 at;
	int			 strand_no, question_no;	/* one of them, the other 0 */
	bool			 existed;
	struct case_strand	 strand;	/* where it existed */
	struct case_question	 question;	/* its state and answer alone */
};

struct admin {
	enum admin_word		 word;
	int64_t			 change;	/* its own number */
	const char		*code;		/* for the journal: "correct due-date" */
	const char		*fact, *value;	/* correct: value "": it is taken away; except: a deadline, an exception */
	dayno			 until;		/* except: to this day, or DAY_NONE: by so many */
	int			 days;
	const char		*strand;	/* correct, move: "advice", its service or its number; NULL: the case's */
	const char		*stage;		/* move */
	bool			 quiet;		/* move: what the stage does on entry is left out */
	int64_t			 message;	/* detach */
	const struct case_state	*other;		/* merge: the case that goes into this one */
	int64_t			 undoes;	/* undo: the change that is taken back, and */
	enum admin_word		 undone;
	const struct case_mail	*back;		/* the mails that come back with it */
	size_t			 back_count;
	const struct case_touch	*touches;	/* detach, undo: those in force, oldest first */
	size_t			 touch_count;
};

/* ---- Events */

enum event_type {
	EVENT_MAIL,		/* a mail of a kind; also an answer, a command or a notice: decide finds out */
	EVENT_TIMER,		/* something has fallen due */
	EVENT_OPENED,		/* internal: a case begins */
	EVENT_CHANGED,		/* the involvement list, a fact */
	EVENT_ADMIN,		/* administrator: correct, move, close ... */
	EVENT_UNDELIVERED	/* the mail server will not have a mail of ours for some: as though it had come back from them */
};

struct event {
	enum event_type		 type;
	instant			 at;		/* received, or now */
	const struct message	*mail;		/* EVENT_MAIL; EVENT_UNDELIVERED: only whom it did not reach */
	int64_t			 message;	/* its row */
	const struct classified	*classified;
	bool			 authenticated;	/* the sender is who From says */
	bool			 forged;	/* the mailbox's own server says that they are not */
	bool			 doubtful;	/* ours or the requester's by its address, and not proven though it could be */
	int			 question;	/* the question found by code or message-id; 0: none */
	int64_t			 about_outbox;	/* the mail of ours that a notice or reply is about; 0 */
	const struct case_sent	*about;		/* the same, as it went out; act is left out; NULL */
	bool			 about_several;	/* a notice, without a case: that mail of ours was about several */
	const char		*about_act, *about_rule;	/* its act as printed, and the rule, "file:line" or "" */
	const char		*changed;	/* EVENT_CHANGED: fact name, or "involvement" */
	const char		*before, *after;	/* EVENT_CHANGED: what it was and is, in words; NULL */
	bool			 by_hand;	/* a person sent it from the watched mailbox: evidence, and no sender of any role */
	bool			 again;		/* decided once before: its alerts have gone */
	bool			 vouched;	/* and a person has looked at it: whose it is, or that it may go, is their word */
	bool			 guards_released;	/* a person says that its forms are about the right child */
	const char		*who;		/* for the journal, where it is not the sender; NULL */
	const struct admin	*admin;		/* EVENT_ADMIN; else NULL */
};

/* ---- Decisions */

struct outgoing {
	enum act_word	 act;		/* forward send reply remind escalate ask; and: */
	const char	*act_name;	/* as printed: also triage, digest, echo */
	const char	*template;
	struct strs	 to, cc;
	int		 strand;	/* 0 */
	const char	*strand_name;	/* "advice", or NULL */
	struct where	 rule;
	int		 question;	/* an ask: its number; 0 */
	struct strs	 answers;	/* words with a button each: "APPROVED", "AMEND {words}" */
	int64_t		 forward;	/* message whose text and documents go along; 0 */
	struct strs	 enclose;	/* kinds whose latest mail's documents go along */
	const char	*attach;	/* pack file or NULL */
	int64_t		 in_reply_to;	/* message it answers; 0 */
	const char	*why;		/* footer: why the reader gets it */
	const char	*note;		/* echo, triage: the sentences; passed to the template as {note} */
	bool		 urgent;
	bool		 late;		/* a reminder that fell due a day or more ago, while nothing could go */
	bool		 shows_wants;
	const char	*wants;		/* what is awaited, or NULL */
	/* remind, escalate: strands and deadlines as they stood when it was decided (its row may move on); NULL */
	const struct case_state	*then;
	const char	*extra_field, *extra_value;	/* one field of the act itself, or NULL */
	const char	*held;		/* what it puts before a person is known by this, where note says more; NULL */
	int64_t		 triage;	/* row that it is about, its code and answers go along; 0; the engine's to fill, as are: */
	struct strs	 meanings;	/* what each of the answers means, beside them; none, or one for each */
	const char	*choices;	/* what may be answered besides, a line each; NULL */
	const char	*since, *by;	/* days: since when it waits, for a reminder; until when an answer is hoped for; NULL */
	struct strs	 leave_out;	/* files of such names do not go along (guards) */
	const char	*held_why;	/* a guard: it waits until held_for releases it, or NULL */
	const char	*held_known_by;	/* held_why with the rules' own name for the guard */
	struct strs	 held_for;
};

/* What waits for a person, by what may be said about it; the order is part of the store. */
enum triage_kind {
	TRIAGE_NOTE,		/* told; DONE */
	TRIAGE_MAIL,		/* a mail that nobody could place: the number of a case, NEW, NOT A CASE */
	TRIAGE_FORM,		/* a mail whose form may be another child's: RELEASE, or as above */
	TRIAGE_ROW,		/* a mail's row of the rules that could not be done: AGAIN */
	TRIAGE_ANSWER,		/* an answer whose sender could not be proven: CONFIRM, REFUSE */
	TRIAGE_OUTGOING		/* a mail of ours that is held: RELEASE, DROP */
};

struct held {				/* something a person must settle; also a triage row */
	const char	*reason;	/* plain sentence without personal data */
	const char	*known_by;	/* the same with the rules' own names, where it has words for them; NULL */
	int		 strand;
	struct where	 rule;
	int64_t		 message;
	enum triage_kind kind;
	const char	*template;	/* of the mail that puts it to the mailbox owner; NULL: it is only listed */
};

struct decision {
	bool			 opens_case;
	bool			 ends_case, reopens_case;
	const char		*reference;	/* newly known, or NULL */
	struct case_fact	*facts;		size_t fact_count;
	struct case_strand	*strands;	size_t strand_count;	/* new and changed, whole */
	struct case_entry	*entries;	size_t entry_count;	/* moves, in order */
	struct case_deadline	*deadlines;	size_t deadline_count;	/* new versions */
	struct case_question	*questions;	size_t question_count;	/* new and changed, whole */
	struct case_rung	*rungs;		size_t rung_count;
	struct outgoing		*mails;		size_t mail_count;
	struct held		*held;		size_t held_count;
	struct absence		*absences;	size_t absence_count;
	struct strs		 not_reached;	/* by a mail of several cases: each of them is to hear of it */
	struct strs		 filings;	/* IMAP folders for the mail; empty: "Processed" */
	bool			 needs_person;	/* the mail waits in "Needs you" */
	bool			 is_answer;	/* the mail was a person's answer or word to us */
	int			 taken_by;	/* strand that took the mail, 0 */
	struct strs		 why;		/* sentences, each ending "(file:line)" where a rule says so */
	instant			 next_due;	/* when the case wants EVENT_TIMER again; INSTANT_NONE: never */
	instant			 pause_until;	/* STOP: nothing goes out for the mailbox until then; INSTANT_NONE: it goes on; 0: as it is */
	/* EVENT_ADMIN: */
	int64_t			 change;
	const char		*refused;	/* why it cannot be: nothing is to be stored; NULL */
	struct strs		 notes;		/* what it changes beside dates, moves and mails, a sentence each */
};

const struct case_strand *case_strand(const struct case_state *state, int no);	/* NULL: none of that number */

#endif
