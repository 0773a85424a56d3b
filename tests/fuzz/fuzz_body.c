/* Text and HTML of a body: tidied, taken apart, trimmed; nothing is invented and nothing breaks a character. */
#include <string.h>

#include "base/str.h"
#include "fuzz.h"
#include "mail/body.h"
#include "mail/charset.h"
#include "mail/html.h"

enum { AS_HTML = 1, AS_FORWARD = 2, AS_REPLY = 4, FLOWED = 8 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	unsigned way = size > 0 ? *data : 0;
	const char *marking = NULL, *trouble;
	struct mail_address from = { NULL, NULL };
	struct body body;
	char *text;

	if (size > 0) {
		data++;
		size--;
	}
	text = charset_decode(arena, "", (const char *)data, size, &trouble);
	must(fuzz_is_utf8(text) && (size == 0 || *data == '\0' || *text != '\0'));
	if (way & AS_HTML)
		text = html_text(arena, text);
	must(fuzz_is_utf8(text));
	text = charset_tidy(arena, text);
	must(fuzz_is_tidy(text) && strcmp(charset_tidy(arena, text), text) == 0);
	if (way & FLOWED)
		text = body_unflow(arena, text, way & AS_REPLY);
	must(fuzz_is_tidy(text));
	body_split(arena, text, way & AS_FORWARD, way & AS_REPLY, &body);
	must(fuzz_is_tidy(body.new_text) && fuzz_is_tidy(body.forwarded) && fuzz_is_tidy(body.quoted));
	must(strlen(body.new_text) + strlen(body.forwarded) + strlen(body.quoted) <= 2 * strlen(text) + 16);
	if (*body.forwarded != '\0')
		body_forwarded_from(arena, body.forwarded, &from);
	text = body_trim(arena, body.new_text, "Perrin Lowe", &marking);
	must(fuzz_is_tidy(text) && strlen(text) <= strlen(body.new_text) + 1 && fuzz_is_utf8(marking));
	arena_free(&arena);
	return 0;
}
