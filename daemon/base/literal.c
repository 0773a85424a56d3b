/*
 * Text that others wrote, kept from being read as markup.  Pure.  Run by core.
 * Invariant: what is shown is what was written, to the letter.
 * Fails: never.
 */
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/literal.h"

/* Would markup begin here?  What stands before the text is not known: its first letter may be the rest of something. */
static bool
begins_link(const char *text, const char *at)
{
	return (*at == '(' && (at == text || at[-1] == ']')) || (at > text && at[-1] == ':' && at[0] == '/' && at[1] == '/');
}

static bool
begins_block(const char *text, const char *at)
{
	bool first = at == text || at[-1] == '\n';

	/* Wherever a bar stands, the text may stand in a cell of a table. */
	return *at == '|' || (first && strchr("#-*", *at) != NULL) || (*at == '*' && at[-1] == '*');
}

/* Most texts need no mark, and are given back as they are. */
static const char *
marked(struct arena *arena, const char *text, bool blocks)
{
	struct buf out = BUF_INIT;
	const char *from, *at;

	if (strchr(text, LITERAL_MARK) != NULL)
		text = literal_shown(arena, text);
	for (from = at = text; *at != '\0'; at++) {
		if (!begins_link(text, at) && !(blocks && begins_block(text, at)))
			continue;
		buf_add(&out, from, (size_t)(at - from));
		buf_add_char(&out, LITERAL_MARK);
		from = at;
	}
	if (out.len == 0)
		return text;
	buf_add_str(&out, from);
	text = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}

const char *
literal_all(struct arena *arena, const char *text)
{
	return marked(arena, text, true);
}

const char *
literal_links(struct arena *arena, const char *text)
{
	return marked(arena, text, false);
}

char *
literal_shown(struct arena *arena, const char *text)
{
	char *shown = arena_strdup(arena, text), *to = shown;

	for (; *text != '\0'; text++)
		if (*text != LITERAL_MARK)
			*to++ = *text;
	*to = '\0';
	return shown;
}
