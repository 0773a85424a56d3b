/*
 * Graphviz's dot as a child: a graph in, a picture out.
 * Invariant: the child is waited for; nothing of it stays behind.
 * Fails: dot is not installed, or does not understand the graph.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/draw.h"

#define NOT_FOUND	127

static void
child(FILE *graph, int out)
{
	if (dup2(fileno(graph), STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1)
		execlp("dot", "dot", "-Tsvg", "-q", (char *)NULL);
	_exit(errno == ENOENT ? NOT_FOUND : 126);
}

static void
read_all(int fd, struct buf *out)
{
	char part[65536];
	ssize_t got;

	while ((got = read(fd, part, sizeof part)) > 0 || (got == -1 && errno == EINTR))
		if (got > 0)
			buf_add(out, part, (size_t)got);
}

static int
run(FILE *graph, struct buf *out, int *status_r, struct err *err)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds) == -1)
		return err_errno(err, ERR_DAEMON, "a pipe to dot cannot be opened");
	if ((pid = fork()) == -1) {
		close(fds[0]);
		close(fds[1]);
		return err_errno(err, ERR_DAEMON, "dot cannot be started");
	}
	if (pid == 0)
		child(graph, fds[1]);
	close(fds[1]);
	read_all(fds[0], out);
	close(fds[0]);
	while (waitpid(pid, status_r, 0) == -1 && errno == EINTR)
		continue;
	return 0;
}

/* What stands inside dot's <svg ... viewBox="0.00 0.00 W H" ...> */
static int
inside(struct arena *arena, const char *svg, char **svg_r, double *width_r, double *height_r, struct err *err)
{
	const char *box = strstr(svg, "viewBox=\""), *begin = box == NULL ? NULL : strchr(box, '>');
	const char *end = begin == NULL ? NULL : strstr(begin, "</svg>");

	if (end == NULL || sscanf(box, "viewBox=\"%*f %*f %lf %lf", width_r, height_r) != 2)
		return err_set(err, ERR_DAEMON, "what dot has drawn is no SVG picture");
	*svg_r = arena_strndup(arena, begin + 1, (size_t)(end - begin - 1));
	return 0;
}

int
draw_dot(struct arena *arena, const struct buf *dot, char **svg_r, double *width_r, double *height_r, struct err *err)
{
	FILE *graph = tmpfile();
	struct buf out = BUF_INIT;
	int status = 0, rc = -1;

	if (graph == NULL || fwrite(dot->data, 1, dot->len, graph) != dot->len || fflush(graph) != 0 ||
	    lseek(fileno(graph), 0, SEEK_SET) == -1) {
		err_errno(err, ERR_DAEMON, "a file for dot to read cannot be written");
		goto out;
	}
	if (run(graph, &out, &status, err) == -1)
		goto out;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		err_set(err, ERR_CONFIG, "the program dot, which lays out the chart, is not installed; it is in Debian's package "
		    "graphviz: apt-get install graphviz");
	else if (status != 0)
		err_set(err, ERR_DAEMON, "dot could not lay out the chart");
	else
		rc = inside(arena, buf_text(&out), svg_r, width_r, height_r, err);
out:
	buf_free(&out);
	if (graph != NULL)
		fclose(graph);
	return rc;
}
