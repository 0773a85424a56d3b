/*
 * Proof: a mail that turns to somebody by their role goes to that role.
 * Beside it: how to say to whom a mail goes, where a row does not.
 * Fails: never; what is wrong goes to the problems.
 */
#include <ctype.h>
#include <string.h>

#include "rule/check.h"
#include "rule/template.h"

/* The first line below the subject that says something, behind the signs that make it bold. */
static const char *
first_line(const struct template *template)
{
	const char *p = template->source;

	if (template->subject != NULL)
		p += strcspn(p, "\n");
	return p + strspn(p, " \t\r\n*_");
}

static bool
all_are_roles(const struct check *check, const char *text, struct recipient *whom_r)
{
	struct err err;
	size_t i;

	if (recipient_parse(check->arena, text, whom_r, &err) != 0)
		return false;
	for (i = 0; i < whom_r->choice_count; i++)
		if (pack_role(check->pack, whom_r->choices[i].role) == NULL)
			return false;
	return true;
}

/* "Team manager: please ...", where there is a role team-manager. */
static const char *
greeted_in_plain_words(struct check *check, const char *line)
{
	char *name = arena_strndup(check->arena, line, strcspn(line, ":,\r\n")), *p;

	if (line[strlen(name)] != ':' && line[strlen(name)] != ',')
		return NULL;
	for (p = name; *p != '\0'; p++)
		*p = *p == ' ' ? '-' : (char)tolower((unsigned char)*p);
	return pack_role(check->pack, name) != NULL ? name : NULL;
}

/* "{officer else manager}: please ..." turns to somebody. */
static const char *
greeted(struct check *check, const struct template *template)
{
	const char *p = first_line(template), *close = *p == '{' ? strchr(p, '}') : NULL;
	struct recipient whom;
	const char *name;

	if (close == NULL)
		return greeted_in_plain_words(check, p);
	if (close[1] != ':' && close[1] != ',')
		return NULL;
	name = str_squeeze(check->arena, arena_strndup(check->arena, p + 1, (size_t)(close - p - 1)));
	return all_are_roles(check, name, &whom) ? name : NULL;
}

static struct strs
roles_named(struct check *check, const struct template *template)
{
	struct strs roles = { NULL, 0 };
	size_t i;

	for (i = 0; template != NULL && i < template->named_count; i++)
		if (template->named[i].sort == NAMES_FIELD && pack_role(check->pack, template->named[i].name) != NULL)
			strs_add_new(check->arena, &roles, template->named[i].name);
	return roles;
}

const char *
check_addressed(struct check *check, const struct template *template)
{
	const char *name = template != NULL ? greeted(check, template) : NULL;
	struct strs roles;

	if (name != NULL)
		return name;
	roles = roles_named(check, template);
	return roles.n == 1 ? roles.v[0] : NULL;
}

static const char *
all_roles(struct check *check)
{
	struct strs names = check_names_of(check, check->pack->roles, check->pack->role_count, sizeof *check->pack->roles);

	strs_add(check->arena, &names, "owner");
	return strs_join(check->arena, &names, ", ");
}

static const struct template *
template_of(const struct check *check, const struct row *row, const struct act *act)
{
	return pack_template(check->pack, act->word == ACT_SEND ? act->value :
	    row->template != NULL ? row->template : act_word_name(act->word));
}

const char *
check_to_hint(struct check *check, const struct row *row, const struct act *act)
{
	const struct template *template = template_of(check, row, act);
	const char *name = check_addressed(check, template);
	struct strs roles = roles_named(check, template);

	if (name != NULL)
		return arena_printf(check->arena, "to = \"%s\"  (the template \"%s\" %s)", name, template->name,
		    greeted(check, template) != NULL ? "turns to them in its first line" : "names that role and no other");
	if (roles.n > 0)
		return arena_printf(check->arena, "to = \"...\"; the template \"%s\" names %s; the roles are: %s",
		    template->name, strs_join(check->arena, &roles, ", "), all_roles(check));
	return arena_printf(check->arena, "to = \"...\"; the roles are: %s", all_roles(check));
}

const char *
check_of_hint(struct check *check, const struct question *question)
{
	const struct template *template = pack_template(check->pack, question->template);
	const char *name = template != NULL ? greeted(check, template) : NULL;

	if (name != NULL)
		return arena_printf(check->arena, "add  of = \"%s\"  here (the template \"%s\" turns to them in its first line)",
		    name, template->name);
	return arena_printf(check->arena, "add  of = \"...\"  here; the roles are: %s", all_roles(check));
}

/* ---- The proof */

/* A name whose person the case settles: "them", the sender, a role that stands for others. */
static bool
is_anybody(const struct pack *pack, const char *name)
{
	const struct role *role = pack_role(pack, name);

	return role == NULL ? strcmp(name, "owner") != 0 : role->source == ROLE_IS || role->source == ROLE_CHOOSE;
}

static bool
may_reach(const struct pack *pack, const struct recipients *recipients, const struct recipient *greeted_ones)
{
	const struct recipient_choice *choice;
	size_t i, j, k;

	for (i = 0; i < recipients->n; i++)
		for (j = 0; j < recipients->v[i].choice_count; j++) {
			choice = &recipients->v[i].choices[j];
			if (is_anybody(pack, choice->role))
				return true;
			for (k = 0; k < greeted_ones->choice_count; k++)
				if (strcmp(choice->role, greeted_ones->choices[k].role) == 0 ||
				    is_anybody(pack, greeted_ones->choices[k].role))
					return true;
		}
	return false;
}

static void
goes_to_whom_it_greets(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	const struct recipients *recipients;
	const struct template *template;
	const struct act *act;
	struct recipient whom;
	const char *name;
	size_t i;

	(void)place;
	(void)ctx;
	for (i = 0; i < row->act_count; i++) {
		act = &row->acts[i];
		recipients = act->word == ACT_SEND || act->word == ACT_FORWARD ? &row->to :
		    act->word == ACT_REMIND || act->word == ACT_ESCALATE ? &act->whom : NULL;
		if (recipients == NULL || recipients->n == 0 || (template = template_of(check, row, act)) == NULL ||
		    (name = greeted(check, template)) == NULL || !all_are_roles(check, name, &whom) ||
		    may_reach(check->pack, recipients, &whom))
			continue;
		problem_warn(check->problems, row->where, arena_printf(check->arena,
		    "%s = \"%s\", or name another template", act->word == ACT_REMIND || act->word == ACT_ESCALATE ?
		    act_word_name(act->word) : "to", name),
		    "the mail goes to %s, but its template \"%s\" turns to \"%s\" in its first line",
		    recipients->v[0].text != NULL ? recipients->v[0].text : "somebody else", template->name, name);
	}
}

void
check_whom(struct check *check)
{
	check_each_row(check, goes_to_whom_it_greets, NULL);
}
