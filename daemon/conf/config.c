/*
 * The daemon's configuration: adviced.cfg to a struct config.  The parent
 * reads the file once; every role parses the same text again.
 * Invariant: what is returned without a problem is complete: paths are whole,
 * every server can be tried, no connection in clear leaves this machine.
 * Fails: every problem of the file goes to the report, with file and line.
 */
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "conf/config.h"
#include "conf/config_value.h"
#include "rule/lint.h"

#define CONFIG_MOST		(1024 * 1024)
#define MAILBOX_NAME_MOST	50

/* ---- The groups and their keys */

static const struct key server_keys[] = {
	{ "host", key_text, offsetof(struct server, host) },
	{ "port", key_port, offsetof(struct server, port) },
	{ "tls", key_tls, offsetof(struct server, tls) },
	{ "ca-file", key_text, offsetof(struct server, ca_file) },
	{ "user", key_text, offsetof(struct server, user) },
	{ "password-file", key_text, offsetof(struct server, password_file) },
	{ "timeout", key_seconds, offsetof(struct server, timeout_s) },
	{ NULL, NULL, 0 }
};

/* The sending server's group has three keys more. */
static void key_smtp_server(struct reader *reader, const struct node *node, void *at);

static void
key_imap(struct reader *reader, const struct node *node, void *at)
{
	if (read_is_group(reader, node, "a group { host = ...; user = ... }"))
		read_group(reader, node, "an IMAP server", server_keys, at);
}

static const struct key mailbox_keys[] = {
	{ "address", key_address, offsetof(struct mailbox_config, address) },
	{ "imap", key_imap, offsetof(struct mailbox_config, imap) },
	{ "folder", key_text, offsetof(struct mailbox_config, folder) },
	{ "sent", key_text, offsetof(struct mailbox_config, sent) },
	{ "processed", key_text, offsetof(struct mailbox_config, processed) },
	{ "needs-you", key_text, offsetof(struct mailbox_config, needs_you) },
	{ "adopt", key_day, offsetof(struct mailbox_config, adopt) },
	{ "settle", key_settle, offsetof(struct mailbox_config, settle_leave) },
	{ "trust", key_trust, offsetof(struct mailbox_config, trust) },
	{ "poll", key_seconds, offsetof(struct mailbox_config, poll_s) },
	{ "idle", key_seconds, offsetof(struct mailbox_config, idle_s) },
	{ NULL, NULL, 0 }
};

static const struct key limit_keys[] = {
	{ "mail", key_megabytes, offsetof(struct config, max_mail_mb) },
#define LIMIT_KEY(member, name, unit, low, high, normal)	{ name, key_limit, offsetof(struct config, limits) },
	LIMITS(LIMIT_KEY)
#undef LIMIT_KEY
	{ NULL, NULL, 0 }
};

static const struct key list_keys[] = {
	{ "folder", key_text, offsetof(struct config, lists_folder) },
	{ "directory", key_text, offsetof(struct config, directory_file) },
	{ "involvement", key_text, offsetof(struct config, involvement_file) },
	{ "stale", key_days, offsetof(struct config, stale_days) },
	{ NULL, NULL, 0 }
};

static const struct mailbox_config mailbox_default = {
	.imap = { .timeout_s = 30 }, .folder = "INBOX", .processed = "Processed", .needs_you = "Needs you",
	.trust = "none", .poll_s = 120, .idle_s = 480
};
static const struct config config_default = {
	.smtp = { .tls = TLS_STARTTLS, .timeout_s = 30 }, .per_minute = 20, .max_mail_mb = 100,
	.log_level = "info",
	.directory_file = "directory.csv", .involvement_file = "involvement.csv"
};

/* ---- Checks that need a whole group */

static bool
is_loopback(const char *host)
{
	return str_same(host, "localhost") || str_starts(host, "127.") || strcmp(host, "::1") == 0;
}

/* what: "mailboxes.advice.imap". */
static void
server_check(struct reader *reader, const struct node *node, const char *what, struct server *server, bool signs_in)
{
	struct problems *problems = reader->problems;

	if (server->host == NULL && tree_child(node, "host") == NULL)
		problem_add(problems, node->where, "host = \"mail.council.example\"", "%s has no host", what);
	if (signs_in && server->user == NULL && tree_child(node, "user") == NULL)
		problem_add(problems, node->where, "user = \"advice@council.example\"",
		    "%s has no user to sign in as", what);
	if (server->user != NULL && server->password_file == NULL && tree_child(node, "password-file") == NULL)
		problem_add(problems, node->where, "password-file = \"/etc/adviced/advice.password\"",
		    "%s has a user and no password-file: the file that holds the password", what);
	if (server->tls == TLS_NONE && server->host != NULL && !is_loopback(server->host))
		problem_add(problems, tree_child(node, "tls")->where, "remove this line",
		    "tls: \"none\" would send passwords and mails in clear to %s; it is allowed only for "
		    "this machine itself (localhost)", server->host);
}

static bool
mailbox_name_is_usable(const char *name)
{
	return strlen(name) <= MAILBOX_NAME_MOST && file_name_is_safe(name);
}

static void
mailbox_check(struct reader *reader, const struct node *node, struct mailbox_config *mailbox)
{
	const struct node *imap = tree_child(node, "imap");

	if (!mailbox_name_is_usable(mailbox->name))
		problem_add(reader->problems, node->where, NULL, "the mailbox name \"%.60s\" cannot be used: letters, "
		    "digits, '-' and '_' are allowed, at most %d of them", mailbox->name, MAILBOX_NAME_MOST);
	if (tree_child(node, "address") == NULL)
		problem_add(reader->problems, node->where, "address = \"advice@council.example\"",
		    "the mailbox \"%s\" has no address", mailbox->name);
	if (imap == NULL)
		problem_add(reader->problems, node->where, "imap : { host = \"...\"; user = \"...\"; password-file = \"...\" }",
		    "the mailbox \"%s\" has no IMAP server", mailbox->name);
	else if (imap->type == NODE_GROUP) {
		if (mailbox->imap.tls == TLS_STARTTLS)
			problem_add(reader->problems, tree_child(imap, "tls")->where, "remove this line",
			    "tls: \"starttls\" is not done for IMAP; the connection is encrypted from its beginning (\"implicit\")");
		server_check(reader, imap, arena_printf(reader->arena, "the IMAP server of \"%s\"", mailbox->name),
		    &mailbox->imap, true);
	}
	if (mailbox->imap.port == 0)
		mailbox->imap.port = mailbox->imap.tls == TLS_NONE ? 143 : 993;
	if (mailbox->sent != NULL && strcmp(mailbox->sent, mailbox->folder) == 0)
		problem_add(reader->problems, tree_child(node, "sent")->where, "sent = \"Sent Items\"",
		    "the mailbox \"%s\" has the same folder for mail that comes and for mail that was sent", mailbox->name);
}

/* ---- Reading the groups */

static void
key_mailboxes(struct reader *reader, const struct node *node, void *at)
{
	struct config *config = at;
	struct mailbox_config *mailbox;
	size_t i;

	if (!read_is_group(reader, node, "a group with a group for each mailbox: mailboxes : { advice : { ... } }"))
		return;
	for (i = 0; i < node->count; i++) {
		if (!read_is_group(reader, node->items[i], "a group { address = ...; imap : { ... } }"))
			continue;
		mailbox = arena_push(reader->arena, config->mailboxes, config->mailbox_count);
		*mailbox = mailbox_default;
		mailbox->name = node->items[i]->name;
		mailbox->where = node->items[i]->where;
		read_group(reader, node->items[i], "a mailbox", mailbox_keys, mailbox);
		mailbox_check(reader, node->items[i], mailbox);
	}
}

static const struct key smtp_keys[] = {
	{ "host", key_smtp_server, 0 }, { "port", key_smtp_server, 0 }, { "tls", key_smtp_server, 0 },
	{ "ca-file", key_smtp_server, 0 }, { "user", key_smtp_server, 0 }, { "password-file", key_smtp_server, 0 },
	{ "timeout", key_smtp_server, 0 },
	{ "from", key_address, offsetof(struct config, smtp_from) },
	{ "per-minute", key_per_minute, offsetof(struct config, per_minute) },
	{ NULL, NULL, 0 }
};

static void
key_smtp_server(struct reader *reader, const struct node *node, void *at)
{
	const struct key *key;
	struct config *config = at;

	for (key = server_keys; key->name != NULL; key++)
		if (strcmp(key->name, node->name) == 0)
			key->read(reader, node, (char *)&config->smtp + key->offset);
}

static void
key_smtp(struct reader *reader, const struct node *node, void *at)
{
	struct config *config = at;

	if (!read_is_group(reader, node, "a group { host = ...; user = ... }"))
		return;
	read_group(reader, node, "the sending server", smtp_keys, config);
	server_check(reader, node, "the sending server", &config->smtp, false);
	if (config->smtp.port == 0)
		config->smtp.port = config->smtp.tls == TLS_IMPLICIT ? 465 : config->smtp.tls == TLS_STARTTLS ? 587 : 25;
}

static void
key_limits(struct reader *reader, const struct node *node, void *at)
{
	if (read_is_group(reader, node, "a group { mail = \"100 MB\" }"))
		read_group(reader, node, "the limits", limit_keys, at);
}

static void
list_name_check(struct reader *reader, const struct node *node, const char *name)
{
	if (!file_name_is_safe(name))
		problem_add(reader->problems, node->where, "involvement = \"involvement.csv\"", "\"%.60s\" cannot be the name of "
		    "a file in the watched folder: letters, digits, '.', '-' and '_' are allowed", name);
}

static void
key_lists(struct reader *reader, const struct node *node, void *at)
{
	struct config *config = at;

	if (!read_is_group(reader, node, "a group { folder = \"/srv/extract\"; stale = \"3 days\" }"))
		return;
	read_group(reader, node, "the lists", list_keys, config);
	list_name_check(reader, node, config->directory_file);
	list_name_check(reader, node, config->involvement_file);
	if (strcmp(config->directory_file, config->involvement_file) == 0)
		problem_add(reader->problems, node->where, NULL, "both lists have the same name, \"%s\"", config->directory_file);
}

static const struct key config_keys[] = {
	{ "packs", key_texts, offsetof(struct config, packs) },
	{ "rules", key_text, offsetof(struct config, rules) },
	{ "calendars", key_text, offsetof(struct config, calendars) },
	{ "spool", key_text, offsetof(struct config, spool) },
	{ "database", key_text, offsetof(struct config, database) },
	{ "socket", key_text, offsetof(struct config, socket) },
	{ "administrator", key_address, offsetof(struct config, administrator) },
	{ "log", key_log_level, offsetof(struct config, log_level) },
	{ "mailboxes", key_mailboxes, 0 },
	{ "smtp", key_smtp, 0 },
	{ "limits", key_limits, 0 },
	{ "lists", key_lists, 0 },
	{ NULL, NULL, 0 }
};

/* ---- Paths */

static char *
folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? arena_strdup(arena, ".") : arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

/*
 * Where a relative path of the file begins: the file's folder.  A file in the
 * folder config of a source tree speaks of the tree.
 */
static const char *
paths_base(struct arena *arena, const char *path)
{
	char whole[PATH_MAX];
	const char *folder, *tree;

	if (realpath(path, whole) == NULL)
		snprintf(whole, sizeof(whole), "%s", path);
	folder = folder_of(arena, whole);
	if (!str_ends_nocase(folder, "/config"))
		return folder;
	tree = folder_of(arena, folder);
	if (access(arena_printf(arena, "%s/daemon", tree), F_OK) == 0 &&
	    access(arena_printf(arena, "%s/rules", tree), F_OK) == 0)
		return tree;
	return folder;
}

static void
path_whole(struct arena *arena, const char *base, const char **path)
{
	if (*path != NULL && **path != '/')
		*path = arena_printf(arena, "%s/%s", base, *path);
}

static void
paths_settle(struct reader *reader, const struct node *tree, const char *base, struct config *config)
{
	struct arena *arena = reader->arena;
	size_t i;

	if (config->spool == NULL)
		config->spool = "spool";
	path_whole(arena, base, &config->spool);
	if (config->database == NULL)
		config->database = arena_printf(arena, "%s/adviced.db", config->spool);
	if (config->socket == NULL)
		config->socket = arena_printf(arena, "%s/control", config->spool);
	for (i = 0; i < config->packs.n; i++)
		if (strchr(config->packs.v[i], '/') != NULL)	/* else a name under rules */
			path_whole(arena, base, &config->packs.v[i]);
	path_whole(arena, base, &config->rules);
	path_whole(arena, base, &config->calendars);
	path_whole(arena, base, &config->database);
	path_whole(arena, base, &config->socket);
	path_whole(arena, base, &config->lists_folder);
	path_whole(arena, base, &config->smtp.ca_file);
	path_whole(arena, base, &config->smtp.password_file);
	for (i = 0; i < config->mailbox_count; i++) {
		path_whole(arena, base, &config->mailboxes[i].imap.ca_file);
		path_whole(arena, base, &config->mailboxes[i].imap.password_file);
	}
	if (strlen(config->socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		problem_add(reader->problems, tree_child(tree, "socket") != NULL ? tree_child(tree, "socket")->where :
		    tree->where, "socket = \"/run/adviced/control\"", "the control socket's path is too long for the "
		    "system (at most 107 characters): %s", config->socket);
}

/* ---- All of it */

/* A folder of sent mail is watched as a mailbox is, with the same name and password; what lies there is left there. */
static void
sent_folders(struct arena *arena, struct config *config)
{
	size_t count = config->mailbox_count;

	for (size_t i = 0; i < count; i++) {
		struct mailbox_config mailbox = config->mailboxes[i];

		if (mailbox.sent == NULL)
			continue;
		mailbox.sent_of = mailbox.name;
		mailbox.name = arena_printf(arena, "%s.sent", mailbox.name);
		mailbox.folder = mailbox.sent;
		mailbox.sent = mailbox.adopt = NULL;
		mailbox.settle_leave = true;
		*arena_push(arena, config->mailboxes, config->mailbox_count) = mailbox;
	}
}

static void
whole_check(struct reader *reader, const struct node *tree, const struct config *config)
{
	struct problems *problems = reader->problems;
	const struct node *packs = tree_child(tree, "packs"), *mailboxes = tree_child(tree, "mailboxes");
	size_t i, j;

	if (packs == NULL)
		problem_add(problems, tree->where, "packs = [ \"my-town\" ]", "\"packs\" must name at least one rule pack");
	for (i = 0; i < config->packs.n; i++)
		for (j = 0; j < i; j++)
			if (strcmp(config->packs.v[i], config->packs.v[j]) == 0)
				problem_add(problems, packs->where, NULL, "packs: \"%s\" stands there twice", config->packs.v[i]);
	if (mailboxes == NULL || (mailboxes->type == NODE_GROUP && mailboxes->count == 0))
		problem_add(problems, mailboxes == NULL ? tree->where : mailboxes->where, "mailboxes : { advice : { address = \"...\"; imap : { ... } } }",
		    "no mailbox is named that could be watched");
	if (tree_child(tree, "smtp") == NULL)
		problem_add(problems, tree->where, "smtp : { host = \"...\"; user = \"...\"; password-file = \"...\" }",
		    "there is no sending server (smtp)");
}

int
config_parse(struct arena *arena, const char *path, const char *text, struct config **config_r, struct problems *problems)
{
	struct reader reader = { .arena = arena, .problems = problems };
	struct config *config = arena_memdup(arena, &config_default, sizeof(config_default));
	size_t before = problems_errors(problems);
	struct node *tree;

	*config_r = config;
	config->file = arena_strdup(arena, path);
	config->limits = limits_default;
	if (!lint_text(arena, config->file, text, strlen(text), problems))
		return -1;
	tree = tree_parse(arena, config->file, arena_strdup(arena, text), problems);
	if (tree == NULL)
		return -1;
	read_group(&reader, tree, "the configuration", config_keys, config);
	whole_check(&reader, tree, config);
	paths_settle(&reader, tree, paths_base(arena, path), config);
	sent_folders(arena, config);
	return problems_errors(problems) == before ? 0 : -1;
}

int
config_text(const char *path, struct buf *text, struct err *err)
{
	if (file_read(AT_FDCWD, path, CONFIG_MOST, text, err) == -1)
		return -1;
	if (strlen(buf_text(text)) != text->len)
		return err_set(err, ERR_CONFIG, "%s: the file is not text: a byte 0x00 stands in it", path);
	return 0;
}

int
config_read(struct arena *arena, const char *path, struct config **config_r, struct problems *problems)
{
	struct buf text = BUF_INIT;
	struct err err;
	int rc = -1;

	*config_r = NULL;
	if (config_text(path, &text, &err) == -1)
		problem_add(problems, (struct where){ NULL, 0 }, "name the configuration with  -c FILE",
		    "the configuration cannot be read: %s", err.text);
	else if (lint_utf8(path, buf_text(&text), text.len, problems))
		rc = config_parse(arena, path, buf_text(&text), config_r, problems);
	buf_free(&text);
	return rc;
}

const struct mailbox_config *
config_mailbox(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->mailbox_count; i++)
		if (strcmp(config->mailboxes[i].name, name) == 0)
			return &config->mailboxes[i];
	return NULL;
}

const char *
mailbox_watched_as(const struct mailbox_config *mailbox)
{
	return mailbox->sent_of != NULL ? mailbox->sent_of : mailbox->name;
}

size_t
config_mailboxes(const struct config *config)
{
	size_t count = 0;

	for (size_t i = 0; i < config->mailbox_count; i++)
		count += config->mailboxes[i].sent_of == NULL;
	return count;
}
