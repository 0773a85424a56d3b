/*
 * A rule pack as read: roles, kinds, deadlines, questions, strands, stages,
 * ladders.  Immutable once read; lives in one arena; open on purpose, since
 * it is what check, classify, decide, describe and draw all walk.  Names refer
 * by string; check (rule/check.c) proves that each one exists.
 * The language: design section 6, settled points in section 14; for
 * administrators, adviced-rules(5).
 */
#ifndef RULE_PACK_H
#define RULE_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/calendar.h"
#include "base/date.h"
#include "base/str.h"
#include "rule/pattern.h"

struct where {			/* the line that says so; file as the administrator knows it */
	const char	*file;
	int		 line;
};

/* ---- Recipients: "worker", "worker's manager", "them", "officer else owner" */

struct recipient_choice {
	const char	*role;		/* a role's name, or a ready-made one: owner them sender ... */
	bool		 manager;	/* ...'s manager */
};

struct recipient {			/* the first choice that gives somebody */
	struct recipient_choice	*choices;
	size_t			 choice_count;	/* 0: could not be read, which was reported; the pack is not used */
	const char		*text;	/* as written */
};

struct recipients {			/* all of them */
	struct recipient	*v;
	size_t			 n;
	struct where		 where;
};

/* ---- Dates: "earliest of due-date, advice-request + 6 weeks" */

struct date_step {
	int		 n;		/* negative: before */
	enum date_unit	 unit;
};

struct date_term {
	const char	*base;		/* fact, deadline, kind, or received entered asked due today */
	struct date_step *steps;	/* chained */
	size_t		 step_count;
	int		 beginning_n;	/* "15 days beginning with base": n, else 0 */
	enum date_unit	 beginning_unit;
	int		 weekday;	/* "next Wednesday": 0..6, else -1 */
	const char	*no_later_than;	/* "agreed-date but no later than statutory": the cap's name, or NULL */
};

enum date_choice { DATE_EARLIEST, DATE_LATEST, DATE_FIRST_KNOWN };	/* the last: "a, else b" */

struct date_expr {
	enum date_choice choice;
	struct date_term *terms;
	size_t		 term_count;
	const char	*text;		/* as written */
	struct where	 where;
};

/* "1 week"; "2 working days, 3 in all, then 1 week" */
struct repeat {
	struct date_step first;		/* n == 0: does not repeat */
	int		 in_all;	/* of the first beat, counting the first occurrence; 0 = for ever */
	struct date_step then;		/* n == 0: stops there */
};

/* ---- Conditions */

enum test_kind {
	TEST_NAMED,		/* another condition, by name */
	TEST_INVOLVEMENT,	/* open closed not-known */
	TEST_SERVICE, TEST_FLAG, TEST_OPEN_TO,
	TEST_AGE,		/* "under 18", "18 or over", "17 years 6 months or over" */
	TEST_FACT,		/* a fact is known, or (name = value) is one of values */
	TEST_DATES,		/* "closed-on within 3 months of advice-request", "a before b", "a after b" */
	TEST_CHANGED, TEST_COPIED, TEST_ATTACHMENT, TEST_KNOWN, TEST_RECEIVED, TEST_SENT,
	TEST_STAGE, TEST_SAYS, TEST_OPEN
};

enum date_relation { DATES_BEFORE, DATES_AFTER, DATES_WITHIN };

struct test {
	enum test_kind	 kind;
	/* TEST_FACT: the fact; TEST_CHANGED: kind or fact; TEST_NAMED: condition.  Where a pack names several
	 * (fact = [ "a", "b" ]), name is NULL, values are the names, and any of them will do. */
	const char	*name;
	struct strs	 values;	/* either of them */
	const char	*since;		/* TEST_CHANGED with since: the role whose version is compared, or NULL */
	int		 age_months;	/* TEST_AGE: at least (age_over) or under this many months */
	bool		 age_over;
	enum date_relation relation;	/* TEST_DATES */
	struct date_expr *left, *right;
	struct date_step within;
	struct pattern	**says;		/* TEST_SAYS */
	size_t		 says_count;
	struct where	 where;
};

struct condition {			/* all tests hold */
	const char	*name;		/* NULL: written in place */
	struct test	*tests;
	size_t		 test_count;
	struct strs	 meets;
	struct where	 where;
};

struct conditions {			/* any of them; none at all holds always */
	struct condition *v;
	size_t		  n;
};

/* ---- Roles */

enum role_source { ROLE_ADDRESS, ROLE_MAILBOX, ROLE_POST, ROLE_ON_CASE, ROLE_ON_STRAND,
	ROLE_INVOLVED, ROLE_IS, ROLE_CHOOSE };

struct role {
	const char	*name;
	enum role_source source;
	const char	*address;	/* ROLE_ADDRESS, ROLE_MAILBOX (its name) */
	const char	*post;		/* ROLE_POST, or the fallback of ROLE_ON_CASE */
	const char	*team_of;	/* role whose team it must be, or NULL */
	struct strs	 services;	/* ROLE_ON_CASE, ROLE_INVOLVED */
	struct recipients is;		/* ROLE_IS; also a choice's */
	struct role	*choices;	/* ROLE_CHOOSE: the first whose when holds */
	size_t		 choice_count;
	struct recipients otherwise;	/* else */
	struct strs	 except;
	struct conditions when;
	struct strs	 meets;
	struct where	 where;
};

/* ---- Kinds of mail */

struct extract {
	const char	*fact;
	struct pattern	**patterns;	/* tried in order over subject, new text, attachment text */
	size_t		 pattern_count;
	bool		 or_received;	/* "{received}" stands last as the fallback */
	struct where	 where;
};

struct kind_test {
	struct strs	 from;		/* roles; sender must fit one */
	struct pattern	**says, **named, **subject;
	size_t		 says_count, named_count, subject_count;
	struct strs	 attachment;	/* file name patterns */
	bool		 awaited;	/* only while such a mail is awaited from the sender */
	struct where	 where;
};

struct kind {
	const char	*name;
	struct kind_test test;
	struct kind_test *or_test;	/* NULL, or another way to be this kind */
	struct kind_test *unless;	/* NULL, or what keeps it from being this kind */
	struct extract	*extracts;
	size_t		 extract_count;
	struct strs	 needs;		/* "child" or fact names */
	bool		 kept;		/* opens no case: joined if the child comes again */
	struct strs	 meets;
	struct where	 where;
};

struct value_fact {			/* facts : { permission : { from; refused = [..]; given = [..] } } */
	const char	*name;
	struct strs	 from;
	struct { const char *value; struct pattern **patterns; size_t pattern_count; } *values;
	size_t		 value_count;
	bool		 of_case;	/* of = "case": the child's, whichever strand takes the mail that says so */
	struct strs	 meets;
	struct where	 where;
};

struct deadline {
	const char	*name;
	struct date_expr is;
	bool		 fixed;		/* EXTEND cannot move it */
	bool		 optional;
	bool		 of_stage;	/* counts from a stage's beginning, and a stage is to be done by it: each strand has its own */
	const char	*because;	/* or NULL */
	struct strs	 meets;
	struct where	 where;
};

/* What the law lets a person move a date for, and nothing else does: { ground = "..."; words = "..."; of = [ deadlines ] } */
struct exception {
	const char	*name;
	const char	*ground;	/* the regulation */
	const char	*words;		/* what it is, in words */
	struct strs	 of;		/* deadlines that it may move; a base may leave that to those who extend it */
	struct strs	 meets;
	struct where	 where;
};

/* ---- Questions */

struct answer {				/* "ALLOCATE {person as officer} BY {date as agreed-date}" */
	const char	*word;		/* the fixed words at its start: "ALLOCATE", "NOT KNOWN" */
	const char	*text;		/* as written */
	struct pattern	*pattern;
};

struct question {
	const char	*name;
	struct recipients of;
	bool		 one_after_the_other;
	struct answer	*answers;
	size_t		 answer_count;
	bool		 list_answers;	/* the involvement list may answer */
	const char	*by_mail;	/* a mail of this kind answers, or NULL */
	const char	*shows;		/* kind whose documents go with it, or NULL */
	bool		 outlives_stage;
	const char	*ladder;	/* "question" unless it says another */
	const char	*template;	/* its own name unless it says another */
	const char	*invitation_accepted, *invitation_declined;	/* answer words or NULL */
	struct strs	 meets;
	struct where	 where;
};

/* ---- Rows: what happens, when, and where it goes.  Also what stands in do, choose, begins, and a rung. */

enum event_word { ON_NONE, ON_KIND, ON_ANSWER, ON_COMMAND, ON_NOTICE, ON_CHANGED, ON_OPENED, ON_ENDED };

enum act_word { ACT_FORWARD, ACT_SEND, ACT_REPLY, ACT_REMIND, ACT_ESCALATE, ACT_ASK,
	ACT_SET, ACT_RECORD, ACT_FILE, ACT_HOLD, ACT_END, ACT_FORGET };
const char *act_word_name(enum act_word act);	/* "forward" ... */

struct act {
	enum act_word	 word;
	const char	*value;		/* kind or "this", template, question, reason, folder, strand */
	struct recipients whom;		/* remind, escalate */
	struct { const char *fact; const char *value; } *sets;	/* value: literal, role, or "sender" */
	size_t		 set_count;
	struct strs	 names;		/* ACT_FORGET */
};

struct row {
	const char	*name;		/* a rung's name, else NULL */
	const char	*key;		/* what it is known by when lines have moved: its place and its text, or its name */
	enum event_word	 event;
	struct strs	 names;		/* kinds, answer words ("any"), notices, fact names, strands */
	struct pattern	*command;	/* ON_COMMAND */
	struct strs	 from;		/* roles as written: "worker", "worker's manager" */
	struct recipients from_whom;	/* the same, parsed */
	struct conditions when, unless;

	struct act	*acts;		/* in file order */
	size_t		 act_count;
	struct recipients to, cc;
	const char	*template;
	const char	*attach;	/* file from the pack's files/ */
	const char	*enclose;	/* kind whose documents go too ("with" is the same) */
	const char	*starts;	/* fact set to the day the mail was accepted */
	bool		 restarts;	/* set anew each time */
	bool		 urgent, once, stay;
	struct recipients of;		/* whom an ask of this row asks instead */
	const char	*go;		/* stage, "back", or NULL */
	const char	*for_each;	/* begins: a fact that holds several, or NULL */

	struct date_expr at;		/* rungs; term_count 0 elsewhere */
	struct repeat	 every;
	struct strs	 meets;
	struct where	 where;
};

struct rows {
	struct row	*v;
	size_t		 n;
};

struct ladder {
	const char	*name;		/* NULL: written in a stage */
	struct rows	 rungs;		/* in file order */
	bool		 empty;		/* { } is all that is written */
	struct where	 where;
};

struct ladder_ref {			/* a stage's ladder: by name, or its own */
	const char	*name;		/* or NULL */
	struct ladder	*own;
	struct where	 where;
};

struct stage {
	const char	*name;
	struct recipients waits_for;	/* n == 0: nobody */
	const char	*due;		/* deadline name or NULL */
	struct ladder_ref *ladders;
	size_t		 ladder_count;
	const char	*ask;		/* question or NULL */
	struct recipients ask_of;	/* of = ... beside ask, n == 0 without */
	const char	*waits;		/* reason or NULL */
	const char	*wants;		/* what is awaited, said in reminders, or NULL */
	const char	*told;		/* how whoever is waited for knows, where no mail of ours says so; or NULL */
	bool		 final;
	const char	*one_for_each;	/* "service" or NULL */
	const char	*age_counted_on;
	struct rows	 entry;		/* do */
	struct rows	 choose;
	struct rows	 on;
	struct strs	 meets;
	struct where	 where;
};

struct strand {
	const char	*name;
	struct rows	 begins;
	struct stage	*stages;
	size_t		 stage_count;
	struct rows	 always;	/* on */
	struct ladder	 always_ladder;	/* rungs.n == 0 without */
	struct strs	 meets;
	struct where	 where;
};

struct service {
	const char	*name;
	struct strs	 teams, words;
	struct pattern	**patterns;	/* of words */
	size_t		 pattern_count;
	struct where	 where;
};

struct guard {
	const char	*name;
	const char	*flag;		/* or NULL */
	const char	*file;		/* file name pattern, or NULL */
	const char	*held_for;	/* role */
	struct recipients copy_requests_to;
	bool		 by_hand, first, leave_out;
	struct conditions unless;
	struct strs	 meets;
	struct where	 where;
};

struct alert {
	const char	*name;
	struct kind_test test;
	struct strs	 sent_to;	/* address patterns */
	struct strs	 sent_to_unless;	/* roles */
	struct recipients to;
	struct strs	 meets;
	struct where	 where;
};

struct digest {
	const char	*name;
	struct recipients to;
	const char	*every;		/* "Monday" */
	struct strs	 lists;
	struct conditions when;
	struct strs	 meets;
	struct where	 where;
};

struct text { const char *name, *value; struct where where; };

struct template;			/* rule/template.h */

struct pack {
	const char	*name;		/* folder's name */
	const char	*folder;	/* path */
	struct strs	 folders;	/* its own, then those of what it extends: templates/ and files/ are looked for in this order */
	struct where	 where;		/* its pathway.cfg */
	struct strs	 meets;
	const char	*title, *protocol, *version, *effective;
	const char	*hash;		/* of all its files, hex: the pack version */
	struct strs	 file_hashes;	/* SHA-256 of each file in files/, hex: a form that comes back so is an empty one */
	struct strs	 watches;
	const char	*owner;		/* role */
	struct where	 owner_where;
	struct strs	 domains;
	struct where	 domains_where;
	struct pattern	**references;
	size_t		 reference_count;
	struct strs	 reference_shapes;
	const char	*calendar_name;
	struct calendar	*calendar;	/* closed-days included */
	const char	*age_counted_on;
	int		 hours_from, hours_to;	/* minutes of the day: 08:00 - 18:00 */
	int		 timers_at;	/* 08:30 */
	struct strs	*same_words;
	size_t		 same_word_count;
	struct strs	 wanted;

	struct service	*services;	size_t service_count;
	struct role	*roles;		size_t role_count;
	struct kind	*kinds;		size_t kind_count;
	struct value_fact *facts;	size_t fact_count;
	struct deadline	*deadlines;	size_t deadline_count;
	struct exception *exceptions;	size_t exception_count;
	struct condition *conditions;	size_t condition_count;
	struct question	*questions;	size_t question_count;
	struct ladder	*ladders;	size_t ladder_count;
	struct strand	*strands;	size_t strand_count;
	struct rows	 always;
	struct ladder	 always_ladder;
	struct guard	*guards;	size_t guard_count;
	struct alert	*alerts;	size_t alert_count;
	struct digest	*digests;	size_t digest_count;
	struct text	*texts;		size_t text_count;
	struct text	*called;	size_t called_count;	/* names in words for people: see pack_called() */
	struct template	**templates;	size_t template_count;
	bool		 templates_unread;	/* a folder of them could not be read, and that was said */
	struct strs	 said;		/* every value that can name something: see pack_says() */
};

/* Sets of_stage of every deadline; the reader's, once all is read. */
void			 pack_mark_dates(struct pack *pack);

/* Look-ups by name; NULL where there is none. */
const struct role	*pack_role(const struct pack *pack, const char *name);
const struct kind	*pack_kind(const struct pack *pack, const char *name);
const struct value_fact	*pack_value_fact(const struct pack *pack, const char *name);
const struct deadline	*pack_deadline(const struct pack *pack, const char *name);
const struct exception	*pack_exception(const struct pack *pack, const char *name);
const struct condition	*pack_condition(const struct pack *pack, const char *name);
const struct question	*pack_question(const struct pack *pack, const char *name);
const struct ladder	*pack_ladder(const struct pack *pack, const char *name);
const struct strand	*pack_strand(const struct pack *pack, const char *name);
const struct stage	*strand_stage(const struct strand *strand, const char *name);
const struct template	*pack_template(const struct pack *pack, const char *name);
const char		*pack_text(const struct pack *pack, const char *name);
/* Does a value somewhere in the pack have the name as one of its words?  Phrases for mails do not count. */
/*
 * How people are told of something that the pack names: the words that it gives (called : { ... }), else the name with spaces
 * for its dashes.  Of a post's role, the post.  pack NULL: it is not at hand.
 */
bool			 pack_has_words(const struct pack *pack, const char *name);	/* of its own, for this name */
const char		*pack_called(const struct pack *pack, struct arena *arena, const char *name);
bool			 pack_says(const struct pack *pack, const char *name);
/* Is a value just this text? */
bool			 pack_says_text(const struct pack *pack, const char *text);
/* Path of files/NAME in the pack or in what it extends, or NULL. */
char			*pack_file(struct arena *arena, const struct pack *pack, const char *name);
/* "rules/PACK/pathway.cfg:41" */
char	*where_text(struct arena *arena, struct where where);

#endif
