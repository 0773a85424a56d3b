/*
 * What adviced.cfg says of the mails that people read and of the folder Retry:
 * when the owner's digest goes, and where a mail is put to be decided again.
 * Fails: every problem goes to the report, with file and line.
 */
#include <string.h>

#include "conf/config_value.h"

void
key_daily(struct reader *reader, const struct node *node, void *at)
{
	struct config *config = at;

	config->daily = node->type != NODE_TEXT || strcmp(node->text, "never") != 0;
	if (config->daily)
		key_time(reader, node, &config->daily_at);
}

/* What is put there is moved on: it must not lie where it is moved to. */
void
retry_check(struct reader *reader, const struct node *node, const struct mailbox_config *mailbox)
{
	const char *const others[] = { mailbox->folder, mailbox->processed, mailbox->needs_you, mailbox->canary_folder, mailbox->sent };
	const struct node *retry = tree_child(node, "retry");

	if (retry == NULL || retry->type != NODE_TEXT || strcmp(retry->text, "none") == 0)
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i] != NULL && strcmp(retry->text, others[i]) == 0)
			problem_add(reader->problems, retry->where, "retry = \"Retry\"", "the mailbox \"%s\" has the same folder \"%s\" for "
			    "mail that is to be decided again and for something else", mailbox->name, others[i]);
	if (mailbox->settle_leave)
		problem_add(reader->problems, retry->where, "remove this line", "with settle = \"leave\" no mail is moved, so none could be "
		    "taken out of the folder \"%s\" again", retry->text);
}
