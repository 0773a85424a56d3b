/*
 * Reading a pack whole: its settings with what it extends, its templates, its
 * calendar.  Core at load and reload, and advicectl.
 * Invariant: *pack_r is set only if every settings file could be parsed, also
 * those that the pack extends; what was wrong inside is in the problems, and
 * its place is left empty.
 * Fails: -1 when there is too little for the proofs.
 */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "rule/read_folder.h"
#include "rule/read_value.h"
#include "rule/row_key.h"

static void
pack_name(struct pack *pack, const struct folders *folders)
{
	const char *folder = folders->paths.v[0], *slash = strrchr(folder, '/');

	pack->folder = folder;
	pack->folders = folders->paths;
	pack->name = slash != NULL && slash[1] != '\0' ? slash + 1 : folder;
	pack->where =
	    (struct where){ arena_printf(folders->arena, "%s/pathway.cfg", folders->shown.v[0]),
		    1 };
}

int
pack_read(struct arena *arena, const char *rules_dir, const char *calendars_dir, const char *name,
    struct pack **pack_r, struct problems *problems)
{
	struct folders folders = { .arena = arena, .problems = problems, .rules_dir = rules_dir };
	struct pack *pack = arena_alloc(arena, sizeof *pack);
	struct reader reader = { arena, problems, pack };
	struct node *tree;
	char hex[65];

	*pack_r = NULL;
	tree = folders_tree(&folders, name);
	if (tree != NULL) {
		pack_name(pack, &folders);
		folders_templates(&folders, pack);
		read_pack_tree(&reader, tree, calendars_dir);
		row_keys_place(arena, pack);
		sha256_hex(folders.hashes.data, folders.hashes.len, hex);
		pack->hash = arena_strdup(arena, hex);
		if (!folders.incomplete)
			*pack_r = pack;
	}
	buf_free(&folders.hashes);
	return *pack_r != NULL ? 0 : -1;
}

char *
pack_file(struct arena *arena, const struct pack *pack, const char *name)
{
	char *path;
	size_t i;

	if (!file_name_is_safe(name))
		return NULL;
	for (i = 0; i < pack->folders.n; i++) {
		path = arena_printf(arena, "%s/files/%s", pack->folders.v[i], name);
		if (file_exists(AT_FDCWD, path))
			return path;
	}
	return NULL;
}
