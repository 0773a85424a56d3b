/*
 * One line per event on stderr, key=value after a fixed verb, with the
 * sd-daemon priority prefix.  Never a body, a password, a subject, a child's
 * name or number.  Values from outside go through str_visible() first.
 *	log_info("entered mailbox=%s uid=%u size=%zu", ...);
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* role stands in every line as role=...; the highest level that is written. */
void	log_init(const char *role, enum log_level level);
void	log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
