/*
 * Where rules, calendars and the parser lie: beside the executable in a
 * source tree, else under the installed prefix.  Runs in every program.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

char *
place_rules(struct arena *arena)
{
	return beside_or(arena, "rules", ADVICED_ETC "/rules");
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
ctl_fail(int code, const char *fmt, ...)
{
	va_list ap;

	fputs("advicectl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return code;
}
