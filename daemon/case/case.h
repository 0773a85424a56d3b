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
};

struct case_entry {			/* history of stages: for "back" and explanations */
	int		 strand, entry;
	const char	*stage;
	instant		 at;
	const char	*rule;		/* "file:line" */
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
};

struct case_state {
	int64_t		 id;		/* daemon's number; 0 before it is stored */
	const char	*reference;	/* "" where it has none */
	instant		 opened, closed;	/* closed: INSTANT_NONE while open */
	bool		 paused;
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
const char *case_name(struct arena *arena, const struct case_state *state);
/* The current value of a fact for a strand (its own, else the case's), or NULL. */
const char *case_fact_value(const struct case_state *state, int strand, const char *name);
/* The stage before a strand's entry; NULL before the first. */
const char *case_stage_before(const struct case_state *state, int strand, int entry);
dayno	case_deadline_date(const struct case_state *state, int strand, const char *name);	/* DAY_NONE */

/* ---- The world around it, immutable for the length of a decision */

struct world {
	const struct directory	*directory;
	const struct involvement *involved;	/* rows of the list that agree with this child, strongest first */
	size_t			 involved_count;
	bool			 list_is_fresh;	/* imported within two working days: it may answer */
	const char		*mailbox;	/* address of the watched mailbox the case lives in */
	bool			 answers_by_reference;	/* simulate: design section 10 */
};

/* ---- Events */

enum event_type {
	EVENT_MAIL,		/* a mail of a kind; also an answer, a command or a notice: decide finds out */
	EVENT_TIMER,		/* something has fallen due */
	EVENT_OPENED,		/* internal: a case begins */
	EVENT_CHANGED,		/* the involvement list, a fact */
	EVENT_ADMIN		/* administrator: correct, move, close ... (issue 3) */
};

struct event {
	enum event_type		 type;
	instant			 at;		/* received, or now */
	const struct message	*mail;		/* EVENT_MAIL */
	int64_t			 message;	/* its row */
	const struct classified	*classified;
	bool			 authenticated;	/* the sender is who From says */
	bool			 forged;	/* the mailbox's own server says that they are not */
	int			 question;	/* the question found by code or message-id; 0: none */
	int64_t			 about_outbox;	/* the mail of ours that a notice or reply is about; 0 */
	const char		*changed;	/* EVENT_CHANGED: fact name, or "involvement" */
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
	bool		 shows_wants;
	const char	*wants;		/* what is awaited, or NULL */
	const char	*extra_field, *extra_value;	/* one field of the act itself, or NULL */
};

struct held {				/* something a person must settle; also a triage row */
	const char	*reason;	/* plain sentence without personal data */
	int		 strand;
	struct where	 rule;
	int64_t		 message;
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
	struct strs		 filings;	/* IMAP folders for the mail; empty: "Processed" */
	bool			 needs_person;	/* the mail waits in "Needs you" */
	bool			 is_answer;	/* the mail was a person's answer or word to us */
	int			 taken_by;	/* strand that took the mail, 0 */
	struct strs		 why;		/* sentences, each ending "(file:line)" where a rule says so */
	instant			 next_due;	/* when the case wants EVENT_TIMER again; INSTANT_NONE: never */
};

#endif
