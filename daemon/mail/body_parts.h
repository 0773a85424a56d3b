/*
 * What the body_*.c files know of each other: text as lines, and the three
 * shapes by which mail programs show where somebody else's mail begins.
 * Known to those files only.  Pure; nothing here copies text.
 */
#ifndef MAIL_BODY_PARTS_H
#define MAIL_BODY_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define FOLD_MAX	640	/* of a folded line; what lies beyond is not looked at */

/* What the words before a colon say in the block of headers above a mail passed on. */
enum label { LABEL_NONE, LABEL_FROM, LABEL_SENT, LABEL_TO, LABEL_CC, LABEL_SUBJECT, LABEL_COUNT };

struct line {
	const char	*text;
	size_t		 len;	/* without the line end and trailing space */
	unsigned	 depth;	/* how many ">" it stood behind; text starts after them */
	enum label	 label;	/* set by body_label_lines() */
};
struct lines {
	struct line	*v;
	size_t		 n;
};

struct lines body_lines(struct arena *arena, const char *text, bool unquote);
/* Put n lines together again; several empty ones become one, none stands at either end. */
char	*body_join(struct arena *arena, const struct line *lines, size_t n);
/* The next line from at that is not empty, or lines->n. */
size_t	body_next(const struct lines *lines, size_t at);

/* The next line that is not empty stands behind ">". */
bool	body_next_is_quoted(const struct lines *lines, size_t at);

/*
 * len bytes of text as the tables below are written: lower case in every
 * script, Latin and Greek without accents, one space for many, curly
 * apostrophes straight, wide colons narrow, digits of any script ASCII.  Cut to FOLD_MAX.
 */
void	body_fold(const char *text, size_t len, char folded_r[FOLD_MAX]);

/* body_block.c */
void	body_label_lines(struct lines *lines);
/* A block of headers begins here; after_rule: a rule or title stood above, so that less is proof enough. */
bool	block_at(const struct lines *lines, size_t at, bool after_rule);
/* All of a block on one line. */
bool	block_is_dense(const struct line *line);
/* Its From value within the text, NULL when no block begins here. */
const char *block_from(const struct lines *lines, size_t at, size_t *len_r);
/* Its Subject value, NULL when there is none; *end_r is the block's last line. */
const char *block_subject(const struct lines *lines, size_t at, size_t *len_r, size_t *end_r);

/* body_titles.c: "-----Original Message-----", "Begin forwarded message:" and their kin. */
bool	title_at(const struct lines *lines, size_t at, bool *forward_r);
/* The next line that is not empty begins headers, be they in a language that we do not know. */
bool	block_below(const struct lines *lines, size_t at);
/* A rule of underscores or the like. */
bool	is_rule(const struct line *line);

/* body_wrote.c: "On Monday ... wrote:" from at: how many lines it takes, 0 when it is none. */
size_t	wrote_at(const struct lines *lines, size_t at);


/* body_signature.c: the lines that a signature begins with, and all below it, go. */
void	trim_signature(struct arena *arena, struct lines *lines, const char *sender);
bool	is_device_line(const struct line *line);	/* "Sent from my iPhone" */

/* body_words.c: words of mail programs by language, folded as by body_fold(). */
struct label_word {
	const char	*word;
	enum label	 label;
};
extern const struct label_word	 body_labels[];		/* ends with a NULL word */
extern const char *const	 body_originals[];	/* titles above history */
extern const char *const	 body_forwards[];	/* titles above a mail passed on */
extern const char *const	 body_begins[];		/* how a "wrote" line begins */
extern const char *const	 body_wrotes[];		/* "wrote", within or at the end of such a line */
extern const char *const	 body_behalf[];		/* "on behalf of", in a From value */
extern const char *const	 body_closings[];	/* how people end */
extern const char *const	 body_answers[];	/* how a line begins that is no part of a signature */
extern const char *const	 body_devices[];	/* how telephones end */
extern const char *const	 body_devices_end[];	/* the same, at the end of the line */

/* Does folded text begin, or end, with one of words? The longest one's length, or 0. */
size_t	body_starts(const char *folded, const char *const *words);
bool	body_ends(const char *folded, const char *const *words);

#endif
