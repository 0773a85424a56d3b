/*
 * The list of numbers: "1 VALIDITY NEXT", then "UID NAME" a line.  Run by the
 * fetch role.
 * Invariant: no number is told to anybody before it stands in the file.
 * Fails: ERR_RETRY when the disk is full or failing.
 */
#include "maildir/uidlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"

#define LIST_MAX	(64u << 20)

static bool
read_line(struct arena *arena, char *line, struct uidlist *list)
{
	char *end;
	unsigned long uid = strtoul(line, &end, 10);
	struct uidlist_entry *entry;

	if (uid == 0 || uid >= list->next || *end != ' ' || end[1] == '\0' ||
	    (list->n > 0 && list->v[list->n - 1].uid >= uid))
		return false;
	entry = arena_push(arena, list->v, list->n);
	entry->uid = (uint32_t)uid;
	entry->base = arena_strdup(arena, end + 1);
	return true;
}

static bool
read_text(struct arena *arena, char *text, struct uidlist *list)
{
	char *line = strsep(&text, "\n");

	if (sscanf(line, "1 %u %u", &list->validity, &list->next) != 2 || list->validity == 0 || list->next == 0)
		return false;
	while ((line = strsep(&text, "\n")) != NULL && *line != '\0')
		if (!read_line(arena, line, list))
			return false;
	return true;
}

int
uidlist_read(struct arena *arena, int folder, uint32_t before, struct uidlist *list_r, struct err *err)
{
	uint32_t now = (uint32_t)clock_wall();
	struct buf text = BUF_INIT;
	bool sound = false;

	memset(list_r, 0, sizeof(*list_r));
	if (file_exists(folder, UIDLIST_NAME)) {
		if (file_read(folder, UIDLIST_NAME, LIST_MAX, &text, err) == -1) {
			buf_free(&text);
			return err_wrap(err, "maildir");
		}
		sound = read_text(arena, arena_strdup(arena, buf_text(&text)), list_r);
	}
	buf_free(&text);
	if (!sound)
		*list_r = (struct uidlist){ .validity = now > before ? now : before + 1, .next = 1 };
	return 0;
}

int
uidlist_write(int folder, const struct uidlist *list, struct err *err)
{
	struct buf text = BUF_INIT;
	int rc;

	buf_printf(&text, "1 %u %u\n", list->validity, list->next);
	for (size_t i = 0; i < list->n; i++)
		buf_printf(&text, "%u %s\n", list->v[i].uid, list->v[i].base);
	rc = file_replace(folder, UIDLIST_NAME, text.data, text.len, err);
	buf_free(&text);
	return rc == -1 ? err_wrap(err, "maildir") : 0;
}

const struct uidlist_entry *
uidlist_uid(const struct uidlist *list, uint32_t uid)
{
	for (size_t low = 0, high = list->n; low < high; ) {
		size_t middle = low + (high - low) / 2;

		if (list->v[middle].uid == uid)
			return &list->v[middle];
		if (list->v[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
