/*
 * Copying a file of any size, durable, with its hash.  Core and advicectl.
 * Invariant: what is copied is what is hashed, byte by byte as it is read back.
 * Fails: as file.h says; a copy that was begun stays, under its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define PIECE	(256 * 1024)

static int
copy_bytes(int from, int to, uint64_t *size_r, struct err *err)
{
	char piece[PIECE];
	ssize_t n;

	*size_r = 0;
	for (;;) {
		n = read(from, piece, sizeof(piece));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_errno(err, ERR_RETRY, "cannot be read");
		if (n == 0)
			return 0;
		if (file_write(to, piece, (size_t)n, err) == -1)
			return -1;
		*size_r += (uint64_t)n;
	}
}

/* In the spool a mail's file says when the mail was received. */
static int
copy_time(int from, int to, struct err *err)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat st;

	if (fstat(from, &st) == -1)
		return err_errno(err, ERR_RETRY, "cannot be read");
	times[1] = st.st_mtim;
	return futimens(to, times) == -1 ? err_errno(err, ERR_RETRY, "cannot be given its time") : 0;
}

int
file_copy_hashed(int from_dirfd, const char *from, int to_dirfd, const char *to, char hex_r[65], uint64_t *size_r,
    struct err *err)
{
	int in = openat(from_dirfd, from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out = -1, rc = -1;

	if (in == -1)
		return err_errno(err, ERR_RETRY, "copying %s", from);
	if (file_create(to_dirfd, to, &out, err) == 0 && copy_bytes(in, out, size_r, err) == 0 &&
	    copy_time(in, out, err) == 0 && sha256_hex_fd(out, hex_r, err) == 0)
		rc = file_commit(&out, err);
	if (out != -1)
		close(out);
	close(in);
	return rc;
}
