/*
 * advicectl explain for people: what came, what it is, what it says and where,
 * what would happen, and why.  Runs in advicectl.
 * Invariant: whatever a stranger wrote is made visible, line by line, behind a
 * bar of its own, and cannot be taken for a word of ours.
 * Fails: never.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/explain.h"

#define WIDTH		98
#define LABEL_WIDTH	16
#define TEXT_LINES	12	/* of each text: who wants all of it has the mail, or --json */
#define NEAR_WORDS_MAX	120	/* a kind may list a hundred phrases: the first few tell */
#define LINE_MAX_BYTES	2000

/* Bytes of text, from its start, that fit into width columns, cut between words where that can be. */
static size_t
fitting(const char *text, size_t width)
{
	size_t n = 0, columns = 0, blank = 0;

	while (text[n] != '\0' && columns < width) {
		if (text[n] == ' ')
			blank = n;
		do
			n++;
		while (((unsigned char)text[n] & 0xc0) == 0x80);
		columns++;
	}
	return text[n] == '\0' || text[n] == ' ' || blank == 0 ? n : blank;
}

/* first stands before the first line, rest before the others. */
static void
wrapped(const char *first, const char *rest, const char *text)
{
	const char *lead = first;

	do {
		size_t n = fitting(text, WIDTH - strlen(rest));

		printf("%s%.*s\n", lead, (int)n, text);
		text += n;
		text += strspn(text, " ");
		lead = rest;
	} while (*text != '\0');
}

static void
section(const char *title)
{
	printf("\n%s\n", title);
}

static void
row(const char *label, const char *text)
{
	char first[LABEL_WIDTH + 8];

	if (text == NULL || *text == '\0')
		return;
	snprintf(first, sizeof(first), "  %-*s ", LABEL_WIDTH - 3, label);
	wrapped(first, "                ", text);
}

static void
item(const char *text)
{
	wrapped("  - ", "    ", text);
}

static void
items(const char *title, const struct strs *list)
{
	if (list->n > 0)
		section(title);
	for (size_t i = 0; i < list->n; i++)
		item(list->v[i]);
}

static const char *
address_text(struct arena *arena, const struct mail_address *address)
{
	if (address->name[0] == '\0')
		return address->address;
	return arena_printf(arena, "%s <%s>", str_visible(arena, address->name, LINE_MAX_BYTES), address->address);
}

static const char *
time_text(struct arena *arena, instant at)
{
	return arena_printf(arena, "%s, %02d:%02d", date_words_weekday(arena, instant_date(at)), instant_minute(at) / 60,
	    instant_minute(at) % 60);
}

static const char *
size_text(struct arena *arena, uint64_t bytes)
{
	if (bytes < 1024)
		return arena_printf(arena, "%llu bytes", (unsigned long long)bytes);
	if (bytes < 1024 * 1024)
		return arena_printf(arena, "%llu KB", (unsigned long long)(bytes >> 10));
	return arena_printf(arena, "%.1f MB", (double)bytes / (1024 * 1024));
}

/* ---- What came */

static void
print_mail(const struct explanation *ex)
{
	const struct message *message = ex->mail.message;
	const char *role = ex->arrived->classified->sender_role;
	struct arena *arena = ex->scene.arena;

	printf("THE MAIL\n");
	row("File", arena_printf(arena, "%s, %s", ex->mail.file, size_text(arena, message->size)));
	row("From", role == NULL ?
	    arena_printf(arena, "%s (no role in the rules, as long as no case is known)", address_text(arena, &message->from)) :
	    arena_printf(arena, "%s, known to the rules as %s", address_text(arena, &message->from), role));
	if (message->sender.address[0] != '\0' && !str_same(message->sender.address, message->from.address))
		row("Sent by", address_text(arena, &message->sender));
	if (message->forwarded_from.address[0] != '\0')
		row("First from", address_text(arena, &message->forwarded_from));
	row("Subject", message->subject[0] == '\0' ? "(none)" : str_visible(arena, message->subject, LINE_MAX_BYTES));
	row("Received", time_text(arena, ex->mail.received));
	row("Marking", message->marking);
}

static const char *
notice_words(enum notice notice)
{
	static const char *const words[] = {
		[NOTICE_NONE] = "", [NOTICE_BOUNCE] = "a mail could not be delivered",
		[NOTICE_DELAY] = "a mail is delayed, and still being tried", [NOTICE_AUTO_REPLY] = "an automatic reply",
		[NOTICE_OUT_OF_OFFICE] = "somebody is away", [NOTICE_RECEIPT] = "a receipt for a mail",
		[NOTICE_CALENDAR] = "an invitation, or the answer to one", [NOTICE_RECALL] = "its sender wants a mail back",
		[NOTICE_ENCRYPTED] = "encrypted: only a person can open it",
		[NOTICE_STUB] = "the mail server could not hand the mail over: look for it in Outlook",
	};

	return words[notice];
}

static void
print_notice(const struct explanation *ex)
{
	const struct message *message = ex->mail.message;
	struct arena *arena = ex->scene.arena;

	if (message->notice == NOTICE_NONE)
		return;
	row("Automatic", arena_printf(arena, "%s: %s", notice_name(message->notice), notice_words(message->notice)));
	for (size_t i = 0; i < message->bounced_count; i++)
		row("Recipient", arena_printf(arena, "%s%s%s%s%s", message->bounced[i].address,
		    message->bounced[i].status[0] == '\0' ? "" : ", status ", message->bounced[i].status,
		    message->bounced[i].reason[0] == '\0' ? "" : ": ", str_visible(arena, message->bounced[i].reason, LINE_MAX_BYTES)));
	row("About mail", message->original_message_id);
	if (message->back_on != DAY_NONE)
		row("Back on", date_words_weekday(arena, message->back_on));
	row("Calendar", arena_printf(arena, "%s%s%s", message->calendar_method,
	    message->calendar_answer[0] == '\0' ? "" : " ", message->calendar_answer));
}

static void
print_kind(const struct explanation *ex)
{
	const struct verdict *verdict = &ex->verdict;

	section("WHAT IT IS");
	if (verdict->rule != NULL)
		row("Kind", arena_printf(ex->scene.arena, "%s (%s)", verdict->kind, verdict->rule));
	else if (strcmp(verdict->kind, "answer") == 0)
		row("Kind", "answer: it begins with a word that answers a question of ours");
	else if (ex->arrived->by_hand)
		row("Kind", "sent by hand from the watched mailbox: evidence of what was done, never a command");
	else
		row("Kind", "other: none of the kinds in the rules fits");
	print_notice(ex);
}

static void
print_near(const struct explanation *ex)
{
	const struct classified *classified = ex->arrived->classified;
	struct arena *arena = ex->scene.arena;

	if (classified->near_count > 0)
		section("WHAT IT NEARLY WAS");
	for (size_t i = 0; i < classified->near_count; i++)
		item(arena_printf(arena, "not \"%s\" (%s): %s%s", classified->near_kinds[i].kind->name,
		    where_text(arena, classified->near_kinds[i].kind->where),
		    str_visible(arena, classified->near_kinds[i].why, NEAR_WORDS_MAX),
		    strlen(classified->near_kinds[i].why) > NEAR_WORDS_MAX ? " ..." : ""));
}

/* ---- What it says */

/* A value, and below it the words around it. */
static void
print_fact(const struct explanation *ex, const char *name, const char *value)
{
	struct explained_place place;
	struct arena *arena = ex->scene.arena;

	row(name, str_visible(arena, value, LINE_MAX_BYTES));
	if (!explain_place(ex, name, &place) || place.around[0] == '\0')
		return;
	wrapped("                  ", "                    ", place.document == NULL || strcmp(place.source, "attachment name") == 0 ?
	    arena_printf(arena, "in the %s: %s", place.source, place.around) :
	    arena_printf(arena, "in the text of the attachment %s: %s", str_visible(arena, place.document, LINE_MAX_BYTES),
	    place.around));
}

static bool
is_listed(const char *name)
{
	for (size_t i = 0; explain_facts[i] != NULL; i++)
		if (strcmp(explain_facts[i], name) == 0)
			return true;
	return false;
}

static void
print_facts(const struct explanation *ex)
{
	const struct classified *classified = ex->arrived->classified;

	section("WHAT IT SAYS");
	for (size_t i = 0; explain_facts[i] != NULL; i++)
		if (explain_fact(ex, explain_facts[i]) != NULL)
			print_fact(ex, explain_facts[i], explain_fact(ex, explain_facts[i]));
	for (size_t i = 0; i < classified->fact_count; i++)
		if (!is_listed(classified->facts[i].name))
			print_fact(ex, classified->facts[i].name, classified->facts[i].value);
}

static void
print_case(const struct explanation *ex)
{
	const struct verdict *verdict = &ex->verdict;
	struct arena *arena = ex->scene.arena;

	section("WHICH CASE");
	row("Verdict", arena_printf(arena, "%s%s%s", verdict->match, ex->arrived->matched->why == NULL ? "" : ": ",
	    ex->arrived->matched->why == NULL ? "" : ex->arrived->matched->why));
	row("Reference", verdict->reference);
	if (verdict->children.n > 1)
		row("Several", arena_printf(arena, "it speaks of %zu children: %s", verdict->children.n,
		    strs_join(arena, &verdict->children, ", ")));
	for (size_t i = 0; i < ex->arrived->matched->evidence.n; i++)
		item(ex->arrived->matched->evidence.v[i]);
}

/* ---- What was read */

/* One line of a stranger's text, a table's cells with bars between. */
static const char *
line_text(struct arena *arena, const char *text, size_t len)
{
	struct buf out = BUF_INIT;
	const char *line;

	for (size_t i = 0; i < len && i < LINE_MAX_BYTES; i++) {
		if (text[i] == '\t')
			buf_add_str(&out, " | ");
		else
			buf_add_char(&out, text[i]);
	}
	line = str_visible(arena, str_squeeze(arena, buf_text(&out)), LINE_MAX_BYTES);
	buf_free(&out);
	return line;
}

static void
print_text(struct arena *arena, const char *title, const char *text)
{
	size_t lines = 0, shown = 0;

	if (*text == '\0')
		return;
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	printf("  %s\n", title);
	while (*text != '\0' && shown < TEXT_LINES) {
		size_t len = strcspn(text, "\n");
		const char *line = line_text(arena, text, len);

		if (*line != '\0') {
			wrapped("    | ", "    | ", line);
			shown++;
		}
		text += len;
		text += *text == '\n';
	}
	if (*text != '\0')
		printf("    (%zu lines in all; --json shows them)\n", lines + 1);
}

static void
print_texts(const struct explanation *ex)
{
	const struct message *message = ex->mail.message;
	struct arena *arena = ex->scene.arena;

	section("WHAT WAS READ");
	if (message->new_text[0] == '\0')
		printf("  The sender wrote nothing new.\n");
	print_text(arena, "New text, the sender's own words; banners, signature and disclaimer are left out:", message->new_text);
	print_text(arena, "Passed on (forwarded):", message->forwarded_text);
	print_text(arena, "History (quoted): gives no answer, and is weak evidence for a case:", message->quoted_text);
}

static void
print_documents(const struct explanation *ex)
{
	const struct message *message = ex->mail.message;
	struct arena *arena = ex->scene.arena;
	size_t pictures = 0;

	if (message->document_count > 0)
		section("ATTACHMENTS");
	for (size_t i = 0; i < message->document_count; i++) {
		const struct document *document = &message->documents[i];

		if (document->is_inline)
			pictures++;
		else
			item(arena_printf(arena, "%s, %s: %s", str_visible(arena, document->name, LINE_MAX_BYTES),
			    size_text(arena, document->size), explain_document(arena, document)));
	}
	if (pictures > 0)
		item(arena_printf(arena, "%zu picture%s of the text itself, such as a logo: left out", pictures,
		    pictures == 1 ? "" : "s"));
}

/* ---- What would happen */

static void
print_mails(const struct explanation *ex)
{
	struct arena *arena = ex->scene.arena;

	for (size_t i = 0; i < ex->mail_count; i++) {
		const struct explained_mail *mail = &ex->mails[i];

		item(arena_printf(arena, "a mail (%s) goes to %s%s%s: \"%s\"%s%s%s", mail->act,
		    strs_join(arena, &mail->mail->to, ", "), mail->mail->cc.n > 0 ? ", copy to " : "",
		    strs_join(arena, &mail->mail->cc, ", "), str_visible(arena, mail->subject, LINE_MAX_BYTES),
		    mail->rule == NULL ? "" : " (", mail->rule == NULL ? "" : mail->rule, mail->rule == NULL ? "" : ")"));
	}
}

static void
print_happenings(const struct explanation *ex)
{
	struct arena *arena = ex->scene.arena;

	section("WHAT WOULD HAPPEN");
	for (size_t i = 0; i < ex->move_count; i++) {
		const struct explained_move *move = &ex->moves[i];

		item(arena_printf(arena, "%s: %s%s%s (%s)", move->strand, move->from == NULL ? "begins at " : move->from,
		    move->from == NULL ? "" : " -> ", move->to, move->rule));
	}
	print_mails(ex);
	if (ex->arrived->needs_person)
		item("the mail waits in the folder \"Needs you\" for a person");
	if (ex->scene.directory == NULL)
		item("(no --directory was given: nobody is known who could be written to)");
	else if (ex->move_count == 0 && ex->mail_count == 0 && !ex->arrived->needs_person)
		item("nothing goes out; the mail is filed");
}

void
explain_print(const struct explanation *ex)
{
	print_mail(ex);
	print_kind(ex);
	print_case(ex);
	print_facts(ex);
	print_texts(ex);
	print_documents(ex);
	items("REMARKS", &ex->mail.message->remarks);
	print_happenings(ex);
	items("WHY", &ex->arrived->decision->why);
	print_near(ex);
}
