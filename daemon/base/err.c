/*
 * Errors as values.  Any role.  Invariant: errno is the same after as before,
 * so that a caller may still ask it; the text always ends in NUL.
 * Fails: never.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *err, enum err_scope scope, const char *fmt, ...)
{
	int	saved = errno;
	va_list	ap;

	if (err == NULL)
		return -1;
	err->scope = scope;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	errno = saved;
	return -1;
}

int
err_errno(struct err *err, enum err_scope scope, const char *fmt, ...)
{
	int	saved = errno;
	size_t	len;
	va_list	ap;

	if (err == NULL)
		return -1;
	err->scope = scope;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", strerror(saved));
	errno = saved;
	return -1;
}

int
err_wrap(struct err *err, const char *fmt, ...)
{
	char	old[sizeof(err->text)];
	int	saved = errno;
	size_t	len;
	va_list	ap;

	if (err == NULL)
		return -1;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
	errno = saved;
	return -1;
}
