/*
 * Domains that are made to be taken for another.  Runs wherever decide() does;
 * pure.
 * Invariant: each domain is first made plain (foreign letters as the ones that
 * they look like), then compared; the genuine one and its own are never like it.
 * Fails: never; a domain that is longer than any real one is like nothing.
 */
#include <string.h>

#include <glib.h>

#include "base/lookalike.h"

#define DOMAIN_BYTES	254
#define SLIP_LETTERS	5	/* of a shorter name, one letter makes another honest one */

/* ---- Made plain */

/* Letters of other scripts, and of ours with a stroke, that look like these. */
static const struct { gunichar from; char to; } letters[] = {
	{ 0x0430, 'a' }, { 0x0435, 'e' }, { 0x043e, 'o' }, { 0x0440, 'p' }, { 0x0441, 'c' }, { 0x0443, 'y' },
	{ 0x0445, 'x' }, { 0x0456, 'i' }, { 0x0458, 'j' }, { 0x0455, 's' }, { 0x04bb, 'h' }, { 0x04cf, 'l' },
	{ 0x0501, 'd' }, { 0x051b, 'q' }, { 0x051d, 'w' }, { 0x0432, 'b' }, { 0x043a, 'k' }, { 0x043c, 'm' },
	{ 0x0442, 't' }, { 0x043d, 'h' }, { 0x0475, 'v' }, { 0x0433, 'r' }, { 0x03b1, 'a' }, { 0x03b5, 'e' },
	{ 0x03b9, 'i' }, { 0x03ba, 'k' }, { 0x03bd, 'v' }, { 0x03bf, 'o' }, { 0x03c1, 'p' }, { 0x03c4, 't' },
	{ 0x03c5, 'u' }, { 0x03c7, 'x' }, { 0x03b3, 'y' }, { 0x03b7, 'n' }, { 0x0131, 'i' }, { 0x0142, 'l' },
	{ 0x0111, 'd' }, { 0x0127, 'h' }, { 0x00f8, 'o' }, { 0x0251, 'a' }, { 0x0261, 'g' }, { 0x0269, 'i' },
	{ 0x026a, 'i' }, { 0x0280, 'r' }, { 0x1d0f, 'o' }, { 0x01c3, 'l' }, { 0x2010, '-' }, { 0x2011, '-' },
};

static char
plain_letter(gunichar c)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].from == c)
			return letters[i].to;
	return c < 0x80 ? (char)c : '?';
}

/* Lower case, accents off, foreign letters as ours.  False: it is no domain. */
static bool
make_plain(const char *domain, char plain[DOMAIN_BYTES + 1])
{
	size_t length = strlen(domain), n = 0;
	char *unicode, *lower, *parted;

	if (length == 0 || length > DOMAIN_BYTES || !g_utf8_validate(domain, (gssize)length, NULL))
		return false;
	unicode = g_hostname_to_unicode(domain);
	lower = g_utf8_strdown(unicode != NULL ? unicode : domain, -1);
	parted = g_utf8_normalize(lower, -1, G_NORMALIZE_NFKD);
	for (const char *p = parted; p != NULL && *p != '\0' && n < DOMAIN_BYTES; p = g_utf8_next_char(p))
		if (!g_unichar_ismark(g_utf8_get_char(p)))
			plain[n++] = plain_letter(g_utf8_get_char(p));
	while (n > 0 && plain[n - 1] == '.')
		n--;
	plain[n] = '\0';
	g_free(parted);
	g_free(lower);
	g_free(unicode);
	return n > 0;
}

/* What the eye makes of it: rn and m, vv and w, cl and d, 0 and o, 1 and l and i are one; hyphens are nothing. */
static void
skeleton(const char *plain, char out[DOMAIN_BYTES + 1])
{
	static const struct { const char *seen, *as; } shapes[] = {
		{ "rn", "m" }, { "vv", "w" }, { "cl", "d" }, { "0", "o" }, { "1", "l" }, { "i", "l" }, { "5", "s" }, { "-", "" },
	};
	size_t n = 0;

	while (*plain != '\0') {
		size_t shape, count = sizeof(shapes) / sizeof(shapes[0]);

		for (shape = 0; shape < count; shape++)
			if (strncmp(plain, shapes[shape].seen, strlen(shapes[shape].seen)) == 0)
				break;
		if (shape == count) {
			out[n++] = *plain++;
			continue;
		}
		if (shapes[shape].as[0] != '\0')
			out[n++] = shapes[shape].as[0];
		plain += strlen(shapes[shape].seen);
	}
	out[n] = '\0';
}

/* ---- Its parts */

/* The ending that a name is registered under: ".example", ".co.uk". */
static const char *
ending(const char *domain)
{
	static const char *const under_country[] = { "co", "com", "org", "net", "gov", "ac", "edu", "nhs", "sch", "police",
		"ltd", "plc", "me", "mod", "parliament", "info", "biz" };
	const char *last = strrchr(domain, '.'), *before = last;

	if (last == NULL)
		return domain + strlen(domain);
	if (strlen(last) != 3)		/* no country's */
		return last;
	while (before > domain && before[-1] != '.')
		before--;
	for (size_t i = 0; before > domain && i < sizeof(under_country) / sizeof(under_country[0]); i++)
		if ((size_t)(last - before) == strlen(under_country[i]) &&
		    strncmp(before, under_country[i], (size_t)(last - before)) == 0)
			return before - 1;
	return last;
}

/* Given only to those who prove that they are one: no stranger hides behind it. */
static bool
ending_is_guarded(const char *end)
{
	static const char *const guarded[] = { ".gov.uk", ".ac.uk", ".nhs.uk", ".sch.uk", ".police.uk", ".mod.uk",
		".parliament.uk", ".gov", ".edu", ".mil", ".int" };

	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++)
		if (strcmp(end, guarded[i]) == 0)
			return true;
	return false;
}

/* What somebody registered, without the ending and without what stands below it: "trust" of "mail.trust.example". */
static void
registered(const char *domain, char out[DOMAIN_BYTES + 1])
{
	const char *end = ending(domain), *start = end;

	while (start > domain && start[-1] != '.')
		start--;
	memcpy(out, start, (size_t)(end - start));
	out[end - start] = '\0';
}

/* One letter more, fewer or another, or two neighbours changed round. */
static bool
one_slip(const char *a, const char *b)
{
	size_t left = strlen(a), right = strlen(b), same = 0;

	if (left < right)
		return one_slip(b, a);
	if (right < SLIP_LETTERS || left - right > 1)
		return false;
	while (a[same] != '\0' && a[same] == b[same])
		same++;
	if (left > right)
		return strcmp(a + same + 1, b + same) == 0;
	if (a[same] == '\0')
		return false;
	return strcmp(a + same + 1, b + same + 1) == 0 ||
	    (a[same] == b[same + 1] && a[same + 1] == b[same] && strcmp(a + same + 2, b + same + 2) == 0);
}

static bool
is_below(const char *domain, const char *genuine)
{
	size_t left = strlen(domain), right = strlen(genuine);

	return g_ascii_strcasecmp(domain, genuine) == 0 || (left > right && domain[left - right - 1] == '.' &&
	    g_ascii_strcasecmp(domain + left - right, genuine) == 0);
}

/* "trust.example.cheap.example", "trust-example.cheap": the whole genuine name is put in front of another. */
static bool
leads_with(const char *plain, const char *genuine)
{
	char joined[DOMAIN_BYTES + 1];
	size_t length = strlen(genuine);

	if (strncmp(plain, genuine, length) == 0 && (plain[length] == '.' || plain[length] == '-'))
		return true;
	strcpy(joined, genuine);
	for (char *dot = joined; (dot = strchr(dot, '.')) != NULL;)
		*dot = '-';
	return strncmp(plain, joined, length) == 0 && (plain[length] == '.' || plain[length] == '-');
}

bool
domain_looks_like(const char *domain, const char *genuine)
{
	char plain[DOMAIN_BYTES + 1], real[DOMAIN_BYTES + 1], name[DOMAIN_BYTES + 1], real_name[DOMAIN_BYTES + 1];
	char seen[DOMAIN_BYTES + 1], real_seen[DOMAIN_BYTES + 1];

	if (is_below(domain, genuine) || !make_plain(domain, plain) || !make_plain(genuine, real))
		return false;
	if (is_below(plain, real))		/* only foreign letters keep them apart */
		return true;
	if (leads_with(plain, real))
		return true;
	if (ending_is_guarded(ending(plain)))
		return false;
	registered(plain, name);
	registered(real, real_name);
	skeleton(name, seen);
	skeleton(real_name, real_seen);
	return real_seen[0] != '\0' && (strcmp(seen, real_seen) == 0 || one_slip(name, real_name));
}
