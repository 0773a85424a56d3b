/*
 * HTML to text: see html.h.  Runs in adviced-parse; pure.
 * Invariant: the answer is at most a few times as long as the input, and no
 * text between tags is lost but that of style, script, head and comments.
 * Fails: never.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/charset.h"
#include "mail/html.h"

#define QUOTES_MAX	64

struct writer {
	struct buf	out;
	bool		line_open;	/* something stands on this line */
	bool		space;		/* white space waits for a word */
	unsigned	empty;		/* empty lines at the end of out */
	unsigned	pre;
	unsigned	quotes;		/* depth of quoted blocks */
	unsigned	blocks;		/* open blockquotes, and which of them quote */
	bool		quoting[QUOTES_MAX];
	bool		cell;		/* the row has a cell already */
	const char	*skip;		/* the element whose content is passed over, or NULL */
};

enum tag_effect {
	TAG_LINE,	/* starts and ends a line */
	TAG_PARAGRAPH,	/* and stands apart */
	TAG_SKIP	/* its content is not text */
};

static const struct {
	const char	*name;
	enum tag_effect	 effect;
} tags[] = {
	{ "div", TAG_LINE }, { "li", TAG_LINE }, { "ul", TAG_LINE }, { "ol", TAG_LINE },
	{ "tr", TAG_LINE }, { "dt", TAG_LINE }, { "dd", TAG_LINE }, { "section", TAG_LINE },
	{ "article", TAG_LINE }, { "header", TAG_LINE }, { "footer", TAG_LINE }, { "center", TAG_LINE },
	{ "address", TAG_LINE }, { "form", TAG_LINE }, { "fieldset", TAG_LINE }, { "option", TAG_LINE },
	{ "table", TAG_PARAGRAPH }, { "h1", TAG_PARAGRAPH }, { "h2", TAG_PARAGRAPH },
	{ "h3", TAG_PARAGRAPH }, { "h4", TAG_PARAGRAPH }, { "h5", TAG_PARAGRAPH },
	{ "h6", TAG_PARAGRAPH }, { "pre", TAG_PARAGRAPH },
	{ "style", TAG_SKIP }, { "script", TAG_SKIP }, { "title", TAG_SKIP }, { "xml", TAG_SKIP },
	{ "noscript", TAG_SKIP }, { "svg", TAG_SKIP }, { "template", TAG_SKIP },
};

static const struct {
	const char	*name;
	unsigned	 code;
} entities[] = {
	{ "nbsp", 0x20 }, { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' },
	{ "ndash", 0x2013 }, { "mdash", 0x2014 }, { "lsquo", 0x2018 }, { "rsquo", 0x2019 },
	{ "sbquo", 0x201a }, { "ldquo", 0x201c }, { "rdquo", 0x201d }, { "bdquo", 0x201e },
	{ "hellip", 0x2026 }, { "bull", 0x2022 }, { "middot", 0xb7 }, { "pound", 0xa3 }, { "euro", 0x20ac },
	{ "copy", 0xa9 }, { "reg", 0xae }, { "trade", 0x2122 }, { "deg", 0xb0 }, { "times", 0xd7 },
	{ "laquo", 0xab }, { "raquo", 0xbb }, { "frac12", 0xbd }, { "frac14", 0xbc }, { "frac34", 0xbe },
	{ "sect", 0xa7 }, { "para", 0xb6 }, { "plusmn", 0xb1 }, { "ordm", 0xba }, { "ordf", 0xaa },
	{ "ensp", 0x20 }, { "emsp", 0x20 }, { "thinsp", 0x20 }, { "zwnj", 0 }, { "zwj", 0 }, { "shy", 0 },
	{ "Agrave", 0xc0 }, { "Aacute", 0xc1 }, { "Acirc", 0xc2 }, { "Atilde", 0xc3 }, { "Auml", 0xc4 },
	{ "Aring", 0xc5 }, { "AElig", 0xc6 }, { "Ccedil", 0xc7 }, { "Egrave", 0xc8 }, { "Eacute", 0xc9 },
	{ "Ecirc", 0xca }, { "Euml", 0xcb }, { "Igrave", 0xcc }, { "Iacute", 0xcd }, { "Icirc", 0xce },
	{ "Iuml", 0xcf }, { "Ntilde", 0xd1 }, { "Ograve", 0xd2 }, { "Oacute", 0xd3 }, { "Ocirc", 0xd4 },
	{ "Otilde", 0xd5 }, { "Ouml", 0xd6 }, { "Oslash", 0xd8 }, { "Ugrave", 0xd9 }, { "Uacute", 0xda },
	{ "Ucirc", 0xdb }, { "Uuml", 0xdc }, { "Yacute", 0xdd }, { "szlig", 0xdf }, { "agrave", 0xe0 },
	{ "aacute", 0xe1 }, { "acirc", 0xe2 }, { "atilde", 0xe3 }, { "auml", 0xe4 }, { "aring", 0xe5 },
	{ "aelig", 0xe6 }, { "ccedil", 0xe7 }, { "egrave", 0xe8 }, { "eacute", 0xe9 }, { "ecirc", 0xea },
	{ "euml", 0xeb }, { "igrave", 0xec }, { "iacute", 0xed }, { "icirc", 0xee }, { "iuml", 0xef },
	{ "eth", 0xf0 }, { "ntilde", 0xf1 }, { "ograve", 0xf2 }, { "oacute", 0xf3 }, { "ocirc", 0xf4 },
	{ "otilde", 0xf5 }, { "ouml", 0xf6 }, { "oslash", 0xf8 }, { "ugrave", 0xf9 }, { "uacute", 0xfa },
	{ "ucirc", 0xfb }, { "uuml", 0xfc }, { "yacute", 0xfd }, { "yuml", 0xff },
};

/* End the line if something stands on it. */
static void
end_line(struct writer *w)
{
	w->space = false;
	if (!w->line_open)
		return;
	buf_add_char(&w->out, '\n');
	w->line_open = false;
	w->empty = 0;
}

/* An empty line, but never two together, and none at the beginning. */
static void
blank_line(struct writer *w)
{
	end_line(w);
	if (w->out.len == 0 || w->empty > 0)
		return;
	buf_add_char(&w->out, '\n');
	w->empty++;
}

static void
put(struct writer *w, const char *text, size_t len)
{
	unsigned i;

	if (!w->line_open) {
		for (i = 0; i < w->quotes; i++)
			buf_add_str(&w->out, "> ");
		w->line_open = true;
	} else if (w->space)
		buf_add_char(&w->out, ' ');
	w->space = false;
	buf_add(&w->out, text, len);
}

/* The entity at s (which starts with '&'): its code point, and bytes taken (0: no entity). */
static size_t
entity_at(const char *s, unsigned *code_r)
{
	size_t len = 1, i;

	if (s[1] == '#') {
		bool hex = s[2] == 'x' || s[2] == 'X';
		char *end;
		unsigned long code = strtoul(s + (hex ? 3 : 2), &end, hex ? 16 : 10);

		if (end == s + (hex ? 3 : 2) || end - s > 12)
			return 0;
		*code_r = code == 0xa0 ? ' ' : code > 0x10ffff || code == 0 ? 0xfffd : (unsigned)code;
		if (code == 0x92 || code == 0x91)
			*code_r = 0x2018 + (unsigned)(code - 0x91);
		else if (code == 0x93 || code == 0x94)
			*code_r = 0x201c + (unsigned)(code - 0x93);
		else if (code == 0x96 || code == 0x97)
			*code_r = 0x2013 + (unsigned)(code - 0x96);
		return (size_t)(end - s) + (*end == ';' ? 1 : 0);
	}
	while (isalnum((unsigned char)s[len]) && len < 12)
		len++;
	for (i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (strlen(entities[i].name) == len - 1 && strncmp(s + 1, entities[i].name, len - 1) == 0) {
			*code_r = entities[i].code;
			return len + (s[len] == ';' ? 1 : 0);
		}
	return 0;
}

/* Text up to the next tag. */
static const char *
take_text(struct writer *w, const char *s)
{
	while (*s != '\0' && *s != '<') {
		char utf8[4];
		unsigned code = 0;
		size_t len = 1;
		const char *start = s;

		if (*s == '&' && (len = entity_at(s, &code)) > 0) {
			s += len;
			if (code == ' ')
				w->space = true;
			else if (code != 0)
				put(w, utf8, utf8_put(utf8, code));
			continue;
		}
		if (w->pre > 0 && *s == '\n') {
			if (!w->line_open)
				put(w, "", 0);
			end_line(w);
			s++;
			continue;
		}
		if (isspace((unsigned char)*s)) {
			if (w->pre > 0)
				put(w, s, 1);
			else
				w->space = true;
			s++;
			continue;
		}
		for (s++; *s != '\0' && *s != '<' && *s != '&' && !isspace((unsigned char)*s); s++)
			;
		put(w, start, (size_t)(s - start));
	}
	return s;
}

/* The end of a tag, past quoted attributes; the end of the text if it is never closed. */
static const char *
tag_end(const char *s)
{
	char quote = '\0';
	const char *start = s;

	for (; *s != '\0'; s++) {
		if (quote != '\0') {
			if (*s == quote)
				quote = '\0';
		} else if (*s == '>')
			return s;
		else if ((*s == '"' || *s == '\'') && s > start && s[-1] == '=')
			quote = *s;
	}
	/* A quote that was never closed: the first '>' ends the tag after all. */
	s = strchr(start, '>');
	return s == NULL ? start + strlen(start) : s;
}

static bool
has(const char *s, const char *end, const char *word)
{
	return memmem(s, (size_t)(end - s), word, strlen(word)) != NULL;
}

/* The divisions that mail programs put above the history. */
static bool
is_history_start(const char *s, const char *end)
{
	return has(s, end, "divRplyFwdMsg") || has(s, end, "border-top:solid #E1E1E1") ||
	    has(s, end, "border-top:solid #B5C4DF") || has(s, end, "border-top: solid #E1E1E1");
}

static bool
is_quoting(const char *s, const char *end)
{
	return has(s, end, "cite") || has(s, end, "gmail_quote") || has(s, end, "border-left") ||
	    has(s, end, "protonmail_quote") || has(s, end, "moz-cite");
}

static void
blockquote(struct writer *w, bool closing, const char *s, const char *end)
{
	end_line(w);
	if (!closing) {
		bool quotes = is_quoting(s, end);

		if (w->blocks < QUOTES_MAX) {
			w->quoting[w->blocks] = quotes;
			w->quotes += quotes ? 1 : 0;
		}
		w->blocks++;
	} else if (w->blocks > 0) {
		w->blocks--;
		if (w->blocks < QUOTES_MAX && w->quoting[w->blocks])
			w->quotes--;
	}
}

static void
rule(struct writer *w)
{
	end_line(w);
	put(w, HISTORY_RULE, strlen(HISTORY_RULE));
	end_line(w);
}

/* The tags with an effect of their own; false when name is none of them. */
static bool
special_tag(struct writer *w, const char *name, bool closing, const char *s, const char *end)
{
	if (str_same(name, "br")) {
		if (!w->line_open) {
			blank_line(w);
			return true;
		}
		end_line(w);
	} else if (str_same(name, "p")) {
		/* Word's paragraphs have no space between them; everybody else's have. */
		if (!closing && !has(s, end, "Mso"))
			blank_line(w);
		else if (closing && !w->line_open)
			blank_line(w);
		else
			end_line(w);
	} else if (str_same(name, "hr"))
		rule(w);
	else if (str_same(name, "td") || str_same(name, "th")) {
		if (!closing && w->cell && w->line_open) {
			w->space = false;
			put(w, "\t", 1);
		}
		if (!closing)
			w->cell = true;
	} else if (str_same(name, "blockquote"))
		blockquote(w, closing, s, end);
	else
		return false;
	return true;
}

static void
ordinary_tag(struct writer *w, const char *name, bool closing)
{
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (!str_same(name, tags[i].name))
			continue;
		if (tags[i].effect == TAG_SKIP) {
			if (!closing)
				w->skip = tags[i].name;
			return;
		}
		if (tags[i].effect == TAG_PARAGRAPH)
			blank_line(w);
		else
			end_line(w);
		if (str_same(name, "tr"))
			w->cell = false;
		if (str_same(name, "pre"))
			w->pre = closing ? 0 : 1;
		if (str_same(name, "li") && !closing) {
			put(w, "-", 1);
			w->space = true;
		}
		return;
	}
}

/* A tag, comment or declaration at s; returns what follows it. */
static const char *
take_tag(struct writer *w, const char *s)
{
	const char *end;
	char name[16];
	size_t n = 0;
	bool closing;

	if (strncmp(s, "<!--", 4) == 0) {
		end = strstr(s + 4, "-->");
		return end == NULL ? s + strlen(s) : end + 3;
	}
	closing = s[1] == '/';
	if (!isalpha((unsigned char)s[closing ? 2 : 1]) && s[1] != '!' && s[1] != '?') {
		put(w, "<", 1);
		return s + 1;
	}
	for (const char *at = s + (closing ? 2 : 1); isalnum((unsigned char)*at) && n + 1 < sizeof(name); at++)
		name[n++] = (char)tolower((unsigned char)*at);
	name[n] = '\0';
	end = tag_end(s + 1);
	if (!closing && is_history_start(s, end))
		rule(w);
	if (!special_tag(w, name, closing, s, end))
		ordinary_tag(w, name, closing);
	return *end == '\0' ? end : end + 1;
}

/* Past the content of an element that is not text; to the end when it is never closed. */
static const char *
skip_content(struct writer *w, const char *s)
{
	size_t len = strlen(w->skip);
	const char *at = s;

	while ((at = strchr(at, '<')) != NULL) {
		if (at[1] == '/' && strncasecmp(at + 2, w->skip, len) == 0) {
			w->skip = NULL;
			at = strchr(at, '>');
			return at == NULL ? s + strlen(s) : at + 1;
		}
		at++;
	}
	w->skip = NULL;
	return s + strlen(s);
}

char *
html_text(struct arena *arena, const char *html)
{
	struct writer w = { .out = BUF_INIT };
	const char *s = html;
	char *text;

	while (*s != '\0') {
		if (*s == '<')
			s = take_tag(&w, s);
		else
			s = take_text(&w, s);
		if (w.skip != NULL)
			s = skip_content(&w, s);
	}
	end_line(&w);
	if (w.empty > 0)
		w.out.data[--w.out.len] = '\0';
	text = charset_tidy(arena, buf_text(&w.out));
	buf_free(&w.out);
	return text;
}
