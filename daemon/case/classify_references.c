/*
 * References of cases by the pack's shapes: "EHC-#####", or a pattern with a
 * hole.  Runs in core and advicectl; pure.
 * Invariant: a longer number, or one of another shape (a ticket's, a
 * tribunal's), is no reference.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>

#include "case/classify_facts.h"

#define HOLES_MAX 8

static bool
is_joint(char c)
{
	return c == '-' || c == '/' || c == ' ' || c == '_' || c == '.';
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Bytes that one joint of a shape takes: any joint, or a dash of Word's. */
static size_t
joint_length(const char *text)
{
	if (is_joint(*text))
		return 1;
	if (strncmp(text, "\xe2\x80\x90", 3) == 0 || strncmp(text, "\xe2\x80\x91", 3) == 0 ||
	    strncmp(text, "\xe2\x80\x93", 3) == 0)
		return 3;
	return 0;
}

/* "EHC20417": between letters and digits people leave the joint out. */
static bool
may_lack_joint(const char *shape, const char *first, const char *text)
{
	return shape > first && isalpha((unsigned char)shape[-1]) && shape[1] == '#' && isdigit((unsigned char)*text);
}

/* The shape at the start of text, written as the shape writes it into out; bytes taken or 0. */
static size_t
shape_length(const char *shape, const char *text, char *out)
{
	const char *start = text, *first = shape;

	for (; *shape != '\0'; shape++) {
		size_t len = 1;

		if (*shape == '#' ? !isdigit((unsigned char)*text) :
		    !is_joint(*shape) && tolower((unsigned char)*shape) != tolower((unsigned char)*text))
			return 0;
		if (is_joint(*shape) && (len = joint_length(text)) == 0 && !may_lack_joint(shape, first, text))
			return 0;
		*out++ = *shape == '#' ? *text : (char)toupper((unsigned char)*shape);
		text += len;
	}
	*out = '\0';
	return is_word(*text) ? 0 : (size_t)(text - start);
}

static bool
is_plain_shape(const char *shape)
{
	return shape[0] != '/' && strpbrk(shape, "*[]{}") == NULL;
}

/* References of one text as they are found. */
struct gathering {
	struct arena	*arena;
	const char	*text;
	struct strs	*found;
	size_t		 start, length;	/* of the first that was new to an empty list */
};

static void
gather(struct gathering *g, const char *value, const char *at, size_t len)
{
	if (g->found->n == 0) {
		g->start = (size_t)(at - g->text);
		g->length = len;
	}
	strs_add_new(g->arena, g->found, value);
}

static void
find_shape(struct gathering *g, const char *shape)
{
	char *out = arena_alloc(g->arena, strlen(shape) + 1);
	const char *text = g->text;
	char previous = ' ';

	while (*text != '\0') {
		size_t len = is_word(previous) ? 0 : shape_length(shape, text, out);

		if (len > 0)
			gather(g, arena_strdup(g->arena, out), text, len);
		previous = len > 0 ? text[len - 1] : *text;
		text += len > 0 ? len : 1;
	}
}

/* A pattern that is more than a shape names the reference by a hole. */
static void
find_pattern(struct gathering *g, const struct pattern *pattern)
{
	struct capture captures[HOLES_MAX];
	const char *text = g->text;
	size_t count;

	while (pattern_find(pattern, g->arena, text, captures, HOLES_MAX, &count) && count > 0) {
		char *value = arena_strdup(g->arena, captures[0].text);

		for (char *p = value; *p != '\0'; p++)
			*p = (char)toupper((unsigned char)*p);
		gather(g, value, text + captures[0].start, captures[0].length);
		text += captures[0].start + captures[0].length;
		if (captures[0].length == 0)
			break;
	}
}

void
references_find(struct arena *arena, const struct pack *pack, const char *text, struct strs *found,
    size_t *start_r, size_t *length_r)
{
	struct gathering g = { .arena = arena, .text = text, .found = found };

	for (size_t i = 0; i < pack->reference_shapes.n; i++)
		if (is_plain_shape(pack->reference_shapes.v[i]))
			find_shape(&g, pack->reference_shapes.v[i]);
	for (size_t i = 0; i < pack->reference_count; i++)
		if (!is_plain_shape(pattern_source(pack->references[i])))
			find_pattern(&g, pack->references[i]);
	*start_r = g.start;
	*length_r = g.length;
}

void
facts_references(struct arena *arena, const struct pack *pack, const char *text, struct strs *found)
{
	size_t start, length;

	references_find(arena, pack, text, found, &start, &length);
}
