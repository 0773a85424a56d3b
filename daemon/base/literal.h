/*
 * Text that others wrote, on its way into a text of ours that is read as markup (mail/markup.h): a mark that nobody sees is put
 * where markup would begin, so that it is shown as it stands.  Whatever shows the text leaves the marks out.
 */
#ifndef BASE_LITERAL_H
#define BASE_LITERAL_H

#include "base/arena.h"

#define LITERAL_MARK	'\x1f'

/* No link, heading, list, table or bold begins in it, nor does a table's cell end; what they quote themselves may look quoted. */
const char *literal_all(struct arena *arena, const char *text);
/* No link: of a text of ours, with lists, in which others are quoted. */
const char *literal_links(struct arena *arena, const char *text);
/* Without the marks. */
char	*literal_shown(struct arena *arena, const char *text);

#endif
