/*
 * Where rules, calendars and the parser lie: beside the executable in a
 * source tree, else under the installed prefix.  Runs in every program.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"

#ifndef ADVICED_ETC
#define ADVICED_ETC	"/etc/adviced"
#endif
#ifndef ADVICED_SHARE
#define ADVICED_SHARE	"/usr/share/adviced"
#endif
#ifndef ADVICED_LIBEXEC
#define ADVICED_LIBEXEC	"/usr/libexec/adviced"
#endif
#ifndef ADVICED_VERSION
#define ADVICED_VERSION	"0"
#endif
#define PACK_FILE	"pathway.cfg"

/* The folder of the running executable, without a slash at its end. */
static char *
own_folder(struct arena *arena)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (len <= 0)
		return arena_strdup(arena, ".");
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL && slash != path)
		*slash = '\0';
	return arena_strdup(arena, path);
}

static char *
beside_or(struct arena *arena, const char *beside, const char *installed)
{
	char *path = arena_printf(arena, "%s/%s", own_folder(arena), beside);

	return access(path, R_OK) == 0 ? path : arena_strdup(arena, installed);
}

/* Is there a pack in this folder? */
static bool
holds_packs(struct arena *arena, const char *folder)
{
	struct strs names = { NULL, 0 };
	struct err err;
	bool found = false;
	int dirfd;

	if (file_open_dir(folder, &dirfd, &err) == -1)
		return false;
	if (file_list(arena, dirfd, &names, &err) == 0)
		for (size_t i = 0; i < names.n && !found; i++)
			found = file_exists(dirfd, arena_printf(arena, "%s/" PACK_FILE, names.v[i]));
	close(dirfd);
	return found;
}

char *
place_rules_in_force(struct arena *arena)
{
	return beside_or(arena, "rules", ADVICED_ETC "/rules");
}

char *
place_rules(struct arena *arena)
{
	char *rules = place_rules_in_force(arena);

	return holds_packs(arena, rules) ? rules : beside_or(arena, "rules", ADVICED_SHARE "/rules");
}

const char *
place_version(void)
{
	return ADVICED_VERSION;
}

char *
place_calendars(struct arena *arena)
{
	return beside_or(arena, "config/calendars", ADVICED_SHARE "/calendars");
}

char *
place_parser(struct arena *arena)
{
	return beside_or(arena, "adviced-parse", ADVICED_LIBEXEC "/adviced-parse");
}

char *
place_config(struct arena *arena)
{
	return beside_or(arena, "config/adviced.cfg", ADVICED_ETC "/adviced.cfg");
}

int
place_packs(struct arena *arena, const char *rules, struct strs *names_r)
{
	struct strs names = { NULL, 0 };
	struct err err = { 0 };
	int dirfd = -1, rc;

	rc = file_open_dir(rules, &dirfd, &err) == -1 || file_list(arena, dirfd, &names, &err) == -1 ?
	    ctl_fail(2, "the folder of packs cannot be read: %s", err.text) : 0;
	for (size_t i = 0; i < names.n; i++)
		if (file_exists(dirfd, arena_printf(arena, "%s/" PACK_FILE, names.v[i])))
			strs_add(arena, names_r, names.v[i]);
	if (dirfd != -1)
		close(dirfd);
	return rc == 0 && names_r->n == 0 ? ctl_fail(1, "there is no pack in %s", rules) : rc;
}

int
ctl_usage(const char *name)
{
	struct arena *arena = arena_new();
	int code = ctl_fail(2, "%s", command_usage(arena, name));

	arena_free(&arena);
	return code;
}

int
ctl_fail(int code, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);		/* in one file with it, what was said before stands before */
	fputs("advicectl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return code;
}
