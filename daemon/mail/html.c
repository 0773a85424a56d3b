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
#include "mail/html_style.h"

#define QUOTES_MAX	64
#define PAINTS_MAX	64

/* What is owed before the next word, the greatest last. */
enum owed { OWED_NOTHING, OWED_SPACE, OWED_TAB, OWED_LINE, OWED_BLANK };

struct writer {
	struct buf	out;
	enum owed	owed;
	bool		line_open;	/* something stands on this line */
	bool		row_open;	/* something stands in this table row */
	unsigned	cells;		/* that have begun in this row */
	unsigned	tabs;		/* between what stands in it and the next word: one for each cell begun since */
	size_t		row_start;	/* where in out the row's first word stands */
	unsigned	row_lead;	/* empty cells before it that are not in out yet */
	bool		fresh;		/* a list item or cell has begun, and nothing stands in it */
	unsigned	pre;
	unsigned	quotes;		/* depth of quoted blocks */
	struct element {		/* open elements that quote, and how many of their name are open within */
		char	 name[16];
		unsigned open;
	} quoting[QUOTES_MAX];
	const char	*skip;		/* the element whose content is passed over, or NULL */
	bool		see_hidden;	/* hidden elements were never closed: show all */
	char		hidden_name[16];	/* the hidden element that we are in, or "" */
	unsigned	hidden_open;
	unsigned	paints;		/* open elements that give text a colour, background or size */
	struct paint {
		char		  name[16];
		unsigned	  open;
		struct html_style style;
	} painting[PAINTS_MAX];
	bool		invisible;	/* by what they say */
	bool		left_out;	/* words that nobody sees were met */
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

static void
owe(struct writer *w, enum owed owed)
{
	if (owed > w->owed)
		w->owed = owed;
}

/* Between blocks: a new line, if something stands on this one. */
static void
end_line(struct writer *w)
{
	if (!w->fresh)
		owe(w, OWED_LINE);
}

/* An empty line, but never two together, and none at the beginning. */
static void
blank_line(struct writer *w)
{
	if (!w->fresh)
		owe(w, OWED_BLANK);
}

/* Break the line here and now. */
static void
new_line(struct writer *w, bool blank)
{
	if (w->out.len > 0) {
		buf_add_char(&w->out, '\n');
		if (blank)
			buf_add_char(&w->out, '\n');
	}
	w->line_open = false;
}

static void
add_tabs(struct buf *out, unsigned n)
{
	while (n-- > 0)
		buf_add_char(out, '\t');
}

/*
 * To the cell that the next word stands in.  Empty cells count, so that columns stay columns; those before a row's
 * first word only when a second cell is filled: what stands alone in its row is layout.
 */
static void
next_cell(struct writer *w)
{
	size_t behind = w->out.len - w->row_start;

	if (w->row_lead > 0) {
		add_tabs(&w->out, w->row_lead);
		memmove(w->out.data + w->row_start + w->row_lead, w->out.data + w->row_start, behind);
		memset(w->out.data + w->row_start, '\t', w->row_lead);
		w->row_lead = 0;
	}
	add_tabs(&w->out, w->tabs > 0 ? w->tabs : 1);
	w->tabs = 0;
}

static void
put(struct writer *w, const char *text, size_t len)
{
	unsigned i;

	if (*w->hidden_name != '\0')
		return;
	if (w->owed >= OWED_LINE)
		new_line(w, w->owed == OWED_BLANK);
	if (!w->line_open)
		for (i = 0; i < w->quotes; i++)
			buf_add_str(&w->out, "> ");
	else if (w->owed == OWED_TAB)
		next_cell(w);
	else if (w->owed == OWED_SPACE)
		buf_add_char(&w->out, ' ');
	w->owed = OWED_NOTHING;
	if (!w->row_open) {
		w->row_start = w->out.len;
		w->row_lead = w->tabs;
		w->tabs = 0;
	}
	w->line_open = w->row_open = true;
	w->fresh = false;
	buf_add(&w->out, text, len);
}

/* Words of the mail, if they are seen. */
static void
put_word(struct writer *w, const char *text, size_t len)
{
	if (w->invisible || *w->hidden_name != '\0')
		w->left_out |= isalnum((unsigned char)*text);
	else
		put(w, text, len);
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

		if (*s == '&' && (len = html_entity(s, &code)) > 0) {
			s += len;
			if (code == ' ')
				owe(w, OWED_SPACE);
			else if (code != 0)
				put_word(w, utf8, utf8_put(utf8, code));
			continue;
		}
		if (w->pre > 0 && *s == '\n') {
			owe(w, w->owed >= OWED_LINE ? OWED_BLANK : OWED_LINE);
			s++;
			continue;
		}
		if (isspace((unsigned char)*s) || ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] == 0xa0)) {
			if (w->pre > 0 && *s == ' ')
				put_word(w, s, 1);
			else
				owe(w, OWED_SPACE);
			s += *s == '\xc2' ? 2 : 1;
			continue;
		}
		for (s++; *s != '\0' && *s != '<' && *s != '&' && !isspace((unsigned char)*s) &&
		    !((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] == 0xa0); s++)
			;
		put_word(w, start, (size_t)(s - start));
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

static bool
has_any(const char *s, const char *end, const char *const *words)
{
	for (; *words != NULL; words++)
		if (has(s, end, *words))
			return true;
	return false;
}

/* The divisions that mail programs put above the history: Outlook for Windows, on the web, on a telephone. */
static bool
is_history_start(const char *s, const char *end)
{
	static const char *const words[] = { "divRplyFwdMsg", "border-top:solid #E1E1E1",
		"border-top:solid #B5C4DF", "border-top: solid #E1E1E1", "border-top:solid #e1e1e1",
		"border-top: 1pt solid #E1E1E1", NULL };

	return has_any(s, end, words);
}

/*
 * Elements whose whole content is somebody else's: quoting blocks, and the
 * containers of Outlook on a Mac or a telephone, Yahoo, Zimbra, Zoho, GMX.
 * Gmail's and Thunderbird's are none of these: people write between their
 * quotes, within the container.
 */
static bool
is_quoting(const char *name, const char *s, const char *end)
{
	static const char *const blocks[] = { "cite", "gmail_quote", "border-left", "protonmail_quote",
		"moz-cite", "tutanota_quote", NULL };
	static const char *const containers[] = { "yahoo_quoted", "yahoo-quoted",
		"mail-editor-reference-message-container", "ms-outlook-mobile-reference-message",
		"OLK_SRC_BODY_SECTION", "zmail_extra", "protonmail_quote", "name=\"quote\"", "tutanota_quote",
		"reply-intro", "__QUOTED_TEXT__", "bloop_original_html", "gmx_quote", NULL };

	if (str_same(name, "blockquote"))
		return has_any(s, end, blocks);
	return (str_same(name, "div") || str_same(name, "span") || str_same(name, "p")) &&
	    has_any(s, end, containers);
}

/* Keep count of what quotes; the quotes end with their element, however deep it is. */
static void
count_quotes(struct writer *w, const char *name, bool closing, const char *s, const char *end)
{
	struct element *top = w->quotes > 0 ? &w->quoting[w->quotes - 1] : NULL;

	if (!closing && w->quotes < QUOTES_MAX && is_quoting(name, s, end)) {
		end_line(w);
		w->fresh = false;
		owe(w, OWED_LINE);
		top = &w->quoting[w->quotes++];
		memcpy(top->name, name, strlen(name) + 1);
		top->open = 1;
	} else if (top != NULL && str_same(top->name, name)) {
		top->open += closing ? -1u : 1;
		if (top->open == 0) {
			w->quotes--;
			owe(w, OWED_LINE);
		}
	}
}

/* Elements that have no content, and those that hold the whole mail. */
static bool
is_void(const char *name)
{
	static const char *const names[] = { "br", "img", "hr", "input", "meta", "link", "area", "base", "col", "embed",
		"source", "track", "wbr", NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (str_same(name, names[i]))
			return true;
	return false;
}

/* Text that nobody sees: the preview that newsletters and portals put before the mail, and what is to deceive. */
static void
count_hidden(struct writer *w, const char *name, bool closing, bool hidden)
{
	if (*w->hidden_name == '\0') {
		if (closing || w->see_hidden || !hidden || str_same(name, "body") || str_same(name, "html"))
			return;
		memcpy(w->hidden_name, name, strlen(name) + 1);
		w->hidden_open = 1;
	} else if (str_same(w->hidden_name, name)) {
		w->hidden_open += closing ? -1u : 1;
		if (w->hidden_open == 0)
			*w->hidden_name = '\0';
	}
}

/* Do the open elements leave the text without size, or in the colour of what is behind it? */
static bool
is_invisible(const struct writer *w)
{
	int colour = COLOUR_UNSET, background = COLOUR_UNSET;
	enum font_size size = FONT_UNSET;
	unsigned i;

	for (i = w->paints; i-- > 0;) {
		const struct html_style *style = &w->painting[i].style;

		colour = colour == COLOUR_UNSET ? style->colour : colour;
		background = background == COLOUR_UNSET ? style->background : background;
		size = size == FONT_UNSET ? style->size : size;
	}
	if (background == COLOUR_UNSET)
		background = 0xffffff;
	return size == FONT_TINY || colour == COLOUR_TRANSPARENT ||
	    (colour >= 0 && background >= 0 && html_same_colour(colour, background));
}

/* Keep count of what gives text its colour and size; a paragraph ends where the next begins. */
static void
count_paints(struct writer *w, const char *name, bool closing, const struct html_style *style)
{
	unsigned i, keep = w->paints;

	if (!closing && keep > 0 && str_same(name, "p") && str_same(w->painting[keep - 1].name, "p"))
		keep--;
	for (i = 0; i < keep; i++)
		if (str_same(w->painting[i].name, name) && (w->painting[i].open += closing ? -1u : 1) == 0)
			keep = i;
	w->paints = keep;
	if (!closing && keep < PAINTS_MAX && (style->colour != COLOUR_UNSET || style->background != COLOUR_UNSET ||
	    style->size != FONT_UNSET)) {
		memcpy(w->painting[keep].name, name, strlen(name) + 1);
		w->painting[keep].open = 1;
		w->painting[keep].style = *style;
		w->paints++;
	}
	w->invisible = !w->see_hidden && is_invisible(w);
}

/* What the tag does to whether the text in it is seen. */
static void
count_seen(struct writer *w, const char *name, bool closing, const char *s, const char *end)
{
	struct html_style style = { false, COLOUR_UNSET, COLOUR_UNSET, FONT_UNSET };

	if (is_void(name))
		return;
	if (!closing)
		html_style_read(name, s, end, &style);
	count_hidden(w, name, closing, style.hidden);
	count_paints(w, name, closing, &style);
}

static void
rule(struct writer *w)
{
	end_line(w);
	put(w, HISTORY_RULE, strlen(HISTORY_RULE));
	end_line(w);
}

/* A cell stands behind the one before it, on whose last line it begins. */
static void
cell(struct writer *w, bool closing)
{
	w->fresh = !closing;
	if (closing || *w->hidden_name != '\0')
		return;
	if (w->cells++ > 0)
		w->tabs++;
	if (w->row_open)
		w->owed = OWED_TAB;
}

static void
row_end(struct writer *w)
{
	w->row_open = false;
	w->cells = w->tabs = w->row_lead = 0;
}

/* The tags with an effect of their own; false when name is none of them. */
static bool
special_tag(struct writer *w, const char *name, bool closing, const char *s, const char *end)
{
	if (str_same(name, "br"))
		owe(w, w->owed >= OWED_LINE || !w->line_open ? OWED_BLANK : OWED_LINE);
	else if (str_same(name, "p")) {
		/* Word's paragraphs have no space between them; everybody else's have. */
		if (!closing && !has(s, end, "Mso"))
			blank_line(w);
		else if (closing && w->owed >= OWED_LINE)
			blank_line(w);
		else
			end_line(w);
	} else if (str_same(name, "hr"))
		rule(w);
	else if (str_same(name, "td") || str_same(name, "th"))
		cell(w, closing);
	else if (str_same(name, "blockquote"))
		end_line(w);
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
		/* These end an item or cell that stayed empty; others may stand at its beginning. */
		if (strchr("tul", *name) != NULL)
			w->fresh = false;
		if (tags[i].effect == TAG_PARAGRAPH)
			blank_line(w);
		else
			end_line(w);
		if (str_same(name, "tr") || str_same(name, "table"))
			row_end(w);
		if (str_same(name, "pre"))
			w->pre = closing ? 0 : 1;
		if (str_same(name, "li") && !closing) {
			put(w, "-", 1);
			w->owed = OWED_SPACE;
			w->fresh = true;
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
		put_word(w, "<", 1);
		return s + 1;
	}
	for (const char *at = s + (closing ? 2 : 1); isalnum((unsigned char)*at) && n + 1 < sizeof(name); at++)
		name[n++] = (char)tolower((unsigned char)*at);
	name[n] = '\0';
	end = tag_end(s + 1);
	count_seen(w, name, closing, s, end);
	count_quotes(w, name, closing, s, end);
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

static void
write_all(struct writer *w, const char *s)
{
	while (*s != '\0') {
		if (*s == '<')
			s = take_tag(w, s);
		else
			s = take_text(w, s);
		if (w->skip != NULL)
			s = skip_content(w, s);
	}
}

char *
html_text_seen(struct arena *arena, const char *html, bool *hidden_r)
{
	struct writer w = { .out = BUF_INIT };
	char *text;

	write_all(&w, html);
	if (*w.hidden_name != '\0' && w.out.len == 0) {
		/* What is never closed would hide the mail: then nothing is hidden. */
		buf_free(&w.out);
		memset(&w, 0, sizeof(w));
		w.see_hidden = true;
		write_all(&w, html);
	}
	if (w.out.len > 0)
		buf_add_char(&w.out, '\n');
	*hidden_r = w.left_out;
	text = charset_tidy(arena, buf_text(&w.out));
	buf_free(&w.out);
	return text;
}

char *
html_text(struct arena *arena, const char *html)
{
	bool hidden;

	return html_text_seen(arena, html, &hidden);
}
