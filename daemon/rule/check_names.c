/*
 * Proof: every name refers to something, and is of the right sort.
 * Invariant: a name that is unknown is reported with the nearest known one.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check_name.h"

#define NAMES(check, list, count) check_names_of((check), (list), (count), sizeof *(list))

/* ---- Conditions */

static void
test_fact(struct check *check, const struct test *test)
{
	const struct value_fact *fact =
	    test->name != NULL ? pack_value_fact(check->pack, test->name) : NULL;
	struct strs names = { NULL, 0 };
	size_t i, j;

	for (i = 0; test->name == NULL && i < test->values.n; i++)
		check_fact_name(check, test->where, test->values.v[i]);
	if (test->name != NULL && pack_role(check->pack, test->name) == NULL)
		check_fact_name(check, test->where, test->name);
	for (i = 0; fact != NULL && i < fact->value_count; i++)
		strs_add(check->arena, &names, fact->values[i].value);
	for (j = 0; fact != NULL && j < test->values.n; j++)
		if (!strs_has(&names, test->values.v[j]))
			problem_add(check->problems, test->where,
			    check_near(check, test->values.v[j], &names),
			    "the fact \"%s\" has no value \"%s\"; it has %s", test->name,
			    test->values.v[j], strs_join(check->arena, &names, ", "));
}

static void
test_involvement(struct check *check, const struct test *test)
{
	static const char *const states[] = { "open", "closed", "not-known" };
	struct strs names = { NULL, 0 };
	size_t i;

	for (i = 0; i < 3; i++)
		strs_add(check->arena, &names, states[i]);
	for (i = 0; i < test->values.n; i++)
		if (!strs_has(&names, test->values.v[i]))
			problem_add(check->problems, test->where,
			    check_near(check, test->values.v[i], &names),
			    "involvement is open, closed or not-known; found \"%s\"",
			    test->values.v[i]);
}

static void
test_changed(struct check *check, const struct test *test)
{
	struct strs names = test->values;
	size_t i;

	if (test->name != NULL)
		strs_add(check->arena, &names, test->name);
	for (i = 0; i < names.n; i++)
		if (pack_kind(check->pack, names.v[i]) == NULL)
			check_fact_name(check, test->where, names.v[i]);
	if (test->since != NULL)
		check_role_name(check, test->where, test->since, false);
}

static void
test_names(struct check *check, const struct test *test, const struct strand *strand)
{
	struct strs names;
	size_t i;

	switch (test->kind) {
	case TEST_NAMED:
		if (pack_condition(check->pack, test->name) == NULL) {
			names = NAMES(check, check->pack->conditions, check->pack->condition_count);
			check_unknown(check, test->where, "condition", test->name, &names);
		}
		break;
	case TEST_INVOLVEMENT:
		test_involvement(check, test);
		break;
	case TEST_SERVICE:
	case TEST_OPEN_TO:
		check_service_names(check, test->where, &test->values);
		break;
	case TEST_FACT:
		test_fact(check, test);
		break;
	case TEST_CHANGED:
		test_changed(check, test);
		break;
	case TEST_DATES:
		if (test->left != NULL)
			check_date_names(check, test->left);
		if (test->right != NULL)
			check_date_names(check, test->right);
		break;
	case TEST_COPIED:
	case TEST_KNOWN:
		check_role_texts(check, test->where, &test->values);
		break;
	case TEST_RECEIVED:
		for (i = 0; i < test->values.n; i++)
			check_kind_name(check, test->where, test->values.v[i]);
		break;
	case TEST_STAGE:
		for (i = 0; i < test->values.n; i++)
			check_stage_name(check, test->where, strand, test->values.v[i]);
		break;
	case TEST_OPEN:
		for (i = 0; i < test->values.n; i++)
			check_strand_name(check, test->where, test->values.v[i]);
		break;
	case TEST_FLAG:
	case TEST_AGE:
	case TEST_ATTACHMENT:
	case TEST_SENT:		/* check_templates.c */
	case TEST_SAYS:
		break;
	}
}

static void
condition_names(
    struct check *check, const struct conditions *conditions, const struct strand *strand)
{
	size_t i, j;

	for (i = 0; i < conditions->n; i++)
		for (j = 0; j < conditions->v[i].test_count; j++)
			test_names(check, &conditions->v[i].tests[j], strand);
}

/* ---- Rows */

static void
event_names(struct check *check, const struct row *row)
{
	static const char *const notices[] = { "bounce", "out-of-office", "invitation-declined",
		"invitation-accepted" };
	struct strs names = { NULL, 0 };
	size_t i;

	for (i = 0; i < 4; i++)
		strs_add(check->arena, &names, notices[i]);
	for (i = 0; i < row->names.n; i++) {
		if (row->event == ON_KIND)
			check_kind_name(check, row->where, row->names.v[i]);
		else if (row->event == ON_ENDED)
			check_strand_name(check, row->where, row->names.v[i]);
		else if (row->event == ON_CHANGED &&
			 pack_kind(check->pack, row->names.v[i]) == NULL)
			check_fact_name(check, row->where, row->names.v[i]);
		else if (row->event == ON_NOTICE && !strs_has(&names, row->names.v[i]))
			problem_add(check->problems, row->where,
			    check_near(check, row->names.v[i], &names),
			    "there is no notice \"%s\"; allowed: %s", row->names.v[i],
			    strs_join(check->arena, &names, ", "));
	}
}

static void
set_names(struct check *check, const struct row *row, const struct act *act)
{
	const struct value_fact *fact;
	struct strs names;
	size_t i, j;

	for (i = 0; i < act->set_count; i++) {
		if ((fact = pack_value_fact(check->pack, act->sets[i].fact)) == NULL ||
		    act->sets[i].value == NULL)
			continue;
		names = (struct strs){ NULL, 0 };
		for (j = 0; j < fact->value_count; j++)
			strs_add(check->arena, &names, fact->values[j].value);
		if (!strs_has(&names, act->sets[i].value))
			problem_add(check->problems, row->where,
			    check_near(check, act->sets[i].value, &names),
			    "the fact \"%s\" has no value \"%s\"; it has %s", fact->name,
			    act->sets[i].value, strs_join(check->arena, &names, ", "));
	}
}

/* The kinds with which a case comes into the stage stand first: one of them is the likeliest. */
static void
forwarded_kind(struct check *check, const struct row *row, const struct act *act, const struct place *place)
{
	struct strs kinds = { NULL, 0 }, all = NAMES(check, check->pack->kinds, check->pack->kind_count);
	struct ways ways = { NULL, 0 };
	size_t i, j;

	if (place->strand != NULL && place->stage != NULL)
		ways = check_ways(check, place->strand);
	for (i = 0; i < ways.n; i++)
		for (j = 0; ways.v[i].to == (size_t)(place->stage - place->strand->stages) &&
		    ways.v[i].row->event == ON_KIND && j < ways.v[i].row->names.n; j++)
			strs_add_new(check->arena, &kinds, ways.v[i].row->names.v[j]);
	if (kinds.n == 0 || check_near(check, act->value, &all) != NULL) {
		check_kind_name(check, row->where, act->value);
		return;
	}
	problem_add(check->problems, row->where, arena_printf(check->arena, "a case comes into this stage with: %s",
	    strs_join(check->arena, &kinds, ", ")), "there is no kind \"%s\" in this pack", act->value);
	strs_add_new(check->arena, &check->missing, act->value);
	check_missed(check, act->value, &all);
}

static void
act_names_known(struct check *check, const struct row *row, const struct act *act, const struct place *place)
{
	size_t i;

	check_role_names(check, &act->whom, false);
	if (act->word == ACT_FORWARD && act->value != NULL && strcmp(act->value, "this") != 0 &&
	    pack_kind(check->pack, act->value) == NULL)
		forwarded_kind(check, row, act, place);
	else if (act->word == ACT_ASK)
		check_question_name(check, row->where, act->value);
	else if (act->word == ACT_END && act->value != NULL && strcmp(act->value, "all") != 0)
		check_strand_name(check, row->where, act->value);
	else if (act->word == ACT_SET)
		set_names(check, row, act);
	else if (act->word == ACT_FORGET)
		for (i = 0; i < act->names.n; i++)
			check_fact_name(check, row->where, act->names.v[i]);
}

static void
row_names(struct check *check, const struct row *row, const struct place *place, void *ctx)
{
	size_t i;

	(void)ctx;
	event_names(check, row);
	check_role_names(check, &row->from_whom, true);
	check_role_names(check, &row->to, false);
	check_role_names(check, &row->cc, false);
	check_role_names(check, &row->of, false);
	condition_names(check, &row->when, place->strand);
	condition_names(check, &row->unless, place->strand);
	check_date_names(check, &row->at);
	if (row->enclose == NULL || strcmp(row->enclose, "this") != 0)
		check_kind_name(check, row->where, row->enclose);
	check_fact_name(check, row->where, row->for_each);
	for (i = 0; i < row->act_count; i++)
		act_names_known(check, row, &row->acts[i], place);
	if (row->go != NULL && strcmp(row->go, "back") != 0)
		check_stage_name(check, row->where, place->strand, row->go);
}

/* ---- Sections */

static void
kind_test_names(struct check *check, const struct kind_test *test)
{
	if (test != NULL)
		check_role_texts(check, test->where, &test->from);
}

static void
kinds_names(struct check *check)
{
	const struct kind *kind;
	size_t i, j;

	for (i = 0; i < check->pack->kind_count; i++) {
		kind = &check->pack->kinds[i];
		kind_test_names(check, &kind->test);
		kind_test_names(check, kind->or_test);
		kind_test_names(check, kind->unless);
		for (j = 0; j < kind->needs.n; j++)
			if (strcmp(kind->needs.v[j], "child") != 0)
				check_fact_name(check, kind->where, kind->needs.v[j]);
	}
	for (i = 0; i < check->pack->fact_count; i++)
		check_role_texts(check, check->pack->facts[i].where, &check->pack->facts[i].from);
}

static void
one_role_names(struct check *check, const struct role *role)
{
	size_t i;

	check_service_names(check, role->where, &role->services);
	check_role_names(check, &role->is, false);
	check_role_names(check, &role->otherwise, false);
	check_role_texts(check, role->where, &role->except);
	condition_names(check, &role->when, NULL);
	if (role->team_of != NULL)
		check_role_name(check, role->where, role->team_of, false);
	for (i = 0; i < role->choice_count; i++)
		one_role_names(check, &role->choices[i]);
}

static void
question_names(struct check *check, const struct question *question)
{
	const char *const invited[] = { question->invitation_accepted,
		question->invitation_declined };
	struct strs words = { NULL, 0 };
	size_t i;

	check_role_names(check, &question->of, false);
	check_kind_name(check, question->where, question->by_mail);
	check_kind_name(check, question->where, question->shows);
	check_ladder_name(check, question->where, question->ladder);
	for (i = 0; i < question->answer_count; i++)
		strs_add(check->arena, &words, question->answers[i].word);
	for (i = 0; i < 2; i++)
		if (invited[i] != NULL && !strs_has(&words, invited[i]))
			problem_add(check->problems, question->where,
			    check_near(check, invited[i], &words),
			    "\"%s\" is not an answer of the question \"%s\"", invited[i],
			    question->name);
}

static void
stage_names(struct check *check, const struct stage *stage)
{
	struct strs names;
	size_t i;

	check_role_names(check, &stage->waits_for, false);
	check_role_names(check, &stage->ask_of, false);
	check_question_name(check, stage->where, stage->ask);
	if (stage->due != NULL && pack_deadline(check->pack, stage->due) == NULL) {
		names = NAMES(check, check->pack->deadlines, check->pack->deadline_count);
		check_unknown(check, stage->where, "deadline", stage->due, &names);
	}
	for (i = 0; i < stage->ladder_count; i++)
		check_ladder_name(check, stage->ladders[i].where, stage->ladders[i].name);
	if (stage->one_for_each != NULL && strcmp(stage->one_for_each, "service") != 0)
		problem_add(check->problems, stage->where, NULL,
		    "one-for-each: a stage is divided by \"service\"; found \"%s\"",
		    stage->one_for_each);
	if (stage->age_counted_on != NULL && !check_date_base(check, stage->age_counted_on))
		check_unknown(check, stage->where, "date", stage->age_counted_on, &check->facts);
}

static void
exception_names(struct check *check, const struct exception *exception)
{
	struct strs names = NAMES(check, check->pack->deadlines, check->pack->deadline_count);

	for (size_t i = 0; i < exception->of.n; i++)
		if (pack_deadline(check->pack, exception->of.v[i]) == NULL)
			check_unknown(check, exception->where, "deadline", exception->of.v[i], &names);
	if (exception->of.n == 0 && check->pack->watches.n > 0 && check_is_own(check, exception->where.file))
		problem_warn(check->problems, exception->where, "of = [ \"...\" ]", "the exception \"%s\" may move no date", exception->name);
}

/* "late", "unanswered", "first", "due in 2 weeks", "at advice/checking" */
static void
list_name(struct check *check, const struct digest *digest, const char *list)
{
	const char *slash = strchr(list, '/');
	const struct strand *strand;
	struct repeat span;

	if (strcmp(list, "late") == 0 || strcmp(list, "unanswered") == 0 ||
	    strcmp(list, "first") == 0)
		return;
	if (str_starts(list, "due in ") && repeat_parse(list + strlen("due in "), &span, NULL) == 0)
		return;
	if (str_starts(list, "at ") && slash != NULL) {
		strand = pack_strand(
		    check->pack, arena_strndup(check->arena, list + 3, (size_t)(slash - list - 3)));
		if (strand != NULL && strand_stage(strand, slash + 1) != NULL)
			return;
	}
	problem_add(check->problems, digest->where, NULL,
	    "lists: \"%s\" is no list; allowed: late, unanswered, first, "
	    "\"due in 2 weeks\", \"at STRAND/STAGE\"",
	    list);
}

static void
watch_names(struct check *check)
{
	const struct pack *pack = check->pack;
	size_t i, j;

	for (i = 0; i < pack->guard_count; i++) {
		if (pack->guards[i].held_for != NULL)
			check_role_name(check, pack->guards[i].where, pack->guards[i].held_for, false);
		check_role_names(check, &pack->guards[i].copy_requests_to, false);
		condition_names(check, &pack->guards[i].unless, NULL);
	}
	for (i = 0; i < pack->alert_count; i++) {
		kind_test_names(check, &pack->alerts[i].test);
		check_role_texts(check, pack->alerts[i].where, &pack->alerts[i].sent_to_unless);
		check_role_names(check, &pack->alerts[i].to, false);
	}
	for (i = 0; i < pack->digest_count; i++) {
		check_role_names(check, &pack->digests[i].to, false);
		condition_names(check, &pack->digests[i].when, NULL);
		for (j = 0; j < pack->digests[i].lists.n; j++)
			list_name(check, &pack->digests[i], pack->digests[i].lists.v[j]);
	}
}

/* What a pack that runs cannot do without. A base, which watches nothing, may lack it. */
static void
pack_needs(struct check *check)
{
	const struct pack *pack = check->pack;

	if (pack->title == NULL)
		problem_add(check->problems, pack->where, NULL, "the pack has no title");
	if (pack->owner != NULL)
		check_role_name(check, pack->owner_where, pack->owner, false);
	if (pack->age_counted_on != NULL && !check_date_base(check, pack->age_counted_on))
		check_unknown(check, pack->where, "date", pack->age_counted_on, &check->facts);
	if (pack->watches.n == 0) {
		if ((pack->owner != NULL || pack->domains.n > 0) && pack->strand_count > 0)
			problem_warn(check->problems, pack->where,
			    "to let it run, name its mailbox as the daemon's configuration does:  watches = [ \"...\" ]",
			    "this pack will never run: it says whom to ask and what begins, but not which mailbox it watches");
		return;
	}
	if (pack->reference_count == 0)
		problem_warn(check->problems, pack->where, "reference = [ \"EHC-#####\" ]",
		    "the pack gives no reference's shape, so a case is never found by its reference");
	if (pack->owner == NULL)
		problem_add(check->problems, pack->where, "owner = \"business-support\"",
		    "the pack has no owner: whom is the daemon to ask when it does not know?");
	if (pack->domains.n == 0)
		problem_add(check->problems, pack->where, "domains = [ \"council.example\" ]",
		    "the pack has no domains, so it may write to nobody");
	if (pack->calendar_name == NULL)
		problem_add(check->problems, pack->where, "calendar = \"england-and-wales\"",
		    "the pack names no calendar, so working days cannot be counted");
	if (pack->strand_count == 0)
		problem_add(check->problems, pack->where, NULL,
		    "the pack has no strands; nothing would ever begin");
}

void
check_names(struct check *check)
{
	const struct pack *pack = check->pack;
	struct conditions named = { pack->conditions, pack->condition_count };
	size_t i, j;

	pack_needs(check);
	for (i = 0; i < pack->role_count; i++)
		one_role_names(check, &pack->roles[i]);
	kinds_names(check);
	condition_names(check, &named, NULL);
	for (i = 0; i < pack->deadline_count; i++)
		check_date_names(check, &pack->deadlines[i].is);
	for (i = 0; i < pack->exception_count; i++)
		exception_names(check, &pack->exceptions[i]);
	for (i = 0; i < pack->question_count; i++)
		question_names(check, &pack->questions[i]);
	for (i = 0; i < pack->strand_count; i++)
		for (j = 0; j < pack->strands[i].stage_count; j++)
			stage_names(check, &pack->strands[i].stages[j]);
	watch_names(check);
	check_called(check);
	check_each_row(check, row_names, NULL);
}
