/*
 * The codes of questions: single use, and only their hash is kept.  Core only.
 * Fails: as store.h says; ERR_DAEMON for a code that is given out twice.
 */
#include "store/sql.h"

int
store_code_add(struct store *store, const char *code_hash, int64_t case_id, int question, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO question_code(hash, case_id, question) VALUES(?,?,?)");

	sql_put_hex(&q, code_hash);
	sql_put_int(&q, case_id);
	sql_put_int(&q, question);
	return sql_run(&q, err);
}

int
store_code_find(struct store *store, const char *code_hash, int64_t *case_r, int *question_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT case_id, question FROM question_code WHERE hash=?");

	*case_r = 0;
	*question_r = 0;
	sql_put_hex(&q, code_hash);
	if (sql_row(&q)) {
		*case_r = sql_get_int(&q);
		*question_r = (int)sql_get_int(&q);
	}
	return sql_end(&q, err);
}

int
store_mail_code_add(struct store *store, const char *code_hash, int64_t outbox, struct err *err)
{
	struct query q = sql_query(store, "INSERT INTO mail_code(hash, outbox) VALUES(?,?)");

	sql_put_hex(&q, code_hash);
	sql_put_int(&q, outbox);
	return sql_run(&q, err);
}

int
store_mail_code_find(struct store *store, const char *code_hash, int64_t *outbox_r, struct err *err)
{
	struct query q = sql_query(store, "SELECT outbox FROM mail_code WHERE hash=?");

	*outbox_r = 0;
	sql_put_hex(&q, code_hash);
	if (sql_row(&q))
		*outbox_r = sql_get_int(&q);
	return sql_end(&q, err);
}
