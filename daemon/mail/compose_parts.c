/*
 * A letter's attachments as MIME parts that read from descriptors when the
 * mail is written, so that memory does not grow with them.  Run by core,
 * which never decodes a stranger's MIME: documents come decoded, as byte
 * ranges of their mail's documents file.
 * Invariant: a document goes whole or the letter does not go.
 * Fails: ERR_MESSAGE for a document that is not all there; what the
 * callbacks return.
 */
#include <sys/stat.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "mail/compose_parts.h"
#include "rule/pattern.h"

#define NAME_MAX_BYTES	120

struct source {			/* bytes start..end of fd */
	int	 fd;
	int64_t	 start, end;
};

static void
close_fd(void *data)
{
	close(*(int *)data);
}

/* ---- Names */

/* Not in a file name on some system, or able to make it look like another one. */
static bool
is_unsafe(gunichar c)
{
	return c < ' ' || (c >= 0x7f && c <= 0x9f) || (c < 0x7f && strchr("<>:\"/\\|?*", (int)c) != NULL) ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Cut to size at a character, keeping a short extension. */
static char *
shorten(struct arena *arena, const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t len = strlen(name), keep = dot != NULL && strlen(dot) <= 8 ? strlen(dot) : 0, cut;

	if (len <= NAME_MAX_BYTES)
		return arena_strdup(arena, name);
	cut = NAME_MAX_BYTES - keep;
	while (cut > 0 && ((unsigned char)name[cut] & 0xc0) == 0x80)
		cut--;
	return arena_printf(arena, "%.*s%s", (int)cut, name, name + len - keep);
}

char *
compose_file_name(struct arena *arena, const char *name)
{
	const char *text = str_utf8(arena, name, strlen(name)), *p, *slash;
	struct buf out = BUF_INIT;
	char *safe;

	if ((slash = strrchr(text, '/')) != NULL)
		text = slash + 1;
	if ((slash = strrchr(text, '\\')) != NULL)
		text = slash + 1;
	text += strspn(text, ". ");
	for (p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		if (is_unsafe(g_utf8_get_char(p)))
			buf_add_char(&out, '_');
		else
			buf_add(&out, p, (size_t)(g_utf8_next_char(p) - p));
	}
	safe = shorten(arena, str_trim(arena, buf_text(&out)));
	buf_free(&out);
	return safe[0] != '\0' ? safe : arena_strdup(arena, "document");
}

/* ---- Types */

static bool
is_token(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!g_ascii_isalnum(text[i]) && strchr("-.+_", text[i]) == NULL)
			return false;
	return len > 0 && len < 80;
}

/*
 * A stranger chose the type.  What a reader would open as mail of its own
 * (message/, multipart/) goes as plain bytes under its name.
 */
static const char *
safe_type(const char *type)
{
	const char *slash = strchr(type, '/');

	if (slash == NULL || !is_token(type, (size_t)(slash - type)) || !is_token(slash + 1, strlen(slash + 1)) ||
	    str_starts_nocase(type, "message/") || str_starts_nocase(type, "multipart/"))
		return "application/octet-stream";
	return type;
}

static const char *
type_of_name(const char *name)
{
	static const struct { const char *ending, *type; } known[] = {
		{ ".pdf", "application/pdf" },
		{ ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
		{ ".doc", "application/msword" },
		{ ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
		{ ".txt", "text/plain" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (str_ends_nocase(name, known[i].ending))
			return known[i].type;
	return "application/octet-stream";
}

/* ---- Parts */

static void
add_part(GMimeMultipart *mixed, const char *name, const char *type, const struct source *source)
{
	GMimeContentType *content_type = g_mime_content_type_parse(NULL, type);
	GMimePart *part = g_mime_part_new();
	GMimeStream *stream = g_mime_stream_fs_new_with_bounds(source->fd, source->start, source->end);
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_stream_fs_set_owner((GMimeStreamFs *)stream, FALSE);
	g_mime_object_set_content_type((GMimeObject *)part, content_type);
	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
	g_mime_object_set_disposition((GMimeObject *)part, "attachment");
	g_mime_part_set_filename(part, name);
	g_mime_multipart_add(mixed, (GMimeObject *)part);
	g_object_unref(content);
	g_object_unref(stream);
	g_object_unref(part);
	g_object_unref(content_type);
}

static int
file_size(int fd, int64_t *size_r, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_errno(err, ERR_RETRY, "an attachment's size");
	*size_r = st.st_size;
	return 0;
}

static bool
has_documents(const struct enclosure *enclosure)
{
	size_t i;

	for (i = 0; i < enclosure->message->document_count; i++)
		if (!enclosure->message->documents[i].is_inline)
			return true;
	return false;
}

bool
compose_has_attachments(const struct letter *letter)
{
	size_t i;

	for (i = 0; i < letter->enclosure_count; i++)
		if (has_documents(&letter->enclosures[i]))
			return true;
	return letter->attach != NULL;
}

/* The same file in two mails of a case goes once. */
static bool
is_new(struct arena *arena, struct strs *seen, const struct document *document)
{
	size_t before = seen->n;

	if (document->sha256[0] == '\0')
		return true;
	strs_add_new(arena, seen, arena_printf(arena, "%s %s", document->sha256, document->name));
	return seen->n > before;
}

static bool
is_left_out(const struct strs *names, const struct document *document)
{
	for (size_t i = 0; i < names->n; i++)
		if (pattern_file(names->v[i], document->name))
			return true;
	return false;
}

static int
attach_documents(struct arena *arena, const struct enclosure *enclosure, const struct strs *leave_out,
    const struct compose_files *files, struct strs *seen, GMimeMultipart *mixed, struct err *err)
{
	const struct message *message = enclosure->message;
	const struct document *document;
	struct source source;
	int64_t size = 0;
	int *fd;
	size_t i;

	if (!has_documents(enclosure))
		return 0;
	fd = arena_alloc(arena, sizeof(*fd));
	if (files->documents(files->ctx, enclosure->spool_name, fd, err) == -1)
		return err_wrap(err, "the documents that go along");
	arena_on_free(arena, close_fd, fd);
	if (file_size(*fd, &size, err) == -1)
		return -1;
	for (i = 0; i < message->document_count; i++) {
		document = &message->documents[i];
		if (document->is_inline || is_left_out(leave_out, document) || !is_new(arena, seen, document))
			continue;
		if (document->offset > (uint64_t)size || document->size > (uint64_t)size - document->offset)
			return err_set(err, ERR_MESSAGE, "document %zu of a mail that is passed on is not all there", i + 1);
		source.fd = *fd;
		source.start = (int64_t)document->offset;
		source.end = (int64_t)(document->offset + document->size);
		add_part(mixed, compose_file_name(arena, document->name), safe_type(document->type), &source);
	}
	return 0;
}

static int
attach_file(struct arena *arena, const char *path, const struct compose_files *files, GMimeMultipart *mixed,
    struct err *err)
{
	struct source source = { -1, 0, 0 };
	int *fd = arena_alloc(arena, sizeof(*fd));

	if (files->attachment(files->ctx, path, fd, err) == -1)
		return err_wrap(err, "the pack's file that goes along");
	arena_on_free(arena, close_fd, fd);
	source.fd = *fd;
	if (file_size(*fd, &source.end, err) == -1)
		return -1;
	add_part(mixed, compose_file_name(arena, path), type_of_name(path), &source);
	return 0;
}

int
compose_attach(struct arena *arena, const struct letter *letter, const struct compose_files *files,
    GMimeMultipart *mixed, struct err *err)
{
	struct strs seen = { NULL, 0 };
	size_t i;

	for (i = 0; i < letter->enclosure_count; i++)
		if (attach_documents(arena, &letter->enclosures[i], &letter->mail->leave_out, files, &seen, mixed, err) == -1)
			return -1;
	if (letter->attach != NULL)
		return attach_file(arena, letter->attach, files, mixed, err);
	return 0;
}
