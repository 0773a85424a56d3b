/*
 * Templates: read into a tree of parts, rendered from a callback.  Runs in core
 * and advicectl.  Pure.
 * Invariant: every brace is a field, an {if}, an {each} or an {end}; whatever
 * else stands in braces is a problem when the pack is read, never text in a
 * mail.  A mandatory field that is empty renders nothing at all.
 * Fails: problems with file and line from template_parse(); ERR_CONFIG with
 * the field's name from template_render().
 */
#include <ctype.h>
#include <string.h>

#include "base/literal.h"
#include "rule/read.h"
#include "rule/template.h"

#define MAX_DEPTH 8

enum part_kind { PART_TEXT, PART_FIELD, PART_IF, PART_EACH };

struct template_part {
	enum part_kind	 kind;
	const char	*text;		/* PART_TEXT; PART_IF: the condition; PART_EACH: the strand's name */
	struct strs	 choices;	/* PART_FIELD: the first that is not empty */
	bool		 optional;	/* PART_FIELD: may be empty */
	bool		 negated;	/* PART_IF */
	struct template_part *inside;	/* PART_IF, PART_EACH */
	size_t		 inside_count;
};

struct reader {
	struct arena	*arena;
	struct template	*template;
	struct problems	*problems;
	const char	*p, *end;
	struct where	 where;		/* of p */
	int		 depth;
	bool		 in_subject;
};

static void	read_parts(struct reader *reader, struct template_part **parts_r, size_t *count_r);

/* "child-name", "worker's manager", "their manager". */
static bool
is_field_name(const char *name)
{
	const char *p, *tail;

	if (!islower((unsigned char)name[0]))
		return false;
	if (strcmp(name, "their manager") == 0)
		return true;
	for (p = name; islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '-'; p++)
		;
	tail = p;
	return *tail == '\0' || strcmp(tail, "'s manager") == 0 ||
	    strcmp(tail, "\xE2\x80\x99s manager") == 0;
}

static void
add_text(struct reader *reader, struct template_part **parts, size_t *count, const char *from,
    const char *to)
{
	struct template_part *part;

	if (to == from)
		return;
	part = arena_push(reader->arena, *parts, *count);
	part->kind = PART_TEXT;
	part->text = arena_strndup(reader->arena, from, (size_t)(to - from));
}

static void
name_add(struct reader *reader, enum template_names sort, const char *name)
{
	struct template_name *named =
	    arena_push(reader->arena, reader->template->named, reader->template->named_count);

	*named = (struct template_name){ sort, name, reader->where.line, reader->in_subject };
}

/* "officer else officers-manager", "words?". */
static void
add_field(struct reader *reader, struct template_part **parts, size_t *count, char *inside)
{
	struct template_part *part = arena_push(reader->arena, *parts, *count);
	char *next, *name = inside;
	size_t len = strlen(inside);

	part->kind = PART_FIELD;
	if (len > 0 && inside[len - 1] == '?') {
		part->optional = true;
		inside[len - 1] = '\0';
	}
	for (; name != NULL; name = next) {
		if ((next = strstr(name, " else ")) != NULL) {
			*next = '\0';
			next += strlen(" else ");
		}
		name = str_trim(reader->arena, name);
		if (!is_field_name(name)) {
			problem_add(reader->problems, reader->where,
			    "what stands in braces is {field}, {field else other}, {field?}, "
			    "{if condition} ... {end} or {each strand name} ... {end}",
			    "\"{%s}\" is no field", str_visible(reader->arena, name, 60));
			return;
		}
		strs_add(reader->arena, &part->choices, name);
		name_add(reader, NAMES_FIELD, name);
	}
}

/* A tag that stands alone on its line takes the line with it. */
static void
skip_line_end(struct reader *reader, bool begins_line)
{
	const char *p = reader->p;

	while (p < reader->end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	if (!begins_line || p == reader->end || *p != '\n')
		return;
	reader->p = p + 1;
	reader->where.line++;
}

/* Where the {end} goes as a rule: on the same line, before the next {if}; of a tag alone on its line, below the paragraph. */
static const char *
end_goes(struct reader *reader, const char *inside)
{
	const char *line_end = inside + strcspn(inside, "\r\n"), *next = strstr(inside, "{if "), *blank;

	if (next != NULL && next < line_end)
		return arena_printf(reader->arena, "write {end} where it stops, most likely before \"%s\"",
		    arena_strndup(reader->arena, next, strcspn(next, "}\r\n") + 1));
	if (inside + strspn(inside, " \t") < line_end)
		return "write {end} where it stops, most likely at the end of this line";
	blank = strstr(line_end, "\n\n");
	return blank != NULL ? "write {end} where it stops, most likely on a line of its own before the next blank line" :
	    "write {end} where it stops, most likely on a line of its own at the end";
}

static void
add_block(struct reader *reader, struct template_part **parts, size_t *count, enum part_kind kind,
    const char *name, bool negated, bool begins_line)
{
	struct template_part part = { .kind = kind, .text = name, .negated = negated };
	struct where opened = reader->where;
	const char *inside = reader->p;

	if (!is_field_name(name))
		problem_add(reader->problems, reader->where, NULL, "\"{%s %s}\": one name is expected "
		    "there, in lower case", kind == PART_IF ? "if" : "each strand", name);
	else
		name_add(reader, kind == PART_IF ? NAMES_CONDITION : NAMES_STRAND, name);
	if (reader->depth == MAX_DEPTH) {
		problem_add(reader->problems, reader->where, NULL, "more than %d {if} and {each} "
		    "within each other", MAX_DEPTH);
		reader->p = reader->end;
		return;
	}
	skip_line_end(reader, begins_line);
	reader->depth++;
	read_parts(reader, &part.inside, &part.inside_count);
	reader->depth--;
	if (reader->p == reader->end) {
		problem_add(reader->problems, opened, end_goes(reader, inside), "\"{%s %s}\" has no {end}",
		    kind == PART_IF ? "if" : "each strand", name);
		return;
	}
	begins_line = reader->p == reader->template->source || reader->p[-1] == '\n';
	reader->p += strlen("{end}");
	skip_line_end(reader, begins_line);
	*(struct template_part *)arena_push(reader->arena, *parts, *count) = part;
}

/* What stands in braces; the reader stands behind the closing one. */
static void
add_tag(struct reader *reader, struct template_part **parts, size_t *count, char *inside,
    bool begins_line)
{
	inside = str_squeeze(reader->arena, inside);
	if (str_starts(inside, "if not "))
		add_block(reader, parts, count, PART_IF, inside + strlen("if not "), true, begins_line);
	else if (str_starts(inside, "if "))
		add_block(reader, parts, count, PART_IF, inside + strlen("if "), false, begins_line);
	else if (str_starts(inside, "each strand "))
		add_block(reader, parts, count, PART_EACH, inside + strlen("each strand "), false,
		    begins_line);
	else
		add_field(reader, parts, count, inside);
}

/* The closing brace is missing: what stands behind the opening one, as far as it can be a field. */
static void
unclosed(struct reader *reader, const char *from)
{
	size_t len = strspn(from, "abcdefghijklmnopqrstuvwxyz0123456789-");
	char *word = arena_strndup(reader->arena, from, len);

	if (len == 0)
		problem_add(reader->problems, reader->where, "take the { out, or write a field: {ref}",
		    "a brace { stands alone; it always begins a field");
	else if (strcmp(word, "if") == 0 || strcmp(word, "each") == 0)
		problem_add(reader->problems, reader->where, NULL, "the closing } is missing behind \"{%s\"",
		    arena_strndup(reader->arena, from, strcspn(from, "{}\r\n.,:;?!")));
	else
		problem_add(reader->problems, reader->where, arena_printf(reader->arena, "write {%s}", word),
		    "the closing } is missing behind \"{%s\"", word);
}

/* The tag at p: its text, the reader behind it; NULL where it is not closed on its line. */
static char *
read_tag(struct reader *reader)
{
	const char *from = reader->p + 1, *close = from;

	while (close < reader->end && *close != '}' && *close != '{' && *close != '\n')
		close++;
	if (close == reader->end || *close != '}') {
		unclosed(reader, from);
		reader->p = from;
		return NULL;
	}
	reader->p = close + 1;
	return arena_strndup(reader->arena, from, (size_t)(close - from));
}

/* Parts up to the end, or up to the {end} of the block that is open. */
static void
read_parts(struct reader *reader, struct template_part **parts_r, size_t *count_r)
{
	const char *text = reader->p;
	bool begins_line;
	char *tag;

	while (reader->p < reader->end) {
		if (*reader->p == '\n')
			reader->where.line++;
		if (*reader->p == '}')
			problem_add(reader->problems, reader->where, NULL, "\"}\" closes nothing");
		if (*reader->p != '{') {
			reader->p++;
			continue;
		}
		add_text(reader, parts_r, count_r, text, reader->p);
		if (strncmp(reader->p, "{end}", strlen("{end}")) == 0) {
			if (reader->depth > 0)
				return;
			problem_add(reader->problems, reader->where, NULL, "{end} closes no {if} or {each}");
		}
		begins_line = reader->p == reader->template->source || reader->p[-1] == '\n';
		if ((tag = read_tag(reader)) != NULL && strcmp(tag, "end") != 0)
			add_tag(reader, parts_r, count_r, tag, begins_line);
		text = reader->p;
	}
	add_text(reader, parts_r, count_r, text, reader->p);
}

/* "Subject: ..." on the first line; the reader is left at the body. */
static void
read_subject(struct reader *reader, struct template *template)
{
	const char *end = reader->end, *line_end;

	if (!str_starts_nocase(reader->p, "Subject:"))
		return;
	reader->p += strlen("Subject:");
	while (*reader->p == ' ' || *reader->p == '\t')
		reader->p++;
	line_end = reader->p + strcspn(reader->p, "\r\n");
	template->subject = str_trim(reader->arena,
	    arena_strndup(reader->arena, reader->p, (size_t)(line_end - reader->p)));
	if (*template->subject == '\0')
		problem_add(reader->problems, reader->where, NULL, "\"Subject:\" has nothing behind it");
	reader->end = line_end;
	reader->in_subject = true;
	read_parts(reader, &template->subject_parts, &template->subject_part_count);
	reader->in_subject = false;
	reader->p = line_end;
	reader->end = end;
	while (reader->p < end && isspace((unsigned char)*reader->p))
		if (*reader->p++ == '\n')
			reader->where.line++;
}

int
template_parse(struct arena *arena, const char *name, const char *file, const char *source,
    struct template **template_r, struct problems *problems)
{
	struct template *template = arena_alloc(arena, sizeof(*template));
	size_t before = problems_errors(problems);
	struct reader reader = {
		.arena = arena, .template = template, .problems = problems, .where = { file, 1 }
	};

	template->name = arena_strdup(arena, name);
	template->file = arena_strdup(arena, file);
	reader.where.file = template->file;
	if (str_starts(source, "\xEF\xBB\xBF"))
		source += 3;
	template->source = arena_strdup(arena, source);
	reader.p = template->source;
	reader.end = reader.p + strlen(reader.p);
	read_subject(&reader, template);
	if (reader.p[strspn(reader.p, " \t\r\n")] == '\0')
		problem_add(problems, reader.where, "below the line Subject: ... comes what the mail says",
		    "the template has no text");
	read_parts(&reader, &template->parts, &template->part_count);
	if (problems_errors(problems) > before)
		return -1;
	*template_r = template;
	return 0;
}

struct render {
	const struct template		*template;
	struct arena			*arena;
	const struct template_source	*source;
	struct err			*err;
};

static const char *
field_text(const struct render *render, int strand, const char *name)
{
	return render->source->field(render->source->ctx, render->arena, strand, name);
}

static int
render_field(const struct render *render, const struct template_part *part, int strand,
    struct buf *out)
{
	const char *text = NULL;
	size_t i;

	for (i = 0; i < part->choices.n; i++) {
		text = field_text(render, strand, part->choices.v[i]);
		if (text != NULL && *text != '\0') {
			buf_add_str(out, text);
			return 0;
		}
	}
	if (part->optional)
		return 0;
	return err_set(render->err, ERR_CONFIG, "template %s (%s): {%s} is %s, and a mail without it "
	    "would not say what it must", render->template->name, render->template->file,
	    strs_join(render->arena, &part->choices, " else "),
	    text == NULL ? "no field that can be filled" : "empty");
}

static bool
condition_holds(const struct render *render, const struct template_part *part, int strand)
{
	const char *text = field_text(render, strand, part->text);
	bool holds = text != NULL && *text != '\0';

	if (!holds)
		holds = render->source->holds(render->source->ctx, strand, part->text);
	return holds != part->negated;
}

static int
render_parts(const struct render *render, const struct template_part *parts, size_t count,
    int strand, struct buf *out)
{
	const struct template_part *part;
	int nth, each;

	for (part = parts; part < parts + count; part++) {
		switch (part->kind) {
		case PART_TEXT:
			buf_add_str(out, part->text);
			break;
		case PART_FIELD:
			if (render_field(render, part, strand, out) == -1)
				return -1;
			break;
		case PART_IF:
			if (condition_holds(render, part, strand) &&
			    render_parts(render, part->inside, part->inside_count, strand, out) == -1)
				return -1;
			break;
		case PART_EACH:
			for (nth = 0; (each = render->source->strand(render->source->ctx, part->text,
			    nth)) != -1; nth++)
				if (render_parts(render, part->inside, part->inside_count, each, out) == -1)
					return -1;
			break;
		}
	}
	return 0;
}

/* Lines that a condition left empty leave one blank line at most. */
static char *
tidy(struct arena *arena, const struct buf *text)
{
	const char *p = buf_text(text);
	char *tidied = arena_alloc(arena, text->len + 2), *to = tidied;
	size_t len, blank = 0;

	while (*p != '\0') {
		len = strcspn(p, "\n");
		if (strspn(p, " \t\r") >= len) {
			blank++;
		} else {
			if (blank > 0 && to > tidied)
				*to++ = '\n';
			blank = 0;
			memcpy(to, p, len);
			to += len;
			while (to > tidied && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
				to--;
			*to++ = '\n';
		}
		p += len + (p[len] == '\n');
	}
	*to = '\0';
	return tidied;
}

int
template_render(const struct template *template, struct arena *arena,
    const struct template_source *source, struct rendered *rendered_r, struct err *err)
{
	struct render render = { template, arena, source, err };
	struct buf subject = BUF_INIT, body = BUF_INIT;
	int rc = -1;

	memset(rendered_r, 0, sizeof(*rendered_r));
	if (render_parts(&render, template->subject_parts, template->subject_part_count, -1,
	    &subject) == -1 ||
	    render_parts(&render, template->parts, template->part_count, -1, &body) == -1)
		goto out;
	if (template->subject != NULL)
		rendered_r->subject = str_squeeze(arena, literal_shown(arena, buf_text(&subject)));
	rendered_r->body = tidy(arena, &body);
	rc = 0;
out:
	buf_free(&subject);
	buf_free(&body);
	return rc;
}
