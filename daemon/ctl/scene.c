/*
 * A pack, its lists and a store in memory: what explain and simulate work on.
 * Runs in advicectl.  Fails: problems of the pack and the lists go to stderr,
 * all of them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/scene.h"

/* A fixed sequence (splitmix64), so that a simulation prints the same bytes every time. */
static void
scene_random(void *ctx, char hex_r[41])
{
	struct scene *scene = ctx;

	for (int i = 0; i < 40; i += 8) {
		uint64_t z = scene->random += 0x9e3779b97f4a7c15u;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
		snprintf(hex_r + i, 9, "%08x", (unsigned)((z ^ (z >> 31)) >> 32));
	}
}

static int
pack_load(struct scene *scene, const char *name)
{
	struct problems problems = { .arena = scene->arena };
	struct buf out = BUF_INIT;
	size_t errors;

	pack_read(scene->arena, place_rules(scene->arena), place_calendars(scene->arena), name, &scene->pack, &problems);
	if (scene->pack != NULL)
		pack_check(scene->pack, NULL, &problems);
	errors = problems_errors(&problems);
	if (errors > 0) {
		problems_print(&problems, &out);
		fputs(buf_text(&out), stderr);
	}
	buf_free(&out);
	scene->packs[0] = scene->pack;
	return errors > 0 || scene->pack == NULL ? 1 : 0;
}

const char *
scene_mailbox(const struct scene *scene)
{
	const struct pack *pack = scene->pack;

	/* A role that names the watched mailbox gives its address; else an address in the pack's first domain. */
	for (size_t i = 0; i < pack->role_count; i++)
		if (pack->roles[i].source == ROLE_MAILBOX && pack->roles[i].address != NULL &&
		    strchr(pack->roles[i].address, '@') != NULL)
			return pack->roles[i].address;
	return arena_printf(scene->arena, "%s@%s", pack->watches.n > 0 ? pack->watches.v[0] : pack->name,
	    pack->domains.n > 0 ? pack->domains.v[0] : "localhost");
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

/* The mailboxes that the pack watches, as the daemon's configuration would name them. */
static int
mailboxes_put(struct scene *scene, struct err *err)
{
	for (size_t i = 0; i < scene->pack->watches.n; i++) {
		struct mailbox_row row = {
			.name = scene->pack->watches.v[i], .pack = scene->pack->name,
			.address = scene_mailbox(scene), .proven = INSTANT_NONE, .trouble = "",
		};

		if (store_mailbox_put(scene->store, &row, err) == -1)
			return -1;
	}
	return 0;
}

int
scene_open(struct scene *scene, const struct scene_options *options)
{
	struct err err = { 0 };
	int code;

	memset(scene, 0, sizeof(*scene));
	scene->arena = arena_new();
	scene->random = 1;
	if ((code = pack_load(scene, options->pack)) != 0)
		return code;
	scene->engine = (struct engine){
		.packs = scene->packs, .pack_count = 1, .secret = "simulation",
		.answers_by_reference = true, .list_always_fresh = true,
		.desk = { .ctx = scene, .random = scene_random },
	};
	if (store_open(":memory:", &scene->store, &err) == -1 ||
	    parser_open(place_parser(scene->arena), options->many, &scene->parser, &err) == -1)
		return ctl_fail(1, "%s", err.text);
	scene->engine.store = scene->store;
	if (mailboxes_put(scene, &err) == -1 || scene_import(scene, options, options->lists_at, &err) == -1 || engine_refresh(&scene->engine, &err) == -1)
		return ctl_fail(1, "%s", err.text[0] == '\0' ? "the lists could not be read" : err.text);
	return 0;
}

void
scene_close(struct scene *scene)
{
	parser_close(&scene->parser);
	engine_end(&scene->engine);
	store_close(&scene->store);
	arena_free(&scene->arena);
}

int
scene_read_mail(struct scene *scene, const char *path, dayno today, struct scene_mail *mail, struct err *err)
{
	const char *slash = strrchr(path, '/');
	struct err unreadable = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	memset(mail, 0, sizeof(*mail));
	mail->file = arena_strdup(scene->arena, slash == NULL ? path : slash + 1);
	mail->received = INSTANT_NONE;
	if (fd == -1)
		return err_errno(err, ERR_CONFIG, "%s", path);
	rc = parser_read(scene->parser, scene->arena, fd, -1, today, &mail->message, &unreadable);
	close(fd);
	if (rc == -1 && unreadable.scope != ERR_MESSAGE)
		return err_set(err, unreadable.scope, "%s: %s", path, unreadable.text);
	if (rc == -1) {
		mail->message = NULL;
		mail->why = arena_strdup(scene->arena, unreadable.text);
		return 0;
	}
	mail->received = mail->message->received != INSTANT_NONE ? mail->message->received : mail->message->date;
	return 0;
}
