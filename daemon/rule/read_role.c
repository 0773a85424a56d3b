/*
 * Roles: how a pack names recipients.  Used by the pack reader.
 * Invariant: a role has exactly one source; "post" beside "on-case" is its
 * fallback.
 * Fails: reports to the problems.
 */
#include <string.h>

#include "rule/read_value.h"

static const struct { const char *name; enum role_source source;
} sources[] = { { "address", ROLE_ADDRESS }, { "mailbox", ROLE_MAILBOX },
	{ "on-case", ROLE_ON_CASE }, { "on-strand", ROLE_ON_STRAND }, { "post", ROLE_POST },
	{ "involved", ROLE_INVOLVED }, { "is", ROLE_IS }, { "choose", ROLE_CHOOSE } };

static void	role_choices(struct reader *reader, const struct node *node, void *at);

/* on-case = true: the source follows from the key, so only "false" needs a word. */
static void
role_true(struct reader *reader, const struct node *node, void *at)
{
	bool yes = true;

	(void)at;
	key_bool(reader, node, &yes);
	if (!yes)
		problem_add(reader->problems, node->where, "leave it out",
		    "\"%s\" is false; only true has a meaning", node->name);
}

static const struct key role_keys[] = {
	{ "address", key_text, offsetof(struct role, address) },
	{ "mailbox", key_text, offsetof(struct role, address) },
	{ "post", key_text, offsetof(struct role, post) },
	{ "team-of", key_text, offsetof(struct role, team_of) },
	{ "on-case", role_true, 0 },
	{ "on-strand", role_true, 0 },
	{ "services", key_texts, offsetof(struct role, services) },
	{ "involved", key_texts, offsetof(struct role, services) },
	{ "is", key_recipients, offsetof(struct role, is) },
	{ "choose", role_choices, 0 },
	{ "else", key_recipients, offsetof(struct role, otherwise) },
	{ "except", key_texts, offsetof(struct role, except) },
	{ "when", key_conditions, offsetof(struct role, when) },
	{ "meets", key_meets, offsetof(struct role, meets) },
	{ NULL, NULL, 0 }
};

static void
role_source(struct reader *reader, const struct node *node, struct role *role)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < sizeof sources / sizeof *sources; i++) {
		if (tree_child(node, sources[i].name) == NULL)
			continue;
		if (found == NULL) {
			found = sources[i].name;
			role->source = sources[i].source;
		} else if (!(role->source == ROLE_ON_CASE && sources[i].source == ROLE_POST))
			problem_add(reader->problems, node->where, NULL,
			    "a role comes from \"%s\" or from \"%s\", not both", found,
			    sources[i].name);
	}
	if (found == NULL)
		problem_add(reader->problems, node->where, NULL,
		    "the role does not say where its people come from; "
		    "allowed: address, mailbox, post, on-case, on-strand, involved, is, choose");
	if (role->team_of != NULL && role->post == NULL)
		problem_add(reader->problems, node->where, NULL, "\"team-of\" needs a \"post\"");
}

static void
read_role(struct reader *reader, const struct node *node, struct role *role)
{
	role->where = node->where;
	if (!read_is_group(reader, node, "a role in { }, such as { post = \"Team leader\" }"))
		return;
	read_group(reader, node, "a role", role_keys, role);
	role_source(reader, node, role);
}

static void
role_choices(struct reader *reader, const struct node *node, void *at)
{
	struct role *role = at, *choice;
	size_t i;

	if (node->type != NODE_LIST) {
		read_wrong(reader, node,
		    "a list of rows: ( { when : { ... }; is = \"...\" }, { is = \"...\" } )");
		return;
	}
	for (i = 0; i < node->count; i++) {
		choice = arena_push(reader->arena, role->choices, role->choice_count);
		read_role(reader, node->items[i], choice);
	}
}

void
read_roles(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;
	struct role *role;
	size_t i;

	for (i = 0; i < node->count; i++) {
		role = arena_push(reader->arena, pack->roles, pack->role_count);
		role->name = node->items[i]->name;
		read_role(reader, node->items[i], role);
	}
}
