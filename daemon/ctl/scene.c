/*
 * A pack, its lists and a store in memory: what explain and simulate work on.
 * Runs in advicectl.  Fails: problems of the pack and the lists go to stderr,
 * all of them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case/people.h"
#include "ctl/ctl.h"
#include "ctl/scene.h"
#include "role/kept.h"

/* A fixed sequence (splitmix64), so that a simulation prints the same bytes every time. */
void
scene_random(struct scene *scene, char hex_r[41])
{
	for (int i = 0; i < 40; i += 8) {
		uint64_t z = scene->random += 0x9e3779b97f4a7c15u;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
		snprintf(hex_r + i, 9, "%08x", (unsigned)((z ^ (z >> 31)) >> 32));
	}
}

static void
random_of_desk(void *ctx, char hex_r[41])
{
	scene_random(ctx, hex_r);
}

/* As every mail of a simulation is believed (design section 10). */
static const char *
scene_trust(void *ctx, const char *mailbox)
{
	(void)ctx;
	(void)mailbox;
	return "simulate";
}

int
scene_pack(struct arena *arena, const char *rules, const char *calendars, const char *name, struct pack **pack_r)
{
	struct problems problems = { .arena = arena };
	struct buf out = BUF_INIT;
	size_t errors;

	pack_read(arena, rules, calendars, name, pack_r, &problems);
	if (*pack_r != NULL)
		pack_check(*pack_r, NULL, &problems);
	errors = problems_errors(&problems);
	if (errors > 0) {
		problems_print(&problems, &out);
		fputs(buf_text(&out), stderr);
	}
	buf_free(&out);
	return errors > 0 || *pack_r == NULL ? 1 : 0;
}

int
pack_in_force(struct arena *arena, const struct config *config, struct store *store, const char *named, struct pack **pack_r)
{
	const char *name = kept_name(named);
	struct pack_version_row *row = NULL;
	struct err err;

	if (store_pack_in_force(store, arena, name, &row, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	if (row != NULL && kept_is_here(config->spool, row->hash))
		return scene_pack(arena, kept_rules(arena, config->spool, row->hash), config->calendars, name, pack_r);
	return scene_pack(arena, config->rules, config->calendars, named, pack_r);
}

/* ---- The watched mailbox: a pack says its name, and only the daemon's configuration its address */

static bool
names_address(const struct pack *pack, const char *address)
{
	for (size_t i = 0; i < pack->role_count; i++)
		if (pack->roles[i].source == ROLE_ADDRESS && str_same(pack->roles[i].address, address))
			return true;
	return false;
}

/* In the pack's domains, and neither a person nor anybody whom the rules name. */
static bool
may_be_mailbox(const struct scene *scene, const char *address)
{
	return people_in_domains(scene->pack, address) && !names_address(scene->pack, address) &&
	    (scene->directory == NULL || directory_find(scene->directory, str_lower(scene->arena, address)) == NULL);
}

static size_t
times_written_to(const struct scene_mail *mails, size_t count, const char *address)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t a = 0; mails[i].message != NULL && a < mails[i].message->to.n; a++)
			n += str_same(mails[i].message->to.v[a].address, address);
	return n;
}

/* To whom most of the mails were written, of the addresses that may be the mailbox's; "" if there is none. */
static const char *
most_written_to(const struct scene *scene, const struct scene_mail *mails, size_t count)
{
	struct strs seen = { NULL, 0 };
	const char *best = "";
	size_t most = 0;

	/* Without a list of people, nobody can be told from a mailbox. */
	for (size_t i = 0; i < count && scene->directory != NULL; i++)
		for (size_t a = 0; mails[i].message != NULL && a < mails[i].message->to.n; a++) {
			const char *address = mails[i].message->to.v[a].address;
			size_t times;

			if (strs_has_nocase(&seen, address))
				continue;
			strs_add(scene->arena, &seen, address);
			if (!may_be_mailbox(scene, address) || (times = times_written_to(mails, count, address)) <= most)
				continue;
			best = address;
			most = times;
		}
	return best;
}

/* A role that names the watched mailbox gives its address; else an address in the pack's first domain. */
static const char *
mailbox_of_pack(const struct scene *scene)
{
	const struct pack *pack = scene->pack;

	for (size_t i = 0; i < pack->role_count; i++)
		if (pack->roles[i].source == ROLE_MAILBOX && pack->roles[i].address != NULL &&
		    strchr(pack->roles[i].address, '@') != NULL)
			return pack->roles[i].address;
	return "";
}

/* Where the pack asks people to write to. */
static const char *
mailbox_of_texts(const struct scene *scene)
{
	for (size_t i = 0; i < scene->pack->text_count; i++) {
		const char *text = scene->pack->texts[i].value;

		if (strchr(text, '@') != NULL && strpbrk(text, " /:") == NULL && may_be_mailbox(scene, text))
			return text;
	}
	return "";
}

/* The mailboxes that the pack watches, as the daemon's configuration would name them. */
static int
mailboxes_put(struct scene *scene, struct err *err)
{
	for (size_t i = 0; i < scene->pack->watches.n; i++) {
		struct mailbox_row row = {
			.name = scene->pack->watches.v[i], .pack = scene->pack->name,
			.address = scene->mailbox, .proven = INSTANT_NONE, .trouble = "",
		};

		if (store_mailbox_put(scene->store, &row, err) == -1)
			return -1;
	}
	return 0;
}

int
scene_receive(struct scene *scene, const struct scene_mail *mails, size_t count, struct err *err)
{
	const struct pack *pack = scene->pack;

	scene->mailbox = mailbox_of_pack(scene);
	if (scene->mailbox[0] == '\0')
		scene->mailbox = most_written_to(scene, mails, count);
	if (scene->mailbox[0] == '\0')
		scene->mailbox = mailbox_of_texts(scene);
	if (scene->mailbox[0] == '\0')
		scene->mailbox = arena_printf(scene->arena, "%s@%s", pack->watches.n > 0 ? pack->watches.v[0] : pack->name,
		    pack->domains.n > 0 ? pack->domains.v[0] : "localhost");
	return mailboxes_put(scene, err);
}

int
scene_import(struct scene *scene, const struct scene_options *options, instant at, struct err *err)
{
	struct involvement_list *list = NULL;
	struct buf problems = BUF_INIT;
	int rc = 0;

	if (options->directory != NULL &&
	    (rc = directory_read(scene->arena, options->directory, &scene->directory, &problems, err)) == 0)
		rc = store_import_directory(scene->store, scene->directory, at, "", err);
	if (rc == 0 && options->involvement != NULL &&
	    (rc = involvement_read(scene->arena, options->involvement, &list, &problems, err)) == 0)
		rc = store_import_involvement(scene->store, list, at, "", err);
	if (problems.len > 0)
		fputs(buf_text(&problems), stderr);
	buf_free(&problems);
	return rc;
}

static int
parser_take(struct scene *scene, const struct scene_options *options, struct err *err)
{
	scene->own_parser = options->lent_parser == NULL && !options->no_parser;
	scene->parser = options->lent_parser;
	return scene->own_parser ? parser_open(place_parser(scene->arena), options->many, &scene->parser, err) : 0;
}

int
scene_open(struct scene *scene, const struct scene_options *options)
{
	struct err err = { 0 };
	int code;

	memset(scene, 0, sizeof(*scene));
	scene->arena = arena_new();
	scene->random = 1;
	scene->pack = options->lent_pack;
	if (scene->pack == NULL && (code = scene_pack(scene->arena, place_rules(scene->arena), place_calendars(scene->arena),
	    options->pack, &scene->pack)) != 0)
		return code;
	scene->packs[0] = scene->pack;
	scene->engine = (struct engine){
		.packs = scene->packs, .pack_count = 1, .secret = "simulation",
		.answers_by_reference = true, .list_always_fresh = true, .unjournalled = true,
		.desk = { .ctx = scene, .random = random_of_desk, .trust_of = scene_trust },
	};
	if (store_open(":memory:", &scene->store, &err) == -1 || store_fleeting(scene->store, &err) == -1 ||
	    parser_take(scene, options, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	scene->engine.store = scene->store;
	scene->engine.reached = options->reached;
	if (scene_import(scene, options, options->lists_at, &err) == -1 || engine_refresh(&scene->engine, &err) == -1)
		return ctl_fail(1, "%s", err.text[0] == '\0' ? "the lists could not be read" : err.text);
	return 0;
}

void
scene_close(struct scene *scene)
{
	if (scene->own_parser)
		parser_close(&scene->parser);
	engine_end(&scene->engine);
	store_close(&scene->store);
	arena_free(&scene->arena);
}

int
scene_ask_mail(struct scene *scene, const char *path, dayno today, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd == -1)
		return err_errno(err, ERR_CONFIG, "%s", path);
	rc = parser_ask(scene->parser, fd, -1, today, err);
	close(fd);
	return rc == -1 ? err_wrap(err, "%s", path) : 0;
}

int
scene_take_mail(struct scene *scene, const char *path, struct scene_mail *mail, struct err *err)
{
	const char *slash = strrchr(path, '/');
	struct err unreadable = { 0 };

	memset(mail, 0, sizeof(*mail));
	mail->file = arena_strdup(scene->arena, slash == NULL ? path : slash + 1);
	mail->received = INSTANT_NONE;
	if (parser_answer(scene->parser, scene->arena, &mail->message, &unreadable) == 0) {
		mail->received = mail->message->received != INSTANT_NONE ? mail->message->received : mail->message->date;
		return 0;
	}
	if (unreadable.scope != ERR_MESSAGE)
		return err_set(err, unreadable.scope, "%s: %s", path, unreadable.text);
	mail->message = NULL;
	mail->why = arena_strdup(scene->arena, unreadable.text);
	return 0;
}

int
scene_read_mail(struct scene *scene, const char *path, dayno today, struct scene_mail *mail, struct err *err)
{
	if (scene_ask_mail(scene, path, today, err) == -1)
		return -1;
	return scene_take_mail(scene, path, mail, err);
}
