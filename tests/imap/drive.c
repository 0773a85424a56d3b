/*
 * Runs the real fetch role as a process and plays parent and core for it, in
 * lines of text: requests on stdin, frames on stdout.
 *	drive HOST PORT tls|plain CA USER PASSWORD FOLDER TIMEOUT_S POLL_S IDLE_S MAX_KB SPOOL RETRY_MS
 * "resume" says how core thinks of the folder, and how it decides when that has
 * been made anew: "baseline" (what is there stays), "adopt:DATE" (what came
 * from that day on is wanted), "resume" (all is taken).
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/date.h"
#include "base/log.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "role/fetch.h"
#include "spool/spool.h"

static struct channel *parent, *core;
static char mode[64];		/* of the last resume */

static void
send_frame(struct channel *channel, struct frame *frame)
{
	channel_queue(channel, frame);
	channel_flush(channel, NULL);
	frame_free(frame);
}

static void
put_uids(struct frame *frame, char *text)
{
	uint32_t uids[20000], n = 0;

	for (char *word = strtok(text, ","); word != NULL && n < 20000; word = strtok(NULL, ","))
		uids[n++] = (uint32_t)strtoul(word, NULL, 10);
	put_u32(frame, n);
	for (uint32_t i = 0; i < n; i++)
		put_u32(frame, uids[i]);
}

static void
put_file(struct frame *frame, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	put_fd(frame, fd);
	close(fd);
}

/* Words are separated by tabs; the second is the id. */
static void
request(char *line)
{
	char *w[8] = { NULL };
	struct frame frame;
	int n = 0;

	for (char *p = line; n < 8 && p != NULL; )
		w[n++] = strsep(&p, "\t");
	for (; n < 8; n++)
		w[n] = line + strlen(line);
	uint64_t id = strtoull(w[1], NULL, 10);

	if (strcmp(w[0], "resume") == 0) {
		uint32_t uidvalidity = (uint32_t)strtoul(w[2], NULL, 10);

		snprintf(mode, sizeof(mode), "%s", w[4]);
		frame_init(&frame, WIRE_RESUME, id);
		put_u32(&frame, uidvalidity);
		put_u32(&frame, (uint32_t)strtoul(w[3], NULL, 10));
		put_u32(&frame, uidvalidity);
		put_u32(&frame, 0);
		put_uids(&frame, w[5]);
	} else if (strcmp(w[0], "settle") == 0) {
		frame_init(&frame, WIRE_SETTLE, id);
		put_str(&frame, w[2]);
		put_str(&frame, w[3]);
		put_u32(&frame, (uint32_t)strtoul(w[4], NULL, 10));
		put_uids(&frame, w[5]);
	} else if (strcmp(w[0], "refile") == 0) {
		frame_init(&frame, WIRE_REFILE, id);
		put_str(&frame, w[2]);
		put_str(&frame, w[3]);
		put_str(&frame, "");
		put_u32(&frame, (uint32_t)strtoul(w[4], NULL, 10));
		put_u32(&frame, 1);
		put_u64(&frame, strtoull(w[5], NULL, 10));
		put_i64(&frame, strtoll(w[6], NULL, 10));
		put_str(&frame, w[7]);
	} else if (strcmp(w[0], "append") == 0) {
		frame_init(&frame, WIRE_APPEND, id);
		put_str(&frame, w[2]);
		put_str(&frame, w[3]);
		put_str(&frame, w[4]);
		put_file(&frame, w[5]);
	} else if (strcmp(w[0], "find") == 0) {
		frame_init(&frame, WIRE_FIND, id);
		put_str(&frame, w[2]);
		put_str(&frame, w[3]);
	} else if (strcmp(w[0], "nonsense") == 0) {
		frame_init(&frame, WIRE_SENT, id);
	} else if (strcmp(w[0], "alive") == 0) {
		frame_init(&frame, WIRE_ALIVE_ASK, id);
		send_frame(parent, &frame);
		return;
	} else if (strcmp(w[0], "stop") == 0) {
		frame_init(&frame, WIRE_STOP, id);
		send_frame(parent, &frame);
		return;
	} else
		frame_init(&frame, WIRE_POLL, id);
	send_frame(core, &frame);
}

/* What core makes of a folder that it does not know. */
static void
take_anew(uint32_t uidvalidity, uint32_t highest)
{
	bool baseline = strcmp(mode, "baseline") == 0, adopt = strncmp(mode, "adopt:", 6) == 0;
	struct frame frame;

	frame_init(&frame, WIRE_RESUME, 0);
	put_u32(&frame, uidvalidity);
	put_u32(&frame, baseline ? highest : 0);
	put_u32(&frame, uidvalidity);
	put_u32(&frame, adopt ? highest : 0);
	put_u32(&frame, 0);
	send_frame(core, &frame);
	printf("%s\t%u\t%u", baseline ? "baseline" : "anew", uidvalidity, highest);
}

static void
take_listing(struct frame *listing, struct arena *arena)
{
	uint32_t number = get_u32(listing), wanted[500], count = 0, uid = 0, n;
	struct frame frame;
	dayno day = 0;

	get_u32(listing);
	get_u32(listing);
	n = get_u32(listing);
	date_parse_iso(mode + strlen("adopt:"), &day);
	for (uint32_t i = 0; i < n && i < 500 && !listing->bad; i++) {
		uid = get_u32(listing);
		get_u64(listing);
		if (get_i64(listing) >= instant_at(day, 0))
			wanted[count++] = uid;
		get_str(listing, arena);
	}
	frame_init(&frame, WIRE_WANTED, 0);
	put_u32(&frame, number);
	put_u32(&frame, uid);
	put_u32(&frame, count);
	for (uint32_t i = 0; i < count; i++)
		put_u32(&frame, wanted[i]);
	send_frame(core, &frame);
	printf("listing\t%u", n);
}

static void
show(struct frame *frame)
{
	struct arena *arena = arena_new();
	uint32_t n;

	switch (frame->type) {
	case WIRE_ALIVE:
		printf("alive\t%ju", (uintmax_t)frame->id);
		break;
	case WIRE_STATE:
		printf("state\t%u", get_u32(frame));
		for (int i = 0; i < 3; i++)
			printf("\t%u", get_u32(frame));
		printf("\t%ju", (uintmax_t)frame->id);
		break;
	case WIRE_ANEW:
		n = get_u32(frame);
		take_anew(n, get_u32(frame));
		break;
	case WIRE_LISTING:
		take_listing(frame, arena);
		break;
	case WIRE_GONE:
		printf("gone\t%u", get_u32(frame));
		printf("\t%u", get_u32(frame));
		get_u64(frame);
		get_i64(frame);
		break;
	case WIRE_ENTERED:
		printf("entered\t%s", get_str(frame, arena));
		printf("\t%u", get_u32(frame));
		printf("\t%u", get_u32(frame));
		printf("\t%ju", (uintmax_t)get_u64(frame));
		printf("\t%jd", (intmax_t)get_i64(frame));
		break;
	case WIRE_REFUSED:
		printf("refused\t%u", get_u32(frame));
		printf("\t%u", get_u32(frame));
		printf("\t%ju", (uintmax_t)get_u64(frame));
		printf("\t%jd", (intmax_t)get_i64(frame));
		printf("\t%s", get_str(frame, arena));
		break;
	case WIRE_SETTLED:
		printf("settled\t%ju\t%u\t", (uintmax_t)frame->id, get_u32(frame));
		n = get_u32(frame);
		for (uint32_t i = 0; i < n && !frame->bad; i++) {
			uint32_t uid = get_u32(frame), result = get_u32(frame), new_uid = get_u32(frame);

			printf("%s%u:%u:%u", i > 0 ? "," : "", uid, result, new_uid);
		}
		break;
	case WIRE_APPENDED:
		printf("appended\t%ju\t%u", (uintmax_t)frame->id, get_u32(frame));
		break;
	case WIRE_FOUND:
		printf("found\t%ju\t", (uintmax_t)frame->id);
		n = get_u32(frame);
		for (uint32_t i = 0; i < n && !frame->bad; i++)
			printf("%s%u", i > 0 ? "," : "", get_u32(frame));
		break;
	case WIRE_TROUBLE:
		printf("trouble\t%u", get_u32(frame));
		printf("\t%s", get_str(frame, arena));
		break;
	default:
		printf("unknown\t%u", frame->type);
	}
	printf("%s\n", get_end(frame) ? "" : "\tMALFORMED");
	fflush(stdout);
	arena_free(&arena);
}

static int
serve(struct channel *channel)
{
	struct frame frame;
	struct err err;
	int gone = channel_fill(channel, &err);

	while (channel_next(channel, &frame)) {
		show(&frame);
		frame_free(&frame);
	}
	return gone;
}

static void
loop(void)
{
	struct pollfd fds[3] = { { 0, POLLIN, 0 }, { channel_fd(parent), POLLIN, 0 },
	    { channel_fd(core), POLLIN, 0 } };
	char line[200000];

	for (;;) {
		if (poll(fds, 3, -1) == -1)
			return;
		if (fds[0].revents != 0) {
			if (fgets(line, sizeof(line), stdin) == NULL)
				return;
			line[strcspn(line, "\n")] = '\0';
			request(line);
		}
		if (serve(parent) == -1 || serve(core) == -1)
			return;
	}
}

int
main(int argc, char **argv)
{
	struct mailbox_config mailbox = { .name = "advice", .address = "advice@test.example" };
	struct fetch_role_start start = { .mailbox = &mailbox };
	struct spool spool;
	struct err err;
	int to_parent[2], to_core[2], status;
	pid_t pid;

	if (argc != 14)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	signal(SIGPIPE, SIG_IGN);
	mailbox.imap = (struct server){ .host = argv[1], .port = atoi(argv[2]),
	    .tls = strcmp(argv[3], "tls") == 0 ? TLS_IMPLICIT : TLS_NONE,
	    .ca_file = *argv[4] == '\0' ? NULL : argv[4], .user = argv[5], .timeout_s = atoi(argv[8]) };
	start.password = argv[6];
	mailbox.folder = argv[7];
	mailbox.poll_s = atoi(argv[9]);
	mailbox.idle_s = atoi(argv[10]);
	start.max_mail_bytes = (uint64_t)atoi(argv[11]) << 10;
	start.retry_ms = atoi(argv[13]);
	if (spool_open(argv[12], &spool, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to_parent) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to_core) == -1 || (pid = fork()) == -1)
		return 1;
	if (pid == 0) {
		close(0);
		close(to_parent[0]);
		close(to_core[0]);
		log_init("fetch", LOG_LEVEL_INFO);
		start.parent_fd = to_parent[1];
		start.core_fd = to_core[1];
		start.tmp_fd = spool.tmp;
		start.new_fd = spool.new;
		_exit(role_fetch(&start));
	}
	close(to_parent[1]);
	close(to_core[1]);
	spool_close(&spool);
	parent = channel_new(to_parent[0]);
	core = channel_new(to_core[0]);
	printf("pid\t%d\n", (int)pid);
	fflush(stdout);
	loop();
	channel_free(&core);
	channel_free(&parent);
	if (waitpid(pid, &status, 0) == -1)
		return 1;
	printf("exit\t%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
