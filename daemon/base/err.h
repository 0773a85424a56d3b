/*
 * An error as a value: how much is broken, and a sentence about it.
 * The caller supplies the struct; there is nothing to free.  Lower code
 * never logs and never exits; it adds context on the way up.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_scope {
	ERR_NONE,
	ERR_RETRY,	/* the same call may succeed later */
	ERR_MESSAGE,	/* this mail only */
	ERR_MAILBOX,	/* this mailbox until someone acts */
	ERR_CONFIG,	/* a file that an administrator wrote */
	ERR_DAEMON	/* the daemon cannot go on */
};

struct err {
	enum err_scope	scope;
	char		text[512];
};

/* Fill err (which may be NULL) and return -1; none of these changes errno. */
int	err_set(struct err *err, enum err_scope scope, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* The same, with ": " and strerror(errno) at the end. */
int	err_errno(struct err *err, enum err_scope scope, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Put "context: " before what err says, keep its scope, return -1. */
int	err_wrap(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
