/*
 * What the configuration and the packs must agree on.  Run by adviced before
 * it starts or reloads, and by advicectl doctor.
 * Fails: every problem goes to the report.
 */
#include "ctl/agree.h"

void
agree_pack(const struct config *config, const struct pack *pack, struct strs *watched, struct problems *problems)
{
	for (size_t i = 0; i < pack->watches.n; i++) {
		const char *mailbox = pack->watches.v[i];

		if (config_mailbox(config, mailbox) == NULL)
			problem_add(problems, pack->where, NULL, "watches: the pack \"%s\" watches the mailbox \"%s\", which "
			    "%s does not name", pack->name, mailbox, config->file);
		else if (strs_has(watched, mailbox))
			problem_add(problems, pack->where, "each mailbox belongs to one pack",
			    "watches: another pack watches the mailbox \"%s\" already", mailbox);
		strs_add(problems->arena, watched, mailbox);
	}
}

void
agree_mailboxes(const struct config *config, const struct strs *watched, struct problems *problems)
{
	for (size_t i = 0; i < config->mailbox_count; i++)
		if (!strs_has(watched, mailbox_watched_as(&config->mailboxes[i])))
			problem_add(problems, config->mailboxes[i].where, "name it in \"watches\" of a pack, or remove it here",
			    "the mailbox \"%s\" is watched by no pack", config->mailboxes[i].name);
}
