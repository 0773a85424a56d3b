/*
 * Where cases stand, and rules that do not know the place.  Core and advicectl.
 * Fails: as the store does.
 */
#include "base/buf.h"
#include "role/kept.h"

int
kept_left_behind(struct store *store, struct arena *arena, const struct pack *pack, const char **words_r, struct err *err)
{
	struct buf words = BUF_INIT;
	struct standing *rows;
	size_t count;

	*words_r = NULL;
	if (store_pack_standing(store, arena, pack->name, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct strand *strand = pack_strand(pack, rows[i].strand);

		/* Held before its first stage: it stands nowhere yet. */
		if (strand != NULL && (rows[i].stage[0] == '\0' || strand_stage(strand, rows[i].stage) != NULL))
			continue;
		buf_printf(&words, "%lld case%s (number %lld%s) stand%s in %s \"%s\"%s%s%s, which the new rules do not have.\n",
		    (long long)rows[i].cases, rows[i].cases == 1 ? "" : "s", (long long)rows[i].example,
		    rows[i].cases == 1 ? "" : " is one of them", rows[i].cases == 1 ? "s" : "",
		    strand == NULL ? "the strand" : "the stage", strand == NULL ? rows[i].strand : rows[i].stage,
		    strand == NULL ? "" : " of the strand \"", strand == NULL ? "" : rows[i].strand, strand == NULL ? "" : "\"");
	}
	if (words.len > 0)
		*words_r = arena_printf(arena, "%sKeep it in the rules until nobody stands there, or first move the cases to a stage "
		    "that old and new rules have: advicectl move CASE STRAND STAGE --reason TEXT; \"advicectl cases\" shows them.\n",
		    buf_text(&words));
	buf_free(&words);
	return 0;
}
