/*
 * The paths of adviced.cfg, made whole: where a relative one begins, and where
 * things lie that the file does not name.  Run by config.c.
 * Invariant: what is returned without a problem has no relative path.
 * Fails: every problem goes to the report, with file and line.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/config.h"
#include "conf/config_value.h"
#include "conf/sign_in.h"

static char *
folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? arena_strdup(arena, ".") : arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

/*
 * Where a relative path of the file begins: the file's folder.  A file in the
 * folder config of a source tree speaks of the tree.
 */
static const char *
paths_base(struct arena *arena, const char *path)
{
	char whole[PATH_MAX];
	const char *folder, *tree;

	if (realpath(path, whole) == NULL)
		snprintf(whole, sizeof(whole), "%s", path);
	folder = folder_of(arena, whole);
	if (!str_ends_nocase(folder, "/config"))
		return folder;
	tree = folder_of(arena, folder);
	if (access(arena_printf(arena, "%s/daemon", tree), F_OK) == 0 &&
	    access(arena_printf(arena, "%s/rules", tree), F_OK) == 0)
		return tree;
	return folder;
}

static void
path_whole(struct arena *arena, const char *base, const char **path)
{
	if (*path != NULL && **path != '/')
		*path = arena_printf(arena, "%s/%s", base, *path);
}

void
config_paths(struct reader *reader, const struct node *tree, const char *path, struct config *config)
{
	struct arena *arena = reader->arena;
	const char *base = paths_base(arena, path);
	size_t i;

	if (config->spool == NULL)
		config->spool = "spool";
	path_whole(arena, base, &config->spool);
	if (config->database == NULL)
		config->database = arena_printf(arena, "%s/adviced.db", config->spool);
	if (config->socket == NULL)
		config->socket = arena_printf(arena, "%s/control", config->spool);
	for (i = 0; i < config->packs.n; i++)
		if (strchr(config->packs.v[i], '/') != NULL)	/* else a name under rules */
			path_whole(arena, base, &config->packs.v[i]);
	path_whole(arena, base, &config->rules);
	path_whole(arena, base, &config->calendars);
	path_whole(arena, base, &config->database);
	if (config->backups == NULL)
		config->backups = arena_printf(arena, "%s/backups", folder_of(arena, config->database));
	path_whole(arena, base, &config->backups);
	path_whole(arena, base, &config->socket);
	if (config->heartbeat == NULL)
		config->heartbeat = arena_printf(arena, "%s/heartbeat", folder_of(arena, config->socket));
	if (config->alarm.memory == NULL)
		config->alarm.memory = arena_printf(arena, "%s/watch", folder_of(arena, config->socket));
	path_whole(arena, base, &config->heartbeat);
	path_whole(arena, base, &config->metrics);
	path_whole(arena, base, &config->board.file);
	path_whole(arena, base, &config->alarm.memory);
	path_whole(arena, base, &config->alarm.command);
	path_whole(arena, base, &config->alarm.smtp.ca_file);
	path_whole(arena, base, &config->alarm.smtp.password_file);
	path_whole(arena, base, &config->lists_folder);
	path_whole(arena, base, &config->smtp.ca_file);
	path_whole(arena, base, &config->smtp.password_file);
	for (i = 0; i < config->sign_in_count; i++) {
		path_whole(arena, base, &config->sign_ins[i].secret_file);
		path_whole(arena, base, &config->sign_ins[i].certificate_file);
		path_whole(arena, base, &config->sign_ins[i].key_file);
		path_whole(arena, base, &config->sign_ins[i].account_file);
		path_whole(arena, base, &config->sign_ins[i].ca_file);
	}
	for (i = 0; i < config->mailbox_count; i++) {
		path_whole(arena, base, &config->mailboxes[i].maildir);
		path_whole(arena, base, &config->mailboxes[i].imap.ca_file);
		path_whole(arena, base, &config->mailboxes[i].imap.password_file);
	}
	if (strlen(config->socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		problem_add(reader->problems, tree_child(tree, "socket") != NULL ? tree_child(tree, "socket")->where :
		    tree->where, "socket = \"/run/adviced/control\"", "the control socket's path is too long for the "
		    "system (at most 107 characters): %s", config->socket);
}
