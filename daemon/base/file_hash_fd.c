/*
 * SHA-256 of a whole file.  Any role but the parser, which is not linked with
 * GnuTLS: that uses the processor's own instructions where it has them, and
 * takes a third of GLib's time or less.
 * Fails: ERR_RETRY when a file cannot be read, ERR_DAEMON when GnuTLS has no SHA-256.
 */
#include "base/file.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <unistd.h>

#define READ_PIECE	(64 * 1024)
#define SHA256_BYTES	32

static int
hash_file(gnutls_hash_hd_t hash, int fd, struct err *err)
{
	unsigned char	piece[READ_PIECE];
	off_t		at = 0;
	ssize_t		n;

	while ((n = pread(fd, piece, sizeof(piece), at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_errno(err, ERR_RETRY, "cannot read a file back");
		if (gnutls_hash(hash, piece, (size_t)n) < 0)
			return err_set(err, ERR_DAEMON, "a file's SHA-256 cannot be reckoned");
		at += n;
	}
	return 0;
}

int
sha256_hex_fd(int fd, char hex_r[65], struct err *err)
{
	unsigned char		digest[SHA256_BYTES];
	gnutls_hash_hd_t	hash;
	int			rc;

	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
		return err_set(err, ERR_DAEMON, "a file's SHA-256 cannot be reckoned");
	rc = hash_file(hash, fd, err);
	gnutls_hash_deinit(hash, digest);
	for (size_t i = 0; rc == 0 && i < sizeof(digest); i++)
		(void)snprintf(hex_r + 2 * i, 3, "%02x", digest[i]);
	return rc;
}
