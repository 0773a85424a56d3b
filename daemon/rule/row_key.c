/*
 * Keys of rows.  See row_key.h.  Used by the pack reader, in core and advicectl.
 * Invariant: the same row has the same key in every version of a pack in
 * which its strand, its stage and its text are the same.
 * Fails: never.
 */
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "rule/read_tree.h"
#include "rule/row_key.h"

#define HASH_DIGITS	16

static void
node_text(struct buf *out, const struct node *node)
{
	if (node->name != NULL)
		buf_printf(out, "%zu:%s=", strlen(node->name), node->name);
	buf_printf(out, "%d", (int)node->type);
	if (node->text != NULL)
		buf_printf(out, " %zu:%s", strlen(node->text), node->text);
	buf_add_str(out, node->yes ? "+{" : "{");
	for (size_t i = 0; i < node->count; i++)
		if (node->items[i]->name == NULL || strcmp(node->items[i]->name, "meets") != 0)
			node_text(out, node->items[i]);
	buf_add_char(out, '}');
}

char *
tree_hash(struct arena *arena, const struct node *node)
{
	struct buf text = BUF_INIT;
	char hex[65];

	node_text(&text, node);
	sha256_hex(buf_text(&text), text.len, hex);
	buf_free(&text);
	return arena_strndup(arena, hex, HASH_DIGITS);
}

static void
place(struct arena *arena, struct rows *rows, const char *in, const char *stage)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->v[i].key != NULL)
			rows->v[i].key = arena_printf(arena, "%s/%s/%s", in, stage, rows->v[i].key);
}

static void
stage_place(struct arena *arena, const struct strand *strand, struct stage *stage)
{
	place(arena, &stage->entry, strand->name, stage->name);
	place(arena, &stage->choose, strand->name, stage->name);
	place(arena, &stage->on, strand->name, stage->name);
	for (size_t i = 0; i < stage->ladder_count; i++)
		if (stage->ladders[i].own != NULL)
			place(arena, &stage->ladders[i].own->rungs, strand->name, stage->name);
}

void
row_keys_place(struct arena *arena, struct pack *pack)
{
	for (size_t i = 0; i < pack->ladder_count; i++)
		place(arena, &pack->ladders[i].rungs, "ladders", pack->ladders[i].name);
	for (size_t i = 0; i < pack->strand_count; i++) {
		struct strand *strand = &pack->strands[i];

		place(arena, &strand->begins, strand->name, "begins");
		place(arena, &strand->always, strand->name, "always");
		place(arena, &strand->always_ladder.rungs, strand->name, "always");
		for (size_t s = 0; s < strand->stage_count; s++)
			stage_place(arena, strand, &strand->stages[s]);
	}
	place(arena, &pack->always, "", "always");
	place(arena, &pack->always_ladder.rungs, "", "always");
}
