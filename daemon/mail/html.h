/*
 * HTML as the lines a reader sees: paragraphs, table rows and list items on
 * lines of their own, quoted blocks behind "> ", the rule above an Outlook
 * history as a line of underscores.  One pass, linear; no document tree, so
 * nothing to exhaust.  html and the answer are UTF-8.
 * Fails: never; what is no HTML comes out as text.
 */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

#include "base/arena.h"

#define HISTORY_RULE	"________________________________"

char	*html_text(struct arena *arena, const char *html);

#endif
