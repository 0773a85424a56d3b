/*
 * A rule file before it is parsed: is it text, and is it well formed?  Used by
 * advicectl check and by core when it loads packs.  Pure.
 * Invariant: what passes here, libconfig parses as an administrator reads it.
 * Tabs, CRLF line ends and a byte order mark are harmless and accepted.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/lint.h"

/* Bytes of the UTF-8 character at p, 0 if it is none. */
static size_t
character(const unsigned char *p, size_t left)
{
	size_t len = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3 :
	    *p >= 0xf0 && *p < 0xf5 ? 4 : 0;
	size_t i;

	if (len == 0 || len > left || *p == 0)
		return 0;
	for (i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

bool
lint_utf8(const char *file, const char *bytes, size_t len, struct problems *problems)
{
	const char *mend = "in the editor, choose Save As and the encoding UTF-8";
	struct where where = { file, 1 };
	size_t i, step;

	if (len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
		problem_add(problems, where, mend, "the file is saved as UTF-16; it must be UTF-8");
		return false;
	}
	for (i = 0; i < len; i += step) {
		step = character((const unsigned char *)bytes + i, len - i);
		if (step == 0) {
			problem_add(problems, where, mend,
			    "the file is not UTF-8 text: this line holds a byte 0x%02x that cannot "
			    "stand there",
			    (unsigned char)bytes[i]);
			return false;
		}
		if (bytes[i] == '\n')
			where.line++;
	}
	return true;
}

bool
lint_text(
    struct arena *arena, const char *file, const char *bytes, size_t len, struct problems *problems)
{
	size_t before = problems_errors(problems);
	struct tokens tokens;

	if (!lint_utf8(file, bytes, len, problems))
		return false;
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		bytes += 3;
	lint_scan(arena, file, bytes, problems, &tokens);
	if (tokens.n == 1 && problems_errors(problems) == before)
		problem_add(problems, (struct where){ file, 1 },
		    "a pack begins with  title = \"...\", the configuration with  packs = [ \"...\" ]", "the file is empty");
	lint_syntax(arena, file, &tokens, problems);
	return problems_errors(problems) == before;
}
