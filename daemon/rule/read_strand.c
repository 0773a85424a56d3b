/*
 * Questions, stages and strands.  Used by the pack reader.
 * Invariant: an answer's word is its fixed words up to the first hole.
 * Fails: reports to the problems.
 */
#include <string.h>

#include "rule/read_value.h"

static void
question_answers(struct reader *reader, const struct node *node, void *at)
{
	struct question *question = at;
	struct answer *answer;
	struct node item;
	const char *word;
	struct strs texts, services = read_service_words(reader);
	struct err err;
	size_t i;

	if (!read_strs(reader, node, &texts))
		return;
	for (i = 0; i < texts.n; i++) {
		word = str_squeeze(reader->arena, arena_strndup(reader->arena, texts.v[i],
		    strcspn(texts.v[i], "{[")));
		if (*word == '\0') {
			problem_add(reader->problems, node->where, NULL,
			    "the answer \"%s\" must begin with a fixed word, such as APPROVED",
			    texts.v[i]);
			continue;
		}
		answer = arena_push(reader->arena, question->answers, question->answer_count);
		answer->text = texts.v[i];
		answer->word = word;
		if (pattern_compile_services(reader->arena, texts.v[i], reader->pack->same_words,
		    reader->pack->same_word_count, &services, &answer->pattern, &err) != 0) {
			item = read_item(node, i);
			read_failed(reader, &item, &err);
		}
	}
}

static const struct key question_keys[] = {
	{ "of", key_recipients, offsetof(struct question, of) },
	{ "one-after-the-other", key_bool, offsetof(struct question, one_after_the_other) },
	{ "answers", question_answers, 0 },
	{ "list-answers", key_bool, offsetof(struct question, list_answers) },
	{ "by-mail", key_text, offsetof(struct question, by_mail) },
	{ "shows", key_text, offsetof(struct question, shows) },
	{ "outlives-stage", key_bool, offsetof(struct question, outlives_stage) },
	{ "ladder", key_text, offsetof(struct question, ladder) },
	{ "template", key_text, offsetof(struct question, template) },
	{ "invitation-accepted", key_text, offsetof(struct question, invitation_accepted) },
	{ "invitation-declined", key_text, offsetof(struct question, invitation_declined) },
	{ "meets", key_meets, offsetof(struct question, meets) },
	{ NULL, NULL, 0 }
};

void
read_questions(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;
	struct question *question;
	size_t i;

	for (i = 0; i < node->count; i++) {
		question = arena_push(reader->arena, pack->questions, pack->question_count);
		question->name = node->items[i]->name;
		question->where = node->items[i]->where;
		if (!read_is_group(reader, node->items[i], "a question in { }"))
			continue;
		read_group(reader, node->items[i], "a question", question_keys, question);
		if (question->ladder == NULL)
			question->ladder = "question";
		if (question->template == NULL)
			question->template = pack_template(pack, question->name) != NULL
						 ? question->name
						 : "question";
		if (question->answer_count == 0 && question->by_mail == NULL)
			problem_add(reader->problems, question->where, NULL,
			    "the question \"%s\" cannot be answered; add answers or by-mail",
			    question->name);
	}
}

/* A name, several names, or the rungs themselves. */
static void
stage_ladder(struct reader *reader, const struct node *node, void *at)
{
	struct stage *stage = at;
	struct ladder_ref *ref;
	struct strs names;
	size_t i;

	if (node->type == NODE_GROUP) {
		ref = arena_push(reader->arena, stage->ladders, stage->ladder_count);
		ref->where = node->where;
		ref->own = arena_alloc(reader->arena, sizeof *ref->own);
		read_ladder(reader, node, ref->own);
		return;
	}
	if (node->type != NODE_TEXT && node->type != NODE_ARRAY) {
		read_wrong(reader, node, "a ladder's name, several in [ ], or named rungs in { }");
		return;
	}
	if (!read_strs(reader, node, &names))
		return;
	for (i = 0; i < names.n; i++) {
		ref = arena_push(reader->arena, stage->ladders, stage->ladder_count);
		ref->where = node->where;
		ref->name = names.v[i];
	}
}

static const struct key stage_keys[] = {
	{ "waits-for", key_recipients, offsetof(struct stage, waits_for) },
	{ "due", key_text, offsetof(struct stage, due) },
	{ "ladder", stage_ladder, 0 },
	{ "ask", key_text, offsetof(struct stage, ask) },
	{ "of", key_recipients, offsetof(struct stage, ask_of) },
	{ "waits", key_text, offsetof(struct stage, waits) },
	{ "wants", key_text, offsetof(struct stage, wants) },
	{ "told", key_text, offsetof(struct stage, told) },
	{ "final", key_bool, offsetof(struct stage, final) },
	{ "one-for-each", key_text, offsetof(struct stage, one_for_each) },
	{ "age-counted-on", key_text, offsetof(struct stage, age_counted_on) },
	{ "do", key_rows, offsetof(struct stage, entry) },
	{ "choose", key_rows, offsetof(struct stage, choose) },
	{ "on", key_rows, offsetof(struct stage, on) },
	{ "meets", key_meets, offsetof(struct stage, meets) },
	{ NULL, NULL, 0 }
};

static void
strand_stages(struct reader *reader, const struct node *node, void *at)
{
	struct strand *strand = at;
	struct stage *stage;
	size_t i;

	if (!read_is_group(reader, node, "a group of stages"))
		return;
	for (i = 0; i < node->count; i++) {
		stage = arena_push(reader->arena, strand->stages, strand->stage_count);
		stage->name = node->items[i]->name;
		stage->where = node->items[i]->where;
		if (read_is_group(reader, node->items[i], "a stage in { }"))
			read_group(reader, node->items[i], "a stage", stage_keys, stage);
	}
}

static void
strand_always(struct reader *reader, const struct node *node, void *at)
{
	struct strand *strand = at;

	read_always(reader, node, &strand->always, &strand->always_ladder);
}

static const struct key strand_keys[] = {
	{ "begins", key_rows, offsetof(struct strand, begins) },
	{ "stages", strand_stages, 0 },
	{ "always", strand_always, 0 },
	{ "meets", key_meets, offsetof(struct strand, meets) },
	{ NULL, NULL, 0 }
};

void
read_strands(struct reader *reader, const struct node *node)
{
	struct pack *pack = reader->pack;
	struct strand *strand;
	size_t i;

	for (i = 0; i < node->count; i++) {
		strand = arena_push(reader->arena, pack->strands, pack->strand_count);
		strand->name = node->items[i]->name;
		strand->where = node->items[i]->where;
		if (read_is_group(reader, node->items[i], "a strand in { }"))
			read_group(reader, node->items[i], "a strand", strand_keys, strand);
	}
}
