/* Names, dates of birth, NHS numbers, UPNs: labelled, checked, and nothing else; each where its span says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "mail/facts.h"
#include "mail/identifier.h"

#define TODAY	date_from_civil(2026, 10, 5)

struct row {
	const char	*text, *want;	/* "kind=value" joined by ";", dates and addresses left out unless asked */
};

static const struct row name_rows[] = {
	{ "Name of child/young person: Idris Vaughan-Hughes", "child-name=Idris Vaughan-Hughes" },
	{ "Name of the child or young person - Ann Lee", "child-name=Ann Lee" },
	{ "NAME OF PUPIL\tAnn Lee", "child-name=Ann Lee" },
	{ "Name of student: Ann Lee", "child-name=Ann Lee" },
	{ "Full legal name of child: Ann Lee", "child-name=Ann Lee" },
	{ "Full name of child/YP (in capitals): ANN LEE", "child-name=ANN LEE" },
	{ "Child/Young Person’s full name: Ann Lee", "child-name=Ann Lee" },
	{ "Pupil's name: Ann Lee", "child-name=Ann Lee" },
	{ "Pupils name: Ann Lee", "child-name=Ann Lee" },
	{ "Student name = Ann Lee", "child-name=Ann Lee" },
	{ "YP: Ann Lee", "child-name=Ann Lee" },
	{ "Child's name: VAUGHAN-HUGHES, Idris", "child-name=Idris VAUGHAN-HUGHES" },
	{ "Child’s name - Zoë O’Dowd", "child-name=Zoë O’Dowd" },
	{ "Child's name: Niamh O'Dowd, DOB 12/03/2015", "child-name=Niamh O'Dowd;date-of-birth=2015-03-12" },
	{ "Look at Child's name: Ann Lee, Date of birth: 5 May 2015, reference EHC-1 next",
	    "child-name=Ann Lee;date-of-birth=2015-05-05" },
	{ "The child's name is Ann Lee.", "child-name=Ann Lee" },
	{ "Child: Ann Lee; Worker: Zed Quay", "child-name=Ann Lee" },
	{ "Ref 1; Child: Ann Lee", "child-name=Ann Lee" },
	{ "- Child: Ann Lee", "child-name=Ann Lee" },
	{ "1. Child: Ann Lee", "child-name=Ann Lee" },
	/* shapes of names */
	{ "Child: Seán D`Arcy", "child-name=Seán D`Arcy" },
	{ "Child: Sean OʼBrien", "child-name=Sean OʼBrien" },
	{ "Child: Sean O Brien", "child-name=Sean O Brien" },
	{ "Child: Jan van der Berg", "child-name=Jan van der Berg" },
	{ "Child: María José de la Cruz", "child-name=María José de la Cruz" },
	{ "Child: de la Cruz, María", "child-name=María de la Cruz" },
	{ "Child: GARCIA LOPEZ, Ana", "child-name=Ana GARCIA LOPEZ" },
	{ "Child: Garcia Lopez, Ana", "child-name=Ana Garcia Lopez" },
	{ "Child: Ana Garcia Lopez", "child-name=Ana Garcia Lopez" },
	{ "Child: Omar al-Hassan", "child-name=Omar al-Hassan" },
	{ "Child: Omar bin Yusuf", "child-name=Omar bin Yusuf" },
	{ "Child: Ewan McTavish-MacLeod", "child-name=Ewan McTavish-MacLeod" },
	{ "Child: NG, Kai", "child-name=Kai NG" },
	{ "Child: Kai NG", "child-name=Kai NG" },
	{ "Child: Al Li", "child-name=Al Li" },
	{ "Child: ann lee", "child-name=ann lee" },
	{ "Child: Miss Ann Lee", "child-name=Ann Lee" },
	{ "Child: Ann J. Lee", "child-name=Ann J. Lee" },
	{ "Child: Łukasz Żak", "child-name=Łukasz Żak" },
	{ "Child: Ann\xc2\xa0Lee", "child-name=Ann Lee" },
	{ "Child: Ann  Lee", "child-name=Ann Lee" },
	/* what else they are called */
	{ "Child: Ann Lee (known as Annie)", "child-name=Ann Lee" },
	{ "Child: Robert (Bobby) Tarn", "child-name=Robert Tarn" },
	{ "Child: Robert \"Bobby\" Tarn", "child-name=Robert Tarn" },
	{ "Child: Robert “Bobby” Tarn", "child-name=Robert Tarn" },
	{ "Child: Robert 'Bobby' Tarn", "child-name=Robert Tarn" },
	{ "Child: Robert Tarn (Bobby)", "child-name=Robert Tarn" },
	{ "Child: Robert Tarn known as Bobby", "child-name=Robert Tarn" },
	{ "Child: Robert Tarn, aka Bobby Tarn", "child-name=Robert Tarn" },
	/* forms */
	{ "Child's name\tAnn Lee\nDate of birth\t5 May 2015\n", "child-name=Ann Lee;date-of-birth=2015-05-05" },
	{ "Child's name | Ann Lee | Date of birth | 12/03/2015", "child-name=Ann Lee;date-of-birth=2015-03-12" },
	{ "| Child's name | Ann Lee |\n| Date of birth | 12/03/2015 |", "child-name=Ann Lee;date-of-birth=2015-03-12" },
	{ "Name of child\nAnn Lee\n", "child-name=Ann Lee" },
	{ "Name of child:\n\nAnn Lee\nDate of birth:\n12/03/2015\n", "child-name=Ann Lee;date-of-birth=2015-03-12" },
	{ "Child's name:\nDate of birth: 12/03/2015", "date-of-birth=2015-03-12" },
	{ "Child's name:\tNHS Number\t", "" },
	{ "Surname: Lee\nForename(s): Ann Mary\n", "child-name=Ann Mary Lee" },
	{ "Surname\tLee\tForename\tAnn", "child-name=Ann Lee" },
	{ "Child's surname: Lee\nChild's first name: Ann", "child-name=Ann Lee" },
	{ "Surname of child: Lee", "" },
	{ "First name: Ann\nLast name: Lee\n", "child-name=Ann Lee" },
	{ "Family name: Lee Given names: Ann Mary", "child-name=Ann Mary Lee" },
	{ "Name: Ann Lee\n\nDate of birth: 5 May 2015\n", "child-name=Ann Lee;date-of-birth=2015-05-05" },
	{ "Full name: Ann Lee\nDOB: 5/5/15\n", "child-name=Ann Lee;date-of-birth=2015-05-05" },
	{ "Name: Ann Lee\nTel: 0000\n", "" },
	/* a name right before its date of birth */
	{ "Re: Ann Lee, DOB 12/03/2015", "date-of-birth=2015-03-12;child-name=Ann Lee" },
	{ "Re: LEE, Ann (d.o.b. 12.3.15)", "date-of-birth=2015-03-12;child-name=Ann LEE" },
	{ "RE: Ann Lee\nDOB: 12/03/2015", "date-of-birth=2015-03-12;child-name=Ann Lee" },
	{ "RE: Ann Lee\nDOB: the 12th March 2015", "date-of-birth=2015-03-12;child-name=Ann Lee" },
	{ "Dear colleague\n\nAnn Lee\nDate of birth: 12/03/2015", "date-of-birth=2015-03-12;child-name=Ann Lee" },
	{ "I write about Ann van der Lee (born 12 March 2015).", "date-of-birth=2015-03-12;child-name=Ann van der Lee" },
	{ "Advice Request Ann Lee - DOB 12/03/2015", "date-of-birth=2015-03-12;child-name=Ann Lee" },
	{ "Parent or carer\nSarah Lee\nDate of birth: 12/03/2015", "date-of-birth=2015-03-12" },
	{ "Dear Ann, DOB 12/03/2015 please", "date-of-birth=2015-03-12" },
	/* several children */
	{ "Children: Ann Lee and Tom Lee", "child-name=Ann Lee;child-name=Tom Lee" },
	{ "Children: Ann and Tom Lee", "child-name=Ann Lee;child-name=Tom Lee" },
	{ "Children: Ann Lee, Tom Lee & Kim Lee", "child-name=Ann Lee;child-name=Tom Lee;child-name=Kim Lee" },
	{ "Child's name: Ann Lee, Hollyfield Primary School", "child-name=Ann Lee" },
	{ "Child's name: Ann Lee and mother Sarah Lee", "child-name=Ann Lee" },
	{ "Name of child\tDate of birth\tUPN\nAnn Lee\t12/03/2015\tB801200005001\nTom Moor\t4/7/13\tH801200001001\n",
	    "child-name=Ann Lee;date-of-birth=2015-03-12;upn=B801200005001;"
	    "child-name=Tom Moor;date-of-birth=2013-07-04;upn=H801200001001" },
	{ "| Surname | Forename | DOB |\n| Lee | Ann | 12/03/2015 |", "child-name=Ann Lee;date-of-birth=2015-03-12" },
	{ "Name\tRelationship\tDOB\nTom Lee\tBrother\t4/7/2013\n", "" },
	{ "1. Ann Lee DOB 12/03/2015\n2. Tom Moor DOB 4/7/2013",
	    "date-of-birth=2015-03-12;child-name=Ann Lee;date-of-birth=2013-07-04;child-name=Tom Moor" },
	/* other people */
	{ "Parent/carer: Sarah Lee", "" },
	{ "Parent's name: Sarah Lee\nDate of birth: 12/03/2015", "date-of-birth=2015-03-12" },
	{ "Name of parent: Sarah Lee", "" },
	{ "Name of child's mother: Sarah Lee", "" },
	{ "Child's mother: Sarah Lee", "" },
	{ "Parent of child: Sarah Lee", "" },
	{ "Mother: Sarah Lee, DOB 3/4/1985", "" },
	{ "Sibling: Tom Lee, DOB 4/7/2013", "" },
	{ "Siblings\nName: Tom Lee\nDOB: 4/7/2013\nChild's name: Ann Lee", "child-name=Ann Lee" },
	{ "Parent/carer details\nSurname: Lee\nForename: Sarah", "" },
	{ "Social worker: Zed Quay", "" },
	{ "Social worker's name: Zed Quay", "" },
	{ "Name of school: St Mary's Primary", "" },
	{ "Child's name: St Mary's Primary School", "" },
	{ "Mother's DOB: 3/4/2005", "" },
	{ "Kind regards\nZed Quay\nSocial worker", "" },
	{ "Dear Ann Lee", "" },
	/* no names */
	{ "Child's name: A.L.", "" },
	{ "Child's name: AL", "" },
	{ "Child's name: J B", "" },
	{ "Child's name: JB Smith", "" },
	{ "Child's name: Ann", "" },
	{ "Child's name: not known", "" },
	{ "Child's name: To Be Confirmed", "" },
	{ "Child's name: see attached form", "" },
	{ "the child - Ann Lee said so", "" },
	{ "The child: she is well and happy", "" },
	{ "Child: The Family Moved Here", "" },
	{ "We met Ann Lee.", "" },
	{ "Re: Team Meeting", "" },
};

static const struct row birth_rows[] = {
	{ "DOB: 12/03/2015", "date-of-birth=2015-03-12" },
	{ "DOB12/03/2015", "date-of-birth=2015-03-12" },
	{ "d.o.b. 12.3.15", "date-of-birth=2015-03-12" },
	{ "D.O.B 4/7/08", "date-of-birth=2008-07-04" },
	{ "Date of Birth - 1st Feb 2012", "date-of-birth=2012-02-01" },
	{ "Date of birth (dd/mm/yyyy): 12/03/2015", "date-of-birth=2015-03-12" },
	{ "Date of birth of the child: 12/03/2015", "date-of-birth=2015-03-12" },
	{ "Child's date of birth: 12/03/2015", "date-of-birth=2015-03-12" },
	{ "Date of birth and age: 12/03/2015 (11)", "date-of-birth=2015-03-12" },
	{ "Birth date: 12-Mar-15", "date-of-birth=2015-03-12" },
	{ "born on Thursday 12 March 2015", "date-of-birth=2015-03-12" },
	{ "born the 12th of March, 2015", "date-of-birth=2015-03-12" },
	{ "born on 12th of March, 2015", "date-of-birth=2015-03-12" },
	{ "DOB 2015-03-12", "date-of-birth=2015-03-12" },
	{ "DOB: 12\xc2\xa0March\xe3\x80\x80" "2015", "date-of-birth=2015-03-12" },
	{ "12/03/2015 (DOB)", "date-of-birth=2015-03-12" },
	{ "DOB: 31/02/2015", "" },
	{ "DOB: 30 Feb 12", "" },
	{ "DOB: 1 May 2031", "" },
	{ "DOB: 1 May 1985", "" },
	{ "DOB: 6/10/2000", "date-of-birth=2000-10-06" },
	{ "DOB: 5/10/2000", "" },
	{ "DOB: 03/13/2015", "date-of-birth=2015-03-13" },
	{ "dobbin 12/03/2015", "" },
};

static const struct row number_rows[] = {
	{ "NHS number: 943 476 5919", "nhs-number=9434765919" },
	{ "NHSNo:943 476 5919", "nhs-number=9434765919" },
	{ "NHS No 943-476-5919", "nhs-number=9434765919" },
	{ "NHS no.: 943.476.5919", "nhs-number=9434765919" },
	{ "NHS: 9434765919", "nhs-number=9434765919" },
	{ "NHS#9434765919", "nhs-number=9434765919" },
	{ "NHS Number of child (if known)\t943 476 5919", "nhs-number=9434765919" },
	{ "NHS number\n943\xc2\xa0" "476\xc2\xa0" "5919", "nhs-number=9434765919" },
	{ "NHS number | 943 | 476 | 5919", "nhs-number=9434765919" },
	{ "NHS number\t9\t4\t3\t4\t7\t6\t5\t9\t1\t9\n", "nhs-number=9434765919" },
	{ "NHS number 943 476\n5919", "nhs-number=9434765919" },
	{ "943 476 5919 (NHS)", "nhs-number=9434765919" },
	{ "NHS number: 943 476 5918", "" },
	{ "NHS number: 943 476 5919 12", "nhs-number=9434765919" },
	{ "NHS number: 943-476-5919-1", "" },
	{ "Tel 9434765919", "" },
	{ "NHS Trust, tel 943 476 5919", "" },
	{ "the NHS clinic is on 9434765919", "" },
	{ "NHS 9999999999", "" },
	{ "NHS number: 0000000000", "" },
	{ "NHS number: 94347659190", "" },
	{ "Mother's NHS number: 943 476 5919", "" },
	{ "Sibling: NHS number 943 476 5919", "" },
	{ "UPN: B801200005001", "upn=B801200005001" },
	{ "upn h801200001001", "upn=H801200001001" },
	{ "UPN: B 8012 0000 5001", "upn=B801200005001" },
	{ "Unique Pupil Number (UPN): B801200005001", "upn=B801200005001" },
	{ "the form for B801200005001 is here", "upn=B801200005001" },
	{ "UPN: A801200005001", "" },
	{ "B8012000050011", "" },
	{ "XB801200005001", "" },
};

/* Other dates and addresses. */
static const struct row other_rows[] = {
	{ "by close of play Friday 9th", "date=2026-10-09" },
	{ "w/c 9/3", "date=2027-03-09" },
	{ "on the 12th of March, 2027.", "date=2027-03-12" },
	{ "yours of the 12th inst.", "date=2026-10-12" },
	{ "31 Feb 12", "" },
	{ "31st of February 12", "" },
	{ "EHC-12/03/2015", "" },
	{ "£12.03.15", "" },
	{ "Write to Ada.Byron@Example.org.", "address=Ada.Byron@example.org" },
	{ "<mailto:sean.o'brien@example.org>", "address=sean.o'brien@example.org" },
	{ "a@b", "" },
	{ "@example.org", "" },
	{ "x@@example.org", "" },
};

/* What must be said besides. */
static const struct row remark_rows[] = {
	{ "NHS number: 943 476 5918", "wrong check digit" },
	{ "UPN: A801200005001", "wrong check letter" },
	{ "DOB: 03/13/2015", "month first" },
	{ "by 10/13/2026", "month first" },
	{ "DOB: 13/13/2015", NULL },
	{ "DOB: 13/03/2015", NULL },
	{ "DOB: 1 May 1985", "grown-up" },
	{ "NHS 9999999999", NULL },
	{ "NHS Trust 0121 496 0303", NULL },
	{ "NHS number: 943 476 5919", NULL },
};

static void
fail_row(const struct row *row, const char *got)
{
	fail_msg("\"%s\": got \"%s\", wanted \"%s\"", row->text, got, row->want == NULL ? "nothing" : row->want);
}

static bool
all_words_at(struct arena *arena, const char *value, const char *span)
{
	char *words = arena_strdup(arena, value), *word, *more = NULL;

	for (word = strtok_r(words, " ", &more); word != NULL; word = strtok_r(NULL, " ", &more))
		if (strstr(span, word) == NULL)
			return false;
	return true;
}

/* Digits and letters of the value, one by one, in what stands at the span. */
static bool
all_characters_at(const char *value, const char *span)
{
	for (; *span != '\0'; span++)
		if (toupper((unsigned char)*span) == *value)
			value++;
	return *value == '\0';
}

/* Does the text at a fact's span say the fact? */
static void
check_span(struct arena *arena, const struct message *message, const struct said *said, const char *name)
{
	const char *text = message_text(message, said->source, said->document), *span;
	bool good = said->length > 0 && (size_t)said->start + said->length <= strlen(text);
	dayno birth = DAY_NONE, ahead = DAY_NONE;

	if (!good)
		fail_msg("\"%s\": %s \"%s\" points outside its text", name, said_kind_name(said->kind), said->value);
	span = arena_strndup(arena, text + said->start, said->length);
	if (said->kind == SAID_CHILD_NAME)
		/* "Ann and Tom Lee": the surname of the first stands behind its span. */
		good = all_words_at(arena, said->value, span) || all_words_at(arena, said->value, text + said->start);
	else if (said->kind == SAID_DATE_OF_BIRTH || said->kind == SAID_DATE) {
		good = date_parse_words(span, TODAY, DATE_BIRTH, &birth) == said->length;
		good |= date_parse_words(span, TODAY, DATE_AHEAD, &ahead) == said->length;
		good &= strcmp(date_iso(arena, said->kind == SAID_DATE ? ahead : birth), said->value) == 0;
	} else if (said->kind == SAID_ADDRESS)
		good = strcasecmp(span, said->value) == 0;
	else
		good = all_characters_at(said->value, span);
	if (!good)
		fail_msg("\"%s\": %s \"%s\" points at \"%s\"", name, said_kind_name(said->kind), said->value, span);
}

static struct message *
read_text(struct arena *arena, const char *text)
{
	struct message *message = arena_alloc(arena, sizeof(*message));

	message->new_text = text;
	facts_find(arena, message, TODAY);
	for (size_t i = 0; i < message->said_count; i++)
		check_span(arena, message, &message->said[i], text);
	return message;
}

static void
check_rows(const struct row *rows, size_t count, bool others)
{
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new();
		struct message *message = read_text(arena, rows[i].text);
		char *got = arena_strdup(arena, "");

		for (size_t j = 0; j < message->said_count; j++) {
			const struct said *said = &message->said[j];

			if (!others && (said->kind == SAID_DATE || said->kind == SAID_ADDRESS))
				continue;
			got = arena_printf(arena, "%s%s%s=%s", got, *got == '\0' ? "" : ";", said_kind_name(said->kind),
			    said->value);
		}
		if (strcmp(got, rows[i].want) != 0)
			fail_row(&rows[i], got);
		arena_free(&arena);
	}
}

#define COUNT(rows)	(sizeof(rows) / sizeof((rows)[0]))

static void
test_names(void **state)
{
	(void)state;
	check_rows(name_rows, COUNT(name_rows), false);
}

static void
test_births(void **state)
{
	(void)state;
	check_rows(birth_rows, COUNT(birth_rows), false);
}

static void
test_numbers(void **state)
{
	(void)state;
	check_rows(number_rows, COUNT(number_rows), false);
}

static void
test_others(void **state)
{
	(void)state;
	check_rows(other_rows, COUNT(other_rows), true);
}

static void
test_remarks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(remark_rows); i++) {
		struct arena *arena = arena_new();
		struct message *message = read_text(arena, remark_rows[i].text);
		const char *got = message->remarks.n == 0 ? NULL : message->remarks.v[0];

		if (message->remarks.n > 1 || (got == NULL) != (remark_rows[i].want == NULL) ||
		    (got != NULL && strstr(got, remark_rows[i].want) == NULL))
			fail_row(&remark_rows[i], got == NULL ? "nothing" : got);
		arena_free(&arena);
	}
}

static void
test_span_and_source(void **state)
{
	struct arena *arena = arena_new();
	struct message *message = arena_alloc(arena, sizeof(*message));
	struct document documents[2] = { { .name = "Form.docx", .text = "Child's name\tAnn Lee" },
		{ .name = "Name of child - Tom Moor.pdf", .text = "" } };
	size_t i;

	(void)state;
	message->subject = "Advice by 12 October 2026";
	message->new_text = "Write to Ada.Byron@Example.org.";
	message->quoted_text = "DOB: 12/03/2015";
	message->documents = documents;
	message->document_count = 2;
	facts_find(arena, message, TODAY);
	for (i = 0; i < message->said_count; i++)
		check_span(arena, message, &message->said[i], "sources");
	assert_int_equal(message->said_count, 5);
	assert_int_equal(message->said[0].source, SOURCE_SUBJECT);
	assert_string_equal(message->said[0].value, "2026-10-12");
	assert_int_equal(message->said[0].start, 10);
	assert_int_equal(message->said[0].length, 15);
	assert_string_equal(message->said[1].value, "Ada.Byron@example.org");
	assert_int_equal(message->said[2].source, SOURCE_ATTACHMENT_NAME);
	assert_int_equal(message->said[2].document, 1);
	assert_string_equal(message->said[2].value, "Tom Moor");
	assert_int_equal(message->said[3].source, SOURCE_ATTACHMENT_TEXT);
	assert_int_equal(message->said[3].document, 0);
	assert_int_equal(message->said[4].source, SOURCE_QUOTED);
	arena_free(&arena);
}

static const char *
repeat(struct arena *arena, const char *piece, size_t bytes)
{
	size_t len = strlen(piece), n;
	char *text = arena_alloc(arena, bytes + len + 1);

	for (n = 0; n < bytes; n += len)
		memcpy(text + n, piece, len);
	return text;
}

/* What one piece costs must not grow with how many stand before and behind it: a minute would be minutes. */
static void
test_hostile(void **state)
{
	static const char *const pieces[] = { "dob ", "nhs ", "1 ", "12/03/2015 ", "Child: Ann Lee\n", "name:\n", "Surname: x ",
		"Mother ", "a@", "A", "\t", "|", "(", "Ann ", "1\n\n\n", " \xc2\xa0", "child/", "nhs number ", "full ",
		"name\tdob\n", "\xe2\x80\x93", "9\t", "Re: Ann Lee\nDOB 12/3/15\n", "Children: Ann Lee, Tom Lee, ", "mon ", "of ", "-", "'", "Details\n", "Á" };

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct arena *arena = arena_new();
		clock_t began = clock();
		struct message *message = read_text(arena, repeat(arena, pieces[i], 100000));

		assert_true(message->said_count <= SAID_MAX);
		if (message->said_count == SAID_MAX)
			assert_true(message->remarks.n > 0);
		if (clock() - began > 10 * CLOCKS_PER_SEC)
			fail_msg("\"%s\" over and over takes %ld s", pieces[i], (long)((clock() - began) / CLOCKS_PER_SEC));
		arena_free(&arena);
	}
}

/* Every front part of every row: nothing is read behind the end. */
static void
test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(name_rows); i++) {
		struct arena *arena = arena_new();

		for (size_t len = 0; len <= strlen(name_rows[i].text); len++)
			read_text(arena, str_utf8(arena, name_rows[i].text, len));
		arena_free(&arena);
	}
}

static void
test_check_digits(void **state)
{
	(void)state;
	assert_true(nhs_number_is_valid("9434765919"));
	assert_true(nhs_number_is_valid("4505577104"));
	assert_false(nhs_number_is_valid("9434765918"));
	assert_false(nhs_number_is_valid("943476591"));
	assert_false(nhs_number_is_valid("9999999999"));
	assert_true(upn_is_valid("B801200005001"));
	assert_true(upn_is_valid("H801200001001"));
	assert_false(upn_is_valid("H801200001002"));
	assert_false(upn_is_valid("I801200001001"));
	assert_false(upn_is_valid(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_births),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_remarks),
		cmocka_unit_test(test_span_and_source),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_check_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
