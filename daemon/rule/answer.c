/*
 * An answer's form, "AMEND {words}", as people see it and as a reply begins.
 * Pure; any role.  Fails: never.
 */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "rule/answer.h"

static const char *
hole_words(const char *hole)
{
	static const struct { const char *hole, *words; } known[] = {
		{ "words", "your words" }, { "reason", "the reason" }, { "person", "the person's name" },
		{ "name", "the name" }, { "date", "the date" }, { "service", "the service" },
		{ "email", "the e-mail address" }, { "month", "the month" }, { "n", "a number" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(hole, known[i].hole) == 0)
			return known[i].words;
	return hole;
}

char *
answer_shown(struct arena *arena, const char *answer)
{
	struct buf out = BUF_INIT;
	char *shown, *hole;
	size_t len;

	while (*answer != '\0') {
		len = strcspn(answer, "{");
		buf_add(&out, answer, len);
		answer += len;
		if (*answer == '\0')
			break;
		answer++;
		hole = arena_strndup(arena, answer, strcspn(answer, " }"));
		buf_add_char(&out, '(');
		buf_add_str(&out, hole_words(hole));
		buf_add_char(&out, ')');
		answer += strcspn(answer, "}");
		answer += *answer == '}';
	}
	shown = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return shown;
}

char *
answer_begins(struct arena *arena, const char *answer)
{
	size_t len = strcspn(answer, "{[");

	if (answer[len] == '{')
		return arena_strndup(arena, answer, len);
	return str_trim(arena, arena_strndup(arena, answer, len));
}
