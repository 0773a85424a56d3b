/*
 * Proof: every mail that a row can send has a template, every field in it can
 * be filled, and nothing about a child can stand in a subject (promise
 * no-leak).
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"
#include "rule/template.h"

static struct strs
known_templates(struct check *check)
{
	struct strs names = { NULL, 0 };
	size_t i;

	for (i = 0; i < check->pack->template_count; i++)
		strs_add(check->arena, &names, check->pack->templates[i]->name);
	return names;
}

static void
template_exists(struct check *check, struct where where, const char *name)
{
	struct strs names;
	const char *hint;

	if (name == NULL || pack_template(check->pack, name) != NULL)
		return;
	names = known_templates(check);
	hint = check_near(check, name, &names);
	problem_add(check->problems, where,
	    hint != NULL ? hint : arena_printf(check->arena, "write templates/%s.txt", name),
	    "there is no template \"%s\": no templates/%s.txt in this pack or in what it extends",
	    name, name);
}

/* The template of an act: what it names itself, else what the row says, else the act's own name. */
static void
act_template(struct check *check, const struct row *row, const struct act *act)
{
	const struct question *question;

	switch (act->word) {
	case ACT_SEND:
	case ACT_REPLY:
		template_exists(check, row->where, act->value);
		break;
	case ACT_FORWARD:
	case ACT_REMIND:
	case ACT_ESCALATE:
		template_exists(check, row->where,
		    row->template != NULL ? row->template : act_word_name(act->word));
		break;
	case ACT_ASK:
		question = pack_question(check->pack, act->value);
		if (question != NULL)
			template_exists(check, row->where,
			    row->template != NULL ? row->template : question->template);
		break;
	default:
		break;
	}
}

static void
file_exists_in_pack(struct check *check, const struct row *row)
{
	if (row->attach != NULL && pack_file(check->arena, check->pack, row->attach) == NULL)
		problem_add(check->problems, row->where,
		    "put the file into the pack's folder files/",
		    "attach: there is no file \"%s\" in this pack or in what it extends",
		    row->attach);
}

static void
sent_templates(struct check *check, const struct conditions *conditions)
{
	const struct condition *condition;
	size_t i, j, k;

	for (i = 0; i < conditions->n; i++)
		for (condition = &conditions->v[i], j = 0; j < condition->test_count; j++)
			for (k = 0; condition->tests[j].kind == TEST_SENT &&
				    k < condition->tests[j].values.n;
			     k++)
				template_exists(check, condition->tests[j].where,
				    condition->tests[j].values.v[k]);
}

static void
row_templates(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	size_t i;

	(void)place;
	(void)ctx;
	for (i = 0; i < row->act_count; i++)
		act_template(check, row, &row->acts[i]);
	file_exists_in_pack(check, row);
	sent_templates(check, &row->when);
	sent_templates(check, &row->unless);
}

/* ---- Fields */

static bool
role_field(const struct pack *pack, const char *name)
{
	static const char *const endings[] = { "'s manager", "\u2019s manager" };
	size_t i, len = strlen(name);

	if (strcmp(name, "them") == 0 || strcmp(name, "owner") == 0 ||
	    strcmp(name, "their manager") == 0 || pack_role(pack, name) != NULL)
		return true;
	for (i = 0; i < 2; i++)
		if (str_ends_nocase(name, endings[i]) && len > strlen(endings[i]))
			return true;
	return false;
}

/* Fields that the daemon fills itself, besides facts, dates, roles and the pack's texts. */
static struct strs
known_fields(struct check *check)
{
	static const char *const own[] = { "ref", "wants", "due", "chased", "last-reminded", "note",
		"answers", "began", "service", "state", "stage", "strand", "their-documents",
		"their-text", "wanted-missing", "title", "mailbox", "received", "entered", "asked",
		"today", "last-heard", "words", "words-by", "sender", "flags", "them", "owner",
		"their manager" };
	const struct pack *pack = check->pack;
	struct strs names = { NULL, 0 };
	size_t i;

	for (i = 0; i < sizeof own / sizeof *own; i++)
		strs_add(check->arena, &names, own[i]);
	for (i = 0; i < check->facts.n; i++)
		strs_add(check->arena, &names, check->facts.v[i]);
	for (i = 0; i < pack->text_count; i++)
		strs_add(check->arena, &names, pack->texts[i].name);
	for (i = 0; i < pack->deadline_count; i++)
		strs_add(check->arena, &names, pack->deadlines[i].name);
	for (i = 0; i < pack->kind_count; i++)
		strs_add(check->arena, &names, pack->kinds[i].name);
	for (i = 0; i < pack->question_count; i++)
		strs_add(check->arena, &names, pack->questions[i].name);
	for (i = 0; i < pack->role_count; i++)
		strs_add(check->arena, &names, pack->roles[i].name);
	return names;
}

static void
fields_exist(struct check *check, const struct template *template, const struct strs *known)
{
	struct strs conditions = check_names_of(check, check->pack->conditions,
	    check->pack->condition_count, sizeof *check->pack->conditions);
	size_t i;

	for (i = 0; i < template->fields.n; i++)
		if (!strs_has(known, template->fields.v[i]) &&
		    !role_field(check->pack, template->fields.v[i]))
			problem_add(check->problems, (struct where){ template->file, 0 },
			    check_near(check, template->fields.v[i], known),
			    "there is no field {%s}; fields are facts, dates, roles, texts, and "
			    "the daemon's own",
			    template->fields.v[i]);
	for (i = 0; i < template->conditions.n; i++)
		if (!strs_has(&conditions, template->conditions.v[i]) &&
		    !strs_has(known, template->conditions.v[i]))
			problem_add(check->problems, (struct where){ template->file, 0 },
			    check_near(check, template->conditions.v[i], &conditions),
			    "{if %s}: there is no condition and no field of that name",
			    template->conditions.v[i]);
}

/* Does the subject name this field, alone or among choices? */
static bool
subject_names(const char *subject, const char *field)
{
	size_t len = strlen(field);
	const char *p;

	for (p = strstr(subject, field); p != NULL; p = strstr(p + 1, field))
		if (p > subject && strchr("{ ", p[-1]) != NULL && strchr("} ?", p[len]) != NULL &&
		    p[len] != '\0')
			return true;
	return false;
}

static void
subject_is_discreet(struct check *check, const struct template *template)
{
	static const char *const forbidden[] = { "child-name", "date-of-birth", "nhs-number", "upn",
		"initials" };
	size_t i;

	if (template->subject == NULL)
		problem_warn(check->problems, (struct where){ template->file, 1 }, "Subject: {ref}: what is asked",
		    "the first line gives no subject: the mail would be titled \"%s\"", template->name);
	for (i = 0; template->subject != NULL && i < sizeof forbidden / sizeof *forbidden; i++)
		if (subject_names(template->subject, forbidden[i]))
			problem_add(check->problems, (struct where){ template->file, 1 },
			    "name the case by its reference: {ref}",
			    "the subject holds {%s}; nothing about a child may stand in a subject",
			    forbidden[i]);
}

/* What the daemon sends by itself, whatever the rows say. */
static void
standing_templates(struct check *check)
{
	static const char *const standing[] = { "triage", "echo", "question", "where-it-stands",
		"not-delivered" };
	size_t i;

	for (i = 0; check->pack->watches.n > 0 && i < sizeof standing / sizeof *standing; i++)
		template_exists(check, check->pack->where, standing[i]);
	for (i = 0; i < check->pack->digest_count; i++)
		template_exists(check, check->pack->digests[i].where, "digest");
	for (i = 0; i < check->pack->question_count; i++)
		template_exists(
		    check, check->pack->questions[i].where, check->pack->questions[i].template);
}

void
check_templates(struct check *check)
{
	const struct pack *pack = check->pack;
	struct conditions named = { pack->conditions, pack->condition_count };
	struct strs known = known_fields(check);
	size_t i;

	standing_templates(check);
	check_each_row(check, row_templates, NULL);
	sent_templates(check, &named);
	for (i = 0; i < pack->template_count; i++) {
		fields_exist(check, pack->templates[i], &known);
		subject_is_discreet(check, pack->templates[i]);
	}
}
