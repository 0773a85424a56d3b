/*
 * One line per event, in one write: to journald with its fields where stderr
 * is journald's, else on stderr.  Any role.  Invariant: an event is one line,
 * whatever bytes were put into it; errno is left alone.
 * Fails: never; a line that cannot be written is lost.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log_journal.h"

#define LINE_MAX_BYTES	2032

static char		log_role[32];
static bool		log_terminal;
static enum log_level	log_level = LOG_LEVEL_INFO;

void
log_init(const char *role, enum log_level level)
{
	snprintf(log_role, sizeof(log_role), "%s", role);
	log_level = level;
	log_terminal = isatty(STDERR_FILENO) == 1;
	journal_open();
}

static void
one_line(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < ' ' || *line == '\177')
			*line = ' ';
}

static void
write_stderr(enum log_level level, const char *line)
{
	char text[LINE_MAX_BYTES + 16];
	/* journald reads the priority; for a person at a terminal it is noise. */
	int len = log_terminal ? snprintf(text, sizeof(text), "%s\n", line) : snprintf(text, sizeof(text), "<%d>%s\n", level, line);

	while (write(STDERR_FILENO, text, (size_t)len) == -1 && errno == EINTR)
		continue;
}

static void write_line(enum log_level level, const char *fmt, va_list ap)
	    __attribute__((format(printf, 2, 0)));

static void
write_line(enum log_level level, const char *fmt, va_list ap)
{
	char	line[LINE_MAX_BYTES], tail[48];
	int	saved = errno;

	if (level > log_level)
		return;
	snprintf(tail, sizeof(tail), "%s%s", log_role[0] == '\0' ? "" : " role=", log_role);
	vsnprintf(line, sizeof(line) - strlen(tail), fmt, ap);
	one_line(line);
	if (!journal_send(level, log_role, line)) {
		strcat(line, tail);
		write_stderr(level, line);
	}
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
