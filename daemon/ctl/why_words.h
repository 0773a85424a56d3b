/* The journal's codes (engine/journal.c) as sentences, for `case` and `evidence`. */
#ifndef CTL_WHY_WORDS_H
#define CTL_WHY_WORDS_H

#include "ctl/live.h"

struct why {				/* one case's journal, as it is read from its beginning on */
	struct live		*live;
	const char		*pack;
	const struct case_state	*state;
	struct outbox_row	*out;		/* its mails, oldest first */
	size_t			 out_count;
	struct change_row	*changes;
	size_t			 change_count;
	bool			*told;		/* of each of them: a row of the journal was it */
};

void	why_begin(struct why *why, struct live *live, const char *pack, const struct case_state *state,
	    struct outbox_row *out, size_t out_count, struct change_row *changes, size_t change_count);

/*
 * What the row says, in a sentence with its full stop; never an address but those that `case` shows beside the mail.
 * outbox_r: which of our mails it is about, 0: none.  Rows are given in their order, each once.
 */
const char *why_sentence(struct why *why, const struct journal_entry *entry, int64_t *outbox_r);

/* As the pack calls it for people: "with the worker"; both: its name behind that, or alone where the pack has no words for it. */
const char *live_called(struct live *live, const char *pack, const char *name);
const char *live_called_both(struct live *live, const char *pack, const char *name);
/* "an administrator (user 1000 of the machine)" of "uid 1000"; anything else as it is. */
const char *why_who(struct arena *arena, const char *who);

#endif
