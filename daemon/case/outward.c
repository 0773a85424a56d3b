/*
 * Whom the daemon may write to, asked when a mail is decided and again when it
 * is about to go; and whose domain only looks like one of ours.  Runs wherever
 * decide() does, and in core before sending; pure.
 * Invariant (promise right-people): an address is allowed by what the pack and
 * the directory say at this moment, never because a stranger's mail bears it.
 * Fails: never.
 */
#include <string.h>

#include "base/lookalike.h"
#include "case/outward.h"
#include "case/people.h"

bool
outward_may_write(struct arena *arena, const struct pack *pack, const struct world *world, const char *address,
    const char **why_r)
{
	struct people_query query = { .pack = pack, .world = world, .keep_absent = true, .sender = address };
	struct people people = { 0 };

	people_of_role(arena, &query, "sender", &people);
	if (why_r != NULL)
		*why_r = people.refused.n > 0 ? people.refused.v[0] : "";
	return people.addresses.n > 0;
}

static const char *
domain_of(const char *address)
{
	const char *at = address == NULL ? NULL : strrchr(address, '@');

	return at == NULL ? "" : at + 1;
}

/* An address that the rules name themselves is meant so. */
static bool
named_by_role(const struct pack *pack, const char *domain)
{
	for (size_t i = 0; i < pack->role_count; i++)
		if (pack->roles[i].source == ROLE_ADDRESS && str_same(domain_of(pack->roles[i].address), domain))
			return true;
	return false;
}

const char *
outward_imitates(const struct pack *pack, const char *address)
{
	const char *domain = domain_of(address);

	if (domain[0] == '\0' || strs_has_nocase(&pack->domains, domain) || named_by_role(pack, domain))
		return NULL;
	for (size_t i = 0; i < pack->domains.n; i++)
		if (domain_looks_like(domain, pack->domains.v[i]))
			return pack->domains.v[i];
	return NULL;
}

struct strs
outward_outsiders(struct arena *arena, const struct pack *pack, const struct message *mail)
{
	const struct mail_addresses *lists[] = { &mail->to, &mail->cc };
	struct strs domains = { NULL, 0 };

	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			const char *domain = domain_of(lists[l]->v[i].address);

			if (domain[0] != '\0' && !people_in_domains(pack, lists[l]->v[i].address) && !named_by_role(pack, domain))
				strs_add_new(arena, &domains, str_lower(arena, domain));
		}
	return domains;
}
