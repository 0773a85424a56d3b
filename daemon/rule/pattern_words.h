/*
 * From a readable pattern to a regular expression; used by pattern.c alone.
 * kinds_r: the holes as written ("person"), holes_r: the names they set.
 * services: what {service} may be, or NULL for any word or two.
 */
#ifndef RULE_PATTERN_WORDS_H
#define RULE_PATTERN_WORDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define PATTERN_MAX_HOLES	16

int	pattern_words_regex(struct arena *arena, const char *source, const struct strs *same_words,
	    size_t same_word_lists, const struct strs *services, struct buf *regex,
	    struct strs *kinds_r, struct strs *holes_r, struct err *err);

#endif
