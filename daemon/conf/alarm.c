/*
 * The group "alarm" of adviced.cfg: whom to tell, by which way, when the
 * daemon itself is what has failed.
 * Invariant: what is returned without a problem names at least one way.
 * Fails: every problem goes to the report, with file and line.
 */
#include <stddef.h>
#include <string.h>

#include "conf/config_value.h"

static const struct key alarm_keys[] = {
	{ "to", key_texts, offsetof(struct alarm_config, to) },
	{ "from", key_address, offsetof(struct alarm_config, from) },
	{ "smtp", key_server, offsetof(struct alarm_config, smtp) },
	{ "command", key_text, offsetof(struct alarm_config, command) },
	{ "memory", key_text, offsetof(struct alarm_config, memory) },
	{ "patience", key_seconds, offsetof(struct alarm_config, patience_s) },
	{ "silence", key_seconds, offsetof(struct alarm_config, silence_s) },
	{ NULL, NULL, 0 }
};

static void
alarm_smtp_check(struct reader *reader, const struct node *node, struct alarm_config *alarm)
{
	const struct node *smtp = tree_child(node, "smtp");

	if (smtp == NULL || smtp->type != NODE_GROUP)
		return;
	server_check(reader, smtp, "the alarm's mail server", &alarm->smtp, false);
	if (tree_child(smtp, "sign-in") != NULL)
		problem_add(reader->problems, tree_child(smtp, "sign-in")->where, "user = ...; password-file = ...",
		    "the alarm's mail server cannot be signed in to with a token: a token that has ended is one of the things to be told");
	if (alarm->smtp.port == 0)
		alarm->smtp.port = alarm->smtp.tls == TLS_IMPLICIT ? 465 : alarm->smtp.tls == TLS_STARTTLS ? 587 : 25;
	if (tree_child(node, "to") == NULL)
		problem_add(reader->problems, node->where, "to = [ \"it-support@council.example\" ]",
		    "the alarm does not say who gets its mails");
}

void
key_alarm(struct reader *reader, const struct node *node, void *at)
{
	struct alarm_config *alarm = &((struct config *)at)->alarm;

	if (!read_is_group(reader, node, "a group { to = [ \"it-support@council.example\" ]; smtp : { host = ... } }"))
		return;
	read_group(reader, node, "the alarm", alarm_keys, alarm);
	alarm_smtp_check(reader, node, alarm);
	for (size_t i = 0; i < alarm->to.n; i++)
		if (strchr(alarm->to.v[i], '@') == NULL || strpbrk(alarm->to.v[i], " <>,\"\r\n") != NULL)
			problem_add(reader->problems, tree_child(node, "to")->where, "to = [ \"it-support@council.example\" ]",
			    "\"%.60s\" is no mail address", alarm->to.v[i]);
	if (tree_child(node, "smtp") == NULL && alarm->command == NULL)
		problem_add(reader->problems, node->where, "smtp : { host = ... }  or  command = \"/usr/local/bin/alarm\"",
		    "the alarm has neither a mail server nor a command");
}
