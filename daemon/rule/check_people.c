/*
 * Proof: every fixed address lies in the pack's domains; and, given a
 * directory, every role in use finds people who may be written to, with
 * somebody to stand in for them.
 * Invariant: without a directory only what the pack itself says is proven.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>
#include <strings.h>

#include "rule/check.h"

static bool
in_domains(const struct pack *pack, const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && strs_has_nocase(&pack->domains, at + 1);
}

/* ---- A domain that is misspelt: every address in it would be blamed */

struct slip { const char *domain, *meant; struct places places; };
struct slips { struct slip *v; size_t n; };

static const struct slip *
slip_of(const struct slips *slips, const char *domain)
{
	size_t i;

	for (i = 0; i < slips->n; i++)
		if (slips->v[i].places.n > 0 && strcasecmp(slips->v[i].domain, domain) == 0)
			return &slips->v[i];
	return NULL;
}

static void
add_domain(struct check *check, struct strs *domains, const char *address)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;

	if (at != NULL && !strs_has_nocase(domains, at + 1))
		strs_add(check->arena, domains, at + 1);
}

/* Every domain in which somebody has an address. */
static struct strs
domains_in_use(struct check *check)
{
	const struct pack *pack = check->pack;
	struct strs used = { NULL, 0 };
	size_t i, j;

	for (i = 0; i < pack->role_count; i++) {
		add_domain(check, &used, pack->roles[i].address);
		for (j = 0; j < pack->roles[i].choice_count; j++)
			add_domain(check, &used, pack->roles[i].choices[j].address);
	}
	for (i = 0; check->directory != NULL && i < check->directory->count; i++)
		add_domain(check, &used, check->directory->people[i].address);
	return used;
}

/* Nobody has an address in the domain, but somebody has one in another that is nearly the same. */
static void
slips_find(struct check *check, struct slips *slips)
{
	const struct pack *pack = check->pack;
	struct strs used = domains_in_use(check), others = { NULL, 0 };
	struct slip *slip;
	const char *meant;
	size_t i;

	for (i = 0; i < used.n; i++)
		if (!strs_has_nocase(&pack->domains, used.v[i]))
			strs_add(check->arena, &others, used.v[i]);
	for (i = 0; i < pack->domains.n; i++) {
		meant = check_meant(check, pack->domains.v[i], &others);
		if (meant == pack->domains.v[i] || strs_has_nocase(&used, pack->domains.v[i]))
			continue;
		slip = arena_push(check->arena, slips->v, slips->n);
		slip->domain = pack->domains.v[i];
		slip->meant = meant;
	}
}

/* An address that would fit if a domain were spelt as is meant. */
static bool
put_down_to_slip(struct check *check, struct slips *slips, const char *address, struct where where)
{
	const char *at = strrchr(address, '@');
	size_t i;

	for (i = 0; at != NULL && i < slips->n; i++)
		if (strcasecmp(slips->v[i].meant, at + 1) == 0) {
			check_place_add(check, &slips->v[i].places, where);
			return true;
		}
	return false;
}

static void
slip_told(struct check *check, const struct slip *slip)
{
	const struct where where = check->pack->domains_where;

	if (slip->places.n > 0)
		problem_add(check->problems, where, arena_printf(check->arena, "did you mean \"%s\" here?", slip->meant),
		    "domains: nobody has an address in \"%s\"; the address%s of %s %s in \"%s\"", slip->domain,
		    slip->places.n == 1 ? "" : "es", check_places(check, &slip->places, where.file),
		    slip->places.n == 1 ? "is" : "are", slip->meant);
}

static void
fixed_address(struct check *check, const struct role *role, struct slips *slips)
{
	const char *address = role->address;

	if (address == NULL || (role->source == ROLE_MAILBOX && strchr(address, '@') == NULL))
		return;
	if (strchr(address, '@') == NULL || strpbrk(address, " ,;<>") != NULL)
		problem_add(
		    check->problems, role->where, NULL, "\"%s\" is not an e-mail address", address);
	else if (check->pack->domains.n > 0 && !in_domains(check->pack, address) &&
	    !put_down_to_slip(check, slips, address, role->where))
		problem_add(check->problems, role->where,
		    "add the domain to \"domains\", if the pack may write there",
		    "the address \"%s\" is not in the pack's domains: %s", address,
		    strs_join(check->arena, &check->pack->domains, ", "));
}

static void
domains_are_domains(struct check *check)
{
	const struct pack *pack = check->pack;
	size_t i;

	for (i = 0; i < pack->domains.n; i++)
		if (strpbrk(pack->domains.v[i], "@ *,/") != NULL ||
		    strchr(pack->domains.v[i], '.') == NULL)
			problem_add(check->problems, pack->domains_where,
			    "domains = [ \"council.example\" ]", "domains: \"%s\" is not a domain",
			    pack->domains.v[i]);
}

/* ---- Roles in use */

static void
use_choices(struct check *check, const struct recipients *recipients, struct strs *used)
{
	size_t i, j;

	for (i = 0; i < recipients->n; i++)
		for (j = 0; j < recipients->v[i].choice_count; j++)
			strs_add_new(check->arena, used, recipients->v[i].choices[j].role);
}

static void
use_row(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	size_t i;

	(void)place;
	use_choices(check, &row->to, ctx);
	use_choices(check, &row->cc, ctx);
	use_choices(check, &row->of, ctx);
	use_choices(check, &row->from_whom, ctx);
	for (i = 0; i < row->act_count; i++)
		use_choices(check, &row->acts[i].whom, ctx);
}

static void
use_role(struct check *check, const struct role *role, struct strs *used)
{
	size_t i;

	use_choices(check, &role->is, used);
	use_choices(check, &role->otherwise, used);
	for (i = 0; i < role->choice_count; i++)
		use_role(check, &role->choices[i], used);
}

/* Senders that mails are known by, as written: "worker", "worker's manager". */
static void
use_senders(struct check *check, const struct kind_test *test, struct strs *used)
{
	size_t i;

	for (i = 0; test != NULL && i < test->from.n; i++)
		strs_add_new(check->arena, used, arena_strndup(check->arena, test->from.v[i],
		    strcspn(test->from.v[i], "'\xe2")));
}

static struct strs
roles_in_use(struct check *check)
{
	const struct pack *pack = check->pack;
	struct strs used = { NULL, 0 };
	size_t i, j;

	if (pack->owner != NULL)
		strs_add(check->arena, &used, pack->owner);
	check_each_row(check, use_row, &used);
	for (i = 0; i < pack->question_count; i++)
		use_choices(check, &pack->questions[i].of, &used);
	for (i = 0; i < pack->strand_count; i++)
		for (j = 0; j < pack->strands[i].stage_count; j++) {
			use_choices(check, &pack->strands[i].stages[j].waits_for, &used);
			use_choices(check, &pack->strands[i].stages[j].ask_of, &used);
		}
	for (i = 0; i < pack->guard_count; i++) {
		if (pack->guards[i].held_for != NULL)
			strs_add_new(check->arena, &used, pack->guards[i].held_for);
		use_choices(check, &pack->guards[i].copy_requests_to, &used);
	}
	for (i = 0; i < pack->alert_count; i++)
		use_choices(check, &pack->alerts[i].to, &used);
	for (i = 0; i < pack->digest_count; i++)
		use_choices(check, &pack->digests[i].to, &used);
	for (i = 0; i < pack->kind_count; i++) {
		use_senders(check, &pack->kinds[i].test, &used);
		use_senders(check, pack->kinds[i].or_test, &used);
	}
	for (i = 0; i < used.n; i++)	/* roles that name roles: the list grows as it is walked */
		if (pack_role(pack, used.v[i]) != NULL)
			use_role(check, pack_role(pack, used.v[i]), &used);
	return used;
}

/* ---- Posts in the directory */

static void
holder_can_be_written_to(
    struct check *check, const struct role *role, const struct person *person, size_t holders, struct slips *slips)
{
	if (!in_domains(check->pack, person->address) && check->pack->domains.n > 0 &&
	    !put_down_to_slip(check, slips, person->address, role->where))
		problem_add(check->problems, role->where,
		    "correct the directory, or add the domain to \"domains\"",
		    "%s, who holds the post \"%s\", is not in the pack's domains", person->address,
		    role->post);
	if (holders == 1 && person->cover[0] == '\0' && person->manager[0] == '\0')
		problem_warn(check->problems, role->where,
		    "give them cover or a manager in the directory",
		    "nobody stands in for %s, who alone holds the post \"%s\"", person->address,
		    role->post);
}

static void
post_is_held(struct check *check, const struct role *role, struct slips *slips)
{
	const struct directory *directory = check->directory;
	struct strs posts = { NULL, 0 };
	size_t i, j, holders = 0;

	for (i = 0; i < directory->count; i++) {
		for (j = 0; j < directory->people[i].posts.n; j++)
			strs_add_new(check->arena, &posts, directory->people[i].posts.v[j]);
		if (strs_has_nocase(&directory->people[i].posts, role->post))
			holders++;
	}
	if (holders == 0) {
		problem_add(check->problems, role->where, check_near(check, role->post, &posts),
		    "nobody in the directory holds the post \"%s\"", role->post);
		return;
	}
	for (i = 0; i < directory->count; i++)
		if (strs_has_nocase(&directory->people[i].posts, role->post))
			holder_can_be_written_to(check, role, &directory->people[i], holders, slips);
}

static void
role_resolves(struct check *check, const struct role *role, struct slips *slips)
{
	size_t i;

	if (role->post != NULL)
		post_is_held(check, role, slips);
	for (i = 0; i < role->choice_count; i++)
		role_resolves(check, &role->choices[i], slips);
}

static bool
team_exists(const struct directory *directory, const char *glob)
{
	size_t i;

	for (i = 0; i < directory->count; i++)
		if (pattern_file(glob, directory->people[i].team))
			return true;
	return false;
}

static void
teams_exist(struct check *check, const struct service *service)
{
	struct strs teams = { NULL, 0 };
	bool some = false;
	size_t i;

	for (i = 0; i < check->directory->count; i++)
		strs_add_new(check->arena, &teams, check->directory->people[i].team);
	for (i = 0; i < service->teams.n; i++)
		some |= team_exists(check->directory, service->teams.v[i]);
	/* Several names for one team are no fault, so long as one of them is the directory's; a misspelt one is. */
	for (i = 0; i < service->teams.n; i++)
		if (!team_exists(check->directory, service->teams.v[i]) &&
		    (!some || check_near(check, service->teams.v[i], &teams) != NULL))
			problem_warn(check->problems, service->where,
			    check_near(check, service->teams.v[i], &teams),
			    "nobody in the directory is in a team \"%s\"", service->teams.v[i]);
}

/* A domain in which neither a role nor anybody in the directory has an address. */
static void
domains_have_people(struct check *check, const struct slips *slips)
{
	const struct pack *pack = check->pack;
	const struct directory *directory = check->directory;
	struct strs known = { NULL, 0 };
	const char *at;
	size_t i;

	for (i = 0; i < directory->count; i++)
		if ((at = strrchr(directory->people[i].address, '@')) != NULL)
			strs_add_new(check->arena, &known, at + 1);
	for (i = 0; i < pack->role_count; i++)
		if (pack->roles[i].address != NULL && (at = strrchr(pack->roles[i].address, '@')) != NULL)
			strs_add_new(check->arena, &known, at + 1);
	for (i = 0; i < pack->domains.n; i++)
		if (!strs_has_nocase(&known, pack->domains.v[i]) && slip_of(slips, pack->domains.v[i]) == NULL)
			problem_warn(check->problems, pack->domains_where, check_near(check, pack->domains.v[i], &known),
			    "domains: nobody in the directory and no role has an address in \"%s\"",
			    pack->domains.v[i]);
}

void
check_people(struct check *check)
{
	const struct pack *pack = check->pack;
	struct slips slips = { NULL, 0 };
	struct strs used;
	size_t i, j;

	slips_find(check, &slips);
	domains_are_domains(check);
	for (i = 0; i < pack->role_count; i++) {
		fixed_address(check, &pack->roles[i], &slips);
		for (j = 0; j < pack->roles[i].choice_count; j++)
			fixed_address(check, &pack->roles[i].choices[j], &slips);
	}
	used = roles_in_use(check);
	for (i = 0; i < pack->role_count; i++) {
		if (!strs_has(&used, pack->roles[i].name))
			continue;
		if (check->directory != NULL && pack->watches.n > 0)
			role_resolves(check, &pack->roles[i], &slips);
	}
	for (i = 0; i < slips.n; i++)
		slip_told(check, &slips.v[i]);
	if (check->directory == NULL || pack->watches.n == 0)
		return;
	domains_have_people(check, &slips);
	for (i = 0; i < pack->service_count; i++)
		teams_exist(check, &pack->services[i]);
}
