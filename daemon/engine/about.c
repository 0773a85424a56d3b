/*
 * Which mail of ours another mail is about, and which question it answers.  A
 * code that stands in the subject or in new words names its question; then
 * the mail that was replied to; then older ones of the conversation; a code
 * that only stands in the quoted history comes last, since whole histories are
 * passed around.  It only says what is meant: who may answer, case/ decides.
 * Runs in core and simulate.  Invariant: never across authorities or cases.
 * Fails: as the store does.
 */
#include <string.h>

#include "base/file.h"
#include "engine/engine_private.h"

struct looking {
	struct engine	*engine;
	struct arena	*arena;
	const struct pack *pack;
	int64_t		 case_id;
	struct event	*event;
};

/* What decide() is to know of it. */
static void
take_mail(struct looking *l, const struct outbox_row *row)
{
	struct case_sent *sent = arena_alloc(l->arena, sizeof(*sent));

	*sent = (struct case_sent){
		.outbox = row->id, .template = row->template, .strand = row->strand, .message_id = row->message_id,
		.at = row->decided, .question = row->question,
	};
	for (size_t i = 0; i < row->recipient_count; i++)
		strs_add(l->arena, row->recipients[i].cc ? &sent->cc : &sent->to, row->recipients[i].address);
	l->event->about_outbox = row->id;
	l->event->about = sent;
	l->event->about_act = row->act;
	l->event->about_rule = row->rule;
}

static int
by_message_id(struct looking *l, const char *message_id, struct err *err)
{
	struct outbox_row *row;

	if (store_outbox_by_message_id(l->engine->store, l->arena, message_id, &row, err) == -1)
		return -1;
	if (row == NULL || row->case_id != l->case_id || strcmp(row->pack, l->pack->name) != 0)
		return 0;
	if (l->event->about_outbox == 0)
		take_mail(l, row);
	if (l->event->question == 0)
		l->event->question = row->question;
	return 0;
}

/* A button of a reminder: its mail stands in no conversation. */
static int
by_mail_code(struct looking *l, const char *hash, struct err *err)
{
	struct outbox_row *row = NULL;
	int64_t outbox;

	if (store_mail_code_find(l->engine->store, hash, &outbox, err) == -1 ||
	    (outbox != 0 && store_outbox(l->engine->store, l->arena, outbox, &row, err) == -1))
		return -1;
	if (row != NULL && row->case_id == l->case_id && strcmp(row->pack, l->pack->name) == 0 && l->event->about_outbox == 0)
		take_mail(l, row);
	return 0;
}

static int
by_code(struct looking *l, const char *code, struct err *err)
{
	int64_t of_case = 0;
	int question = 0;
	char hash[65];

	sha256_hex(code, strlen(code), hash);
	if (store_code_find(l->engine->store, hash, &of_case, &question, err) == -1)
		return -1;
	if (of_case == l->case_id && l->event->question == 0)
		l->event->question = question;
	return of_case != 0 ? 0 : by_mail_code(l, hash, err);
}

/* Simulated mails cannot quote a message-id: the newest of this case that went to their sender. */
static int
newest_to_sender(struct looking *l, const struct case_state *state, struct err *err)
{
	struct outbox_row *row;

	for (size_t i = state->sent_count; i-- > 0;) {
		const struct case_sent *sent = &state->sent[i];

		if (sent->outbox == 0 || (!strs_has_nocase(&sent->to, l->event->mail->from.address) &&
		    !strs_has_nocase(&sent->cc, l->event->mail->from.address)))
			continue;
		if (store_outbox(l->engine->store, l->arena, sent->outbox, &row, err) == -1)
			return -1;
		if (row != NULL)
			take_mail(l, row);
		return 0;
	}
	return 0;
}

int
engine_about(struct engine *engine, struct arena *arena, const struct arrival *arrival, const struct evidence *evidence,
    size_t count, const struct case_state *state, int64_t case_id, struct event *event, struct err *err)
{
	struct looking l = { engine, arena, arrival->pack, case_id, event };
	const char *original = arrival->message->original_message_id;

	for (size_t i = 0; i < count; i++) {
		if (evidence[i].kind != EVIDENCE_TOKEN || evidence[i].weak)
			continue;
		if (by_code(&l, evidence[i].value, err) == -1 || by_message_id(&l, evidence[i].value, err) == -1)
			return -1;
	}
	if (event->about_outbox == 0 && original[0] != '\0' && by_message_id(&l, original, err) == -1)
		return -1;
	return event->about_outbox == 0 && engine->answers_by_reference && state != NULL ?
	    newest_to_sender(&l, state, err) : 0;
}
