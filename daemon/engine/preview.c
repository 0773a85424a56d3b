/*
 * What a mail of ours that waits for a person would bring: to whom, its
 * subject, how it begins, the names of what goes with it.  Whoever lets it go
 * must not do so unseen.  Runs in core and simulate.
 * Invariant: no more of the text than its first lines, and no markup of ours:
 * it stands in a note, where nothing is read as markup; no answer code: of two
 * in one mail the first would count.
 * Fails: never.
 */
#include <string.h>

#include "base/buf.h"
#include "engine/engine_private.h"
#include "mail/compose.h"
#include "rule/pattern.h"

#define LINES_MOST	2
#define LINE_MOST	300

static bool
stays_out(const struct outgoing *mail, const struct document *document)
{
	for (size_t i = 0; i < mail->leave_out.n; i++)
		if (pattern_file(mail->leave_out.v[i], document->name))
			return true;
	return document->is_inline;
}

static const char *
attached(struct arena *arena, const struct letter *letter)
{
	struct strs names = { NULL, 0 };

	for (size_t i = 0; i < letter->enclosure_count; i++)
		for (size_t k = 0; k < letter->enclosures[i].message->document_count; k++) {
			const struct document *document = &letter->enclosures[i].message->documents[k];

			if (!stays_out(letter->mail, document))
				strs_add_new(arena, &names, compose_file_name(arena, document->name));
		}
	if (letter->attach != NULL)
		strs_add_new(arena, &names, compose_file_name(arena, letter->attach));
	return names.n == 0 ? "nothing" : strs_join(arena, &names, ", ");
}

static void
add_beginning(struct arena *arena, const struct letter *letter, struct buf *out)
{
	struct letter bare = *letter;
	const char *text;
	size_t len;

	bare.code = bare.footer = "";
	bare.buttons = bare.meanings = (struct strs){ NULL, 0 };
	text = compose_text_part(arena, &bare);
	for (size_t n = 0; *text != '\0' && n < LINES_MOST; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len == 0)
			continue;
		buf_printf(out, "> %s\n", str_cut(arena, arena_strndup(arena, text, len), LINE_MOST));
		n++;
	}
}

const char *
engine_preview(struct arena *arena, const struct letter *letter)
{
	const struct outgoing *mail = letter->mail;
	struct buf out = BUF_INIT;
	const char *text;

	buf_printf(&out, "This is what waits. It would go to %s%s%s.\n\nSubject: %s\n\nAttached: %s.\n\nIt begins:\n\n",
	    strs_join(arena, &mail->to, ", "), mail->cc.n == 0 ? "" : ", with a copy to ", strs_join(arena, &mail->cc, ", "),
	    letter->subject, attached(arena, letter));
	add_beginning(arena, letter, &out);
	text = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}
