/*
 * Files that must survive a power cut: every write checked, fsync before
 * close, close checked, rename, fsync of the directory.  Each is a step().
 * All take directory descriptors, never paths built from outside text.
 * Fails: ERR_RETRY when the disk is full or failing (nothing is left behind
 * under the final name), ERR_DAEMON when a folder is missing or forbidden.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

int	file_create(int dirfd, const char *name, int *fd_r, struct err *err);	/* O_EXCL, 0600 */
int	file_write(int fd, const void *data, size_t len, struct err *err);	/* all of it */
int	file_commit(int *fd, struct err *err);					/* fsync, checked close; *fd = -1 */
/*
 * For many files at once: start on each as it is written, then file_sync() on each; they share what one alone would cost.
 * A start that fails costs time, nothing else.
 */
void	file_sync_start(int fd);
int	file_sync(int dirfd, const char *name, struct err *err);		/* fsync of its bytes */
int	file_rename(int from_dirfd, const char *from, int to_dirfd, const char *to, struct err *err);	/* and fsync both folders */
int	file_remove(int dirfd, const char *name, struct err *err);		/* gone already is well; folder fsynced */
void	file_remove_tree(const char *path);	/* a folder and all below it, as far as it can be; not durable, gone already is well */
/* Whole file under its final name, durable: tmp name, write, fsync, close, rename, fsync of the folder. */
int	file_replace(int dirfd, const char *name, const void *data, size_t len, struct err *err);

/* A copy of any size, durable but for its name, with the time that the file bears; its hash and size. */
int	file_copy_hashed(int from_dirfd, const char *from, int to_dirfd, const char *to, char hex_r[65], uint64_t *size_r,
	    struct err *err);

int	file_sync_dir(int dirfd, struct err *err);				/* the names in a folder */
int	file_open_dir(const char *path, int *dirfd_r, struct err *err);
int	file_make_dir(const char *path, unsigned mode, struct err *err);	/* parents too; existing is well */
/*
 * Whole file into out, which is emptied first; more than max bytes, or what is
 * no regular file, is ERR_CONFIG. dirfd may be AT_FDCWD.
 */
int	file_read(int dirfd, const char *name, size_t max, struct buf *out, struct err *err);
int	file_read_fd(int fd, size_t max, struct buf *out, struct err *err);
bool	file_exists(int dirfd, const char *name);

/* A name from outside may become a file name only if it is letters, digits, '.', '-', '_', '=', not starting with '.'. */
bool	file_name_is_safe(const char *name);

/* Names in a folder, sorted; "." and ".." left out. */
struct strs;
int	file_list(struct arena *arena, int dirfd, struct strs *names_r, struct err *err);

/* Lower-case hex SHA-256. */
void	sha256_hex(const void *data, size_t len, char hex_r[65]);
int	sha256_hex_fd(int fd, char hex_r[65], struct err *err);	/* from offset 0, by pread */
/* HMAC-SHA-256, first 16 hex digits: loop header and tokens. */
void	hmac_hex(const void *key, size_t key_len, const char *text, char hex_r[17]);

#endif
