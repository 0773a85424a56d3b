/*
 * The past lived through once under one version of the rules: every mail,
 * decision and change of people at its moment, every timer between them at its
 * own, on a store in memory.  What goes out is noted and not sent.  Runs in
 * advicectl replay.
 * Invariant: the same past and rules give the same mails every time; what
 * could not be repeated is counted, never left out silently.
 * Fails: as the engine and the store do; a broken mail of the past is counted.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case/triage.h"
#include "ctl/replay.h"
#include "ctl/run.h"
#include "mail/record.h"


int64_t
life_message(const struct life *life, int64_t live_message)
{
	size_t low = 0, high = life->past->mail_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (life->past->mails[middle].id < live_message)
			low = middle + 1;
		else
			high = middle;
	}
	return low < life->past->mail_count && life->past->mails[low].id == live_message ? life->messages[low] : 0;
}

static int
case_of(struct life *life, struct arena *arena, int64_t message, int64_t *case_r, struct err *err)
{
	struct message_row *row = NULL;

	*case_r = 0;
	if (message != 0 && store_message(life->scene.store, arena, message, &row, err) == -1)
		return -1;
	if (row != NULL)
		*case_r = row->case_id;
	return 0;
}

int
life_case(struct life *life, struct arena *arena, int64_t live_case, int64_t *case_r, struct err *err)
{
	const struct past *past = life->past;
	size_t low = 0, high = past->of_case_count;

	*case_r = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (past->of_case[middle].case_id < live_case)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < past->of_case_count && past->of_case[low].case_id == live_case && *case_r == 0; low++)
		if (case_of(life, arena, life->messages[past->of_case[low].mail], case_r, err) == -1)
			return -1;
	return 0;
}

/* ---- Mails */

static const struct mailbox_config *
config_of(const struct past *past, const char *name)
{
	return config_mailbox(past->config, name);
}

static const char *
address_of(struct life *life, const struct history_mail *mail)
{
	const struct mailbox_config *config = config_of(life->past, mail->mailbox);

	return config != NULL ? config->address : life->scene.mailbox;
}

/* Where it was seen: what is decided about it later looks for its mailbox there. */
static int
seen(struct life *life, struct arena *arena, const struct history_mail *mail, int64_t message, struct err *err)
{
	struct mailbox_row *mailbox;
	struct sighting_row row = { .uid = (uint32_t)mail->id, .state = SIGHTING_SETTLED, .message = message, .spool_name = "",
	    .received = mail->received, .why = "" };
	bool known;

	if (store_mailbox(life->scene.store, arena, mail->mailbox, &mailbox, err) == -1)
		return -1;
	if (mailbox == NULL)
		return 0;
	row.mailbox = mailbox->id;
	return store_sighting_add(life->scene.store, &row, &known, err) == -1 ||
	    store_sighting_put(life->scene.store, &row, err) == -1 ? -1 : 0;
}

static int
mail_comes(struct life *life, struct arena *arena, const struct past_event *event, struct err *err)
{
	const struct history_mail *mail = &life->past->mails[event->no];
	const struct mailbox_config *config = config_of(life->past, mail->mailbox);
	struct arrival arrival = {
		.pack = life->scene.pack, .mailbox = address_of(life, mail), .trust = config == NULL ? "none" : config->trust,
		.received = mail->received, .spool_name = "",
		.sent = strcmp(mail->kind, KIND_BY_HAND) == 0 || (config != NULL && config->sent_of != NULL),
	};
	struct message_row *row;
	struct message *message;
	struct arrived *arrived;

	if (store_message(life->past->live, arena, mail->id, &row, err) == -1)
		return -1;
	if (record_decode(arena, row->record, row->record_len, &message, err) == -1) {
		life->unreadable++;
		return 0;
	}
	arrival.message = message;
	if (links_make(life, arena, message, err) == -1 ||
	    engine_mail(&life->scene.engine, arena, &arrival, event->at, &arrived, err) == -1)
		return err_wrap(err, "mail %lld", (long long)mail->id);
	life->messages[event->no] = arrived->message;
	return arrived->duplicate ? 0 : seen(life, arena, mail, arrived->message, err);
}

/* ---- What people decided by command */

static int
matter_resolved(struct life *life, struct arena *arena, const struct past_event *event, struct err *err)
{
	struct triage_row *there, *here;
	struct triage_said said;
	struct resolved resolved;
	const char *help;
	int64_t *cases;
	size_t count;

	if (store_triage(life->past->live, arena, event->id, &there, err) == -1 ||
	    links_triage(life, arena, there, &here, err) == -1)
		return -1;
	if (here != NULL && store_triage_candidates(life->scene.store, arena, here->id, &cases, &count, err) == -1)
		return -1;
	if (here == NULL || !triage_read(arena, here->kind, count, true, there->answer, &said, &help)) {
		life->unheld++;
		return 0;
	}
	if (engine_resolve(&life->scene.engine, arena, here, &said, there->answered_by, there->words, event->at, &resolved, err) == -1)
		return -1;
	life->unheld += resolved.refused != NULL;
	return 0;
}

/* ---- What people changed */

static int64_t
change_here(const struct life *life, int64_t live)
{
	return live > 0 && (size_t)live < life->change_room ? life->changes[live] : 0;
}

/* What stands between these words; NULL: they are not there. */
static const char *
between(struct arena *arena, const char *text, const char *before, const char *after)
{
	const char *start = strstr(text, before), *end;

	if (start == NULL)
		return NULL;
	start += strlen(before);
	end = after == NULL ? start + strlen(start) : strstr(start, after);
	return end == NULL ? NULL : arena_strndup(arena, start, (size_t)(end - start));
}

/* A correction's value stands in the fact that it made, as does the strand; one that took a fact away made none. */
static int
fact_made(struct life *life, struct arena *arena, const struct change_row *row, struct change_wish *wish, struct err *err)
{
	struct case_state *state;

	if (store_case_load(life->past->live, arena, row->case_id, &state, err) == -1)
		return -1;
	for (size_t i = 0; i < state->fact_count; i++) {
		const struct case_fact *fact = &state->facts[i];

		if (fact->change != row->id)
			continue;
		if (wish->value == NULL && wish->fact != NULL && strcmp(fact->name, wish->fact) == 0)
			wish->value = fact->value;
		for (size_t s = 0; s < state->strand_count; s++)
			if (state->strands[s].no == fact->strand)
				wish->strand = state->strands[s].service[0] != '\0' ? state->strands[s].service : state->strands[s].name;
	}
	if (wish->value == NULL)
		wish->value = "";
	return 0;
}

static int
wish_of(struct life *life, struct arena *arena, const struct change_row *row, struct change_wish *wish, struct err *err)
{
	const char *until;

	*wish = (struct change_wish){ .word = row->word, .who = row->who, .reason = row->reason, .until = INSTANT_NONE,
	    .long_pause = true, .undoes = change_here(life, row->undoes), .message = life_message(life, row->message) };
	if ((row->case_id != 0 && life_case(life, arena, row->case_id, &wish->case_id, err) == -1) ||
	    (row->other != 0 && life_case(life, arena, row->other, &wish->other, err) == -1))
		return -1;
	switch (row->word) {
	case ADMIN_CORRECT:
		wish->fact = between(arena, row->what, "correct ", NULL);
		return fact_made(life, arena, row, wish, err);
	case ADMIN_EXCEPT:
		wish->fact = between(arena, row->what, "except ", " for \"");
		wish->value = between(arena, row->what, " for \"", "\"");
		return fact_made(life, arena, row, wish, err);
	case ADMIN_MOVE:
		wish->strand = between(arena, row->what, "move ", " to \"");
		wish->stage = between(arena, row->what, " to \"", "\"");
		wish->quiet = str_ends_nocase(row->what, ", quietly");
		return 0;
	case ADMIN_PAUSE:
		until = between(arena, row->what, "pause until ", NULL);
		if (until != NULL)
			instant_parse_iso(until, &wish->until);
		break;
	default:
		break;
	}
	if (str_starts(row->scope, "mailbox:"))
		wish->mailbox = row->scope + strlen("mailbox:");
	return 0;
}

static bool
can_be_made(const struct change_row *row, const struct change_wish *wish)
{
	if (row->case_id != 0 && wish->case_id == 0)
		return false;
	switch (row->word) {
	case ADMIN_CORRECT:
		return wish->fact != NULL;
	case ADMIN_EXCEPT:
		return wish->fact != NULL && wish->value != NULL && wish->value[0] != '\0';
	case ADMIN_DETACH:
		return wish->message != 0;
	case ADMIN_MERGE:
		return wish->other != 0 && wish->other != wish->case_id;
	case ADMIN_MOVE:
		return wish->strand != NULL && wish->stage != NULL;
	case ADMIN_UNDO:
		return wish->undoes != 0;
	case ADMIN_PAUSE:
		return wish->until != INSTANT_NONE;
	case ADMIN_CLOSE:
	case ADMIN_RESUME:
		return true;
	default:
		return false;
	}
}

static void
change_note(struct life *life, int64_t live, int64_t here)
{
	if (live > 0 && (size_t)live < life->change_room)
		life->changes[live] = here;
}

/* What is refused here leaves nothing behind. */
static int
change_made(struct life *life, struct arena *arena, const struct past_event *event, struct err *err)
{
	struct store *store = life->scene.store;
	struct change_row *row;
	struct change_wish wish;
	struct changed changed;

	if (store_change(life->past->live, arena, event->id, &row, err) == -1 || wish_of(life, arena, row, &wish, err) == -1)
		return -1;
	if (!can_be_made(row, &wish)) {
		life->unchanged++;
		return 0;
	}
	if (store_savepoint(store, err) == -1 ||
	    engine_change(&life->scene.engine, arena, &wish, event->at, &changed, err) == -1 ||
	    (changed.refused != NULL && store_rollback_to(store, err) == -1) || store_release(store, err) == -1)
		return -1;
	life->unchanged += changed.refused != NULL;
	change_note(life, row->id, changed.refused != NULL ? 0 : changed.change);
	return 0;
}

/* ---- Lists */

static int
list_comes(struct life *life, struct arena *arena, const struct past_event *event, struct err *err)
{
	struct engine *engine = &life->scene.engine;
	int64_t *waiting;
	size_t count;

	if (event->what == PAST_LIST_AGAIN)
		return store_import_again(engine->store, event->id != 0 ? "involvement" : "directory", event->at, err);
	if (event->what == PAST_DIRECTORY)
		return store_import_directory(engine->store, life->past->directory, event->at, "", err) == -1 ? -1 :
		    engine_refresh(engine, err);
	if (store_import_involvement(engine->store, life->past->list, event->at, "", err) == -1 ||
	    store_list_waiting(engine->store, arena, SIZE_MAX / 2, &waiting, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (engine_changed(engine, arena, waiting[i], event->at, err) == -1)
			return -1;
	return 0;
}

/* ---- One after the other */

static instant
event_at(void *ctx, size_t i)
{
	const struct life *life = ctx;

	return life->past->events[i].at;
}

static int
event_happens(void *ctx, size_t i, struct err *err)
{
	struct life *life = ctx;
	const struct past_event *event = &life->past->events[i];
	struct arena *arena = arena_new();
	int rc;

	switch (event->what) {
	case PAST_MAIL:
		rc = mail_comes(life, arena, event, err);
		break;
	case PAST_RESOLVED:
		rc = matter_resolved(life, arena, event, err);
		break;
	case PAST_CHANGED:
		rc = change_made(life, arena, event, err);
		break;
	default:
		rc = list_comes(life, arena, event, err);
		break;
	}
	arena_free(&arena);
	progress_say(&life->progress, i + 1, life->past->event_count);
	return rc;
}

/* ---- The same case in both lives */

/* As the live store numbers it, by the first mail of it that stands there in one; else by its first mail, below nothing. */
static int
keys_of_cases(struct life *life, int64_t *keys, size_t room, struct err *err)
{
	for (size_t i = 0; i < life->past->mail_count; i++) {
		const struct history_mail *mail = &life->past->mails[i];
		int64_t of_case, live = mail->first_case != 0 ? mail->first_case : mail->case_id;
		struct arena *each = arena_new();
		int rc = case_of(life, each, life->messages[i], &of_case, err);

		arena_free(&each);
		if (rc == -1)
			return -1;
		if (of_case <= 0 || (size_t)of_case >= room || keys[of_case] > 0)
			continue;
		if (live != 0)
			keys[of_case] = live;
		else if (keys[of_case] == 0)
			keys[of_case] = -(int64_t)i - 1;
	}
	return 0;
}

static int
keys_put(struct life *life, struct err *err)
{
	struct arena *arena = arena_new();
	size_t room = 1;
	int64_t *keys;
	int rc;

	for (size_t i = 0; i < life->mail_count; i++)
		if ((size_t)life->mails[i].case_id >= room)
			room = (size_t)life->mails[i].case_id + 1;
	keys = arena_alloc(arena, room * sizeof(*keys));
	rc = keys_of_cases(life, keys, room, err);
	for (size_t i = 0; rc == 0 && i < life->mail_count; i++)
		life->mails[i].key = keys[life->mails[i].case_id];
	arena_free(&arena);
	return rc;
}

/* ---- The desk */

static void
mail_out(void *ctx, const struct letter *letter, instant at)
{
	struct life *life = ctx;
	const struct outgoing *mail = letter->mail;
	struct arena *arena = life->arena;
	struct life_mail one = {
		.at = at, .case_id = letter->case_id, .case_name = arena_strdup(arena, letter->case_name),
		.strand = mail->strand_name == NULL ? "" : arena_strdup(arena, mail->strand_name),
		.act = arena_strdup(arena, mail->act_name), .template = arena_strdup(arena, mail->template),
		.rule = mail->rule.file == NULL ? "" : where_text(arena, mail->rule),
	};

	life->letters++;
	for (size_t i = 0; i < mail->to.n + mail->cc.n; i++) {
		one.address = str_lower(arena, i < mail->to.n ? mail->to.v[i] : mail->cc.v[i - mail->to.n]);
		*arena_push(arena, life->mails, life->mail_count) = one;
	}
}

static void
random_hex(void *ctx, char hex_r[41])
{
	struct life *life = ctx;

	scene_random(&life->scene, hex_r);
}

static const char *
trust_of(void *ctx, const char *mailbox)
{
	const struct life *life = ctx;
	const struct config *config = life->past->config;

	for (size_t i = 0; i < config->mailbox_count; i++)
		if (config->mailboxes[i].sent_of == NULL && str_same(config->mailboxes[i].address, mailbox))
			return config->mailboxes[i].trust;
	return "none";
}

/* ---- All of it */

/* As the daemon has them: names and addresses of what is watched. */
static int
mailboxes_put(struct life *life, struct err *err)
{
	const struct config *config = life->past->config;
	struct mailbox_row row = { .pack = life->past->pack, .proven = INSTANT_NONE, .trouble = "" };

	life->scene.mailbox = "";
	for (size_t i = 0; i < config->mailbox_count; i++) {
		if (!strs_has(&life->scene.pack->watches, mailbox_watched_as(&config->mailboxes[i])))
			continue;
		row.id = 0;
		row.name = config->mailboxes[i].name;
		row.address = config->mailboxes[i].address;
		if (life->scene.mailbox[0] == '\0')
			life->scene.mailbox = row.address;
		if (store_mailbox_put(life->scene.store, &row, err) == -1)
			return -1;
	}
	return 0;
}

int
life_live(struct life *life, const struct past *past, struct pack *pack, const char *called, struct err *err)
{
	const struct scene_options options = { .lent_pack = pack, .no_parser = true };
	struct run_events events = { life, past->event_count, event_at, event_happens };
	struct arena *arena = arena_new();

	*life = (struct life){ .past = past, .arena = arena, .called = called };
	progress_begin(&life->progress, called);
	life->messages = arena_alloc(arena, past->mail_count * sizeof(*life->messages) + 1);
	for (size_t i = 0; i < past->event_count; i++)
		if (past->events[i].what == PAST_CHANGED && (size_t)past->events[i].id >= life->change_room)
			life->change_room = (size_t)past->events[i].id + 1;
	life->changes = arena_alloc(arena, life->change_room * sizeof(*life->changes) + 1);
	if (scene_open(&life->scene, &options) != 0)
		return err_set(err, ERR_DAEMON, "no store in memory");
	life->scene.engine.answers_by_reference = life->scene.engine.list_always_fresh = false;
	life->scene.engine.administrator = past->config->administrator;
	life->scene.engine.desk = (struct desk){ .ctx = life, .random = random_hex, .trust_of = trust_of, .on_mail_out = mail_out };
	if (mailboxes_put(life, err) == -1 || store_begin(life->scene.store, err) == -1 ||
	    run_events(&life->scene, &events, past->event_count == 0 ? INSTANT_NONE : past->events[0].at, past->now, err) == -1 ||
	    keys_put(life, err) == -1) {
		progress_end(&life->progress);
		return err_wrap(err, "%s", called);
	}
	progress_end(&life->progress);
	return store_commit(life->scene.store, err);
}

void
life_end(struct life *life)
{
	if (life->arena == NULL)
		return;
	scene_close(&life->scene);
	arena_free(&life->arena);
}
