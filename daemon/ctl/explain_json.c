/*
 * advicectl explain --json: one object, its keys as in the design's section
 * 10, and what people are told besides.  Runs in advicectl.
 * Fails: never.
 */
#include <stdio.h>

#include "base/json.h"
#include "ctl/explain.h"

static void
add_facts(struct buf *out, const struct explanation *ex)
{
	json_open(out, "facts", '{');
	for (size_t i = 0; explain_facts[i] != NULL; i++)
		json_str(out, explain_facts[i], explain_fact(ex, explain_facts[i]));
	json_close(out, '}');
	json_open(out, "fact-sources", '{');
	for (size_t i = 0; i < ex->arrived->classified->fact_count; i++) {
		const char *name = ex->arrived->classified->facts[i].name;
		struct explained_place place;

		if (!explain_place(ex, name, &place))
			continue;
		json_open(out, name, '{');
		json_str(out, "source", place.source);
		json_str(out, "document", place.document);
		json_str(out, "around", place.around);
		json_close(out, '}');
	}
	json_close(out, '}');
}

static void
add_mails(struct buf *out, const struct explanation *ex)
{
	json_open(out, "mails", '[');
	for (size_t i = 0; i < ex->mail_count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "template", ex->mails[i].template);
		json_str(out, "act", ex->mails[i].act);
		json_strs(out, "to", &ex->mails[i].mail->to);
		json_strs(out, "cc", &ex->mails[i].mail->cc);
		json_str(out, "subject", ex->mails[i].subject);
		json_str(out, "rule", ex->mails[i].rule);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_open(out, "moves", '[');
	for (size_t i = 0; i < ex->move_count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "strand", ex->moves[i].strand);
		json_str(out, "from", ex->moves[i].from);
		json_str(out, "to", ex->moves[i].to);
		json_str(out, "rule", ex->moves[i].rule);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
add_notice(struct buf *out, struct arena *arena, const struct message *message)
{
	json_open(out, "notice-details", '{');
	json_open(out, "recipients", '[');
	for (size_t i = 0; i < message->bounced_count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "address", message->bounced[i].address);
		json_str(out, "status", message->bounced[i].status);
		json_str(out, "reason", message->bounced[i].reason);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_str(out, "original-message-id", message->original_message_id);
	json_str(out, "back-on", message->back_on == DAY_NONE ? NULL : date_iso(arena, message->back_on));
	json_str(out, "calendar-method", message->calendar_method);
	json_str(out, "calendar-answer", message->calendar_answer);
	json_close(out, '}');
}

static void
add_documents(struct buf *out, struct arena *arena, const struct message *message)
{
	json_open(out, "attachments", '[');
	for (size_t i = 0; i < message->document_count; i++)
		if (!message->documents[i].is_inline)
			json_str(out, NULL, message->documents[i].name);
	json_close(out, ']');
	json_open(out, "documents", '[');
	for (size_t i = 0; i < message->document_count; i++) {
		const struct document *document = &message->documents[i];

		json_open(out, NULL, '{');
		json_str(out, "name", document->name);
		json_str(out, "type", document->type);
		json_int(out, "size", (int64_t)document->size);
		json_bool(out, "inline", document->is_inline);
		json_str(out, "reading", explain_document(arena, document));
		json_str(out, "text", document->text);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
add_near(struct buf *out, struct arena *arena, const struct classified *classified)
{
	json_open(out, "not", '[');
	for (size_t i = 0; i < classified->near_count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "kind", classified->near_kinds[i].kind->name);
		json_str(out, "rule", where_text(arena, classified->near_kinds[i].kind->where));
		json_str(out, "why", classified->near_kinds[i].why);
		json_close(out, '}');
	}
	json_close(out, ']');
}

void
explain_json(const struct explanation *ex)
{
	const struct message *message = ex->mail.message;
	const struct verdict *verdict = &ex->verdict;
	struct buf out = BUF_INIT;

	json_open(&out, NULL, '{');
	json_str(&out, "kind", verdict->kind);
	json_str(&out, "rule", verdict->rule);
	json_str(&out, "notice", verdict->notice);
	json_str(&out, "match", verdict->match);
	json_str(&out, "case", verdict->reference);
	if (verdict->children.n > 1)
		json_strs(&out, "cases", &verdict->children);
	json_strs(&out, "evidence", &ex->arrived->matched->evidence);
	json_str(&out, "match-why", ex->arrived->matched->why);
	add_facts(&out, ex);
	json_str(&out, "subject", message->subject);
	json_str(&out, "from", message->from.address);
	json_str(&out, "marking", message->marking[0] == '\0' ? NULL : message->marking);
	json_str(&out, "new-text", message->new_text);
	json_str(&out, "forwarded-text", message->forwarded_text);
	json_str(&out, "forwarded-from", message->forwarded_from.address[0] == '\0' ? NULL : message->forwarded_from.address);
	json_str(&out, "quoted-text", message->quoted_text);
	add_documents(&out, ex->scene.arena, message);
	add_notice(&out, ex->scene.arena, message);
	add_mails(&out, ex);
	json_bool(&out, "needs-person", ex->arrived->needs_person);
	json_strs(&out, "why", &ex->arrived->decision->why);
	add_near(&out, ex->scene.arena, ex->arrived->classified);
	json_strs(&out, "remarks", &message->remarks);
	json_close(&out, '}');
	puts(buf_text(&out));
	buf_free(&out);
}
