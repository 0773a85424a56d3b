/*
 * Live commands from the shell: through the control socket to core, or, when
 * no daemon runs, by ourselves (live_alone.c).  Runs in advicectl.
 * Invariant: what a person is asked about was shown to them before.
 * Fails: exit 1 when neither way is open; says which and what to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/live.h"
#include "ctl/live_alone.h"
#include "ctl/progress.h"
#include "ipc/frame.h"
#include "ipc/wire.h"

#define ANSWER_MS	(10 * 60 * 1000)	/* without a word; `clock until` may take its time */
#define WAITING_MS	1000
#define TRIES		20			/* a daemon that is just being started or stopped */
#define TRY_EVERY_MS	150
#define LOOK_EVERY_MS	500
#define PIECE_ROWS	100000

/* ---- The configuration */

int
ctl_config(struct arena *arena, const char *path, struct config **config_r)
{
	struct problems problems = { .arena = arena };
	struct buf out = BUF_INIT;
	int rc = config_read(arena, path != NULL ? path : place_config(arena), config_r, &problems);

	if (rc == -1) {
		problems_print(&problems, &out);
		fputs(buf_text(&out), stderr);
	} else
		place_defaults(arena, *config_r);
	buf_free(&out);
	return rc;
}

/* ---- Through the socket */

int
ctl_connect(const char *path, bool waits)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int saved, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK), 0);

	if (fd == -1 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void
command_put(struct frame *frame, int argc, char **argv, int file)
{
	frame_init(frame, WIRE_CTL, 1);
	put_u32(frame, (uint32_t)argc);
	for (int i = 0; i < argc; i++)
		put_str(frame, argv[i]);
	if (file != -1)
		put_fd(frame, file);
}

/* How far the daemon has got with it. */
static void
far_take(struct frame *frame, struct progress *progress)
{
	struct arena *arena = arena_new();
	uint64_t done, all;

	progress->what = get_str(frame, arena);
	done = get_u64(frame);
	all = get_u64(frame);
	if (get_end(frame))
		progress_say(progress, done, all);
	progress->what = "";
	arena_free(&arena);
}

/* True when that was the last of it.  heard: what is said goes there, and not to stdout; or NULL. */
static bool
answer_take(struct frame *frame, struct buf *heard, struct progress *progress, int *code)
{
	const void *data;
	size_t len;

	switch (frame->type) {
	case WIRE_CTL_FAR:
		far_take(frame, progress);
		return false;
	case WIRE_CTL_OUT:
	case WIRE_CTL_ERR:
		progress_end(progress);
		data = get_bytes(frame, &len);
		if (frame->type == WIRE_CTL_OUT && heard != NULL)
			buf_add(heard, data, len);
		else if (len > 0)
			fwrite(data, 1, len, frame->type == WIRE_CTL_OUT ? stdout : stderr);
		return false;
	case WIRE_CTL_END:
		*code = (int)get_u32(frame);
		return true;
	default:
		*code = ctl_fail(1, "the daemon answered in words that make no sense");
		return true;
	}
}

/* Somebody at a terminal sees that the daemon takes its time, until it says itself how far it has got. */
static int
answer_wait(struct channel *channel, struct progress *progress, struct frame *frame, struct err *err)
{
	bool waits = progress->on && !progress->shown;

	for (int waited_ms = WAITING_MS; waits && waited_ms < ANSWER_MS; waited_ms += WAITING_MS) {
		if (channel_wait(channel, WAITING_MS, frame, err) == 0)
			return 0;
		if (err->scope != ERR_RETRY)	/* it is no longer there */
			return -1;
		progress->what = "waiting for the daemon, seconds";
		progress_say(progress, (uint64_t)waited_ms / 1000, 0);
	}
	return channel_wait(channel, ANSWER_MS, frame, err);
}

static int
ask_daemon(int fd, int argc, char **argv, int file, struct buf *heard)
{
	struct channel *channel = channel_new(fd);
	struct progress progress;
	struct frame frame;
	struct err err;
	bool done = false;
	int code = 1;

	progress_begin(&progress, "");
	command_put(&frame, argc, argv, file);
	channel_queue(channel, &frame);
	frame_free(&frame);
	while (!done) {
		if (answer_wait(channel, &progress, &frame, &err) == -1) {
			code = ctl_fail(1, "the daemon broke off (%s); look with \"advicectl status\" whether it did what you asked", err.text);
			break;
		}
		done = answer_take(&frame, heard, &progress, &code);
		frame_free(&frame);
	}
	progress_end(&progress);
	channel_free(&channel);
	return code;
}

/* ---- Either way */

static int
ask_or_do(struct arena *arena, const struct config *config, int argc, char **argv, int file, struct buf *heard)
{
	struct err err = { ERR_NONE, "" };
	int fd, code;

	for (int i = 0; i < TRIES; i++) {
		if ((fd = ctl_connect(config->socket, true)) != -1)
			return ask_daemon(fd, argc, argv, file, heard);
		if (errno == EACCES)
			return ctl_fail(1, "you may not use %s; the members of its group may (usually adviced)", config->socket);
		if (strcmp(argv[0], "clock") == 0)
			return ctl_fail(1, "no daemon listens at %s; time is moved in a running one: adviced --test-clock", config->socket);
		if (live_alone(arena, config, argc, argv, file, heard, &code, &err) == 0)
			return code;
		if (err.scope != ERR_RETRY)
			break;
	}
	return ctl_fail(1, "%s, and no daemon answers at %s", err.text, config->socket);
}

int
ctl_ask(struct arena *arena, const struct config *config, int argc, char **argv, struct buf *heard)
{
	return ask_or_do(arena, config, argc, argv, -1, heard);
}

int
ctl_ask_piece(const struct config *config, int argc, char **argv, int piece, struct buf *heard)
{
	struct arena *arena = arena_new();
	char **words = arena_alloc(arena, ((size_t)argc + 3) * sizeof(*words));	/* who reads them moves them about */
	int code;

	memcpy(words, argv, (size_t)argc * sizeof(*words));
	words[argc] = arena_strdup(arena, "--piece");
	words[argc + 1] = arena_printf(arena, "%d", piece);
	words[argc + 2] = NULL;
	code = ask_or_do(arena, config, argc + 2, words, -1, heard);
	arena_free(&arena);
	return code;
}

int
ctl_ask_daemon(const struct config *config, int argc, char **argv, struct buf *heard)
{
	int fd = ctl_connect(config->socket, true);

	return fd == -1 ? ctl_fail(1, "no daemon answers at %s", config->socket) : ask_daemon(fd, argc, argv, -1, heard);
}

/* A person at a terminal is asked; a script is told that nothing has changed. */
static bool
says_yes(const char *command)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		ctl_fail(1, "nothing was changed; \"advicectl %s ... --yes\" makes the changes shown above", command);
		return false;
	}
	fputs("Make these changes? [y/N] ", stderr);
	if (fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y'))
		return true;
	ctl_fail(1, "nothing was changed");
	return false;
}

/* The file that `import` reads: core has no right to open it, so it gets the descriptor. */
static const char *
file_named(int argc, char **argv)
{
	int words = 0;

	if (strcmp(argv[0], "import") != 0)
		return NULL;
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--", 2) != 0 && ++words == 2)
			return argv[i];
	return NULL;
}

/* ---- What advicectl does with the words before and behind core */

/* Core's folder is not ours. */
static const char *
path_from_here(struct arena *arena, const char *path)
{
	char here[PATH_MAX];

	return path[0] == '/' || getcwd(here, sizeof(here)) == NULL ? path : arena_printf(arena, "%s/%s", here, path);
}

/* The word behind an option, or NULL. */
static char **
word_behind(int argc, char **argv, const char *option)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], option) == 0)
			return &argv[i + 1];
	return NULL;
}

/* `evidence --out FILE`: what is said goes there, into a file that nobody else can read; NULL: it was not wanted. */
static int
out_to_file(int *argc, char **argv, const char **file_r)
{
	char **word = word_behind(*argc, argv, "--out");
	int fd;

	*file_r = NULL;
	if (strcmp(argv[0], "evidence") != 0 || word == NULL)
		return 0;
	*file_r = *word;
	memmove(word - 1, word + 1, (size_t)(argv + *argc - (word + 1)) * sizeof(*argv));
	*argc -= 2;
	fd = open(*file_r, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return errno == EEXIST ? ctl_fail(1, "%s is there already; name a file that is not, or remove it", *file_r) :
		    ctl_fail(1, "%s: %s", *file_r, strerror(errno));
	fflush(stdout);
	if (dup2(fd, STDOUT_FILENO) == -1)
		return ctl_fail(1, "%s: %s", *file_r, strerror(errno));
	close(fd);
	return 0;
}

/* What is long is asked for piece by piece, so that core can do other things in between. */
static int
ask_in_pieces(const struct config *config, int argc, char **argv, const char *what, uint64_t rows)
{
	struct buf heard = BUF_INIT;
	struct progress progress;
	int code = LIVE_GOES_ON;

	progress_begin(&progress, what);
	for (int piece = 0; code == LIVE_GOES_ON; piece++) {
		if (piece > 0)
			progress_say(&progress, (uint64_t)piece * rows, 0);
		code = ctl_ask_piece(config, argc, argv, piece, &heard);
		progress_end(&progress);
		fwrite(buf_text(&heard), 1, heard.len, stdout);
		buf_reset(&heard);
	}
	buf_free(&heard);
	return code;
}

/* Older mail is read in the background: a person at a terminal sees how far that has got, until it can be shown. */
static int
ask_until_read(struct arena *arena, const struct config *config, int argc, char **argv)
{
	unsigned long long done = 0, all = 0;
	struct buf heard = BUF_INIT;
	struct progress progress;
	int code;

	progress_begin(&progress, "reading older mail");
	while ((code = ask_or_do(arena, config, argc, argv, -1, &heard)) == LIVE_NOT_YET) {
		sscanf(buf_text(&heard), "%llu %llu", &done, &all);
		buf_reset(&heard);
		if (!progress.on) {
			code = ctl_fail(1, "%llu mails were found and %llu of them read so far; look again in a while", all, done);
			break;
		}
		progress_say(&progress, done, all);
		poll(NULL, 0, LOOK_EVERY_MS);
	}
	progress_end(&progress);
	fwrite(buf_text(&heard), 1, heard.len, stdout);
	buf_free(&heard);
	return code;
}

/* What was shown and agreed to is done without being shown again. */
static int
ask_person(struct arena *arena, const struct config *config, int argc, char **argv, int file)
{
	char **words = arena_alloc(arena, ((size_t)argc + 2) * sizeof(*words));

	if (!says_yes(argv[0]))
		return 1;
	memcpy(words, argv, (size_t)argc * sizeof(*words));
	words[argc] = arena_strdup(arena, "--asked");
	if (file != -1 && lseek(file, 0, SEEK_SET) == -1)
		return ctl_fail(1, "the file cannot be read again: %s", strerror(errno));
	return ask_or_do(arena, config, argc + 1, words, file, NULL);
}

/* Whoever does it is told that what it says goes to a terminal. */
static char **
with_colour(struct arena *arena, int *argc, char **argv)
{
	char **words = arena_alloc(arena, ((size_t)*argc + 2) * sizeof(*words));

	memcpy(words, argv, (size_t)*argc * sizeof(*words));
	words[*argc] = arena_strdup(arena, "--colour");
	words[++*argc] = NULL;
	return words;
}

int
ctl_live(const struct ctl *ctl, int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct config *config = NULL;
	const char *name, *out = NULL;
	int file = -1, code = 0;
	struct stat st;

	if ((name = file_named(argc, argv)) != NULL) {
		file = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);	/* a named pipe would wait for its writer */
		if (file == -1)
			code = ctl_fail(1, "%s: %s", name, strerror(errno));
		else if (fstat(file, &st) == 0 && S_ISDIR(st.st_mode))
			code = ctl_fail(1, "%s is a folder; name the list in it, a CSV file", name);
	}
	if (code == 0 && ctl_config(arena, ctl->config, &config) == -1)
		code = 1;
	if (code == 0)
		code = out_to_file(&argc, argv, &out);
	if (ctl->colour && out == NULL && strcmp(argv[0], "restore") != 0)
		argv = with_colour(arena, &argc, argv);
	if (strcmp(argv[0], "backup") == 0 && word_behind(argc, argv, "--to") != NULL)
		*word_behind(argc, argv, "--to") = arena_strdup(arena, path_from_here(arena, *word_behind(argc, argv, "--to")));
	if (code == 0)
		code = strcmp(argv[0], "restore") == 0 ? ctl_restore(arena, config, argc, argv) :
		    strcmp(argv[0], "verify") == 0 ? ask_in_pieces(config, argc, argv, "rows of the journal", PIECE_ROWS) :
		    strcmp(argv[0], "cases") == 0 ? ask_in_pieces(config, argc, argv, "cases", LIVE_PIECE) :
		    strcmp(argv[0], "due") == 0 ? ctl_due(config, argc, argv) :
		    strcmp(argv[0], "adopt") == 0 ? ask_until_read(arena, config, argc, argv) :
		    ask_or_do(arena, config, argc, argv, file, NULL);
	if (code == LIVE_WANTS_YES)
		code = ask_person(arena, config, argc, argv, file);
	if (out != NULL && (fflush(stdout) == EOF || fsync(STDOUT_FILENO) == -1) && code == 0)
		code = ctl_fail(1, "%s: %s", out, strerror(errno));
	if (out != NULL && code != 0)
		unlink(out);
	if (file != -1)
		close(file);
	arena_free(&arena);
	return code;
}
