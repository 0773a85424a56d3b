/*
 * What a list is as a file, before any row of it is read: its characters, its
 * line ends, what separates its columns.  Spreadsheet programs save lists in
 * several forms, and only one of them is ours: each other one is named, with
 * what to do.  Runs in core and advicectl.  Pure.
 * Fails: into the problems, as csv.h says.
 */
#include <glib.h>
#include <string.h>

#include "conf/csv_form.h"

#define SAVE_AS	"save the list as \"CSV UTF-8 (comma delimited)\""

static bool
is_utf16(const char *bytes, size_t len)
{
	size_t i, zeros = 0, looked = len < 200 ? len : 200;

	if (len >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0))
		return true;
	for (i = 0; i < looked; i++)
		zeros += bytes[i] == '\0';
	return len >= 4 && zeros * 3 > looked;
}

/* The character that a byte most likely stands for: windows-1252 and Latin-1 agree from 0xA0 on. */
static const char *
as_windows_1252(unsigned char byte, char text_r[8])
{
	text_r[0] = '\0';
	if (byte >= 0xA0)
		text_r[g_unichar_to_utf8(byte, text_r)] = '\0';
	else if (byte == 0x91 || byte == 0x92)
		strcpy(text_r, "\xE2\x80\x99");
	return text_r;
}

static void
bad_byte(struct csv *csv, int line, size_t position, unsigned char byte)
{
	char text[8];

	if (byte == '\0')
		csv_problem(csv, line, "byte %zu of this line is 0x00, which is no text; " SAVE_AS, position);
	else if (*as_windows_1252(byte, text) != '\0')
		csv_problem(csv, line, "byte %zu of this line is 0x%02X, which is not UTF-8 (in windows-1252, which Excel "
		    "writes as plain \"CSV\", it is \"%s\"); " SAVE_AS, position, byte, text);
	else
		csv_problem(csv, line, "byte %zu of this line is 0x%02X, which is not UTF-8; " SAVE_AS, position, byte);
}

/* The first bad byte of each line that has one. */
static void
bad_bytes(struct csv *csv, const char *bytes, size_t len)
{
	const char *p = bytes, *line_start = bytes, *end = bytes + len, *bad;
	int line = 1, told = 0;

	while (p < end && !g_utf8_validate(p, end - p, &bad)) {
		for (; p < bad; p++)
			if (*p == '\n') {
				line++;
				line_start = p + 1;
			}
		if (line != told)
			bad_byte(csv, line, (size_t)(bad - line_start) + 1, (unsigned char)*bad);
		told = line;
		p = bad + 1;
	}
}

/* What separates the names in the first row, if it is not a comma; '\0' if it is. */
static char
other_separator(const char *bytes, size_t len)
{
	const char *line_end = memchr(bytes, '\n', len);
	size_t width = line_end == NULL ? len : (size_t)(line_end - bytes);

	if (memchr(bytes, ',', width) != NULL)
		return '\0';
	if (memchr(bytes, ';', width) != NULL)
		return ';';
	return memchr(bytes, '\t', width) != NULL ? '\t' : '\0';
}

bool
csv_form_fits(struct csv *csv, const char *bytes, size_t len)
{
	char separator;

	if (len == 0)
		csv_problem(csv, 1, "the list is empty; its first row names the columns");
	else if (is_utf16(bytes, len))
		csv_problem(csv, 1, "the list is in UTF-16, which Excel writes as \"Unicode Text\"; " SAVE_AS);
	else if (memchr(bytes, '\n', len) == NULL && memchr(bytes, '\r', len) != NULL)
		csv_problem(csv, 1, "the lines end in the way of old Macintoshes (0x0D alone); " SAVE_AS);
	else if ((separator = other_separator(bytes, len)) != '\0')
		csv_problem(csv, 1, "the columns are separated by %s, and must be by commas; " SAVE_AS ", on a computer "
		    "whose list separator is the comma (Windows: Region, Additional settings)",
		    separator == ';' ? "semicolons" : "tabs");
	else {
		bad_bytes(csv, bytes, len);
		return true;
	}
	return false;
}
