/* An answer's form as people meet it, and what they make of it when they type. */
#ifndef RULE_ANSWER_H
#define RULE_ANSWER_H

#include <stdbool.h>

#include "base/arena.h"

/* "AMEND {words}" as people read it: "AMEND (your words)". */
char	*answer_shown(struct arena *arena, const char *answer);
/* What a reply begins with: "AMEND ". */
char	*answer_begins(struct arena *arena, const char *answer);

/*
 * What a person wrote, from where an answer may begin: behind a greeting, a courtesy, a bullet, bold marks and quotes
 * of any shape.  In its first line quotes are plain, marks of emphasis are gone and a no-break space is a space.
 * "" where nothing is left.
 */
char	*answer_text(struct arena *arena, const char *text);

/* Does it begin with this word, in any case?  rest_r: what follows, behind a colon or a dash.  "APPROVED?" says nothing. */
bool	answer_word(const char *text, const char *word, const char **rest_r);

/* "Thanks", "OK", "Many thanks, will do.": polite, and no answer to anything. */
bool	answer_is_courtesy(struct arena *arena, const char *text);

/*
 * A length of time in calendar days: "5", "by 5 days", "one week", "a fortnight: the reason".  false: *help_r says in a
 * sentence what is wrong.  rest_r: what follows it, the reason.
 */
bool	answer_days(const char *text, long *days_r, const char **rest_r, const char **help_r);

#endif
