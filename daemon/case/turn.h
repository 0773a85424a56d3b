/*
 * One call of decide() while it is being worked out: the case brought up to
 * date as it goes, and the decision being filled.  Internal to case/decide*.c
 * and schedule.c.
 */
#ifndef CASE_TURN_H
#define CASE_TURN_H

#include "case/case.h"
#include "case/classify.h"
#include "case/conditions.h"
#include "case/dates.h"
#include "case/decide.h"
#include "case/people.h"

struct turn {
	struct arena		*arena;
	const struct pack	*pack;
	struct world		 world;		/* with absences learned in this turn */
	struct directory	 directory;
	struct case_state	*state;
	const struct event	*event;
	instant			 now;
	dayno			 today;
	struct decision		*decision;
	const char		*sender;	/* address the mail came from, or NULL */
	int			 mail_index;	/* of the event's mail in state->mails, -1 without */
	int			*touched_strands;	size_t touched_strand_count;
	int			*touched_questions;	size_t touched_question_count;
	int			 steps;		/* stage entries so far: a bound on rule loops */
	bool			 quiet;		/* what a stage does on entry is left out */
	bool			 late;		/* the rung at hand could have gone a day ago or earlier */
	/* The mail at hand, sent by a person, has done this act, and what else passes on a mail of the kind; NULL. */
	const struct act	*by_hand_act;
	const char		*by_hand_kind;
	struct strs		 changes;	/* sentences for the echo: what changed */
};

#define TURN_STEPS_MAX	32

/* Whom a ladder or a stage chases. */
struct chased {
	const struct recipients	*them;
	struct strs		 addresses;	/* when not through a role: a question's, REASSIGN's */
	bool			 climbing;	/* a rung: an "else" passes over whoever is being chased */
	int			 question;	/* whose ladder it is, 0 */
};

/* Facts and dates as they were: what is held or untaken has changed nothing. */
struct facts_mark {
	struct case_fact	*facts;		size_t fact_count, facts_decided;
	struct case_deadline	*deadlines;	size_t deadline_count, deadlines_decided;
	const char		*reference, *reference_decided;
	size_t			 changes;
};

/* turn.c: the case while it changes */
struct facts_mark turn_mark(struct turn *turn);
void	turn_undo(struct turn *turn, const struct facts_mark *mark);
struct case_strand *turn_strand(struct turn *turn, int no);
struct case_question *turn_question(struct turn *turn, int no);
const struct strand *turn_strand_rules(const struct turn *turn, int no);
const struct stage *turn_stage(const struct turn *turn, int no);	/* where the strand stands, NULL */
instant	turn_moment(const struct turn *turn, int no);	/* when the strand moves: now, or when a mail was sent by hand */
void	turn_touch_strand(struct turn *turn, int no);
void	turn_touch_question(struct turn *turn, int no);
void	turn_set_fact(struct turn *turn, int strand, const char *name, const char *value,
	    enum text_source source, const char *who);
void	turn_forget_fact(struct turn *turn, int strand, const char *name);
void	turn_why(struct turn *turn, struct where where, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void	turn_changed(struct turn *turn, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	turn_hold(struct turn *turn, int strand, struct where where, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
struct people_query turn_query(const struct turn *turn, int strand, const struct chased *chased);
struct cond_query turn_conditions(const struct turn *turn, int strand);
bool	turn_rung_gone(const struct turn *turn, const struct case_rung *key, bool any_version);
void	turn_rung_add(struct turn *turn, const struct case_rung *key);
/* The newest mail of a kind that joined the case; a strand's own first; NULL. */
const struct case_mail *turn_mail_of_kind(const struct turn *turn, int strand, const char *kind);
struct chased turn_chased(struct turn *turn, int strand);	/* by the stage's waits-for */
/* Who is chased, as addresses, absences replaced. */
struct strs turn_chased_people(struct turn *turn, int strand, const struct chased *chased);
struct strs turn_chased_by_right(struct turn *turn, int strand, const struct chased *chased);	/* absent or not */
void	turn_learn_absence(struct turn *turn, const char *address, dayno until, const char *because);

/* decide_mail.c, decide_kind.c: a mail */
void	mail_take(struct turn *turn);
void	mail_waits(struct turn *turn);		/* it is none of its kind until a person has decided */
void	mail_untaken(struct turn *turn, const char *reason);
void	kind_take(struct turn *turn, const struct kind *kind);

/* decide_acts.c: what a row does */
enum acted { ACTED, ACTED_HELD };
enum acted acts_run(struct turn *turn, int strand, const struct row *row, const struct chased *chased);
struct outgoing *acts_tell_owner(struct turn *turn, int strand, struct where where, const char *act_name,
	    const char *template, const char *note);
void	acts_tell(struct turn *turn, int strand, const char *act_name, const char *template,
	    const char *address, const char *note);
void	acts_record(struct turn *turn, const struct outgoing *mail);	/* it is among what was sent */
bool	acts_may_write(const struct turn *turn, const char *address);
void	acts_drop_machines(const struct turn *turn, struct strs *addresses);
void	acts_merge(struct turn *turn);		/* reminders and escalations to the same people are one mail */

/* decide_stage.c: moving */
void	stage_go(struct turn *turn, int strand, const char *stage, struct where where);
int	stage_strand(struct turn *turn, const struct strand *rules, const char *service);	/* a new one, in no stage yet */
void	stage_begin(struct turn *turn, const struct strand *rules, const struct row *row);
void	stage_ended(struct turn *turn, const char *name);	/* a strand of that name has: was it the last? */
bool	stage_row_fits(struct turn *turn, int strand, const struct row *row, enum event_word event, const char *name);
/* The first row that fits, from the stage's on, the strand's always, the pack's (strand 0). */
const struct row *stage_row_for(struct turn *turn, int strand, enum event_word event, const char *name,
	    bool packs_too);
bool	stage_take(struct turn *turn, int strand, const struct row *row);
void	stage_finish(struct turn *turn);	/* ends the case when every strand has */

/* guards.c: what holds for every mail that was decided, whatever its row said */
void	guards_hold(struct turn *turn);

/* decide_divide.c: a strand for each service */
bool	divide_begin(struct turn *turn, const struct strand *rules, const struct row *row);	/* true: some began */
/* Does a list ask somebody else for what is asked already?  The sentence that says so, or NULL. */
const char *divide_other_person(struct turn *turn, const struct strand *rules, const char *list);
struct strs divide_stage(struct turn *turn, int strand, const struct stage *stage);	/* the services left for others */
void	divide_others(struct turn *turn, int strand, const struct stage *stage, const struct strs *services);

/* decide_question.c */
const struct answer *question_answer_fitting(const struct question *rules, struct arena *arena, const char *line, bool with_service);
const struct answer *question_list_answer(struct turn *turn, const struct question *rules, const char **line_r);
bool	question_take_row(struct turn *turn, struct case_question *question, const char *word);
void	question_open_again(struct case_question *question);
struct case_question *question_new(struct turn *turn, int strand, const char *name);
void	question_mail(struct turn *turn, const struct case_question *question, const struct question *rules, struct where where);
void	question_put(struct turn *turn, int strand, const char *name, const struct recipients *of,
	    struct where where);
void	question_ask_list(struct turn *turn);	/* what a new involvement list answers by itself */
/* What the question may be answered with goes into a mail about it: answers, buttons, a code. */
void	question_answers(struct turn *turn, int question, struct outgoing *mail);
void	question_again(struct turn *turn, struct case_question *question);
void	question_withdraw(struct turn *turn, int strand, bool all);
void	question_answered(struct turn *turn, struct case_question *question, const char *word, const char *by);

/* decide_answer.c */
bool	question_may_answer(const struct turn *turn, const struct case_question *question);
bool	question_lies_with_owner(struct turn *turn, const struct case_question *question);	/* its post is vacant */
bool	question_pass(struct turn *turn, struct case_question *question, const struct answer *answer,
	    const char *by, struct where *where_r);
/* A name or an address as the directory has it, exactly one; else a sentence. */
bool	person_of_answer(struct turn *turn, const char *text, const char **address_r, const char **wrong_r);
/* A mail may answer: true if it was taken as an answer (understood or refused). */
bool	question_answer_by_mail(struct turn *turn);
/* A mail of a kind settles the questions that such a mail answers. */
void	question_settle_by_kind(struct turn *turn, int strand, const char *kind);
void	question_unsettle(struct turn *turn, int strand, const char *kind);	/* what the mail at hand settled, since its row is held */

/* decide_person.c */
const char *person_called(const struct turn *turn, const char *address);	/* the name in the directory, else the address */
const char *people_called(const struct turn *turn, const struct strs *addresses);
bool	person_is_colleague(const struct turn *turn, const char *address);
bool	person_is_owner(const struct turn *turn, const char *address);

/* decide_reply.c: what is said back to the sender of the event's mail */
struct outgoing *reply_with(struct turn *turn, int strand, const char *act_name, const char *template, const char *note);	/* NULL: no more today */
void	reply_understood(struct turn *turn, int strand, const char *what);	/* with what changes */
void	reply_refused(struct turn *turn, int strand, int question, const char *note);	/* question: its answers go along; 0 */
void	reply_unproven(struct turn *turn, int strand);	/* the mailbox owner is asked to confirm it */

/* decide_words.c: ACK EXTEND HOLD RESUME REASSIGN DONE STOP and the rules' commands, in any stage; line: from answer_text() */
bool	words_take(struct turn *turn, const char *line);
/* decide_why.c: WHY and HELP, also about a mail of ours that belongs to no case. */
bool	why_take(struct turn *turn, const char *line);
/* The words that the sender may say now, a line each; strand: what the mail is about, 0. */
const char *words_permitted(struct turn *turn, int strand);
/* A manager has answered the question "wish": what one of theirs asked for, in words only a manager may say. */
void	words_wish_answered(struct turn *turn, int strand, const char *word);

/* Whoever takes the work over stands in the role, and gets what the first one was sent on entry. */
void	words_hand_over(struct turn *turn, const struct case_strand *strand, const char *address);
/* The role that the stage waits for, where it is one person named on the case; else NULL. */
const char *words_role_waited_for(const struct turn *turn, const struct stage *stage);

/* decide_admin.c */
void	admin_take(struct turn *turn);
void	admin_end(struct turn *turn);		/* once the decision is whole: what never began is no more */
void	admin_note(struct turn *turn, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	admin_refuse(struct turn *turn, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* admin_merge.c */
void	admin_merge(struct turn *turn);
struct case_strand *admin_strand(struct turn *turn, const char *name);	/* "advice", a service, a number; NULL: refused */
/* admin_fact.c: the value as the case keeps it; NULL: refused, with a sentence. */
const char *admin_fact_value(struct turn *turn, const char *name, const char *text);
/* admin_back.c: what a mail (or a change) did to strands, questions and facts is taken back; false: something built on it. */
bool	admin_take_back(struct turn *turn, int64_t message, int64_t change);
void	admin_facts_again(struct turn *turn, int64_t message);
void	admin_reference_follows(struct turn *turn);

/* decide_except.c: an exception to a statutory date, by an administrator; and by mail, of the stage's own date. */
void	except_take(struct turn *turn);
const char *except_names(struct turn *turn, int strand);	/* those that may be said of it, "a, b"; NULL */
/* What was said, for the echo; NULL: refused, with a sentence in *wrong_r. */
const char *except_say(struct turn *turn, int strand, const char *rest, const char **wrong_r);

/* decide_notice.c */
void	notice_take(struct turn *turn);
/*
 * Of a mail that came back: whom it did not reach.  Where the notice names nobody, whoever alone the mail went to that it
 * is about; perhaps: or all of those whom it went to.
 */
struct strs notice_not_reached(const struct turn *turn, bool perhaps);
void	undelivered_take(struct turn *turn);

/* decide_sent.c: what a person sent by hand from the watched mailbox */
void	sent_take(struct turn *turn);
void	sent_without_case(struct turn *turn, bool ambiguous);
/* Has that mail done what this act would do?  Whom it reached is left out of addresses; true: nobody remains. */
bool	sent_stands_for(const struct turn *turn, const struct row *row, const struct act *act, struct strs *addresses);

/* decide_triage.c */
/* What was last held is put to the mailbox owner; note: what the mail says, the reason itself where NULL. */
void	triage_ask(struct turn *turn, enum triage_kind kind, const char *act_name, const char *template, const char *note);
void	triage_settle(struct turn *turn);	/* what of it may still be said, now that the mail has done something */

/* decide.c */
void	change_rows(struct turn *turn);		/* rows for what the event says has changed */
void	turn_begin(struct turn *turn, struct arena *arena, const struct pack *pack, const struct world *world,
	    struct case_state *state, const struct event *event, instant now);

/* schedule.c */
void	schedule_deadlines(struct turn *turn);	/* new versions where a date has changed */
/* Which of the state's deadlines their sentences give now; and after a change, those that they give no longer are forgotten. */
bool	*schedule_said(struct turn *turn);
void	schedule_forget(struct turn *turn, const bool *said, size_t count);
void	schedule_run(struct turn *turn);	/* the rungs that are due */
bool	schedule_goes_on(struct turn *turn, int strand);	/* some rung of this strand, or of a question in it, is still to go */
void	schedule_settle(struct turn *turn);	/* rungs that had gone under an older date; and next_due */

#endif
