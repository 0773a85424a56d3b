/*
 * What guards the way out, as tables: another child's papers in what is
 * passed on, forms that hold nothing, strangers among the recipients of a
 * colleague's mail, domains made to look like ours.
 */
#include "case/match.h"
#include "case/outward.h"
#include "case/returned.h"
#include "pack_maker.h"

#define OTHER	"9990002088"
#define OWN	"9990002010"

/* ---- Another child's papers.  said: "WHERE KIND=VALUE|...", WHERE t (text) or the document's number */

static const struct {
	const char	*name, *text, *files, *said;	/* files: "name=text|name=text" */
	const char	*known;				/* n: the case knows no name, # no number, r no reference */
	const char	*want;				/* NULL: it goes */
} rows[] = {
	{ "the child's own papers", "about EHC-20417", "SCA EHC-20417.docx=EHC-20417", "t name=Amelia Goodfellow|0 name=Amelia Goodfellow|0 nhs=" OWN, "", NULL },
	{ "nothing is said", "here it is", "SCA.docx=", "", "", NULL },
	{ "another case's reference in the text", "see EHC-20418 too", "", "", "", "the text that is passed on names another reference than the case's" },
	{ "a reference of no case in the text", "see EHC-29999", "", "", "", "the text that is passed on names another reference than the case's" },
	{ "another reference beside the own in a file", "", "a.docx=EHC-20417|b.docx=EHC-20417 and EHC-20418", "", "", "attached file 2 of 2 (docx) names another reference than the case's" },
	{ "another reference in a file's name", "", "SCA EHC-20418.pdf=", "", "", "attached file 1 of 1 (pdf) names another reference than the case's" },
	{ "the earlier case of the same child", "as in EHC-20400", "", "", "", NULL },
	{ "the reference as it was before it was put right", "EHC-20416", "", "", "", NULL },
	{ "another's number beside the own", "", "a.docx=", "0 nhs=" OWN "|0 nhs=" OTHER, "", "attached file 1 of 1 (docx) names another NHS number than the case's" },
	{ "a number of nobody's, where the case has one", "", "a.docx=", "0 nhs=9990002096", "", "attached file 1 of 1 (docx) names another NHS number than the case's" },
	{ "the same where it has none", "", "a.docx=", "0 nhs=9990002096", "#", NULL },
	{ "another's number where the case has none", "", "a.docx=", "0 nhs=" OTHER, "#", "attached file 1 of 1 (docx) names another NHS number than the case's" },
	{ "another pupil's number in the text", "", "", "t upn=H801200001001", "", "the text that is passed on names another UPN than the case's" },
	{ "a temporary pupil's number", "", "", "t upn=H80120000100A", "", NULL },
	{ "a sister's form", "", "a.docx=|b.docx=", "0 name=Amelia Goodfellow|1 name=Rose Goodfellow", "", "attached file 2 of 2 (docx) names another child than the case's" },
	{ "a twin's form, born the same day", "", "a.docx=", "0 name=Rose Goodfellow|0 born=2015-03-12", "", "attached file 1 of 1 (docx) names another child than the case's" },
	{ "a slip of the keys beside the birth date", "", "a.docx=", "0 name=Amelia Goodfelow|0 born=2015-03-12", "", NULL },
	{ "another surname beside the number", "", "a.docx=", "0 name=Amelia Hartley|0 nhs=" OWN, "", NULL },
	{ "another surname beside the birth date alone", "", "a.docx=", "0 name=Amelia Hartley|0 born=2015-03-12", "", "attached file 1 of 1 (docx) names another child than the case's" },
	{ "another birth date", "", "a.docx=", "0 born=2015-03-13", "", "attached file 1 of 1 (docx) names another date of birth than the case's" },
	{ "a sister's birth date beside the own", "", "a.docx=", "0 born=2015-03-12|0 born=2012-01-02", "", NULL },
	{ "another case's child by name and birth, in a case without a name", "", "a.docx=", "0 name=Cosmo Field|0 born=2014-05-06", "n", "attached file 1 of 1 (docx) names another child than the case's" },
	{ "a child of no case, in a case without a name", "", "a.docx=", "0 name=Nobody Known|0 born=2014-05-06", "n", NULL },
	{ "a case without a reference, and one of no case", "EHC-29999", "", "", "r", NULL },
	{ "a case without a reference, and another's", "EHC-20418", "", "", "r", "the text that is passed on names another reference than the case's" },
	{ "a logo is no paper", "", "inline.png=EHC-20418", "", "", NULL },
	{ "a file name that would say who it is stays unsaid", "", "Rose Goodfellow, her advice.rose goodfellow=EHC-20418", "", "", "attached file 1 of 1 names another reference than the case's" },
};

static void
add_said(struct arena *arena, struct message *mail, const char *said)
{
	static const struct { const char *word; enum said_kind kind; } kinds[] = {
		{ "name", SAID_CHILD_NAME }, { "born", SAID_DATE_OF_BIRTH }, { "nhs", SAID_NHS_NUMBER }, { "upn", SAID_UPN },
	};
	struct strs list = make_strs(arena, said);

	for (size_t i = 0; i < list.n; i++) {
		bool text = list.v[i][0] == 't';
		const char *equal = strchr(list.v[i], '=');

		for (size_t k = 0; k < 4; k++)
			if (strncmp(list.v[i] + 2, kinds[k].word, strlen(kinds[k].word)) == 0)
				make_said(arena, mail, kinds[k].kind, equal + 1, text ? SOURCE_NEW_TEXT : SOURCE_ATTACHMENT_TEXT);
		if (!text)
			mail->said[mail->said_count - 1].document = (uint32_t)(list.v[i][0] - '0');
	}
}

static void
add_files(struct arena *arena, struct message *mail, const char *files)
{
	struct strs list = make_strs(arena, files);

	for (size_t i = 0; i < list.n; i++) {
		size_t name = strcspn(list.v[i], "=");
		struct document *document = make_document(arena, mail, arena_strndup(arena, list.v[i], name), list.v[i] + name + 1);

		document->is_inline = str_starts(document->name, "inline");
	}
}

static struct case_state *
the_case(struct arena *arena, const char *known)
{
	struct case_state *state = make_case(arena, strchr(known, 'r') != NULL ? "" : "EHC-20417", 0);

	if (strchr(known, 'r') == NULL) {
		make_case_fact(arena, state, 0, "reference", "EHC-20416");
		state->facts[0].superseded = true;
		make_case_fact(arena, state, 0, "reference", "EHC-20417");
	}
	if (strchr(known, 'n') == NULL) {
		make_case_fact(arena, state, 0, "child-name", "Amelia Goodfellow");
		make_case_fact(arena, state, 0, "date-of-birth", "2015-03-12");
	}
	if (strchr(known, '#') == NULL)
		make_case_fact(arena, state, 0, "nhs-number", OWN);
	make_case_fact(arena, state, 0, "upn", "G801200001002");
	return state;
}

static void
test_papers(void **unused)
{
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct pack *pack = make_pack(arena, "owner", "trust.example");
		struct message *mail = make_mail(arena, "a@trust.example", "EHC-20418 in the subject does not go along", rows[i].text);
		const struct candidate others[] = {
			{ .case_id = 8, .reference = "EHC-20418", .name = "cosmo field", .born = make_day("2014-05-06"), .nhs_number = OTHER, .upn = "" },
			{ .case_id = 6, .reference = "EHC-20400", .closed = true, .name = "amelia goodfellow", .born = DAY_NONE, .nhs_number = OWN, .upn = "" },
			{ .case_id = 7, .reference = "EHC-20417", .name = "amelia goodfellow", .born = DAY_NONE, .nhs_number = OWN, .upn = "" },
		};
		const char *why;

		add_files(arena, mail, rows[i].files);
		add_said(arena, mail, rows[i].said);
		why = guard_outward(arena, pack, mail, true, the_case(arena, rows[i].known), others, 3);
		if ((why == NULL) != (rows[i].want == NULL) || (why != NULL && strcmp(why, rows[i].want) != 0)) {
			fprintf(stderr, "%s: %s\n", rows[i].name, why == NULL ? "it goes" : why);
			failed++;
		}
		arena_free(&arena);
	}
	assert_int_equal(failed, 0);
}

/* What does not go along is not looked at: an enclosure goes without its mail's text. */
static void
test_enclosed_text(void **unused)
{
	struct arena *arena = arena_new();
	struct message *mail = make_mail(arena, "a@trust.example", "", "EHC-20418");

	(void)unused;
	assert_null(guard_outward(arena, make_pack(arena, "owner", "trust.example"), mail, false, the_case(arena, ""), NULL, 0));
	arena_free(&arena);
}

/* What is looked up for it: every reference, number, and name with a birth date of one paper. */
static void
test_evidence(void **unused)
{
	struct arena *arena = arena_new();
	struct message *mail = make_mail(arena, "a@trust.example", "EHC-20001", "EHC-20002");
	struct buf out = BUF_INIT;
	struct evidence *evidence;
	size_t count;

	(void)unused;
	add_files(arena, mail, "EHC-20003.docx=EHC-20004|b.docx=");
	add_said(arena, mail, "t nhs=" OTHER "|0 name=Rose Goodfellow|1 born=2015-03-12|1 name=Cosmo Field");
	guard_evidence(arena, make_pack(arena, "owner", "trust.example"), mail, &evidence, &count);
	for (size_t i = 0; i < count; i++)
		buf_printf(&out, "%s;", evidence[i].value);
	assert_string_equal(buf_text(&out), "EHC-20002;EHC-20003;EHC-20004;cosmo field|2015-03-12;" OTHER ";");
	buf_free(&out);
	arena_free(&arena);
}

/* ---- Forms that hold nothing */

static const struct { const char *name, *text; bool want; } blanks[] = {
	{ "labels and lines to write on", "Social care advice\nPlease fill in every part.\n\nName of child: ____\nDate of birth:\nWorker: ........\n\xe2\x98\x90\n", true },
	{ "one of them filled in", "Name of child: Amelia Goodfellow\nDate of birth:\nWorker:\nNeeds:\n", false },
	{ "an answer below a label", "Name of child:\nDate of birth:\nNeeds:\nShe needs a quiet place.\n", false },
	{ "an answer above, and lines to sign below", "The family has been known to us since last spring, when a neighbour rang. We have seen the child "
	  "at home and at school, where there are good days and bad ones. There is a grandmother who helps. What is needed is a short break "
	  "twice in a month, a steady person to talk to, and help with the journey to school, which takes long and ends badly as often as not.\n"
	  "Name:\nSigned: ____\nDate: ____\n", false },
	{ "two labels are a heading", "Name:\nDate:\n", false },
	{ "no text is not known to be blank", "", false },
	{ "a letter", "Dear all,\nplease find our advice: it is long.\n", false },
};

static void
test_blanks(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (returned_is_blank(blanks[i].text) != blanks[i].want)
			fail_msg("%s", blanks[i].name);
}

#define NOT_RETURNED	"the attached form cannot count as returned, since "

/* files: "name=unreadable|name=..."; "@own" instead: the pack's own form as it is. */
static const struct { const char *name, *files; bool answer; const char *want; } returns[] = {
	{ "a form that was read", "advice.docx=", false, NULL },
	{ "locked", "advice.docx=protected with a password", false, NOT_RETURNED "it is locked with a password" },
	{ "encrypted", "advice.docx=encrypted by Microsoft's rights management", false, NOT_RETURNED "it is encrypted" },
	{ "damaged", "advice.docx=damaged: its end is missing", false, NOT_RETURNED "it is damaged and cannot be opened" },
	{ "of no bytes", "advice.docx=empty", false, NOT_RETURNED "it is empty" },
	{ "the pack's own form as it went out", "advice.docx=@own", false, NOT_RETURNED "it is an empty form" },
	{ "a scan is advice", "advice.docx=a scan or a drawing: its pages hold no text that can be read", false, NULL },
	{ "an old Word file is advice", "advice.doc=an old Word file, which this program does not read", false, NULL },
	{ "one that was left out for its size", "advice.docx=left out: larger than 25 MB", false, NULL },
	{ "a locked one beside one that opens", "a.docx=protected with a password|b.docx=", false, NULL },
	{ "what opens is not of the kind's files", "a.docx=protected with a password|b.txt=", false, NOT_RETURNED "it is locked with a password" },
	{ "no file at all", "", false, NULL },
	{ "an answer with a locked file of any name", "a.zip=protected with a password", true, NOT_RETURNED "it is locked with a password" },
	{ "a locked logo", "inline.docx=protected with a password", false, NULL },
};

static void
test_returns(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(returns) / sizeof(returns[0]); i++) {
		struct arena *arena = arena_new();
		struct pack *pack = make_pack(arena, "owner", "trust.example");
		struct kind *kind = make_kind(arena, pack, "advice", "staff", NULL, "*.doc*");
		struct message *mail = make_mail(arena, "a@trust.example", "", "");
		const char *why;

		strs_add(arena, &pack->file_hashes, "0badf00d");
		add_files(arena, mail, returns[i].files);
		for (size_t d = 0; d < mail->document_count; d++) {
			struct document *document = &mail->documents[d];

			if (strcmp(document->text, "@own") == 0)
				snprintf(document->sha256, sizeof(document->sha256), "0badf00d");
			else
				document->unreadable = document->text;
			document->text = "";
		}
		why = returned_nothing(arena, pack, mail, returns[i].answer ? NULL : kind);
		if ((why == NULL) != (returns[i].want == NULL) || (why != NULL && strcmp(why, returns[i].want) != 0))
			fail_msg("%s: %s", returns[i].name, why == NULL ? "it counts" : why);
		arena_free(&arena);
	}
}

/* ---- Addresses */

static struct pack *
pack_with_roles(struct arena *arena)
{
	struct pack *pack = make_pack(arena, "owner", "trust.example|senar.example");

	make_role(arena, pack, "senar", ROLE_ADDRESS, "senar@senar.example");
	make_role(arena, pack, "partner", ROLE_ADDRESS, "desk@trvst.example");
	return pack;
}

static void
test_imitates(void **unused)
{
	struct arena *arena = arena_new();
	struct pack *pack = pack_with_roles(arena);

	(void)unused;
	assert_null(outward_imitates(pack, "a@trust.example"));
	assert_null(outward_imitates(pack, "a@home.example"));
	assert_string_equal(outward_imitates(pack, "a@trrust.example"), "trust.example");
	assert_string_equal(outward_imitates(pack, "a@senar.test"), "senar.example");
	assert_null(outward_imitates(pack, "desk@trvst.example"));	/* the rules name it themselves */
	assert_null(outward_imitates(pack, ""));
	assert_null(outward_imitates(pack, NULL));
	arena_free(&arena);
}

static void
test_outsiders(void **unused)
{
	static const char *const to[] = { "box@trust.example", "mum@Home.example", "dad@home.example", "desk@trvst.example", "x" };
	struct arena *arena = arena_new();
	struct message *mail = make_mail(arena, "a@trust.example", "", "");
	struct strs domains;

	(void)unused;
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
		*arena_push(arena, mail->to.v, mail->to.n) = (struct mail_address){ "", to[i] };
	*arena_push(arena, mail->cc.v, mail->cc.n) = (struct mail_address){ "", "head@school.example" };
	domains = outward_outsiders(arena, pack_with_roles(arena), mail);
	assert_string_equal(strs_join(arena, &domains, ","), "home.example,school.example");
	arena_free(&arena);
}

/* Whoever lists an address: its domain must be allowed, and a person's must stand in the directory. */
static void
test_may_write(void **unused)
{
	static const struct { const char *address, *why; } cases[] = {
		{ "worker@trust.example", NULL },
		{ "senar@senar.example", NULL },
		{ "left@trust.example", "left@trust.example is not in the directory" },
		{ "abroad@elsewhere.example", "abroad@elsewhere.example is not in a domain that the rules allow" },
		{ "worker@trust.test", "worker@trust.test only looks like an address at trust.example" },
		{ "desk@trvst.example", "desk@trvst.example is not in a domain that the rules allow" },
	};
	struct arena *arena = arena_new();
	struct pack *pack = pack_with_roles(arena);
	struct world world = { .mailbox = "box@trust.example", .directory = make_directory(arena,
	    "worker@trust.example,Wanda Worker,Worker,East,,,,\nabroad@elsewhere.example,Abe Abroad,Worker,East,,,,\n"
	    "worker@trust.test,Wanda Worker,Worker,East,,,,\n") };

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = "";
		bool may = outward_may_write(arena, pack, &world, cases[i].address, &why);

		if (may != (cases[i].why == NULL) || (!may && strcmp(why, cases[i].why) != 0))
			fail_msg("%s: %s", cases[i].address, why);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_papers), cmocka_unit_test(test_enclosed_text), cmocka_unit_test(test_evidence),
		cmocka_unit_test(test_blanks), cmocka_unit_test(test_returns), cmocka_unit_test(test_imitates),
		cmocka_unit_test(test_outsiders), cmocka_unit_test(test_may_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
