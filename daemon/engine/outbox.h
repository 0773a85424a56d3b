/*
 * A mail's state in the outbox and those of its recipients: how one follows
 * from the other.  Pure; the caller stores the row.
 */
#ifndef ENGINE_OUTBOX_H
#define ENGINE_OUTBOX_H

#include "store/store.h"

/* It is still to reach this one, by itself or by the next try. */
bool	outbox_still_to_send(const struct outbox_recipient *recipient);
/* Every recipient in one of these states (bits, 1u << state) goes to another; how many. */
size_t	outbox_move(struct outbox_row *row, unsigned from, enum outbox_state to);
/*
 * The same, dropped by us: the mark stands as their reply, so that who takes it back brings back nobody whom a person has
 * taken out; how many.  The mark of a change, "withdrawn by change 3".
 */
size_t	outbox_withdraw(struct outbox_row *row, unsigned from, const char *mark);
size_t	outbox_bring_back(struct outbox_row *row, const char *mark, enum outbox_state to);
#define OUTBOX_APART	"taken apart"	/* the mark of a mail of several whose parts go anew, in others */
#define OUTBOX_SETTLED	"called off"	/* the mark of what somebody has decided before it went */
/* The mark of what its case has overtaken, which comes back as it waited: queued, or for a person. */
const char *outbox_overtaken_as(enum outbox_state waited);
bool	outbox_is_overtaken(const struct outbox_recipient *recipient);
const char *outbox_withdrawn_by(struct arena *arena, int64_t change);
/* Some were welcome, and only suffered for another's refusal: these alone can be sent to at once. */
bool	outbox_has_welcome(const struct outbox_row *row);
/* Whom the next transaction is for: the welcome alone, where there are any, else everybody that it is still to reach. */
void	outbox_sending(struct outbox_row *row);
/* The mail's state is that of its recipients that still wants something. */
void	outbox_sum(struct outbox_row *row);
/* What was on its way when the connection, or we, ended: as it was, or unknown if its body had been asked for. */
void	outbox_take_back(struct outbox_row *row, instant now, instant ask_at);
/* The copy that went with it is back: whoever it is not known of has it since then. */
void	outbox_proven(struct outbox_row *row, instant at);
/* "Mail 7 may or may not ...": what a person is told of a mail that is unknown. */
const char *outbox_unknown_words(struct arena *arena, const struct outbox_row *row);
/* What a person was told about this mail is done with. */
int	outbox_told_done(struct store *store, struct arena *arena, const struct outbox_row *row, struct err *err);
/* recall.c: a reminder or a question that waited while its case went on; why_r: NULL: it is still wanted. */
int	outbox_overtaken(struct store *store, struct arena *arena, const struct outbox_row *row, const char **why_r, struct err *err);

/*
 * outbox_files.c: may a mail that is dropped, for somebody at least, go to them after all, once a change is taken back or
 * what its case was overtaken by?  Then its file stays.
 */
int	outbox_may_come_back(struct store *store, const struct outbox_row *row, bool *may_r, struct err *err);
/*
 * Nobody waits for it any more: the frozen file of a mail that went, or failed, lies with those that went; one
 * that went in a mail of several has none.  files: of the mail, and of what went in it.  out, sent: the spool's folders.
 */
int	outbox_file_end(struct store *store, int out, int sent, const struct outbox_row *row, struct err *err);
int	outbox_files_end(struct store *store, struct arena *arena, int out, int sent, const struct outbox_row *row, struct err *err);

#endif
