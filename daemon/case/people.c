/*
 * From roles to people: what a role says, who stands in for someone absent,
 * and whether the daemon may write to them at all.  Runs wherever decide()
 * does; pure.
 * Invariant (promise right-people): every address that comes out is in a
 * domain of the pack, and is in the directory unless a role names it as an
 * address or a mailbox.
 * Fails: never; a name that gives nobody gives an empty list.
 */
#include <string.h>

#include "case/conditions.h"
#include "case/outward.h"
#include "case/people_find.h"

#define HOLDERS_MAX 64	/* of one post: nobody asks more people than that */

static void	find_role(struct arena *, const struct people_query *, const char *, struct people *);
static void	find_pack_role(struct arena *, const struct people_query *, const struct role *,
		    struct people *);

/* ---- What an address is */

static void
join(struct arena *arena, struct strs *to, const struct strs *from)
{
	for (size_t i = 0; i < from->n; i++)
		strs_add_new(arena, to, from->v[i]);
}

static const char *
mailbox_address(const struct people_query *query, const struct role *role)
{
	if (strchr(role->address, '@') != NULL)
		return role->address;
	return query->world == NULL ? NULL : query->world->mailbox;
}

/* An address that the pack itself names needs no line in the directory. */
static bool
named_by_pack(const struct people_query *query, const char *address)
{
	for (size_t i = 0; i < query->pack->role_count; i++) {
		const struct role *role = &query->pack->roles[i];
		const char *named = NULL;

		if (role->source == ROLE_ADDRESS)
			named = role->address;
		else if (role->source == ROLE_MAILBOX && role->address != NULL)
			named = mailbox_address(query, role);
		if (named != NULL && str_same(named, address))
			return true;
	}
	return query->world != NULL && query->world->mailbox != NULL &&
	    str_same(query->world->mailbox, address);
}

static bool
may_write_to(struct arena *arena, const struct people_query *query, const char *address,
    struct people *people)
{
	if (!people_in_domains(query->pack, address)) {
		const char *genuine = outward_imitates(query->pack, address);

		strs_add_new(arena, &people->refused, genuine == NULL ?
		    arena_printf(arena, "%s is not in a domain that the rules allow", address) :
		    arena_printf(arena, "%s only looks like an address at %s", address, genuine));
		return false;
	}
	if (people_person(query, address) == NULL && !named_by_pack(query, address)) {
		strs_add_new(arena, &people->refused, arena_printf(arena,
		    "%s is not in the directory", address));
		return false;
	}
	return true;
}

/* ---- Who is there */

/* Only people are absent: a mailbox of several that answers by itself is still read. */
static void
add_present(struct arena *arena, const struct people_query *query, const char *address,
    struct people *people)
{
	const struct person *person = people_person(query, address), *other;
	const char *why = NULL;

	if (person != NULL && !query->keep_absent)
		why = people_absence(arena, query, person);
	if (why == NULL) {
		if (may_write_to(arena, query, address, people))
			strs_add_new(arena, &people->addresses, address);
		return;
	}
	other = people_stand_in(arena, query, person);
	if (other == NULL) {
		strs_add_new(arena, &people->refused,
		    arena_printf(arena, "%s, and nobody stands in", why));
		return;
	}
	strs_add_new(arena, &people->notes,
	    arena_printf(arena, "%s: %s instead", why, other->address));
	if (may_write_to(arena, query, other->address, people))
		strs_add_new(arena, &people->addresses, other->address);
}

static void
settle(struct arena *arena, const struct people_query *query, struct people *found,
    struct people *people)
{
	for (size_t i = 0; i < found->addresses.n; i++)
		add_present(arena, query, found->addresses.v[i], people);
	join(arena, &people->notes, &found->notes);
	join(arena, &people->refused, &found->refused);
}

/* ---- What roles say; addresses as found, not yet weighed */

static struct cond_query
cond_of(const struct people_query *query)
{
	return (struct cond_query){
		.pack = query->pack, .world = query->world, .state = query->state,
		.strand = query->strand, .now = instant_at(query->on, 12 * 60),
		.them = query->them, .them_addresses = query->them_addresses,
		.depth = query->depth + 1,
	};
}

static struct people_query
deeper(const struct people_query *query)
{
	struct people_query next = *query;

	next.depth++;
	next.keep_absent = true;
	return next;
}

static void
find_managers(struct arena *arena, const struct people_query *query, const struct strs *of,
    struct people *found)
{
	for (size_t i = 0; i < of->n; i++) {
		const struct person *person = people_person(query, of->v[i]);

		if (person != NULL && person->manager[0] != '\0')
			strs_add_new(arena, &found->addresses, person->manager);
	}
}

void
people_find(struct arena *arena, const struct people_query *query,
    const struct recipient_choice *choice, struct people *found)
{
	struct people base = { 0 };

	if (!choice->manager) {
		find_role(arena, query, choice->role, found);
		return;
	}
	find_role(arena, query, choice->role, &base);
	find_managers(arena, query, &base.addresses, found);
}

static void
find_all(struct arena *arena, const struct people_query *query, const struct recipients *all,
    struct people *found)
{
	for (size_t i = 0; i < all->n; i++) {
		struct people people = { 0 };

		people_of(arena, query, &all->v[i], &people);
		join(arena, &found->addresses, &people.addresses);
		join(arena, &found->notes, &people.notes);
		join(arena, &found->refused, &people.refused);
	}
}

/* A fact may name several, separated by commas or spaces. */
static void
find_named(struct arena *arena, const char *value, struct people *found)
{
	while (value != NULL && *value != '\0') {
		size_t len = strcspn(value, ",; \n");

		if (len > 0)
			strs_add_new(arena, &found->addresses, arena_strndup(arena, value, len));
		value += len;
		value += strspn(value, ",; \n");
	}
}

static void
find_in_strands(struct arena *arena, const struct case_state *state, const char *name, bool final,
    struct people *found)
{
	for (size_t i = 0; i < state->strand_count; i++)
		if (state->strands[i].final == final)
			find_named(arena, case_fact_value(state, state->strands[i].no, name), found);
}

/* Who is named on the case; several services may each have one, seen from outside their strands. */
static void
find_on_case(struct arena *arena, const struct people_query *query, const struct role *role,
    struct people *found)
{
	if (query->state == NULL)
		return;
	find_named(arena, case_fact_value(query->state, query->strand, role->name), found);
	if (found->addresses.n == 0 && (role->source == ROLE_ON_CASE || query->strand == 0))
		find_in_strands(arena, query->state, role->name, false, found);
	if (found->addresses.n == 0 && role->source == ROLE_ON_CASE)
		find_in_strands(arena, query->state, role->name, true, found);
}

static void
find_holders(struct arena *arena, const struct people_query *query, const char *post,
    const char *team, struct people *found)
{
	const struct directory *directory = query->world == NULL ? NULL : query->world->directory;
	const struct person *holders[HOLDERS_MAX];
	struct strs away = { 0 };
	size_t count;

	if (directory == NULL || directory->count == 0)
		return;
	count = directory_holders(directory, post, team, query->on, holders, HOLDERS_MAX);
	for (size_t i = 0; i < count; i++) {
		bool there = people_absence(arena, query, holders[i]) == NULL &&
		    people_in_domains(query->pack, holders[i]->address);

		strs_add_new(arena, there ? &found->addresses : &away, holders[i]->address);
	}
	/* Where one holder is there, the others' cover need not be troubled; where none is, each one's is looked for. */
	if (found->addresses.n == 0 || query->keep_absent)
		join(arena, &found->addresses, &away);
}

static void
find_post(struct arena *arena, const struct people_query *query, const struct role *role,
    struct people *found)
{
	struct people_query next = deeper(query);
	struct people base = { 0 };

	if (role->team_of == NULL) {
		find_holders(arena, query, role->post, NULL, found);
		return;
	}
	find_role(arena, &next, role->team_of, &base);
	for (size_t i = 0; i < base.addresses.n; i++) {
		const struct person *person = people_person(query, base.addresses.v[i]);

		if (person != NULL && person->team[0] != '\0')
			find_holders(arena, query, role->post, person->team, found);
	}
}

static const char *
strand_service(const struct people_query *query)
{
	const struct case_strand *strand = query->state == NULL ? NULL : case_strand(query->state, query->strand);

	return strand == NULL ? "" : strand->service;
}

/* In a strand of one service, that service's worker only. */
static void
find_involved(struct arena *arena, const struct people_query *query, const struct role *role,
    struct people *found)
{
	const char *own = strand_service(query);
	bool narrowed = own[0] != '\0' && strs_has_nocase(&role->services, own);

	for (size_t i = 0; query->world != NULL && i < query->world->involved_count; i++) {
		const struct involvement *row = &query->world->involved[i];

		if (!row->open || row->worker[0] == '\0')
			continue;
		if (narrowed ? !str_same(row->service, own) :
		    !strs_has_nocase(&role->services, row->service))
			continue;
		strs_add_new(arena, &found->addresses, row->worker);
	}
}

static void
find_choose(struct arena *arena, const struct people_query *query, const struct role *role,
    struct people *found)
{
	struct cond_query cond = cond_of(query);

	for (size_t i = 0; i < role->choice_count; i++) {
		const struct role *choice = &role->choices[i];

		if (!conditions_hold(arena, &cond, &choice->when))
			continue;
		if (query->world != NULL)
			reached_add(query->world->reached, choice->where, NULL);
		if (choice->source != ROLE_ON_CASE && choice->source != ROLE_ON_STRAND)
			find_pack_role(arena, query, choice, found);
		return;
	}
}

static void
find_by_source(struct arena *arena, const struct people_query *query, const struct role *role,
    struct people *found)
{
	const char *address;

	switch (role->source) {
	case ROLE_ADDRESS:
		strs_add_new(arena, &found->addresses, role->address);
		break;
	case ROLE_MAILBOX:
		if ((address = mailbox_address(query, role)) != NULL)
			strs_add_new(arena, &found->addresses, address);
		break;
	case ROLE_POST:
		find_post(arena, query, role, found);
		break;
	case ROLE_ON_CASE:
		find_on_case(arena, query, role, found);
		if (found->addresses.n == 0 && role->post != NULL)
			find_post(arena, query, role, found);
		break;
	case ROLE_ON_STRAND:
		find_on_case(arena, query, role, found);
		break;
	case ROLE_INVOLVED:
		find_involved(arena, query, role, found);
		break;
	case ROLE_IS:
		find_all(arena, query, &role->is, found);
		break;
	case ROLE_CHOOSE:
		find_choose(arena, query, role, found);
		break;
	}
}

static void
find_pack_role(struct arena *arena, const struct people_query *query, const struct role *role,
    struct people *found)
{
	struct people_query next = deeper(query);
	struct cond_query cond = cond_of(query);
	struct people here = { 0 }, except = { 0 };

	next.keep_absent = query->keep_absent;
	if (!conditions_hold(arena, &cond, &role->when))
		return;
	find_by_source(arena, &next, role, &here);
	if (here.addresses.n == 0 && role->otherwise.n > 0)
		find_all(arena, &next, &role->otherwise, &here);
	for (size_t i = 0; i < role->except.n; i++)
		find_role(arena, &next, role->except.v[i], &except);
	join(arena, &found->notes, &here.notes);
	join(arena, &found->refused, &here.refused);
	for (size_t i = 0; i < here.addresses.n; i++)
		if (!strs_has_nocase(&except.addresses, here.addresses.v[i]))
			strs_add_new(arena, &found->addresses, here.addresses.v[i]);
	if (here.addresses.n > 0 && query->world != NULL)
		reached_add(query->world->reached, role->where, NULL);
}

static void
find_them(struct arena *arena, const struct people_query *query, struct people *found)
{
	struct people_query next = deeper(query);

	if (query->them_addresses != NULL) {
		for (size_t i = 0; i < query->them_addresses->n; i++)
			strs_add_new(arena, &found->addresses, query->them_addresses->v[i]);
		return;
	}
	if (query->them == NULL)
		return;
	next.them = NULL;	/* "them" cannot mean itself */
	next.pass_over = (struct strs){ NULL, 0 };	/* nor are they passed over on the way to themselves */
	next.keep_absent = query->keep_absent;
	for (size_t i = 0; i < query->them->n; i++) {
		const struct recipient *recipient = &query->them->v[i];
		size_t before = found->addresses.n;

		for (size_t j = 0; j < recipient->choice_count && found->addresses.n == before; j++)
			people_find(arena, &next, &recipient->choices[j], found);
	}
}

/* Whoever stands in for the person a notice or question is about, present or not. */
static void
find_instead(struct arena *arena, const struct people_query *query, struct people *found)
{
	struct people about = { 0 };

	if (query->them_addresses == NULL && query->sender != NULL)
		strs_add(arena, &about.addresses, query->sender);
	else
		find_them(arena, query, &about);
	for (size_t i = 0; i < about.addresses.n; i++) {
		const struct person *person = people_person(query, about.addresses.v[i]);
		const struct person *other = person == NULL ? NULL : people_stand_in(arena, query, person);

		if (other != NULL)
			strs_add_new(arena, &found->addresses, other->address);
	}
}

static void
find_role(struct arena *arena, const struct people_query *query, const char *name, struct people *found)
{
	const struct role *role;
	struct people_query next = *query;

	if (name == NULL || ++next.depth > PEOPLE_DEPTH_MAX)
		return;
	if (strcmp(name, "them") == 0 || strcmp(name, "they") == 0)
		find_them(arena, &next, found);
	else if (strcmp(name, "sender") == 0) {
		if (query->sender != NULL)
			strs_add_new(arena, &found->addresses, query->sender);
	} else if (strcmp(name, "instead") == 0)
		find_instead(arena, &next, found);
	else if ((role = pack_role(query->pack, name)) != NULL)
		find_pack_role(arena, &next, role, found);
	else if (strcmp(name, "owner") == 0)
		find_role(arena, &next, query->pack->owner, found);
}

/* ---- Public */

void
people_of_role(struct arena *arena, const struct people_query *query, const char *role,
    struct people *people_r)
{
	struct people found = { 0 };

	*people_r = (struct people){ 0 };
	find_role(arena, query, role, &found);
	settle(arena, query, &found, people_r);
}

static void
pass_over(struct arena *arena, const struct strs *over, struct strs *addresses)
{
	struct strs left = { 0 };

	for (size_t i = 0; i < addresses->n; i++)
		if (!strs_has_nocase(over, addresses->v[i]))
			strs_add(arena, &left, addresses->v[i]);
	*addresses = left;
}

void
people_of(struct arena *arena, const struct people_query *query, const struct recipient *recipient,
    struct people *people_r)
{
	*people_r = (struct people){ 0 };
	if (query->depth > PEOPLE_DEPTH_MAX)
		return;
	for (size_t i = 0; i < recipient->choice_count && people_r->addresses.n == 0; i++) {
		const struct recipient_choice *choice = &recipient->choices[i];
		struct people_query named = *query;
		struct people people = { 0 };
		struct people found = { 0 };

		/* A manager is the absent person's own, not their cover's. */
		if (choice->manager)
			named.keep_absent = true;
		people_find(arena, &named, choice, &found);
		settle(arena, query, &found, &people);
		if (recipient->choice_count > 1)
			pass_over(arena, &query->pass_over, &people.addresses);
		people_r->addresses = people.addresses;
		join(arena, &people_r->notes, &people.notes);
		join(arena, &people_r->refused, &people.refused);
	}
}

void
people_of_all(struct arena *arena, const struct people_query *query,
    const struct recipients *recipients, struct people *people_r, const char **names_nobody_r)
{
	const char *nobody = NULL;

	*people_r = (struct people){ 0 };
	for (size_t i = 0; i < recipients->n; i++) {
		struct people people;

		people_of(arena, query, &recipients->v[i], &people);
		if (people.addresses.n == 0 && nobody == NULL)
			nobody = recipients->v[i].text;
		join(arena, &people_r->addresses, &people.addresses);
		join(arena, &people_r->notes, &people.notes);
		join(arena, &people_r->refused, &people.refused);
	}
	if (names_nobody_r != NULL)
		*names_nobody_r = nobody;
}
