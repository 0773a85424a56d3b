/*
 * The bytes of a mail as GMime reads them: the file, and long lists of
 * addresses kept from it.  GMime takes every From, To and Cc apart by itself
 * while it reads, with a parser whose time grows with the square of what
 * stands between two commas and whose stack grows with every group in a
 * group: one To of 900 KB ends the process.  We never ask it for addresses
 * (address.c reads them, in linear time), so where a field is long its name
 * is written over in a private copy of the page, which makes it a field that
 * GMime does not know; once the structure stands the name is put back, and
 * texts and files are read as they are.  A mail of usual size is read from
 * memory that the file is mapped into (pages of our own to read it into are
 * what costs), a larger one straight from the file unless it has a long field.
 * Runs in adviced-parse only.
 * Invariant: the file itself is never changed.
 * Fails: never; without memory for the copy GMime is left to itself.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mail/mime.h"

#define FIELD_LONG	1024	/* bytes; some thirty addresses, which GMime reads in no time */
#define CHUNK		65536
#define MAP_MOST	(1024 * 1024)	/* a larger mail is read in pieces: what is mapped counts as our memory */

/* One pass over the file, line by line. */
struct scan {
	struct reading		*reading;
	struct mail_source	*source;
	uint64_t		 field;		/* where the field of addresses begins that we are in */
	size_t			 field_len;	/* its bytes so far; 0: in none */
};

static const char *const fields[] = { "from", "sender", "reply-to", "to", "cc", "bcc", NULL };

/* The fields that GMime takes apart: the length of the name at s, 0 when it is none of them. */
static size_t
field_name(const char *s, size_t len)
{
	size_t i, name, end;

	for (i = 0; fields[i] != NULL; i++) {
		name = strlen(fields[i]);
		if (len <= name || (*s | 0x20) != fields[i][0] || strncasecmp(s, fields[i], name) != 0)
			continue;
		for (end = name; end < len && (s[end] == ' ' || s[end] == '\t'); end++)
			;
		if (end < len && s[end] == ':')
			return name;
	}
	return 0;
}

static void
field_end(struct scan *scan)
{
	if (scan->field_len > FIELD_LONG)
		*arena_push(scan->reading->arena, scan->source->hidden, scan->source->hidden_count) = scan->field;
	scan->field_len = 0;
}

/* A line, or the first chunk of one that is longer; the rest of those comes with begins false. */
static void
scan_line(struct scan *scan, const char *line, size_t len, uint64_t at, bool begins)
{
	if (begins && !(scan->field_len > 0 && (*line == ' ' || *line == '\t'))) {
		field_end(scan);
		if (field_name(line, len) == 0)
			return;
		scan->field = at;
	} else if (scan->field_len == 0)
		return;
	scan->field_len += len;
}

/* Look at the lines of these bytes of the file.  How many bytes are done with: a line that goes on behind them is left,
 * unless it fills them, or they are the last. */
static size_t
scan_lines(struct scan *scan, const char *bytes, size_t len, uint64_t at, bool last, bool *begins)
{
	const char *s = bytes, *end = bytes + len, *next;

	for (; s < end; s = next, *begins = true) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));

		if (nl == NULL && s > bytes && !last)
			break;
		next = nl == NULL ? end : nl + 1;
		scan_line(scan, s, (size_t)(next - s), at + (uint64_t)(s - bytes), *begins);
		if (nl == NULL) {
			*begins = false;
			return len;
		}
	}
	return (size_t)(s - bytes);
}

/* Find all long fields, wherever in the mail: those of attached mails too, and what only looks like one. */
static void
scan_file(struct scan *scan, int fd, off_t at)
{
	char *chunk = arena_alloc(scan->reading->arena, CHUNK);
	bool begins = true;
	ssize_t len;

	while ((len = pread(fd, chunk, CHUNK, at)) > 0)
		at += (off_t)scan_lines(scan, chunk, (size_t)len, (uint64_t)at, len < CHUNK, &begins);
}

/* Write over the first letters of the hidden names, or put back what stood there. */
static void
names_swap(struct mail_source *source)
{
	size_t i;

	for (i = 0; i < source->hidden_count; i++)
		source->map[source->hidden[i]] ^= 0x10;		/* "To" to "Do", "From" to "Vrom", and back */
}

/* The file as memory of our own; false without room for it. */
static bool
source_map(struct mail_source *source, int fd, off_t size)
{
	void *map = size < G_MAXINT ? mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) : MAP_FAILED;

	if (map == MAP_FAILED)
		return false;
	source->map = map;
	source->bytes = (GByteArray){ .data = map, .len = (guint)size };
	return true;
}

void
source_open(struct reading *reading, int fd, off_t begin, off_t size, struct mail_source *source)
{
	struct scan scan = { reading, source, 0, 0 };
	bool begins = true;

	memset(source, 0, sizeof(*source));
	if (size <= MAP_MOST && source_map(source, fd, size))
		scan_lines(&scan, source->map + begin, (size_t)(size - begin), (uint64_t)begin, true, &begins);
	else
		scan_file(&scan, fd, begin);
	field_end(&scan);
	if (source->map == NULL && (source->hidden_count == 0 || !source_map(source, fd, size))) {
		source->hidden_count = 0;
		source->stream = g_mime_stream_fs_new_with_bounds(fd, begin, size);
		g_mime_stream_fs_set_owner(GMIME_STREAM_FS(source->stream), FALSE);
		return;
	}
	source->stream = g_mime_stream_mem_new_with_byte_array(&source->bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(source->stream), FALSE);
	g_mime_stream_set_bounds(source->stream, begin, size);
	names_swap(source);
}

void
source_show(struct mail_source *source)
{
	names_swap(source);
}

void
source_close(struct mail_source *source)
{
	g_object_unref(source->stream);
	if (source->map != NULL)
		munmap(source->map, source->bytes.len);
}

static int
by_place(const void *key, const void *place)
{
	uint64_t left = *(const uint64_t *)key, right = *(const uint64_t *)place;

	return (left > right) - (left < right);
}

const char *
source_name(const struct mail_source *source, GMimeHeader *header)
{
	const char *name = g_mime_header_get_name(header);
	uint64_t place = (uint64_t)g_mime_header_get_offset(header);
	size_t i;

	if (name == NULL || source->hidden_count == 0 || bsearch(&place, source->hidden, source->hidden_count,
	    sizeof(place), by_place) == NULL)
		return name;
	for (i = 0; fields[i] != NULL; i++)
		if (((name[0] ^ 0x10) | 0x20) == fields[i][0] && strcasecmp(name + 1, fields[i] + 1) == 0)
			return fields[i];
	return name;
}

const char *
source_header(const struct mail_source *source, GMimeObject *object, const char *name)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(object);
	const char *raw = part_header(object, name);
	int i, n = g_mime_header_list_get_count(list);

	for (i = 0; raw == NULL && source->hidden_count > 0 && i < n; i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(list, i);

		if (strcasecmp(source_name(source, header), name) == 0)
			raw = g_mime_header_get_raw_value(header);
	}
	return raw;
}
