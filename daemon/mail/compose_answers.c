/*
 * The meanings of a question's answers, taken out of its text: a list of
 * which each item begins with one of the answers ("- APPROVED: it goes at
 * once") says what they do, and that is said once, beside the buttons.
 * Pure.  Run by core.
 * Invariant: a list with an item that is no answer, or has a link, stays as
 * it is.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/literal.h"
#include "mail/compose.h"
#include "mail/compose_private.h"

/* NULL: it has a link, which beside an answer could not show where it leads. */
static char *
plain(struct arena *arena, const char *line)
{
	struct buf out = BUF_INIT;
	bool has_link = false;
	struct span span;
	char *text;

	while (markup_span(arena, &line, &span)) {
		buf_add_str(&out, span.text);
		has_link |= span.kind == SPAN_LINK;
	}
	text = has_link ? NULL : literal_shown(arena, buf_text(&out));
	buf_free(&out);
	return text;
}

/* Behind the answer's word, or NULL. */
static const char *
behind(const char *item, const char *word)
{
	size_t len = strlen(word);

	return len > 0 && strncmp(item, word, len) == 0 && !isalnum((unsigned char)item[len]) ? item + len : NULL;
}

/* " BY " of "ALLOCATE {person} BY {date}": the words behind its first hole, each of which the item must have. */
static bool
has_words_between(struct arena *arena, const char *answer, const char *item, int *count_r)
{
	const char *hole = strchr(answer, '{');

	for (*count_r = 0; hole != NULL && (hole = strchr(hole, '}')) != NULL;) {
		const char *word = str_trim(arena, arena_strndup(arena, hole + 1, strcspn(hole + 1, "{[")));

		if (word[0] != '\0' && strstr(item, word) == NULL)
			return false;
		*count_r += word[0] != '\0';
		hole = strchr(hole, '{');
	}
	return true;
}

/* Of "SEND" and "SEND WITHOUT" the longer that the item begins with: its length; 0: none. */
static size_t
longest_label(struct arena *arena, const struct letter *letter, const char *item)
{
	size_t longest = 0;

	for (size_t i = 0; i < letter->buttons.n; i++) {
		const char *label = compose_answer_label(arena, letter->buttons.v[i]);

		if (strlen(label) > longest && behind(item, label) != NULL)
			longest = strlen(label);
	}
	return longest;
}

/* The answer that the item is about, of those that no item was about yet; letter->buttons.n: none. */
static size_t
answer_of(struct arena *arena, const struct letter *letter, const char *item, const char **meanings)
{
	size_t best = letter->buttons.n, longest = longest_label(arena, letter, item);
	int most = -1, count;

	for (size_t i = 0; i < letter->buttons.n; i++) {
		const char *label = compose_answer_label(arena, letter->buttons.v[i]);

		if (meanings[i] == NULL && strlen(label) == longest && behind(item, label) != NULL &&
		    has_words_between(arena, letter->buttons.v[i], item, &count) && count > most) {
			most = count;
			best = i;
		}
	}
	return best;
}

static bool
take_list(struct arena *arena, const struct letter *letter, const struct block *block, const char **meanings)
{
	const char **found = arena_alloc(arena, (letter->buttons.n + 1) * sizeof(*found));

	memcpy(found, meanings, letter->buttons.n * sizeof(*found));
	for (size_t i = 0; i < block->lines.n; i++) {
		const char *item = plain(arena, block->lines.v[i]);
		size_t answer = item == NULL ? letter->buttons.n : answer_of(arena, letter, item, found);

		if (answer == letter->buttons.n)
			return false;
		item = behind(item, compose_answer_label(arena, letter->buttons.v[answer]));
		found[answer] = item + strspn(item, " ,:;-");
	}
	memcpy(meanings, found, letter->buttons.n * sizeof(*found));
	return true;
}

/* "Begin your reply with one of these lines:" and nothing else: it leads to the list. */
static bool
leads_to_list(const struct block *block)
{
	const char *line = block->lines.n == 1 ? block->lines.v[0] : "";
	size_t len = strlen(line);

	return block->kind == BLOCK_PARAGRAPH && len > 0 && line[len - 1] == ':' &&
	    strstr(line, ". ") == NULL && strstr(line, "? ") == NULL;
}

/* As the letter says itself; it may say less than it has answers. */
static struct strs
own_meanings(struct arena *arena, const struct letter *letter)
{
	struct strs list = { NULL, 0 };

	for (size_t i = 0; i < letter->buttons.n; i++)
		strs_add(arena, &list, i < letter->meanings.n ? letter->meanings.v[i] : "");
	return list;
}

struct strs
compose_meanings(struct arena *arena, const struct letter *letter, struct blocks *blocks)
{
	const char **meanings;
	struct strs list = { NULL, 0 };
	size_t kept = 0;

	if (letter->meanings.n > 0 || letter->buttons.n == 0)
		return own_meanings(arena, letter);
	meanings = arena_alloc(arena, letter->buttons.n * sizeof(*meanings));
	memset(meanings, 0, letter->buttons.n * sizeof(*meanings));
	for (size_t i = 0; i < blocks->n; i++) {
		if (blocks->v[i].kind == BLOCK_LIST && take_list(arena, letter, &blocks->v[i], meanings)) {
			kept -= kept > 1 && leads_to_list(&blocks->v[kept - 1]);
			continue;
		}
		blocks->v[kept++] = blocks->v[i];
	}
	blocks->n = kept;
	for (size_t i = 0; i < letter->buttons.n; i++)
		strs_add(arena, &list, meanings[i] == NULL ? "" : meanings[i]);
	return list;
}
