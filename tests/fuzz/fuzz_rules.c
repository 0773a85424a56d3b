/* A pathway.cfg of any bytes: every fault named in plain words, the same ones each time, and no more than is shown. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "fuzz.h"
#include "rule/lint.h"
#include "rule/read.h"
#include "rule/template.h"

#define SHOWN_MOST	50
#define PROBLEM_MOST	8192

static char folder[64];

static void
remove_folder(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/pathway.cfg", folder);
	unlink(path);
	rmdir(folder);
}

/* The pack's folder: made once, in memory where there is room for it. */
static void
write_pack(const uint8_t *data, size_t size)
{
	char path[128];
	int fd;

	if (folder[0] == '\0') {
		snprintf(folder, sizeof(folder), "%s/fuzz-pack-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		must(mkdtemp(folder) != NULL);
		atexit(remove_folder);
	}
	snprintf(path, sizeof(path), "%s/pathway.cfg", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd != -1 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

static void
check_problems(const struct problems *problems)
{
	struct buf shown = BUF_INIT;
	size_t i, lines = 0;

	for (i = 0; i < problems->n; i++) {
		must(fuzz_is_utf8(problems->v[i].text) && *problems->v[i].text != '\0');
		must(strlen(problems->v[i].text) <= PROBLEM_MOST);
		must(problems->v[i].hint == NULL || fuzz_is_utf8(problems->v[i].hint));
		must(problems->v[i].where.line >= 0);
	}
	problems_print(problems, &shown);
	for (i = 0; i < shown.len; i++)
		lines += shown.data[i] == '\n' && strncmp(shown.data + i + 1, "  hint:", 7) != 0;
	must(lines <= SHOWN_MOST + 1);
	buf_free(&shown);
}

static void
check_pack(const struct pack *pack)
{
	size_t i;

	must(strlen(pack->hash) == 64 && pack->folder != NULL);
	for (i = 0; i < pack->template_count; i++)
		must(pack->templates[i]->name != NULL);
}

/* The shape of a file alone. */
static void
check_lint(struct arena *arena, const uint8_t *data, size_t size)
{
	struct problems problems = { .arena = arena };
	char *text = fuzz_text(arena, data, size);

	if (!lint_text(arena, "pathway.cfg", text, strlen(text), &problems))
		must(problems_errors(&problems) > 0);
	else
		must(problems_errors(&problems) == 0);
	check_problems(&problems);
}

static void
check_template(struct arena *arena, const uint8_t *data, size_t size)
{
	struct problems problems = { .arena = arena };
	struct template *template = NULL;
	char *text = str_utf8(arena, (const char *)data, size);

	if (template_parse(arena, "t", "t.txt", text, &template, &problems) == -1)
		must(problems_errors(&problems) > 0);
	check_problems(&problems);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct problems problems = { .arena = arena };
	struct pack *pack = NULL;

	check_lint(arena, data, size);
	check_template(arena, data, size);
	write_pack(data, size);
	if (pack_read(arena, NULL, "config/calendars", folder, &pack, &problems) == -1)
		must(problems_errors(&problems) > 0);
	else {
		check_pack(pack);
		pack_check(pack, NULL, &problems);
	}
	check_problems(&problems);
	arena_free(&arena);
	return 0;
}
