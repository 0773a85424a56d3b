/* The text of a PDF: tidy and within its limit, or a reason. */
#include <string.h>

#include "fuzz.h"
#include "mail/document.h"
#include "mail/parse.h"

static const struct parse_limits limits = { .look_bytes = 65536, .pages = 3, .document_text_bytes = 1000 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const struct document_file file = {
		.bytes = (const char *)data, .len = size, .type = "application/pdf", .name = "form.pdf", .room = 5000,
		.until_ms = INT64_MAX
	};
	struct document_text text;

	parse_start();
	document_look(arena, &limits, &file, &text);
	must(fuzz_is_tidy(text.text) && strlen(text.text) <= limits.document_text_bytes);
	must(fuzz_is_utf8(text.unreadable) && (*text.text == '\0') != (*text.unreadable == '\0'));
	must(text.left_out == NULL || fuzz_is_utf8(text.left_out));
	arena_free(&arena);
	return 0;
}
