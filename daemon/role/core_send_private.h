/* What the files of core's sending share. */
#ifndef ROLE_CORE_SEND_PRIVATE_H
#define ROLE_CORE_SEND_PRIVATE_H

#include "ipc/wire.h"
#include "role/core_private.h"

/* core_send_copy.c: the copy to the sending mailbox. */
/* Where the copy of this mail goes, if it goes along now; NULL. */
const char *copy_address(const struct core *core, const struct outbox_row *row);
bool	copy_is_recipient(const struct outbox_row *row, const char *address);	/* the mail is addressed there anyway */
/* When a person is asked about a mail that is unknown from now on, its copy not having come. */
instant	copy_ask_at(const struct core *core);
/* The mailbox will not have its copies: the mail goes without, and a person is told once. */
int	copy_refused_tell(struct core *core, struct arena *arena, const struct outbox_row *row, int code, const char *reply,
	    struct err *err);
/* A person is asked about mails that are unknown and whose copies have had their time. */
int	copy_ask(struct core *core, struct err *err);

/* core_send_retry.c: how fast, and when again. */
bool	pace_take(struct core *core);
int	pace_keep(struct core *core, struct err *err);	/* in the transaction that marks a mail as sending */
struct sent_result;
void	pace_after(struct core *core, const struct sent_result *result);	/* nothing went, or the server wants to be left alone */
/* Twice as long each time, at random between half of that and all of it; no sooner than the server asks for. */
instant	retry_at(struct core *core, const struct outbox_row *row, uint32_t retry_after_s);
bool	retry_is_long(const struct core *core, const struct outbox_row *row);	/* half of the time until it is given up has gone */
bool	retry_is_over(const struct core *core, const struct outbox_row *row);

/* core_send_outcome.c: what became of a mail. */
struct sent_result {
	enum send_result result;
	int		 code;
	const char	*text;
	uint32_t	 retry_after_s;
	bool		 copy_said;	/* the copy has a result of its own */
	enum send_result copy_result;
	int		 copy_code;
	const char	*copy_reply;
	struct strs	 bounced;	/* whom it will not reach, as the server or their address says */
	bool		 barred;
	bool		 copy_refused;	/* and a person is to be told */
};
/* What the send role said, into the row and the result. */
int	outcome_read(struct frame *frame, struct arena *arena, struct outbox_row *row, struct sent_result *result_r, struct err *err);
/* The row as it stands after it. */
void	outcome_settle(struct core *core, struct outbox_row *row, struct sent_result *result, struct arena *arena);
/* In the caller's transaction: the row, the journal, whom it is told to, and what follows from it; result NULL: it was taken back. */
int	outcome_put(struct core *core, struct outbox_row *row, struct arena *arena, const struct sent_result *result, struct err *err);

/* A frozen mail that is not there, or not what it was, goes to nobody: a person is told. */
int	outcome_unreadable(struct core *core, struct outbox_row *row, struct arena *arena, struct err *err);

#endif
