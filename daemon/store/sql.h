/*
 * Inside the store only: the handle, its prepared statements, and one query at
 * a time.
 *	struct query q = sql_query(store, "SELECT id FROM mailbox WHERE name=?");
 *	sql_put_text(&q, name);
 *	while (sql_row(&q))
 *		id = sql_get_int(&q);
 *	return sql_end(&q, err);
 * Parameters and columns are taken in their order.  A failure stays in the
 * query until sql_end() tells it, so that nothing between needs a check.
 * A disk that fails inside a transaction rolls it back at once, and every
 * query is refused until store_rollback() or store_commit() has been called:
 * nothing of a broken transaction can slip in by itself.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>

#include "store/store.h"

#define FORENAME_PLACES	65536	/* a city's children have some thousand forenames; a power of two */
#define SQL_CACHE	512	/* places for statements, several times what there are; a power of two */

struct statement {
	const char	*sql;	/* the literal: its address is the key */
	sqlite3_stmt	*stmt;
	unsigned	 writes;	/* parts of cases, where they are kept (case_kept.h) */
};

struct store {
	sqlite3		*db;
	struct statement cache[SQL_CACHE];
	struct kept	*kept;		/* of a fleeting store, else NULL */
	bool		 in_transaction;
	bool		 doubt;		/* a commit failed, and no other has taken its place */
	bool		 broken;	/* rolled back by a failure, the caller does not know yet */
	bool		 forenames_known;
	bool		 forenames[FORENAME_PLACES];
};

struct query {
	struct store	*store;
	sqlite3_stmt	*stmt;		/* NULL: could not be prepared */
	int		 parameter, column;
	int		 rc;
};

/* sql must be a literal: it is prepared once and kept. */
struct query	sql_query(struct store *store, const char *sql);
bool		sql_row(struct query *q);
int		sql_end(struct query *q, struct err *err);
int		sql_run(struct query *q, struct err *err);	/* no rows wanted */
void		sql_forget(struct store *store);		/* finalize all */
/* A statement without parameters. */
int		sql_exec(struct store *store, const char *sql, struct err *err);
/* What SQLite's last error on the handle means to us. */
int		sql_fail(sqlite3 *db, int rc, const char *doing, struct err *err);

void	sql_put_int(struct query *q, int64_t value);
void	sql_put_id(struct query *q, int64_t id);		/* 0: NULL */
void	sql_put_instant(struct query *q, instant at);		/* INSTANT_NONE: NULL */
void	sql_put_day(struct query *q, dayno day);		/* DAY_NONE: NULL */
void	sql_put_text(struct query *q, const char *text);	/* NULL: "" */
void	sql_put_some(struct query *q, const char *text);	/* NULL or "": NULL */
void	sql_put_blob(struct query *q, const void *data, size_t len);	/* data NULL: NULL */
void	sql_put_lines(struct query *q, const struct strs *list);	/* one item a line */
/* 64 hex digits as 32 bytes, anything else as the text it is: hashes are many. */
void	sql_put_hex(struct query *q, const char *hex);
/*
 * 64 bits of the text's SHA-256, NULL for "": an index on it stands for one on a wide text.  In a fleeting store, a number of
 * its own: new ones go to the end of the index.
 */
void	sql_put_key(struct query *q, const char *text);

int64_t		 sql_get_int(struct query *q);			/* NULL: 0 */
instant		 sql_get_instant(struct query *q);
dayno		 sql_get_day(struct query *q);
const char	*sql_get_text(struct query *q, struct arena *arena);	/* NULL: "" */
const char	*sql_peek_text(struct query *q);			/* until the next row; the column is not passed */
const char	*sql_get_hex(struct query *q, struct arena *arena);
const void	*sql_get_blob(struct query *q, struct arena *arena, size_t *len_r);
struct strs	 sql_get_lines(struct query *q, struct arena *arena);

/* May a child with a case, of any pack, have this forename (folded)?  Names that are written are added. */
int	forename_known(struct store *store, const char *word, bool *known_r, struct err *err);
void	forename_add(struct store *store, const char *name);

/* Several statements that happen together or not at all, inside the caller's transaction or in one of their own. */
struct whole {
	bool	own;
};
int	sql_whole(struct store *store, struct whole *whole_r, struct err *err);
int	sql_whole_end(struct store *store, struct whole *whole, int result, struct err *err);	/* result, or -1 */

#endif
