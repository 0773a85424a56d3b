/*
 * What the files about parts share: mime.c walks the tree, mime_part.c decodes
 * text, mime_document.c files, mime_headers.c reads the mail's own headers,
 * mime_source.c gives GMime the bytes.
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

/* The same for plain text, into sink: files that stand in it become documents (mime_uu.c). */
size_t	part_decode_text(GMimePart *part, struct text_sink *sink);

/* Note that a part has been decoded, under its hash; frees sum. */
void	fingerprint_part(struct reading *reading, GChecksum *sum);
/* A part's bytes, at most max; the caller frees them. */
struct buf part_bytes(struct reading *reading, GMimePart *part, size_t max);
/* A text part as tidy UTF-8; HTML as UTF-8. */
char	*part_text(struct reading *reading, GMimeObject *object, bool is_html);

/* The name a part gives itself, or NULL. */
char	*part_name(struct reading *reading, GMimeObject *object);
bool	part_has_disposition(GMimeObject *object, const char *wanted);
/* A file on its way onto the documents file, and into memory as far as it may be looked into. */
struct document_sink {
	struct reading	*reading;
	struct document	*document;
	GChecksum	*sum;
	const char	*charset;	/* of a text file, or NULL */
	struct buf	 bytes;		/* all of it, or its beginning */
	bool		 gathered;	/* no more of its bytes are wanted */
	bool		 too_large;	/* to be looked into */
	bool		 cut;
	bool		 failed;
};
void	document_open(struct document_sink *sink, struct reading *reading, const char *name, const char *type);
take_bytes take_document;
/* foreign: bytes that were no base64. */
void	document_close(struct document_sink *sink, size_t foreign);
void	document_part(struct reading *reading, GMimeObject *object, const char *type, bool in_related);
/* winmail.dat: its files and text in its place; false when it must be kept as a file. */
bool	open_wrapper(struct reading *reading, GMimePart *part, char **body_r);

/* The mail's bytes as GMime reads them; where a list of addresses is long its field's name is hidden from GMime. */
struct mail_source {
	GMimeStream	*stream;
	char		*map;		/* a private copy of the file, or NULL */
	GByteArray	 bytes;		/* the same */
	uint64_t	*hidden;	/* where in the file the hidden names begin, in order */
	size_t		 hidden_count;
};
void	source_open(struct reading *reading, int fd, off_t begin, off_t size, struct mail_source *source);
/* The structure has been read: from here on the bytes are those of the file again. */
void	source_show(struct mail_source *source);
/* When nothing that GMime made of it is left. */
void	source_close(struct mail_source *source);
/* A header's true name; a mail's or attached mail's header by its true name, raw, or NULL. */
const char *source_name(const struct mail_source *source, GMimeHeader *header);
const char *source_header(const struct mail_source *source, GMimeObject *object, const char *name);

/* Where in the file the mail begins: behind one line of something else, such as a gateway's empty one. */
off_t	mime_begin(int fd);
void	mime_headers(struct reading *reading, GMimeMessage *mail);
void	mime_fingerprint_headers(struct reading *reading, GMimeMessage *mail);

#endif
