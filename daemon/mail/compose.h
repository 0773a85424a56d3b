/*
 * From a decided letter to the bytes that will be sent: headers, a plain and
 * an HTML part made of one text, attachments.
 *
 * The text is a Markdown subset: paragraphs, "# headings", "- lists",
 * "| tables |" (first row: headings), "> quoted lines", **bold**,
 * [label](https://...), and bare https:// addresses.  Quoted lines are shown
 * as they are; a link always shows where it leads.  In a paragraph a line
 * end after a short line is kept, one after a long line is taken for wrapping.
 */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include "base/arena.h"
#include "base/date.h"
#include "base/err.h"
#include "engine/engine.h"

/* Where attachments come from. Each gives a seekable descriptor that compose() owns and closes. */
struct compose_files {
	void	*ctx;
	int	(*documents)(void *ctx, const char *spool, int *fd_r, struct err *err);
	int	(*attachment)(void *ctx, const char *path, int *fd_r, struct err *err);
};

/*
 * Write the whole mail, line ends CRLF, to out_fd, in memory that does not
 * grow with its attachments.  ERR_MESSAGE: this letter cannot be a mail (a
 * line end in a header, no recipient, a document that is not all there);
 * ERR_RETRY: the disk is full or failing.
 */
int	compose(const struct letter *letter, const struct compose_files *files, instant date,
	    const char *secret, int out_fd, struct err *err);

char	*compose_text_part(struct arena *arena, const struct letter *letter);
char	*compose_html_part(struct arena *arena, const struct letter *letter);

/* "mailto:..." that opens an answer beginning with word, escaped for a URL (not yet for HTML). */
char	*compose_answer_link(struct arena *arena, const struct letter *letter, const char *answer);
/* What stands on its button: "HOLD", of "HOLD: {reason}". */
char	*compose_answer_label(struct arena *arena, const char *answer);
#define COMPOSE_LOOP_HEADER	"X-Adviced-Loop"
#define COMPOSE_ID_HEADER	"X-Adviced-Id"	/* its Message-ID as it went out: a server may give it another */
#define COMPOSE_PROOF_HEADER	"X-Adviced-Proof"	/* that we wrote that id: whoever has it has the mail */

/* The value of X-Adviced-Loop in everything we send from address. */
void	compose_loop_mark(const char *secret, const char *address, char hex_r[17]);
/* The value of X-Adviced-Proof in the mail of this message-id that we send from address. */
void	compose_proof(const char *secret, const char *address, const char *message_id, char hex_r[17]);

/* A name for an attachment: no path, no control or direction characters, not too long, never empty. */
char	*compose_file_name(struct arena *arena, const char *name);

#endif
