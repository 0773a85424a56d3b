/*
 * advicectl describe: who is who.
 * Invariant: every role and service has a line.
 * Fails: never.
 */
#include <string.h>

#include "ctl/describe.h"

static char *
services_text(struct description *d, const struct role *role)
{
	return words_quoted_list(&d->words, &role->services, "or");
}

/* Where its people come from, behind "is". */
static char *
source_text(struct description *d, const struct role *role)
{
	struct arena *arena = d->words.arena;
	const char *text = "nobody";

	switch (role->source) {
	case ROLE_ADDRESS:
		text = arena_printf(arena, "the address %s", role->address);
		break;
	case ROLE_MAILBOX:
		text = arena_printf(arena, "the mailbox “%s”", role->address);
		break;
	case ROLE_POST:
		text = arena_printf(arena, "whoever holds the post “%s” on the day", role->post);
		break;
	case ROLE_ON_CASE:
		text = arena_printf(arena, "whom the case names as such%s%s%s", role->services.n == 0 ? "" :
		    ", to whom the child is open in ", services_text(d, role), role->post == NULL ? "" :
		    arena_printf(arena, "; while nobody is named, whoever holds the post “%s”", role->post));
		break;
	case ROLE_ON_STRAND:
		text = "the person named on this line of work";
		break;
	case ROLE_INVOLVED:
		text = arena_printf(arena, "whoever the list of involvement names for %s", services_text(d, role));
		break;
	case ROLE_IS:
		text = words_recipients(&d->words, &role->is, "and");
		break;
	case ROLE_CHOOSE:
		text = "the first of these that fits, or else nobody";
		break;
	}
	if (role->team_of != NULL)
		text = arena_printf(arena, "%s, in the team of %s", text, words_role(&d->words, role->team_of));
	return arena_strdup(arena, text);
}

static char *
limits_text(struct description *d, const struct role *role)
{
	struct arena *arena = d->words.arena;
	const char *text = "";

	if (role->otherwise.n > 0)
		text = arena_printf(arena, "; failing that, %s", words_recipients(&d->words, &role->otherwise, "and"));
	if (role->except.n > 0)
		text = arena_printf(arena, "%s; never %s", text, words_role_texts(&d->words, &role->except, "or"));
	return arena_strdup(arena, text);
}

/* "contributors"; neither "business" nor "NHS". */
static bool
is_plural(const char *name)
{
	size_t len = strlen(name);

	return len > 1 && name[len - 1] == 's' && name[len - 2] != 's';
}

static void
one_role(struct description *d, const struct role *role)
{
	const char *when = role->when.n == 0 ? "" :
	    arena_printf(d->words.arena, ", if %s", words_conditions(&d->words, &role->when));
	bool several = is_plural(words_plain(&d->words, role->name)) || (role->source == ROLE_IS && role->is.n > 1);

	describe_add(d, 0, role->name, role->where, &role->meets, "%s %s %s%s%s", words_role(&d->words, role->name),
	    several ? "are" : "is", source_text(d, role), when, limits_text(d, role));
	for (size_t i = 0; i < role->choice_count; i++) {
		const struct role *choice = &role->choices[i];

		describe_add(d, 1, role->name, choice->where, &choice->meets, "%s%s: %s%s", choice->when.n == 0 ? "otherwise" : "if ",
		    words_conditions(&d->words, &choice->when), source_text(d, choice), limits_text(d, choice));
	}
}

void
describe_people(struct description *d)
{
	const struct pack *pack = d->words.pack;

	describe_section(d, "Who is who");
	for (size_t i = 0; i < pack->role_count; i++)
		one_role(d, &pack->roles[i]);
	if (pack->service_count > 0)
		describe_section(d, "The services");
	for (size_t i = 0; i < pack->service_count; i++) {
		const struct service *service = &pack->services[i];

		describe_add(d, 0, service->name, service->where, NULL, "%s is the teams %s%s%s", words_quoted(&d->words, service->name),
		    words_texts(d->words.arena, &service->teams, "and"), service->words.n == 0 ? "" : "; a mail means it when it says ",
		    words_texts(d->words.arena, &service->words, "or"));
	}
}
