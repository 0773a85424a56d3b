/*
 * Comparing children's names: see names.h.  Runs in core and advicectl; pure.
 * Invariant: NAMES_AGREE only where every word of the shorter name stands in
 * the longer, the first forename and the last surname among them; so a twin
 * with another forename never agrees.
 * Fails: never; of a name of more words than WORDS_MAX the rest is not looked at.
 */
#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "case/names.h"

#define WORDS_MAX	12
#define WORD_MAX	96	/* bytes of words written together */
#define SLIP_LENGTH	4	/* a shorter word that differs in one letter is another name: Jon, Ann */

struct word {
	const char	*text;
	size_t		 len;
	bool		 found;		/* in the other name */
};

struct words {
	struct word	 v[WORDS_MAX];
	size_t		 n;
};

static bool
word_is(const struct word *word, const char *text)
{
	return word->len == strlen(text) && memcmp(word->text, text, word->len) == 0;
}

static bool
same_word(const struct word *a, const struct word *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static bool
is_title(const struct word *word)
{
	static const char *const titles[] = { "miss", "master", "mr", "mrs", "ms" };

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (word_is(word, titles[i]))
			return true;
	return false;
}

static struct words
words_of(const char *name)
{
	struct words words = { .n = 0 };

	while (words.n < WORDS_MAX) {
		struct word word;

		name += strspn(name, " ");
		if (*name == '\0')
			break;
		word = (struct word){ name, strcspn(name, " "), false };
		name += word.len;
		if (words.n > 0 || !is_title(&word))
			words.v[words.n++] = word;
	}
	return words;
}

/* ---- Which words of one stand in the other */

/* count words from i on, written together; their length, or 0 where there are not so many. */
static size_t
together(const struct words *words, size_t i, size_t count, char out[WORD_MAX])
{
	size_t len = 0;

	for (size_t k = i; k < i + count; k++) {
		if (k >= words->n || words->v[k].found || len + words->v[k].len > WORD_MAX)
			return 0;
		memcpy(out + len, words->v[k].text, words->v[k].len);
		len += words->v[k].len;
	}
	return len;
}

/* "anne marie" and "annemarie", "mc donald" and "mcdonald": one word here, several there, or as many. */
static bool
pair(struct words *a, size_t i, size_t a_count, struct words *b, size_t j, size_t b_count)
{
	char left[WORD_MAX], right[WORD_MAX];
	size_t left_len = together(a, i, a_count, left), right_len = together(b, j, b_count, right);

	if (left_len == 0 || left_len != right_len || memcmp(left, right, left_len) != 0)
		return false;
	for (size_t k = 0; k < a_count; k++)
		a->v[i + k].found = true;
	for (size_t k = 0; k < b_count; k++)
		b->v[j + k].found = true;
	return true;
}

static void
pair_words(struct words *a, struct words *b)
{
	static const struct { size_t a, b; } counts[] = { { 1, 1 }, { 1, 2 }, { 2, 1 }, { 1, 3 }, { 3, 1 } };

	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
		for (size_t i = 0; i < a->n; i++)
			for (size_t j = 0; j < b->n; j++)
				(void)pair(a, i, counts[c].a, b, j, counts[c].b);
}

static size_t
left_over(const struct words *words)
{
	size_t count = 0;

	for (size_t i = 0; i < words->n; i++)
		count += !words->v[i].found;
	return count;
}

/* ---- Slips of the keyboard */

/* One letter too many, too few, wrong, or two changed round; the first letter stands. */
static bool
one_slip(const struct word *a, const struct word *b)
{
	const struct word *longer = a->len >= b->len ? a : b, *shorter = longer == a ? b : a;
	size_t same = 0, end = 0;

	if (shorter->len < SLIP_LENGTH || longer->len - shorter->len > 1)
		return false;
	while (same < shorter->len && a->text[same] == b->text[same])
		same++;
	while (end < shorter->len - same && a->text[a->len - 1 - end] == b->text[b->len - 1 - end])
		end++;
	if (same == 0)
		return false;
	if (same + end + 1 >= longer->len)
		return true;
	return a->len == b->len && same + end + 2 == a->len && a->text[same] == b->text[same + 1] &&
	    a->text[same + 1] == b->text[same];
}

/* Word by word the same, but for one slip in one of them. */
static bool
near(const struct words *a, const struct words *b)
{
	size_t slips = 0;

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (same_word(&a->v[i], &b->v[i]))
			continue;
		if (!one_slip(&a->v[i], &b->v[i]))
			return false;
		slips++;
	}
	return slips == 1;
}

/* ---- The comparison */

/* All words of one stand in the other, which has more.  One word alone proves nothing and denies nothing. */
static enum names_alike
shortened(const struct words *longer, const struct words *shorter)
{
	bool first = longer->v[0].found, last = longer->v[longer->n - 1].found;

	if (shorter->n < 2)
		return NAMES_PART;
	if (!first)
		return NAMES_NEAR;
	if (last)
		return NAMES_AGREE;
	return same_word(&shorter->v[0], &longer->v[0]) ? NAMES_PART : NAMES_NEAR;
}

enum names_alike
names_compare(const char *a, const char *b)
{
	struct words left = words_of(a), right = words_of(b);
	size_t left_more, right_more;

	if (left.n == 0 || right.n == 0)
		return NAMES_DIFFER;
	pair_words(&left, &right);
	left_more = left_over(&left);
	right_more = left_over(&right);
	if (left_more == 0 && right_more == 0)
		return NAMES_AGREE;
	if (left_more == 0 || right_more == 0)
		return left_more > 0 ? shortened(&left, &right) : shortened(&right, &left);
	if (near(&left, &right))
		return NAMES_NEAR;
	if (left.v[0].found && right.v[0].found && same_word(&left.v[0], &right.v[0]) &&
	    !left.v[left.n - 1].found && !right.v[right.n - 1].found)
		return NAMES_OTHER_SURNAME;
	return NAMES_DIFFER;
}

/* ---- A name in a text */

static const char *
next_word(const char *text)
{
	text += strcspn(text, " ");
	return text + strspn(text, " ");
}

/* The word at text, which may have the "s" of "Smith's". */
static bool
stands(const char *text, const struct word *word)
{
	size_t len = strcspn(text, " ");

	return len >= word->len && memcmp(text, word->text, word->len) == 0 &&
	    (len == word->len || (len == word->len + 1 && text[word->len] == 's'));
}

/* The words from i on, the last among them; those between may be left out, and one of the text's be added. */
static bool
follows(const char *text, const struct words *name, size_t i)
{
	bool added = false;

	for (; *text != '\0'; text = next_word(text)) {
		size_t at = i;

		if (stands(text, &name->v[name->n - 1]))
			return true;
		while (at < name->n && !stands(text, &name->v[at]))
			at++;
		if (at == name->n && added)
			return false;
		added |= at == name->n;
		i = at == name->n ? i : at + 1;
	}
	return false;
}

bool
names_stand_in(const char *text, const char *name)
{
	struct words words = words_of(name);

	/* Most names are in no way there: the whole text is not looked at word by word for these. */
	if (words.n < 2 || memmem(text, strlen(text), words.v[words.n - 1].text, words.v[words.n - 1].len) == NULL)
		return false;
	for (text += strspn(text, " "); *text != '\0'; text = next_word(text)) {
		if (stands(text, &words.v[0]) && follows(next_word(text), &words, 1))
			return true;
		if (stands(text, &words.v[words.n - 1]) && *next_word(text) != '\0' &&
		    stands(next_word(text), &words.v[0]))
			return true;
	}
	return false;
}

/* ---- Quickly no */

static size_t
bit_of(const char *word, size_t len)
{
	return str_hash(word, len) % NAMES_BITS;
}

struct names_words
names_words_of(const char *text)
{
	struct names_words words = { { 0 } };

	for (text += strspn(text, " "); *text != '\0'; text = next_word(text)) {
		size_t len = strcspn(text, " ");

		words.has[bit_of(text, len)] = true;
		if (text[len - 1] == 's')	/* as stands() takes it */
			words.has[bit_of(text, len - 1)] = true;
	}
	return words;
}

bool
names_may_stand_in(const struct names_words *words, const char *name)
{
	struct words of_name = words_of(name);

	return of_name.n >= 2 && words->has[bit_of(of_name.v[of_name.n - 1].text, of_name.v[of_name.n - 1].len)];
}
