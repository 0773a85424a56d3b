/* A record of hostile bytes: refused, or a sound message that is written as the very same bytes. */
#include <string.h>

#include "fuzz.h"
#include "mail/record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct message *message = NULL;
	struct err err = { ERR_NONE, "" };
	struct buf again = BUF_INIT;

	if (record_decode(arena, data, size, &message, &err) == -1)
		must(message == NULL && err.scope == ERR_MESSAGE && err.text[0] != '\0');
	else {
		fuzz_sound(message);
		record_encode(message, &again);
		must(again.len == size && memcmp(again.data, data, size) == 0);
	}
	buf_free(&again);
	arena_free(&arena);
	return 0;
}
