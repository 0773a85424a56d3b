/* A shut-in child of the parse role, seen from inside; role/parse.c only. */
#ifndef ROLE_PARSE_CHILD_H
#define ROLE_PARSE_CHILD_H

#include "role/parse.h"

/* Read the one mail at mail_fd, write the result to out_fd, end. */
_Noreturn void parse_child_once(const struct parse_settings *settings, int mail_fd, int documents_fd,
	    dayno today, int out_fd);
/* Take mails over feed_fd (WIRE_PARSE) until it closes. */
_Noreturn void parse_child_resident(const struct parse_settings *settings, int feed_fd, int out_fd);

/* A result on the pipe: u32 length, then the fields of WIRE_PARSED. */
#define PARSE_RESULT_MAX	(RECORD_MAX + 4096)

#endif
