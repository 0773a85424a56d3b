/*
 * Recipients as packs write them: "worker", "worker's manager", "their
 * manager", "officer else owner".  Parsing only; case/people.c finds the
 * people.  Pure.  Invariant: only roles name recipients, never an address.
 * Fails: ERR_CONFIG, saying what was found and what is allowed.
 */
#include <ctype.h>
#include <string.h>

#include "rule/read.h"

#define FORMS "write a role, \"worker's manager\", \"their manager\" or \"officer else owner\""

static bool
is_role_name(const char *name)
{
	const char *p;

	if (strcmp(name, "anyone in the directory") == 0)
		return true;
	if (*name == '\0')
		return false;
	for (p = name; *p != '\0'; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
			return false;
	return true;
}

/* Cuts "'s manager", with an apostrophe of either shape, off the end of name. */
static bool
cut_manager(char *name)
{
	static const char *const endings[] = { "'s manager", "\xE2\x80\x99s manager" };
	size_t i, len = strlen(name), tail;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		tail = strlen(endings[i]);
		if (len > tail && strcmp(name + len - tail, endings[i]) == 0) {
			name[len - tail] = '\0';
			return true;
		}
	}
	return false;
}

static int
parse_choice(char *name, const char *text, struct recipient_choice *choice, struct err *err)
{
	if (strcmp(name, "their manager") == 0) {
		choice->role = "them";
		choice->manager = true;
		return 0;
	}
	if (strchr(name, '@') != NULL)
		return err_set(err, ERR_CONFIG, "\"%s\" is an address; mail goes to roles alone: define "
		    "one, roles : { name : { address = \"%s\" } }, and name it here", name, name);
	if (strchr(name, ',') != NULL)
		return err_set(err, ERR_CONFIG, "\"%s\" has a comma; several recipients are a list, "
		    "[ \"worker\", \"owner\" ]", text);
	choice->manager = cut_manager(name);
	choice->role = name;
	if (!is_role_name(name))
		return err_set(err, ERR_CONFIG, "\"%s\" is no recipient (names have lower-case letters, "
		    "digits and hyphens); " FORMS, text);
	return 0;
}

int
recipient_parse(struct arena *arena, const char *text, struct recipient *recipient_r, struct err *err)
{
	char *rest = str_squeeze(arena, text), *next;

	memset(recipient_r, 0, sizeof(*recipient_r));
	recipient_r->text = arena_strdup(arena, rest);
	for (; rest != NULL; rest = next) {
		if ((next = strstr(rest, " else ")) != NULL) {
			*next = '\0';
			next += strlen(" else ");
		}
		if (parse_choice(rest, recipient_r->text, arena_push(arena, recipient_r->choices,
		    recipient_r->choice_count), err) == -1)
			return -1;
	}
	return 0;
}
