/*
 * advicectl due, the side of the person: core's lines, which come in the order
 * of the cases, put in the order of their dates.  Runs in advicectl.
 * Invariant: in memory are at most twice as many lines as are to be shown; of
 * very many that are all wanted each is printed as it comes, unsorted.
 * Fails: as the command does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/live.h"
#include "ctl/progress.h"

struct dues {
	bool	 json;
	size_t	 most;			/* how many are to be shown; 0: all */
	char	**v;			/* each with what it is sorted by, and a tab */
	size_t	 n, room;
	size_t	 count;			/* all that came */
};

static int
by_key(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
line_print(const char *line)
{
	fputs(strchr(line, '\t') + 1, stdout);
	putchar('\n');
}

/* The first of them, in order; the rest is let go. */
static void
cut(struct dues *dues)
{
	if (dues->n > 0)
		qsort(dues->v, dues->n, sizeof(*dues->v), by_key);
	while (dues->most != 0 && dues->n > dues->most)
		free(dues->v[--dues->n]);
}

static void
print_all(struct dues *dues)
{
	for (size_t i = 0; i < dues->n; i++) {
		line_print(dues->v[i]);
		free(dues->v[i]);
	}
	dues->n = 0;
}

static void
take_line(struct dues *dues, const char *line)
{
	if (strchr(line, '\t') == NULL)
		return;
	if (strncmp(line, LIVE_DUE_NONE, strlen(LIVE_DUE_NONE)) == 0) {
		if (dues->count == 0)
			line_print(line);
		return;
	}
	dues->count++;
	if (dues->most == 0 && dues->count > LIVE_ROWS_MOST) {
		print_all(dues);
		line_print(line);
		return;
	}
	if (dues->n == dues->room) {
		dues->room = dues->room == 0 ? 256 : 2 * dues->room;
		dues->v = x_realloc(dues->v, dues->room * sizeof(*dues->v));
	}
	dues->v[dues->n++] = x_strdup(line);
	if (dues->most != 0 && dues->n >= 2 * dues->most)
		cut(dues);
}

static void
take_lines(struct dues *dues, struct buf *heard)
{
	char *line = heard->len == 0 ? NULL : heard->data, *end;

	for (; line != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		take_line(dues, line);
	}
	buf_reset(heard);
}

static void
dues_end(struct dues *dues)
{
	size_t more;

	cut(dues);
	more = dues->most == 0 ? 0 : dues->count - dues->n;
	print_all(dues);
	if (!dues->json && more > 0)
		printf("and %zu more; --limit 0 names all\n", more);
	free(dues->v);
}

/* --limit is ours; what is left are core's words. */
static int
words_read(int argc, char **argv, struct dues *dues)
{
	long most;
	int kept = 0;

	for (int i = 0; i < argc; i++)
		dues->json |= strcmp(argv[i], "--json") == 0;
	dues->most = dues->json ? 0 : LIVE_ROWS_SHOWN;
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--limit") == 0 && i + 1 < argc && str_number(argv[i + 1], 0, LIVE_ROWS_MOST, &most)) {
			dues->most = (size_t)most;
			i++;
		} else
			argv[kept++] = argv[i];
	return kept;
}

int
ctl_due(const struct config *config, int argc, char **argv)
{
	struct dues dues = { .json = false };
	struct buf heard = BUF_INIT;
	struct progress progress;
	int code = LIVE_GOES_ON;

	argc = words_read(argc, argv, &dues);
	progress_begin(&progress, "cases");
	for (int piece = 0; code == LIVE_GOES_ON; piece++) {
		if (piece > 0)
			progress_say(&progress, (uint64_t)piece * LIVE_PIECE, 0);
		code = ctl_ask_piece(config, argc, argv, piece, &heard);
		take_lines(&dues, &heard);
	}
	progress_end(&progress);
	dues_end(&dues);
	buf_free(&heard);
	return code;
}
