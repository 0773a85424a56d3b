/*
 * The labels of forms and letters: whose name, birth or number follows.  Runs
 * in adviced-parse; pure.
 * Invariant: a parent's, a sibling's or a worker's label is never a child's.
 * Fails: never.
 */
#include <string.h>

#include <glib.h>

#include "mail/facts_private.h"

#define HEADING_MAX	60	/* bytes of a heading */
#define SECTION_LINES	15	/* a section about other people is not longer than this */
#define JOINTS_MAX	3	/* "child, young person or student" */
#define FURTHER_MAX	6	/* words of a label behind "NHS" */
#define LINE_LABEL_MAX	45	/* "Parent or carer with parental responsibility" */

/* The 's behind a word, or an s and an apostrophe or none: "child's", "pupils'", "childs". */
static size_t
possessive(const char *s)
{
	size_t mark = text_apostrophe(s);

	if (mark == 0 && g_ascii_tolower(*s) == 's' && text_letter(s + 1) == 0)
		return 1 + text_apostrophe(s + 1);
	return mark > 0 && g_ascii_tolower(s[mark]) == 's' && text_letter(s + mark + 1) == 0 ? mark + 1 : 0;
}

/* A word for whom a mail is about; *owns_r: with an 's. */
static size_t
one_child_word(const char *s, bool *owns_r)
{
	static const char *const words[] = { "child and young person", "children", "child", "young person",
		"young adult", "young people", "pupil", "student", "learner", "cyp", "c/yp", "yp", NULL };
	size_t len, more;

	if (!text_begins(s, "cylps"))
		return 0;
	for (size_t i = 0; words[i] != NULL; i++) {
		len = strlen(words[i]);
		if (((*s ^ words[i][0]) & 0xdf) != 0 || g_ascii_strncasecmp(s, words[i], len) != 0)
			continue;
		more = possessive(s + len);
		if (more == 0 && text_letter(s + len) > 0)
			continue;
		*owns_r = more > 0;
		return len + more;
	}
	return 0;
}

/* "child/young person's", "pupil or student". */
static size_t
child_words(const char *s, bool *owns_r)
{
	static const char *const joints[] = { "/", "or", "and", "&", NULL };
	size_t n = one_child_word(s, owns_r), joint, more;

	for (int i = 0; n > 0 && i < JOINTS_MAX; i++) {
		joint = n + text_blanks(s + n);
		more = text_phrases(s + joint, joints);
		if (more == 0)
			break;
		joint += more + text_blanks(s + joint + more);
		if ((more = one_child_word(s + joint, owns_r)) == 0)
			break;
		n = joint + more;
	}
	return n;
}

/* "full", "legal": words before "name" that leave it the name. */
static size_t
adjectives(const char *s)
{
	static const char *const words[] = { "full", "legal", "current", "whole", "official", "given and family", NULL };
	size_t n = 0, len;

	for (int i = 0; i < 2 && (len = text_phrases(s + n, words)) > 0; i++)
		n += len + text_blanks(s + n + len);
	return n;
}

static size_t
name_word(const char *s)
{
	static const char *const words[] = { "name(s)", "names", "name", NULL };

	return text_phrases(s, words);
}

enum label
label_of_part(const char *s, size_t *len_r)
{
	static const char *const last[] = { "surname(s)", "surname", "family name(s)", "family name", "last name",
		"second name", NULL };
	static const char *const first[] = { "forename(s)", "forenames", "forename", "first name(s)", "first names",
		"first name", "given name(s)", "given names", "given name", "christian name(s)", "christian name", NULL };
	size_t n = adjectives(s), len;

	if ((len = text_phrases(s + n, last)) > 0) {
		*len_r = n + len;
		return LABEL_SURNAME;
	}
	if ((len = text_phrases(s + n, first)) > 0) {
		*len_r = n + len;
		return LABEL_FORENAME;
	}
	return LABEL_NONE;
}

/* "name of the child", "full name of child/young person"; "names of" several too. */
static size_t
name_of_child(const char *s)
{
	size_t n = adjectives(s), len = name_word(s + n);
	bool owns;

	if (len == 0)
		return 0;
	n += len;
	len = text_phrase(s + n, " of the ");
	if (len == 0)
		len = text_phrase(s + n, " of ");
	if (len == 0 || (n += len, len = child_words(s + n, &owns)) == 0)
		return 0;
	return owns ? 0 : n + len;	/* "name of child's mother" is hers */
}

enum label
label_of_child(const char *s, size_t *len_r)
{
	size_t n = name_of_child(s), len, more;
	enum label part;
	bool owns;

	if ((*len_r = n) > 0)
		return LABEL_NAME;
	if ((n = child_words(s, &owns)) == 0)
		return LABEL_NONE;
	*len_r = n;
	len = n + text_blanks(s + n);
	if ((part = label_of_part(s + len, &more)) != LABEL_NONE) {
		*len_r = len + more;
		return part;
	}
	len += adjectives(s + len);
	if ((more = name_word(s + len)) > 0) {
		*len_r = len + more;
		return LABEL_NAME;
	}
	len = n + text_blanks(s + n);
	return !owns && (text_ends_cell(s + n) || s[len] == ':' || s[len] == '*') ? LABEL_CHILD : LABEL_NONE;
}

/* A label's further words up to its colon or the end of its cell: "number (if known):", "and age". */
static size_t
further_words(const char *s)
{
	static const char *const words[] = { "number", "numbers", "no", "nos", "num", "nr", "#", "id", "identifier",
		"ref", "reference", "code", "is", "if known", "where known", "and age", "/age", "/ age", "& age", "of", "the",
		"and", "for", "on", "&", "/", NULL };
	size_t n = 0, len, blank;
	bool owns;

	for (int i = 0; i < FURTHER_MAX; i++) {
		blank = text_blanks(s + n);
		if ((len = text_phrases(s + n + blank, words)) == 0 && (len = child_words(s + n + blank, &owns)) == 0)
			break;
		n += blank + len;
	}
	return n;
}

size_t
label_of_birth(const char *s)
{
	static const char *const labels[] = { "date of birth", "birth date", "birthdate", "birthday", "d.o.b.", "d.o.b",
		"d. o. b.", "d/o/b", "dob", "d o b", "born on", "born", NULL };
	size_t len = text_begins(s, "db") ? text_phrases(s, labels) : 0;

	/* "DOB12/03/2015" */
	if (len == 0 && g_ascii_strncasecmp(s, "dob", 3) == 0 && g_ascii_isdigit(s[3]))
		return 3;
	return len == 0 ? 0 : len + further_words(s + len);
}

size_t
label_of_nhs(const char *s)
{
	static const char *const labels[] = { "nhs", "nhsno", "n.h.s.", "n.h.s", "national health service", NULL };
	size_t len = text_begins(s, "n") ? text_phrases(s, labels) : 0;

	if (len == 0 && g_ascii_strncasecmp(s, "nhs", 3) == 0 && g_ascii_isdigit(s[3]))
		return 3;
	return len == 0 ? 0 : len + further_words(s + len);
}

size_t
label_of_upn(const char *s)
{
	static const char *const labels[] = { "unique pupil number", "unique pupil no", "upn", "u.p.n.", "u.p.n", NULL };
	size_t len = text_begins(s, "u") ? text_phrases(s, labels) : 0;

	return len == 0 ? 0 : len + further_words(s + len);
}

bool
label_of_other(const char *s)
{
	static const char *const people[] = { "name of parent", "name of mother", "name of father", "name of carer",
		"name of sibling", "names of parents", "names of siblings", "names of parent", "parents", "parent", "carers",
		"carer", "mother", "father", "mum", "dad", "step", "guardian", "siblings", "sibling", "brothers", "brother",
		"sisters", "sister", "half-", "grandparent", "grandmother", "grandfather", "grandma", "grandad", "aunt",
		"uncle", "next of kin", "emergency contact", "partner", "foster", "birth mother", "birth father",
		"birth parent", "stepmother", "stepfather", "cousin", "other children", "family member", NULL };

	return text_phrases(s, people) > 0;
}

/* Whom a form asks about besides the child and the family. */
static bool
label_of_worker(const char *s)
{
	static const char *const people[] = { "social worker", "worker", "allocated worker", "family support worker",
		"key worker", "lead professional", "professional", "practitioner", "caseworker", "case worker", "officer",
		"case officer", "team manager", "manager", "head teacher", "headteacher", "head", "teacher", "senco",
		"school", "setting", "gp", "doctor", "consultant", "health visitor", "referrer", "referred by",
		"requested by", "requester", "completed by", "report by", "author", "your", "sender", "signed", "contact",
		"educational psychologist", "applicant", "person completing", "person making", "details of person",
		"details of the person", "details of parent", "details of the parent", "details of referrer",
		"details of school", "details of professional", "details of sibling", "details of social worker",
		"household", "family members", "from", NULL };

	return text_phrases(s, people) > 0;
}

bool
label_of_something(const char *s)
{
	static const char *const labels[] = { "address", "home address", "postcode", "gender", "sex", "ethnicity", "school",
		"year group", "year", "reference", "our reference", "your reference", "our ref", "your ref", "ref",
		"case number", "case ref", "telephone", "tel", "phone", "mobile", "email", "e-mail", "age", "religion",
		"language", "home language", "known as", "preferred name", "date", "relationship", "status", "lac", "gp",
		"ll id", "person id", "id number", "id", "mosaic", "team", "service", "name", "full name", NULL };
	size_t len;

	return text_phrases(s, labels) > 0 || label_of_birth(s) > 0 || label_of_nhs(s) > 0 || label_of_upn(s) > 0 ||
	    label_of_child(s, &len) != LABEL_NONE || label_of_part(s, &len) != LABEL_NONE || label_of_other(s);
}

/* Does the label at s, on its own line, have its colon or its cell, with something behind it? */
static bool
has_value(const char *s)
{
	size_t n = strcspn(s, ":\t|.\n");

	if (n > LINE_LABEL_MAX || s[n] == '.' || s[n] == '\n' || s[n] == '\0')
		return strncmp(s + strcspn(s, "-\n"), "- ", 2) == 0 && strcspn(s, "-\n") < LINE_LABEL_MAX;
	n++;
	return !text_ends_cell(s + n) || s[n] == '\t' || s[n] == '|';
}

/* A short line without a value that says "details" or names a group: it heads a section. */
static bool
is_heading(const char *s)
{
	static const char *const words[] = { "details", "information", "siblings", "brothers and sisters", "household",
		"family members", "other children", NULL };
	size_t len = strcspn(s, "\n"), i;

	if (len > HEADING_MAX || (len > 0 && s[len - 1] == '.'))
		return false;
	for (i = 0; i < len; i++)
		if ((i == 0 || text_letter(s + i - 1) == 0) && text_phrases(s + i, words) > 0)
			return text_ends_cell(s + strcspn(s, ":\n") + (s[strcspn(s, ":\n")] == ':'));
	return false;
}

void
label_line(struct search *search, const char *line)
{
	size_t len;

	while (text_blank(line) > 0 || strchr("*-#_", *line) != NULL) {
		if (*line == '\0')
			break;
		line += text_blank(line) > 0 ? text_blank(line) : 1;
	}
	if (g_ascii_isdigit(*line) && (line[1] == '.' || line[1] == ')'))
		line += 2 + text_blanks(line + 2);
	if (search->other_lines > 0)
		search->other_lines--;
	if (is_heading(line))
		search->other_lines = label_of_other(line) || label_of_worker(line) ? SECTION_LINES : 0;
	else if (label_of_child(line, &len) != LABEL_NONE)
		search->other_lines = 0;
	search->other_line = label_of_other(line) && has_value(line);
}

/* "Mother's DOB", "parent surname": the word before the label says whose it is. */
static bool
word_before_is_other(const char *text, const char *s)
{
	const char *word = s;

	while (word > text && s - word < 4 && (word[-1] == ' ' || word[-1] == '/'))
		word--;
	while (word > text && s - word < 30 && strchr(" \n\t|:;,.(", word[-1]) == NULL)
		word--;
	return word < s && label_of_other(word);
}

bool
label_is_others(const struct search *search, const char *s)
{
	return search->other_line || search->other_lines > 0 || word_before_is_other(search->text, s);
}
