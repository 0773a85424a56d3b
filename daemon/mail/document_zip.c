/*
 * What comes as a zip: Word's .docx and its kin, OpenDocument text; others
 * are named.  By way of libzip, on memory.  Runs in adviced-parse only.
 * Invariant: a file inside is streamed, never unpacked whole; how much is
 * unpacked, its ratio to the zip, and the number of files are limited,
 * whatever sizes the zip claims.
 * Fails: never; the reason goes to the look.
 */
#include <string.h>
#include <strings.h>

#include <zip.h>

#include "base/str.h"
#include "mail/document_look.h"

#define CHUNK		16384
#define RATIO_FROM	(1u << 20)	/* so much may be unpacked whatever the ratio */

static const struct tag_rule word_rules[] = {
	{ "t", TAG_TEXT }, { "p", TAG_LINE }, { "tc", TAG_CELL }, { "tr", TAG_LINE }, { "tab", TAG_TAB },
	{ "br", TAG_BREAK }, { "cr", TAG_BREAK }, { "noBreakHyphen", TAG_HYPHEN }, { "sym", TAG_SYMBOL },
	{ "pPr", TAG_SKIP }, { "rPr", TAG_SKIP },		/* how it looks; tab stops are tabs too */
	{ "Fallback", TAG_SKIP },				/* a text box a second time, for old programs */
	{ "moveFrom", TAG_ASIDE }, { "del", TAG_ASIDE }, { "delText", TAG_TEXT },	/* crossed out */
	{ "showingPlcHdr", TAG_PLACEHOLDER }, { "sdtContent", TAG_CONTENT },
	{ "checkBox", TAG_CHECKBOX }, { "checked", TAG_CHECKED }, { "default", TAG_DEFAULT },
	{ "ddList", TAG_DROPDOWN }, { "result", TAG_RESULT }, { "listEntry", TAG_ENTRY },
	{ NULL, TAG_SKIP }
};
static const struct tag_rule open_rules[] = {
	{ "p", TAG_TEXT_LINE }, { "h", TAG_TEXT_LINE }, { "table-cell", TAG_CELL }, { "table-row", TAG_LINE },
	{ "tab", TAG_TAB }, { "line-break", TAG_BREAK }, { "s", TAG_SPACES },
	{ "tracked-changes", TAG_ASIDE }, { "annotation", TAG_ASIDE },
	{ NULL, TAG_SKIP }
};
/* What both kinds of office say about the file; who wrote it, and when, is left to be. */
static const struct tag_rule property_rules[] = {
	{ "title", TAG_TEXT_LINE }, { "subject", TAG_TEXT_LINE }, { "description", TAG_TEXT_LINE },
	{ "keywords", TAG_TEXT_LINE }, { "keyword", TAG_TEXT_LINE }, { "category", TAG_TEXT_LINE },
	{ "contentStatus", TAG_TEXT_LINE }, { "user-defined", TAG_TEXT_LINE },
	{ "filetime", TAG_SKIP }, { "property", TAG_TEXT_LINE },
	{ NULL, TAG_SKIP }
};
static const struct tag_rule relation_rules[] = { { "Relationship", TAG_MAIN_PART }, { NULL, TAG_SKIP } };
static const struct tag_rule manifest_rules[] = { { "encryption-data", TAG_LOCKED }, { NULL, TAG_SKIP } };

/* Is there room for so many bytes more? */
static bool
may_unpack(struct look *look, size_t more)
{
	const struct parse_limits *limits = look->limits;

	look->unpacked += more;
	if (look->unpacked > limits->unpacked_bytes)
		look_fail(look, "left out: it unpacks to more than %llu MB",
		    (unsigned long long)(limits->unpacked_bytes >> 20));
	else if (look->unpacked > RATIO_FROM && look->unpacked / limits->ratio > look->file->len)
		look_fail(look, "left out: it unpacks to more than %u times its size, as no real document does",
		    limits->ratio);
	return look->unreadable == NULL;
}

/* Read one file inside; *target_r (or NULL): what its relationships named as the document. */
static void
read_entry(struct look *look, zip_t *zip, zip_uint64_t index, const struct tag_rule *rules, char **target_r)
{
	zip_file_t *file = zip_fopen_index(zip, index, 0);
	struct xml *xml;
	char chunk[CHUNK], *target;
	zip_int64_t got = 0;

	if (file == NULL) {
		if (zip_error_code_zip(zip_get_error(zip)) == ZIP_ER_NOPASSWD)
			look_locked(look);
		else
			look_fail(look, "damaged: the zip that it is made of is not sound");
		return;
	}
	xml = xml_new(look, rules);
	while (look_goes_on(look) && (got = zip_fread(file, chunk, sizeof(chunk))) > 0)
		if (!may_unpack(look, (size_t)got) || !xml_take(xml, chunk, (size_t)got))
			break;
	if (got < 0)
		look_fail(look, "damaged: the zip that it is made of is not sound");
	target = xml_free(xml);
	if (target_r != NULL)
		*target_r = target;
	zip_fclose(file);
}

static zip_int64_t
entry_find(zip_t *zip, const char *name)
{
	return zip_name_locate(zip, name, ZIP_FL_NOCASE);
}

/* Headers and footers of all pages, notes: "word/header2.xml". A text that stands there twice is taken once. */
static void
read_entries_named(struct look *look, zip_t *zip, const char *folder, const char *prefix)
{
	zip_int64_t count = zip_get_num_entries(zip, 0), i;
	char *start = arena_printf(look->arena, "%s%s", folder, prefix);

	for (i = 0; i < count && look_goes_on(look); i++) {
		const char *name = zip_get_name(zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
		size_t before = look->text.len, behind, added;

		if (name == NULL || !str_starts_nocase(name, start) || !str_ends_nocase(name, ".xml") ||
		    strchr(name + strlen(start), '/') != NULL)
			continue;
		read_entry(look, zip, (zip_uint64_t)i, word_rules, NULL);
		behind = before + (before > 0 && look->text.len > before ? 1 : 0);	/* behind the line end */
		added = look->text.len - behind;
		if (added > 0 && before > 0 && memmem(look->text.data, before, look->text.data + behind, added) != NULL) {
			look->text.len = before;
			look->text.data[before] = '\0';
		}
	}
}

/* A file inside whose text no page shows, if it is there. */
static void
read_aside(struct look *look, zip_t *zip, const char *name, const struct tag_rule *rules)
{
	zip_int64_t index = entry_find(zip, name);

	if (index < 0 || !look_goes_on(look))
		return;
	look->to_aside = true;
	read_entry(look, zip, (zip_uint64_t)index, rules, NULL);
	look->to_aside = false;
}

static void
read_word(struct look *look, zip_t *zip, const char *main_part)
{
	const char *slash = strrchr(main_part, '/');
	char *folder = arena_strndup(look->arena, main_part, slash == NULL ? 0 : (size_t)(slash + 1 - main_part));
	zip_int64_t index = entry_find(zip, main_part);

	if (index < 0) {
		look_fail(look, "damaged: the part with its text is missing");
		return;
	}
	read_entries_named(look, zip, folder, "header");
	if (look_goes_on(look))
		read_entry(look, zip, (zip_uint64_t)index, word_rules, NULL);
	read_entries_named(look, zip, folder, "footnotes");
	read_entries_named(look, zip, folder, "endnotes");
	read_entries_named(look, zip, folder, "footer");
	read_aside(look, zip, arena_printf(look->arena, "%scomments.xml", folder), word_rules);
	read_aside(look, zip, "docProps/core.xml", property_rules);
	read_aside(look, zip, "docProps/custom.xml", property_rules);
}

static void
read_open_document(struct look *look, zip_t *zip, zip_uint64_t content)
{
	zip_int64_t manifest = entry_find(zip, "META-INF/manifest.xml"), styles = entry_find(zip, "styles.xml");

	if (manifest >= 0)
		read_entry(look, zip, (zip_uint64_t)manifest, manifest_rules, NULL);
	if (styles >= 0 && look_goes_on(look))	/* headers and footers */
		read_entry(look, zip, (zip_uint64_t)styles, open_rules, NULL);
	if (look_goes_on(look))
		read_entry(look, zip, content, open_rules, NULL);
	read_aside(look, zip, "meta.xml", property_rules);
}

static bool
is_encrypted(zip_t *zip)
{
	zip_int64_t count = zip_get_num_entries(zip, 0), i;
	zip_stat_t stat;

	for (i = 0; i < count; i++)
		if (zip_stat_index(zip, (zip_uint64_t)i, 0, &stat) == 0 && (stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
		    stat.encryption_method != ZIP_EM_NONE)
			return true;
	return false;
}

/* Which of the kinds that are zips it is. */
static void
read_zip(struct look *look, zip_t *zip)
{
	zip_int64_t relations = entry_find(zip, "_rels/.rels"), content = entry_find(zip, "content.xml");
	char *main_part = NULL;

	if (is_encrypted(zip)) {
		look_locked(look);
		return;
	}
	if (relations >= 0)
		read_entry(look, zip, (zip_uint64_t)relations, relation_rules, &main_part);
	else if (entry_find(zip, "word/document.xml") >= 0)
		main_part = arena_strdup(look->arena, "word/document.xml");
	if (!look_goes_on(look))
		return;
	if (main_part != NULL && str_starts_nocase(main_part, "xl/"))
		look_fail(look, "an Excel workbook, which this program does not read");
	else if (main_part != NULL && str_starts_nocase(main_part, "ppt/"))
		look_fail(look, "a PowerPoint presentation, which this program does not read");
	else if (main_part != NULL)
		read_word(look, zip, main_part);
	else if (content >= 0 && entry_find(zip, "mimetype") >= 0)
		read_open_document(look, zip, (zip_uint64_t)content);
	else
		look_fail(look, "an archive, which this program does not open");
}

/* How many files the zip lists, counted before a library makes room for what it claims. */
static bool
too_many_entries(const struct look *look)
{
	const char *at = look->file->bytes, *end = at + look->file->len;
	unsigned n = 0;

	while (n <= look->limits->entries && (at = memmem(at, (size_t)(end - at), "PK\001\002", 4)) != NULL) {
		n++;
		at += 4;
	}
	return n > look->limits->entries;
}

void
look_into_zip(struct look *look)
{
	zip_source_t *source;
	zip_t *zip = NULL;
	zip_error_t error;

	if (too_many_entries(look)) {
		look_fail(look, "left out: it is made of more than %u files", look->limits->entries);
		return;
	}
	zip_error_init(&error);
	source = zip_source_buffer_create(look->file->bytes, look->file->len, 0, &error);
	if (source != NULL)
		zip = zip_open_from_source(source, ZIP_RDONLY, &error);
	if (zip == NULL) {
		look_fail(look, "damaged: the zip that it is made of is not sound, or its end is missing");
		if (source != NULL)
			zip_source_free(source);
	} else {
		read_zip(look, zip);
		zip_discard(zip);
	}
	zip_error_fini(&error);
}
