/*
 * SHA-256 of what is in memory, and keyed hashes.  Any role.
 * Fails: never.
 */
#include "base/file.h"

#include <glib.h>
#include <string.h>

#define HMAC_DIGITS	16

void
sha256_hex(const void *data, size_t len, char hex_r[65])
{
	GChecksum	*sum = g_checksum_new(G_CHECKSUM_SHA256);

	g_checksum_update(sum, data, (gssize)len);
	memcpy(hex_r, g_checksum_get_string(sum), 65);
	g_checksum_free(sum);
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
