/* A shut-in child of the parse role, seen from inside; role/parse.c only. */
#ifndef ROLE_PARSE_CHILD_H
#define ROLE_PARSE_CHILD_H

#include <linux/filter.h>

#include "role/parse.h"

struct parse_task {
	int	mail_fd, documents_fd;	/* documents_fd may be -1 */
	dayno	today;
	bool	shut;			/* look into no document: the first try broke down or took too long */
};
/* What all children are started with: the settings, and what they may ask of the kernel (sandbox_child_filter()). */
struct parse_childhood {
	const struct parse_settings	*settings;
	struct sock_fprog		 once, resident;
};
/* Read the one mail, write the result to out_fd, end. */
_Noreturn void parse_child_once(const struct parse_childhood *childhood, const struct parse_task *task, int out_fd);
/* Take mails over feed_fd (WIRE_PARSE) until it closes. */
_Noreturn void parse_child_resident(const struct parse_childhood *childhood, int feed_fd, int out_fd);

/* A result on the pipe: u32 length, then the fields of WIRE_PARSED. */
#define PARSE_RESULT_MAX	(RECORD_MAX + 4096)

#endif
