/*
 * The compound files of Microsoft Office: old formats that are not read, and
 * the wrapper of a new one that is locked with a password.  Runs in
 * adviced-parse only.
 * Invariant: only the names of the streams are looked at, never their content
 * (but one flag, at a checked place).
 * Fails: never; says which of them it is.
 */
#include <string.h>

#include "mail/document_look.h"

#define ENTRY_SECTOR	116	/* of a directory entry: where its stream begins */
#define ENTRY_SIZE	128
#define SECTOR		512
#define WORD_FLAGS	10	/* of a Word file's head; bit 8: encrypted */

/* Where the directory entry of this name stands: the name in UTF-16, with its end. */
static const unsigned char *
entry_find(const struct look *look, const char *name)
{
	char wide[64];
	size_t i, len = strlen(name);

	for (i = 0; i <= len; i++) {
		wide[2 * i] = name[i];
		wide[2 * i + 1] = '\0';
	}
	return memmem(look->file->bytes, look->file->len, wide, 2 * len + 2);
}

static size_t
number_at(const unsigned char *bytes)
{
	return (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
}

/* An old Word file says in its head that it is encrypted. */
static bool
word_is_locked(const struct look *look, const unsigned char *entry)
{
	const unsigned char *bytes = (const unsigned char *)look->file->bytes;
	size_t at = (size_t)(entry - bytes), head;

	if (at + ENTRY_SIZE > look->file->len)
		return false;
	head = (number_at(entry + ENTRY_SECTOR) + 1) * SECTOR + WORD_FLAGS;
	return head + 2 <= look->file->len && (bytes[head + 1] & 1) != 0;
}

void
look_into_old(struct look *look)
{
	static const struct { const char *entry, *what; } kinds[] = {
		{ "Workbook", "an old Excel file, which this program does not read" },
		{ "Book", "an old Excel file, which this program does not read" },
		{ "PowerPoint Document", "an old PowerPoint file, which this program does not read" },
		{ "__properties_version1.0", "a mail saved by Outlook (.msg), which this program does not read" },
	};
	const unsigned char *word = entry_find(look, "WordDocument");
	size_t i;

	if (entry_find(look, "EncryptedPackage") != NULL || entry_find(look, "EncryptionInfo") != NULL ||
	    (word != NULL && word_is_locked(look, word)))
		look_locked(look);
	else if (word != NULL)
		look_fail(look, "an old Word file, which this program does not read");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (entry_find(look, kinds[i].entry) != NULL)
			look_fail(look, "%s", kinds[i].what);
	look_fail(look, "an old Office file, which this program does not read");
}
