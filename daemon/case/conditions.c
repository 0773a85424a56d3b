/*
 * The conditions of a pack weighed against a case, the involvement record and
 * the event at hand.  Runs wherever decide() does; pure.
 * Invariant: what is not known does not hold, neither as "is" nor as "is not".
 * Fails: never.
 */
#include <string.h>

#include "case/classify.h"
#include "case/conditions.h"
#include "case/dates.h"
#include "case/people.h"

#define DEPTH_MAX 24	/* conditions and roles within one another */

static const struct case_state no_case = { .reference = "", .opened = INSTANT_NONE,
	.closed = INSTANT_NONE };

/* What a query is weighed with, made once a condition. */
struct weighing {
	struct arena		*arena;
	const struct cond_query	*query;
	const struct case_state	*state;		/* never NULL */
	const struct case_strand *strand;	/* or NULL */
};

static struct weighing
weighing_of(struct arena *arena, const struct cond_query *query)
{
	struct weighing w = { arena, query, query->state == NULL ? &no_case : query->state, NULL };

	w.strand = case_strand(w.state, query->strand);
	return w;
}

static struct people_query
people_query_of(const struct weighing *w)
{
	const struct cond_query *query = w->query;

	return (struct people_query){
		.pack = query->pack, .world = query->world, .state = query->state,
		.strand = query->strand, .on = instant_date(query->now), .them = query->them,
		.them_addresses = query->them_addresses, .keep_absent = true,
		.sender = query->event == NULL || query->event->mail == NULL ? NULL :
		    query->event->mail->from.address,
		.depth = query->depth + 1,
	};
}

static struct dates_query
dates_query_of(const struct weighing *w)
{
	return (struct dates_query){
		.pack = w->query->pack, .state = w->state, .strand = w->query->strand,
		.now = w->query->now, .event = w->query->event,
	};
}

/* The names a test lists; a single one may stand as its name. */
static struct strs
names_of(const struct test *test)
{
	if (test->values.n == 0 && test->name != NULL)
		return (struct strs){ (const char **)&test->name, 1 };
	return test->values;
}

/* ---- Facts and the record */

/* The mail at hand speaks first, unless it only quotes. */
static const char *
fact_of(const struct weighing *w, const char *name)
{
	const struct classified *said = w->query->event == NULL ? NULL : w->query->event->classified;
	const char *value = case_fact_value(w->state, w->query->strand, name);

	for (size_t i = 0; said != NULL && i < said->fact_count; i++)
		if (strcmp(said->facts[i].name, name) == 0 &&
		    (value == NULL || said->facts[i].source != SOURCE_QUOTED))
			return said->facts[i].value;
	return value;
}

/* "worker = contact-centre": the fact holds an address, the rule names a role. */
static bool
is_value(const struct weighing *w, const char *value, const char *wanted)
{
	struct people_query query = people_query_of(w);
	struct people people;

	if (str_same(value, wanted))
		return true;
	if (pack_role(w->query->pack, wanted) == NULL)
		return false;
	people_of_role(w->arena, &query, wanted, &people);
	return strs_has_nocase(&people.addresses, value);
}

static bool
is_known(const struct weighing *w, const char *name)
{
	const char *value = fact_of(w, name);

	return value != NULL && value[0] != '\0' && !str_same(value, "no");
}

static bool
fact_holds(const struct weighing *w, const struct test *test)
{
	const char *value;

	if (test->name != NULL && test->values.n == 0)
		return is_known(w, test->name);
	for (size_t i = 0; i < test->values.n; i++) {
		if (test->name == NULL && is_known(w, test->values.v[i]))
			return true;
		if (test->name == NULL)
			continue;
		value = fact_of(w, test->name);
		if (value != NULL && is_value(w, value, test->values.v[i]))
			return true;
	}
	return false;
}

/* "NOT KNOWN" and "not-known" are the same answer. */
static const char *
involvement_word(const struct weighing *w, const char *text)
{
	char *word = str_lower(w->arena, text);

	for (char *p = word; *p != '\0'; p++)
		if (*p == ' ')
			*p = '-';
	return word;
}

/* A fresh list speaks first, then what a person answered, then an old list. */
static const char *
involvement_of(const struct weighing *w)
{
	const struct world *world = w->query->world;
	const char *listed = NULL, *said = fact_of(w, "involvement");

	for (size_t i = 0; world != NULL && i < world->involved_count; i++)
		if (listed == NULL || world->involved[i].open)
			listed = world->involved[i].open ? "open" : "closed";
	if (listed != NULL && world->list_is_fresh)
		return listed;
	for (size_t i = w->state->question_count; said == NULL && i-- > 0;) {
		const struct case_question *question = &w->state->questions[i];

		if (question->state == QUESTION_ANSWERED && strcmp(question->name, "involvement") == 0)
			said = question->answer;
	}
	if (said != NULL)
		return involvement_word(w, said);
	if (listed != NULL)
		return listed;
	return world != NULL && world->list_is_fresh ? "not-known" : NULL;
}

static bool
involvement_holds(const struct weighing *w, const struct strs *wanted)
{
	const char *is = involvement_of(w);

	for (size_t i = 0; is != NULL && i < wanted->n; i++)
		if (strcmp(is, involvement_word(w, wanted->v[i])) == 0)
			return true;
	return false;
}

/* Open to a service by the record, or by an answer that named it or a worker of its teams. */
static bool
open_to(const struct weighing *w, const struct strs *services)
{
	const struct world *world = w->query->world;
	const char *service = fact_of(w, "service"), *worker = fact_of(w, "worker");
	const struct person *person = NULL;

	for (size_t i = 0; world != NULL && i < world->involved_count; i++)
		if (world->involved[i].open && strs_has_nocase(services, world->involved[i].service))
			return true;
	if (world == NULL || world->involved_count > 0)
		return false;
	if (service == NULL && worker != NULL && world->directory != NULL)
		person = directory_find(world->directory, worker);
	if (person != NULL)
		service = people_service(w->query->pack, person);
	return service != NULL && strs_has_nocase(services, service);
}

static bool
flag_holds(const struct weighing *w, const struct strs *flags)
{
	const struct world *world = w->query->world;

	for (size_t i = 0; world != NULL && i < world->involved_count; i++)
		for (size_t j = 0; j < flags->n; j++)
			if (strs_has_nocase(&world->involved[i].flags, flags->v[j]))
				return true;
	return false;
}

/* ---- Age */

static dayno
born_on(const struct weighing *w)
{
	const struct world *world = w->query->world;
	const char *said = fact_of(w, "date-of-birth");
	dayno day;

	if (said != NULL && date_parse_iso(said, &day))
		return day;
	for (size_t i = 0; world != NULL && i < world->involved_count; i++)
		if (world->involved[i].born != DAY_NONE)
			return world->involved[i].born;
	return DAY_NONE;
}

static dayno
age_day(const struct weighing *w)
{
	const struct strand *rules = w->strand == NULL ? NULL :
	    pack_strand(w->query->pack, w->strand->name);
	const struct stage *stage = rules == NULL ? NULL : strand_stage(rules, w->strand->stage);
	const char *counted_on = w->query->pack->age_counted_on;
	struct dates_query dates = dates_query_of(w);
	dayno day = DAY_NONE;

	if (stage != NULL && stage->age_counted_on != NULL)
		counted_on = stage->age_counted_on;
	if (counted_on != NULL)
		day = dates_named(w->arena, &dates, counted_on);
	return day == DAY_NONE ? instant_date(w->query->now) : day;
}

static bool
age_holds(const struct weighing *w, const struct test *test)
{
	dayno born = born_on(w), on = age_day(w);
	bool reached;

	if (born == DAY_NONE)
		return false;
	if (test->age_months % 12 == 0)
		reached = date_age(born, on) >= test->age_months / 12;
	else
		reached = date_add_months(born, test->age_months) <= on;
	return reached == test->age_over;
}

/* ---- The mail at hand and the mails before it */

static bool
same_documents(const struct case_mail *a, const struct case_mail *b)
{
	if (a->document_count != b->document_count)
		return false;
	for (size_t i = 0; i < a->document_count; i++) {
		bool found = false;

		for (size_t j = 0; j < b->document_count && !found; j++)
			found = strcmp(a->documents[i].sha256, b->documents[j].sha256) == 0;
		if (!found)
			return false;
	}
	return true;
}

static bool
from_role(const struct weighing *w, const struct case_mail *mail, const char *role)
{
	struct people_query query = people_query_of(w);

	return role == NULL || people_fits_text(w->arena, &query, role, mail->from);
}

/* Mails of a kind that brought documents, newest first; before: an index below which to look. */
static const struct case_mail *
version_before(const struct weighing *w, const char *kind, const char *role, size_t before, size_t *at_r)
{
	for (size_t i = before; i-- > 0;) {
		const struct case_mail *mail = &w->state->mails[i];

		if (strcmp(mail->kind, kind) != 0 || mail->document_count == 0 ||
		    !from_role(w, mail, role))
			continue;
		*at_r = i;
		return mail;
	}
	return NULL;
}

static bool
documents_changed(const struct weighing *w, const char *kind, const char *since)
{
	const struct case_mail *last, *earlier;
	size_t at = 0;

	last = version_before(w, kind, NULL, w->state->mail_count, &at);
	if (last == NULL)
		return false;
	earlier = version_before(w, kind, since, since == NULL ? at : w->state->mail_count, &at);
	return earlier != NULL && earlier != last && !same_documents(last, earlier);
}

static bool
fact_changed(const struct weighing *w, const char *name)
{
	const char *now = case_fact_value(w->state, w->query->strand, name);

	for (size_t i = 0; now != NULL && i < w->state->fact_count; i++)
		if (w->state->facts[i].superseded && strcmp(w->state->facts[i].name, name) == 0 &&
		    strcmp(w->state->facts[i].value, now) != 0)
			return true;
	return false;
}

static bool
changed_holds(const struct weighing *w, const struct test *test)
{
	const struct event *event = w->query->event;
	struct strs names = names_of(test);

	for (size_t i = 0; i < names.n; i++) {
		if (event != NULL && event->type == EVENT_CHANGED && event->changed != NULL &&
		    strcmp(event->changed, names.v[i]) == 0)
			return true;
		if (pack_kind(w->query->pack, names.v[i]) != NULL) {
			if (documents_changed(w, names.v[i], test->since))
				return true;
		} else if (fact_changed(w, names.v[i]))
			return true;
	}
	return false;
}

static bool
among(const struct mail_addresses *list, const struct strs *addresses)
{
	for (size_t i = 0; i < list->n; i++)
		if (strs_has_nocase(addresses, list->v[i].address))
			return true;
	return false;
}

static bool
copied_holds(const struct weighing *w, const struct strs *roles)
{
	struct people_query query = people_query_of(w);

	if (w->query->event == NULL || w->query->event->mail == NULL)
		return false;
	for (size_t i = 0; i < roles->n; i++) {
		struct people people;

		people_of_role(w->arena, &query, roles->v[i], &people);
		if (among(&w->query->event->mail->to, &people.addresses) ||
		    among(&w->query->event->mail->cc, &people.addresses))
			return true;
	}
	return false;
}

static bool
document_named(const struct document *documents, size_t count, const struct strs *globs)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < globs->n; j++)
			if (!documents[i].is_inline && pattern_file(globs->v[j], documents[i].name))
				return true;
	return false;
}

/* The mail's at hand; without one, those of the latest mail that the strand took. */
static bool
attachment_holds(const struct weighing *w, const struct strs *globs)
{
	const struct event *event = w->query->event;

	if (event != NULL && event->mail != NULL)
		return document_named(event->mail->documents, event->mail->document_count, globs);
	for (size_t i = w->state->mail_count; i-- > 0;) {
		const struct case_mail *mail = &w->state->mails[i];

		if (mail->strand == w->query->strand && mail->document_count > 0)
			return document_named(mail->documents, mail->document_count, globs);
	}
	return false;
}

static bool
known_holds(const struct weighing *w, const struct strs *roles)
{
	struct people_query query = people_query_of(w);

	for (size_t i = 0; i < roles->n; i++) {
		struct people people;

		people_of_role(w->arena, &query, roles->v[i], &people);
		if (people.addresses.n > 0)
			return true;
	}
	return false;
}

static bool
received_holds(const struct weighing *w, const struct strs *kinds)
{
	const struct event *event = w->query->event;

	if (event != NULL && event->classified != NULL && event->classified->kind != NULL &&
	    strs_has(kinds, event->classified->kind->name))
		return true;
	for (size_t i = 0; i < w->state->mail_count; i++)
		if (strs_has(kinds, w->state->mails[i].kind))
			return true;
	return false;
}

static bool
sent_holds(const struct weighing *w, const struct strs *templates)
{
	for (size_t i = 0; i < w->state->sent_count; i++)
		if (w->state->sent[i].template != NULL &&
		    strs_has(templates, w->state->sent[i].template))
			return true;
	return false;
}

static bool
says_holds(const struct weighing *w, const struct test *test)
{
	const struct message *mail = w->query->event == NULL ? NULL : w->query->event->mail;

	for (size_t i = 0; mail != NULL && i < test->says_count; i++)
		if (pattern_find(test->says[i], w->arena, mail->subject, NULL, 0, NULL) ||
		    pattern_find(test->says[i], w->arena, mail->new_text, NULL, 0, NULL))
			return true;
	return false;
}

/* ---- Where the case stands */

/* Seen from outside a strand, any open strand counts. */
static bool
stage_holds(const struct weighing *w, const struct strs *stages)
{
	if (w->strand != NULL)
		return strs_has(stages, w->strand->stage);
	for (size_t i = 0; i < w->state->strand_count; i++)
		if (strs_has(stages, w->state->strands[i].stage))
			return true;
	return false;
}

static bool
open_holds(const struct weighing *w, const struct strs *strands)
{
	for (size_t i = 0; i < w->state->strand_count; i++)
		if (!w->state->strands[i].final && strs_has(strands, w->state->strands[i].name))
			return true;
	return false;
}

static bool
service_holds(const struct weighing *w, const struct strs *services)
{
	if (w->strand != NULL && w->strand->service[0] != '\0')
		return strs_has_nocase(services, w->strand->service);
	return open_to(w, services);
}

static bool
test_holds(const struct weighing *w, const struct test *test)
{
	struct dates_query dates = dates_query_of(w);
	struct strs names = names_of(test);

	switch (test->kind) {
	case TEST_NAMED:
		for (size_t i = 0; i < names.n; i++)
			if (condition_named_holds(w->arena, w->query, names.v[i]))
				return true;
		return false;
	case TEST_INVOLVEMENT:
		return involvement_holds(w, &names);
	case TEST_SERVICE:
		return service_holds(w, &names);
	case TEST_FLAG:
		return flag_holds(w, &names);
	case TEST_OPEN_TO:
		return open_to(w, &names);
	case TEST_AGE:
		return age_holds(w, test);
	case TEST_FACT:
		return fact_holds(w, test);
	case TEST_DATES:
		return dates_hold(w->arena, &dates, test);
	case TEST_CHANGED:
		return changed_holds(w, test);
	case TEST_COPIED:
		return copied_holds(w, &names);
	case TEST_ATTACHMENT:
		return attachment_holds(w, &names);
	case TEST_KNOWN:
		return known_holds(w, &names);
	case TEST_RECEIVED:
		return received_holds(w, &names);
	case TEST_SENT:
		return sent_holds(w, &names);
	case TEST_STAGE:
		return stage_holds(w, &names);
	case TEST_SAYS:
		return says_holds(w, test);
	case TEST_OPEN:
		return open_holds(w, &names);
	}
	return false;
}

bool
condition_holds(struct arena *arena, const struct cond_query *query, const struct condition *condition)
{
	struct cond_query next = *query;
	struct weighing w;

	if (++next.depth > DEPTH_MAX)
		return false;
	w = weighing_of(arena, &next);
	for (size_t i = 0; i < condition->test_count; i++)
		if (!test_holds(&w, &condition->tests[i]))
			return false;
	if (condition->name != NULL && query->world != NULL)
		reached_add(query->world->reached, condition->where, NULL);
	return true;
}

bool
condition_named_holds(struct arena *arena, const struct cond_query *query, const char *name)
{
	const struct condition *condition = pack_condition(query->pack, name);

	return condition != NULL && condition_holds(arena, query, condition);
}

bool
conditions_hold(struct arena *arena, const struct cond_query *query, const struct conditions *conditions)
{
	if (conditions->n == 0)
		return true;
	for (size_t i = 0; i < conditions->n; i++)
		if (condition_holds(arena, query, &conditions->v[i]))
			return true;
	return false;
}
