/*
 * Reading names: see facts_private.h.  Runs in adviced-parse; pure.
 * Invariant: a name has two words at least that are more than initials, and
 * none that belongs to a school, a team or a sentence.
 * Fails: never.
 */
#include <string.h>

#include <glib.h>

#include "base/str.h"
#include "mail/facts_private.h"

#define WORDS_MAX	9
#define NAMES_MAX	20	/* in one cell */
#define NICKNAME_MAX	30	/* "(known as Bobby)" */

enum word_kind { WORD_NAME, WORD_INITIALS, WORD_PARTICLE, WORD_SMALL, WORD_BAD };

struct words {
	struct { const char *s; size_t len; enum word_kind kind; bool comma; } v[WORDS_MAX];	/* comma: one follows */
	size_t	n;
};

static const char *const particles[] = { "van", "der", "den", "von", "al", "el", "bin", "ibn", "ap",
	"ab", "ferch", "la", "le", "los", "las", "del", "della", "st", "st.", "y", "e", "bint", "binti",
	"o", "mac", "mc", "ter", "ten", "zu", "af", "av", "abu", "abd", "ben", "bat", "ul", "ur", "un", "op", "'t", "te",
	"het", "vom", "zum", "zur", "san", "santa", "dela", "dal", "lo", "af", NULL };

static const char *const titles[] = { "miss", "mr", "mrs", "ms", "master", "mx", "dr", NULL };

/* A word that no name has, though it may begin with a capital where a name could stand. */
static const char *const no_names[] = { "school", "primary", "academy", "college", "nursery", "secondary", "infants",
	"team", "service", "services", "council", "hospital", "surgery", "centre", "road", "street", "avenue", "house",
	"assessment", "advice", "request", "needs", "plan", "health", "education", "care", "social", "worker", "officer",
	"manager", "caseworker", "department", "trust", "committee", "panel", "unknown", "confirmed", "applicable",
	"attached", "above", "below", "withheld", "redacted", "known", "given", "provided", "disclosed", "unnamed",
	"anonymous", "name", "names", "birth", "date", "number", "details", "information", "form", "letter", "parent",
	"mother", "father", "brother", "sister", "sibling", "child", "pupil", "student", "the", "this", "that", "and",
	"for", "with", "from", "about", "regarding", "concerning", "please", "dear", "our", "your", "his", "her", "their",
	"is", "was", "are", "has", "have", "been", "not", "yes", "none", "n/a", "tbc", "tba", "to", "see", "as", "in",
	"of", "on", "at", "by", "re", "ref", "who", "which", "we", "you", "they", "she", "he", "it", "if", "or", "stage",
	"letter", "urgent", "case", "subject", "hello", "hi", "attend", "attends", "attending", "currently", "aged",
	"born", "dob", "nhs", "upn", "send", "sen", "draft", "final", "annual", "review",
	"referral", "meeting", "consent", "mum", "dad", "twin", "thank", "thanks", "kind", "regards", NULL };

/* What ends a name on its line, also without a comma before it. */
static const char *const after_name[] = { "date of birth", "dob", "d.o.b", "d o b", "born", "nhs", "upn", "ref",
	"our ref", "your ref", "reference", "age", "aged", "address", "year", "school", "case", "ehc", "known as", "aka",
	"a.k.a", "who", "gender", "male", "female", "id", "ll id", "attend", "attends", "is", "was", "has", "forename",
	"forenames", "first name", "first names", "given name", "given names", "surname", "last name", "family name", "middle name",
	"middle names", "preferred name", "social worker", "worker", "parent", "parent/carer", "mother", "father",
	"carer", "allocated", "pupil", "student", "date", "tel", "email", "e-mail", "postcode", "ethnicity", "of", "at",
	"from", "in", "sex", "yr", "nc year", "does", "will be", "lives", "living", "currently", "should", "needs",
	NULL };

/* ---- One name in pieces */

/* A name's end at s, where one of these words stands behind a blank or a comma. */
static bool
ends_before(const char *s)
{
	s += *s == ',';
	s += text_blanks(s);
	return text_phrases(s, after_name) > 0;
}

/* "(Bobby)", "“Bobby”" with more of the name behind it; its length or 0. */
static size_t
nickname(const char *s)
{
	static const char *const open[] = { "(", "\"", "\xe2\x80\x9c", NULL }, *const close[] = { ")", "\"", "\xe2\x80\x9d" };

	for (size_t i = 0; open[i] != NULL; i++) {
		size_t n = strlen(open[i]), blank;

		if (strncmp(s, open[i], n) != 0)
			continue;
		while (n < NICKNAME_MAX && s[n] != '\0' && strchr("\n\t|@0123456789", s[n]) == NULL &&
		    strncmp(s + n, close[i], strlen(close[i])) != 0)
			n++;
		if (strncmp(s + n, close[i], strlen(close[i])) != 0)
			return 0;
		n += strlen(close[i]);
		blank = text_blanks(s + n);
		return blank > 0 && text_letter(s + n + blank) > 0 && !g_ascii_isdigit(s[n + blank]) &&
		    !ends_before(s + n) && text_phrase(s + n + blank, "and") == 0 ? n : 0;
	}
	return 0;
}

static bool
stops_at(const char *s, size_t len)
{
	size_t blank = text_blanks(s + len);

	if (s[len] == '\0' || strchr("\n\t;|()[]{}<>@/:\"\\=&?!+#", s[len]) != NULL || g_ascii_isdigit(s[len]))
		return true;
	if (strncmp(s + len, "\xe2\x80\x9c", 3) == 0 || strncmp(s + len, "\xe2\x80\x9d", 3) == 0)
		return true;
	if (s[len] == ',')
		return memchr(s, ',', len) != NULL || ends_before(s + len);
	if (s[len] == '.')	/* a sentence's end or a file's type, not an initial's */
		return (len > 3 && text_letter(s + len - 2) > 0 && strcspn(s + len + 1, " .\n") <= 4 &&
		    s[len + 1 + strcspn(s + len + 1, " .\n")] == '\0') ||
		    ((text_blank(s + len + 1) > 0 || s[len + 1] == '\n' || s[len + 1] == '\0') && len > 3 &&
		    text_letter(s + len - 2) > 0 && s[len - 2] != '.' && g_ascii_strncasecmp(s + len - 2, "st", 2) != 0);
	if (blank > 0)
		return s[len + blank] == '\0' || s[len + blank] == '\n' || (blank > 1 && text_blank(s + len) == 1 && blank >= 3) ||
		    (text_dash(s + len + blank) > 0 && text_blank(s + len + blank + text_dash(s + len + blank)) > 0) ||
		    strncmp(s + len + blank, "\xe2\x80\x93", 3) == 0 || text_phrase(s + len + blank, "and") > 0 ||
		    ends_before(s + len);
	return false;
}

size_t
name_length(const char *s)
{
	size_t len = 0, skip;

	while (len <= NAME_MAX_BYTES) {
		if ((skip = nickname(s + len)) > 0)
			len += skip;
		else if (stops_at(s, len))
			break;
		else
			len += text_blanks(s + len) > 0 ? text_blanks(s + len) : 1;
	}
	if (len > NAME_MAX_BYTES)
		return 0;
	/* "Ann Lee Worker: X": the word that its colon makes a label is none of the name. */
	if (s[len] == ':')
		while (len > 0 && s[len - 1] != ' ')
			len--;
	while (len > 0 && strchr(" ,.-*'_", s[len - 1]) != NULL)
		len--;
	while (len > 1 && strncmp(s + len - 2, "\xc2\xa0", 2) == 0)
		len -= 2;
	return len;
}

bool
name_is_upper(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (g_ascii_islower(s[i]))
			return false;
	return true;
}

/* "de", "da", "do" and their like of the Romance languages, in the plural too, and the words of the tables. */
static bool
is_particle(const char *word, size_t len)
{
	if (len >= 2 && len <= 3 && (word[0] | 32) == 'd' && strchr("aeiouAEIOU", word[1]) != NULL && (len == 2 || (word[2] | 32) == 's'))
		return true;
	return text_phrases(word, particles) == len;
}

/* A plan, an assessment and the like are called by letters that begin so. */
static bool
is_no_name(const char *word, size_t len)
{
	return text_phrases(word, no_names) == len || g_ascii_strncasecmp(word, "ehc", 3) == 0;
}

static enum word_kind
word_kind(struct arena *arena, const char *s, size_t len)
{
	const char *word = arena_strndup(arena, s, len), *p = word;
	size_t letters = 0, dots = 0;
	bool upper = false, ascii = true;
	gunichar first;

	for (; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		letters += g_unichar_isalpha(c);
		dots += c == '.';
		upper |= g_unichar_isupper(c);
		ascii &= c < 0x80;
		if (g_unichar_isdigit(c))
			return WORD_BAD;
	}
	first = g_utf8_get_char(word + text_apostrophe(word));
	if (is_no_name(word, len) || letters == 0)
		return WORD_BAD;
	if (is_particle(word, len) && !g_unichar_isupper(first))
		return WORD_PARTICLE;
	if ((ascii && letters == 1) || dots > 0 || (ascii && letters == 2 && name_is_upper(s, len)))
		return is_particle(word, len) ? WORD_PARTICLE : WORD_INITIALS;
	if (!g_unichar_isalpha(first))
		return WORD_BAD;
	return g_unichar_islower(first) && !upper ? WORD_SMALL : WORD_NAME;
}

bool
name_has_word(struct arena *arena, const char *s, size_t len)
{
	enum word_kind kind = word_kind(arena, s, len);

	return kind == WORD_NAME || kind == WORD_PARTICLE;
}

/* The words of a name, without titles and nicknames; false where there are too many. */
static bool
words_read(struct arena *arena, const char *s, size_t len, struct words *words)
{
	const char *end = s + len, *word;
	size_t skip, n;

	words->n = 0;
	while (s < end) {
		if ((skip = text_blank(s)) > 0 || (skip = *s == ',') > 0 || (skip = nickname(s)) > 0) {
			if (*s == ',' && words->n > 0)
				words->v[words->n - 1].comma = true;
			s += skip;
			continue;
		}
		for (word = s; s < end && *s != ',' && text_blank(s) == 0; s++)
			;
		n = (size_t)(s - word);
		/* 'Bobby' in quotes of one stroke */
		if (text_apostrophe(word) > 0 && n > 4 && (s[-1] == '\'' || strncmp(s - 3, "\xe2\x80\x99", 3) == 0))
			continue;
		if (words->n == 0 && (skip = text_phrases(word, titles)) > 0 && skip + (word[skip] == '.') == n)
			continue;
		if (words->n == WORDS_MAX)
			return false;
		words->v[words->n].s = word;
		words->v[words->n].len = n;
		words->v[words->n].comma = false;
		words->v[words->n++].kind = word_kind(arena, word, n);
	}
	return true;
}

/* "NG, Kai", "Kai NG": two capitals that are a surname by their place. */
static void
settle_short_surname(struct words *words)
{
	size_t last = words->n - 1;

	for (size_t i = 0; i < words->n; i++)
		if (words->v[i].kind == WORD_INITIALS && words->v[i].len == 2 && words->v[i].s[1] != '.' &&
		    ((i == 0 && words->v[0].comma) || (i == last && last > 0 && words->v[last - 1].kind == WORD_NAME)))
			words->v[i].kind = WORD_NAME;
}

static bool
is_full_name(struct words *words)
{
	size_t count[WORD_BAD + 1] = { 0 };

	if (words->n < 2)
		return false;
	settle_short_surname(words);
	for (size_t i = 0; i < words->n; i++)
		count[words->v[i].kind]++;
	if (count[WORD_BAD] > 0)
		return false;
	if (count[WORD_SMALL] > 0)	/* "ann lee" typed in haste, never a sentence */
		return count[WORD_NAME] == 0 && count[WORD_SMALL] >= 2 && count[WORD_SMALL] <= 3;
	return count[WORD_NAME] >= 2;
}

/* Index of the word behind which a comma parts surname and forename; words->n where none does. */
static size_t
comma_at(const struct words *words)
{
	for (size_t i = 0; i + 1 < words->n; i++)
		if (words->v[i].comma)
			return i;
	return words->n;
}

static char *
words_text(struct arena *arena, const struct words *words, size_t from, size_t to)
{
	char *text = arena_strdup(arena, "");

	for (size_t i = from; i < to; i++)
		text = arena_printf(arena, "%s%s%.*s", text, i == from ? "" : " ", (int)words->v[i].len, words->v[i].s);
	return text;
}

bool
name_read(struct arena *arena, const char *s, size_t len, struct name *name)
{
	struct words words;
	size_t comma;

	if (len < 3 || len > NAME_MAX_BYTES + NICKNAME_MAX || label_of_something(s) || !words_read(arena, s, len, &words) ||
	    !is_full_name(&words))
		return false;
	comma = comma_at(&words);
	name->value = comma == words.n ? words_text(arena, &words, 0, words.n) : arena_printf(arena, "%s %s",
	    words_text(arena, &words, comma + 1, words.n), words_text(arena, &words, 0, comma + 1));
	name->start = s;
	name->len = len;
	return true;
}

bool
name_join(struct arena *arena, const struct name *first, const struct name *last, struct name *name)
{
	const char *text = arena_printf(arena, "%s %s", first->value, last->value);

	return name_read(arena, text, strlen(text), name);
}

/* ---- The names of one cell */

/* "Ann Lee, Tom Lee" are two; "Smith Jones, Tom" and "DE LA CRUZ, Maria Jose" are one. */
static bool
are_two(struct arena *arena, const char *s, size_t len)
{
	struct words words;
	size_t comma, i;

	if (!words_read(arena, s, len, &words) || (comma = comma_at(&words)) == words.n || comma < 1 || words.n - comma < 3)
		return false;
	for (i = 0; i < words.n; i++)
		if (words.v[i].kind != WORD_NAME || (i <= comma && name_is_upper(words.v[i].s, words.v[i].len)))
			return false;
	return true;
}

/* Up to the comma, where what follows it is no forename: "Ann Lee, Hollyfield Primary School". */
size_t
name_alone(struct arena *arena, const char *s)
{
	size_t len = name_length(s), comma = strcspn(s, ",");
	struct name name;

	if (comma >= len)
		return len;
	/* Its second comma ends a list of things, not a name turned round, unless the surname is one word. */
	if (are_two(arena, s, len) || !name_read(arena, s, len, &name) ||
	    (s[len] == ',' && memchr(s, ' ', comma) != NULL && !name_is_upper(s, comma)))
		return comma;
	return len;
}

static size_t
joint_length(const char *s)
{
	static const char *const joints[] = { "and", "&", NULL };
	size_t n = text_blanks(s), len;

	if (s[n] == ',')
		n += 1 + text_blanks(s + n + 1);
	len = text_phrases(s + n, joints);
	if (len > 0)
		return n + len + text_blanks(s + n + len);
	return n > 0 && memchr(s, ',', n) != NULL ? n : 0;
}

/* "Ann and Tom Lee": the first has the second's surname. */
static bool
name_shared(struct arena *arena, const char *first, size_t first_len, const char *second, struct name *name)
{
	struct words a, b;
	size_t len = name_length(second);

	if (!words_read(arena, first, first_len, &a) || !words_read(arena, second, len, &b) || a.n != 1 ||
	    a.v[0].kind != WORD_NAME || !is_full_name(&b) || comma_at(&b) != b.n)
		return false;
	name->value = arena_printf(arena, "%s %.*s", words_text(arena, &a, 0, 1), (int)b.v[b.n - 1].len, b.v[b.n - 1].s);
	name->start = first;
	name->len = (size_t)(second + len - first);
	return true;
}

unsigned
name_say(const struct search *search, const char *s)
{
	struct arena *arena = search->arena;
	unsigned said = 0;
	struct name name;

	for (int i = 0; i < NAMES_MAX && !fact_full(search); i++) {
		size_t len = name_alone(arena, s), joint = joint_length(s + len);
		bool full = name_read(arena, s, len, &name);

		if (full || (joint > 0 && name_shared(arena, s, len, s + len + joint, &name))) {
			fact_say(search, SAID_CHILD_NAME, name.value, name.start, full ? name.len : len);
			said++;
		}
		if (joint == 0 || label_of_other(s + len + joint))
			break;
		s += len + joint;
	}
	return said;
}
