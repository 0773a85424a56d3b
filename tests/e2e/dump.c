/*
 * Prints a store that no daemon has open, as store_dump() does: what two runs
 * are compared by.  usage: dump DATABASE
 */
#include <stdio.h>

#include "store/store.h"

int
main(int argc, char **argv)
{
	struct store *store = NULL;
	struct buf out = BUF_INIT;
	struct err err;
	int code = 1;

	if (argc != 2) {
		fprintf(stderr, "usage: dump DATABASE\n");
		return 2;
	}
	if (store_open(argv[1], &store, &err) == -1 || store_dump(store, &out, &err) == -1)
		fprintf(stderr, "dump: %s\n", err.text);
	else {
		fputs(buf_text(&out), stdout);
		code = 0;
	}
	buf_free(&out);
	store_close(&store);
	return code;
}
