/*
 * Runs the real send role as a process of its own, plays its parent and core,
 * and prints every frame that comes back as one JSON object a line.
 *	driver HOST PORT starttls|implicit|none CA USER PASSWORD TIMEOUT_S COUNT FROM MAIL TO...
 * "-" stands for no CA, no user.  The same mail is sent COUNT times.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "role/send.h"

#define FIRST_TO 11
#define ALIVE_MS 300

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

static void
print_recipients(struct frame *frame, struct arena *arena, struct buf *out)
{
	uint32_t n = get_u32(frame), i;

	json_open(out, "recipients", '[');
	for (i = 0; i < n && !frame->bad; i++) {
		json_open(out, NULL, '{');
		json_str(out, "address", get_str(frame, arena));
		json_int(out, "result", get_u32(frame));
		json_int(out, "code", get_u32(frame));
		json_str(out, "reply", get_str(frame, arena));
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
print_frame(struct frame *frame)
{
	struct arena *arena = arena_new();
	struct buf out = BUF_INIT;

	json_open(&out, NULL, '{');
	json_int(&out, "id", (int64_t)frame->id);
	json_int(&out, "at_ms", clock_real_ms());
	switch (frame->type) {
	case WIRE_READY:
		json_str(&out, "is", "ready");
		break;
	case WIRE_ALIVE:
		json_str(&out, "is", "alive");
		break;
	case WIRE_SENDING:
		json_str(&out, "is", "sending");
		break;
	case WIRE_TROUBLE:
		json_str(&out, "is", "trouble");
		json_int(&out, "scope", get_u32(frame));
		json_str(&out, "text", get_str(frame, arena));
		break;
	case WIRE_SENT:
		json_str(&out, "is", "sent");
		json_int(&out, "result", get_u32(frame));
		json_int(&out, "code", get_u32(frame));
		json_str(&out, "reply", get_str(frame, arena));
		print_recipients(frame, arena, &out);
		json_int(&out, "retry-after", get_u32(frame));
		break;
	}
	json_bool(&out, "whole", get_end(frame));
	json_close(&out, '}');
	printf("%s\n", buf_text(&out));
	fflush(stdout);
	buf_free(&out);
	arena_free(&arena);
}

static void
must(int rc, const struct err *err)
{
	if (rc == -1) {
		fprintf(stderr, "driver: %s\n", err->text);
		exit(2);
	}
}

static void
tell(struct channel *channel, uint16_t type, uint64_t id)
{
	struct frame frame;
	struct err err;

	frame_init(&frame, type, id);
	channel_queue(channel, &frame);
	frame_free(&frame);
	must(channel_flush(channel, &err), &err);
}

/*
 * Print frames of both until core's end has said "sent", asking "alive?" as
 * often as the role keeps us waiting; false when the role ended.
 */
static bool
print_until_sent(struct channel *parent, struct channel *core)
{
	struct pollfd fds[2] = { { channel_fd(parent), POLLIN, 0 }, { channel_fd(core), POLLIN, 0 } };
	struct channel *channels[2] = { parent, core };
	struct frame frame;
	struct err err;
	bool sent = false;
	int i;

	while (!sent) {
		if (poll(fds, 2, ALIVE_MS) == 0)
			tell(parent, WIRE_ALIVE_ASK, 0);
		for (i = 0; i < 2; i++) {
			if (fds[i].revents != 0 && channel_fill(channels[i], &err) == -1)
				return false;
			while (channel_next(channels[i], &frame)) {
				print_frame(&frame);
				if (frame.type == WIRE_SENDING)
					tell(core, WIRE_GO, frame.id);
				sent = sent || frame.type == WIRE_SENT;
				frame_free(&frame);
			}
		}
	}
	return true;
}

static void
ask(struct channel *core, char **argv, uint64_t id)
{
	struct frame frame;
	struct err err;
	int fd = open(argv[FIRST_TO - 1], O_RDONLY), i, n = 0;

	if (fd == -1)
		die(argv[FIRST_TO - 1]);
	while (argv[FIRST_TO + n] != NULL)
		n++;
	frame_init(&frame, WIRE_SEND, id);
	put_str(&frame, argv[FIRST_TO - 2]);
	put_u32(&frame, (uint32_t)n);
	for (i = 0; i < n; i++)
		put_str(&frame, argv[FIRST_TO + i]);
	put_fd(&frame, fd);
	close(fd);
	channel_queue(core, &frame);
	frame_free(&frame);
	must(channel_flush(core, &err), &err);
}

static enum tls_mode
tls_of(const char *word)
{
	return strcmp(word, "implicit") == 0 ? TLS_IMPLICIT : strcmp(word, "none") == 0 ? TLS_NONE : TLS_STARTTLS;
}

int
main(int argc, char **argv)
{
	struct server server = { 0 };
	struct send_start start = { .server = &server };
	struct channel *parent, *core;
	struct rusage usage;
	int to_parent[2], to_core[2], status, i;
	pid_t pid;

	if (argc <= FIRST_TO)
		return 2;
	server.host = argv[1];
	server.port = atoi(argv[2]);
	server.tls = tls_of(argv[3]);
	server.ca_file = strcmp(argv[4], "-") == 0 ? NULL : argv[4];
	server.user = strcmp(argv[5], "-") == 0 ? NULL : argv[5];
	server.timeout_s = atoi(argv[7]);
	start.password = argv[6];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, to_parent) == -1 || socketpair(AF_UNIX, SOCK_STREAM, 0, to_core) == -1)
		die("socketpair");
	if ((pid = fork()) == -1)
		die("fork");
	if (pid == 0) {
		close(to_parent[0]);
		close(to_core[0]);
		start.parent_fd = to_parent[1];
		start.core_fd = to_core[1];
		exit(role_send(&start));
	}
	close(to_parent[1]);
	close(to_core[1]);
	parent = channel_new(to_parent[0]);
	core = channel_new(to_core[0]);
	for (i = 0; i < atoi(argv[8]); i++) {
		ask(core, argv, (uint64_t)i + 1);
		if (!print_until_sent(parent, core))
			break;
	}
	tell(parent, WIRE_STOP, 0);
	waitpid(pid, &status, 0);
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("{\"is\": \"ended\", \"status\": %d, \"peak_kb\": %ld}\n", status, usage.ru_maxrss);
	channel_free(&parent);
	channel_free(&core);
	return 0;
}
