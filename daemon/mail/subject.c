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

enum prefix_kind { PREFIX_REPLY, PREFIX_FORWARD, PREFIX_EITHER, PREFIX_NOTICE, PREFIX_BANNER };

/* Before a colon, with or without a counter: "Re[2]:", "RE (3):". */
static const struct {
	const char	*word;
	enum prefix_kind kind;
} prefixes[] = {
	{ "re", PREFIX_REPLY }, { "aw", PREFIX_REPLY }, { "sv", PREFIX_REPLY }, { "antw", PREFIX_REPLY },
	/* A reply in Finland, a forward in Norway: the rest of the mail decides. */
	{ "vs", PREFIX_EITHER }, { "odp", PREFIX_REPLY }, { "ynt", PREFIX_REPLY }, { "rif", PREFIX_REPLY },
	{ "réf", PREFIX_REPLY }, { "res", PREFIX_REPLY }, { "ats", PREFIX_REPLY }, { "回复", PREFIX_REPLY },
	{ "答复", PREFIX_REPLY }, { "回覆", PREFIX_REPLY }, { "返信", PREFIX_REPLY }, { "답장", PREFIX_REPLY },
	{ "회신", PREFIX_REPLY }, { "رد", PREFIX_REPLY }, { "השב", PREFIX_REPLY }, { "תגובה", PREFIX_REPLY },
	{ "απ", PREFIX_REPLY }, { "ΑΠ", PREFIX_REPLY }, { "ΣΧΕΤ", PREFIX_REPLY }, { "σχετ", PREFIX_REPLY },
	{ "atb", PREFIX_REPLY }, { "bls", PREFIX_REPLY }, { "rép", PREFIX_REPLY }, { "r", PREFIX_REPLY },
	{ "antwort", PREFIX_REPLY },
	{ "antwoord", PREFIX_REPLY }, { "vá", PREFIX_REPLY },
	{ "atsp", PREFIX_REPLY }, { "ots", PREFIX_REPLY }, { "відп", PREFIX_REPLY }, { "отв", PREFIX_REPLY },
	{ "svar", PREFIX_REPLY },
	{ "fw", PREFIX_FORWARD }, { "fwd", PREFIX_FORWARD }, { "wg", PREFIX_FORWARD },
	{ "tr", PREFIX_FORWARD }, { "rv", PREFIX_FORWARD }, { "vb", PREFIX_FORWARD },
	{ "enc", PREFIX_FORWARD }, { "doorst", PREFIX_FORWARD }, { "vl", PREFIX_FORWARD },
	{ "vidarebefordra", PREFIX_FORWARD }, { "pd", PREFIX_FORWARD }, { "i", PREFIX_FORWARD },
	{ "转发", PREFIX_FORWARD }, { "轉寄", PREFIX_FORWARD }, { "轉發", PREFIX_FORWARD },
	{ "転送", PREFIX_FORWARD }, { "전달", PREFIX_FORWARD }, { "fs", PREFIX_FORWARD },
	{ "إعادة توجيه", PREFIX_FORWARD }, { "הועבר", PREFIX_FORWARD }, { "πρθ", PREFIX_FORWARD },
	{ "ΠΡΘ", PREFIX_FORWARD }, { "προωθ", PREFIX_FORWARD }, { "ilt", PREFIX_FORWARD },
	{ "forwarded", PREFIX_FORWARD },
	{ "továbbítás", PREFIX_FORWARD },
	{ "edastatud", PREFIX_FORWARD }, { "redir", PREFIX_FORWARD }, { "прсл", PREFIX_FORWARD },
	{ "пересл", PREFIX_FORWARD }, { "перенапр", PREFIX_FORWARD },
	{ "auto", PREFIX_NOTICE }, { "out of office", PREFIX_NOTICE }, { "out of the office", PREFIX_NOTICE },
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

/* ASCII letters stand for both cases; of others both are given where a subject begins with a capital. */
const char *const subject_machine_prefixes[] = { "automatic reply", "auto reply", "auto-reply", "autoreply",
	"auto response", "auto-response", "autoresponse", "automated reply", "automated response",
	"out of office autoreply", "out of office reply", "out of office auto-reply", "out of office: automatic reply",
	"out-of-office reply", "vacation reply", "vacation response", "automatic response", "automated acknowledgement",
	"automatische antwort", "automatische antwoord", "abwesenheitsnotiz", "automatische rückmeldung",
	"réponse automatique", "message d'absence", "message d’absence", "respuesta automática", "respuesta automatica",
	"risposta automatica", "automatisch antwoord", "afwezigheidsbericht", "autosvar", "automatiskt svar",
	"automatisk svar", "automaattinen vastaus", "resposta automática", "odpowiedź automatyczna",
	"automatická odpověď", "automatikus válasz", "răspuns automat", "автоматический ответ", "Автоматический ответ",
	"автоответ", "Автоответ", "αυτόματη απάντηση", "Αυτόματη απάντηση", "otomatik yanıt", "自動応答", "自动答复",
	"자동 회신", "ymateb awtomatig", "ateb awtomatig", NULL };

/* In brackets or asterisks of any kind. */
static const char *const tags[] = {
	"external", "ext", "external email", "external sender", "external mail", "secure", "encrypt",
	"encrypted", "egress secure", "egress", "confidential", "spam", "spam?", "suspected spam",
	"possible spam", "bulk", "caution", "warning", "caution: external", "caution external",
	"external: caution", "sender not verified", "not verified", "e-mail encrypted", "private",
	"internal", "secure email", "external!", "ext!", "extern", "externe", "externer absender", "allanol",
	"external recipient", "outside organisation", "encrypt email", "securemail", "zixsecure", "send secure",
	"official email", "suspicious", "marketing", "junk", "newsletter", "non-secure", "not secure",
	"virus checked", "scanned", "***spam***", "spam detected", "likely spam", "untrusted", "sec", "enc",
	"encrypted email", "phishing?", NULL
};

/* Of the scheme before 2014, still in use; some are words that people write, unless in capitals. */
static const struct {
	const char	*words;
	bool		 capitals;
	const char	*name;
} old_markings[] = {
	{ "not protectively marked", false, "NOT PROTECTIVELY MARKED" },
	{ "unclassified", false, "NOT PROTECTIVELY MARKED" },
	{ "PROTECT - PERSONAL", true, "PROTECT" }, { "PROTECT-PERSONAL", true, "PROTECT" },
	{ "PROTECT PERSONAL", true, "PROTECT" }, { "PROTECT", true, "PROTECT" },
	{ "RESTRICTED", true, "RESTRICTED" },
};

/* A marking at text: its canonical name, and how many bytes it takes. */
static size_t
marking_at(const char *text, const char **name_r)
{
	static const char *const details[] = { "personal", "commercial", "locsen", "hr", NULL };
	const char *s = text;
	size_t i, len;

	*name_r = "";
	for (i = 0; i < sizeof(old_markings) / sizeof(old_markings[0]); i++) {
		len = strlen(old_markings[i].words);
		if ((old_markings[i].capitals ? strncmp : strncasecmp)(s, old_markings[i].words, len) != 0 ||
		    isalnum((unsigned char)s[len]))
			continue;
		*name_r = old_markings[i].name;
		return len;
	}
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

/* word with its counter and colon at text, "RE:", "Re[2]:", "FW :": bytes taken, 0 when it is not there. */
static size_t
word_at(const char *text, const char *word)
{
	size_t len = strlen(word), digits;

	if (strncasecmp(text, word, len) != 0)
		return 0;
	if (text[len] == ' ' && (text[len + 1] == '(' || text[len + 1] == '['))
		len++;
	if (text[len] == '[' || text[len] == '(') {
		digits = strspn(text + len + 1, "0123456789");
		if (digits == 0 || (text[len + 1 + digits] != ']' && text[len + 1 + digits] != ')'))
			return 0;
		len += digits + 2;
	} else if (text[len] == '^' || text[len] == '*')
		len += 1 + strspn(text + len + 1, "0123456789");
	len += strspn(text + len, " ");
	if (strncmp(text + len, "\xef\xbc\x9a", 3) == 0)	/* the wide colon */
		return len + 3;
	return text[len] == ':' ? len + 1 : 0;
}

/* A prefix at text: bytes taken, which one, and of what kind. */
static size_t
prefix_at(const char *text, const char **word_r, enum prefix_kind *kind_r)
{
	size_t i, len;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if ((len = word_at(text, prefixes[i].word)) > 0) {
			*word_r = prefixes[i].word;
			*kind_r = prefixes[i].kind;
			return len;
		}
	for (i = 0; subject_machine_prefixes[i] != NULL; i++)
		if ((len = word_at(text, subject_machine_prefixes[i])) > 0) {
			*word_r = subject_machine_prefixes[i];
			*kind_r = PREFIX_NOTICE;
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

/*
 * "[#12345]", "[Ticket#12345]", "##RE-12345##", "[Request ID :##123##]", "INC0012345 - ": a help
 * desk's own number.  A reference in brackets without such a sign may be ours or an authority's.
 */
static size_t
ticket_at(const char *text)
{
	static const char *const words[] = { "ticket", "ticket id", "ticket no", "case", "request", "request id",
		"incident", "service request", "job", "call", "", NULL };
	size_t open = strspn(text, "[(#"), len, i;
	const char *s = text + open, *digits;

	if (open == 0 || open > 4)
		return 0;
	for (i = 0, len = 0; words[i] != NULL; i++)
		if (str_starts_nocase(s, words[i]) && strlen(words[i]) > len)
			len = strlen(words[i]);
	s += len;
	s += strspn(s, " :.-");
	if (*s != '#' && memchr(text, '#', open) == NULL)
		return 0;
	s += strspn(s, "# ");
	digits = s;
	s += strspn(s, "0123456789-");
	if (s - digits < 3 || s - digits > 20)
		return 0;
	len = strspn(s, "#])");
	return len == 0 && (*text != '#' || *s != ' ') ? 0 : (size_t)(s + len - text);
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
	const char *marking = "", *word;
	enum prefix_kind kind;
	size_t len;

	if ((len = prefix_at(text, &word, &kind)) > 0) {
		if (kind == PREFIX_NOTICE && *subject->notice == '\0')
			subject->notice = word;
		if (!subject->is_reply && !subject->is_forward) {
			subject->is_reply = kind == PREFIX_REPLY;
			subject->is_forward = kind == PREFIX_FORWARD;
		}
		return len;
	}
	len = tag_at(arena, text, &marking);
	if (len == 0)
		len = ticket_at(text);
	if (len == 0)
		len = marking_bare(text, &marking);
	if (len > 0 && *subject->marking == '\0')
		subject->marking = marking;
	return len;
}

void
subject_peel(struct arena *arena, const char *subject, struct subject *subject_r)
{
	char *text = str_squeeze(arena, subject);
	size_t taken, before;

	memset(subject_r, 0, sizeof(*subject_r));
	subject_r->marking = subject_r->notice = "";
	do {
		before = strlen(text);
		text += strspn(text, " ");
		while ((taken = peel_one(arena, text, subject_r)) > 0) {
			text += taken;
			text += strspn(text, " ");
		}
		peel_end(text, &subject_r->marking);
		text = str_trim(arena, text);
	} while (strlen(text) < before);
	subject_r->peeled = text;
}
