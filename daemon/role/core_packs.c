/*
 * The packs in force: taking them at a start and at a reload, and saying so
 * when those that an administrator wrote are not.  Runs in core.
 * Invariant: what is in force has passed its checks and its own tests, has
 * every stage in which a case stands, and is known by its number in the
 * store.  What is refused leaves the version before it in force, and the
 * administrator gets one mail.
 * Fails: ERR_CONFIG when a pack has no version that could be used at all;
 * nothing has changed then.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "role/core_private.h"
#include "role/kept.h"

struct taking {			/* one pack */
	const char	*name;		/* as the configuration has it */
	const char	*base;
	struct kept	 kept;
	const struct pack_version_row *before;	/* in force until now, or NULL */
	const struct pack *pack;
	const char	*hash;		/* of the version taken */
	const char	*why;		/* a version that was tried cannot be used */
	const char	*refused;	/* why it is not what lies in the rules folder; NULL: it is */
};

/* ---- Reading one */

static int
pack_load(struct core *core, struct arena *arena, const char *rules, const char *name, const struct pack **pack_r,
    struct err *err)
{
	struct problems problems = { .arena = arena };
	struct buf out = BUF_INIT;
	struct pack *pack = NULL;

	pack_read(arena, rules, core->config->calendars, name, &pack, &problems);
	/* Without the directory: who holds a post changes by the day, and is settled by the day. */
	if (pack != NULL)
		pack_check(pack, NULL, &problems);
	*pack_r = pack;
	if (problems_errors(&problems) == 0 && pack != NULL)
		return 0;
	problems_print(&problems, &out);
	log_err("refused pack=%s errors=%zu", name, problems_errors(&problems));
	err_set(err, ERR_CONFIG, "the pack \"%s\" is not sound: %.300s", name, buf_text(&out));
	buf_free(&out);
	return -1;
}

/* ---- Which version */

/* A version that somebody went back to holds until the files in the rules folder are others than they were then. */
static int
gone_back_to(struct core *core, struct arena *arena, struct taking *taking, const char **hash_r, struct err *err)
{
	const char *name = arena_printf(arena, "rules-back %s", taking->base), *text;
	char hash[65], lay[65];
	int tests;

	*hash_r = NULL;
	if (store_setting(core->store, arena, name, &text, err) == -1)
		return -1;
	if (text == NULL || sscanf(text, "%64s %64s %d", hash, lay, &tests) != 3)
		return 0;
	if (taking->kept.hash != NULL && strcmp(lay, taking->kept.hash) == 0) {
		*hash_r = arena_strdup(arena, hash);
		taking->kept.tests = tests;
		return 0;
	}
	return store_set_setting(core->store, name, "", err);
}

/* The candidate, when it can be used; ERR_CONFIG with the sentence when it cannot. */
static int
version_try(struct core *core, struct arena *arena, struct taking *taking, const char *hash, struct err *err)
{
	const char *words = NULL;

	if (pack_load(core, arena, kept_rules(arena, core->config->spool, hash), taking->base, &taking->pack, err) == -1) {
		taking->why = arena_strdup(arena, err->text);
		return -1;
	}
	if ((taking->before == NULL || strcmp(taking->before->hash, hash) != 0) &&
	    kept_left_behind(core->store, arena, taking->pack, &words, err) == -1)
		return -1;
	taking->why = words;
	if (words != NULL)
		return err_set(err, ERR_CONFIG, "the pack \"%s\" leaves cases behind", taking->name);
	taking->hash = hash;
	return 0;
}

/* What the trial has kept last, or what somebody went back to, or else what was in force before. */
static int
version_choose(struct core *core, struct arena *arena, struct taking *taking, struct err *err)
{
	const char *back = NULL, *wanted;
	struct pack_version_row *before = NULL;

	if (kept_read(arena, core->config->spool, taking->name, &taking->kept, err) == -1 ||
	    store_pack_in_force(core->store, arena, taking->base, &before, err) == -1 ||
	    gone_back_to(core, arena, taking, &back, err) == -1)
		return -1;
	taking->before = before;
	taking->refused = taking->kept.refused;
	wanted = back != NULL ? back : taking->kept.hash;
	if (wanted != NULL) {
		if (version_try(core, arena, taking, wanted, err) == 0)
			return 0;
		if (err->scope != ERR_CONFIG)
			return -1;
		if (taking->refused == NULL)
			taking->refused = taking->why;
	}
	if (before == NULL || !kept_is_here(core->config->spool, before->hash))
		return err_set(err, ERR_CONFIG, "there is no version of the pack \"%s\" that could be used: %.380s", taking->name,
		    taking->refused != NULL ? taking->refused : "it has not been tested yet");
	return version_try(core, arena, taking, before->hash, err);
}

/* As they lie in the rules folder: for one process without a parent. */
static int
version_plain(struct core *core, struct arena *arena, struct taking *taking, struct err *err)
{
	if (pack_load(core, arena, core->rules_dir, taking->name, &taking->pack, err) == -1)
		return -1;
	taking->hash = taking->pack->hash;
	return 0;
}

/* ---- Saying so */

static const char *
cut_words(struct arena *arena, const char *words)
{
	static const size_t most = 3000;
	size_t len = most;

	if (strlen(words) <= most)
		return words;
	while (len > 0 && words[len - 1] != '\n')
		len--;
	return arena_printf(arena, "%s... and more.\n", arena_strndup(arena, words, len));
}

/* One mail for the same words, whatever is restarted or reloaded meanwhile. */
static int
refusal_tell(struct core *core, struct arena *arena, const struct taking *taking, struct err *err)
{
	const char *name = arena_printf(arena, "rules-refused %s", taking->base), *words, *known, *body;

	words = taking->refused == NULL ? "" : cut_words(arena, taking->refused);
	if (store_setting(core->store, arena, name, &known, err) == -1)
		return -1;
	if (strcmp(known == NULL ? "" : known, words) == 0)
		return 0;
	if (store_set_setting(core->store, name, words, err) == -1)
		return -1;
	if (words[0] == '\0')
		return 0;
	log_warning("refused rules pack=%s; the version before stays in force", taking->base);
	body = arena_printf(arena, "The rules of the pack \"%s\", as they lie in its folder now, were not taken. The rules before them "
	    "stay in force, and nothing else has changed.\n\n%s\nPlease mend the files and reload the daemon (systemctl reload "
	    "adviced). \"advicectl rules log %s\" shows which version is in force.\n", taking->base, words, taking->base);
	return core_tell(core, arena, arena_printf(arena, "adviced: the rules of the pack %s were refused", taking->base), body, err);
}

static int
version_note(struct core *core, struct arena *arena, const struct taking *taking, const char *who, struct err *err)
{
	const struct pack_version_row row = {
		.pack = taking->pack->name, .hash = taking->hash, .title = taking->pack->title, .since = core_now(core), .who = who,
		.tests = taking->kept.tests,
	};
	struct journal_entry entry = { .at = core_now(core), .event = "rules", .rule = "", .detail = "version-taken", .who = who };
	bool news = false;

	if (store_pack_version_add(core->store, &row, &news, err) == -1)
		return -1;
	if (!news || !core->kept_rules)
		return 0;
	log_info("taken pack=%s hash=%.12s", row.pack, row.hash);
	return packs_look(core, arena, taking->pack, err) == -1 ? -1 : store_journal_add(core->store, &entry, err);
}

/* ---- All of them */

static const struct pack *
pack_that_watches(const struct core *core, const struct pack *const *packs, const char *mailbox)
{
	for (size_t i = core->config->packs.n; i-- > 0;)
		if (strs_has(&packs[i]->watches, mailbox))
			return packs[i];
	return NULL;
}

/* Whatever could refuse them; nothing in memory has changed yet. */
static int
packs_weigh(struct core *core, const struct pack *const *packs, struct err *err)
{
	for (size_t m = 0; m < core->mailbox_count; m++)
		if (pack_that_watches(core, packs, mailbox_watched_as(core->mailboxes[m].config)) == NULL)
			return err_set(err, ERR_CONFIG, "the mailbox \"%s\" is watched by no pack",
			    core->mailboxes[m].config->name);
	return 0;
}

static int
packs_choose(struct core *core, struct arena *arena, struct taking *takings, const struct pack **packs, const char *who,
    struct err *err)
{
	size_t count = core->config->packs.n;

	for (size_t i = 0; i < count; i++) {
		takings[i].name = core->config->packs.v[i];
		takings[i].base = kept_name(takings[i].name);
		if ((core->kept_rules ? version_choose : version_plain)(core, arena, &takings[i], err) == -1)
			return -1;
		packs[i] = takings[i].pack;
	}
	if (packs_weigh(core, packs, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (version_note(core, arena, &takings[i], who, err) == -1)
			return -1;
	return 0;
}

/*
 * In the transaction that the caller has begun.  The packs are in force in memory before that is committed: when the
 * commit fails, the next reload or start notes the same version again.
 */
int
packs_take(struct core *core, const char *who, struct err *err)
{
	struct arena *arena = arena_new();
	size_t count = core->config->packs.n;
	const struct pack **packs = arena_alloc(arena, (count + 1) * sizeof(*packs));
	struct taking *takings = arena_alloc(arena, (count + 1) * sizeof(*takings));
	int rc = 0;

	if (packs_choose(core, arena, takings, packs, who, err) == -1) {
		arena_free(&arena);
		return -1;
	}
	/* Nothing may point into the old packs after this. */
	engine_digests_forget(&core->engine);
	for (size_t m = 0; m < core->mailbox_count; m++) {
		core->mailboxes[m].pack = pack_that_watches(core, packs, mailbox_watched_as(core->mailboxes[m].config));
		core->mailboxes[m].row.pack = core->mailboxes[m].pack->name;
	}
	core->engine.packs = packs;
	core->engine.pack_count = count;
	core->looking = true;	/* if there is anything left to look at */
	arena_free(&core->pack_arena);
	core->pack_arena = arena;
	for (size_t i = 0; core->kept_rules && rc == 0 && i < count; i++)
		rc = refusal_tell(core, arena, &takings[i], err);
	return rc;
}

/* Once they are in force for good; what cannot be removed now is at the next load. */
void
packs_prune(struct core *core)
{
	struct err err;

	if (core->kept_rules && kept_prune(core->store, core->config->spool, &core->config->packs, &err) == -1)
		log_warning("old versions of rules were not removed reason=\"%s\"", err.text);
}

int
core_reload(struct core *core, const char *who, struct err *err)
{
	int rc;

	if (core_begin(core, err) == -1)
		return -1;
	rc = packs_take(core, who, err);
	if (rc == 0)
		rc = engine_digests_plan(&core->engine, core_now(core), err);
	if (rc == 0)
		rc = daily_plan(core, err);
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == -1) {
		store_rollback(core->store);
		freeze_undo(core, 0);
		return -1;
	}
	packs_prune(core);
	log_info("reloaded packs=%zu", core->engine.pack_count);
	return 0;
}
