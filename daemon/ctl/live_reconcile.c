/*
 * advicectl reconcile: holds what lies in the watched mailboxes against the
 * rows, UID by UID.  Every mail is done with, on its way, held, in quarantine,
 * from before us, or not looked at yet; anything else is named, with what to do.
 * What was moved away is looked for where it was put; what people have moved on
 * is their affair, and only counted.
 * Invariant: it changes nothing but with --take, and then only has the mails
 * shown to core once more.
 * Fails: exit 1 when a mail is unaccounted for or a server could not be asked.
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "ctl/live.h"

#define SHOWN_MAX	100	/* mails named in words; with --json all of them */

struct lost {
	uint32_t	 uid;
	instant		 received;
	uint64_t	 size;
	const char	*why;
};

struct account {
	const struct mailbox_config *config;
	struct mailbox_row	*row;
	struct sighting_row	*sightings;	/* under its number, by UID */
	size_t			 sighting_count;
	uint32_t		 baseline_number;
	long			 there, processed, waiting, held, quarantined, before, coming, gone, put, moved_on;
	struct lost		*lost;
	size_t			 lost_count;
	const char		*unasked;	/* why nothing can be said; NULL */
};

/* The mailbox that the words name, or NULL: all. */
static const char *
mailbox_named(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--", 2) != 0)
			return argv[i];
	return NULL;
}

static void
folder_add(struct arena *arena, struct live_listing **listings, size_t *count, const char *mailbox, const char *folder)
{
	struct live_listing *listing;

	for (size_t i = 0; i < *count; i++)
		if (strcmp((*listings)[i].mailbox, mailbox) == 0 && strcmp((*listings)[i].folder, folder) == 0)
			return;
	listing = arena_push(arena, *listings, *count);
	listing->mailbox = mailbox;
	listing->folder = folder;
}

int
live_reconcile_folders(struct store *store, struct arena *arena, const struct config *config, int argc, char **argv,
    struct live_listing **listings_r, size_t *count_r, struct err *err)
{
	const char *only = mailbox_named(argc, argv);

	*listings_r = NULL;
	*count_r = 0;
	for (size_t i = 0; i < config->mailbox_count; i++) {
		const char *name = config->mailboxes[i].name;
		struct mailbox_row *row;
		struct put_away *put;
		size_t count;

		if (only != NULL && strcmp(only, name) != 0)
			continue;
		folder_add(arena, listings_r, count_r, name, "");
		if (store_mailbox(store, arena, name, &row, err) == -1 ||
		    (row != NULL && store_sightings_put_away(store, arena, row->id, &put, &count, err) == -1))
			return -1;
		for (size_t k = 0; row != NULL && k < count; k++)
			folder_add(arena, listings_r, count_r, name, put[k].folder);
	}
	return 0;
}

void
live_listing_take(struct arena *arena, struct live_listing *listing, struct frame *frame)
{
	struct arena *passing = arena_new();
	bool more;
	uint32_t n;

	listing->uidvalidity = get_u32(frame);
	listing->there = get_u32(frame) != 0;
	more = get_u32(frame) != 0;
	n = get_u32(frame);
	for (uint32_t i = 0; i < n && !frame->bad; i++) {
		struct live_listed *mail = arena_push(arena, listing->mails, listing->count);

		mail->uid = get_u32(frame);
		mail->size = get_u64(frame);
		mail->received = get_i64(frame);
		mail->key = store_key(get_str(frame, passing));
	}
	listing->answered = !more;
	arena_free(&passing);
}

static const struct live_listing *
listing_of(const struct live *live, const char *mailbox, const char *folder)
{
	for (size_t i = 0; i < live->listing_count; i++)
		if (strcmp(live->listings[i].mailbox, mailbox) == 0 && strcmp(live->listings[i].folder, folder) == 0)
			return &live->listings[i];
	return NULL;
}

/* ---- One mail of the watched folder */

static int
compare_uid(const void *key, const void *item)
{
	uint32_t uid = *(const uint32_t *)key;
	const struct sighting_row *row = item;

	return uid < row->uid ? -1 : uid > row->uid;
}

static struct sighting_row *
sighting_of(const struct account *account, uint32_t uid)
{
	return account->sighting_count == 0 ? NULL :
	    bsearch(&uid, account->sightings, account->sighting_count, sizeof(*account->sightings), compare_uid);
}

static void
lose(struct live *live, struct account *account, uint32_t uid, instant received, uint64_t size, const char *why)
{
	*arena_push(live->arena, account->lost, account->lost_count) = (struct lost){ uid, received, size, why };
}

static bool
in_spool(const struct live *live, const struct sighting_row *row)
{
	return row->spool_name[0] != '\0' && (file_exists(live->spool->new, row->spool_name) ||
	    file_exists(live->spool->cur, row->spool_name));
}

/* Counts it where it belongs; a sentence where it belongs nowhere. */
static const char *
account_row(const struct live *live, struct account *account, const struct sighting_row *row)
{
	switch (row->state) {
	case SIGHTING_BEFORE:
		account->before++;
		return NULL;
	case SIGHTING_QUARANTINED:
		account->quarantined++;
		return NULL;
	case SIGHTING_ENTERED:
	case SIGHTING_HELD:
		if (!in_spool(live, row))
			return "it is noted as taken in, and its file is not in the spool";
		*(row->state == SIGHTING_HELD ? &account->held : &account->waiting) += 1;
		return NULL;
	default:
		if (row->message == 0 && !str_starts(row->why, "older than"))
			return "it is noted as gone before it was read, and it is there";
		*(row->message == 0 ? &account->before : &account->processed) += 1;
		return NULL;
	}
}

static void
account_listed(struct live *live, struct account *account, const struct live_listed *mail)
{
	const struct sighting_row *row = sighting_of(account, mail->uid);
	const char *why = NULL;

	if (row != NULL && row->size != 0 && row->size != mail->size && row->received != INSTANT_NONE &&
	    row->received != mail->received)
		why = "under this number another mail is known";
	else if (row != NULL)
		why = account_row(live, account, row);
	else if (account->row->uidvalidity == account->baseline_number && mail->uid <= account->row->baseline_uid)
		account->before++;
	else if (mail->uid > account->row->highest_uid)
		account->coming++;
	else
		why = "nobody has ever looked at it";
	if (why != NULL)
		lose(live, account, mail->uid, mail->received, mail->size, why);
}

/* ---- What is no longer in the watched folder */

static int
compare_key(const void *pa, const void *pb)
{
	const struct live_listed *a = pa, *b = pb;

	return a->key < b->key ? -1 : a->key > b->key;
}

/* By the message-id where there is one, in a listing sorted by it; else by size and date. */
static bool
lies_in(const struct live_listing *listing, const struct put_away *put)
{
	const struct live_listed wanted = { .key = put->message_key };

	if (listing == NULL || listing->count == 0)
		return false;
	if (put->message_key != 0)
		return bsearch(&wanted, listing->mails, listing->count, sizeof(*listing->mails), compare_key) != NULL;
	for (size_t i = 0; i < listing->count; i++)
		if (listing->mails[i].size == put->size && listing->mails[i].received == put->received)
			return true;
	return false;
}

static int
account_put_away(struct live *live, struct account *account, struct err *err)
{
	struct put_away *put;
	size_t count;

	if (store_sightings_put_away(live->store, live->arena, account->row->id, &put, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		*(lies_in(listing_of(live, account->config->name, put[i].folder), &put[i]) ? &account->put :
		    &account->moved_on) += 1;
	return 0;
}

/* A mail that was taken in and is not decided must be in the spool, wherever else it is. */
static int
account_spool(struct live *live, struct account *account, enum sighting_state state, struct err *err)
{
	const struct live_listing *listing = listing_of(live, account->config->name, "");
	struct sighting_row *rows;
	size_t count;

	if (store_sightings_in(live->store, live->arena, account->row->id, state, &rows, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		bool listed = false;

		for (size_t k = 0; rows[i].uidvalidity == account->row->uidvalidity && k < listing->count && !listed; k++)
			listed = listing->mails[k].uid == rows[i].uid;
		if (listed)
			continue;
		if (in_spool(live, &rows[i]))
			*(state == SIGHTING_HELD ? &account->held : &account->waiting) += 1;
		else
			lose(live, account, rows[i].uid, rows[i].received, rows[i].size,
			    "it is noted as taken in, its file is not in the spool, and it is no longer in the mailbox");
	}
	return 0;
}

static int
account_gone(struct live *live, struct account *account, struct err *err)
{
	struct sighting_row *rows;
	size_t count;

	if (store_sightings_in(live->store, live->arena, account->row->id, SIGHTING_GONE, &rows, &count, err) == -1)
		return -1;
	account->gone = (long)count;
	return 0;
}

/* ---- One mailbox */

static void
sort_folders(const struct live *live, const char *mailbox)
{
	for (size_t i = 0; i < live->listing_count; i++)
		if (strcmp(live->listings[i].mailbox, mailbox) == 0 && live->listings[i].count > 0)
			qsort(live->listings[i].mails, live->listings[i].count, sizeof(*live->listings[i].mails), compare_key);
}

static const char *
cannot_say(const struct live *live, const struct account *account)
{
	for (size_t i = 0; i < live->listing_count; i++)
		if (strcmp(live->listings[i].mailbox, account->config->name) == 0 && !live->listings[i].answered)
			return live->servers_trouble != NULL && live->servers_trouble[0] != '\0' ? live->servers_trouble :
			    account->row != NULL && account->row->trouble[0] != '\0' ? account->row->trouble :
			    "its server gave no answer";
	if (account->row == NULL || account->row->uidvalidity == 0)
		return "the daemon has not looked at it yet";
	if (listing_of(live, account->config->name, "") == NULL || !listing_of(live, account->config->name, "")->there)
		return arena_printf(live->arena, "there is no folder \"%s\"", account->config->folder);
	if (account->row->asked_uid != 0)
		return "its mails are just being compared with what is known, because it is new or was made anew; ask again in a while";
	if (listing_of(live, account->config->name, "")->uidvalidity != account->row->server_uidvalidity)
		return "its folder was made anew just now; ask again in a while";
	return NULL;
}

static int
account_mailbox(struct live *live, struct account *account, struct err *err)
{
	const char *name = account->config->name, *baseline = NULL;
	const struct live_listing *listing;

	if (store_mailbox(live->store, live->arena, name, &account->row, err) == -1)
		return -1;
	if ((account->unasked = cannot_say(live, account)) != NULL)
		return 0;
	listing = listing_of(live, name, "");
	if (store_setting(live->store, live->arena, arena_printf(live->arena, "baseline %s", name), &baseline, err) == -1 ||
	    store_sightings_under(live->store, live->arena, account->row->id, account->row->uidvalidity, &account->sightings,
	    &account->sighting_count, err) == -1)
		return -1;
	account->baseline_number = baseline == NULL ? 0 : (uint32_t)strtoul(baseline, NULL, 10);
	account->there = (long)listing->count;
	for (size_t i = 0; i < listing->count; i++)
		account_listed(live, account, &listing->mails[i]);
	if (account_spool(live, account, SIGHTING_ENTERED, err) == -1 ||
	    account_spool(live, account, SIGHTING_HELD, err) == -1 || account_gone(live, account, err) == -1)
		return -1;
	sort_folders(live, name);
	return account_put_away(live, account, err);
}

/* ---- Saying it */

static void
say_count(struct live *live, long n, const char *what)
{
	if (n > 0)
		buf_printf(&live->out, "  %7ld  %s\n", n, what);
}

static void
say_text(struct live *live, const struct account *account, bool take)
{
	struct buf *out = &live->out;

	if (account->unasked != NULL) {
		buf_printf(out, "mailbox %s: nothing can be said: %s\n", account->config->name,
		    str_visible(live->arena, account->unasked, 400));
		return;
	}
	buf_printf(out, "mailbox %s: %ld mail%s in \"%s\", %s\n", account->config->name, account->there,
	    account->there == 1 ? "" : "s", str_visible(live->arena, account->config->folder, 100),
	    account->lost_count == 0 ? "all accounted for" : "NOT all accounted for");
	say_count(live, account->processed, "done with, and still there (about to be moved, or settle = \"leave\")");
	say_count(live, account->waiting, "taken in, about to be decided");
	say_count(live, account->held, "held until a person agrees: advicectl adopt");
	say_count(live, account->quarantined, "in quarantine, each with its reason: advicectl quarantine, advicectl triage");
	say_count(live, account->before, "there before the daemon, left alone");
	say_count(live, account->coming, "just arrived, about to be taken in");
	say_count(live, account->put, "done with, in the folder where they were put");
	say_count(live, account->moved_on, "done with, and moved on or deleted by people since");
	say_count(live, account->gone, "moved or deleted by people before we got to them");
	for (size_t i = 0; i < account->lost_count && i < SHOWN_MAX; i++)
		buf_printf(out, "  UNACCOUNTED FOR: UID %u, received %s, %llu bytes: %s\n", account->lost[i].uid,
		    account->lost[i].received == INSTANT_NONE ? "on a day that is not known" : live_when(live, account->lost[i].received),
		    (unsigned long long)account->lost[i].size, account->lost[i].why);
	if (account->lost_count > SHOWN_MAX)
		buf_printf(out, "  ... and %zu more\n", account->lost_count - SHOWN_MAX);
	if (account->lost_count > 0)
		buf_printf(out, take ? "  they are taken up now; look again in a while\n" :
		    "  to take them up as if they had just come: advicectl reconcile %s --take\n", account->config->name);
}

static void
say_json(struct live *live, const struct account *account)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_str(out, "mailbox", account->config->name);
	json_bool(out, "well", account->unasked == NULL && account->lost_count == 0);
	json_str(out, "unasked", account->unasked);
	json_int(out, "mails", account->there);
	json_int(out, "processed", account->processed);
	json_int(out, "waiting", account->waiting);
	json_int(out, "held", account->held);
	json_int(out, "quarantined", account->quarantined);
	json_int(out, "before", account->before);
	json_int(out, "coming", account->coming);
	json_int(out, "put-away", account->put);
	json_int(out, "moved-on", account->moved_on);
	json_int(out, "gone", account->gone);
	json_open(out, "unaccounted", '[');
	for (size_t i = 0; i < account->lost_count; i++) {
		json_open(out, NULL, '{');
		json_int(out, "uid", account->lost[i].uid);
		live_json_when(live, "received", account->lost[i].received);
		json_int(out, "size", (int64_t)account->lost[i].size);
		json_str(out, "why", account->lost[i].why);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
	buf_add_char(out, '\n');
}

/* ---- Taking up what is unaccounted for */

/* Rows that only stand in the way of it. */
static int
forget_lost(struct live *live, const struct account *account, struct err *err)
{
	for (size_t i = 0; i < account->lost_count; i++) {
		struct sighting_row *row = sighting_of(account, account->lost[i].uid);

		if (row == NULL || (row->state != SIGHTING_ENTERED && row->state != SIGHTING_HELD))
			continue;
		row->state = row->state == SIGHTING_HELD ? SIGHTING_BEFORE : SIGHTING_GONE;
		row->spool_name = "";
		if (store_sighting_put(live->store, row, err) == -1)
			return -1;
	}
	return 0;
}

/* Without a daemon, its next start shows them. */
static int
take_up(struct live *live, struct account *account, struct err *err)
{
	struct mailbox_row *row = account->row;
	int rc = store_begin(live->store, err);

	if (rc == 0)
		rc = live_note(live, arena_printf(live->arena, "reconcile-take %s", row->name), 0, 0, err);
	if (rc == 0)
		rc = forget_lost(live, account, err);
	if (rc == 0 && live->roles == NULL) {
		row->asked_uid = row->highest_uid;
		row->highest_uid = 0;
		row->held_before = INSTANT_NONE;
		rc = store_mailbox_put(live->store, row, err);
	}
	if (rc == 0)
		rc = store_commit(live->store, err);
	if (rc == -1)
		store_rollback(live->store);
	else if (live->roles != NULL)
		strs_add(live->arena, &live->again, account->config->name);
	return rc;
}

int
live_reconcile(struct live *live, int argc, char **argv)
{
	bool take = live_word(&argc, argv, "--take"), well = true;
	struct err err;

	if (argc > 2 || (argc == 2 && strncmp(argv[1], "--", 2) == 0))
		return live_usage(live, "reconcile");
	if (argc == 2 && config_mailbox(live->config, argv[1]) == NULL)
		return live_fail(live, 1, "there is no mailbox \"%s\" in the configuration", str_visible(live->arena, argv[1], 60));
	for (size_t i = 0; i < live->config->mailbox_count; i++) {
		struct account account = { .config = &live->config->mailboxes[i] };

		if (argc == 2 && strcmp(argv[1], account.config->name) != 0)
			continue;
		if (account_mailbox(live, &account, &err) == -1 ||
		    (take && account.lost_count > 0 && take_up(live, &account, &err) == -1))
			return live_broken(live, &err);
		well &= account.unasked == NULL && account.lost_count == 0;
		if (live->json)
			say_json(live, &account);
		else
			say_text(live, &account, take);
	}
	return well || live->json ? !well : live_fail(live, 1, "not every mail could be accounted for; see above");
}
