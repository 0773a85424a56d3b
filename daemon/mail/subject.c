/*
 * Peeling subjects: see subject.h.  Runs in adviced-parse; pure.
 * Invariant: peeling a peeled subject changes nothing.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/subject.h"

enum prefix_kind { PREFIX_REPLY, PREFIX_FORWARD, PREFIX_NOTICE, PREFIX_BANNER };

/* Before a colon, with or without a counter: "Re[2]:", "RE (3):". */
static const struct {
	const char	*word;
	enum prefix_kind kind;
} prefixes[] = {
	{ "re", PREFIX_REPLY }, { "aw", PREFIX_REPLY }, { "sv", PREFIX_REPLY }, { "antw", PREFIX_REPLY },
	{ "vs", PREFIX_REPLY }, { "odp", PREFIX_REPLY }, { "ynt", PREFIX_REPLY }, { "rif", PREFIX_REPLY },
	{ "réf", PREFIX_REPLY }, { "res", PREFIX_REPLY }, { "ats", PREFIX_REPLY }, { "回复", PREFIX_REPLY },
	{ "fw", PREFIX_FORWARD }, { "fwd", PREFIX_FORWARD }, { "wg", PREFIX_FORWARD },
	{ "tr", PREFIX_FORWARD }, { "rv", PREFIX_FORWARD }, { "vb", PREFIX_FORWARD },
	{ "enc", PREFIX_FORWARD }, { "doorst", PREFIX_FORWARD }, { "vl", PREFIX_FORWARD },
	{ "vidarebefordra", PREFIX_FORWARD }, { "pd", PREFIX_FORWARD }, { "i", PREFIX_FORWARD },
	{ "转发", PREFIX_FORWARD },
	{ "automatic reply", PREFIX_NOTICE }, { "auto reply", PREFIX_NOTICE },
	{ "auto-reply", PREFIX_NOTICE }, { "autoreply", PREFIX_NOTICE }, { "auto", PREFIX_NOTICE },
	{ "auto response", PREFIX_NOTICE }, { "out of office", PREFIX_NOTICE },
	{ "out of the office", PREFIX_NOTICE }, { "out of office reply", PREFIX_NOTICE },
	{ "out of office autoreply", PREFIX_NOTICE }, { "automatische antwort", PREFIX_NOTICE },
	{ "réponse automatique", PREFIX_NOTICE }, { "respuesta automática", PREFIX_NOTICE },
	{ "risposta automatica", PREFIX_NOTICE }, { "automatisch antwoord", PREFIX_NOTICE },
	{ "autosvar", PREFIX_NOTICE }, { "automatiskt svar", PREFIX_NOTICE },
	{ "resposta automática", PREFIX_NOTICE }, { "odpowiedź automatyczna", PREFIX_NOTICE },
	{ "abwesenheitsnotiz", PREFIX_NOTICE },
	{ "accepted", PREFIX_NOTICE }, { "declined", PREFIX_NOTICE }, { "tentative", PREFIX_NOTICE },
	{ "tentatively accepted", PREFIX_NOTICE }, { "canceled", PREFIX_NOTICE },
	{ "cancelled", PREFIX_NOTICE }, { "updated", PREFIX_NOTICE }, { "invitation", PREFIX_NOTICE },
	{ "updated invitation", PREFIX_NOTICE }, { "new time proposed", PREFIX_NOTICE },
	{ "meeting forward notification", PREFIX_NOTICE },
	{ "recall", PREFIX_NOTICE }, { "message recall failure", PREFIX_NOTICE },
	{ "message recall success", PREFIX_NOTICE }, { "message recall report", PREFIX_NOTICE },
	{ "undeliverable", PREFIX_NOTICE }, { "undelivered", PREFIX_NOTICE },
	{ "delivery delayed", PREFIX_NOTICE }, { "delivery status notification", PREFIX_NOTICE },
	{ "delivered", PREFIX_NOTICE }, { "relayed", PREFIX_NOTICE }, { "expanded", PREFIX_NOTICE },
	{ "read", PREFIX_NOTICE }, { "not read", PREFIX_NOTICE }, { "deferred", PREFIX_NOTICE },
	{ "read receipt", PREFIX_NOTICE }, { "return receipt", PREFIX_NOTICE },
	{ "caution", PREFIX_BANNER }, { "external", PREFIX_BANNER }, { "external email", PREFIX_BANNER },
	{ "external sender", PREFIX_BANNER }, { "secure", PREFIX_BANNER }, { "ext", PREFIX_BANNER },
	{ "egress secure", PREFIX_BANNER }, { "egress", PREFIX_BANNER }, { "encrypted", PREFIX_BANNER },
	{ "encrypt", PREFIX_BANNER }, { "spam", PREFIX_BANNER }, { "suspected spam", PREFIX_BANNER },
};

/* In brackets or asterisks of any kind. */
static const char *const tags[] = {
	"external", "ext", "external email", "external sender", "external mail", "secure", "encrypt",
	"encrypted", "egress secure", "egress", "confidential", "spam", "spam?", "suspected spam",
	"possible spam", "bulk", "caution", "warning", "caution: external", "caution external",
	"external: caution", "sender not verified", "not verified", "e-mail encrypted", "private",
	"[external]", "internal", "secure email", "encrypted email", "phishing?", NULL
};

/* A marking at text: its canonical name, and how many bytes it takes. */
static size_t
marking_at(const char *text, const char **name_r)
{
	static const char *const details[] = { "personal", "commercial", "locsen", "hr", NULL };
	const char *s = text;
	size_t i, len;

	*name_r = "";
	if (strncasecmp(s, "not protectively marked", 23) == 0)
		return 23;
	if (strncasecmp(s, "unclassified", 12) == 0)
		return 12;
	if (strncmp(s, "PROTECT", 7) == 0 && !isalnum((unsigned char)s[7]))
		return 7;
	if (strncmp(s, "RESTRICTED", 10) == 0 && !isalnum((unsigned char)s[10]))
		return 10;
	if (strncasecmp(s, "official", 8) != 0 || isalnum((unsigned char)s[8]))
		return 0;
	*name_r = "OFFICIAL";
	s += 8;
	len = strspn(s, " -:/_");
	if (strncmp(s + len, "\xe2\x80\x93", 3) == 0)
		len += 3 + strspn(s + len + 3, " ");
	if (strncasecmp(s + len, "sensitive", 9) != 0 || isalnum((unsigned char)s[len + 9]))
		return 8;
	*name_r = "OFFICIAL-SENSITIVE";
	s += len + 9;
	len = strspn(s, " -:/[(");
	for (i = 0; details[i] != NULL; i++)
		if (len > 0 && strncasecmp(s + len, details[i], strlen(details[i])) == 0 &&
		    !isalnum((unsigned char)s[len + strlen(details[i])])) {
			s += len + strlen(details[i]);
			s += strspn(s, ")]");
			break;
		}
	return (size_t)(s - text);
}

/* A marking without brackets is one only in capitals or when something sets it off. */
static size_t
marking_bare(const char *text, const char **name_r)
{
	size_t len = marking_at(text, name_r), i, rest;
	bool capitals = true;

	if (len == 0)
		return 0;
	for (i = 0; i < len; i++)
		if (islower((unsigned char)text[i]))
			capitals = false;
	rest = len + strspn(text + len, " ");
	if (!capitals && text[rest] != '\0' && strchr(":-|/", text[rest]) == NULL &&
	    strncmp(text + rest, "\xe2\x80\x93", 3) != 0)
		return 0;
	while (strchr(" :-|/", text[rest]) != NULL && text[rest] != '\0')
		rest++;
	if (strncmp(text + rest, "\xe2\x80\x93", 3) == 0)
		rest += 3;
	return rest;
}

const char *
marking_of_line(const char *line)
{
	const char *name;
	size_t len;

	line += strspn(line, " \t[(*");
	len = marking_at(line, &name);
	if (len == 0 || line[len + strspn(line + len, " \t])*.:")] != '\0')
		return NULL;
	return name;
}

/* "RE:", "Re[2]:", "FW :" at text: bytes taken, and which. */
static size_t
prefix_at(const char *text, size_t *which_r)
{
	size_t i, len;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		len = strlen(prefixes[i].word);
		if (strncasecmp(text, prefixes[i].word, len) != 0)
			continue;
		if (text[len] == ' ' && (text[len + 1] == '(' || text[len + 1] == '['))
			len++;
		if (text[len] == '[' || text[len] == '(') {
			size_t digits = strspn(text + len + 1, "0123456789");

			if (digits == 0 || strchr("])", text[len + 1 + digits]) == NULL)
				continue;
			len += digits + 2;
		} else if (text[len] == '^' || text[len] == '*')
			len += 1 + strspn(text + len + 1, "0123456789");
		len += strspn(text + len, " ");
		if (strncmp(text + len, "\xef\xbc\x9a", 3) == 0)	/* the wide colon */
			len += 3;
		else if (text[len] == ':')
			len++;
		else
			continue;
		*which_r = i;
		return len;
	}
	return 0;
}

/* "[EXTERNAL]", "***SPAM***", "[OFFICIAL-SENSITIVE]" at text. */
static size_t
tag_at(struct arena *arena, const char *text, const char **marking_r)
{
	const char *end, *inside;
	size_t open = strspn(text, "[{(*#<"), close, i;
	char *word;

	*marking_r = "";
	if (open == 0 || open > 5)
		return 0;
	inside = text + open;
	end = strpbrk(inside, "]})*#>");
	if (end == NULL || end - inside > 40)
		return 0;
	close = strspn(end, "]})*#>");
	word = str_trim(arena, arena_strndup(arena, inside, (size_t)(end - inside)));
	if (marking_at(word, marking_r) > 0 && marking_of_line(word) != NULL)
		return (size_t)(end - text) + close;
	*marking_r = "";
	for (i = 0; tags[i] != NULL; i++)
		if (str_same(word, tags[i]))
			return (size_t)(end - text) + close;
	return 0;
}

/* A marking at the end: "... - OFFICIAL-SENSITIVE", "... [OFFICIAL]". */
static void
peel_end(char *text, const char **marking_r)
{
	size_t len = strlen(text), start;
	const char *name;

	for (start = len > 60 ? len - 60 : 0; start < len; start++) {
		size_t taken;

		if (start == 0 || strchr(" [(", text[start - 1]) == NULL)
			continue;
		if (strchr("oOnNPR", text[start]) == NULL || text[start] == '\0')
			continue;
		taken = marking_at(text + start, &name);
		if (taken == 0 || text[start + taken + strspn(text + start + taken, " ])")] != '\0')
			continue;
		/* In running words ("is this official") it is no marking. */
		if (text[start - 1] == ' ' && islower((unsigned char)text[start]))
			continue;
		if (**marking_r == '\0')
			*marking_r = name;
		while (start > 0 && strchr(" -[(|:/", text[start - 1]) != NULL)
			start--;
		if (start >= 3 && strncmp(text + start - 3, "\xe2\x80\x93", 3) == 0)
			start -= 3;
		text[start] = '\0';
		break;
	}
}

/* Take off one thing from the front; returns the bytes taken. */
static size_t
peel_one(struct arena *arena, const char *text, struct subject *subject)
{
	const char *marking = "";
	size_t which, len;

	if ((len = prefix_at(text, &which)) > 0) {
		enum prefix_kind kind = prefixes[which].kind;

		if (kind == PREFIX_NOTICE && *subject->notice == '\0')
			subject->notice = prefixes[which].word;
		if (!subject->is_reply && !subject->is_forward) {
			subject->is_reply = kind == PREFIX_REPLY;
			subject->is_forward = kind == PREFIX_FORWARD;
		}
		return len;
	}
	len = tag_at(arena, text, &marking);
	if (len == 0)
		len = marking_bare(text, &marking);
	if (len > 0 && *subject->marking == '\0')
		subject->marking = marking;
	return len;
}

void
subject_peel(struct arena *arena, const char *subject, struct subject *subject_r)
{
	char *text = str_squeeze(arena, subject), *before;
	size_t taken;

	memset(subject_r, 0, sizeof(*subject_r));
	subject_r->marking = subject_r->notice = "";
	do {
		before = text;
		text += strspn(text, " ");
		while ((taken = peel_one(arena, text, subject_r)) > 0) {
			text += taken;
			text += strspn(text, " ");
		}
		peel_end(text, &subject_r->marking);
		text = str_trim(arena, text);
	} while (strlen(text) < strlen(before));
	subject_r->peeled = text;
}
