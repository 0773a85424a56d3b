/* What the two halves of the HTML part share: compose_html.c draws the page, compose_block.c its text. */
#ifndef MAIL_COMPOSE_PRIVATE_H
#define MAIL_COMPOSE_PRIVATE_H

#include "base/buf.h"
#include "engine/engine.h"
#include "mail/markup.h"

/* Sizes and colours; a class beside each colour lets a dark screen have its own. */
#define HTML_FACE	"font-family:'Segoe UI',Arial,Helvetica,sans-serif;"
#define HTML_TEXT	HTML_FACE "font-size:16px;line-height:1.5;color:#1f2933"
#define HTML_SOFT	HTML_FACE "font-size:14px;line-height:1.45;color:#52606d"
#define HTML_BLUE	"#1d4f7c"
#define HTML_LINE	"#d5dbe1"

/* Behind the answer code, for whoever wonders. */
#define CODE_MEANS	"(it goes along when you reply; leave it in)"

void	html_escaped(struct buf *out, const char *text);
/* from: the mailbox, to which answers go. */
void	html_spans(struct arena *arena, const char *from, const char *line, struct buf *out);
void	html_block(struct arena *arena, const char *from, const struct block *block, struct buf *out);

/*
 * compose_answers.c: what each of the letter's answers does, one for each button ("" not said), or none without buttons: its own,
 * else what a list of them in the text says, which is taken out of blocks.
 */
struct strs compose_meanings(struct arena *arena, const struct letter *letter, struct blocks *blocks);

/* compose_label.c: text as it stands, but that "Answer code:" in it has a blank before its colon and is no label of a code. */
const char *compose_without_label(struct arena *arena, const char *text);

/* compose_flow.c: the columns at which a mail program wrapped these lines; 0: none did. */
size_t	flow_width(const struct strs *lines);
/* Was the line end between the two that program's, not the writer's? */
bool	flow_goes_on(const char *line, const char *next, size_t width);

/* A mail to the mailbox with its subject already written: one of our answers, in a mail that holds several. */
bool	compose_is_answer(struct arena *arena, const char *from, const struct span *span);

/*
 * A text that begins, as ours do, with one sentence in bold: that sentence, and the lines below it in its paragraph.
 * NULL where it begins otherwise.
 */
const char *compose_lead(struct arena *arena, const struct blocks *blocks, struct strs *below_r);

#endif
