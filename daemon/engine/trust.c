/*
 * Is the sender who From says?  Each mailbox states whom it believes (design
 * section 7): only a header that the mailbox's own server wrote counts, and it
 * stands above whatever a sender may have put in.
 */
#include <string.h>

#include "engine/engine.h"

static const char *
domain_of(const char *address)
{
	const char *at = address == NULL ? NULL : strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

static const struct mail_header *
topmost(const struct message *message, const char *name)
{
	for (size_t i = 0; i < message->header_count; i++)
		if (str_same(message->headers[i].name, name))
			return &message->headers[i];
	return NULL;
}

/* "key=value" as a whole word of an Authentication-Results header; value may be NULL for any. */
static bool
says(const char *results, const char *key, const char *value)
{
	size_t key_len = strlen(key), value_len = strlen(value);

	for (const char *p = results; *p != '\0'; p++) {
		if (p > results && strchr(" \t;", p[-1]) == NULL)
			continue;
		if (!str_starts_nocase(p, key) || p[key_len] != '=' ||
		    !str_starts_nocase(p + key_len + 1, value))
			continue;
		if (strchr(" \t;\r\n(", p[key_len + 1 + value_len]) != NULL)
			return true;	/* strchr finds the end of the text too */
	}
	return false;
}

/*
 * The header's results are parted by ";"; what stands in quotes or in a
 * comment may be a stranger's words (an address they chose) and says nothing.
 */
static char *
next_result(struct arena *arena, const char **at)
{
	char *result = arena_strdup(arena, *at), *end = result;
	int comments = 0;
	bool quotes = false;
	const char *p;

	for (p = *at; *p != '\0' && (quotes || comments > 0 || *p != ';'); p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == '"' && comments == 0) {
			quotes = !quotes;
			*end++ = '"';
		} else if (!quotes && *p == '(') {
			comments++;
		} else if (!quotes && *p == ')' && comments > 0) {
			comments--;
			*end++ = ' ';
		} else if (!quotes && comments == 0) {
			*end++ = *p;
		}
	}
	*end = '\0';
	*at = *p == ';' ? p + 1 : p;
	return result;
}

/* The one result about DMARC says both that it passed and for which domain. */
static bool
results_pass(const char *results, const struct message *message)
{
	struct arena *arena = arena_new();
	bool pass = false;
	int found = 0;

	while (*results != '\0') {
		const char *result = next_result(arena, &results);

		result += strspn(result, " \t\r\n");
		if (!str_starts_nocase(result, "dmarc="))
			continue;
		found++;
		pass = says(result, "dmarc", "pass") && says(result, "header.from", domain_of(message->from.address));
	}
	arena_free(&arena);
	return pass && found == 1;
}

/* A result about DMARC says that it failed. */
static bool
results_fail(const char *results)
{
	struct arena *arena = arena_new();
	bool fail = false;

	while (*results != '\0' && !fail) {
		const char *result = next_result(arena, &results);

		result += strspn(result, " \t\r\n");
		fail = str_starts_nocase(result, "dmarc=") && says(result, "dmarc", "fail");
	}
	arena_free(&arena);
	return fail;
}

/* The topmost results, if this host wrote them. */
static const char *
results_of_host(const struct message *message, const char *host)
{
	const struct mail_header *header = topmost(message, "Authentication-Results");
	size_t len = strlen(host);

	return header != NULL && str_starts_nocase(header->value, host) &&
	    strchr(" \t;", header->value[len]) != NULL ? header->value : "";
}

static bool
by_host(const struct message *message, const char *host)
{
	return results_pass(results_of_host(message, host), message);
}

static bool
by_exchange(const struct message *message)
{
	const struct mail_header *as = topmost(message, "X-MS-Exchange-Organization-AuthAs");
	const struct mail_header *results = topmost(message, "Authentication-Results");

	if (as != NULL && str_same(as->value, "Internal"))
		return true;
	return results != NULL && results_pass(results->value, message);
}

static bool
by_simulation(const struct pack *pack, const struct message *message)
{
	const struct mail_header *results = topmost(message, "Authentication-Results");

	if (results != NULL && (says(results->value, "dmarc", "fail") || says(results->value, "spf", "fail") ||
	    says(results->value, "dkim", "fail")))
		return false;
	return strs_has_nocase(&pack->domains, domain_of(message->from.address));
}

bool
engine_forged(const char *trust, const struct message *message)
{
	const struct mail_header *results = topmost(message, "Authentication-Results");

	if (strcmp(trust, "exchange-online") == 0)
		return !by_exchange(message) && results != NULL && results_fail(results->value);
	return str_starts(trust, "header:") && results_fail(results_of_host(message, trust + strlen("header:")));
}

bool
engine_authenticated(const char *trust, const struct pack *pack, const struct message *message)
{
	if (strcmp(trust, "simulate") == 0)
		return by_simulation(pack, message);
	if (strcmp(trust, "exchange-online") == 0)
		return by_exchange(message);
	if (str_starts(trust, "header:"))
		return by_host(message, trust + strlen("header:"));
	return false;
}
