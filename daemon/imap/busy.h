/*
 * Servers that want to be left alone.  They say so in many ways: by a code in
 * brackets (RFC 5530), by words (Exchange Online, Gmail), with or without how
 * long.  Such an answer says nothing about the command it was given to.
 */
#ifndef IMAP_BUSY_H
#define IMAP_BUSY_H

enum busy {
	BUSY_NOT,
	BUSY_TROUBLED,		/* the server has a trouble of its own */
	BUSY_LIMITED,		/* we, or others with this name, ask too much of it */
	BUSY_SHUT_OUT		/* signed in, but not let at the mailbox */
};

/*
 * line: what the server said, after its tag or star: "NO [LIMIT] ...".
 * *wait_ms_r: for how long it asks, 0 if it does not say.
 */
enum busy	busy_read(const char *line, int *wait_ms_r);

#endif
