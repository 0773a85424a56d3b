/*
 * advicectl correct, detach, merge, move, close, undo, pause, resume, except: putting
 * something right, with a reason.  What changes is shown first, and stands
 * only when that is agreed to.
 * Run by core; without a daemon by advicectl, in core's place.
 * Fails: exit 1 with a sentence when it cannot be; 2 for misuse.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/live.h"

/* ---- Showing */

static void
show_text(struct live *live, const struct changed *changed, bool applied)
{
	struct buf *out = &live->out;
	const char *name = live_case_name(live, changed->case_id);

	buf_printf(out, "%schange %lld%s%s: %s\n", applied ? "" : "Not done yet: ", (long long)changed->change, name[0] == '\0' ?
	    "" : ", ", name, changed->done);
	for (size_t i = 0; i < changed->effects.n; i++)
		buf_printf(out, "  %s\n", changed->effects.v[i]);
	if (changed->effects.n == 0)
		buf_add_str(out, "  Nothing else changes.\n");
	if (changed->gone.n > 0)
		buf_add_str(out, "Gone out already, and not to be taken back; your data protection officer may need this list:\n");
	for (size_t i = 0; i < changed->gone.n; i++)
		buf_printf(out, "  %s\n", changed->gone.v[i]);
}

static void
show_json(struct live *live, const struct changed *changed, bool applied)
{
	struct buf *out = &live->out;

	json_open(out, NULL, '{');
	json_int(out, "change", changed->change);
	json_str(out, "case", live_case_name(live, changed->case_id));
	json_str(out, "done", changed->done);
	json_bool(out, "applied", applied);
	json_strs(out, "effects", &changed->effects);
	json_strs(out, "gone-out", &changed->gone);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

struct wanting { struct change_wish wish; const struct live_options *options; };

static int
change(struct live *live, void *ctx, int *code_r, struct err *err)
{
	struct wanting *wanting = ctx;
	struct changed changed;

	if (engine_change(live->engine, live->arena, &wanting->wish, live->now, &changed, err) == -1)
		return -1;
	if (changed.refused != NULL)
		*code_r = live_fail(live, 1, "%s", changed.refused);
	else if (live->json)
		show_json(live, &changed, wanting->options->yes);
	else
		show_text(live, &changed, wanting->options->yes);
	return 0;
}

/* ---- Reading the words */

static bool
take_flag(int *argc, char **argv, const char *flag)
{
	for (int i = 1; i < *argc; i++)
		if (strcmp(argv[i], flag) == 0) {
			memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i - 1) * sizeof(*argv));
			--*argc;
			return true;
		}
	return false;
}

static const char *
take_option(int *argc, char **argv, const char *option)
{
	for (int i = 1; i + 1 < *argc; i++)
		if (strcmp(argv[i], option) == 0) {
			const char *value = argv[i + 1];

			memmove(&argv[i], &argv[i + 2], (size_t)(*argc - i - 2) * sizeof(*argv));
			*argc -= 2;
			return value;
		}
	return NULL;
}

/* 0, or the exit code. */
static int
case_named(struct live *live, const char *name, int64_t *id_r)
{
	struct err err;

	if (store_case_by_name(live->store, name, id_r, &err) == -1)
		return live_broken(live, &err);
	return *id_r != 0 ? 0 : live_fail(live, 1, "there is no case \"%s\"; \"advicectl cases --all\" lists them", name);
}

/* "advice.worker=mona@..." or "worker=...": a dot before the equals sign parts the strand from the fact. */
static bool
read_fact(struct live *live, const char *text, struct change_wish *wish)
{
	const char *equals = strchr(text, '='), *dot = memchr(text, '.', equals == NULL ? 0 : (size_t)(equals - text));
	const char *name = dot == NULL ? text : dot + 1;

	if (equals == NULL || equals == name || dot == text)
		return false;
	wish->strand = dot == NULL ? NULL : arena_strndup(live->arena, text, (size_t)(dot - text));
	wish->fact = arena_strndup(live->arena, name, (size_t)(equals - name));
	wish->value = equals + 1;
	return true;
}

static int
read_mail(struct live *live, const char *text, struct change_wish *wish)
{
	struct message_row *row;
	struct err err;
	long id;

	if (!str_number(text, 1, INT32_MAX, &id))
		return live_usage(live, "detach");
	if (store_message(live->store, live->arena, id, &row, &err) == -1)
		return live_broken(live, &err);
	if (row == NULL)
		return live_fail(live, 1, "there is no mail %ld; \"advicectl case\" shows the numbers of a case's mails", id);
	if (row->case_id == 0)
		return live_fail(live, 1, "mail %ld is in no case", id);
	wish->message = id;
	wish->case_id = row->case_id;
	return 0;
}

static int
read_mailbox(struct live *live, const char *name, struct change_wish *wish)
{
	struct mailbox_row *row;
	struct err err;

	if (name == NULL)
		return 0;
	if (store_mailbox(live->store, live->arena, name, &row, &err) == -1)
		return live_broken(live, &err);
	if (row == NULL)
		return live_fail(live, 1, "there is no mailbox \"%s\"; \"advicectl status\" lists them", name);
	wish->mailbox = row->address;
	return 0;
}

static int
read_pause(struct live *live, int *argc, char **argv, struct change_wish *wish)
{
	const char *until = take_option(argc, argv, "--until");
	int code = read_mailbox(live, take_option(argc, argv, "--mailbox"), wish);

	wish->long_pause = take_flag(argc, argv, "--long");
	if (code != 0)
		return code;
	if (*argc > 2 || (*argc == 2 && wish->mailbox != NULL))
		return live_usage(live, argv[0]);
	if (wish->word == ADMIN_PAUSE && until == NULL)
		return live_fail(live, 2, "a pause needs an end: --until 2026-09-21T09:00");
	if (wish->word == ADMIN_PAUSE && !instant_parse_iso(until, &wish->until))
		return live_fail(live, 2, "\"%s\" is no time for the end of a pause; write it as 2026-09-21T09:00",
		    str_visible(live->arena, until, 60));
	return *argc == 2 ? case_named(live, argv[1], &wish->case_id) : 0;
}

/* "advice.statutory" or "statutory"; NAME of the exception; and the new day. */
static int
read_exception(struct live *live, int argc, char **argv, struct change_wish *wish)
{
	const char *until = take_option(&argc, argv, "--until"), *days = take_option(&argc, argv, "--days"), *dot;
	long number = 0;

	if (argc != 4 || (until == NULL) == (days == NULL))
		return live_usage(live, argv[0]);
	if (until != NULL && !date_parse_iso(until, &wish->day))
		return live_fail(live, 2, "--until is a day such as 2026-11-09; found \"%s\"", until);
	if (days != NULL && !str_number(days, 1, 3660, &number))
		return live_fail(live, 2, "--days is a number of calendar days from 1; found \"%s\"", days);
	dot = strchr(argv[2], '.');
	wish->strand = dot == NULL ? NULL : arena_strndup(live->arena, argv[2], (size_t)(dot - argv[2]));
	wish->fact = dot == NULL ? argv[2] : dot + 1;
	wish->value = argv[3];
	wish->days = (int)number;
	return case_named(live, argv[1], &wish->case_id);
}

/* What stands behind the command's name; 0, or the exit code. */
static int
read_wish(struct live *live, int argc, char **argv, struct change_wish *wish)
{
	int code = 0, words = 2;
	long number;

	if (wish->word == ADMIN_PAUSE || wish->word == ADMIN_RESUME)
		return read_pause(live, &argc, argv, wish);
	if (wish->word == ADMIN_EXCEPT)
		return read_exception(live, argc, argv, wish);
	wish->quiet = wish->word == ADMIN_MOVE && take_flag(&argc, argv, "--quiet");
	words = wish->word == ADMIN_CORRECT || wish->word == ADMIN_MERGE ? 3 : wish->word == ADMIN_MOVE ? 4 : 2;
	if (argc != words)
		return live_usage(live, argv[0]);
	if (wish->word == ADMIN_DETACH)
		return read_mail(live, argv[1], wish);
	if (wish->word == ADMIN_UNDO) {
		if (!str_number(argv[1], 1, INT32_MAX, &number))
			return live_usage(live, argv[0]);
		wish->undoes = number;
		return 0;
	}
	if ((code = case_named(live, argv[1], &wish->case_id)) != 0)
		return code;
	if (wish->word == ADMIN_CORRECT && !read_fact(live, argv[2], wish))
		return live_usage(live, argv[0]);
	if (wish->word == ADMIN_MERGE)
		return case_named(live, argv[2], &wish->other);
	if (wish->word == ADMIN_MOVE) {
		wish->strand = argv[2];
		wish->stage = argv[3];
	}
	return 0;
}

static bool
needs_reason(enum admin_word word)
{
	return word != ADMIN_UNDO && word != ADMIN_RESUME;
}

static bool
word_of(const char *name, enum admin_word *word_r)
{
	for (enum admin_word word = ADMIN_CORRECT; word <= ADMIN_EXCEPT; word++)
		if (strcmp(admin_word_name(word), name) == 0) {
			*word_r = word;
			return true;
		}
	return false;
}

int
live_change(struct live *live, int argc, char **argv)
{
	struct live_options options;
	struct wanting wanting = { .wish = { .who = live->who, .until = INSTANT_NONE, .day = DAY_NONE }, .options = &options };
	int code;

	argc = live_options(argc, argv, &options);
	wanting.wish.reason = options.reason;
	if (!word_of(argv[0], &wanting.wish.word) || live->engine == NULL)
		return live_usage(live, argv[0]);
	if ((code = read_wish(live, argc, argv, &wanting.wish)) != 0)
		return code;
	if (needs_reason(wanting.wish.word) && options.reason[0] == '\0')
		return live_fail(live, 2, "say why, with --reason \"...\": it is kept with the case");
	return live_try(live, &options, change, &wanting);
}
