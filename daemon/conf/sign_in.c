/*
 * The group "sign-in" of the configuration.  Pure but for what it reports.
 * Invariant: what is accepted names one way to prove who we are, and a token
 * server that is spoken to over TLS.
 * Fails: every problem goes to the report, with file and line.
 */
#include "conf/sign_in.h"

#include <stddef.h>
#include <string.h>

#include "conf/config.h"
#include "conf/config_value.h"

#define MICROSOFT_URL	"https://login.microsoftonline.com/%s/oauth2/v2.0/token"
#define GOOGLE_URL	"https://oauth2.googleapis.com/token"
#define NAME_MOST	50
#define URL_MOST	500

static void
key_kind(struct reader *reader, const struct node *node, void *at)
{
	if (node->type == NODE_TEXT && strcmp(node->text, "microsoft") == 0)
		*(enum sign_in_kind *)at = SIGN_IN_MICROSOFT;
	else if (node->type == NODE_TEXT && strcmp(node->text, "google") == 0)
		*(enum sign_in_kind *)at = SIGN_IN_GOOGLE;
	else
		read_wrong(reader, node, "\"microsoft\" (Microsoft 365) or \"google\" (Google Workspace)");
}

static void
key_expires(struct reader *reader, const struct node *node, void *at)
{
	const char *text = NULL;

	key_day(reader, node, &text);
	if (text != NULL)
		date_parse_iso(text, at);
}

static void
key_url(struct reader *reader, const struct node *node, void *at)
{
	if (node->type != NODE_TEXT || !str_starts(node->text, "https://") || strpbrk(node->text, " \t\"\\@#") != NULL ||
	    strlen(node->text) > URL_MOST)
		read_wrong(reader, node, "an address that begins with \"https://\"");
	else
		*(const char **)at = node->text;
}

/* An id stands in an address and in what is signed: letters, digits, '-' and '.', which is what ids are made of. */
static void
key_id(struct reader *reader, const struct node *node, void *at)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	if (node->type != NODE_TEXT || node->text[0] == '\0' || node->text[strspn(node->text, allowed)] != '\0' ||
	    strlen(node->text) > NAME_MOST * 2)
		read_wrong(reader, node, "an id such as \"0f3e1c7a-5b1d-4c55-9a53-3a5c1e2d4f60\"");
	else
		*(const char **)at = node->text;
}

static const struct key sign_in_keys[] = {
	{ "kind", key_kind, offsetof(struct sign_in, kind) },
	{ "tenant", key_id, offsetof(struct sign_in, tenant) },
	{ "client", key_id, offsetof(struct sign_in, client) },
	{ "secret-file", key_text, offsetof(struct sign_in, secret_file) },
	{ "secret-expires", key_expires, offsetof(struct sign_in, secret_expires) },
	{ "certificate-file", key_text, offsetof(struct sign_in, certificate_file) },
	{ "key-file", key_text, offsetof(struct sign_in, key_file) },
	{ "account-file", key_text, offsetof(struct sign_in, account_file) },
	{ "scope", key_text, offsetof(struct sign_in, scope) },
	{ "token-url", key_url, offsetof(struct sign_in, token_url) },
	{ "ca-file", key_text, offsetof(struct sign_in, ca_file) },
	{ "renew-early", key_seconds, offsetof(struct sign_in, renew_early_s) },
	{ "timeout", key_seconds, offsetof(struct sign_in, timeout_s) },
	{ NULL, NULL, 0 }
};

/* ---- Checks that need the whole group */

static void
wants(struct reader *reader, const struct node *node, const struct sign_in *sign_in, const char *key, const char *hint,
    const char *what)
{
	if (tree_child(node, key) == NULL)
		problem_add(reader->problems, node->where, hint, "the sign-in \"%s\" has no %s: %s", sign_in->name, key, what);
}

static void
has_no(struct reader *reader, const struct node *node, const struct sign_in *sign_in, const char *key, const char *why)
{
	const struct node *child = tree_child(node, key);

	if (child != NULL)
		problem_add(reader->problems, child->where, "remove this line", "the sign-in \"%s\": %s %s", sign_in->name, key, why);
}

static void
microsoft_check(struct reader *reader, const struct node *node, const struct sign_in *sign_in)
{
	bool secret = tree_child(node, "secret-file") != NULL, key = tree_child(node, "key-file") != NULL,
	    certificate = tree_child(node, "certificate-file") != NULL;

	wants(reader, node, sign_in, "tenant", "tenant = \"0f3e1c7a-...\"",
	    "the \"Directory (tenant) ID\" of the app registration");
	wants(reader, node, sign_in, "client", "client = \"5b1d9a53-...\"",
	    "the \"Application (client) ID\" of the app registration");
	has_no(reader, node, sign_in, "account-file", "is Google's");
	if (secret && (key || certificate))
		problem_add(reader->problems, node->where, "remove one of them", "the sign-in \"%s\" has both a secret-file and a "
		    "certificate", sign_in->name);
	else if (!secret && key != certificate)
		problem_add(reader->problems, node->where, NULL, "the sign-in \"%s\" has a %s and no %s", sign_in->name,
		    key ? "key-file" : "certificate-file", key ? "certificate-file" : "key-file");
	else if (!secret && !key)
		problem_add(reader->problems, node->where, "certificate-file = \"/etc/adviced/office.pem\"; key-file = "
		    "\"/etc/adviced/office.key\"", "the sign-in \"%s\" has nothing to prove who it is: a certificate-file with a "
		    "key-file, or a secret-file", sign_in->name);
	if (certificate)
		has_no(reader, node, sign_in, "secret-expires", "is not needed: the certificate says itself when it ends");
}

static void
google_check(struct reader *reader, const struct node *node, const struct sign_in *sign_in)
{
	static const char *const others[] = { "tenant", "client", "secret-file", "certificate-file", "key-file" };

	wants(reader, node, sign_in, "account-file", "account-file = \"/etc/adviced/google.json\"",
	    "the file with the service account's key, as Google gave it (JSON)");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		has_no(reader, node, sign_in, others[i], "is Microsoft's");
}

static void
sign_in_check(struct reader *reader, const struct node *node, struct sign_in *sign_in)
{
	if (strlen(sign_in->name) > NAME_MOST)
		problem_add(reader->problems, node->where, NULL, "the sign-in's name \"%.60s\" is too long (at most %d characters)",
		    sign_in->name, NAME_MOST);
	if (tree_child(node, "kind") == NULL)
		problem_add(reader->problems, node->where, "kind = \"microsoft\"", "the sign-in \"%s\" does not say its kind: "
		    "\"microsoft\" or \"google\"", sign_in->name);
	else if (sign_in->kind == SIGN_IN_MICROSOFT)
		microsoft_check(reader, node, sign_in);
	else if (sign_in->kind == SIGN_IN_GOOGLE)
		google_check(reader, node, sign_in);
	if (sign_in->token_url == NULL)
		sign_in->token_url = sign_in->kind == SIGN_IN_GOOGLE ? GOOGLE_URL :
		    arena_printf(reader->arena, MICROSOFT_URL, sign_in->tenant != NULL ? sign_in->tenant : "common");
}

void
key_sign_ins(struct reader *reader, const struct node *node, void *at)
{
	static const struct sign_in usual = { .secret_expires = DAY_NONE, .renew_early_s = 300, .timeout_s = 30 };
	struct config *config = at;
	struct sign_in *sign_in;

	if (!read_is_group(reader, node, "a group with a group for each way to sign in: sign-in : { office : { ... } }"))
		return;
	for (size_t i = 0; i < node->count; i++) {
		if (!read_is_group(reader, node->items[i], "a group { kind = \"microsoft\"; tenant = ...; client = ... }"))
			continue;
		sign_in = arena_push(reader->arena, config->sign_ins, config->sign_in_count);
		*sign_in = usual;
		sign_in->name = node->items[i]->name;
		sign_in->where = node->items[i]->where;
		read_group(reader, node->items[i], "a sign-in", sign_in_keys, sign_in);
		sign_in_check(reader, node->items[i], sign_in);
	}
}

void
sign_in_find(struct reader *reader, const struct config *config, struct server *server, const struct node *node,
    const char *what)
{
	const struct node *key = node == NULL ? NULL : tree_child(node, "sign-in");
	struct strs names = { NULL, 0 };
	const char *near;

	if (server->sign_in_name == NULL || key == NULL)
		return;
	for (size_t i = 0; i < config->sign_in_count; i++) {
		strs_add(reader->arena, &names, config->sign_ins[i].name);
		if (strcmp(config->sign_ins[i].name, server->sign_in_name) == 0)
			server->sign_in = &config->sign_ins[i];
	}
	strs_add(reader->arena, &names, NULL);	/* the end, for str_nearest() */
	if (server->sign_in == NULL) {
		near = str_nearest(server->sign_in_name, names.v);
		problem_add(reader->problems, key->where, near == NULL ? "sign-in : { office : { kind = \"microsoft\"; ... } }" :
		    arena_printf(reader->arena, "did you mean \"%s\"?", near),
		    "%s: sign-in: \"%.60s\" is not in the group \"sign-in\" of this file", what, server->sign_in_name);
	}
	if (tree_child(node, "password-file") != NULL)
		problem_add(reader->problems, tree_child(node, "password-file")->where, "remove one of them",
		    "%s has both a password-file and a sign-in", what);
}
