/*
 * The asking side of adviced-parse, used by core's tests and by advicectl:
 * starts the program, hands it mails as descriptors, takes records back.
 * (Core itself speaks the same frames through its own loop.)
 * Blocking.  Fails: ERR_MESSAGE for a mail that could not be read (crash, time,
 * size), ERR_DAEMON when the program cannot be started.
 */
#ifndef MAIL_PARSER_H
#define MAIL_PARSER_H

#include "base/arena.h"
#include "base/err.h"
#include "mail/message.h"

struct parser;

/* program: path of adviced-parse.  many: one sandboxed child may take many mails (simulate). */
int	parser_open(const char *program, bool many, struct parser **parser_r, struct err *err);
void	parser_close(struct parser **parser);
int	parser_read(struct parser *parser, struct arena *arena, int mail_fd, int documents_fd,
	    dayno today, struct message **message_r, struct err *err);
/*
 * The same in two steps, for a parser of many: the program reads on while we do other things.  Up to PARSER_AHEAD mails may be
 * asked for and not yet taken; they are taken in the order of asking.  The descriptors stay the caller's, who may close them
 * once parser_ask() has returned.
 */
#define PARSER_AHEAD	16
int	parser_ask(struct parser *parser, int mail_fd, int documents_fd, dayno today, struct err *err);
int	parser_answer(struct parser *parser, struct arena *arena, struct message **message_r, struct err *err);

#endif
