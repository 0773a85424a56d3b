/*
 * New text, forwarded text and history: see body.h.  Runs in adviced-parse;
 * pure.
 * Invariant: every line of the text lands in exactly one of the three (the
 * line that says "On ... wrote:" with the history); nothing that stands
 * behind ">" or below a block of headers is ever new.
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/body.h"
#include "mail/body_parts.h"
#include "mail/headers.h"
#include "mail/subject.h"

/* What the text itself says of the history in it. */
struct finding {
	size_t	boundary;	/* the line where history begins for good, or the number of lines */
	bool	forward;	/* a title says that it was passed on */
	bool	block;		/* it begins with a block of headers */
};

/* A rule with a block of headers right below, more rules between them put up with. */
static bool
ruled_at(const struct lines *lines, size_t at)
{
	size_t i = at, rules = 0;
	bool ignored;

	if (!is_rule(&lines->v[at]))
		return false;
	for (i = body_next(lines, at + 1); i < lines->n && rules < 2; i = body_next(lines, i + 1)) {
		if (lines->v[i].depth != lines->v[at].depth)
			return false;
		if (block_below(lines, i) || title_at(lines, i, &ignored))
			return true;
		if (!is_rule(&lines->v[i]))
			return false;
		rules++;
	}
	return false;
}

/* The first lines behind ">": a title or a block there says that it is a mail passed on. */
static void
look_at_quote(const struct lines *lines, size_t at, struct finding *finding)
{
	const struct line *line = &lines->v[at];
	size_t next = body_next(lines, at + 1);
	bool forward = false;

	if (title_at(lines, at, &forward)) {
		finding->block = true;
		finding->forward = finding->forward || forward;
	} else if (block_at(lines, at, false) || (line->text[line->len - 1] == ':' && line->len < 80 &&
	    next < lines->n && block_at(lines, next, true)))
		finding->block = true;
}

static void
find_boundary(const struct lines *lines, struct finding *finding)
{
	bool quote_seen = false, forward;
	size_t at, take;

	memset(finding, 0, sizeof(*finding));
	for (at = 0; at < lines->n; at++) {
		const struct line *line = &lines->v[at];

		if (line->len == 0)
			continue;
		if (line->depth > 0) {
			if (!quote_seen)
				look_at_quote(lines, at, finding);
			quote_seen = true;
			continue;
		}
		if (title_at(lines, at, &forward)) {
			finding->forward = finding->forward || forward;
			break;
		}
		if (ruled_at(lines, at) || block_at(lines, at, false))
			break;
		take = wrote_at(lines, at);
		if (take == 0)
			continue;
		if (!body_next_is_quoted(lines, at + take))
			break;
		quote_seen = true;
		at += take - 1;
	}
	finding->boundary = at;
	finding->block = finding->block || at < lines->n;
}

/* What stands above the boundary: lines of the sender's own, and those behind ">". */
static void
part_above(struct arena *arena, const struct lines *lines, size_t end, struct lines *own, struct lines *quoted)
{
	size_t at, take;

	for (at = 0; at < end; at++) {
		take = lines->v[at].depth == 0 ? wrote_at(lines, at) : 0;
		if (take > 0 && at + take <= end && body_next_is_quoted(lines, at + take)) {
			for (; take > 0; take--, at++)
				*arena_push(arena, quoted->v, quoted->n) = lines->v[at];
			at--;
		} else if (lines->v[at].depth > 0)
			*arena_push(arena, quoted->v, quoted->n) = lines->v[at];
		else
			*arena_push(arena, own->v, own->n) = lines->v[at];
	}
}

void
body_split(struct arena *arena, const char *text, bool is_forward, bool is_reply, struct body *body_r)
{
	struct lines lines = body_lines(arena, text, true), own = { NULL, 0 }, quoted = { NULL, 0 };
	struct finding finding;
	size_t i;

	body_label_lines(&lines);
	find_boundary(&lines, &finding);
	part_above(arena, &lines, finding.boundary, &own, &quoted);
	/* Without RE: or FW: and with nothing to answer, a block of headers was passed on. */
	if (finding.forward || (!is_reply && finding.block))
		is_forward = true;
	for (i = finding.boundary; i < lines.n; i++)
		*arena_push(arena, quoted.v, quoted.n) = lines.v[i];
	body_r->new_text = body_join(arena, own.v, own.n);
	text = body_join(arena, quoted.v, quoted.n);
	body_r->forwarded = is_forward ? text : "";
	body_r->quoted = is_forward ? "" : text;
}

/*
 * A From value as Outlook may write it: an address twice, once as a link,
 * and somebody on whose behalf.  What remains is for address_parse().
 */
static char *
plain_value(struct arena *arena, const char *value, size_t len)
{
	char *text = arena_strndup(arena, value, len < 600 ? len : 600), *at, *end, *first;
	size_t i;

	for (i = 0; body_behalf[i] != NULL; i++)
		if ((at = strcasestr(text, body_behalf[i])) != NULL)
			*at = '\0';
	first = strchr(text, '@');
	while ((at = strcasestr(text, "mailto:")) != NULL) {
		end = at + strcspn(at, ">]");
		if (at > text && strchr("<[", at[-1]) != NULL && *end != '\0' && first != NULL && first < at) {
			memmove(at - 1, end + 1, strlen(end + 1) + 1);	/* the link repeats the address */
			continue;
		}
		if (at > text && at[-1] == '[' && *end == ']') {
			at[-1] = '<';
			*end = '>';
		}
		memmove(at, at + 7, strlen(at + 7) + 1);
	}
	/* Headers that follow on the same line are none of its business. */
	end = strpbrk(text, ">");
	if (end != NULL)
		end[1] = '\0';
	return text;
}

static void
take_address(struct arena *arena, const char *value, size_t len, struct mail_address *from_r)
{
	struct mail_addresses list = { NULL, 0 };
	struct strs remarks = { NULL, 0 };

	address_parse(arena, plain_value(arena, value, len), "forwarded mail", &remarks, &list);
	if (list.n > 0)
		*from_r = list.v[0];
}

/* The address in "On ... wrote:", as Outlook for Mac passes mails on; the name before it in quotes. */
static void
take_wrote(struct arena *arena, const struct lines *lines, size_t at, size_t take, struct mail_address *from_r)
{
	const char *start = lines->v[at].text;
	const char *end = lines->v[at + take - 1].text + lines->v[at + take - 1].len;
	const char *sign = memchr(start, '@', (size_t)(end - start)), *left, *right;

	if (sign == NULL)
		return;
	for (left = sign; left > start && !isspace((unsigned char)left[-1]) && strchr("<([\",;:", left[-1]) == NULL; left--)
		;
	for (right = sign; right < end && !isspace((unsigned char)*right) && strchr(">)]\",;:<", *right) == NULL; right++)
		;
	take_address(arena, left, (size_t)(right - left), from_r);
	if (left - start > 2 && left[-1] == '<' && left[-2] == ' ' && left[-3] == '"') {
		for (right = left - 3; right > start && right[-1] != '"'; right--)
			;
		from_r->name = arena_strndup(arena, right, (size_t)(left - 3 - right));
	}
}

void
body_forwarded_from(struct arena *arena, const char *forwarded, struct mail_address *from_r)
{
	struct lines lines = body_lines(arena, forwarded, true);
	const char *value;
	size_t at, len = 0, take, end;
	bool passed_on = true, after_rule = true, ignored;

	body_label_lines(&lines);
	for (at = body_next(&lines, 0); at < lines.n && passed_on; at = body_next(&lines, at + 1)) {
		bool title = title_at(&lines, at, &ignored), rule = title || is_rule(&lines.v[at]);
		struct subject subject;

		if (after_rule && (take = wrote_at(&lines, at)) > 0) {
			take_wrote(arena, &lines, at, take, from_r);
			return;
		}
		if ((!title && !block_at(&lines, at, after_rule)) ||
		    (value = block_from(&lines, at, &len)) == NULL) {
			after_rule = rule;
			continue;
		}
		take_address(arena, value, len, from_r);
		value = block_subject(&lines, at, &len, &end);
		passed_on = false;
		if (value != NULL) {
			subject_peel(arena, arena_strndup(arena, value, len), &subject);
			passed_on = subject.is_forward;
		}
		at = end;
		after_rule = false;
	}
}
