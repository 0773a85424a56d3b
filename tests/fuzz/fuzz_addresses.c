/* Raw header values: encoded words, parameters, addresses, ids, subjects. */
#include <string.h>

#include "base/str.h"
#include "fuzz.h"
#include "mail/headers.h"
#include "mail/parse.h"
#include "mail/subject.h"

static void
addresses(struct arena *arena, const char *raw, struct strs *remarks)
{
	struct mail_addresses list = { NULL, 0 };
	const char *at;
	size_t i;

	address_parse(arena, raw, "To header", remarks, &list);
	for (i = 0; i < list.n; i++) {
		must(fuzz_is_utf8(list.v[i].name) && fuzz_is_utf8(list.v[i].address));
		must(strpbrk(list.v[i].name, "\r\n") == NULL);
		if (*list.v[i].address == '\0')
			continue;
		at = strrchr(list.v[i].address, '@');
		must(at != NULL && at != list.v[i].address && at[1] != '\0');
		must(strpbrk(list.v[i].address, " \t\r\n,<>") == NULL);
		for (; *at != '\0'; at++)
			must(*at < 'A' || *at > 'Z');
	}
}

/* Peeling what was peeled takes nothing more. */
static void
subjects(struct arena *arena, const char *text)
{
	struct subject subject, again;

	subject_peel(arena, text, &subject);
	must(fuzz_is_utf8(subject.peeled) && fuzz_is_utf8(subject.marking) && fuzz_is_utf8(subject.notice));
	must(strlen(subject.peeled) <= strlen(text));
	subject_peel(arena, subject.peeled, &again);
	must(strcmp(again.peeled, subject.peeled) == 0);
}

static void
others(struct arena *arena, const char *raw, struct strs *remarks)
{
	static const char *const names[] = { "filename", "name", "charset" };
	struct strs ids = { NULL, 0 };
	char *value;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = header_param(arena, raw, names[i], remarks);
		must(value == NULL || fuzz_is_utf8(value));
	}
	header_ids(arena, raw, &ids);
	for (i = 0; i < ids.n; i++)
		must(*ids.v[i] != '\0' && strpbrk(ids.v[i], "\t\r\n<>") == NULL);
	value = header_thread_root(arena, raw);
	must(strlen(value) == 0 || strlen(value) == 44);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct strs remarks = { NULL, 0 };
	char *raw = fuzz_text(arena, data, size), *text;
	size_t i;

	parse_start();
	text = header_decode(arena, raw, "subject", &remarks);
	must(fuzz_is_utf8(text) && strpbrk(text, "\r\n") == NULL);
	subjects(arena, text);
	addresses(arena, raw, &remarks);
	others(arena, raw, &remarks);
	must(remarks.n <= HEADER_REMARKS_MAX);
	for (i = 0; i < remarks.n; i++)
		must(fuzz_is_utf8(remarks.v[i]));
	arena_free(&arena);
	return 0;
}
