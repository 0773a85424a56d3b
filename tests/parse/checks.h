/* Counting what held, for the programs here: one line for each that did not. */
#ifndef CHECKS_H
#define CHECKS_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned passed, failed;

static void __attribute__((format(printf, 3, 4)))
check(bool good, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (good) {
		passed++;
		return;
	}
	failed++;
	printf("%s: %s: ", program_invocation_short_name, name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

#endif
