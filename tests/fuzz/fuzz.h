/*
 * What the fuzz targets share.  A target is one function from bytes to
 * checks; a check that does not hold ends the process, which libFuzzer
 * counts as a find.  Every target is deterministic: no clock, one day.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/date.h"
#include "mail/message.h"

/* libFuzzer's way in; each fuzz_NAME.c has one. */
int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(claim) \
	do { \
		if (!(claim)) \
			fuzz_broken(__FILE__, __LINE__, #claim); \
	} while (0)
_Noreturn void fuzz_broken(const char *file, int line, const char *claim);

dayno	fuzz_today(void);

/* The bytes as a text that ends at the first NUL, in memory of its own exact size. */
char	*fuzz_text(struct arena *arena, const uint8_t *data, size_t size);

/* A descriptor with these bytes; always the same one, for speed. */
int	fuzz_file(const uint8_t *data, size_t size);

bool	fuzz_is_utf8(const char *text);
/* LF line ends, no control characters: what charset_tidy() promises. */
bool	fuzz_is_tidy(const char *text);
/* The place is not inside a character. */
bool	fuzz_is_boundary(const char *text, size_t at);

/* No pointer missing, all text UTF-8, every span within its text. */
void	fuzz_sound(const struct message *message);
/* What was found in texts is what its kind promises. */
void	fuzz_said(const struct message *message);

#endif
