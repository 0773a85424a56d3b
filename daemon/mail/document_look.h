/*
 * One look into one document, shared by the files that know the formats.
 * Known in this room only; lives on the stack of document_look().
 */
#ifndef MAIL_DOCUMENT_LOOK_H
#define MAIL_DOCUMENT_LOOK_H

#include "base/buf.h"
#include "mail/document.h"

struct look {
	struct arena			*arena;
	const struct parse_limits	*limits;
	const struct document_file	*file;
	struct buf			 text;		/* what was found so far, at most text_max */
	struct buf			 aside;		/* what no page shows and yet goes out with the file */
	bool				 to_aside;	/* what is found now goes there */
	size_t				 text_max;	/* of each of the two */
	uint64_t			 unpacked;	/* bytes of a zip's files so far */
	bool				 full;		/* text_max was reached */
	const char			*unreadable;	/* NULL, or the first reason */
	const char			*left_out;
	bool				 locked;
};

/* More text; what goes beyond the limit is dropped and makes the look full. */
void	look_add(struct look *look, const char *bytes, size_t len);
/* The first reason why the document cannot be read. */
void	look_fail(struct look *look, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void	look_locked(struct look *look);
/* Go on? Not when it failed, when there is text enough, or when time is up (which fails it). */
bool	look_goes_on(struct look *look);
bool	look_in_time(struct look *look);

void	look_into_zip(struct look *look);	/* document_zip.c */
void	look_into_pdf(struct look *look);	/* document_pdf.c */
void	look_into_rtf(struct look *look);	/* document_rtf.c */
void	look_into_old(struct look *look);	/* document_old.c: the files of Office before 2007, and locked ones */

/* document_xml.c: what the elements of a kind of document mean, by local name. */
enum tag_action {
	TAG_SKIP,	/* and all that is in it */
	TAG_TEXT,	/* its characters are text */
	TAG_LINE,	/* ends a line when it closes */
	TAG_TEXT_LINE,	/* both */
	TAG_CELL,	/* ends a table's cell */
	TAG_TAB, TAG_BREAK, TAG_HYPHEN,
	TAG_SPACES,	/* so many as c="" says */
	TAG_SYMBOL,	/* char="F0FE" of a symbol font */
	TAG_PLACEHOLDER,	/* the content that follows says what to write, nobody wrote it */
	TAG_CONTENT,	/* what a placeholder is about */
	TAG_CHECKBOX, TAG_CHECKED, TAG_DEFAULT,	/* an old form field and its state */
	TAG_DROPDOWN, TAG_RESULT, TAG_ENTRY,	/* the same for a choice */
	TAG_MAIN_PART,	/* a relationship: notes the target of the office document */
	TAG_ASIDE,	/* what is in it is text that no page shows: notes in the margin, what was crossed out */
	TAG_LOCKED	/* means that the document is encrypted */
};
struct tag_rule {
	const char	*name;
	enum tag_action	 action;
};

/* Reads one XML file that comes in pieces; its text goes to the look. */
struct xml;
struct xml *xml_new(struct look *look, const struct tag_rule *rules);
/* False: no more is wanted. */
bool	xml_take(struct xml *xml, const char *bytes, size_t len);
/* At the end of the file; what the relationships named as the document, or NULL. */
char	*xml_free(struct xml *xml);

#endif
