/*
 * What a tag's attributes do to the text in it: whether a reader can see it.
 * Of style sheets (<style>, classes) nothing is known.  Pure.
 * Fails: never.
 */
#ifndef MAIL_HTML_STYLE_H
#define MAIL_HTML_STYLE_H

#include <stdbool.h>

#define COLOUR_UNSET		(-1)	/* that of the element around it */
#define COLOUR_UNKNOWN		(-2)	/* a picture, a name that we do not know */
#define COLOUR_TRANSPARENT	(-3)

enum font_size { FONT_UNSET, FONT_READABLE, FONT_TINY };

struct html_style {
	bool		hidden;		/* and all that is in it, whatever that says */
	int		colour;		/* 0xrrggbb or one of the above */
	int		background;
	enum font_size	size;
};

/* The tag from s (its '<') to end, whose name is name in lower case. */
void	html_style_read(const char *name, const char *s, const char *end, struct html_style *style_r);

/* Are the two colours so near that nobody tells them apart? */
bool	html_same_colour(int a, int b);

#endif
