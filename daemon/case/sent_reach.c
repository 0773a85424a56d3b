/*
 * Which steps of the rules a mail that was sent by hand may stand in for: by
 * whom it went to, and by what it carries.
 * Runs wherever decide() does; pure.  Invariant: the case is as it was before.
 * Fails: never.
 */
#include <string.h>

#include "case/sent_reach.h"

/* ---- Whom it went to */

static struct strs
reached(const struct turn *turn, bool copies)
{
	const struct message *mail = turn->event->mail;
	const struct mail_addresses *list = copies ? &mail->cc : &mail->to;
	struct strs addresses = { NULL, 0 };

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].address[0] != '\0' && !str_same(list->v[i].address, turn->world.mailbox))
			strs_add_new(turn->arena, &addresses, list->v[i].address);
	return addresses;
}

struct strs
reach_everybody(const struct turn *turn)
{
	struct strs all = reached(turn, false), copies = reached(turn, true);

	for (size_t i = 0; i < copies.n; i++)
		strs_add_new(turn->arena, &all, copies.v[i]);
	return all;
}

static bool
went_to(struct turn *turn, int strand, const struct recipients *recipients)
{
	struct people_query query = turn_query(turn, strand, NULL);
	struct strs all = reach_everybody(turn);

	for (size_t i = 0; i < all.n; i++)
		if (people_fits(turn->arena, &query, recipients, all.v[i]))
			return true;
	return false;
}

/* The role that the stage waits for, where it is one that a case names, and this one has not yet. */
static const char *
role_to_fill(struct turn *turn, int strand, const struct stage *stage)
{
	for (size_t i = 0; i < stage->waits_for.n; i++)
		for (size_t j = 0; j < stage->waits_for.v[i].choice_count; j++) {
			const struct recipient_choice *choice = &stage->waits_for.v[i].choices[j];
			const struct role *role = choice->manager ? NULL : pack_role(turn->pack, choice->role);
			const char *known;

			if (role == NULL || (role->source != ROLE_ON_CASE && role->source != ROLE_ON_STRAND))
				continue;
			known = case_fact_value(turn->state, strand, role->name);
			return known == NULL || known[0] == '\0' ? role->name : NULL;
		}
	return NULL;
}

/* Somebody whom the row writes to under another name than that of the role. */
static bool
stands_there_otherwise(struct turn *turn, int strand, const struct row *row, const char *address)
{
	struct people_query query = turn_query(turn, strand, NULL);

	for (size_t i = 0; i < turn->state->question_count; i++) {
		const struct case_question *question = &turn->state->questions[i];

		if (question->state == QUESTION_OPEN && question->strand == strand && strs_has_nocase(&question->asked, address))
			return true;	/* a word to the one who is asked */
	}
	return people_fits(turn->arena, &query, &row->to, address) || people_fits(turn->arena, &query, &row->cc, address) ||
	    person_is_owner(turn, address);
}

/* Of those it went to, the one who may fill the role; NULL: nobody, or several. */
static const char *
person_for(struct turn *turn, int strand, const struct row *row)
{
	for (int copies = 0; copies < 2; copies++) {
		struct strs list = reached(turn, copies == 1), fit = { NULL, 0 };

		for (size_t i = 0; i < list.n; i++)
			if (directory_find(&turn->directory, str_lower(turn->arena, list.v[i])) != NULL &&
			    people_in_domains(turn->pack, list.v[i]) && !stands_there_otherwise(turn, strand, row, list.v[i]))
				strs_add_new(turn->arena, &fit, str_lower(turn->arena, list.v[i]));
		if (fit.n > 0)
			return fit.n == 1 ? fit.v[0] : NULL;
	}
	return NULL;
}

static bool
names_role(const struct recipients *recipients, const char *role)
{
	for (size_t i = 0; i < recipients->n; i++)
		for (size_t j = 0; j < recipients->v[i].choice_count; j++)
			if (!recipients->v[i].choices[j].manager && strcmp(recipients->v[i].choices[j].role, role) == 0)
				return true;
	return false;
}

/* ---- What it carries */

static bool
has_document(const struct document *documents, size_t count, const char *sha256)
{
	for (size_t i = 0; i < count; i++)
		if (!documents[i].is_inline && strcmp(documents[i].sha256, sha256) == 0)
			return true;
	return false;
}

static bool
shares_a_file(const struct turn *turn, const struct case_mail *mail)
{
	const struct message *sent = turn->event->mail;

	for (size_t i = 0; i < mail->document_count; i++)
		if (!strs_has_nocase(&turn->pack->file_hashes, mail->documents[i].sha256) &&
		    has_document(sent->documents, sent->document_count, mail->documents[i].sha256))
			return true;
	return false;
}

/* It answers or passes on that mail, and its text stands in it. */
static bool
shows_its_text(const struct turn *turn, const struct case_mail *mail)
{
	const struct message *sent = turn->event->mail;

	if (sent->forwarded_text[0] != '\0' && sent->forwarded_from.address != NULL && mail->from[0] != '\0' &&
	    str_same(sent->forwarded_from.address, mail->from))
		return true;
	if (mail->message_id[0] == '\0' || (sent->forwarded_text[0] == '\0' && sent->quoted_text[0] == '\0'))
		return false;
	return strcmp(sent->in_reply_to, mail->message_id) == 0 || strs_has(&sent->references, mail->message_id);
}

/* With a mail of another kind, or for another strand. */
static bool
came_as_something_else(const struct turn *turn, int strand, const char *sha256, const char *kind)
{
	for (size_t i = 0; i < turn->state->mail_count; i++) {
		const struct case_mail *mail = &turn->state->mails[i];
		bool is_it = strcmp(mail->kind, kind) == 0 && (mail->strand == 0 || mail->strand == strand);

		if (!is_it && strcmp(mail->kind, KIND_BY_HAND) != 0 &&
		    has_document(mail->documents, mail->document_count, sha256))
			return true;
	}
	return false;
}

/* A file such as this kind brings, that we never saw: staff had it from elsewhere. */
static bool
has_such_a_file(struct turn *turn, int strand, const struct kind *kind)
{
	const struct message *sent = turn->event->mail;

	for (size_t i = 0; i < sent->document_count; i++) {
		const struct document *document = &sent->documents[i];

		if (document->is_inline || strs_has_nocase(&turn->pack->file_hashes, document->sha256) ||
		    came_as_something_else(turn, strand, document->sha256, kind->name))
			continue;
		for (size_t p = 0; p < kind->test.attachment.n; p++)
			if (pattern_file(kind->test.attachment.v[p], document->name))
				return true;
	}
	return false;
}

/* The strand stands where a mail of the kind is waited for, or where one that came is looked at. */
static bool
is_about(const struct turn *turn, int strand, const char *kind)
{
	const struct stage *stage = turn_stage(turn, strand);
	const struct question *question = stage == NULL || stage->ask == NULL ? NULL : pack_question(turn->pack, stage->ask);

	for (size_t i = 0; stage != NULL && i < stage->on.n; i++)
		if (stage->on.v[i].event == ON_KIND && strs_has(&stage->on.v[i].names, kind))
			return true;
	return question != NULL && question->shows != NULL && strcmp(question->shows, kind) == 0;
}

/* A mail of that kind which came to us.  At an end only its files count: quoting advice is not returning it. */
static bool
carries_one_seen(const struct turn *turn, int strand, const char *kind, bool at_end)
{
	for (size_t i = 0; i < turn->state->mail_count; i++) {
		const struct case_mail *mail = &turn->state->mails[i];

		if (strcmp(kind, ANY_KIND) == 0 ? pack_kind(turn->pack, mail->kind) == NULL :
		    strcmp(mail->kind, kind) != 0 || (at_end && mail->strand != 0 && mail->strand != strand))
			continue;
		if (shares_a_file(turn, mail) || (!at_end && shows_its_text(turn, mail)))
			return true;
	}
	return false;
}

static bool
carries_new_one(struct turn *turn, int strand, const char *kind)
{
	const struct kind *rules = pack_kind(turn->pack, kind);

	return rules != NULL && is_about(turn, strand, kind) && has_such_a_file(turn, strand, rules);
}

const char *
reach_kind(const struct row *row, const struct act *act)
{
	if (act->word == ACT_SEND)
		return row->enclose != NULL ? row->enclose : ANY_KIND;
	if (act->word != ACT_FORWARD)
		return NULL;
	if (strcmp(act->value, "this") != 0)
		return act->value;
	return row->event == ON_KIND && row->names.n > 0 ? row->names.v[0] : NULL;
}

/* ---- Which stage it reaches */

static void
reach_add(struct turn *turn, struct reaches *found, const struct reach *reach)
{
	for (size_t i = 0; i < found->n; i++)
		if (found->v[i].strand == reach->strand && found->v[i].stage == reach->stage)
			return;
	*arena_push(turn->arena, found->v, found->n) = *reach;
}

/*
 * Does the mail stand in for an act of this row, one of the stage's own or of the row that leads there?  aim: where the
 * strand waits for somebody once the row is done.  A mail in the rules' own words stands for the request only to them.
 */
static void
look_at_row(struct turn *turn, struct reach reach, const struct stage *aim, const struct row *row, struct reaches *known,
    struct reaches *filled)
{
	bool is_final = reach.stage->final;

	for (size_t i = 0; i < row->act_count; i++) {
		reach.kind = reach_kind(row, &row->acts[i]);
		reach.where = row->where;
		reach.role = reach.person = NULL;
		reach.act = &row->acts[i];
		if (reach.kind == NULL || (strcmp(reach.kind, ANY_KIND) == 0 && (is_final || aim->waits_for.n == 0)))
			continue;
		reach.seen = carries_one_seen(turn, reach.strand, reach.kind, is_final);
		if (!reach.seen && (!is_final || !carries_new_one(turn, reach.strand, reach.kind)))
			continue;
		if (went_to(turn, reach.strand, &row->to) &&
		    (is_final || aim->waits_for.n == 0 || went_to(turn, reach.strand, &aim->waits_for))) {
			reach_add(turn, known, &reach);
			continue;
		}
		reach.role = is_final ? NULL : role_to_fill(turn, reach.strand, aim);
		if (reach.role != NULL && names_role(&row->to, reach.role) &&
		    (reach.person = person_for(turn, reach.strand, row)) != NULL)
			reach_add(turn, filled, &reach);
	}
}

/* With the person named, as if an answer had named them: the row's conditions may ask for that. */
static bool
row_would_fit(struct turn *turn, const struct reach *reach, const char *word)
{
	struct facts_mark before = turn_mark(turn);
	const struct row *row;

	if (reach->role != NULL)
		turn_set_fact(turn, reach->strand, reach->role, reach->person, SOURCE_HEADER, "sent by hand");
	row = stage_row_for(turn, reach->strand, ON_ANSWER, word, false);
	turn_undo(turn, &before);
	return row == reach->row;
}

static void
look_at_stage(struct turn *turn, struct reach reach, const char *word, struct reaches *known, struct reaches *filled)
{
	struct reaches found[2] = { { NULL, 0 }, { NULL, 0 } }, *to[2] = { known, filled };
	const struct strand *rules = turn_strand_rules(turn, reach.strand);

	for (size_t i = 0; i < reach.stage->entry.n; i++)
		look_at_row(turn, reach, reach.stage, &reach.stage->entry.v[i], &found[0], &found[1]);
	for (size_t i = 0; i < reach.stage->choose.n && !reach.stage->final; i++) {
		const struct row *row = &reach.stage->choose.v[i];
		const struct stage *next = row->go == NULL ? NULL : strand_stage(rules, row->go);

		if (next != NULL && !next->final)
			look_at_row(turn, reach, next, row, &found[0], &found[1]);
	}
	if (reach.row != NULL)
		look_at_row(turn, reach, reach.stage, reach.row, &found[0], &found[1]);
	for (size_t f = 0; f < 2; f++)
		for (size_t i = 0; i < found[f].n; i++)
			if (word == NULL || row_would_fit(turn, &found[f].v[i], word))
				reach_add(turn, to[f], &found[f].v[i]);
}

/* Where the answers to the strand's open questions lead. */
static void
look_at_answers(struct turn *turn, int strand, struct reaches *known, struct reaches *filled)
{
	const struct strand *rules = turn_strand_rules(turn, strand);
	const struct stage *stage = turn_stage(turn, strand);

	for (size_t q = 0; q < turn->state->question_count; q++) {
		const struct case_question *question = &turn->state->questions[q];
		const struct question *asked = pack_question(turn->pack, question->name);

		if (question->strand != strand || question->state != QUESTION_OPEN || asked == NULL)
			continue;
		for (size_t i = 0; i < stage->on.n; i++) {
			const struct row *row = &stage->on.v[i];
			const struct stage *next = row->event != ON_ANSWER || row->go == NULL ? NULL : strand_stage(rules, row->go);

			for (size_t a = 0; next != NULL && !next->final && a < asked->answer_count; a++)
				if (strs_has(&row->names, asked->answers[a].word) || strs_has(&row->names, "any"))
					look_at_stage(turn, (struct reach){ .strand = strand, .stage = next, .row = row,
					    .question = question->no }, asked->answers[a].word, known, filled);
		}
	}
}

static void
look_at_ends(struct turn *turn, int strand, struct reaches *known)
{
	const struct strand *rules = turn_strand_rules(turn, strand);
	const struct stage *stage = turn_stage(turn, strand);
	struct reaches none = { NULL, 0 };

	for (size_t i = 0; i < rules->stage_count; i++) {
		struct reach reach = { .strand = strand, .stage = &rules->stages[i] };

		if (!reach.stage->final)
			continue;
		look_at_stage(turn, reach, NULL, known, &none);
		for (size_t r = 0; r < stage->on.n; r++) {
			reach.row = &stage->on.v[r];
			if (reach.row->go != NULL && strcmp(reach.row->go, reach.stage->name) == 0)
				look_at_row(turn, reach, reach.stage, reach.row, known, &none);
		}
	}
}

void
reach_find(struct turn *turn, struct reaches *ends, struct reaches *known, struct reaches *filled)
{
	for (size_t i = 0; i < turn->state->strand_count; i++) {
		int no = turn->state->strands[i].no;
		const struct stage *stage = turn_stage(turn, no);

		if (turn->state->strands[i].final || stage == NULL)
			continue;
		look_at_ends(turn, no, ends);
		look_at_stage(turn, (struct reach){ .strand = no, .stage = stage }, NULL, known, filled);
		look_at_answers(turn, no, known, filled);
	}
}
