/*
 * A rule file's source text, looked at before libconfig sees it: libconfig
 * stops at the first error, blames the wrong line, and silently joins two
 * texts between which a comma is missing.  Here every fault is named in plain
 * words, all at once.
 */
#ifndef RULE_LINT_H
#define RULE_LINT_H

#include <stdbool.h>
#include <stddef.h>

#include "rule/read.h"

enum token_type { TOKEN_END, TOKEN_NAME, TOKEN_TEXT, TOKEN_NUMBER, TOKEN_MARK };

struct token {
	enum token_type	 type;
	char		 mark;		/* TOKEN_MARK: one of = : ; , { } [ ] ( ) */
	const char	*text;		/* as written, a text without its quotes */
	int		 line;
	int		 indent;	/* columns before it where it begins its line, else -1 */
	bool		 closed;	/* TOKEN_TEXT: false when its end was guessed */
};

struct tokens {
	struct token	*v;
	size_t		 n;
	int		 unclosed;	/* line where a missing quote swallowed brackets: from there on nothing can be judged; else 0 */
};

/* True for UTF-8; else the first bad line is reported. UTF-16 is recognised and named. */
bool	lint_utf8(const char *file, const char *bytes, size_t len, struct problems *problems);
/* Bytes to tokens, the last one TOKEN_END; faults inside texts, comments and words are reported. */
void	lint_scan(struct arena *arena, const char *file, const char *text, struct problems *problems,
	    struct tokens *tokens_r);
/* Brackets, commas, names and values in order. */
void	lint_syntax(struct arena *arena, const char *file, const struct tokens *tokens, struct problems *problems);
/* All of it. True if nothing is wrong (warnings aside). */
bool	lint_text(struct arena *arena, const char *file, const char *bytes, size_t len, struct problems *problems);

#endif
