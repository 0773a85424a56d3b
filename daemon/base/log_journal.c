/*
 * journald's native protocol: a datagram of lines NAME=value.  Any role.
 * Invariant: fields are read off a line up to its first quote only: what
 * strangers said stands behind one and can name no field; a line has no line
 * end in it, so nothing in it begins a field of its own.
 * Fails: never; without journald the caller has stderr.
 * Source: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
 */
#include "base/log_journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET		"/run/systemd/journal/socket"
#define PREFIX		"ADVICED_"
#define ENTRY_MOST	8192
#define MESSAGE_MOST	2100
#define OUT_OF_THE_WAY	100	/* of the descriptors that a role is given by number */
#define NAME_MOST	40

static int	journal_fd = -1;

/* systemd says in $JOURNAL_STREAM what it made our stderr: whoever redirected it since wants the lines there. */
static bool
stderr_is_journals(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	    st.st_dev == device && st.st_ino == inode;
}

/*
 * Open for as long as the process lives, and so of a kind that reaches nobody but journald: core's control socket takes
 * streams only.
 */
void
journal_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd;

	if (journal_fd != -1 || !stderr_is_journals())
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		journal_fd = fcntl(fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	close(fd);
}

/* Adds NAME=value and a line end, or nothing. */
static size_t
field(char *out, size_t size, size_t len, const char *name, const char *value, size_t value_len)
{
	size_t name_len = strlen(name);

	if (len + name_len + value_len + 2 > size)
		return len;
	memcpy(out + len, name, name_len);
	out[len + name_len] = '=';
	memcpy(out + len + name_len + 1, value, value_len);
	out[len + name_len + 1 + value_len] = '\n';
	return len + name_len + value_len + 2;
}

/* "days-left" is ADVICED_DAYS_LEFT; false: this is no name. */
static bool
name_of(const char *key, size_t len, char name[NAME_MOST])
{
	size_t at = strlen(PREFIX);

	if (len == 0 || at + len >= NAME_MOST)
		return false;
	memcpy(name, PREFIX, at);
	for (size_t i = 0; i < len; i++) {
		if (!((key[i] >= 'a' && key[i] <= 'z') || (key[i] >= '0' && key[i] <= '9') || key[i] == '-' || key[i] == '_'))
			return false;
		name[at + i] = key[i] == '-' ? '_' : key[i] >= 'a' ? (char)(key[i] - 'a' + 'A') : key[i];
	}
	name[at + len] = '\0';
	return true;
}

static size_t
fields(char *out, size_t size, size_t len, const char *line)
{
	char name[NAME_MOST];

	for (const char *word = line; *word != '\0' && *word != '"'; word += *word == ' ') {
		size_t length = strcspn(word, " \""), key = strcspn(word, "=");

		if (key < length && word[length] != '"' && name_of(word, key, name))
			len = field(out, size, len, name, word + key + 1, length - key - 1);
		word += length;
	}
	return len;
}

/* The process of a mailbox says so in its name, "fetch:advice"; its lines belong to that mailbox. */
static size_t
role_fields(char *out, size_t size, size_t len, const char *role, const char *line)
{
	const char *mailbox = strchr(role, ':');

	len = field(out, size, len, PREFIX "ROLE", role, strcspn(role, ":"));
	if (mailbox != NULL && strstr(line, " mailbox=") == NULL)
		len = field(out, size, len, PREFIX "MAILBOX", mailbox + 1, strlen(mailbox + 1));
	return len;
}

size_t
journal_entry(char *out, size_t size, enum log_level level, const char *role, const char *line)
{
	char priority[12], message[MESSAGE_MOST];
	size_t len = 0;

	snprintf(priority, sizeof(priority), "%d", level);
	snprintf(message, sizeof(message), "%s%s%s", line, role[0] == '\0' ? "" : " role=", role);
	len = field(out, size, len, "PRIORITY", priority, strlen(priority));
	len = field(out, size, len, "SYSLOG_IDENTIFIER", "adviced", strlen("adviced"));
	len = field(out, size, len, "MESSAGE", message, strlen(message));
	len = field(out, size, len, PREFIX "EVENT", line, strcspn(line, " ="));
	if (role[0] != '\0')
		len = role_fields(out, size, len, role, line);
	return fields(out, size, len, line);
}

bool
journal_send(enum log_level level, const char *role, const char *line)
{
	char entry[ENTRY_MOST];
	size_t len;

	if (journal_fd == -1)
		return false;
	len = journal_entry(entry, sizeof(entry), level, role, line);
	return send(journal_fd, entry, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}
