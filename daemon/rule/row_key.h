/*
 * What a row is known by in the store, where it is kept that it has gone: not its line, which every edit above it
 * moves, but its strand, its stage and its own text.
 */
#ifndef RULE_ROW_KEY_H
#define RULE_ROW_KEY_H

#include "rule/pack.h"

/* The pack has been read: each row's key gets its place in front, "advice/with-worker/3f09...". */
void	row_keys_place(struct arena *arena, struct pack *pack);

#endif
