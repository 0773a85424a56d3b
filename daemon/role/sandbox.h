/*
 * Shutting a process in.  Every role calls sandbox_role() once it has opened
 * what it needs: not dumpable, no new privileges, no core file, no starting
 * of programs, and, where the kernel has Landlock, no file system but the
 * folders given.  A parse child then calls sandbox_parse_child(): resource
 * limits and a filter that kills it for anything but computing, reading its
 * mail and writing its result.
 * Fails: ERR_DAEMON when the kernel refuses what it must grant (Landlock may
 * be missing; that is no failure).
 */
#ifndef ROLE_SANDBOX_H
#define ROLE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Folders and files a role keeps; each list ends with NULL, and may be NULL. */
struct sandbox_paths {
	const char *const	*read;
	const char *const	*write;
};

/* role: "parent", "core", "fetch" ("maildir": fetch without a network), "parse", "send" or "board"; paths NULL: no Landlock rules. */
int	sandbox_role(const char *role, const struct sandbox_paths *paths, struct err *err);

struct sandbox_limits {
	uint64_t	memory_bytes;	/* address space */
	uint64_t	file_bytes;	/* the documents file */
	unsigned	cpu_seconds;	/* a mail */
};

/*
 * What a parse child may ask of the kernel, as a program for it: making that costs more than reading a small mail, so
 * the keeper of the children makes it once.  resident: the child may take further mails (and their descriptors) over its
 * socket.  program_r->filter is the caller's to free().
 */
struct sock_fprog;
int	sandbox_child_filter(bool resident, struct sock_fprog *program_r, struct err *err);
int	sandbox_parse_child(const struct sandbox_limits *limits, bool resident, const struct sock_fprog *program, struct err *err);

#endif
