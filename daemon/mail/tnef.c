/*
 * winmail.dat by way of libytnef: see tnef.h.  Runs in adviced-parse only.
 * Invariant: a file is handed over with the length that was really read, not
 * the one that the wrapper claims; the library gets only as much of the
 * wrapper as holds together, and what it prints goes nowhere.
 * Fails: -1; the library is an old one, so it only ever runs shut in.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include <ytnef.h>

#include "base/str.h"
#include "mail/charset.h"
#include "mail/tnef.h"

#define NAME_LONG	0x3707	/* PR_ATTACH_LONG_FILENAME */
#define NAME_SHORT	0x3704	/* PR_ATTACH_FILENAME */
#define TEXT_BODY	0x1000	/* PR_BODY */
#define TEXT_HTML	0x1013	/* PR_BODY_HTML */
#define TYPE_STRING8	30
#define TYPE_UNICODE	31

/* A property's text, whichever of the two string types it has; NULL when absent. */
static char *
property(struct arena *arena, MAPIProps *properties, unsigned id)
{
	static const unsigned types[] = { TYPE_UNICODE, TYPE_STRING8 };
	variableLength *value;
	const char *trouble;
	size_t i, len;

	for (i = 0; i < 2; i++) {
		value = MAPIFindProperty(properties, PROP_TAG(types[i], id));
		if (value == MAPI_UNDEFINED || value == NULL || value->data == NULL || value->size <= 0)
			continue;
		len = strnlen((const char *)value->data, (size_t)value->size);
		if (len > 0)	/* the library has turned UTF-16 into UTF-8 */
			return charset_decode(arena, "", (const char *)value->data, len, &trouble);
	}
	return NULL;
}

static void
hand_over(struct arena *arena, Attachment *file, tnef_file *take, void *ctx)
{
	char *name = property(arena, &file->MAPI, NAME_LONG);

	if (name == NULL)
		name = property(arena, &file->MAPI, NAME_SHORT);
	if (name == NULL && file->Title.data != NULL && file->Title.size > 0)
		name = arena_strndup(arena, (const char *)file->Title.data,
		    strnlen((const char *)file->Title.data, (size_t)file->Title.size));
	if (file->FileData.data == NULL || file->FileData.size <= 0)
		return;
	take(ctx, name == NULL ? "" : name, (const char *)file->FileData.data, (size_t)file->FileData.size);
}

#define SIGNATURE	"\x78\x9f\x3e\x22"
#define START		6	/* signature and key */
#define HEAD		9	/* of an attribute: level, name, length */
#define CHECKSUM	2

/* How far the attributes hold together: up to the first that claims more than there is. */
static size_t
sound_length(const char *bytes, size_t len)
{
	size_t at = START, size;

	if (len < START || memcmp(bytes, SIGNATURE, 4) != 0)
		return 0;
	while (len - at >= HEAD + CHECKSUM) {
		const unsigned char *head = (const unsigned char *)bytes + at;

		size = (size_t)head[5] | (size_t)head[6] << 8 | (size_t)head[7] << 16 | (size_t)head[8] << 24;
		if (size > len - at - HEAD - CHECKSUM || (head[0] != 1 && head[0] != 2))
			break;
		at += HEAD + size + CHECKSUM;
	}
	return at;
}

static ssize_t
swallow(void *cookie, const char *bytes, size_t len)
{
	(void)cookie, (void)bytes;
	return (ssize_t)len;
}

/* The library prints what it finds wrong to standard output, which is not its own. */
static int
parse_quietly(char *bytes, size_t len, TNEFStruct *tnef)
{
	static const cookie_io_functions_t nowhere = { .write = swallow };
	FILE *real = stdout, *sink = fopencookie(NULL, "w", nowhere);
	int result;

	if (sink == NULL)
		return -1;
	stdout = sink;
	result = TNEFParseMemory((BYTE *)bytes, (long)len, tnef);
	stdout = real;
	fclose(sink);
	return result < 0 ? -1 : 0;
}

int
tnef_read(struct arena *arena, const char *bytes, size_t len, tnef_file *take, void *ctx, char **body_r)
{
	TNEFStruct tnef;
	Attachment *file;
	char *copy, *text;
	size_t sound = sound_length(bytes, len);
	int result;

	*body_r = NULL;
	if (sound <= START || len > INT_MAX)
		return -1;
	TNEFInitialize(&tnef);
	tnef.Debug = 0;
	copy = arena_memdup(arena, bytes, sound);
	result = parse_quietly(copy, sound, &tnef);
	if (sound + HEAD < len)		/* some bytes behind the end are a gateway's line end */
		result = -1;
	for (file = tnef.starting_attach.next; file != NULL; file = file->next)
		hand_over(arena, file, take, ctx);
	text = property(arena, &tnef.MapiProperties, TEXT_BODY);
	if (text == NULL && tnef.body.data != NULL && tnef.body.size > 0) {
		const char *trouble;

		text = charset_decode(arena, "", (const char *)tnef.body.data,
		    strnlen((const char *)tnef.body.data, (size_t)tnef.body.size), &trouble);
	}
	if (text != NULL)
		*body_r = charset_tidy(arena, text);
	TNEFFree(&tnef);
	return result;
}
