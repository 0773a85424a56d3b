/*
 * HTML as the lines a reader sees: paragraphs, table rows and list items on
 * lines of their own, quoted blocks behind "> ", the rule above an Outlook
 * history as a line of underscores; cells of a row with a tab between them;
 * what nobody sees (display:none, no size, the colour of
 * its background) left out.  One pass, linear; no document tree, so
 * nothing to exhaust.  html and the answer are UTF-8.
 * Fails: never; what is no HTML comes out as text.
 */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define HISTORY_RULE	"________________________________"

char	*html_text(struct arena *arena, const char *html);
/* The same; *hidden_r: words were left out because nobody sees them. */
char	*html_text_seen(struct arena *arena, const char *html, bool *hidden_r);

/* The entity at s, which starts with '&': its code point (0: no width), and bytes taken (0: no entity). */
size_t	html_entity(const char *s, unsigned *code_r);

#endif
