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

	return (first && strchr("#-*|", *at) != NULL) || (*at == '*' && at[-1] == '*');
}

static const char *
marked(struct arena *arena, const char *text, bool blocks)
{
	struct buf out = BUF_INIT;
	const char *result;

	text = literal_shown(arena, text);
	for (const char *at = text; *at != '\0'; at++) {
		if (begins_link(text, at) || (blocks && begins_block(text, at)))
			buf_add_char(&out, LITERAL_MARK);
		buf_add_char(&out, *at);
	}
	result = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return result;
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
