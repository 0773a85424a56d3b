/*
 * One line per event on stderr, in one write.  Any role.  Invariant: an event
 * is one line, whatever bytes were put into it; errno is left alone.
 * Fails: never; a line that cannot be written is lost.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES	2048

static char		log_role[32];
static bool		log_terminal;
static enum log_level	log_level = LOG_LEVEL_INFO;

void
log_init(const char *role, enum log_level level)
{
	snprintf(log_role, sizeof(log_role), "%s", role);
	log_level = level;
	log_terminal = isatty(STDERR_FILENO) == 1;
}

static void write_line(enum log_level level, const char *fmt, va_list ap)
	    __attribute__((format(printf, 2, 0)));

static void
write_line(enum log_level level, const char *fmt, va_list ap)
{
	char	line[LINE_MAX_BYTES], tail[48];
	int	saved = errno;
	size_t	len, i, room;

	if (level > log_level)
		return;
	snprintf(tail, sizeof(tail), "%s%s\n", log_role[0] == '\0' ? "" : " role=", log_role);
	room = sizeof(line) - strlen(tail);
	/* journald reads the priority; for a person at a terminal it is noise. */
	len = log_terminal ? 0 : (size_t)snprintf(line, sizeof(line), "<%d>", level);
	vsnprintf(line + len, room - len, fmt, ap);
	len = strlen(line);
	for (i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == '\177')
			line[i] = ' ';
	}
	memcpy(line + len, tail, strlen(tail) + 1);
	len += strlen(tail);
	while (write(STDERR_FILENO, line, len) == -1 && errno == EINTR)
		continue;
	errno = saved;
}

#define LOG_FUNCTION(name, level)		\
void						\
name(const char *fmt, ...)			\
{						\
	va_list	ap;				\
						\
	va_start(ap, fmt);			\
	write_line(level, fmt, ap);		\
	va_end(ap);				\
}

LOG_FUNCTION(log_err, LOG_LEVEL_ERR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
