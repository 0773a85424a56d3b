/*
 * RTF to lines of text: one pass, no tree.  Old Word files are often RTF
 * under another name.  Runs in adviced-parse only.
 * Invariant: linear; groups are counted, and what lies deeper than the limit
 * is taken as if it stood there.
 * Fails: never.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "mail/charset.h"
#include "mail/document_look.h"

#define DEPTH_MAX	100

struct rtf {
	struct look	*look;
	const char	*s, *end;
	unsigned	 depth;
	unsigned	 skip;		/* depth of the group that is no text; 0: none */
	unsigned char	 fallback[DEPTH_MAX + 1];	/* characters that stand behind \u for old readers */
	unsigned	 to_drop;	/* of them, still to come */
	const char	*charset;
	struct buf	 bytes;		/* text in that charset, not decoded yet */
	size_t		 steps;
};

static void
flush(struct rtf *rtf)
{
	const char *trouble, *text;

	if (rtf->bytes.len == 0)
		return;
	text = charset_decode(rtf->look->arena, rtf->charset, buf_text(&rtf->bytes), rtf->bytes.len, &trouble);
	look_add(rtf->look, text, strlen(text));
	buf_reset(&rtf->bytes);
}

static void
put(struct rtf *rtf, char c)
{
	if (rtf->to_drop > 0) {
		rtf->to_drop--;
		return;
	}
	if (rtf->skip != 0)
		return;
	/* ASCII needs no converter. */
	if ((unsigned char)c < 0x80) {
		flush(rtf);
		look_add(rtf->look, &c, 1);
	} else
		buf_add_char(&rtf->bytes, c);
}

static void
put_code(struct rtf *rtf, long number)
{
	unsigned code = (unsigned)(number < 0 ? number + 65536 : number) & 0xffff;
	char utf8[4];

	if (rtf->skip == 0) {
		flush(rtf);
		look_add(rtf->look, utf8, utf8_put(utf8, code >= 0xd800 && code < 0xe000 ? 0xfffd : code));
	}
	rtf->to_drop = rtf->fallback[rtf->depth > DEPTH_MAX ? DEPTH_MAX : rtf->depth];
}

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static void
control_word(struct rtf *rtf, const char *word, bool has_number, long number)
{
	/* Groups that hold no text of the document. */
	static const char *const no_text[] = { "fonttbl", "colortbl", "stylesheet", "info", "pict", "object",
		"fldinst", "themedata", "colorschememapping", "datastore", "listtable", "listoverridetable",
		"rsidtbl", "generator", "xmlnstbl", "latentstyles", "revtbl", "filetbl", "deleted", "bin", NULL };
	static const char *const lines[] = { "par", "line", "row", "page", "sect", NULL };

	if (is_one_of(word, lines))
		put(rtf, '\n');
	else if (strcmp(word, "tab") == 0 || strcmp(word, "cell") == 0)
		put(rtf, '\t');
	else if (strcmp(word, "u") == 0 && has_number)
		put_code(rtf, number);
	else if (strcmp(word, "uc") == 0 && has_number && number >= 0 && number <= 9)
		rtf->fallback[rtf->depth > DEPTH_MAX ? DEPTH_MAX : rtf->depth] = (unsigned char)number;
	else if (strcmp(word, "ansicpg") == 0 && has_number)
		rtf->charset = arena_printf(rtf->look->arena, "cp%ld", number);
	else if (strcmp(word, "endash") == 0 || strcmp(word, "emdash") == 0)
		put(rtf, '-');
	else if (strcmp(word, "lquote") == 0 || strcmp(word, "rquote") == 0)
		put(rtf, '\'');
	else if (strcmp(word, "ldblquote") == 0 || strcmp(word, "rdblquote") == 0)
		put(rtf, '"');
	else if (is_one_of(word, no_text) && rtf->skip == 0)
		rtf->skip = rtf->depth;
	/* Raw bytes that may look like anything. */
	if (strcmp(word, "bin") == 0 && has_number && number > 0)
		rtf->s += number < rtf->end - rtf->s ? number : rtf->end - rtf->s;
}

/* What stands behind a backslash. */
static void
control(struct rtf *rtf)
{
	char word[33], digits[12];
	size_t len = 0, count = 0;
	const char *s = rtf->s;

	if (s == rtf->end)
		return;
	if (!isalpha((unsigned char)*s)) {
		rtf->s++;
		if (*s == '\'' && rtf->end - s >= 3 && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2])) {
			char hex[3] = { s[1], s[2], '\0' };

			rtf->s += 2;
			put(rtf, (char)strtoul(hex, NULL, 16));
		} else if (*s == '*' && rtf->skip == 0)
			rtf->skip = rtf->depth;		/* a group that a reader may leave out */
		else if (*s == '~')
			put(rtf, ' ');
		else if (*s == '_')
			put(rtf, '-');
		else if (*s == '\\' || *s == '{' || *s == '}')
			put(rtf, *s);
		else if (*s == '\n' || *s == '\r')
			put(rtf, '\n');
		return;
	}
	for (; s < rtf->end && isalpha((unsigned char)*s); s++)
		if (len < sizeof(word) - 1)
			word[len++] = *s;
	word[len] = '\0';
	if (s < rtf->end && *s == '-')
		digits[count++] = *s++;
	for (; s < rtf->end && isdigit((unsigned char)*s); s++)
		if (count < sizeof(digits) - 1)
			digits[count++] = *s;
	digits[count] = '\0';
	rtf->s = s < rtf->end && *s == ' ' ? s + 1 : s;
	control_word(rtf, word, count > 0 && isdigit((unsigned char)digits[count - 1]), strtol(digits, NULL, 10));
}

static void
open_group(struct rtf *rtf)
{
	unsigned above = rtf->depth > DEPTH_MAX ? DEPTH_MAX : rtf->depth;

	rtf->depth++;
	if (rtf->depth <= DEPTH_MAX)
		rtf->fallback[rtf->depth] = rtf->fallback[above];
}

static void
close_group(struct rtf *rtf)
{
	if (rtf->skip == rtf->depth)
		rtf->skip = 0;
	if (rtf->depth > 0)
		rtf->depth--;
	rtf->to_drop = 0;
}

void
look_into_rtf(struct look *look)
{
	struct rtf rtf = { .look = look, .s = look->file->bytes, .end = look->file->bytes + look->file->len,
		.charset = "cp1252", .bytes = BUF_INIT };
	char c;

	rtf.fallback[0] = 1;
	while (rtf.s < rtf.end && !look->full) {
		if (++rtf.steps % 65536 == 0 && !look_in_time(look))
			break;
		c = *rtf.s++;
		if (c == '{')
			open_group(&rtf);
		else if (c == '}')
			close_group(&rtf);
		else if (c == '\\')
			control(&rtf);
		else if (c != '\n' && c != '\r' && c != '\0')
			put(&rtf, c);
	}
	flush(&rtf);
	if (rtf.depth > 0 && !look->full)
		look->left_out = "is damaged: its end is missing";
	buf_free(&rtf.bytes);
}
