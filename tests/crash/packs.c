/*
 * Packs are read and checked once for all lives, and for all starts of the
 * daemon in them: they are the same each time.  Linked with --wrap for both.
 */
#include <stdio.h>
#include <string.h>

#include "packs.h"
#include "rule/read.h"

#define PACKS_MAX	16

static struct pack_kept {
	char		 key[300];
	struct pack	*pack;
} packs[PACKS_MAX];
static struct arena *packs_arena;

int	__real_pack_read(struct arena *arena, const char *rules_dir, const char *calendars_dir, const char *name,
	    struct pack **pack_r, struct problems *problems);
int	__wrap_pack_read(struct arena *arena, const char *rules_dir, const char *calendars_dir, const char *name,
	    struct pack **pack_r, struct problems *problems);
void	__real_pack_check(const struct pack *pack, const struct directory *directory, struct problems *problems);
void	__wrap_pack_check(const struct pack *pack, const struct directory *directory, struct problems *problems);

int
__wrap_pack_read(struct arena *arena, const char *rules_dir, const char *calendars_dir, const char *name,
    struct pack **pack_r, struct problems *problems)
{
	char key[300];
	size_t i;

	snprintf(key, sizeof(key), "%s %s", rules_dir, name);
	for (i = 0; i < PACKS_MAX && packs[i].pack != NULL; i++)
		if (strcmp(packs[i].key, key) == 0) {
			*pack_r = packs[i].pack;
			return 0;
		}
	if (i == PACKS_MAX)
		return __real_pack_read(arena, rules_dir, calendars_dir, name, pack_r, problems);
	if (packs_arena == NULL)
		packs_arena = arena_new();
	if (__real_pack_read(packs_arena, rules_dir, calendars_dir, name, pack_r, problems) == -1)
		return -1;
	__real_pack_check(*pack_r, NULL, problems);
	if (problems_errors(problems) > 0)
		return 0;	/* they are to be said each time */
	snprintf(packs[i].key, sizeof(packs[i].key), "%s", key);
	packs[i].pack = *pack_r;
	return 0;
}

/* They have been, when they were read. */
void
__wrap_pack_check(const struct pack *pack, const struct directory *directory, struct problems *problems)
{
	for (size_t i = 0; i < PACKS_MAX; i++)
		if (packs[i].pack == pack && directory == NULL)
			return;
	__real_pack_check(pack, directory, problems);
}

void
packs_read_ahead(const char *rules_dir, const char *name)
{
	struct arena *arena = arena_new();
	struct problems problems = { .arena = arena };
	struct pack *pack;

	(void)pack_read(arena, rules_dir, "config/calendars", name, &pack, &problems);
	arena_free(&arena);
}
