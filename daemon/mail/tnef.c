/*
 * winmail.dat by way of libytnef: see tnef.h.  Runs in adviced-parse only.
 * Invariant: a file is handed over with the length that was really read, not
 * the one that the wrapper claims.
 * Fails: -1; the library is an old one, so it only ever runs shut in.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

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

int
tnef_read(struct arena *arena, const char *bytes, size_t len, tnef_file *take, void *ctx, char **body_r)
{
	TNEFStruct tnef;
	Attachment *file;
	char *copy, *text;
	int result;

	*body_r = NULL;
	if (len < 8 || len > INT_MAX)
		return -1;
	TNEFInitialize(&tnef);
	tnef.Debug = 0;
	copy = arena_memdup(arena, bytes, len);
	result = TNEFParseMemory((BYTE *)copy, (long)len, &tnef) < 0 ? -1 : 0;
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
