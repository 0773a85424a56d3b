/*
 * Proving who we are.  Run by fetch and send; by the parent only to see that
 * it would work.
 * Invariant: a key leaves this file only as a signature.
 * Fails: ERR_CONFIG for a file that cannot be used.
 */
#include "signin/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/json_read.h"

#define ASSERTION_S	600		/* how long one of ours is good for Microsoft; it is used at once */
#define GOOGLE_S	3540		/* Google allows an hour */
#define SKEW_S		30		/* a clock that is a little fast must not make it one of the future */
#define KEY_BITS_LEAST	2048
#define CHAIN_MOST	8

struct proof {
	const struct sign_in	*sign_in;
	char			*secret;	/* or a key: */
	gnutls_privkey_t	 key;
	char			 thumb[64];	/* x5t#S256 */
	char			*account, *key_id;	/* Google's */
	dayno			 ends;
};

/* ---- Keys and certificates */

static bool
is_key(gnutls_privkey_t key, unsigned *bits_r)
{
	return gnutls_privkey_get_pk_algorithm(key, bits_r) == GNUTLS_PK_RSA;
}

static int
read_key(struct proof *proof, const char *pem, const char *path, struct err *err)
{
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem) };
	unsigned bits = 0;
	int r;

	if (gnutls_privkey_init(&proof->key) < 0)
		return err_set(err, ERR_RETRY, "no memory for a key");
	r = gnutls_privkey_import_x509_raw(proof->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r < 0)
		return err_set(err, ERR_CONFIG, "the key file %s holds no private key that can be used (PEM, without a password): "
		    "%s", path, gnutls_strerror(r));
	if (!is_key(proof->key, &bits) || bits < KEY_BITS_LEAST)
		return err_set(err, ERR_CONFIG, "the key in %s is not RSA with at least %d bits", path, KEY_BITS_LEAST);
	return 0;
}

static int
key_id_of(struct proof *proof, gnutls_x509_crt_t certificate, unsigned char *of_key, unsigned char *of_certificate)
{
	size_t len = 32, len2 = 32;
	gnutls_pubkey_t public;
	int r;

	if (gnutls_pubkey_init(&public) < 0)
		return -1;
	r = gnutls_pubkey_import_privkey(public, proof->key, 0, 0);
	if (r >= 0)
		r = gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, of_key, &len);
	if (r >= 0)
		r = gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, of_certificate, &len2);
	gnutls_pubkey_deinit(public);
	return r;
}

/* The certificate is the key's, and this is what it says. */
static int
take_certificate(struct proof *proof, gnutls_x509_crt_t certificate, struct err *err)
{
	unsigned char of_key[32], of_certificate[32], hash[32];
	struct buf thumb = BUF_INIT;
	size_t len = sizeof(hash);
	time_t ends;

	if (key_id_of(proof, certificate, of_key, of_certificate) < 0 || memcmp(of_key, of_certificate, sizeof(of_key)) != 0)
		return err_set(err, ERR_CONFIG, "the key in %s is not the one of the certificate in %s", proof->sign_in->key_file,
		    proof->sign_in->certificate_file);
	if (gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, hash, &len) < 0 ||
	    (ends = gnutls_x509_crt_get_expiration_time(certificate)) == (time_t)-1)
		return err_set(err, ERR_CONFIG, "the certificate in %s cannot be read", proof->sign_in->certificate_file);
	base64url_add(&thumb, hash, len);
	snprintf(proof->thumb, sizeof(proof->thumb), "%s", buf_text(&thumb));
	buf_free(&thumb);
	proof->ends = instant_date(ends);
	return 0;
}

static int
read_certificate(struct proof *proof, const char *pem, struct err *err)
{
	const char *path = proof->sign_in->certificate_file;
	gnutls_datum_t data = { (unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem) };
	gnutls_x509_crt_t list[CHAIN_MOST];
	unsigned count = CHAIN_MOST;
	int r = gnutls_x509_crt_list_import(list, &count, &data, GNUTLS_X509_FMT_PEM, 0), rc;

	if (r <= 0)
		return err_set(err, ERR_CONFIG, "the certificate file %s holds no certificate (PEM)", path);
	rc = take_certificate(proof, list[0], err);
	for (int i = 0; i < r; i++)
		gnutls_x509_crt_deinit(list[i]);
	return rc;
}

/* The private key's block in what may hold other blocks too; NULL: there is none. */
static const char *
key_block(const char *pem)
{
	const char *at = pem, *end;

	for (; (at = strstr(at, "-----BEGIN ")) != NULL; at += strlen("-----BEGIN ")) {
		end = strchr(at, '\n');
		if (end != NULL && memmem(at, (size_t)(end - at), "PRIVATE KEY-----", strlen("PRIVATE KEY-----")) != NULL)
			return at;
	}
	return NULL;
}

static int
read_certificate_and_key(struct proof *proof, const char *secret, struct err *err)
{
	const char *path = proof->sign_in->key_file, *key = key_block(secret);

	if (key == NULL)
		return err_set(err, ERR_CONFIG, "the key file %s holds no private key (PEM)", path);
	return read_key(proof, key, path, err) == -1 ? -1 : read_certificate(proof, secret, err);
}

/* ---- Google's file */

static int
read_account(struct proof *proof, const char *secret, struct err *err)
{
	const char *path = proof->sign_in->account_file, *key, *account, *key_id;
	struct arena *arena = arena_new();
	const struct json *json;
	int rc = -1;

	if (json_read(arena, secret, strlen(secret), &json, err) == -1) {
		err_set(err, ERR_CONFIG, "the account file %s is not the JSON file that Google gives for a service account", path);
		goto out;
	}
	key = json_member_text(json, "private_key");
	account = json_member_text(json, "client_email");
	key_id = json_member_text(json, "private_key_id");
	if (key == NULL || account == NULL)
		err_set(err, ERR_CONFIG, "the account file %s has no \"%s\": it is not the file that Google gives for a service "
		    "account's key", path, key == NULL ? "private_key" : "client_email");
	else {
		proof->account = x_strdup(account);
		proof->key_id = key_id == NULL ? NULL : x_strdup(key_id);
		rc = read_key(proof, key, path, err);
		explicit_bzero((char *)(uintptr_t)key, strlen(key));
	}
out:
	arena_free(&arena);
	return rc;
}

int
proof_new(const struct sign_in *sign_in, const char *secret, struct proof **proof_r, struct err *err)
{
	struct proof *proof = x_calloc(1, sizeof(*proof));
	int rc = 0;

	proof->sign_in = sign_in;
	proof->ends = sign_in->secret_expires;
	if (sign_in->kind == SIGN_IN_GOOGLE)
		rc = read_account(proof, secret, err);
	else if (sign_in->secret_file != NULL)
		proof->secret = x_strdup(secret);
	else
		rc = read_certificate_and_key(proof, secret, err);
	if (rc == -1)
		proof_free(&proof);
	*proof_r = proof;
	return rc;
}

void
proof_free(struct proof **proof)
{
	struct proof *p = *proof;

	*proof = NULL;
	if (p == NULL)
		return;
	if (p->secret != NULL)
		explicit_bzero(p->secret, strlen(p->secret));
	if (p->key != NULL)
		gnutls_privkey_deinit(p->key);
	free(p->secret);
	free(p->account);
	free(p->key_id);
	free(p);
}

dayno
proof_ends(const struct proof *proof)
{
	return proof->ends;
}

/* ---- What is signed */

static void
add_claims(const struct proof *proof, const struct proof_for *wanted, struct buf *out)
{
	const struct sign_in *sign_in = proof->sign_in;
	int64_t from = wanted->now - SKEW_S;
	bool google = sign_in->kind == SIGN_IN_GOOGLE;

	json_open(out, NULL, '{');
	json_str(out, "aud", sign_in->token_url);
	json_str(out, "iss", google ? proof->account : sign_in->client);
	json_str(out, "sub", google ? wanted->user : sign_in->client);
	if (google)
		json_str(out, "scope", wanted->scope);
	else {
		json_str(out, "jti", wanted->id);
		json_int(out, "nbf", from);
	}
	json_int(out, "iat", from);
	json_int(out, "exp", from + (google ? GOOGLE_S : ASSERTION_S));
	json_close(out, '}');
}

static void
add_head(const struct proof *proof, struct buf *out)
{
	bool google = proof->sign_in->kind == SIGN_IN_GOOGLE;

	json_open(out, NULL, '{');
	json_str(out, "alg", google ? "RS256" : "PS256");
	json_str(out, "typ", "JWT");
	if (!google)
		json_str(out, "x5t#S256", proof->thumb);
	else if (proof->key_id != NULL)
		json_str(out, "kid", proof->key_id);
	json_close(out, '}');
}

static int
add_assertion(const struct proof *proof, const struct proof_for *wanted, struct buf *out, struct err *err)
{
	gnutls_sign_algorithm_t how = proof->sign_in->kind == SIGN_IN_GOOGLE ? GNUTLS_SIGN_RSA_SHA256 :
	    GNUTLS_SIGN_RSA_PSS_SHA256;
	struct buf head = BUF_INIT, claims = BUF_INIT;
	gnutls_datum_t data, signature = { NULL, 0 };
	size_t from = out->len;
	int r;

	add_head(proof, &head);
	add_claims(proof, wanted, &claims);
	base64url_add(out, head.data, head.len);
	buf_add_char(out, '.');
	base64url_add(out, claims.data, claims.len);
	buf_free(&head);
	buf_free(&claims);
	data.data = (unsigned char *)out->data + from;
	data.size = (unsigned)(out->len - from);
	r = gnutls_privkey_sign_data2(proof->key, how, 0, &data, &signature);
	if (r < 0)
		return err_set(err, ERR_CONFIG, "the key of the sign-in \"%s\" cannot sign: %s", proof->sign_in->name,
		    gnutls_strerror(r));
	buf_add_char(out, '.');
	base64url_add(out, signature.data, signature.size);
	gnutls_free(signature.data);
	return 0;
}

/* ---- The form */

static void
add_field(struct buf *out, const char *name, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	if (out->len > 0)
		buf_add_char(out, '&');
	buf_add_str(out, name);
	buf_add_char(out, '=');
	for (; *value != '\0'; value++) {
		if (strchr(plain, *value) != NULL)
			buf_add_char(out, *value);
		else
			buf_printf(out, "%%%02X", (unsigned char)*value);
	}
}

int
proof_form(const struct proof *proof, const struct proof_for *wanted, struct buf *out, struct err *err)
{
	static const char by_jwt[] = "urn:ietf:params:oauth:grant-type:jwt-bearer";
	static const char assertion_is_jwt[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

	if (proof->sign_in->kind == SIGN_IN_GOOGLE) {
		add_field(out, "grant_type", by_jwt);
		buf_add_str(out, "&assertion=");
		return add_assertion(proof, wanted, out, err);
	}
	add_field(out, "grant_type", "client_credentials");
	add_field(out, "client_id", proof->sign_in->client);
	add_field(out, "scope", wanted->scope);
	if (proof->secret != NULL) {
		add_field(out, "client_secret", proof->secret);
		return 0;
	}
	add_field(out, "client_assertion_type", assertion_is_jwt);
	buf_add_str(out, "&client_assertion=");
	return add_assertion(proof, wanted, out, err);
}
