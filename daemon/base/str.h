/*
 * Text: lists of strings, UTF-8 folding for comparison, and showing untrusted
 * bytes safely.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct strs {
	const char	**v;
	size_t		  n;
};

void	strs_add(struct arena *arena, struct strs *list, const char *text);
/* The same, unless it is there already (compared without case). */
void	strs_add_new(struct arena *arena, struct strs *list, const char *text);
bool	strs_has(const struct strs *list, const char *text);	/* exact */
bool	strs_has_nocase(const struct strs *list, const char *text);
char	*strs_join(struct arena *arena, const struct strs *list, const char *between);

/* Compare ASCII without case; NULL equals only NULL. */
bool	str_same(const char *a, const char *b);
bool	str_starts(const char *text, const char *prefix);
bool	str_starts_nocase(const char *text, const char *prefix);
bool	str_is_ascii(const char *text);
uint32_t str_hash(const char *text, size_t len);	/* FNV-1a: for tables of our own texts */
bool	str_ends_nocase(const char *text, const char *suffix);

/* Text without white space at either end; runs inside kept. */
char	*str_trim(struct arena *arena, const char *text);
/* Text with each run of white space (NBSP and line ends too) made one space, trimmed. */
char	*str_squeeze(struct arena *arena, const char *text);
const char *str_cut(struct arena *arena, const char *text, size_t max);	/* UTF-8: to max bytes at the most, at a character */
char	*str_lower(struct arena *arena, const char *text);	/* UTF-8 */

/*
 * A person's name reduced to what two spellings of it share: lower case, no
 * accents, hyphens and apostrophes of any shape dropped to nothing or space,
 * "SURNAME, Forename" turned round.
 */
char	*str_fold_name(struct arena *arena, const char *name);

/* At most max bytes, cut at a character, controls and bad UTF-8 made visible. */
char	*str_visible(struct arena *arena, const char *text, size_t max);

/* Valid UTF-8: bytes that are not become U+FFFD; NUL too. */
char	*str_utf8(struct arena *arena, const char *bytes, size_t len);

/* The item of list (NULL-terminated) nearest to text for a "did you mean", or NULL. */
const char *str_nearest(const char *text, const char *const *list);

/* Parse a whole decimal number in lo..hi; false leaves *value_r alone. */
bool	str_number(const char *text, long lo, long hi, long *value_r);

#endif
