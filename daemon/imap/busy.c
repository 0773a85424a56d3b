/*
 * Reading a server's wish to be left alone.  Pure.
 * Invariant: an OK is never one; an unknown refusal is none, so that a folder
 * that cannot be opened is not taken for a busy server.
 * Fails: never.
 */
#include "imap/busy.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define WAIT_MAX_MS	(24 * 60 * 60 * 1000)

static const struct {
	const char	*words;
	enum busy	 means;
} signs[] = {
	{ "[UNAVAILABLE]", BUSY_TROUBLED },
	{ "[INUSE]", BUSY_TROUBLED },
	{ "[LIMIT]", BUSY_LIMITED },
	{ "[THROTTLED]", BUSY_LIMITED },
	{ "throttled", BUSY_LIMITED },			/* Exchange Online: Request is throttled. */
	{ "backoff time", BUSY_LIMITED },
	{ "bandwidth limit", BUSY_LIMITED },		/* Gmail, also under [OVERQUOTA] */
	{ "too many simultaneous connections", BUSY_LIMITED },
	{ "too many connections", BUSY_LIMITED },
	{ "maximum number of connections", BUSY_LIMITED },
	{ "rate limit", BUSY_LIMITED },
	{ "too many requests", BUSY_LIMITED },
	{ "server busy", BUSY_TROUBLED },
	{ "server is busy", BUSY_TROUBLED },
	{ "server unavailable", BUSY_TROUBLED },
	{ "temporary system error", BUSY_TROUBLED },	/* Gmail */
	{ "authenticated but not connected", BUSY_SHUT_OUT },	/* Exchange Online */
};

/* "Suggested Backoff Time: 299932 milliseconds", "retry after 30 seconds", "try again in 5 minutes" */
static int
wait_of(const char *text)
{
	static const char *const before[] = { "backoff time", "retry after", "retry-after", "again in", "again after" };
	const char *p = NULL;
	char *unit;
	double ms;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]) && p == NULL; i++)
		if ((p = strcasestr(text, before[i])) != NULL)
			p += strlen(before[i]);
	if (p == NULL)
		return 0;
	p += strspn(p, ": ");
	if (*p < '0' || *p > '9')
		return 0;
	ms = strtod(p, &unit);
	unit += strspn(unit, " ");
	if (str_starts_nocase(unit, "min"))
		ms *= 60 * 1000;
	else if (!str_starts_nocase(unit, "ms") && !str_starts_nocase(unit, "milli"))
		ms *= 1000;
	return ms > WAIT_MAX_MS ? WAIT_MAX_MS : (int)ms;
}

enum busy
busy_read(const char *line, int *wait_ms_r)
{
	*wait_ms_r = 0;
	if (str_starts_nocase(line, "OK"))
		return BUSY_NOT;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strcasestr(line, signs[i].words) != NULL) {
			*wait_ms_r = wait_of(line);
			return signs[i].means;
		}
	return BUSY_NOT;
}
