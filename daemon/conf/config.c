/*
 * The daemon's configuration: adviced.cfg to a struct config.  The parent
 * reads the file once; every role parses the same text again.
 * Invariant: what is returned without a problem is complete: paths are whole,
 * every server can be tried, no connection in clear leaves this machine.
 * Fails: every problem of the file goes to the report, with file and line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "conf/config.h"
#include "conf/config_value.h"
#include "conf/sign_in.h"
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
	{ "sign-in", key_text, offsetof(struct server, sign_in_name) },
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

void
key_server(struct reader *reader, const struct node *node, void *at)
{
	if (read_is_group(reader, node, "a group { host = ...; user = ... }"))
		read_group(reader, node, "a mail server", server_keys, at);
}

static const struct key mailbox_keys[] = {
	{ "address", key_address, offsetof(struct mailbox_config, address) },
	{ "imap", key_imap, offsetof(struct mailbox_config, imap) },
	{ "maildir", key_text, offsetof(struct mailbox_config, maildir) },
	{ "folder", key_text, offsetof(struct mailbox_config, folder) },
	{ "sent", key_text, offsetof(struct mailbox_config, sent) },
	{ "processed", key_text, offsetof(struct mailbox_config, processed) },
	{ "needs-you", key_text, offsetof(struct mailbox_config, needs_you) },
	{ "retry", key_text, offsetof(struct mailbox_config, retry) },
	{ "adopt", key_day, offsetof(struct mailbox_config, adopt) },
	{ "own-copy", key_yes_no, offsetof(struct mailbox_config, own_copy) },
	{ "settle", key_settle, offsetof(struct mailbox_config, settle_leave) },
	{ "trust", key_trust, offsetof(struct mailbox_config, trust) },
	{ "mode", key_mode, offsetof(struct mailbox_config, mode) },
	{ "canary", key_seconds_or_off, offsetof(struct mailbox_config, canary_s) },
	{ "canary-limit", key_seconds, offsetof(struct mailbox_config, canary_limit_s) },
	{ "canary-folder", key_text, offsetof(struct mailbox_config, canary_folder) },
	{ "silence", key_seconds, offsetof(struct mailbox_config, silence_s) },
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

static const struct key retention_keys[] = {
	{ "raw-mail", key_months, offsetof(struct retention, raw_mail) },
	{ "case", key_months, offsetof(struct retention, cases) },
	{ "journal", key_months, offsetof(struct retention, journal) },
	{ "unmatched", key_months, offsetof(struct retention, unmatched) },
	{ "quarantine", key_months, offsetof(struct retention, quarantine) },
	{ NULL, NULL, 0 }
};

static const struct key storm_keys[] = {
	{ "least", key_count, offsetof(struct storm, least) },
	{ "times", key_count, offsetof(struct storm, times) },
	{ "person-hour", key_count, offsetof(struct storm, person_hour) },
	{ "case-day", key_count, offsetof(struct storm, case_day) },
	{ NULL, NULL, 0 }
};

static const struct mailbox_config mailbox_default = {
	.imap = { .timeout_s = 30 }, .folder = "INBOX", .processed = "Processed", .needs_you = "Needs you", .retry = "Retry",
	.trust = "none", .poll_s = 120, .idle_s = 480, .canary_s = 3600, .canary_limit_s = 600, .canary_folder = "Canary"
};
static const struct config config_default = {
	.smtp = { .tls = TLS_STARTTLS, .timeout_s = 30 }, .per_minute = 20, .give_up_days = 2, .ask_after_s = 3600, .max_mail_mb = 100,
	.log_level = "info", .daily = true, .daily_at = -1, .join = true, .board = { .every_s = 600 },
	.retention = { .raw_mail = 3, .cases = 12, .journal = 72, .unmatched = 3, .quarantine = 3 },
	.storm = { .least = 100, .times = 4, .person_hour = 30, .case_day = 40 },
	.directory_file = "directory.csv", .involvement_file = "involvement.csv", .low_space_mb = 1024,
	.alarm = { .smtp = { .tls = TLS_STARTTLS, .timeout_s = 30 }, .patience_s = 20, .silence_s = 180 }
};

/* ---- Checks that need a whole group */

static bool
is_loopback(const char *host)
{
	return str_same(host, "localhost") || str_starts(host, "127.") || strcmp(host, "::1") == 0;
}

/* what: "mailboxes.advice.imap". */
void
server_check(struct reader *reader, const struct node *node, const char *what, struct server *server, bool signs_in)
{
	struct problems *problems = reader->problems;

	if (server->host == NULL && tree_child(node, "host") == NULL)
		problem_add(problems, node->where, "host = \"mail.council.example\"", "%s has no host", what);
	if (tree_child(node, "sign-in") != NULL)
		;	/* the user may be left out, and no password is wanted */
	else if (signs_in && server->user == NULL && tree_child(node, "user") == NULL)
		problem_add(problems, node->where, "user = \"advice@council.example\"",
		    "%s has no user to sign in as", what);
	else if (server->user != NULL && server->password_file == NULL && tree_child(node, "password-file") == NULL)
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
	if (imap != NULL && mailbox->maildir != NULL)
		problem_add(reader->problems, tree_child(node, "maildir")->where, "remove one of the two",
		    "the mailbox \"%s\" has an IMAP server and a maildir; it lies in one of them", mailbox->name);
	if (imap == NULL && mailbox->maildir == NULL)
		problem_add(reader->problems, node->where, "imap : { host = \"...\"; user = \"...\"; password-file = \"...\" }",
		    "the mailbox \"%s\" has no IMAP server", mailbox->name);
	else if (imap != NULL && imap->type == NODE_GROUP) {
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
	retry_check(reader, node, mailbox);
}

#define SILENCE_S	900

/* What follows from the others where it was not said. */
static void
mailbox_settle(const struct node *node, struct mailbox_config *mailbox)
{
	if (tree_child(node, "own-copy") == NULL)
		mailbox->own_copy = !mailbox->settle_leave;
	if (mailbox->settle_leave || strcmp(mailbox->retry, "none") == 0)
		mailbox->retry = NULL;
	/* Nobody would put the test mails away. */
	if (tree_child(node, "canary") == NULL && mailbox->settle_leave)
		mailbox->canary_s = 0;
	if (mailbox->silence_s == 0)
		mailbox->silence_s = 3 * mailbox->poll_s > SILENCE_S ? 3 * mailbox->poll_s : SILENCE_S;
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
		mailbox_settle(node->items[i], mailbox);
		mailbox_check(reader, node->items[i], mailbox);
	}
}

static const struct key smtp_keys[] = {
	{ "host", key_smtp_server, 0 }, { "port", key_smtp_server, 0 }, { "tls", key_smtp_server, 0 },
	{ "ca-file", key_smtp_server, 0 }, { "user", key_smtp_server, 0 }, { "password-file", key_smtp_server, 0 },
	{ "sign-in", key_smtp_server, 0 }, { "timeout", key_smtp_server, 0 },
	{ "from", key_address, offsetof(struct config, smtp_from) },
	{ "per-minute", key_per_minute, offsetof(struct config, per_minute) },
	{ "give-up", key_days, offsetof(struct config, give_up_days) },
	{ "ask-after", key_seconds, offsetof(struct config, ask_after_s) },
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

/* Microsoft Graph in the place of an SMTP server. */
static const struct key graph_keys[] = {
	{ "sign-in", key_smtp_server, 0 }, { "host", key_smtp_server, 0 }, { "port", key_smtp_server, 0 },
	{ "ca-file", key_smtp_server, 0 }, { "timeout", key_smtp_server, 0 },
	{ "from", key_address, offsetof(struct config, smtp_from) },
	{ "per-minute", key_per_minute, offsetof(struct config, per_minute) },
	{ "give-up", key_days, offsetof(struct config, give_up_days) },
	{ NULL, NULL, 0 }
};

static void
key_graph(struct reader *reader, const struct node *node, void *at)
{
	struct config *config = at;

	if (!read_is_group(reader, node, "a group { sign-in = \"office\" }"))
		return;
	config->graph = true;
	config->smtp.tls = TLS_IMPLICIT;
	read_group(reader, node, "the sending through Microsoft Graph", graph_keys, config);
	if (tree_child(node, "sign-in") == NULL)
		problem_add(reader->problems, node->where, "sign-in = \"office\"", "graph has no sign-in: Microsoft Graph lets "
		    "nobody in with a password");
	if (config->smtp.host == NULL)
		config->smtp.host = "graph.microsoft.com";
	if (config->smtp.port == 0)
		config->smtp.port = 443;
}

static void
key_storm(struct reader *reader, const struct node *node, void *at)
{
	if (read_is_group(reader, node, "a group { least = 100; times = 4 }"))
		read_group(reader, node, "the storm limits", storm_keys, at);
}

static void
key_limits(struct reader *reader, const struct node *node, void *at)
{
	if (read_is_group(reader, node, "a group { mail = \"100 MB\" }"))
		read_group(reader, node, "the limits", limit_keys, at);
}

/* What is of no use without the other goes no later than that. */
static void
key_retention(struct reader *reader, const struct node *node, void *at)
{
	struct retention *retention = &((struct config *)at)->retention;

	if (!read_is_group(reader, node, "a group { raw-mail = \"3 months\"; case = \"12 months\" }"))
		return;
	read_group(reader, node, "the retention", retention_keys, retention);
	if (retention->raw_mail > retention->cases)
		problem_add(reader->problems, node->where, NULL, "retention: a case's mails (raw-mail, %d months) cannot be kept longer "
		    "than the case itself (case, %d months)", retention->raw_mail, retention->cases);
	if (retention->cases > retention->journal)
		problem_add(reader->problems, node->where, NULL, "retention: a case (case, %d months) cannot be kept longer than the "
		    "journal that says what was done in it (journal, %d months)", retention->cases, retention->journal);
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
	{ "graph", key_graph, 0 },
	{ "sign-in", key_sign_ins, 0 },
	{ "limits", key_limits, 0 },
	{ "retention", key_retention, 0 },
	{ "storm", key_storm, offsetof(struct config, storm) },
	{ "daily", key_daily, 0 },
	{ "join-escalations", key_yes_no, offsetof(struct config, join) },
	{ "backups", key_text, offsetof(struct config, backups) },
	{ "metrics", key_text, offsetof(struct config, metrics) },
	{ "heartbeat", key_text, offsetof(struct config, heartbeat) },
	{ "low-space", key_megabytes, offsetof(struct config, low_space_mb) },
	{ "alarm", key_alarm, 0 },
	{ "board", key_board, 0 },
	{ "lists", key_lists, 0 },
	{ NULL, NULL, 0 }
};

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
		mailbox.sent = mailbox.adopt = mailbox.retry = NULL;
		mailbox.canary_s = 0;
		mailbox.settle_leave = true;
		*arena_push(arena, config->mailboxes, config->mailbox_count) = mailbox;
	}
}

/* The names of sign-ins mean something once the whole file has been read. */
static void
sign_ins_settle(struct reader *reader, const struct node *tree, struct config *config)
{
	const struct node *mailboxes = tree_child(tree, "mailboxes"), *sending = tree_child(tree, config->graph ? "graph" : "smtp");

	sign_in_find(reader, config, &config->smtp, sending, "the sending server");
	if (config->smtp.sign_in != NULL && !config->graph && config->smtp.user == NULL) {
		config->smtp.user = config->smtp_from;
		if (config->smtp.user == NULL && config->mailbox_count == 1)
			config->smtp.user = config->mailboxes[0].address;
		if (config->smtp.user == NULL)
			problem_add(reader->problems, sending->where, "user = \"advice@council.example\"",
			    "the sending server does not say in which mailbox's name we sign in");
	}
	if (config->graph && config->smtp.sign_in != NULL && config->smtp.sign_in->kind == SIGN_IN_GOOGLE)
		problem_add(reader->problems, tree_child(sending, "sign-in")->where, NULL,
		    "graph is Microsoft's: a sign-in of Google's is of no use there");
	for (size_t i = 0; i < config->mailbox_count; i++) {
		struct mailbox_config *mailbox = &config->mailboxes[i];
		const struct node *node = tree_child(mailboxes, mailbox->name);

		sign_in_find(reader, config, &mailbox->imap, node == NULL ? NULL : tree_child(node, "imap"),
		    arena_printf(reader->arena, "the IMAP server of \"%s\"", mailbox->name));
		if (mailbox->imap.sign_in != NULL && mailbox->imap.user == NULL)
			mailbox->imap.user = mailbox->address;
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
		problem_add(problems, mailboxes == NULL ? tree->where : mailboxes->where,
		    "mailboxes : { advice : { address = \"...\"; imap : { ... } } }",
		    "no mailbox is named that could be watched");
	if (tree_child(tree, "smtp") != NULL && tree_child(tree, "graph") != NULL)
		problem_add(problems, tree_child(tree, "graph")->where, "remove one of them", "mails go out through one server: "
		    "either smtp or graph");
	if (tree_child(tree, "alarm") != NULL && config->alarm.smtp.host != NULL && config->smtp.host != NULL &&
	    str_same(config->alarm.smtp.host, config->smtp.host) && config->alarm.smtp.port == config->smtp.port)
		problem_add(problems, tree_child(tree, "alarm")->where, "name another server, or a command", "the alarm would go through the "
		    "sending server itself: when that is what has failed, nobody would hear of it");
	if (tree_child(tree, "smtp") == NULL && tree_child(tree, "graph") == NULL)
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
	sign_ins_settle(&reader, tree, config);
	config_paths(&reader, tree, path, config);
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
		problem_add(problems, (struct where){ NULL, 0 }, access(path, R_OK) == -1 && errno == EACCES ?
		    "its owner and its group may read it: sudo -u adviced ..." : "name the configuration with  -c FILE",
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
