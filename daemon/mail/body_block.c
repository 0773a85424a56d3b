/*
 * Blocks of headers inside a text: "From: ... Sent: ... To: ... Subject: ...",
 * one to a line or all on one, in any language that body_words.c knows; see
 * body_parts.h.  Runs in adviced-parse; pure.
 * Invariant: a block has a From and at least one other header; without a
 * rule or title above it, two others.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "mail/body_parts.h"

#define LABEL_BYTES	64	/* of the longest label with what stands around it */
#define DENSE_BYTES	2000	/* of a line that is looked through for several labels */
#define BLOCK_LINES	8
#define STRANGERS	3	/* folded values, and headers that we do not know */

/* Where the colon of "Label:" ends, NULL when none stands near the beginning. */
static const char *
after_colon(const char *text, const char *end)
{
	const char *stop = end - text > LABEL_BYTES ? text + LABEL_BYTES : end;

	for (; text < stop; text++) {
		if (*text == ':')
			return text + 1;
		if (stop - text >= 3 && strncmp(text, "\xef\xbc\x9a", 3) == 0)
			return text + 3;
	}
	return NULL;
}

static enum label
label_of(const struct line *line)
{
	char folded[FOLD_MAX], *word = folded;
	const char *end = after_colon(line->text, line->text + line->len);
	size_t i, len;

	if (end == NULL)
		return LABEL_NONE;
	body_fold(line->text, (size_t)(end - line->text), folded);
	word += strspn(word, " *_|#>-~\"");
	len = strlen(word);
	while (len > 0 && strchr(": *_", word[len - 1]) != NULL)
		word[--len] = '\0';
	if (len == 0)
		return LABEL_NONE;
	for (i = 0; body_labels[i].word != NULL; i++)
		if (body_labels[i].word[0] == word[0] && strcmp(body_labels[i].word, word) == 0)
			return body_labels[i].label;
	return LABEL_NONE;
}

void
body_label_lines(struct lines *lines)
{
	size_t i;

	for (i = 0; i < lines->n; i++)
		lines->v[i].label = label_of(&lines->v[i]);
}

/* The value behind the label that a line begins with. */
static const char *
value_of(const struct line *line, size_t *len_r)
{
	const char *end = line->text + line->len, *value = after_colon(line->text, end);

	while (value < end && strchr(" *_\t|", *value) != NULL)
		value++;
	*len_r = (size_t)(end - value);
	return value;
}

/* The label that ends at the colon (which is at the end of folded). */
static enum label
label_before(const char *folded)
{
	size_t i, len = strlen(folded), longest = 0, want;
	enum label label = LABEL_NONE;

	while (len > 0 && strchr(": *", folded[len - 1]) != NULL)
		len--;
	for (i = 0; body_labels[i].word != NULL; i++) {
		want = strlen(body_labels[i].word);
		if (want > len || want <= longest || folded[len - 1] != body_labels[i].word[want - 1] ||
		    strncmp(folded + len - want, body_labels[i].word, want) != 0)
			continue;
		/* "A:" within a word is none; longer ones follow the value before them without a space. */
		if (want == 1 && len > want && folded[len - want - 1] != ' ')
			continue;
		longest = want;
		label = body_labels[i].label;
	}
	return label;
}

/*
 * All the headers on one line, as web mailers and flattened HTML leave them:
 * where the From value begins, or NULL.
 */
static const char *
dense_from(const struct line *line)
{
	const char *end = line->text + (line->len > DENSE_BYTES ? DENSE_BYTES : line->len), *at, *from = NULL;
	bool seen[LABEL_COUNT] = { false };
	unsigned kinds = 0;

	if (line->len < 30)
		return NULL;
	for (at = line->text; (at = memchr(at, ':', (size_t)(end - at))) != NULL; at++) {
		const char *start = at - line->text > LABEL_BYTES / 2 ? at - LABEL_BYTES / 2 : line->text;
		char folded[FOLD_MAX];
		enum label label;

		body_fold(start, (size_t)(at - start), folded);
		label = label_before(folded);
		if (label == LABEL_NONE || label == LABEL_CC || seen[label])
			continue;
		seen[label] = true;
		kinds++;
		if (label == LABEL_FROM)
			from = at + 1;
	}
	return kinds >= 3 ? from : NULL;
}

struct block {
	size_t		 from, subject, last;	/* lines; 0-based, valid when has_ says so */
	bool		 has_from, has_to, has_subject;
	enum label	 second;		/* what follows the first */
	unsigned	 kinds;			/* of From, Sent, To, Subject: how many */
};

/* Labels from at on, blank lines and folded values put up with, up to a second From. */
static void
block_read(const struct lines *lines, size_t at, struct block *block)
{
	bool seen[LABEL_COUNT] = { false };
	unsigned looked = 0, strangers = 0;
	size_t i;

	memset(block, 0, sizeof(*block));
	block->last = at;
	for (i = at; i < lines->n && looked < BLOCK_LINES && strangers < STRANGERS; i++) {
		enum label label = lines->v[i].label;

		if (lines->v[i].len == 0)
			continue;
		looked++;
		if (label == LABEL_NONE) {
			strangers++;
			continue;
		}
		if (label == LABEL_FROM && seen[LABEL_FROM])
			break;
		if (label == LABEL_FROM) {
			block->from = i;
			block->has_from = true;
		} else if (label == LABEL_SUBJECT && !seen[label]) {
			block->subject = i;
			block->has_subject = true;
		}
		if (label != LABEL_CC && !seen[label])
			block->kinds++;
		block->has_to = block->has_to || label == LABEL_TO;
		if (i > at && block->second == LABEL_NONE)
			block->second = label;
		seen[label] = true;
		block->last = i;
	}
}

bool
block_is_dense(const struct line *line)
{
	return dense_from(line) != NULL;
}

bool
block_at(const struct lines *lines, size_t at, bool after_rule)
{
	const struct line *line = &lines->v[at], *from;
	struct block block;

	if (line->label == LABEL_NONE)
		return false;
	if (dense_from(line) != NULL)
		return true;
	block_read(lines, at, &block);
	if (!block.has_from)
		return false;
	if (after_rule)
		return block.kinds >= 2;
	/* It may be a memorandum that somebody wrote, in another order and with no address. */
	from = &lines->v[block.from];
	if (memchr(from->text, '@', from->len) == NULL)
		return line->label == LABEL_FROM && block.second == LABEL_SENT && block.has_to;
	return block.kinds == 4 || (line->label == LABEL_FROM && block.kinds >= 3);
}

const char *
block_from(const struct lines *lines, size_t at, size_t *len_r)
{
	const struct line *line = &lines->v[at];
	const char *value = dense_from(line);
	struct block block;

	if (value != NULL) {
		*len_r = (size_t)(line->text + line->len - value);
		return value;
	}
	block_read(lines, at, &block);
	return block.has_from ? value_of(&lines->v[block.from], len_r) : NULL;
}

const char *
block_subject(const struct lines *lines, size_t at, size_t *len_r, size_t *end_r)
{
	struct block block;

	block_read(lines, at, &block);
	*end_r = block.last;
	return block.has_subject ? value_of(&lines->v[block.subject], len_r) : NULL;
}
