/*
 * Proof: nothing in a pack is left over.  What is defined and used nowhere is
 * a slip as a rule: a rung was lost, a name changed in one place only.
 * Invariant: only what stands in the pack's own folder is looked at; what it
 * extends may offer more than it takes.
 * Fails: never; what is left over is a warning.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "rule/check.h"
#include "rule/template.h"

static bool
in_templates(const struct pack *pack, const char *name)
{
	size_t i, j, len = strlen(name);
	const char *field;

	for (i = 0; i < pack->template_count; i++)
		for (j = 0; j < pack->templates[i]->named_count; j++) {
			field = pack->templates[i]->named[j].name;
			if (strncmp(field, name, len) == 0 && (field[len] == '\0' || field[len] == '\''))
				return true;
		}
	return false;
}

bool
check_is_used(const struct check *check, const char *name)
{
	return pack_says(check->pack, name) || in_templates(check->pack, name);
}

/* Entries of a section begin with their name; where gives the place of one. */
static void
is_left_over(struct check *check, struct where where, const char *sort, const char *name)
{
	if (check_is_own(check, where.file) && !check_is_used(check, name))
		problem_warn(check->problems, where, "use it, or take it out",
		    "the %s \"%s\" is used nowhere", sort, name);
}

/* Runs without being named: the questions' own, and that after HOLD. */
static bool
is_standing(const struct pack *pack, const char *ladder)
{
	size_t i;

	for (i = 0; i < pack->question_count; i++)
		if (strcmp(pack->questions[i].ladder, ladder) == 0)
			return true;
	return strcmp(ladder, "held") == 0;
}

/* Does what the pack extends have a template of that name, which this one replaces? */
static bool
replaces(struct check *check, const struct template *template)
{
	const struct strs *folders = &check->pack->folders;
	size_t i;

	for (i = 1; i < folders->n; i++)
		if (file_exists(AT_FDCWD, arena_printf(check->arena, "%s/templates/%s.txt", folders->v[i],
		    template->name)))
			return true;
	return false;
}

/* Of what stands in the pack's own folder. */
bool
check_template_is_sent(struct check *check, const struct template *template)
{
	/* What the daemon sends by itself, and what an act takes that names none. */
	static const char *const own[] = { "triage", "echo", "echo-refused", "question", "where-it-stands", "not-delivered",
		"digest", "alert", "by-hand", "still-held", "help", "why", "this", "forward", "remind", "escalate", "held" };
	size_t i;

	if (!check_is_own(check, template->file) || pack_says(check->pack, template->name) ||
	    pack_question(check->pack, template->name) != NULL || replaces(check, template))
		return true;
	for (i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(own[i], template->name) == 0)
			return true;
	return false;
}

/* Templates that rows name and that are not there. */
static void
missing_templates(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	const struct act *act;
	size_t i;

	(void)place;
	if (row->template != NULL && pack_template(check->pack, row->template) == NULL)
		strs_add_new(check->arena, ctx, row->template);
	for (i = 0; i < row->act_count; i++) {
		act = &row->acts[i];
		if ((act->word == ACT_SEND || act->word == ACT_REPLY) && act->value != NULL &&
		    pack_template(check->pack, act->value) == NULL)
			strs_add_new(check->arena, ctx, act->value);
	}
}

/* Is the template meant by one of the names that no template has? */
static bool
is_meant(struct check *check, const char *template, const struct strs *missing)
{
	const struct strs only = { (const char *[]){ template }, 1 };
	size_t i;

	for (i = 0; i < missing->n; i++)
		if (check_meant(check, missing->v[i], &only) == only.v[0])
			return true;
	return false;
}

struct strs
check_unsent(struct check *check)
{
	struct strs unsent = { NULL, 0 }, missing = { NULL, 0 };
	struct template *const *templates = check->pack->templates;
	size_t i;

	check_each_row(check, missing_templates, &missing);
	for (i = 0; check->pack->watches.n > 0 && i < check->pack->template_count; i++)
		if (!check_template_is_sent(check, templates[i]) && !is_meant(check, templates[i]->name, &missing))
			strs_add(check->arena, &unsent, templates[i]->name);
	return unsent;
}

static void
template_is_left_over(struct check *check, const struct template *template)
{
	if (!check_template_is_sent(check, template))
		problem_warn(check->problems, (struct where){ template->file, 1 }, "name it in a row, or delete the file",
	    "the template \"%s\" is sent by no row", template->name);
}

static void
files_are_attached(struct check *check)
{
	struct strs files = { NULL, 0 };
	int dirfd = -1;
	size_t i;

	if (file_open_dir(arena_printf(check->arena, "%s/files", check->pack->folder), &dirfd, NULL) != 0)
		return;
	if (file_list(check->arena, dirfd, &files, NULL) == 0)
		for (i = 0; i < files.n; i++)
			if (!pack_says_text(check->pack, files.v[i]))
				problem_warn(check->problems, check->pack->where,
				    "attach = \"...\" in a row, or delete the file",
				    "the file files/%s goes out with no mail", files.v[i]);
	close(dirfd);
}

struct used {
	const char	*question;
	bool		 yes;
};

static void
asked_somewhere(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	const struct act *act = check_act(row, ACT_ASK);
	struct used *used = ctx;

	(void)check;
	if ((act != NULL && act->value != NULL && strcmp(act->value, used->question) == 0) ||
	    (place->stage != NULL && place->stage->ask != NULL &&
		strcmp(place->stage->ask, used->question) == 0))
		used->yes = true;
}

static void
is_asked(struct check *check, const struct question *question)
{
	struct used used = { question->name, false };
	struct strs others = { NULL, 0 };
	const char *near;
	size_t i;

	if (!check_is_own(check, question->where.file))
		return;
	check_each_row(check, asked_somewhere, &used);
	for (i = 0; i < check->pack->question_count; i++)
		if (&check->pack->questions[i] != question)
			strs_add(check->arena, &others, check->pack->questions[i].name);
	near = check_near(check, question->name, &others);
	if (!used.yes)
		problem_warn(check->problems, question->where, near != NULL ? near : arena_printf(check->arena,
		    "ask = \"%s\" in a stage or a row, or take the question out", question->name),
		    "the question \"%s\" is never put", question->name);
}

void
check_used(struct check *check)
{
	const struct pack *pack = check->pack;
	size_t i;

	if (pack->watches.n == 0 || problems_errors(check->problems) > 0)
		return;		/* a base is for others; and a misspelt name is no left-over */
	for (i = 0; i < pack->role_count; i++)
		if (pack->owner == NULL || strcmp(pack->owner, pack->roles[i].name) != 0)
			is_left_over(check, pack->roles[i].where, "role", pack->roles[i].name);
	for (i = 0; i < pack->condition_count; i++)
		is_left_over(check, pack->conditions[i].where, "condition", pack->conditions[i].name);
	for (i = 0; i < pack->question_count; i++)
		is_asked(check, &pack->questions[i]);
	for (i = 0; i < pack->ladder_count; i++)
		if (!is_standing(pack, pack->ladders[i].name))
			is_left_over(check, pack->ladders[i].where, "ladder", pack->ladders[i].name);
	for (i = 0; i < pack->text_count; i++)
		is_left_over(check, pack->texts[i].where, "text", pack->texts[i].name);
	for (i = 0; i < pack->deadline_count; i++)
		if (!pack->deadlines[i].optional && !pack->deadlines[i].fixed)	/* those may be there to be shown alone */
			is_left_over(check, pack->deadlines[i].where, "deadline", pack->deadlines[i].name);
	for (i = 0; i < pack->template_count; i++)
		template_is_left_over(check, pack->templates[i]);
	files_are_attached(check);
}
