/*
 * SHA-256 and keyed hashes.  Any role.
 * Fails: ERR_RETRY when a file cannot be read.
 */
#include "base/file.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#define READ_PIECE	(64 * 1024)
#define HMAC_DIGITS	16

void
sha256_hex(const void *data, size_t len, char hex_r[65])
{
	GChecksum	*sum = g_checksum_new(G_CHECKSUM_SHA256);

	g_checksum_update(sum, data, (gssize)len);
	memcpy(hex_r, g_checksum_get_string(sum), 65);
	g_checksum_free(sum);
}

int
sha256_hex_fd(int fd, char hex_r[65], struct err *err)
{
	GChecksum	*sum = g_checksum_new(G_CHECKSUM_SHA256);
	unsigned char	 piece[READ_PIECE];
	off_t		 at = 0;
	ssize_t		 n;

	while ((n = pread(fd, piece, sizeof(piece), at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		g_checksum_update(sum, piece, n);
		at += n;
	}
	if (n == 0)
		memcpy(hex_r, g_checksum_get_string(sum), 65);
	else
		err_errno(err, ERR_RETRY, "cannot read a file back");
	g_checksum_free(sum);
	return n == 0 ? 0 : -1;
}

void
hmac_hex(const void *key, size_t key_len, const char *text, char hex_r[17])
{
	GHmac	*hmac = g_hmac_new(G_CHECKSUM_SHA256, key, key_len);

	g_hmac_update(hmac, (const guchar *)text, -1);
	memcpy(hex_r, g_hmac_get_string(hmac), HMAC_DIGITS);
	hex_r[HMAC_DIGITS] = '\0';
	g_hmac_unref(hmac);
}
