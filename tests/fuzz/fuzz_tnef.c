/* A winmail.dat of any bytes: files within what was read, text that is tidy. */
#include <string.h>

#include "fuzz.h"
#include "mail/parse.h"
#include "mail/tnef.h"

static void
take(void *ctx, const char *name, const char *bytes, size_t len)
{
	unsigned *sum = ctx;
	size_t i;

	must(name != NULL && bytes != NULL);
	for (i = 0; i < len; i++)	/* every byte that was promised is there to be read */
		*sum += (unsigned char)bytes[i];
	*sum += (unsigned)strlen(name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *body = NULL;
	unsigned sum = 0;

	parse_start();
	(void)tnef_read(arena, (const char *)data, size, take, &sum, &body);
	must(body == NULL || fuzz_is_tidy(body));
	arena_free(&arena);
	return 0;
}
