/*
 * Streaming mails.  Run by the fetch role.
 * libetpan hands a body out in pieces without saying whose it is; the UID
 * comes with the attributes, when the mail is complete.
 * Invariant: end is called once for each begin that succeeded, unless the
 * session broke.
 * Fails: ERR_MAILBOX when the server says no, ERR_RETRY when it broke, or
 * whatever the sink says.
 */
#include "imap/body.h"

#include <stdlib.h>
#include <string.h>

/* A server's RFC822.SIZE may be wrong (Exchange computes it), so there is room for twice as much. */
#define SLACK_BYTES	(4u << 20)

struct receiving {
	const struct body_sink	*sink;
	const uint32_t		*v;
	size_t			 n;
	bool			 open;		/* begun, not ended */
	bool			 failed;	/* the sink has, and why says how */
	struct err		 why;
};

static bool
was_asked(const struct receiving *receiving, uint32_t uid)
{
	for (size_t i = 0; i < receiving->n; i++)
		if (receiving->v[i] == uid)
			return true;
	return false;
}

static bool
on_body(int att_type, struct mailimap_msg_att_body_section *section, const char *bytes, size_t len,
    void *ctx)
{
	struct receiving *receiving = ctx;

	(void)section;
	if (att_type != MAILIMAP_MSG_ATT_BODY_SECTION)
		return true;
	if (!receiving->open) {
		receiving->failed = receiving->sink->begin(receiving->sink->ctx, &receiving->why) == -1;
		receiving->open = !receiving->failed;
	}
	if (!receiving->failed)
		receiving->failed = receiving->sink->write(receiving->sink->ctx, bytes, len,
		    &receiving->why) == -1;
	return !receiving->failed;
}

static uint32_t
uid_of(const struct mailimap_msg_att *att)
{
	for (clistiter *i = clist_begin(att->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC &&
		    item->att_data.att_static->att_type == MAILIMAP_MSG_ATT_UID)
			return item->att_data.att_static->att_data.att_uid;
	}
	return 0;
}

static void
on_complete(struct mailimap_msg_att *att, void *ctx)
{
	struct receiving *receiving = ctx;
	uint32_t uid;

	if (!receiving->open || receiving->failed)
		return;
	receiving->open = false;
	uid = uid_of(att);
	receiving->failed = receiving->sink->end(receiving->sink->ctx, was_asked(receiving, uid) ? uid : 0,
	    &receiving->why) == -1;
}

static void
on_progress(size_t current, size_t maximum, void *ctx)
{
	(void)current;
	(void)maximum;
	(void)ctx;
}

static struct mailimap_set *
set_of(const uint32_t *v, size_t n)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	size_t last;

	for (size_t i = 0; set != NULL && i < n; i = last + 1) {
		for (last = i; last + 1 < n && v[last + 1] == v[last] + 1; last++)
			;
		if (mailimap_set_add_interval(set, v[i], v[last]) != MAILIMAP_NO_ERROR)
			return NULL;
	}
	return set;
}

static int
fetch_whole(struct session *session, const uint32_t *v, size_t n)
{
	struct mailimap_set *set = set_of(v, n);
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();
	clist *rest = NULL;
	int r;

	if (set == NULL || type == NULL ||
	    mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_uid()) != 0 ||
	    mailimap_fetch_type_new_fetch_att_list_add(type,
	    mailimap_fetch_att_new_body_peek_section(mailimap_section_new(NULL))) != 0)
		abort();	/* out of memory */
	r = mailimap_uid_fetch(session->imap, set, type, &rest);
	/* After an error the list has been freed already, and the pointer is stale. */
	if (r == MAILIMAP_NO_ERROR && rest != NULL)
		mailimap_fetch_list_free(rest);
	mailimap_fetch_type_free(type);
	mailimap_set_free(set);
	return r;
}

int
body_fetch(struct session *session, const uint32_t *v, size_t n, uint64_t bytes,
    const struct body_sink *sink, struct err *err)
{
	struct receiving receiving = { .sink = sink, .v = v, .n = n };
	int r;

	mailimap_set_progress_callback(session->imap, on_progress, on_progress, NULL);
	mailimap_set_msg_body_handler(session->imap, on_body, &receiving);
	mailimap_set_msg_att_handler(session->imap, on_complete, &receiving);
	stream_expect(session->stream, bytes * 2 + SLACK_BYTES);
	stream_step(session->stream);
	r = fetch_whole(session, v, n);
	stream_expect(session->stream, 0);
	mailimap_set_msg_body_handler(session->imap, NULL, NULL);
	mailimap_set_msg_att_handler(session->imap, NULL, NULL);
	if (receiving.failed) {
		session->broken = true;
		if (err != NULL)
			*err = receiving.why;
		return -1;
	}
	return session_result(session, r, "fetching mails", err);
}
