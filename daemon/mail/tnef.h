/*
 * winmail.dat: the wrapper in which Outlook sends everything at once.
 * Runs in adviced-parse only, on bytes in memory.
 * Fails: -1 for what cannot be read; files already handed over stay.
 */
#ifndef MAIL_TNEF_H
#define MAIL_TNEF_H

#include <stddef.h>

#include "base/arena.h"

typedef void tnef_file(void *ctx, const char *name, const char *bytes, size_t len);

/* Hands over each file inside; *body_r is the text inside as tidy UTF-8, or NULL. */
int	tnef_read(struct arena *arena, const char *bytes, size_t len, tnef_file *take, void *ctx,
	    char **body_r);

#endif
