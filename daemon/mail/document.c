/*
 * What a document is by its bytes, and the way to its text: see document.h.
 * Runs in adviced-parse only.
 * Invariant: a document has a text or a reason why it has none, never both.
 * Fails: never.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

#include "base/clock.h"
#include "base/str.h"
#include "mail/charset.h"
#include "mail/document_look.h"
#include "mail/html.h"
#include "mail/parse_rest.h"

enum document_kind {
	DOCUMENT_OTHER, DOCUMENT_EMPTY, DOCUMENT_ZIP, DOCUMENT_PDF, DOCUMENT_OLD, DOCUMENT_RTF, DOCUMENT_HTML,
	DOCUMENT_TEXT, DOCUMENT_PICTURE, DOCUMENT_ARCHIVE, DOCUMENT_SEALED, DOCUMENT_GUARDED
};

void
document_start(void)
{
	xmlInitParser();
}

void
look_add(struct look *look, const char *bytes, size_t len)
{
	struct buf *text = look->to_aside ? &look->aside : &look->text;
	size_t room = look->text_max - text->len;

	if (len > room) {
		look->full = true;
		len = room;
	}
	buf_add(text, bytes, len);
}

void
look_fail(struct look *look, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (look->unreadable != NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	look->unreadable = str_utf8(look->arena, text, strlen(text));
}

void
look_locked(struct look *look)
{
	look->locked = true;
	look_fail(look, "protected with a password");
}

bool
look_in_time(struct look *look)
{
	if (look->unreadable == NULL && clock_real_ms() > look->file->until_ms)
		look_fail(look, "left out: reading the attachments of this mail took longer than %u s",
		    look->limits->documents_ms / 1000);
	return look->unreadable == NULL;
}

bool
look_goes_on(struct look *look)
{
	return !look->full && look_in_time(look);
}

/* --- what it is -------------------------------------------------------- */

static bool
begins(const char *head, size_t len, const char *mark, size_t mark_len)
{
	return len >= mark_len && memcmp(head, mark, mark_len) == 0;
}

static bool
is_html(const char *head, size_t len)
{
	static const char *const marks[] = { "<!doctype html", "<html", "<head", "<body", NULL };
	size_t at = begins(head, len, "\357\273\277", 3) ? 3 : 0, i;

	while (at < len && strchr(" \t\r\n", head[at]) != NULL && head[at] != '\0')
		at++;
	for (i = 0; marks[i] != NULL; i++)
		if (len - at >= strlen(marks[i]) && strncasecmp(head + at, marks[i], strlen(marks[i])) == 0)
			return true;
	return false;
}

/* Kinds that their first bytes tell. */
static const struct mark {
	const char		*bytes;
	size_t			 len;
	enum document_kind	 kind;
} marks[] = {
	{ "PK\003\004", 4, DOCUMENT_ZIP }, { "PK\005\006", 4, DOCUMENT_ZIP }, { "PK\007\010", 4, DOCUMENT_ZIP },
	{ "%PDF-", 5, DOCUMENT_PDF },
	{ "\320\317\021\340\241\261\032\341", 8, DOCUMENT_OLD },
	{ "{\\rtf", 5, DOCUMENT_RTF },
	{ "\377\330\377", 3, DOCUMENT_PICTURE }, { "\211PNG", 4, DOCUMENT_PICTURE }, { "GIF8", 4, DOCUMENT_PICTURE },
	{ "II*\0", 4, DOCUMENT_PICTURE }, { "MM\0*", 4, DOCUMENT_PICTURE }, { "BM", 2, DOCUMENT_PICTURE },
	{ "Rar!", 4, DOCUMENT_ARCHIVE }, { "7z\274\257\047\034", 6, DOCUMENT_ARCHIVE },
	{ "\037\213", 2, DOCUMENT_ARCHIVE }, { "MSCF", 4, DOCUMENT_ARCHIVE },
};

/* Types by which a mail program wraps what only the addressee may see. */
static enum document_kind
kind_by_type(const char *type)
{
	static const char *const sealed[] = { "application/pkcs7-mime", "application/x-pkcs7-mime",
		"application/pgp-encrypted", NULL };
	size_t i;

	for (i = 0; sealed[i] != NULL; i++)
		if (str_same(type, sealed[i]))
			return DOCUMENT_SEALED;
	return str_same(type, "application/x-microsoft-rpmsg-message") ? DOCUMENT_GUARDED : DOCUMENT_OTHER;
}

static bool
is_plain_text(const char *head, size_t len, const char *type, const char *name)
{
	static const char *const endings[] = { ".txt", ".text", ".csv", ".md", ".log", NULL };
	bool named = strncasecmp(type, "text/", 5) == 0;
	size_t i;

	for (i = 0; endings[i] != NULL; i++)
		named = named || str_ends_nocase(name, endings[i]);
	/* Text in UTF-16 is full of zeros; its mark says what it is. */
	return named && (memchr(head, '\0', len) == NULL || begins(head, len, "\377\376", 2) ||
	    begins(head, len, "\376\377", 2));
}

static enum document_kind
document_kind(const char *head, size_t len, const char *type, const char *name)
{
	enum document_kind kind = kind_by_type(type);
	size_t i;

	if (kind != DOCUMENT_OTHER)
		return kind;
	if (len == 0)
		return DOCUMENT_EMPTY;
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (begins(head, len, marks[i].bytes, marks[i].len) && (marks[i].len > 2 ||
		    !is_plain_text(head, len, type, name)))
			return marks[i].kind;
	/* What stands before the mark of a PDF is a gateway's or a printer's. */
	if (memmem(head, len, "\n%PDF-", 6) != NULL)
		return DOCUMENT_PDF;
	if (is_html(head, len))
		return DOCUMENT_HTML;
	if (is_plain_text(head, len, type, name))
		return str_same(type, "text/html") ? DOCUMENT_HTML : DOCUMENT_TEXT;
	return memmem(head, len, "%PDF-", 5) != NULL ? DOCUMENT_PDF : DOCUMENT_OTHER;
}

bool
document_is_readable(const char *head, size_t len, const char *type, const char *name)
{
	switch (document_kind(head, len, type, name)) {
	case DOCUMENT_PDF:
		return parse_rest_loaded();
	case DOCUMENT_ZIP:
	case DOCUMENT_OLD:
	case DOCUMENT_RTF:
	case DOCUMENT_HTML:
	case DOCUMENT_TEXT:
		return true;
	default:
		return false;
	}
}

/* --- its text ---------------------------------------------------------- */

static void
look_into_text(struct look *look, bool html)
{
	const struct document_file *file = look->file;
	const char *trouble = NULL, *charset = file->charset;
	/* What cannot become text within the limit need not be decoded; HTML is some times longer than its text. */
	size_t most = (look->text_max + 1) * (html ? 8 : 4), len = file->len < most ? file->len : most;
	char *text;

	if (charset == NULL && len >= 2 && ((unsigned char)file->bytes[0] ^ (unsigned char)file->bytes[1]) == 1 &&
	    ((unsigned char)file->bytes[0] | 1) == 0xff)
		charset = "utf-16";
	text = charset_decode(look->arena, charset, file->bytes, len, &trouble);
	if (html)
		text = html_text(look->arena, text);
	look_add(look, text, strlen(text));
	if (len < file->len)
		look->full = true;
}

static void
look_by_kind(struct look *look)
{
	const struct document_file *file = look->file;
	size_t head = file->len < DOCUMENT_HEAD ? file->len : DOCUMENT_HEAD;

	switch (document_kind(file->bytes, head, file->type, file->name)) {
	case DOCUMENT_ZIP:
		look_into_zip(look);
		break;
	case DOCUMENT_PDF:
		look_into_pdf(look);
		break;
	case DOCUMENT_OLD:
		look_into_old(look);
		break;
	case DOCUMENT_RTF:
		look_into_rtf(look);
		break;
	case DOCUMENT_HTML:
		look_into_text(look, true);
		break;
	case DOCUMENT_TEXT:
		look_into_text(look, false);
		break;
	case DOCUMENT_EMPTY:
		look_fail(look, "empty");
		break;
	case DOCUMENT_PICTURE:
		look_fail(look, "a picture, in which this program reads no text");
		break;
	case DOCUMENT_ARCHIVE:
		look_fail(look, "an archive, which this program does not open");
		break;
	case DOCUMENT_SEALED:
		look_fail(look, "encrypted or signed with S/MIME or PGP, which this program does not open");
		break;
	case DOCUMENT_GUARDED:
		look_fail(look, "encrypted by Microsoft's rights management");
		break;
	case DOCUMENT_OTHER:
		look_fail(look, "of a kind that this program does not read");
		break;
	}
}

/* Behind the text and apart from it, so that no label of the text finds its value there. */
static void
add_aside(struct look *look)
{
	static const char title[] = "\n\nNot shown on the pages:\n";

	look->to_aside = false;
	if (look->aside.len == 0 || *str_trim(look->arena, buf_text(&look->text)) == '\0')
		return;
	while (look->text.data[look->text.len - 1] == '\n')
		look->text.data[--look->text.len] = '\0';
	look_add(look, title, sizeof(title) - 1);
	look_add(look, look->aside.data, look->aside.len);
}

void
document_look(struct arena *arena, const struct parse_limits *limits, const struct document_file *file,
    struct document_text *text_r)
{
	struct look look = { .arena = arena, .limits = limits, .file = file, .text = BUF_INIT };
	const char *text;

	look.text_max = limits->document_text_bytes < file->room ? limits->document_text_bytes : file->room;
	memset(text_r, 0, sizeof(*text_r));
	text_r->text = text_r->unreadable = "";
	if (look_in_time(&look))
		look_by_kind(&look);
	text_r->locked = look.locked;
	if (look.unreadable != NULL)
		text_r->unreadable = look.unreadable;
	else {
		add_aside(&look);
		text = charset_tidy(arena, str_utf8(arena, buf_text(&look.text), look.text.len));
		text_r->text = str_cut(arena, text, look.text_max);
		text_r->left_out = look.left_out;
		if (look.full && look.left_out == NULL)
			text_r->left_out = arena_printf(arena, "holds more than %zu KB of text; only its beginning was read",
			    look.text_max >> 10);
		if (*str_trim(arena, text) == '\0')
			text_r->unreadable = "without any text";
	}
	if (*text_r->unreadable != '\0')
		text_r->text = "";
	buf_free(&look.text);
	buf_free(&look.aside);
}
