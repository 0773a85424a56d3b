/*
 * Is the sender who From says?  Each mailbox states whom it believes (design
 * section 7): only what the mailbox's own server wrote counts.  That stands
 * above whatever a sender may have put in, so of several headers only the
 * topmost is read; and what stands in a comment or in quotes may be a
 * stranger's words, and is nobody's finding.  RFC 8601 gives the form.
 * Runs wherever the engine does.  Pure.
 * Invariant: what cannot be read to its end proves nothing.
 * Fails: never; in doubt the sender is not proven.
 */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "engine/engine.h"
#include "mail/headers.h"

static const char *
domain_of(const char *address)
{
	const char *at = address == NULL ? NULL : strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

/* The topmost of that name, and how many there are. */
static const char *
topmost(const struct message *message, const char *name, size_t *count_r)
{
	const char *value = NULL;

	*count_r = 0;
	for (size_t i = 0; i < message->header_count; i++)
		if (str_same(message->headers[i].name, name)) {
			if ((*count_r)++ == 0)
				value = message->headers[i].value;
		}
	return value == NULL ? "" : value;
}

/* ---- Reading Authentication-Results: "host; method=result key=value ...; ..." */

struct pair { const char *key, *value; };	/* value NULL: a bare word */

struct result {
	struct pair	*pairs;
	size_t		 count;
};

struct results {
	struct result	*v;	/* the first may be the host's name */
	size_t		 n;
	bool		 broken;
};

/* White space and comments, nested as they may be; false: one that does not end. */
static bool
skip_comments(const char **at)
{
	const char *p = *at;
	int depth = 0;

	for (; *p != '\0' && (depth > 0 || isspace((unsigned char)*p) || *p == '('); p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')')
			depth--;
	}
	*at = p;
	return depth == 0;
}

/* A word or a quoted string; NULL: quotes that do not end. */
static const char *
read_word(struct arena *arena, const char **at, const char *ends)
{
	struct buf out = BUF_INIT;
	const char *p = *at, *word;
	bool quoted = *p == '"', closed = !quoted;

	for (p += quoted; *p != '\0'; p++) {
		if (quoted && *p == '"') {
			closed = true;
			p++;
			break;
		}
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (!quoted && (isspace((unsigned char)*p) || strchr(ends, *p) != NULL))
			break;
		buf_add_char(&out, *p);
	}
	*at = p;
	word = closed ? arena_strdup(arena, buf_text(&out)) : NULL;
	buf_free(&out);
	return word;
}

/* One "key=value", or a bare word; false: it cannot be read. */
static bool
read_pair(struct arena *arena, const char **at, struct pair *pair)
{
	*pair = (struct pair){ read_word(arena, at, "=;(\""), NULL };
	if (pair->key == NULL || (pair->key[0] == '\0' && **at != '=') || !skip_comments(at))
		return false;
	if (**at != '=')
		return true;
	(*at)++;
	if (!skip_comments(at))
		return false;
	pair->value = read_word(arena, at, ";(\"");
	return pair->value != NULL;
}

static void
read_results(struct arena *arena, const char *text, struct results *results)
{
	struct result *one = NULL;

	memset(results, 0, sizeof(*results));
	for (;;) {
		struct pair pair;

		results->broken = !skip_comments(&text);
		if (results->broken || *text == '\0')
			return;
		if (*text == ';') {
			text++;
			one = NULL;
			continue;
		}
		if (!read_pair(arena, &text, &pair)) {
			results->broken = true;
			return;
		}
		if (one == NULL)
			one = arena_push(arena, results->v, results->n);
		*arena_push(arena, one->pairs, one->count) = pair;
	}
}

/* "dmarc=pass", "DMARC/1 = pass": what a method found; NULL where this is another's result. */
static const char *
found_by(const struct result *result, const char *method)
{
	size_t len = strlen(method);
	const struct pair *first = result->count > 0 ? &result->pairs[0] : NULL;

	if (first == NULL || first->value == NULL || !str_starts_nocase(first->key, method) ||
	    (first->key[len] != '\0' && first->key[len] != '/'))
		return NULL;
	return first->value;
}

static bool
any_found(const struct results *results, const char *method, const char *what)
{
	for (size_t i = 0; i < results->n; i++) {
		const char *found = found_by(&results->v[i], method);

		if (found != NULL && str_same(found, what))
			return true;
	}
	return false;
}

/* It says once for which domain, and that is From's. */
static bool
is_for_domain(const struct result *result, const char *domain)
{
	const char *named = NULL;

	for (size_t i = 1; i < result->count; i++)
		if (str_same(result->pairs[i].key, "header.from")) {
			if (named != NULL)
				return false;
			named = result->pairs[i].value;
		}
	if (named != NULL && strchr(named, '@') != NULL)
		named = domain_of(named);
	return named != NULL && domain[0] != '\0' && str_same(named, domain);
}

/* The one result about DMARC says both that it passed and for which domain. */
static bool
passed(const struct results *results, const struct message *message)
{
	const struct result *dmarc = NULL;

	for (size_t i = 0; i < results->n; i++)
		if (found_by(&results->v[i], "dmarc") != NULL) {
			if (dmarc != NULL)
				return false;
			dmarc = &results->v[i];
		}
	return !results->broken && dmarc != NULL && str_same(found_by(dmarc, "dmarc"), "pass") &&
	    is_for_domain(dmarc, domain_of(message->from.address));
}

/* The topmost results, if they are by this host; host NULL: if they name none, as those of Exchange Online. */
static struct results
results_of(struct arena *arena, const struct message *message, const char *host)
{
	const struct results none = { NULL, 0, false };
	const struct pair *first;
	struct results results;
	size_t count;

	read_results(arena, topmost(message, "Authentication-Results", &count), &results);
	if (results.n == 0)
		return none;
	first = &results.v[0].pairs[0];
	if (host == NULL ? first->value == NULL : first->value != NULL || !str_same(first->key, host))
		return none;
	return results;
}

/* ---- Whom a mailbox believes */

/* Two senders in one mail: the server may have looked at the other. */
static bool
has_one_sender(struct arena *arena, const struct message *message)
{
	struct mail_addresses list = { NULL, 0 };
	struct strs remarks = { NULL, 0 };
	size_t count, addresses = 0;
	const char *from = topmost(message, "From", &count);

	if (count == 0)		/* the record of a mail from before they were kept */
		return true;
	address_parse(arena, from, "From header", &remarks, &list);
	for (size_t i = 0; i < list.n; i++)
		addresses += strchr(list.v[i].address, '@') != NULL;
	return count == 1 && addresses <= 1;
}

static bool
by_exchange(struct arena *arena, const struct message *message)
{
	struct results results = results_of(arena, message, NULL);
	size_t count;

	/* Exchange takes such headers away from mail that comes from outside: one is its own, two are not. */
	if (str_same(topmost(message, "X-MS-Exchange-Organization-AuthAs", &count), "Internal") && count == 1)
		return !any_found(&results, "dmarc", "fail");
	return passed(&results, message);
}

static bool
by_simulation(struct arena *arena, const struct pack *pack, const struct message *message)
{
	struct results results;
	size_t count;

	read_results(arena, topmost(message, "Authentication-Results", &count), &results);
	return !any_found(&results, "dmarc", "fail") && !any_found(&results, "spf", "fail") &&
	    !any_found(&results, "dkim", "fail") && strs_has_nocase(&pack->domains, domain_of(message->from.address));
}

/* NULL: no server's word counts. */
static const char *
host_of(const char *trust)
{
	return str_starts(trust, "header:") ? trust + strlen("header:") : NULL;
}

static bool
is_proven(struct arena *arena, const char *trust, const struct pack *pack, const struct message *message)
{
	struct results results;

	if (!has_one_sender(arena, message))
		return false;
	if (strcmp(trust, "simulate") == 0)
		return by_simulation(arena, pack, message);
	if (strcmp(trust, "exchange-online") == 0)
		return by_exchange(arena, message);
	if (host_of(trust) == NULL)
		return false;
	results = results_of(arena, message, host_of(trust));
	return passed(&results, message);
}

bool
engine_authenticated(const char *trust, const struct pack *pack, const struct message *message)
{
	struct arena *arena = arena_new();
	bool proven = is_proven(arena, trust, pack, message);

	arena_free(&arena);
	return proven;
}

bool
engine_forged(const char *trust, const struct message *message)
{
	bool exchange = strcmp(trust, "exchange-online") == 0;
	struct arena *arena;
	struct results results;
	bool forged;

	if (!exchange && host_of(trust) == NULL)
		return false;
	arena = arena_new();
	results = results_of(arena, message, host_of(trust));
	forged = any_found(&results, "dmarc", "fail");
	arena_free(&arena);
	return forged;
}

/* An address that the rules themselves name: the requester's, another mailbox's. */
static bool
is_a_roles(const struct pack *pack, const char *address)
{
	for (size_t i = 0; i < pack->role_count; i++)
		if (pack->roles[i].source == ROLE_ADDRESS && str_same(pack->roles[i].address, address))
			return true;
	return false;
}

bool
engine_doubtful(const char *trust, const struct pack *pack, const struct message *message)
{
	const char *from = message->from.address;

	if ((strcmp(trust, "exchange-online") != 0 && host_of(trust) == NULL) || from == NULL || from[0] == '\0')
		return false;
	return (strs_has_nocase(&pack->domains, domain_of(from)) || is_a_roles(pack, from)) &&
	    !engine_authenticated(trust, pack, message);
}
