/*
 * What a frozen mail says.  Run by core and advicectl.
 * Invariant: only our own bytes come here, and compose() makes every
 * attachment a leaf (compose_parts.c), so no stranger's MIME is walked.
 * Fails: ERR_MESSAGE.
 */
#include "mail/frozen.h"

#include <gmime/gmime.h>
#include <string.h>
#include <unistd.h>

static const char *
addresses(struct arena *arena, GMimeMessage *message, GMimeAddressType type)
{
	InternetAddressList *list = g_mime_message_get_addresses(message, type);
	char *text = list == NULL ? NULL : internet_address_list_to_string(list, NULL, FALSE);
	const char *kept = arena_strdup(arena, text == NULL ? "" : text);

	g_free(text);
	return kept;
}

static const char *
without_returns(struct arena *arena, const char *text)
{
	char *kept = arena_strdup(arena, text), *to = kept;

	for (const char *from = kept; *from != '\0'; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	return kept;
}

static void
part_take(struct arena *arena, GMimeObject *object, struct frozen *frozen)
{
	GMimeContentDisposition *disposition = g_mime_object_get_content_disposition(object);
	GMimeContentType *type = g_mime_object_get_content_type(object);
	const char *name;
	char *text;

	if (disposition != NULL && g_mime_content_disposition_is_attachment(disposition)) {
		name = GMIME_IS_PART(object) ? g_mime_part_get_filename((GMimePart *)object) : NULL;
		strs_add(arena, &frozen->attachments, arena_strdup(arena, name == NULL ? "" : name));
	} else if (GMIME_IS_TEXT_PART(object) && frozen->text == NULL && g_mime_content_type_is_type(type, "text", "plain")) {
		text = g_mime_text_part_get_text((GMimeTextPart *)object);
		frozen->text = without_returns(arena, text == NULL ? "" : text);
		g_free(text);
	}
}

int
frozen_read(struct arena *arena, int fd, struct frozen *frozen_r, struct err *err)
{
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;
	GMimePartIter *parts;
	int copy = -1;

	*frozen_r = (struct frozen){ .text = NULL };
	if (lseek(fd, 0, SEEK_SET) == -1 || (copy = dup(fd)) == -1)
		return err_errno(err, ERR_RETRY, "reading a mail of ours");
	g_mime_init();
	stream = g_mime_stream_fs_new(copy);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message != NULL) {
		frozen_r->to = addresses(arena, message, GMIME_ADDRESS_TYPE_TO);
		frozen_r->cc = addresses(arena, message, GMIME_ADDRESS_TYPE_CC);
		frozen_r->subject = arena_strdup(arena, g_mime_message_get_subject(message) == NULL ? "" :
		    g_mime_message_get_subject(message));
		parts = g_mime_part_iter_new((GMimeObject *)message);
		do
			if (g_mime_part_iter_get_current(parts) != NULL)
				part_take(arena, g_mime_part_iter_get_current(parts), frozen_r);
		while (g_mime_part_iter_next(parts));
		g_mime_part_iter_free(parts);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	return frozen_r->text != NULL ? 0 : err_set(err, ERR_MESSAGE, "it is no mail that this program wrote");
}
