/*
 * Runs the fetch or the send role as a process, as a configuration says, and
 * plays parent and core for it, in lines of text: requests on stdin, frames on
 * stdout, words separated by tabs.
 *	drive fetch CONFIG SPOOL	(the first mailbox)
 *	drive send CONFIG
 * Requests: "mail ID FROM PATH TO...", "poll", "stop".
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

#include "base/log.h"
#include "conf/config.h"
#include "conf/sign_in.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "role/fetch.h"
#include "role/send.h"
#include "signin/signin.h"
#include "spool/spool.h"

#define WORDS	16

static struct channel *parent, *core;

static void
send_frame(struct channel *channel, struct frame *frame)
{
	channel_queue(channel, frame);
	channel_flush(channel, NULL);
	frame_free(frame);
}

static void
say(struct channel *channel, uint16_t type, uint64_t id)
{
	struct frame frame;

	frame_init(&frame, type, id);
	send_frame(channel, &frame);
}

static void
say_resume(uint32_t uidvalidity, uint32_t highest)
{
	struct frame frame;

	frame_init(&frame, WIRE_RESUME, 1);
	put_u32(&frame, uidvalidity);	/* our number for the folder */
	put_u32(&frame, highest);
	put_u32(&frame, uidvalidity);
	put_u32(&frame, 0);
	put_u32(&frame, 0);
	send_frame(core, &frame);
}

static void
ask_mail(char **w, int n)
{
	int fd = open(w[3], O_RDONLY | O_CLOEXEC);
	struct frame frame;

	frame_init(&frame, WIRE_SEND, strtoull(w[1], NULL, 10));
	put_str(&frame, w[2]);
	put_u32(&frame, (uint32_t)(n - 4));
	for (int i = 4; i < n; i++)
		put_str(&frame, w[i]);
	put_fd(&frame, fd);
	close(fd);
	send_frame(core, &frame);
}

static void
request(char *line)
{
	char *w[WORDS];
	int n = 0;

	while (n < WORDS && line != NULL)
		w[n++] = strsep(&line, "\t");
	if (strcmp(w[0], "mail") == 0 && n > 4)
		ask_mail(w, n);
	else if (strcmp(w[0], "poll") == 0)
		say(core, WIRE_POLL, 1);
	else if (strcmp(w[0], "stop") == 0)
		say(parent, WIRE_STOP, 0);
}

static void
show_sent(struct frame *frame, struct arena *arena)
{
	uint32_t n;

	printf("sent\t%ju", (uintmax_t)frame->id);
	printf("\t%u", get_u32(frame));
	printf("\t%u", get_u32(frame));
	printf("\t%s", get_str(frame, arena));
	n = get_u32(frame);
	for (uint32_t i = 0; i < n && !frame->bad; i++) {
		get_str(frame, arena);
		get_u32(frame);
		get_u32(frame);
		get_str(frame, arena);
	}
	printf("\t%u\t%u", n, get_u32(frame));
}

static void
show(struct frame *frame)
{
	struct arena *arena = arena_new();
	uint32_t number, highest;

	switch (frame->type) {
	case WIRE_ALIVE:
	case WIRE_READY:
		printf("answered");
		break;
	case WIRE_STATE:
		printf("state\t%u", get_u32(frame));
		for (int i = 0; i < 3; i++)
			get_u32(frame);
		break;
	case WIRE_ANEW:
		number = get_u32(frame);
		highest = get_u32(frame);
		printf("anew");
		say_resume(number, highest);
		break;
	case WIRE_ENTERED:
		printf("entered\t%s", get_str(frame, arena));
		for (int i = 0; i < 2; i++)
			get_u32(frame);
		get_u64(frame);
		get_i64(frame);
		break;
	case WIRE_TROUBLE:
		printf("trouble\t%u", get_u32(frame));
		printf("\t%s", get_str(frame, arena));
		break;
	case WIRE_SIGN_IN:
		printf("sign-in\t%s", get_str(frame, arena));
		printf("\t%jd", (intmax_t)get_i64(frame));
		break;
	case WIRE_SENDING:
		printf("sending\t%ju", (uintmax_t)frame->id);
		say(core, WIRE_GO, frame->id);
		break;
	case WIRE_SENT:
		show_sent(frame, arena);
		break;
	default:
		printf("other\t%u\n", frame->type);
		arena_free(&arena);
		return;
	}
	printf("%s\n", get_end(frame) ? "" : "\tMALFORMED");
	arena_free(&arena);
}

static int
serve(struct channel *channel)
{
	struct frame frame;
	int gone = channel_fill(channel, NULL);

	while (channel_next(channel, &frame)) {
		show(&frame);
		frame_free(&frame);
	}
	fflush(stdout);
	return gone;
}

static void
loop(void)
{
	struct pollfd fds[3] = { { 0, POLLIN, 0 }, { channel_fd(parent), POLLIN, 0 }, { channel_fd(core), POLLIN, 0 } };
	char line[20000];

	for (;;) {
		int n = poll(fds, 3, 200);

		if (n == -1)
			return;
		if (n == 0)
			say(parent, WIRE_ALIVE_ASK, 0);
		if (fds[0].revents != 0) {
			if (fgets(line, sizeof(line), stdin) == NULL)
				return;
			line[strcspn(line, "\n")] = '\0';
			request(line);
		}
		if ((fds[1].revents != 0 && serve(parent) == -1) || (fds[2].revents != 0 && serve(core) == -1))
			return;
	}
}

static int
run_fetch(const struct config *config, const char *secret, const char *path, int parent_fd, int core_fd)
{
	struct fetch_role_start start = { .mailbox = &config->mailboxes[0], .password = secret,
	    .max_mail_bytes = 1 << 20, .parent_fd = parent_fd, .core_fd = core_fd };
	struct spool spool;
	struct err err;

	if (spool_open(path, &spool, &err) == -1) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	start.tmp_fd = dup(spool.tmp);
	start.new_fd = dup(spool.new);
	spool_close(&spool);
	return role_fetch(&start);
}

static int
run_send(const struct config *config, const char *secret, int parent_fd, int core_fd)
{
	struct send_start start = { .server = &config->smtp, .password = secret, .graph = config->graph,
	    .parent_fd = parent_fd, .core_fd = core_fd };

	return role_send(&start);
}

static struct config *
read_config(struct arena *arena, const char *path)
{
	struct problems problems = { .arena = arena };
	struct config *config;
	struct buf out = BUF_INIT;

	if (config_read(arena, path, &config, &problems) == 0)
		return config;
	problems_print(&problems, &out);
	fprintf(stderr, "%s", buf_text(&out));
	exit(2);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	int to_parent[2], to_core[2], status;
	const struct server *server;
	struct config *config;
	bool is_fetch;
	char *secret;
	struct err err;
	pid_t pid;

	if (argc < 3)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	signal(SIGPIPE, SIG_IGN);
	is_fetch = strcmp(argv[1], "fetch") == 0;
	config = read_config(arena, argv[2]);
	server = is_fetch ? &config->mailboxes[0].imap : &config->smtp;
	if (config_secret(server, &secret, &err) == -1 ||
	    (server->sign_in != NULL && signin_check(server->sign_in, secret, &err) == -1)) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to_parent) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to_core) == -1 || (pid = fork()) == -1)
		return 1;
	if (pid == 0) {
		close(0);
		close(to_parent[0]);
		close(to_core[0]);
		log_init(argv[1], LOG_LEVEL_DEBUG);
		_exit(is_fetch ? run_fetch(config, secret, argv[3], to_parent[1], to_core[1]) :
		    run_send(config, secret, to_parent[1], to_core[1]));
	}
	close(to_parent[1]);
	close(to_core[1]);
	parent = channel_new(to_parent[0]);
	core = channel_new(to_core[0]);
	printf("pid\t%d\n", (int)pid);
	fflush(stdout);
	if (is_fetch)
		say_resume(0, 0);
	loop();
	channel_free(&core);
	channel_free(&parent);
	if (waitpid(pid, &status, 0) == -1)
		return 1;
	printf("exit\t%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	free(secret);
	arena_free(&arena);
	return 0;
}
