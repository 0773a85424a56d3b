/*
 * Patterns in words that an administrator can read: whole words, any case,
 * any spacing; * widens, # is a digit, [ ] is optional, {date} {month} {name} {person}
 * {service} {email} {words} {n} are typed holes, {person as worker} names what it
 * sets; /.../ is PCRE2 for those who must, with match limits.  They are
 * compiled to PCRE2.  Pure after compiling.
 */
#ifndef RULE_PATTERN_H
#define RULE_PATTERN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct pattern;

struct capture {
	const char	*hole;		/* "date", "person", ... */
	const char	*as;		/* name it sets; the hole's own name where none was given */
	const char	*text;		/* as found, trimmed */
	size_t		 start, length;
};

/* same_words: lists of what means the same, or NULL.  Freed with the arena (a clean-up is registered). */
int	pattern_compile(struct arena *arena, const char *source, const struct strs *same_words,
	    size_t same_word_lists, struct pattern **pattern_r, struct err *err);
/* The same, knowing what {service} may be: names and words of the pack's services; NULL: any word or two. */
int	pattern_compile_services(struct arena *arena, const char *source, const struct strs *same_words,
	    size_t same_word_lists, const struct strs *services, struct pattern **pattern_r, struct err *err);
const char *pattern_source(const struct pattern *pattern);
/* Holes by their "as" names, in order. */
const struct strs *pattern_holes(const struct pattern *pattern);
/* The type of the nth of them: "date", "person" ... */
const char *pattern_hole_type(const struct pattern *pattern, size_t nth);
bool	pattern_has_hole(const struct pattern *pattern, const char *type);

/*
 * Find it anywhere in text; captures_r (room for max) receives the holes in
 * order.  count_r may be NULL.  A {date} hole matches only what
 * date_parse_words() reads; a match limit that is reached counts as no match.
 */
bool	pattern_find(const struct pattern *pattern, struct arena *arena, const char *text,
	    struct capture *captures, size_t max, size_t *count_r);
/*
 * The same, but it must begin at the start of text and the word must be whole
 * (answers).  Words behind it on its line that would limit or add to it ("but",
 * "subject to", "by teh 3rd") count as no match: the answer is then refused.
 */
bool	pattern_begins(const struct pattern *pattern, struct arena *arena, const char *text,
	    struct capture *captures, size_t max, size_t *count_r);
/* File name pattern: "*.doc*", any case; whole name. */
bool	pattern_file(const char *glob, const char *name);

#endif
