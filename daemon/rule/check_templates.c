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

	if (name == NULL || pack_template(check->pack, name) != NULL || check->pack->templates_unread)
		return;
	names = known_templates(check);
	if (str_ends_nocase(name, ".txt") && pack_template(check->pack, arena_strndup(check->arena, name, strlen(name) - 4)) != NULL)
		hint = "write it without .txt";
	else
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
	static const char *const own[] = { "ref", "wants", "due", "chased", "last-reminded", "note", "question",
		"answers", "began", "service", "state", "stage", "strand", "their-documents",
		"their-text", "wanted-missing", "title", "mailbox", "received", "entered", "asked",
		"choices", "since", "by", "today", "last-heard", "words", "words-by", "sender", "flags", "them", "owner",
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
name_exists(struct check *check, const struct template *template, const struct template_name *named,
    const struct strs *known)
{
	const struct pack *pack = check->pack;
	const struct where where = { template->file, named->line };
	struct strs names;

	if (strs_has(&check->missing, named->name))
		return;		/* said of the rules already */
	switch (named->sort) {
	case NAMES_FIELD:
		if (!strs_has(known, named->name) && !role_field(pack, named->name)) {
			problem_add(check->problems, where, check_near(check, named->name, known),
			    "there is no field {%s}; fields are facts, dates, roles, texts, and "
			    "the daemon's own",
			    named->name);
			check_missed(check, named->name, known);
		}
		break;
	case NAMES_CONDITION:
		names = check_names_of(check, pack->conditions, pack->condition_count, sizeof *pack->conditions);
		if (!strs_has(&names, named->name) && !strs_has(known, named->name)) {
			problem_add(check->problems, where, check_near(check, named->name, &names),
			    "{if %s}: there is no condition and no field of that name", named->name);
			check_missed(check, named->name, &names);
		}
		break;
	case NAMES_STRAND:
		names = check_names_of(check, pack->strands, pack->strand_count, sizeof *pack->strands);
		/* A base may leave the strands to those that extend it. */
		if (names.n > 0 && check_is_own(check, template->file) && !strs_has(&names, named->name))
			problem_add(check->problems, where, check_near(check, named->name, &names),
			    "{each strand %s}: there is no such strand in this pack", named->name);
		break;
	}
}

/* What a {name} hole takes out of a mail is somebody's name. */
static bool
holds_a_name(struct check *check, const char *field)
{
	const struct kind *kind;
	size_t i, j, k;

	for (i = 0; i < check->pack->kind_count; i++)
		for (kind = &check->pack->kinds[i], j = 0; j < kind->extract_count; j++)
			for (k = 0; strcmp(kind->extracts[j].fact, field) == 0 &&
			     k < kind->extracts[j].pattern_count; k++)
				if (pattern_has_hole(kind->extracts[j].patterns[k], "name"))
					return true;
	return false;
}

static void
subject_is_discreet(struct check *check, const struct template *template)
{
	static const char *const forbidden[] = { "child-name", "date-of-birth", "nhs-number", "upn",
		"initials", "words", "note", "their-text" };
	const struct template_name *named;
	bool secret;
	size_t i, j;

	if (template->subject == NULL)
		problem_warn(check->problems, (struct where){ template->file, 1 }, "Subject: {ref}: what is asked",
		    "the first line gives no subject: the mail would be titled \"%s\"", template->name);
	for (i = 0; i < template->named_count; i++) {
		named = &template->named[i];
		if (!named->in_subject || named->sort != NAMES_FIELD)
			continue;
		secret = holds_a_name(check, named->name);
		for (j = 0; j < sizeof forbidden / sizeof *forbidden; j++)
			secret |= strcmp(forbidden[j], named->name) == 0;
		if (secret)
			problem_add(check->problems, (struct where){ template->file, named->line },
			    "name the case by its reference: {ref}",
			    "the subject holds {%s}; nothing about a child may stand in a subject",
			    named->name);
	}
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
	size_t i, j;

	standing_templates(check);
	check_each_row(check, row_templates, NULL);
	sent_templates(check, &named);
	for (i = 0; i < pack->template_count; i++) {
		for (j = 0; j < pack->templates[i]->named_count; j++)
			name_exists(check, pack->templates[i], &pack->templates[i]->named[j], &known);
		subject_is_discreet(check, pack->templates[i]);
	}
}
