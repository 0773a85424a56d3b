/*
 * Reading packs from disk.  Reads the whole pack with what it extends, its
 * templates and its calendar; reports every problem it finds, as
 * "FILE:LINE: what is wrong, what was found, what is allowed" and a second
 * line "  hint: ..." where one is known.
 */
#ifndef RULE_READ_H
#define RULE_READ_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/directory.h"
#include "rule/pack.h"

struct problems {
	struct arena	*arena;
	struct problem { struct where where; bool warning; const char *text, *hint; } *v;
	size_t		 n;
};

void	problem_add(struct problems *problems, struct where where, const char *hint,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void	problem_warn(struct problems *problems, struct where where, const char *hint,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
size_t	problems_errors(const struct problems *problems);	/* warnings left out */
/* As problems_print() tells them: what is said of several lines counts once. */
size_t	problems_told(const struct problems *problems, bool warnings);
/* Sorted by file and line, what is said of several lines once with all of them; at most 50, then "... and N more". */
void	problems_print(const struct problems *problems, struct buf *out);

/*
 * PACK of the command line: a name with '/' is a path, else a folder under
 * rules_dir (rules/ beside the executable, else the configured one).
 * *pack_r is set as soon as enough could be read to go on checking; it must not be
 * used to decide anything unless there is no error after pack_check().
 */
int	pack_read(struct arena *arena, const char *rules_dir, const char *calendars_dir,
	    const char *name, struct pack **pack_r, struct problems *problems);

/* The proofs of design section 6; directory may be NULL: then recipients are not checked. */
void	pack_check(const struct pack *pack, const struct directory *directory, struct problems *problems);

/* Parsing of single values, for the reader and its tests. Each fails with ERR_CONFIG and a sentence. */
int	date_expr_parse(struct arena *arena, const char *text, struct date_expr *expr_r, struct err *err);
int	repeat_parse(const char *text, struct repeat *repeat_r, struct err *err);
int	recipient_parse(struct arena *arena, const char *text, struct recipient *recipient_r, struct err *err);
int	age_parse(const char *text, bool *over_r, int *months_r, struct err *err);
int	dates_parse(struct arena *arena, const char *text, struct test *test, struct err *err);

#endif
