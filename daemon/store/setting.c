/*
 * Settings of the daemon that must survive a restart.  Core only.
 * Fails: as store.h says.
 */
#include "store/sql.h"

int
store_setting(struct store *store, struct arena *arena, const char *name, const char **value_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT value FROM setting WHERE name=?");

	*value_r = NULL;
	sql_put_text(&q, name);
	if (sql_row(&q))
		*value_r = sql_get_text(&q, arena);
	return sql_end(&q, err);
}

int
store_set_setting(struct store *store, const char *name, const char *value, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO setting(name, value) VALUES(?,?)"
	    " ON CONFLICT(name) DO UPDATE SET value=excluded.value");

	sql_put_text(&q, name);
	sql_put_text(&q, value);
	return sql_run(&q, err);
}

bool
store_is_empty(struct store *store)
{
	struct query q = sql_query(store,
	    "SELECT NOT EXISTS(SELECT 1 FROM message) AND NOT EXISTS(SELECT 1 FROM cases)");
	bool empty = sql_row(&q) && sql_get_int(&q) != 0;

	return sql_end(&q, NULL) == 0 && empty;
}
