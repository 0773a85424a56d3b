/* How often something stands in a text. */
#ifndef TIMES_H
#define TIMES_H

#include <string.h>

static size_t
times(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

#endif
