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
};

/* turn.c: the case while it changes */
struct facts_mark turn_mark(struct turn *turn);
void	turn_undo(struct turn *turn, const struct facts_mark *mark);
struct case_strand *turn_strand(struct turn *turn, int no);
struct case_question *turn_question(struct turn *turn, int no);
const struct strand *turn_strand_rules(const struct turn *turn, int no);
const struct stage *turn_stage(const struct turn *turn, int no);	/* where the strand stands, NULL */
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
int	stage_begin(struct turn *turn, const struct strand *rules, const char *service, const struct row *row);
bool	stage_row_fits(struct turn *turn, int strand, const struct row *row, enum event_word event, const char *name);
/* The first row that fits, from the stage's on, the strand's always, the pack's (strand 0). */
const struct row *stage_row_for(struct turn *turn, int strand, enum event_word event, const char *name,
	    bool packs_too);
bool	stage_take(struct turn *turn, int strand, const struct row *row);
void	stage_finish(struct turn *turn);	/* ends the case when every strand has */

/* decide_question.c */
const struct answer *question_answer_fitting(const struct question *rules, struct arena *arena, const char *line, bool with_service);
const struct answer *question_list_answer(struct turn *turn, const struct question *rules, const char **line_r);
bool	question_take_row(struct turn *turn, struct case_question *question, const char *word);
void	question_open_again(struct case_question *question);
struct case_question *question_new(struct turn *turn, int strand, const char *name);
void	question_mail(struct turn *turn, const struct case_question *question, const struct question *rules, struct where where);
void	question_put(struct turn *turn, int strand, const char *name, const struct recipients *of,
	    struct where where);
/* What the question may be answered with goes into a mail about it: answers, buttons, a code. */
void	question_answers(struct turn *turn, int question, struct outgoing *mail);
void	question_again(struct turn *turn, struct case_question *question);
void	question_withdraw(struct turn *turn, int strand, bool all);
void	question_answered(struct turn *turn, struct case_question *question, const char *word, const char *by);

/* decide_answer.c */
bool	question_pass(struct turn *turn, struct case_question *question, const struct answer *answer,
	    const char *by, struct where *where_r);
/* A mail may answer: true if it was taken as an answer (understood or refused). */
bool	question_answer_by_mail(struct turn *turn);
/* A mail of a kind settles the questions that such a mail answers. */
void	question_settle_by_kind(struct turn *turn, int strand, const char *kind);
void	question_unsettle(struct turn *turn, int strand, const char *kind);	/* what the mail at hand settled, since its row is held */

/* decide_words.c: ACK EXTEND HOLD RESUME REASSIGN WHY HELP, in any stage */
bool	words_take(struct turn *turn, const char *line);
/* A manager has answered the question "wish": what one of theirs asked for, in words only a manager may say. */
void	words_wish_answered(struct turn *turn, int strand, const char *word);

/* decide_notice.c */
void	notice_take(struct turn *turn);

/* schedule.c */
void	schedule_deadlines(struct turn *turn);	/* new versions where a date has changed */
void	schedule_run(struct turn *turn);	/* the rungs that are due */
void	schedule_settle(struct turn *turn);	/* rungs that had gone under an older date; and next_due */

#endif
