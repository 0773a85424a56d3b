/* Any text in every place of a message: spans in bounds, values of the form that their kind promises. */
#include <string.h>

#include "base/str.h"
#include "fuzz.h"
#include "mail/charset.h"
#include "mail/facts.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct message *message = arena_alloc(arena, sizeof(*message));
	struct document *document;
	char *text = str_utf8(arena, (const char *)data, size);

	text = charset_tidy(arena, text);
	message->new_text = text;
	message->subject = message->forwarded_text = message->quoted_text = "";
	document = arena_push(arena, message->documents, message->document_count);
	*document = (struct document){ .name = "", .type = "", .content_id = "", .text = "", .unreadable = "" };
	switch (size % 4) {	/* the same text elsewhere, so that it is not always the new text alone */
	case 1:
		message->subject = text;
		break;
	case 2:
		document->name = text;
		break;
	case 3:
		document->text = message->quoted_text = text;
		break;
	}
	facts_find(arena, message, fuzz_today());
	fuzz_said(message);
	arena_free(&arena);
	return 0;
}
