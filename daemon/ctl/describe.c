/*
 * advicectl describe: a pack in plain English sentences, each with the file
 * and line that says so, for a person to hold against the authority's own
 * document.  Needs neither a configuration nor a store.
 * Invariant: the same pack gives the same bytes.
 * Exit: 0 well, 1 found wrong, 2 misuse.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "ctl/ctl.h"
#include "ctl/describe.h"
#include "rule/read.h"

#define COLUMNS	100

void
describe_add(struct description *d, int depth, const char *name, struct where where, const struct strs *meets,
    const char *fmt, ...)
{
	struct described *line = arena_push(d->words.arena, d->v, d->n);
	va_list ap, again;
	char *text;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	text = arena_alloc(d->words.arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	*line = (struct described){ d->section, name == NULL ? "" : name, words_sentence(d->words.arena, text),
	    where, meets == NULL || meets->n == 0 ? NULL : meets, depth };
}

void
describe_section(struct description *d, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	d->section = arena_strdup(d->words.arena, text);
}

/* ---- The pack itself */

static void
describe_top(struct description *d)
{
	const struct pack *pack = d->words.pack;
	struct arena *arena = d->words.arena;
	struct strs from = { NULL, 0 };

	describe_section(d, "%s", pack->title != NULL ? pack->title : pack->name);
	for (size_t i = 1; i < pack->folders.n; i++) {
		const char *slash = strrchr(pack->folders.v[i], '/');

		strs_add(arena, &from, arena_printf(arena, "“%s”", slash == NULL ? pack->folders.v[i] : slash + 1));
	}
	describe_add(d, 0, pack->name, pack->where, &pack->meets, "These are the rules of the pack “%s”%s%s%s%s",
	    pack->name, from.n == 0 ? "" : ", which also takes what stands in the pack ", words_list(arena, &from, "and"),
	    pack->protocol == NULL ? "" : "; they follow: ", pack->protocol == NULL ? "" : pack->protocol);
	if (pack->effective != NULL)
		describe_add(d, 0, "effective", pack->where, NULL, "They hold from %s", pack->effective);
	if (pack->watches.n == 0)
		describe_add(d, 0, "watches", pack->where, NULL, "They watch no mailbox themselves: other packs build on them");
	else
		describe_add(d, 0, "watches", pack->where, NULL, "They watch the mailbox%s %s", pack->watches.n == 1 ? "" : "es",
		    words_texts(arena, &pack->watches, "and"));
	if (pack->owner != NULL)
		describe_add(d, 0, "owner", pack->owner_where, NULL, "Whatever the rules do not settle goes to %s, the owner of the mailbox",
		    words_role(&d->words, pack->owner));
	if (pack->domains.n > 0)
		describe_add(d, 0, "domains", pack->where, NULL, "Mail may go only to addresses that end in %s",
		    words_texts(arena, &pack->domains, "or"));
	if (pack->reference_shapes.n > 0)
		describe_add(d, 0, "reference", pack->where, NULL, "A case reference looks like %s, where # is a digit",
		    words_texts(arena, &pack->reference_shapes, "or"));
	if (pack->calendar_name != NULL)
		describe_add(d, 0, "calendar", pack->where, NULL, "Working days are counted by the calendar “%s”", pack->calendar_name);
	describe_add(d, 0, "sending", pack->where, NULL, "Reminders go out between %02d:%02d and %02d:%02d on working "
	    "days; dates are looked at from %02d:%02d", pack->hours_from / 60, pack->hours_from % 60, pack->hours_to / 60, pack->hours_to % 60,
	    pack->timers_at / 60, pack->timers_at % 60);
	if (pack->age_counted_on != NULL)
		describe_add(d, 0, "age-counted-on", pack->where, NULL, "A child’s age is counted on %s",
		    words_day(&d->words, pack->age_counted_on));
	for (size_t i = 0; i < pack->same_word_count; i++)
		describe_add(d, 0, "same-words", pack->where, NULL, "In mails these mean the same: %s",
		    words_texts(arena, &pack->same_words[i], "and"));
}

void
describe_pack(struct arena *arena, const struct pack *pack, struct description *description_r)
{
	*description_r = (struct description){ .section = NULL };
	words_begin(&description_r->words, arena, pack);
	describe_top(description_r);
	describe_people(description_r);
	describe_mails(description_r);
	describe_strands(description_r);
	describe_values(description_r);
}

/* ---- Printing */

static size_t
width_of(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xC0) != 0x80;
	return width;
}

/* Words are never broken; a word longer than the line stands by itself. */
static void
print_wrapped(struct buf *out, const char *text, size_t indent, size_t columns, size_t at)
{
	bool first = true;

	while (*text != '\0') {
		size_t len = strcspn(text, " \n"), width = width_of(text, len);

		if (!first && at + 1 + width > columns) {
			buf_printf(out, "\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		if (!first)
			buf_add_char(out, ' ');
		buf_add(out, text, len);
		at += width + !first;
		first = false;
		text += len;
		text += strspn(text, " \n");
	}
	buf_add_char(out, '\n');
}

/* "[rules/x/pathway.cfg:41, meets ]" */
static char *
source_text(const struct description *d, const struct described *line)
{
	struct arena *arena = d->words.arena;

	return line->meets == NULL ? arena_printf(arena, "[%s]", where_text(arena, line->where)) :
	    arena_printf(arena, "[%s; meets %s]", where_text(arena, line->where), words_list(arena, line->meets, "and"));
}

static void
print_line(const struct description *d, const struct described *line, size_t columns, struct buf *out)
{
	static const char *const marks[] = { "", "- ", "  - " };
	size_t indent = line->depth == 0 ? 0 : line->depth == 1 ? 2 : 4;
	const char *text = arena_printf(d->words.arena, "%s %s", line->sentence, source_text(d, line));

	buf_add_str(out, marks[line->depth]);
	print_wrapped(out, text, indent, columns, indent);
}

void
describe_print(const struct description *d, size_t columns, struct buf *out)
{
	const char *section = NULL;

	for (size_t i = 0; i < d->n; i++) {
		if (section == NULL || strcmp(section, d->v[i].section) != 0) {
			buf_printf(out, "%s%s\n", section == NULL ? "" : "\n", d->v[i].section);
			for (size_t u = width_of(d->v[i].section, strlen(d->v[i].section)); u > 0; u--)
				buf_add_char(out, section == NULL ? '=' : '-');
			buf_add_str(out, d->v[i].depth == 0 ? "\n\n" : "\n");
		} else if (d->v[i].depth == 0 && (d->v[i - 1].depth > 0 || (i + 1 < d->n && d->v[i + 1].depth > 0)))
			buf_add_char(out, '\n');
		section = d->v[i].section;
		print_line(d, &d->v[i], columns, out);
	}
}

void
describe_json(const struct description *d, struct buf *out)
{
	static const struct strs none = { NULL, 0 };

	for (size_t i = 0; i < d->n; i++) {
		const struct described *line = &d->v[i];

		json_open(out, NULL, '{');
		json_str(out, "section", line->section);
		json_str(out, "name", line->name);
		json_str(out, "sentence", line->sentence);
		json_str(out, "file", line->where.file);
		json_int(out, "line", line->where.line);
		json_strs(out, "meets", line->meets == NULL ? &none : line->meets);
		json_close(out, '}');
		buf_add_char(out, '\n');
	}
}

/* ---- The command */

int
ctl_describe(const struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena;
	struct description description;
	struct buf out = BUF_INIT;
	const char *name = NULL;
	struct pack *pack = NULL;
	bool json = false;
	int code;

	(void)ctl;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (argv[i][0] == '-' || name != NULL)
			return ctl_usage("describe");
		else
			name = argv[i];
	}
	if (name == NULL)
		return ctl_usage("describe");
	arena = arena_new();
	if ((code = describe_read(arena, name, &pack)) == 0) {
		describe_pack(arena, pack, &description);
		if (json)
			describe_json(&description, &out);
		else
			describe_print(&description, COLUMNS, &out);
		fputs(buf_text(&out), stdout);
		if (fflush(stdout) != 0)
			code = ctl_fail(1, "the output could not be written");
	}
	buf_free(&out);
	arena_free(&arena);
	return code;
}
