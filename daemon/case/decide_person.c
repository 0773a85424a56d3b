/*
 * Whom somebody means who names a person in a mail: an address, or a name as
 * people write it.
 * Runs wherever decide() does; pure.
 * Invariant (promise right-people): one person of the directory whom the rules
 * may write to, or nobody; a name that several bear is nobody's.
 * Fails: never; what cannot be settled is said in a sentence.
 */
#include <ctype.h>
#include <string.h>

#include "case/turn.h"

#define FOUND_MAX	8
#define NEAR_MAX	3

/* "Sam Smith, Team Manager, North <sam.smith@...>": enough to tell two of one name apart. */
static const char *
described(struct turn *turn, const struct person *person)
{
	const char *posts = strs_join(turn->arena, &person->posts, " and ");

	return arena_printf(turn->arena, "%s%s%s%s%s <%s>", person->name, posts[0] == '\0' ? "" : ", ", posts,
	    person->team[0] == '\0' ? "" : ", ", person->team, person->address);
}

/* ---- An address */

/* The one that stands in the text, with or without < >; NULL: none. */
static const char *
address_in(struct turn *turn, const char *text)
{
	const char *at = strchr(text, '@'), *from, *to;

	if (at == NULL)
		return NULL;
	for (from = at; from > text && strchr(" \t<(:[,;\"'", from[-1]) == NULL; from--)
		;
	to = at + strcspn(at, " \t>)],;\"'");
	while (to > at && to[-1] == '.')
		to--;
	return str_lower(turn->arena, arena_strndup(turn->arena, from, (size_t)(to - from)));
}

static bool
by_address(struct turn *turn, const char *address, const char **address_r, const char **wrong_r)
{
	const struct person *person = directory_find(&turn->directory, address);

	if (person == NULL && !people_in_domains(turn->pack, address))
		*wrong_r = arena_printf(turn->arena, "The address \"%s\" is in no domain that the rules may write to, and not in "
		    "the directory. Please name somebody who is.", str_visible(turn->arena, address, 80));
	else if (person == NULL)
		*wrong_r = arena_printf(turn->arena, "The directory has nobody with the address \"%s\".",
		    str_visible(turn->arena, address, 80));
	else
		*address_r = person->address;
	return person != NULL;
}

/* ---- A name */

/* Without "to" or a title before it and courtesies behind it. */
static const char *
bare_name(struct turn *turn, const char *text)
{
	static const char *const titles[] = { "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir" };
	static const char *const tails[] = { " please", " thanks", " thank you", ", please", ", thanks", ", thank you", "," };
	char *name = str_trim(turn->arena, text);
	size_t i, len;

	name += strspn(name, " \"'.:-");
	if (str_starts(name, "to "))	/* "REASSIGN to Jane Doe"; a family To has a capital */
		name += strlen("to ") + strspn(name + strlen("to "), " ");
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		len = strlen(titles[i]);
		if (str_starts_nocase(name, titles[i]) && (name[len] == ' ' || name[len] == '.'))
			name += len + strspn(name + len, " .");
	}
	do {
		len = strlen(name);
		while (len > 0 && strchr(" \"'.:;!-", name[len - 1]) != NULL)
			name[--len] = '\0';
		for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
			if (str_ends_nocase(name, tails[i])) {
				name[len - strlen(tails[i])] = '\0';
				break;
			}
	} while (i < sizeof(tails) / sizeof(tails[0]));
	return name;
}

/* Do two folded names share a word, or nearly the whole? */
static bool
is_near(struct arena *arena, const char *wanted, const char *name)
{
	const char *const one[] = { name, NULL };
	const char *const words = wanted;

	for (const char *p = words; *p != '\0';) {
		size_t len = strcspn(p, " ");
		const char *found = len < 3 ? NULL : strstr(name, arena_strndup(arena, p, len));

		if (found != NULL && (found == name || found[-1] == ' ') && (found[len] == ' ' || found[len] == '\0'))
			return true;
		p += len;
		p += strspn(p, " ");
	}
	return str_nearest(wanted, one) != NULL;
}

static const char *
nobody_named(struct turn *turn, const char *name)
{
	const char *wanted = str_fold_name(turn->arena, name);
	struct strs near = { NULL, 0 };

	for (size_t i = 0; i < turn->directory.count && near.n < NEAR_MAX; i++) {
		const struct person *person = &turn->directory.people[i];

		if (is_near(turn->arena, wanted, str_fold_name(turn->arena, person->name)))
			strs_add(turn->arena, &near, described(turn, person));
	}
	return arena_printf(turn->arena, "The directory has nobody named \"%s\".%s%s%s Please give the name as it stands there, or "
	    "the e-mail address.", str_visible(turn->arena, name, 80), near.n == 0 ? "" : " Nearest: ",
	    strs_join(turn->arena, &near, "; "), near.n == 0 ? "" : ".");
}

static bool
by_name(struct turn *turn, const char *name, const char **address_r, const char **wrong_r)
{
	const struct person *found[FOUND_MAX];
	size_t count = directory_named(&turn->directory, name, found, FOUND_MAX);
	struct strs names = { NULL, 0 };

	if (count == 1) {
		*address_r = found[0]->address;
		return true;
	}
	for (size_t i = 0; i < count; i++)
		strs_add(turn->arena, &names, described(turn, found[i]));
	*wrong_r = count == 0 ? nobody_named(turn, name) :
	    arena_printf(turn->arena, "Several people are named \"%s\": %s. Please give the e-mail address.",
		str_visible(turn->arena, name, 80), strs_join(turn->arena, &names, "; "));
	return false;
}

bool
person_of_answer(struct turn *turn, const char *text, const char **address_r, const char **wrong_r)
{
	const char *line = str_squeeze(turn->arena, arena_strndup(turn->arena, text, strcspn(text, "\r\n")));
	const char *address = address_in(turn, line), *name = bare_name(turn, line);

	if (address == NULL && name[0] == '\0') {
		*wrong_r = "Please give a name as it stands in the directory, or an e-mail address.";
		return false;
	}
	if (address != NULL ? !by_address(turn, address, address_r, wrong_r) : !by_name(turn, name, address_r, wrong_r))
		return false;
	if (acts_may_write(turn, *address_r))
		return true;
	*wrong_r = "These rules may not write to that person: their address is in no domain that the rules allow. "
	    "Please name somebody else.";
	return false;
}

const char *
person_called(const struct turn *turn, const char *address)
{
	const struct person *person = directory_find(&turn->directory, str_lower(turn->arena, address));

	return person == NULL || person->name[0] == '\0' ? address : person->name;
}

const char *
people_called(const struct turn *turn, const struct strs *addresses)
{
	struct strs names = { NULL, 0 };

	for (size_t i = 0; i < addresses->n; i++)
		strs_add(turn->arena, &names, person_called(turn, addresses->v[i]));
	return strs_join(turn->arena, &names, " and ");
}

/* Of the directory, or who looks after the mailbox: an address of the rules may do that. */
bool
person_is_colleague(const struct turn *turn, const char *address)
{
	return address != NULL && (directory_find(&turn->directory, str_lower(turn->arena, address)) != NULL ||
	    person_is_owner(turn, address));
}

bool
person_is_owner(const struct turn *turn, const char *address)
{
	struct recipient_choice choice = { "owner", false };
	struct recipient owner = { &choice, 1, "owner" };
	struct recipients owners = { &owner, 1, { NULL, 0 } };
	struct people_query query = turn_query(turn, 0, NULL);

	return address != NULL && people_fits(turn->arena, &query, &owners, address);
}
