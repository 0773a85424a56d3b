/* What the files of engine/ share. */
#ifndef ENGINE_ENGINE_PRIVATE_H
#define ENGINE_ENGINE_PRIVATE_H

#include "engine/engine.h"

/*
 * A mail whose row stands (arrived->message) on its way to a decision in the store.  override: NULL the first time.
 * arrived->refused is set where the override cannot be done; then nothing was stored.
 */
int	engine_decide(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
	    const struct override *override, instant now, struct err *err);
/* The mail's row: made where arrived->message is 0, else brought up to date. */
int	engine_message_store(struct engine *engine, const struct arrival *arrival, struct arrived *arrived,
	    const char *kind, const char *state, struct err *err);
/* What a decision about this case, or without one (state NULL), may look at. */
int	engine_world(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox,
	    const struct case_state *state, const struct classified *classified, instant now,
	    struct world *world, struct err *err);
/* The address of the mailbox that a message came into, else of the first that its pack watches; "" if neither is known. */
int	engine_mailbox(struct engine *engine, struct arena *arena, const struct pack *pack, int64_t message,
	    const char **address_r, struct err *err);
/*
 * triage.c.  After the decision is stored and before its mails: the cases that a person may choose from.
 * For each mail: is it about what waits?  Then it gets the row's answers, and put_before_r says that somebody was asked already.
 * After the mails: what nobody could be asked about is looked at again.
 */
int	engine_candidates(struct engine *engine, struct arena *arena, const struct arrived *arrived, const struct decision *decision,
	    struct err *err);
int	engine_put_to(struct engine *engine, struct arena *arena, const struct pack *pack, const char *mailbox, int64_t case_id,
	    const struct event *event, struct outgoing *mail, instant now, bool *put_before_r, struct err *err);
int	engine_unasked(struct engine *engine, struct arena *arena, const struct pack *pack, const struct arrived *arrived,
	    const struct decision *decision, instant now, struct err *err);
/* triage_say.c: the case that is meant; 0 with the reason why none is. */
int	triage_case_meant(struct engine *engine, struct arena *arena, const struct triage_row *row, const struct triage_said *said,
	    int64_t *case_r, const char **refused_r, struct err *err);
/* triage_mail.c: is the mail an answer about what waits?  Then it is done with. */
int	engine_triage_mail(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
	    instant now, bool *taken_r, struct err *err);

/* undelivered.c: the mail of several cases that has come back with this notice, by its message-id; NULL: none. */
int	engine_bounced_joined(struct engine *engine, struct arena *arena, const struct arrival *arrival, const struct evidence *evidence,
	    size_t count, struct outbox_row **joined_r, struct err *err);

/* outward.c: does what goes along speak of another child than the case?  reason_r: as guard_outward() says, or NULL. */
int	engine_outward(struct engine *engine, struct arena *arena, const struct letter *letter, const struct case_state *state,
	    const struct event *event, const char **reason_r, struct err *err);
/*
 * recall.c: whoever was still to get the mail does not, since why ("somebody has decided"): in the row, and in the journal.
 * mark: as outbox_withdraw() says, so that those may be brought back.  Its id is added to recalled->off.
 */
int	engine_call_off(struct engine *engine, struct arena *arena, struct outbox_row *row, const char *why, const char *mark,
	    instant now, struct recalled *recalled, struct err *err);
/*
 * What overtook a case's reminders has been taken back: those that were dropped for it wait again as they did, unless a later
 * one of their ladder has been written meanwhile, which went for them; told_r: a line each.  To be called with the case stored.
 */
int	engine_overtaken_again(struct engine *engine, struct arena *arena, int64_t case_id, instant now, struct strs *told_r,
	    struct err *err);
/* A mail stands held, with its row in triage: journalled, and where nobody was asked yet the owner will be. */
int	engine_held(struct engine *engine, struct arena *arena, int64_t outbox, int64_t id, instant now, struct err *err);

/* about.c: which mail of ours a mail is about and which question it answers, into the event; state NULL: without a case. */
int	engine_about(struct engine *engine, struct arena *arena, const struct arrival *arrival, const struct evidence *evidence,
	    size_t count, const struct case_state *state, int64_t case_id, struct event *event, struct err *err);

/* own.c: has the mailbox itself sent it, and who? */
enum origin {
	ORIGIN_OTHERS,
	ORIGIN_DAEMON,
	ORIGIN_BY_HAND,		/* a person: evidence of what was done */
	ORIGIN_STRAY		/* nobody here, though it lies among the sent mail */
};
bool	own_by_hand(const struct engine *engine, const struct arrival *arrival);
int	own_origin(struct engine *engine, struct arena *arena, const struct arrival *arrival, enum origin *origin_r, struct err *err);
/* The daemon's own, or a stray: recorded, with an id that the server gave it; event_r: for the journal. */
int	own_record(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
	    enum origin origin, instant now, struct event *event_r, struct err *err);
const char *own_header(const struct message *mail, const char *name);	/* the topmost of that name; "" without */
/*
 * own_copy.c: is it the copy of a mail of ours that was awaited?  Then that mail was accepted; into arrived->copy, and
 * arrived->copy_of where that settled what was unknown.
 */
int	own_copy_take(struct engine *engine, struct arena *arena, const struct arrival *arrival, struct arrived *arrived,
	    instant now, struct err *err);

/* gather.c: does the mail wait for others that were missed as well, to go in one?  And what it is as a part of that one. */
bool	gather_wants(const struct engine *engine, const struct outgoing *mail);
/* Until when a mail that does so waits: now, but for a question about one of many mails of one sender. */
int	gather_until(struct engine *engine, const struct outgoing *mail, int64_t message, enum outbox_rank rank, instant now,
	    instant *until_r, struct err *err);
const char *gather_section(struct arena *arena, const struct letter *letter);

/* tell.c: a mail about the daemon itself, frozen and in the outbox. */
#define TEMPLATE_US	"administrator"	/* stands where a template's name does */
struct about_us {
	const struct pack	*pack;
	const char		*mailbox, *act, *template, *subject, *body, *footer;
	struct strs		 to;
	struct glance		*glances;
	size_t			 glance_count;
	enum tone		 tone;
	const char		*badge;
	enum outbox_rank	 rank;
};
int	tell_put(struct engine *engine, struct arena *arena, const struct about_us *us, instant now, int64_t *outbox_r, struct err *err);

/* mailing.c: eight characters that are hard to confuse, out of random hex digits. */
const char *engine_code(struct arena *arena, const char hex[41]);
/* preview.c: what a mail that waits would bring, for the note to whoever may let it go; letter has its body. */
const char *engine_preview(struct arena *arena, const struct letter *letter);

/* glance.c: what a mail shows above its text, and the daemon's own words that its reader may use. */
struct fields;
void	glance_take(struct arena *arena, struct fields *fields, struct letter *letter);

/* again.c: it is about to be decided again; called once nothing can refuse it, before anything is stored. */
int	again_begin(struct engine *engine, struct arena *arena, int64_t message, const struct override *override, instant now,
	    struct err *err);

/* An event that is no mail, for one case: decided, stored, rendered, journalled. */
int	engine_event(struct engine *engine, struct arena *arena, int64_t case_id, struct event *event, instant now, struct err *err);
/* changed.c: keeps what the list says of the child of a case that is new, or whose child became better known. */
int	engine_list_noted(struct engine *engine, struct arena *arena, int64_t case_id, const struct case_state *state,
	    const struct decision *decision, struct err *err);

/* owners_late.c: what engine_owners_look() has gathered, a line each, and of how many; it is forgotten with that. */
struct strs owners_late(struct engine *engine, struct arena *arena, const struct pack *pack, size_t *count_r);
void	owners_late_forget(struct engine *engine);

/* Is it, perhaps, of a kind with which the rules begin a case? */
bool	engine_begins(const struct pack *pack, const struct classified *classified);

#endif
