/*
 * Which words are the forename of a child with a case.  Most words of a mail
 * are nobody's, and need not be looked up one by one.  Core only.
 * Invariant: a forename that any case bears is known here, from the first
 * question on; a word that none bears may be taken for one, and is then looked
 * up in vain.  Names only come to it: one that is erased does no harm.
 * Fails: as store.h says.
 */
#include <string.h>

#include "store/sql.h"

static bool *
place_of(struct store *store, const char *word, size_t len)
{
	return &store->forenames[str_hash(word, len) % FORENAME_PLACES];
}

void
forename_add(struct store *store, const char *name)
{
	*place_of(store, name, strcspn(name, " ")) = true;
}

/* From one forename to the next one in the index, however many children bear it. */
static int
load(struct store *store, struct err *err)
{
	struct arena *arena = arena_new();
	const char *name = "";
	int rc;

	do {
		struct query q = sql_query(store, "SELECT child_name FROM cases WHERE child_name>=? ORDER BY child_name LIMIT 1");

		sql_put_text(&q, arena_printf(arena, "%.*s!", (int)strcspn(name, " "), name));	/* what sorts next after the space */
		name = sql_row(&q) ? sql_get_text(&q, arena) : "";
		rc = sql_end(&q, err);
		forename_add(store, name);
	} while (rc == 0 && *name != '\0');
	arena_free(&arena);
	store->forenames_known = rc == 0;
	return rc;
}

int
forename_known(struct store *store, const char *word, bool *known_r, struct err *err)
{
	if (!store->forenames_known && load(store, err) == -1)
		return -1;
	*known_r = *place_of(store, word, strlen(word));
	return 0;
}
