/*
 * The text of a document that is no PDF.  The first byte says whether a whole
 * file follows (a zip, an RTF, an old Word file, text), or the one part of a
 * .docx or .odt that holds the text, which is packed here: past the zip's sums
 * made-up bytes seldom come.
 */
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "fuzz.h"
#include "mail/document.h"
#include "mail/parse.h"

static const struct parse_limits limits = {
	.look_bytes = 65536, .unpacked_bytes = 65536, .ratio = 50, .entries = 10, .document_text_bytes = 1000
};

static void
add_part(zip_t *zip, const char *name, const void *data, size_t size)
{
	zip_source_t *part = zip_source_buffer(zip, data, size, 0);

	must(part != NULL && zip_file_add(zip, name, part, 0) >= 0);
}

/* A zip with these parts; the caller frees it. */
static char *
pack(bool word, const uint8_t *data, size_t size, size_t *len_r)
{
	static const char type[] = "application/vnd.oasis.opendocument.text";
	zip_error_t error;
	zip_source_t *source;
	zip_stat_t stat;
	zip_t *zip;
	char *packed;

	zip_error_init(&error);
	source = zip_source_buffer_create(NULL, 0, 0, &error);
	must(source != NULL);
	zip_source_keep(source);
	zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
	must(zip != NULL);
	if (!word)
		add_part(zip, "mimetype", type, strlen(type));
	add_part(zip, word ? "word/document.xml" : "content.xml", data, size);
	must(zip_close(zip) == 0 && zip_source_open(source) == 0 && zip_source_stat(source, &stat) == 0);
	packed = malloc(stat.size);
	must(packed != NULL && zip_source_read(source, packed, stat.size) == (zip_int64_t)stat.size);
	zip_source_close(source);
	zip_source_free(source);
	zip_error_fini(&error);
	*len_r = stat.size;
	return packed;
}

static void
look(struct arena *arena, const char *bytes, size_t len)
{
	const struct document_file file = {
		.bytes = bytes, .len = len, .type = "application/octet-stream", .name = "form.txt", .room = 5000,
		.until_ms = INT64_MAX
	};
	struct document_text text;

	document_look(arena, &limits, &file, &text);
	must(fuzz_is_tidy(text.text) && strlen(text.text) <= limits.document_text_bytes);
	must(fuzz_is_utf8(text.unreadable) && (*text.text == '\0') != (*text.unreadable == '\0'));
	must(text.left_out == NULL || fuzz_is_utf8(text.left_out));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	char *packed;
	size_t len;

	if (size == 0)
		return 0;
	arena = arena_new();
	parse_start();
	if (data[0] == 1 || data[0] == 2) {
		packed = pack(data[0] == 1, data + 1, size - 1, &len);
		look(arena, packed, len);
		free(packed);
	} else
		look(arena, (const char *)data + 1, size - 1);
	arena_free(&arena);
	return 0;
}
