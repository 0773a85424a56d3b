/*
 * The translation of readable patterns: one walk over the source, each piece
 * appended to the regular expression.  Pure.
 * Invariant: holes are the only capturing groups.  Words are whole by
 * look-arounds; a gap is any run of white space, or a hyphen; what * stands
 * for never goes over a blank line.
 * Fails: ERR_CONFIG, with the pattern, what was found and what is allowed.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "rule/pattern_words.h"

#define WORD_START	"(?<![^\\W_])"	/* an underscore parts words: file names are full of them */
#define WORD_END	"(?![^\\W_])"
#define GAP		"(?:[\\s_]+|" DASH ")"
#define HOLE_GAP	"(?:[^\\S\\n]*(?:[:;,]|" DASH ")[\\s_]*|" GAP ")"	/* "AMEND: section 2" */
#define LINE_GAP	"[^\\S\\n]*"
/* A label's value stands behind it, or on the next line unless that is a label itself. */
#define LABEL_GAP	LINE_GAP "(?:\\n" LINE_GAP "(?![^\\n]*:))?"
/* The colon of a date's label: people also write "Due date (6 weeks) - 4 May", or put the two into cells of a table. */
#define DATE_COLON	LINE_GAP "(?:\\([^()\\n]{1,40}\\)" LINE_GAP ")?(?:[:=|]|" DASH "|(?<=\\t)|(?=\\n))"
#define NEAR_GAP	"(?:[^\\S\\n]|\\n(?!" LINE_GAP "\\n))+"
#define WIDE		"(?:[^\\n]|\\n(?!" LINE_GAP "\\n))"
#define WORD_TAIL	"[\\w'\xE2\x80\x99-]*"
#define APOSTROPHE	"['\xE2\x80\x98\xE2\x80\x99\xCA\xBC\xC2\xB4`]"
#define QUOTE		"[\"\xE2\x80\x9C\xE2\x80\x9D\xE2\x80\x9E]"
#define DASH		"[-\xE2\x80\x90\xE2\x80\x91\xE2\x80\x92\xE2\x80\x93\xE2\x80\x94\xE2\x88\x92]"

#define EMAIL		"[\\w.+'-]+@[\\w-]+(?:\\.[\\w-]+)+"
#define COURTESY	"(?!(?:please|pls|thanks?|cheers|regards|(?:many|kind|best|with)\\s+(?:thanks|regards|wishes))\\b)"
#define NAME_REST	"[\\p{L}\\p{M}'\xE2\x80\x98\xE2\x80\x99-]*\\.?"
#define CAPITAL		"(?-i:\\p{Lu})" NAME_REST
#define PARTICLE	"(?:de|da|di|del|der|den|van|von|la|le|al|el|bin|bint|ibn|ap|ab|st)"
#define BLANK		"[^\\S\\n]+"
#define CAPITAL_NAME	COURTESY CAPITAL "(?:," BLANK CAPITAL ")?(?:" BLANK "(?:" PARTICLE BLANK \
			")*" COURTESY CAPITAL "){0,5}"
#define PLAIN_NAME	COURTESY "\\p{L}" NAME_REST "(?:," BLANK "\\p{L}" NAME_REST ")?(?:" BLANK \
			COURTESY "\\p{L}" NAME_REST "){0,4}"
#define NAME		"(?:" CAPITAL_NAME "|" PLAIN_NAME ")"
#define PERSON		"(?:" EMAIL "|(?:" NAME "[^\\S\\n]*[<(\\[]\\s*(?:mailto:)?" EMAIL "[>)\\]]?)|" NAME ")"
/* "by close of business on the 4th": the hour before a date is passed over. */
#define TIME_OF_DAY	"(?:(?:(?:the[\\s]+)?(?:close(?:[\\s]+of[\\s]+(?:business|play|day))?|end[\\s]+of[\\s]+(?:the[\\s]+)?(?:business|play|day)|" \
			"c\\.?o\\.?[bp]\\.?|(?:12[\\s]*)?(?:noon|midday|midnight)|[0-9]{1,2}(?:[.:][0-9]{2})?[\\s]*[ap]\\.?m\\.?|" \
			"[0-9]{1,2}[\\s]+o'?clock|[0-9]{1,2}[.:][0-9]{2}(?:[\\s]*(?:hours|hrs|h))?)" \
			"[\\s]*,?[\\s]*)?(?:on[\\s]+|of[\\s]+)?(?:the[\\s]+)?)"
/* "February 2026": a month that is told without its day. */
#define MONTH		"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|" \
			"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?,?[\\s]+(?:of[\\s]+)?(?:19|20)[0-9]{2}"
#define DATE_START	"(?=[0-9]|w/[ce]|week|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"

struct walk {
	struct arena		*arena;
	const char		*source;	/* whole, for errors */
	const struct strs	*same_words;
	size_t			 same_word_lists;
	const struct strs	*services;
	struct buf		*out;
	struct strs		*kinds, *holes;
	struct err		*err;
};

static int	walk_part(struct walk *walk, const char *from, const char *end);

static const char *const hole_names[] = {
	"date", "name", "person", "service", "email", "month", "words", "n", NULL
};

/* Letters beyond ASCII count as parts of words. */
static bool
is_word(unsigned char c)
{
	return isalnum(c) || c == '_' || c == '#' || c >= 0x80;
}

static bool
is_blank(const char *p, const char *end, size_t *length_r)
{
	*length_r = 1;
	if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		return true;
	if (end - p >= 2 && (unsigned char)p[0] == 0xC2 && (unsigned char)p[1] == 0xA0) {
		*length_r = 2;
		return true;
	}
	return false;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	size_t length;

	while (p < end && is_blank(p, end, &length))
		p += length;
	return p;
}

/* Typographic signs that mean the same as a plain one: what they are, else NULL. */
static const char *
sign_class(const char *p, size_t *length_r)
{
	static const struct { const char *sign, *class; } signs[] = {
		{ "'", APOSTROPHE }, { "`", APOSTROPHE }, { "\xC2\xB4", APOSTROPHE },
		{ "\xCA\xBC", APOSTROPHE }, { "\xE2\x80\x98", APOSTROPHE }, { "\xE2\x80\x99", APOSTROPHE },
		{ "\"", QUOTE }, { "\xE2\x80\x9C", QUOTE }, { "\xE2\x80\x9D", QUOTE },
		{ "-", DASH }, { "\xE2\x80\x90", DASH }, { "\xE2\x80\x91", DASH },
		{ "\xE2\x80\x92", DASH }, { "\xE2\x80\x93", DASH }, { "\xE2\x80\x94", DASH },
		{ "\xE2\x88\x92", DASH }
	};
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strncmp(p, signs[i].sign, strlen(signs[i].sign)) == 0) {
			*length_r = strlen(signs[i].sign);
			return signs[i].class;
		}
	return NULL;
}

/* One character that stands for itself. */
static const char *
add_literal(struct walk *walk, const char *p)
{
	const char *class;
	size_t length;

	if (*p == '#') {
		buf_add_str(walk->out, "[0-9]");
		return p + 1;
	}
	if ((class = sign_class(p, &length)) != NULL) {
		buf_add_str(walk->out, class);
		return p + length;
	}
	if (*p == ':' && str_starts_nocase(skip_blanks(p + 1, p + strlen(p)), "{date")) {
		buf_add_str(walk->out, DATE_COLON);
		return p + 1;
	}
	if (*p == ':')
		buf_add_str(walk->out, LINE_GAP);
	else if (strchr("\\^$.|?*+()[]{}", *p) != NULL)
		buf_add_char(walk->out, '\\');
	buf_add_char(walk->out, *p);
	return p + 1;
}

/* A phrase without holes: the members of same-words and the names of services. */
static void
add_phrase(struct walk *walk, const char *phrase)
{
	const char *p = phrase, *end = phrase + strlen(phrase);
	size_t length;

	while (p < end) {
		if (is_blank(p, end, &length)) {
			p = skip_blanks(p, end);
			buf_add_str(walk->out, GAP);
		} else if (*p == '*') {
			buf_add_str(walk->out, WORD_TAIL);
			p++;
		} else {
			p = add_literal(walk, p);
		}
	}
}

static void
add_phrases(struct walk *walk, const struct strs *phrases)
{
	size_t i;

	buf_add_str(walk->out, "(?:");
	for (i = 0; i < phrases->n; i++) {
		if (i > 0)
			buf_add_char(walk->out, '|');
		add_phrase(walk, phrases->v[i]);
	}
	buf_add_char(walk->out, ')');
}

/* The bytes of source that the phrase takes at p as whole words, 0 if it does not stand there. */
static size_t
phrase_at(const char *phrase, const char *p, const char *end)
{
	const char *start = p;
	size_t length;

	while (*phrase != '\0') {
		if (p == end)
			return 0;
		if (*phrase == ' ') {
			if (!is_blank(p, end, &length))
				return 0;
			p = skip_blanks(p, end);
			phrase++;
		} else if (tolower((unsigned char)*phrase++) != tolower((unsigned char)*p++)) {
			return 0;
		}
	}
	if (p < end && (is_word((unsigned char)*p) || *p == '*'))
		return 0;
	return (size_t)(p - start);
}

/* Words that have others of the same meaning: the longest wins. Returns the bytes taken. */
static size_t
add_same_words(struct walk *walk, const char *p, const char *end)
{
	const struct strs *best = NULL;
	size_t i, j, length, taken = 0;

	for (i = 0; i < walk->same_word_lists; i++)
		for (j = 0; j < walk->same_words[i].n; j++) {
			length = phrase_at(walk->same_words[i].v[j], p, end);
			if (length > taken) {
				taken = length;
				best = &walk->same_words[i];
			}
		}
	if (best != NULL)
		add_phrases(walk, best);
	return taken;
}

static void
add_date_hole(struct walk *walk, size_t hole)
{
	buf_add_str(walk->out, TIME_OF_DAY);
	buf_printf(walk->out, "(?<![\\w/.])" DATE_START "(?C%zu)((?s:.){3,60}?)(?C%zu)(?!\\w)",
	    2 * hole + 1, 2 * hole + 2);
}

static void
add_hole_regex(struct walk *walk, const char *kind, size_t hole, bool last)
{
	if (strcmp(kind, "date") == 0) {
		add_date_hole(walk, hole);
	} else if (strcmp(kind, "name") == 0) {
		buf_add_str(walk->out, "(" NAME ")");
	} else if (strcmp(kind, "person") == 0) {
		buf_add_str(walk->out, "(" PERSON ")");
	} else if (strcmp(kind, "month") == 0) {
		buf_add_str(walk->out, WORD_START "(" MONTH ")" WORD_END);
	} else if (strcmp(kind, "email") == 0) {
		buf_add_str(walk->out, "(" EMAIL ")");
	} else if (strcmp(kind, "n") == 0) {
		buf_add_str(walk->out, WORD_START "([0-9]{1,4})" WORD_END);
	} else if (strcmp(kind, "service") == 0 && walk->services != NULL && walk->services->n > 0) {
		buf_add_str(walk->out, WORD_START "(");
		add_phrases(walk, walk->services);
		buf_add_str(walk->out, ")" WORD_END);
	} else if (strcmp(kind, "service") == 0) {
		buf_add_str(walk->out, WORD_START "(\\p{L}[\\p{L}-]*(?:[ ]\\p{L}[\\p{L}-]*){0,2}?)" WORD_END);
	} else if (last) {
		buf_add_str(walk->out, "((?=\\S)" WIDE "+)");
	} else {
		buf_add_str(walk->out, "((?=\\S)[^\\n]{1,300}?)");
	}
}

/* "{person as worker}": p stands behind the brace, close on the closing one. */
static int
add_hole(struct walk *walk, const char *p, const char *close, bool last)
{
	char *inside = str_squeeze(walk->arena, arena_strndup(walk->arena, p, (size_t)(close - p)));
	char *as = strstr(inside, " as ");
	const char *near;
	size_t i;

	if (as != NULL) {
		*as = '\0';
		as += 4;
	} else if (str_ends_nocase(inside, " as")) {
		as = inside + strlen(inside);
		as[-3] = '\0';
	}
	for (i = 0; hole_names[i] != NULL && strcmp(hole_names[i], inside) != 0; i++)
		;
	if (hole_names[i] == NULL) {
		near = str_nearest(inside, hole_names);
		return err_set(walk->err, ERR_CONFIG, "pattern \"%s\": there is no {%s}; allowed are "
		    "{date} {name} {person} {service} {email} {words} {n}, each also as "
		    "{person as worker}%s%s%s", walk->source, inside,
		    near != NULL ? "; did you mean {" : "", near != NULL ? near : "",
		    near != NULL ? "}?" : "");
	}
	if (walk->holes->n == PATTERN_MAX_HOLES)
		return err_set(walk->err, ERR_CONFIG, "pattern \"%s\" has more than %d holes in braces",
		    walk->source, PATTERN_MAX_HOLES);
	if (as != NULL && (*as == '\0' || strchr(as, ' ') != NULL))
		return err_set(walk->err, ERR_CONFIG, "pattern \"%s\": \"as\" is followed by one name, "
		    "for example {person as worker}", walk->source);
	add_hole_regex(walk, inside, walk->holes->n, last);
	strs_add(walk->arena, walk->kinds, inside);
	strs_add(walk->arena, walk->holes, as != NULL ? as : inside);
	return 0;
}

/* The bracket that closes the one before p, or NULL. */
static const char *
closing_bracket(const char *p, const char *end)
{
	int depth = 1;

	for (; p < end; p++) {
		if (*p == '[')
			depth++;
		else if (*p == ']' && --depth == 0)
			return p;
	}
	return NULL;
}

/*
 * White space, and a bracket behind it: the gap belongs to what is optional,
 * so that "A [B] C" fits "A C".  Returns where to go on, NULL on error.
 */
static const char *
add_gap(struct walk *walk, const char *p, const char *end, bool first)
{
	const char *next = skip_blanks(p, end), *close;
	size_t length;
	bool label = p > walk->source && p[-1] == ':';

	if (next == end)
		return next;
	if (*next == '*' && next + 1 < end && is_blank(next + 1, end, &length)) {
		buf_add_str(walk->out, NEAR_GAP "(?:" WIDE "{1,80}?" NEAR_GAP ")??");
		return skip_blanks(next + 1, end);
	}
	if (*next != '[' || first) {
		if (!first)
			buf_add_str(walk->out, label ? LABEL_GAP : *next == '{' ? HOLE_GAP : GAP);
		return next;
	}
	if ((close = closing_bracket(next + 1, end)) == NULL)
		return next;		/* the bracket itself is complained of */
	if (close + 1 < end && !is_blank(close + 1, end, &length)) {
		buf_add_str(walk->out, GAP);
		return next;
	}
	buf_add_str(walk->out, "(?:" GAP);
	if (walk_part(walk, next + 1, close) == -1)
		return NULL;
	buf_add_str(walk->out, ")?");
	return close + 1;
}

/* "[B] C" and "colo[u]r": p stands behind the bracket. */
static const char *
add_optional(struct walk *walk, const char *p, const char *end, bool first)
{
	const char *close = closing_bracket(p, end), *next;
	bool gap;

	if (close == NULL) {
		err_set(walk->err, ERR_CONFIG, "pattern \"%s\": \"[\" is not closed; write [words] "
		    "around what may be left out", walk->source);
		return NULL;
	}
	buf_add_str(walk->out, "(?:");
	if (walk_part(walk, p, close) == -1)
		return NULL;
	next = skip_blanks(close + 1, end);
	gap = first && next > close + 1;
	if (gap)
		buf_add_str(walk->out, GAP);
	buf_add_str(walk->out, ")?");
	return gap ? next : close + 1;
}

static const char *
add_star(struct walk *walk, const char *p, const char *from, const char *end)
{
	size_t length;
	bool before = p > from && !is_blank(p - 1, end, &length);
	bool after = p + 1 < end && !is_blank(p + 1, end, &length);

	if (before && after)
		buf_add_str(walk->out, "(?:" WIDE "{0,80}?" WORD_START ")??");
	else if (before || after)
		buf_add_str(walk->out, WORD_TAIL);
	else {
		err_set(walk->err, ERR_CONFIG, "pattern \"%s\": \"*\" stands for what is between two "
		    "words, or for the rest of one (chas*); alone at the beginning or end it fits anything",
		    walk->source);
		return NULL;
	}
	return p + 1;
}

/* The closing brace is missing: write what stands there, closed. */
static void
unclosed(struct walk *walk, const char *p, const char *end)
{
	static const char *const letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = strspn(p, letters), as = 0;
	const char *hole, *near;

	if (p + len > end)
		len = (size_t)(end - p);
	hole = arena_strndup(walk->arena, p, len);
	if (strncmp(p + len, " as ", 4) == 0)
		as = 4 + strspn(p + len + 4, letters);
	near = str_nearest(hole, hole_names);
	if (near == NULL)
		err_set(walk->err, ERR_CONFIG, "pattern \"%s\": the closing } is missing behind \"{%s\"; a brace begins "
		    "{date}, {name}, {person}, {service}, {email}, {words} or {n}", walk->source, hole);
	else
		err_set(walk->err, ERR_CONFIG, "pattern \"%s\": the closing } is missing behind \"{%.*s\"; write {%s%.*s}",
		    walk->source, (int)(len + as), p, near, (int)as, p + len);
}

static const char *
add_braces(struct walk *walk, const char *p, const char *end)
{
	const char *close = memchr(p, '}', (size_t)(end - p));

	if (close == NULL) {
		unclosed(walk, p, end);
		return NULL;
	}
	if (add_hole(walk, p, close, skip_blanks(close + 1, end) == end) == -1)
		return NULL;
	return close + 1;
}

static const char *
add_word(struct walk *walk, const char *p, const char *from, const char *end)
{
	bool begins = p == from || !is_word((unsigned char)p[-1]);
	size_t taken;

	if (begins && (p == from || p[-1] != '*') && (taken = add_same_words(walk, p, end)) > 0)
		return p + taken;
	return add_literal(walk, p);
}

/* One run of pattern between from and end: the whole source, or the inside of brackets. */
static int
walk_part(struct walk *walk, const char *from, const char *end)
{
	const char *p = from;
	size_t length;

	while (p != NULL && p < end) {
		if (is_blank(p, end, &length))
			p = add_gap(walk, p, end, p == from);
		else if (*p == '{')
			p = add_braces(walk, p + 1, end);
		else if (*p == '[')
			p = add_optional(walk, p + 1, end, p == from);
		else if (*p == '*')
			p = add_star(walk, p, from, end);
		else if (*p == '}' || *p == ']') {
			err_set(walk->err, ERR_CONFIG, "pattern \"%s\": \"%c\" closes nothing; holes are "
			    "written {date}, optional words [words]", walk->source, *p);
			p = NULL;
		} else
			p = add_word(walk, p, from, end);
	}
	return p == NULL ? -1 : 0;
}

int
pattern_words_regex(struct arena *arena, const char *source, const struct strs *same_words,
    size_t same_word_lists, const struct strs *services, struct buf *regex,
    struct strs *kinds_r, struct strs *holes_r, struct err *err)
{
	char *text = str_trim(arena, source);
	size_t len = strlen(text);
	struct walk walk = {
		.arena = arena, .source = text, .same_words = same_words,
		.same_word_lists = same_words != NULL ? same_word_lists : 0,
		.services = services, .out = regex, .kinds = kinds_r, .holes = holes_r, .err = err
	};

	if (len == 0)
		return err_set(err, ERR_CONFIG, "a pattern is empty; write the words to look for");
	if (is_word((unsigned char)text[0]) || text[0] == '*' || text[0] == '[')
		buf_add_str(regex, WORD_START);
	if (walk_part(&walk, text, text + len) == -1)
		return -1;
	if (is_word((unsigned char)text[len - 1]) || text[len - 1] == ']')
		buf_add_str(regex, WORD_END);
	return 0;
}
