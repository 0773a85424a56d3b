/*
 * What the files about parts share: mime.c walks the tree, mime_part.c decodes
 * text, mime_document.c files, mime_headers.c reads the mail's own headers.
 * Known in this room only.
 */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include <gmime/gmime.h>

#include "mail/reading.h"

typedef void take_bytes(void *ctx, const char *bytes, size_t len);

/* The raw value of a part's header, or NULL; its type in lower case; a parameter of Content-Type, or NULL. */
const char *part_header(GMimeObject *object, const char *name);
char	*part_type(struct reading *reading, GMimeObject *object);
const char *part_type_param(GMimeObject *object, const char *name);

/* Decode a part's content and hand it to take, in pieces; counts what was no base64. */
size_t	part_decode(GMimePart *part, take_bytes *take, void *ctx);

/* Text is gathered up to a limit, and hashed without the line ends that gateways change. */
struct text_sink {
	struct reading	*reading;
	struct buf	 bytes;
	size_t		 max;
	bool		 cut;
	GChecksum	*sum;
};
take_bytes take_text;

/* Note that a part has been decoded, under its hash; frees sum. */
void	fingerprint_part(struct reading *reading, GChecksum *sum);
/* A part's bytes, at most max; the caller frees them. */
struct buf part_bytes(struct reading *reading, GMimePart *part, size_t max);
/* A text part as tidy UTF-8; HTML as UTF-8. */
char	*part_text(struct reading *reading, GMimeObject *object, bool is_html);

/* The name a part gives itself, or NULL. */
char	*part_name(struct reading *reading, GMimeObject *object);
bool	part_has_disposition(GMimeObject *object, const char *wanted);
void	document_part(struct reading *reading, GMimeObject *object, const char *type, bool in_related);
/* winmail.dat: its files and text in its place; false when it must be kept as a file. */
bool	open_wrapper(struct reading *reading, GMimePart *part, char **body_r);

void	mime_headers(struct reading *reading, GMimeMessage *mail);
void	mime_fingerprint_headers(struct reading *reading, GMimeMessage *mail);

#endif
