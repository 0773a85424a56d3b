/*
 * advicectl verify: walks the journal's chain from its first row.
 * Fails: exit 1 when a row does not fit, or the store cannot be read.
 */
#include "base/json.h"
#include "ctl/live.h"

int
live_verify(struct live *live, int argc, char **argv)
{
	int64_t rows, broken;
	struct err err;

	(void)argv;
	if (argc != 1)
		return live_fail(live, 2, "usage: advicectl verify [--json]");
	if (store_journal_verify(live->store, &rows, &broken, &err) == -1)
		return live_broken(live, &err);
	if (live->json) {
		json_open(&live->out, NULL, '{');
		json_int(&live->out, "rows", rows);
		json_bool(&live->out, "whole", broken == 0);
		json_int(&live->out, "broken", broken);
		json_close(&live->out, '}');
		buf_add_char(&live->out, '\n');
	} else if (broken == 0)
		buf_printf(&live->out, "the journal is whole: %lld rows\n", (long long)rows);
	if (broken != 0)
		return live_fail(live, 1, "the journal was changed from outside: row %lld does not follow from the rows before it; "
		    "keep a copy of the database and compare it with the last backup", (long long)broken);
	return 0;
}
