/*
 * Files of two versions of a pack, all but the settings.  Runs in core and
 * advicectl.
 * Invariant: every file that one version has and the other has not, or has
 * otherwise, is named.
 * Fails: a file that cannot be read counts as one that is not there.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "rule/diff_files.h"

#define FILE_MOST	(64 * 1024 * 1024)
#define DEPTH_MOST	6
#define LINES_MOST	40	/* shown of one file */

/* Paths below a folder. */
static void
paths(struct arena *arena, const char *folder, const char *below, int depth, struct strs *paths_r)
{
	const char *path = arena_printf(arena, "%s/%s", folder, below);
	struct strs names = { NULL, 0 };
	struct stat st;
	int dirfd = -1;

	if (depth > DEPTH_MOST || stat(path, &st) == -1)
		return;
	if (S_ISREG(st.st_mode)) {
		strs_add_new(arena, paths_r, below);
		return;
	}
	if (file_open_dir(path, &dirfd, NULL) == 0 && file_list(arena, dirfd, &names, NULL) == 0)
		for (size_t i = 0; i < names.n; i++)
			paths(arena, folder, below[0] == '\0' ? names.v[i] : arena_printf(arena, "%s/%s", below, names.v[i]), depth + 1,
			    paths_r);
	if (dirfd != -1)
		close(dirfd);
}

static bool
content(struct arena *arena, const char *folder, const char *path, struct buf *out)
{
	return file_read(AT_FDCWD, arena_printf(arena, "%s/%s", folder, path), FILE_MOST, out, NULL) == 0;
}

static struct strs
lines_of(struct arena *arena, const char *text)
{
	struct strs lines = { NULL, 0 };

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		strs_add(arena, &lines, arena_strndup(arena, text, len));
		text += len + (text[len] == '\n');
	}
	return lines;
}

/* What stands between the lines that both begin and end with. */
static void
by_line(struct arena *arena, const char *path, const struct strs *a, const struct strs *b, struct strs *lines)
{
	size_t first = 0, last = 0, shown = 0;

	while (first < a->n && first < b->n && strcmp(a->v[first], b->v[first]) == 0)
		first++;
	while (last < a->n - first && last < b->n - first && strcmp(a->v[a->n - 1 - last], b->v[b->n - 1 - last]) == 0)
		last++;
	for (size_t i = first; i < a->n - last && shown < LINES_MOST; i++, shown++)
		strs_add(arena, lines, arena_printf(arena, "rules/%s:%zu: line removed: %s", path, i + 1, str_visible(arena, a->v[i], 200)));
	for (size_t i = first; i < b->n - last && shown < LINES_MOST; i++, shown++)
		strs_add(arena, lines, arena_printf(arena, "rules/%s:%zu: line added: %s", path, i + 1, str_visible(arena, b->v[i], 200)));
	if (shown == LINES_MOST)
		strs_add(arena, lines, arena_printf(arena, "rules/%s: and more lines", path));
}

static void
one(struct arena *arena, const char *before, const char *after, const char *path, struct strs *lines)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	bool was = content(arena, before, path, &a), is = content(arena, after, path, &b);
	struct strs from, to;

	if (was != is) {
		strs_add(arena, lines, arena_printf(arena, "rules/%s: %s", path, was ? "removed" : "added"));
	} else if (a.len != b.len || memcmp(buf_text(&a), buf_text(&b), a.len) != 0) {
		if (str_ends_nocase(path, ".txt") && strstr(path, "/tests/") == NULL) {
			from = lines_of(arena, buf_text(&a));
			to = lines_of(arena, buf_text(&b));
			by_line(arena, path, &from, &to, lines);
		} else {
			strs_add(arena, lines, arena_printf(arena, "rules/%s: changed", path));
		}
	}
	buf_free(&a);
	buf_free(&b);
}

void
diff_files(struct arena *arena, const char *before, const char *after, struct strs *lines_r)
{
	struct strs all = { NULL, 0 };

	paths(arena, before, "", 0, &all);
	paths(arena, after, "", 0, &all);
	for (size_t i = 0; i < all.n; i++)
		if (!str_ends_nocase(all.v[i], "/pathway.cfg"))
			one(arena, before, after, all.v[i], lines_r);
}
