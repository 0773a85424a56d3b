/*
 * Listing a folder.  Run by the fetch role.
 * Only UID, INTERNALDATE and RFC822.SIZE are asked for, and one header field:
 * what a sender wrote reaches libetpan's parser only inside a sized literal.
 * Never ENVELOPE or BODYSTRUCTURE, SEARCH CHARSET or SEARCH RETURN.
 * Invariant: a list holds each UID once, ascending, and none that was not
 * asked for.
 * Fails: ERR_MAILBOX when the server says no, ERR_RETRY when it broke.
 */
#include "imap/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/str.h"
#include "imap/command.h"

#define RANGES_MAX	60		/* in one command: about 1,000 bytes */
#define ID_MAX		900
#define LINE_BYTES	512		/* of one mail's UID, date and size, amply */
#define HEADER_BYTES	(8u << 10)	/* of one mail's answer, at most, on the average */

static int
compare_listed(const void *pa, const void *pb)
{
	const struct listed *a = pa, *b = pb;

	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

void
list_free(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i].message_id);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

static void
list_sort(struct list *list)
{
	size_t kept = 0;

	if (list->n == 0)
		return;
	qsort(list->v, list->n, sizeof(*list->v), compare_listed);
	for (size_t i = 0; i < list->n; i++)
		if (kept == 0 || list->v[kept - 1].uid != list->v[i].uid)
			list->v[kept++] = list->v[i];
		else
			free(list->v[i].message_id);
	list->n = kept;
}

/* ---- what comes back of a FETCH */

struct listing {
	struct list	*list;
	uint32_t	 first;		/* UIDs below were not asked for */
	const struct uids *wanted;	/* or only these, if not NULL */
};

static int64_t
seconds(const struct mailimap_date_time *date)
{
	struct tm tm = { .tm_sec = date->dt_sec, .tm_min = date->dt_min, .tm_hour = date->dt_hour,
	    .tm_mday = date->dt_day, .tm_mon = date->dt_month - 1, .tm_year = date->dt_year - 1900 };
	int zone = abs(date->dt_zone);
	int64_t east = (zone / 100 * 60 + zone % 100) * 60;

	return (int64_t)timegm(&tm) - (date->dt_zone < 0 ? -east : east);
}

/* The value of a "Message-ID: <...>" field as the server hands it out, unfolded. */
static char *
id_of_header(const char *header, size_t len)
{
	const char *open = memchr(header, '<', len), *close;
	char *id;

	if (open == NULL || (close = memchr(open, '>', len - (size_t)(open - header))) == NULL)
		return NULL;
	for (const char *p = open; p < close; p++)
		if ((unsigned char)*p <= ' ')
			return NULL;
	id = x_calloc(1, (size_t)(close - open) + 2);
	memcpy(id, open, (size_t)(close - open) + 1);
	return id;
}

static void
take_item(const struct mailimap_msg_att_static *item, struct listed *mail)
{
	switch (item->att_type) {
	case MAILIMAP_MSG_ATT_UID:
		mail->uid = item->att_data.att_uid;
		break;
	case MAILIMAP_MSG_ATT_RFC822_SIZE:
		mail->size_bytes = item->att_data.att_rfc822_size;
		break;
	case MAILIMAP_MSG_ATT_INTERNALDATE:
		mail->internaldate = seconds(item->att_data.att_internal_date);
		break;
	case MAILIMAP_MSG_ATT_BODY_SECTION:
		if (item->att_data.att_body_section->sec_body_part != NULL && mail->message_id == NULL)
			mail->message_id = id_of_header(item->att_data.att_body_section->sec_body_part,
			    item->att_data.att_body_section->sec_length);
		break;
	default:
		break;
	}
}

static void
on_listed(struct mailimap_msg_att *att, void *ctx)
{
	struct listing *listing = ctx;
	struct list *list = listing->list;
	struct listed mail = { .uid = 0 };

	for (clistiter *i = clist_begin(att->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC)
			take_item(item->att_data.att_static, &mail);
	}
	/* "n:*" always gives the last mail, whatever its UID; flag changes come unasked. */
	if (mail.uid < listing->first || mail.uid == 0 || mail.internaldate == 0 ||
	    (listing->wanted != NULL && !uids_has(listing->wanted, mail.uid))) {
		free(mail.message_id);
		return;
	}
	if (list->n == list->room) {
		list->room = list->room == 0 ? 64 : list->room * 2;
		list->v = x_realloc(list->v, list->room * sizeof(*list->v));
	}
	list->v[list->n++] = mail;
}

static void
on_progress(size_t current, size_t maximum, void *ctx)
{
	(void)current;
	(void)maximum;
	(void)ctx;
}

static void
add_att(struct mailimap_fetch_type *type, struct mailimap_fetch_att *att)
{
	if (att == NULL || mailimap_fetch_type_new_fetch_att_list_add(type, att) != MAILIMAP_NO_ERROR)
		abort();	/* out of memory */
}

static struct mailimap_fetch_att *
message_id_field(void)
{
	clist *names = clist_new();

	if (names == NULL || clist_append(names, strdup("MESSAGE-ID")) != 0)
		abort();	/* out of memory */
	return mailimap_fetch_att_new_body_peek_section(
	    mailimap_section_new_header_fields(mailimap_header_list_new(names)));
}

static int
fetch_list(struct session *session, struct mailimap_set *set, bool message_ids, struct listing *listing,
    struct err *err)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();
	clist *rest = NULL;
	int r;

	if (set == NULL || type == NULL)
		abort();	/* out of memory */
	add_att(type, mailimap_fetch_att_new_uid());
	add_att(type, mailimap_fetch_att_new_internaldate());
	add_att(type, mailimap_fetch_att_new_rfc822_size());
	if (message_ids)
		add_att(type, message_id_field());
	/* The handler is called only if there is a progress callback too. */
	mailimap_set_progress_callback(session->imap, on_progress, on_progress, NULL);
	mailimap_set_msg_body_handler(session->imap, NULL, NULL);
	mailimap_set_msg_att_handler(session->imap, on_listed, listing);
	stream_step(session->stream);
	r = mailimap_uid_fetch(session->imap, set, type, &rest);
	mailimap_set_msg_att_handler(session->imap, NULL, NULL);
	/* After an error the list has been freed already, and the pointer is stale. */
	if (r == MAILIMAP_NO_ERROR && rest != NULL)
		mailimap_fetch_list_free(rest);
	mailimap_fetch_type_free(type);
	mailimap_set_free(set);
	return session_result(session, r, "reading the list of mails", err);
}

int
list_from(struct session *session, uint32_t first, struct list *list_r, struct err *err)
{
	struct listing listing = { list_r, first, NULL };
	int result;

	memset(list_r, 0, sizeof(*list_r));
	stream_expect_lines(session->stream, (uint64_t)session->exists * LINE_BYTES + (16u << 20));
	result = fetch_list(session, mailimap_set_new_interval(first, 0), false, &listing, err);
	stream_expect(session->stream, 0);
	if (result == -1)
		list_free(list_r);
	list_sort(list_r);
	return result;
}

/* A set of the first of v[0..n) for one command; *taken_r says how many. */
static struct mailimap_set *
next_set(const uint32_t *v, size_t n, size_t *taken_r)
{
	struct mailimap_set *set = mailimap_set_new_empty();
	size_t i = 0, last;

	for (size_t ranges = 0; set != NULL && i < n && ranges < RANGES_MAX; ranges++, i = last + 1) {
		for (last = i; last + 1 < n && v[last + 1] == v[last] + 1; last++)
			;
		if (mailimap_set_add_interval(set, v[i], v[last]) != MAILIMAP_NO_ERROR)
			abort();	/* out of memory */
	}
	*taken_r = i;
	return set;
}

int
list_uids(struct session *session, const struct uids *uids, bool message_ids, struct list *list_r,
    struct err *err)
{
	struct listing listing = { list_r, 1, uids };
	struct mailimap_set *set;
	size_t taken;
	int result = 0;

	memset(list_r, 0, sizeof(*list_r));
	for (size_t i = 0; i < uids->n && result == 0; i += taken) {
		set = next_set(uids->v + i, uids->n - i, &taken);
		stream_expect(session->stream, (uint64_t)taken * HEADER_BYTES + (1u << 20));
		result = fetch_list(session, set, message_ids, &listing, err);
	}
	stream_expect(session->stream, 0);
	if (result == -1)
		list_free(list_r);
	list_sort(list_r);
	return result;
}

/* ---- SEARCH, on lines of our own: the answer is numbers */

static void
take_found(const char *line, struct uids *found)
{
	char *end;

	for (line += strlen("* SEARCH"); *line != '\0'; line = end) {
		unsigned long uid = strtoul(line, &end, 10);

		if (end == line)
			return;
		if (uid > 0 && uid <= UINT32_MAX)
			uids_add(found, (uint32_t)uid);
	}
}

/* The command is in out; UIDs are put behind those in found. */
static int
search(struct session *session, struct buf *out, struct uids *found, struct err *err)
{
	struct reply reply = { .status = REPLY_OK };
	const char *line;
	int result = -1;

	if (command_send(session, out, err) == -1)
		return -1;
	while ((line = command_line(session, err)) != NULL) {
		if (str_starts_nocase(line, "* SEARCH"))
			take_found(line, found);
		else if (command_is_answer(session, line, &reply)) {
			result = 0;
			break;
		} else if (line[0] == '*')
			session_untagged(session, line);
	}
	if (result == 0 && reply.status != REPLY_OK) {
		result = -1;
		if (!session_is_shut_out(session, line + strcspn(line, " ") + 1, err))
			err_set(err, ERR_MAILBOX, "searching %s: %s says: %s", session->folder, session->host, reply.text);
	}
	reply_free(&reply);
	return result;
}

int
list_present(struct session *session, const struct uids *uids, struct uids *present_r, struct err *err)
{
	struct uids found = { NULL, 0 };
	struct buf out = BUF_INIT;
	size_t taken;
	int result = 0;

	memset(present_r, 0, sizeof(*present_r));
	for (size_t i = 0; i < uids->n && result == 0; i += taken) {
		command_start(session, &out, "UID SEARCH UID ");
		taken = uidset_write(uids->v + i, uids->n - i, RANGES_MAX, &out);
		/* A line of the answer holds at most what was asked for. */
		stream_expect(session->stream, (uint64_t)taken * 11 + (1u << 20));
		result = search(session, &out, &found, err);
	}
	stream_expect(session->stream, 0);
	uids_sort(&found);
	/* Whatever else the server may say, these are among those asked for. */
	for (size_t i = 0; i < found.n && result == 0; i++)
		if (uids_has(uids, found.v[i]))
			uids_add(present_r, found.v[i]);
	uids_free(&found);
	buf_free(&out);
	return result;
}

bool
list_id_is_askable(const char *message_id)
{
	size_t len = 0;

	for (; message_id[len] != '\0'; len++)
		if ((unsigned char)message_id[len] <= ' ' || (unsigned char)message_id[len] > 0x7e)
			return false;
	return len > 2 && len <= ID_MAX;
}

/* Is text "<id>", or "id" alone, the same message-id? */
static bool
is_same_id(const char *a, const char *b)
{
	size_t a_len, b_len;

	a += *a == '<';
	b += *b == '<';
	a_len = strcspn(a, ">");
	b_len = strcspn(b, ">");
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

int
list_with_id(struct session *session, const char *message_id, struct uids *found_r, struct err *err)
{
	struct uids like = { NULL, 0 };
	struct buf out = BUF_INIT;
	struct list list;
	int result = -1;

	memset(found_r, 0, sizeof(*found_r));
	command_start(session, &out, "UID SEARCH HEADER Message-ID");
	if (command_string(session, &out, message_id, err) == -1 ||
	    search(session, &out, &like, err) == -1)
		goto out;
	uids_sort(&like);
	/* SEARCH finds what contains the text; we want what is the text. */
	if (list_uids(session, &like, true, &list, err) == -1)
		goto out;
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].message_id != NULL && is_same_id(list.v[i].message_id, message_id))
			uids_add(found_r, list.v[i].uid);
	list_free(&list);
	result = 0;
out:
	uids_free(&like);
	buf_free(&out);
	return result;
}

/* "7-Sep-2026" */
static void
put_day(struct buf *out, int64_t at)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds_at = (time_t)at;
	struct tm tm;

	if (gmtime_r(&seconds_at, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	buf_printf(out, "%d-%s-%d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
}

int
list_around(struct session *session, int64_t internaldate, struct uids *found_r, struct err *err)
{
	struct buf out = BUF_INIT;
	int result;

	memset(found_r, 0, sizeof(*found_r));
	command_start(session, &out, "UID SEARCH SINCE ");
	put_day(&out, internaldate - DAY_SECONDS);
	buf_add_str(&out, " BEFORE ");
	put_day(&out, internaldate + 2 * DAY_SECONDS);
	stream_expect(session->stream, (uint64_t)session->exists * 11 + (1u << 20));
	result = search(session, &out, found_r, err);
	stream_expect(session->stream, 0);
	uids_sort(found_r);
	if (result == -1)
		uids_free(found_r);
	buf_free(&out);
	return result;
}
