/*
 * A pack's values as plain English, for describe and draw: names, recipients,
 * dates, conditions, events and acts.  Everything returned lives in the
 * words' arena; the same pack gives the same words every time.
 */
#ifndef RULE_WORDS_H
#define RULE_WORDS_H

#include "rule/pack.h"

struct words {
	struct arena		*arena;
	const struct pack	*pack;
	struct strs		 capitals;	/* words of the pack that are written in capitals: "CSC", "NHS" */
	/* Where in the pack we stand; NULL: nowhere in particular. */
	const char		*them;		/* who is chased: "the worker" */
	const char		*due;		/* what "due" means here: "the deadline “worker due”" */
};

/* pack outlives the words. */
void	words_begin(struct words *words, struct arena *arena, const struct pack *pack);

/* words.c: names, lists, people */
char	*words_plain(const struct words *words, const char *name);	/* "nhs-due" -> "NHS due" */
char	*words_told(const struct words *words, const char *name);	/* as people who do not know the pack are told: its own words, if it has any */
char	*words_quoted(const struct words *words, const char *name);	/* the same in “ ” */
char	*words_list(struct arena *arena, const struct strs *list, const char *last);	/* "a, b and c"; last: "and" */
char	*words_quoted_list(const struct words *words, const struct strs *names, const char *last);
char	*words_texts(struct arena *arena, const struct strs *texts, const char *last);	/* as written, in “ ” */
char	*words_patterns(struct arena *arena, struct pattern *const *patterns, size_t count, const char *last);
char	*words_role(const struct words *words, const char *role);	/* "the worker", "NHS", "the mailbox owner" */
char	*words_role_texts(const struct words *words, const struct strs *texts, const char *last); /* "worker's manager" */
char	*words_recipients(const struct words *words, const struct recipients *recipients, const char *last);
char	*words_said(struct arena *arena, const char *text);	/* in “ ”, without a comma or full stop at its end */
char	*words_sentence(struct arena *arena, const char *text);	/* capital first, full stop last */

/* words_date.c */
char	*words_span(struct arena *arena, int n, enum date_unit unit);	/* "5 working days"; the sign is dropped */
char	*words_day(const struct words *words, const char *base);	/* "the day this stage begins" */
char	*words_date(const struct words *words, const struct date_expr *expr);	/* "14 days before the deadline" */
char	*words_steps(struct arena *arena, const struct date_term *term);	/* "14 days before", "" without steps */
char	*words_repeat(struct arena *arena, const struct repeat *repeat);	/* "every week"; "" if it does not */
char	*words_age(struct arena *arena, int months);

/* words_condition.c: behind "if" or "unless" */
char	*words_condition(const struct words *words, const struct condition *condition);
char	*words_conditions(const struct words *words, const struct conditions *conditions);	/* any of them */

/* words_row.c */
char	*words_event(const struct words *words, const struct row *row);	/* "“advice” arrives from the worker"; "" for none */
char	*words_provided(const struct words *words, const struct row *row);	/* "if ..., unless ..."; "" without */
char	*words_acts(const struct words *words, const struct row *row);	/* without where it goes; "" for none */
char	*words_goes(const struct words *words, const struct row *row);	/* "the work goes on to “checking”"; "" */
/* The whole row; words_sentence() makes a sentence of it. */
char	*words_row(const struct words *words, const struct row *row);

#endif
