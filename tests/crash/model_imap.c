/* The model IMAP server: RFC 3501 as far as the fetch role speaks it, with MOVE and UIDPLUS or without. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "model.h"

#define ARGUMENTS_MAX 10

struct command {
	struct model	*model;
	struct peer	*peer;
	struct arena	*arena;
	const char	*tag, *text;
	const char	*argument[ARGUMENTS_MAX];	/* words, quoted strings, literals and (lists), in order */
	size_t		 literal_len;			/* of the last argument, if it was a literal */
	size_t		 count;
};

static void
ok(struct command *command, const char *code)
{
	buf_printf(&command->peer->out, "%s OK %sdone\r\n", command->tag, code);
}

static void
no(struct command *command, const char *text)
{
	buf_printf(&command->peer->out, "%s NO %s\r\n", command->tag, text);
}

/* ---- Taking a command apart */

static const char *
take_argument(struct command *command, const char *p, const char *end)
{
	struct buf text = BUF_INIT;
	const char *start = p;
	int depth = 0;

	command->literal_len = 0;
	if (*p == '"') {
		for (p++; p < end && *p != '"'; p++) {
			if (*p == '\\' && p + 1 < end)
				p++;
			buf_add_char(&text, *p);
		}
		p++;
	} else if (*p == '{') {
		command->literal_len = strtoul(p + 1, NULL, 10);
		p = strchr(p, '\n') + 1;
		buf_add(&text, p, command->literal_len);
		p += command->literal_len;
	} else {
		for (; p < end && (depth > 0 || *p != ' '); p++)
			depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
		buf_add(&text, start, (size_t)(p - start));
	}
	command->argument[command->count++] = arena_memdup(command->arena, buf_text(&text), text.len + 1);
	buf_free(&text);
	return p;
}

static void
take_apart(struct command *command, const char *p, const char *end)
{
	while (p < end && command->count < ARGUMENTS_MAX) {
		if (*p == ' ')
			p++;
		else
			p = take_argument(command, p, end);
	}
	for (size_t i = command->count; i < ARGUMENTS_MAX; i++)
		command->argument[i] = "";
}

static bool
in_set(const char *set, uint32_t uid, const struct folder *folder)
{
	uint32_t highest = folder->count == 0 ? 0 : folder->mails[folder->count - 1].uid;

	while (*set != '\0') {
		char *end;
		uint32_t from = *set == '*' ? highest : (uint32_t)strtoul(set, &end, 10), to;

		if (*set == '*')
			end = (char *)(uintptr_t)set + 1;
		to = from;
		if (*end == ':') {
			const char *second = end + 1;

			to = *second == '*' ? highest : (uint32_t)strtoul(second, &end, 10);
			if (*second == '*')
				end = (char *)(uintptr_t)second + 1;
		}
		if ((uid >= from && uid <= to) || (uid >= to && uid <= from))
			return true;
		set = *end == ',' ? end + 1 : "";
	}
	return false;
}

/* ---- What only looks */

static void
select_folder(struct command *command)
{
	struct folder *folder = model_folder(command->model, command->argument[1], false);
	struct buf *out = &command->peer->out;
	bool read_only = str_same(command->argument[0], "EXAMINE");

	command->peer->selected = folder;
	if (folder == NULL) {
		no(command, "[NONEXISTENT] no such folder");
		return;
	}
	buf_printf(out, "* FLAGS (\\Deleted \\Seen)\r\n* %zu EXISTS\r\n* 0 RECENT\r\n"
	    "* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] flags\r\n* OK [UIDVALIDITY %u] well\r\n"
	    "* OK [UIDNEXT %u] next\r\n", folder->count, folder->uidvalidity, folder->uidnext);
	ok(command, read_only ? "[READ-ONLY] " : "[READ-WRITE] ");
}

static void
fetch_one(struct command *command, const struct stored_mail *mail, size_t number)
{
	const char *what = command->argument[3];
	struct buf *out = &command->peer->out;
	char date[40];
	struct tm tm;
	time_t at = (time_t)mail->internaldate;
	const char *field;

	gmtime_r(&at, &tm);
	strftime(date, sizeof(date), "%d-%b-%Y %H:%M:%S +0000", &tm);
	buf_printf(out, "* %zu FETCH (UID %u", number, mail->uid);
	if (strstr(what, "INTERNALDATE") != NULL)
		buf_printf(out, " INTERNALDATE \"%s\"", date);
	if (strstr(what, "RFC822.SIZE") != NULL)
		buf_printf(out, " RFC822.SIZE %zu", mail->len);
	if (strstr(what, "HEADER.FIELDS") != NULL) {
		field = arena_printf(command->arena, "Message-ID: %s\r\n\r\n", mail->id);
		buf_printf(out, " BODY[HEADER.FIELDS (MESSAGE-ID)] {%zu}\r\n%s", strlen(field), field);
	} else if (strstr(what, "BODY.PEEK[]") != NULL) {
		buf_printf(out, " BODY[] {%zu}\r\n", mail->len);
		buf_add(out, mail->data, mail->len);
	}
	buf_add_str(out, ")\r\n");
}

static void
uid_fetch(struct command *command)
{
	const struct folder *folder = command->peer->selected;

	for (size_t i = 0; i < folder->count; i++)
		if (in_set(command->argument[2], folder->mails[i].uid, folder))
			fetch_one(command, &folder->mails[i], i + 1);
	ok(command, "");
}

static void
uid_search(struct command *command)
{
	const struct folder *folder = command->peer->selected;
	bool by_uid = str_same(command->argument[2], "UID");

	buf_add_str(&command->peer->out, "* SEARCH");
	for (size_t i = 0; i < folder->count; i++)
		if (by_uid ? in_set(command->argument[3], folder->mails[i].uid, folder) :
		    strstr(folder->mails[i].id, command->argument[4]) != NULL)
			buf_printf(&command->peer->out, " %u", folder->mails[i].uid);
	buf_add_str(&command->peer->out, "\r\n");
	ok(command, "");
}

/* ---- What changes something */

/* Mails out of a folder; with the sequence numbers that others see. */
static void
take_out(struct command *command, const char *set, bool only_deleted)
{
	struct folder *folder = command->peer->selected;
	size_t kept = 0;

	for (size_t i = 0; i < folder->count; i++) {
		const struct stored_mail *mail = &folder->mails[i];

		if (in_set(set, mail->uid, folder) && (mail->deleted || !only_deleted))
			buf_printf(&command->peer->out, "* %zu EXPUNGE\r\n", kept + 1);
		else
			folder->mails[kept++] = *mail;
	}
	folder->count = kept;
}

static void
uid_copy(struct command *command, bool move)
{
	static const char *const steps[] = { "imap.move", NULL }, *const copy_steps[] = { "imap.copy", NULL };
	struct folder *from = command->peer->selected;
	struct folder *to = model_folder(command->model, command->argument[3], false);
	struct buf source = BUF_INIT, target = BUF_INIT;
	const char *code;

	if (to == NULL) {
		no(command, "[TRYCREATE] no such folder");
		return;
	}
	model_expect(command->model, command->text, move ? steps : copy_steps);
	for (size_t i = 0; i < from->count; i++)
		if (in_set(command->argument[2], from->mails[i].uid, from)) {
			const struct stored_mail *copy = folder_add(command->model, to, &from->mails[i]);

			buf_printf(&source, "%s%u", source.len > 0 ? "," : "", from->mails[i].uid);
			buf_printf(&target, "%s%u", target.len > 0 ? "," : "", copy->uid);
		}
	code = source.len == 0 || !command->model->can_uidplus ? "" : arena_printf(command->arena,
	    "[COPYUID %u %s %s] ", to->uidvalidity, buf_text(&source), buf_text(&target));
	if (move) {
		if (*code != '\0')
			buf_printf(&command->peer->out, "* OK %smoved\r\n", code);
		take_out(command, command->argument[2], false);
		code = "";
	}
	ok(command, code);
	buf_free(&source);
	buf_free(&target);
}

static void
uid_store(struct command *command)
{
	static const char *const deleting[] = { "imap.delete", NULL }, *const marking[] = { "imap.mark", NULL };
	struct folder *folder = command->peer->selected;
	bool deletes = strstr(command->argument[4], "\\Deleted") != NULL;

	model_expect(command->model, command->text, deletes ? deleting : marking);
	for (size_t i = 0; i < folder->count; i++)
		if (in_set(command->argument[2], folder->mails[i].uid, folder)) {
			folder->mails[i].deleted |= deletes;
			folder->mails[i].marked |= !deletes;
		}
	ok(command, "");
}

static void
uid_expunge(struct command *command)
{
	static const char *const steps[] = { "imap.expunge", NULL };

	model_expect(command->model, command->text, steps);
	take_out(command, command->argument[2], true);
	ok(command, "");
}

static void
create(struct command *command)
{
	static const char *const steps[] = { "imap.create", NULL };

	if (model_folder(command->model, command->argument[1], false) != NULL) {
		no(command, "[ALREADYEXISTS] it is there");
		return;
	}
	model_expect(command->model, command->text, steps);
	model_folder(command->model, command->argument[1], true);
	ok(command, "");
}

static void
list(struct command *command)
{
	for (size_t i = 0; i < command->model->folder_count; i++)
		buf_printf(&command->peer->out, "* LIST () \"/\" \"%s\"\r\n", command->model->folders[i].name);
	ok(command, "");
}

static void
append(struct command *command)
{
	static const char *const steps[] = { "imap.append", NULL };
	struct folder *folder = model_folder(command->model, command->argument[1], false);
	struct stored_mail mail = { .internaldate = 0, .len = command->literal_len };

	if (folder == NULL) {
		no(command, "[TRYCREATE] no such folder");
		return;
	}
	model_expect(command->model, "APPEND", steps);
	mail.data = arena_memdup(command->model->arena, command->argument[command->count - 1], mail.len + 1);
	mail.id = mail_field(command->model->arena, mail.data, mail.len, "Message-ID");
	ok(command, arena_printf(command->arena, "[APPENDUID %u %u] ", folder->uidvalidity,
	    folder_add(command->model, folder, &mail)->uid));
}

/* ---- Commands */

static void
not_understood(struct command *command)
{
	buf_printf(&command->model->faults, "IMAP: \"%s\" is not understood\n", command->text);
	buf_printf(&command->peer->out, "%s BAD what?\r\n", command->tag);
}

static void
uid_command(struct command *command)
{
	const char *verb = command->argument[1];
	const struct model *model = command->model;

	/* From here on its words are numbered as if UID were the first. */
	if (command->peer->selected == NULL)
		not_understood(command);
	else if (str_same(verb, "FETCH"))
		uid_fetch(command);
	else if (str_same(verb, "SEARCH"))
		uid_search(command);
	else if (str_same(verb, "COPY"))
		uid_copy(command, false);
	else if (str_same(verb, "MOVE") && model->can_move)
		uid_copy(command, true);
	else if (str_same(verb, "STORE"))
		uid_store(command);
	else if (str_same(verb, "EXPUNGE") && model->can_uidplus)
		uid_expunge(command);
	else
		not_understood(command);
}

/* Until DONE. */
static void
idle(struct command *command)
{
	struct peer *peer = command->peer;

	peer->idling = true;
	buf_reset(&peer->idle_tag);
	buf_add_str(&peer->idle_tag, command->tag);
	buf_add_str(&peer->out, "+ idling\r\n");
}

static void
run(struct command *command)
{
	const char *verb = command->argument[0];
	const struct model *model = command->model;

	if (str_same(verb, "CAPABILITY")) {
		buf_printf(&command->peer->out, "* CAPABILITY IMAP4rev1%s%s%s\r\n", model->can_move ? " MOVE" : "",
		    model->can_uidplus ? " UIDPLUS" : "", model->can_idle ? " IDLE" : "");
		ok(command, "");
	} else if (str_same(verb, "LOGIN") || str_same(verb, "NOOP") || str_same(verb, "SUBSCRIBE"))
		ok(command, "");
	else if (str_same(verb, "LIST"))
		list(command);
	else if (str_same(verb, "SELECT") || str_same(verb, "EXAMINE"))
		select_folder(command);
	else if (str_same(verb, "UID"))
		uid_command(command);
	else if (str_same(verb, "CREATE"))
		create(command);
	else if (str_same(verb, "APPEND"))
		append(command);
	else if (str_same(verb, "IDLE") && model->can_idle && command->peer->selected != NULL)
		idle(command);
	else if (str_same(verb, "LOGOUT")) {
		buf_add_str(&command->peer->out, "* BYE\r\n");
		ok(command, "");
	} else
		not_understood(command);
}

/* As the server is disposed. */
static void
run_in_mood(struct command *command)
{
	struct peer *peer = command->peer;
	size_t said = peer->out.len;

	switch (model_mood(command->model, false, command->text)) {
	case MOOD_WELL:
		run(command);
		return;
	case MOOD_REFUSES:
	case MOOD_REFUSES_FOR_GOOD:
		no(command, "[UNAVAILABLE] not now");
		return;
	case MOOD_GONE_AFTER:
		run(command);
		peer->out.len = said;
		break;
	case MOOD_GONE_BEFORE:
		break;
	}
	peer->gone = true;
}

/* The length of the whole command at the front of in, with its literals; 0 while it has not come. */
static size_t
command_length(struct peer *peer, size_t *asked)
{
	size_t at = 0;

	for (;;) {
		const char *line = peer->in.data + at;
		const char *end = peer->in.len <= at ? NULL : memmem(line, peer->in.len - at, "\r\n", 2);
		const char *open;

		if (end == NULL)
			return 0;
		at = (size_t)(end - peer->in.data) + 2;
		if (end == line || end[-1] != '}')
			return at;
		for (open = end; open > line && *open != '{'; open--)
			;
		if (*open != '{')
			return at;
		if (*asked < at) {
			buf_add_str(&peer->out, "+ go on\r\n");
			*asked = at;
		}
		at += strtoul(open + 1, NULL, 10);
		if (at > peer->in.len)
			return 0;
	}
}

void
imap_input(struct model *model, struct peer *peer)
{
	size_t len;

	while (!peer->gone && peer->in.len > 0 && (len = command_length(peer, &peer->asked)) > 0) {
		struct command command = { .model = model, .peer = peer, .arena = arena_new() };
		const char *end = peer->in.data + len - 2, *space = memchr(peer->in.data, ' ', len);

		peer->asked = 0;
		if (peer->idling && str_starts_nocase(peer->in.data, "DONE")) {
			peer->idling = false;
			buf_printf(&peer->out, "%s OK done\r\n", buf_text(&peer->idle_tag));
			buf_consume(&peer->in, len);
			arena_free(&command.arena);
			continue;
		}
		if (space == NULL)
			space = end;
		command.tag = arena_strndup(command.arena, peer->in.data, (size_t)(space - peer->in.data));
		command.text = arena_strndup(command.arena, space + (space < end), (size_t)(end - space) > 200 ?
		    200 : (size_t)(end - space) - (space < end));
		take_apart(&command, space, end);
		run_in_mood(&command);
		arena_free(&command.arena);
		buf_consume(&peer->in, len);
	}
}
