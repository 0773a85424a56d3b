/* Which case a mail belongs to: what it shows, and how evidence for and against is weighed. */
#include "pack_maker.h"

#include "case/match.h"

static const char lines[] =
    "mgr@x.example,Rosalind Achebe,Manager,EHG,,,,\n"
    "callum@x.example,Callum Strickland,Social Worker,Erdington,mgr@x.example,,,\n";

static struct pack *
sample_pack(struct arena *arena)
{
	struct pack *pack = make_pack(arena, "manager", "x.example|council.example");
	struct kind *kind;

	make_role(arena, pack, "senar", ROLE_ADDRESS, "SENAR@council.example");
	make_role(arena, pack, "manager", ROLE_POST, "Manager");
	kind = make_kind(arena, pack, "advice-request", "senar", "stage two", NULL);
	kind->needs = make_strs(arena, "child");
	kind = make_kind(arena, pack, "service-request", "senar", "services asked", NULL);
	kind->needs = make_strs(arena, "child|asked");
	make_extract(arena, kind, "asked", "{words} is asked");
	make_kind(arena, pack, "advice", "staff", NULL, "*.docx");
	make_strand(arena, pack, "advice", "advice-request|service-request");
	return pack;
}

/* A mail in a line: "subject / text / quoted", and what is said, "name=...;born=...;nhs=...;upn=...". */
struct sketch {
	const char	*from, *subject, *text, *quoted, *said;
	bool		 reply;
};

static void
say_one(struct arena *arena, struct message *mail, const char *item)
{
	static const struct { const char *key; enum said_kind kind; } keys[] = {
		{ "name=", SAID_CHILD_NAME }, { "born=", SAID_DATE_OF_BIRTH },
		{ "nhs=", SAID_NHS_NUMBER }, { "upn=", SAID_UPN },
	};
	enum text_source source = SOURCE_NEW_TEXT;

	if (*item == '>') {
		source = SOURCE_QUOTED;
		item++;
	} else if (*item == '@') {
		source = SOURCE_ATTACHMENT_TEXT;
		item++;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_starts(item, keys[i].key))
			make_said(arena, mail, keys[i].kind, item + strlen(keys[i].key), source);
}

static struct message *
sketch_mail(struct arena *arena, const struct sketch *sketch)
{
	struct message *mail = make_mail(arena, sketch->from, sketch->subject, sketch->text);
	struct strs said = make_strs(arena, sketch->said);

	mail->quoted_text = sketch->quoted;
	if (sketch->reply)
		mail->in_reply_to = "request@council.example";
	for (size_t i = 0; i < said.n; i++)
		say_one(arena, mail, said.v[i]);
	return mail;
}

static const instant received = 1795424400;

static struct classified *
classify_mail(struct arena *arena, const struct pack *pack, const struct message *mail)
{
	struct classified *classified;

	classify(arena, pack, make_directory(arena, lines), mail, received, &classified);
	return classified;
}

/* ---- What a mail shows */

static const struct { struct sketch mail; const char *want; } shows[] = {
	{ { "a@x.example", "Stage two EHC-20417", "", "", "", false }, "reference:EHC-20417" },
	{ { "a@x.example", "RE: x", "fine", "EHC-20417", "", false }, "reference:EHC-20417?" },
	{ { "a@x.example", "RE: x EHC-20417", "fine", "EHC-20418", "", false },
	    "reference:EHC-20417 reference:EHC-20418?" },
	{ { "a@x.example", "x", "y", "", "nhs=9990002010|upn=E999912012001|>nhs=9990002088", false },
	    "nhs:9990002010 nhs:9990002088? upn:E999912012001" },
	{ { "a@x.example", "x", "y", "", "name=GOODFELLOW, Amelia|born=2015-03-12", false },
	    "name:amelia goodfellow|2015-03-12" },
	{ { "a@x.example", "x", "y", "", "name=Amelia|born=2015-03-12", false }, "" },	/* no full name */
	{ { "a@x.example", "x", "y", "", "name=Amelia Goodfellow", false }, "" },
	{ { "a@x.example", "x", "y", "", "name=Amelia Goodfellow|>born=2015-03-12", false },
	    "name:amelia goodfellow|2015-03-12?" },
	{ { "a@x.example", "EHC-20417", "y", "", "@nhs=9990002010", false },
	    "nhs:9990002010? reference:EHC-20417" },	/* a form does not point away from the mail */
	{ { "a@x.example", "x", "y", "", "@nhs=9990002010", false }, "nhs:9990002010" },
	{ { "a@x.example", "APPROVED K7M2QX9P", "", "", "", false },
	    "token:APPROVED token:K7M2QX9P" },	/* a word that is no code is found nowhere */
	{ { "a@x.example", "Approved, thank you", "", "", "", false }, "" },
	{ { "a@x.example", "RE: x", "APPROVED\n\nAnswer code: K7M2QX9P\n", "", "", false }, "token:K7M2QX9P" },
	{ { "a@x.example", "RE: x", "APPROVED", "answer code: AAAA2222\nAnswer code: BBBB3333", "", false },
	    "token:AAAA2222" },
	{ { "a@x.example", "RE: x", "y", "", "", true },
	    "token:request@council.example thread:request@council.example" },
};

static const char *
evidence_text(struct arena *arena, const struct evidence *list, size_t count)
{
	static const char *const names[] = { "token", "thread", "nhs", "upn", "reference", "name" };
	struct strs texts = { 0 };

	for (size_t i = 0; i < count; i++)
		strs_add(arena, &texts, arena_printf(arena, "%s:%s%s", names[list[i].kind], list[i].value,
		    list[i].weak ? "?" : ""));
	return texts.n == 0 ? "" : strs_join(arena, &texts, " ");
}

static void
test_shows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++) {
		struct arena *arena = arena_new();
		struct pack *pack = sample_pack(arena);
		struct message *mail = sketch_mail(arena, &shows[i].mail);
		struct evidence *list;
		size_t count;
		const char *got;

		evidence_of(arena, mail, classify_mail(arena, pack, mail), &list, &count);
		got = evidence_text(arena, list, count);
		if (strcmp(got, shows[i].want) != 0)
			fail_msg("row %zu: \"%s\", wanted \"%s\"", i, got, shows[i].want);
		arena_free(&arena);
	}
}

/* ---- How it is weighed */

#define SENAR "SENAR@council.example"
#define CALLUM "callum@x.example"
#define PARENT "parent@home.example"
#define AMELIA "amelia goodfellow,2015-03-12,9990002010,E999912012001"
#define TWIN "rose goodfellow,2015-03-12,9990002088,"
#define COSMO "cosmo wainscott,2013-06-17,,"

/* A candidate: "id reference[+closed] child evidence", evidence letters t(oken) h(thread) n u r b, "?" after: weak. */
static const struct { struct sketch mail; const char *candidates, *want; } weighs[] = {
	/* nothing fits yet */
	{ { SENAR, "Stage two EHC-20417", "", "", "", false }, "", "new" },
	{ { SENAR, "Stage two", "", "", "name=Amelia Goodfellow|born=2015-03-12", false }, "", "new" },
	{ { SENAR, "Stage two", "", "", "nhs=9990002010", false }, "", "new" },
	{ { SENAR, "Stage two", "", "", "name=Amelia Goodfellow", false }, "", "none" },
	{ { SENAR, "Stage two", "about A.G.", "", "", false }, "", "none" },
	{ { SENAR, "services asked EHC-20417", "Health is asked", "", "", false }, "", "new" },
	{ { SENAR, "services asked EHC-20417", "nobody in particular", "", "", false }, "", "none" },
	{ { SENAR, "Office closed EHC-20417", "", "", "", false }, "", "none" },
	{ { PARENT, "Stage two EHC-20417", "", "", "", false }, "", "none" },
	/* each strong piece of evidence joins alone */
	{ { CALLUM, "advice EHC-20417", "", "", "", false }, "7 EHC-20417 " AMELIA " r", "7" },
	{ { CALLUM, "advice", "", "", "nhs=9990002010", false }, "7 EHC-20417 " AMELIA " n", "7" },
	{ { CALLUM, "advice", "", "", "upn=E999912012001", false }, "7 EHC-20417 " AMELIA " u", "7" },
	{ { CALLUM, "advice", "", "", "name=Amelia Goodfellow|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " b", "7" },
	{ { CALLUM, "RE: x", "done", "", "", true }, "7 EHC-20417 " AMELIA " t", "7" },
	{ { CALLUM, "RE: x", "done", "", "", true }, "7 EHC-20417 " AMELIA " h", "7" },
	{ { PARENT, "EHC-20417", "", "", "", false }, "7 EHC-20417 " AMELIA " r", "7" },
	{ { SENAR, "Stage two EHC-20417", "", "", "", false }, "7 EHC-20417+closed " AMELIA " r", "7" },
	{ { CALLUM, "advice EHC-20417", "", "", "", false }, "7 - ,,, r", "7" },
	/* the same child, written otherwise */
	{ { CALLUM, "EHC-20417", "", "", "name=GOODFELLOW, Amelia Rose", false }, "7 EHC-20417 " AMELIA " r", "7" },
	{ { CALLUM, "EHC-20417", "", "", "name=Millie Smith|nhs=9990002010", false }, "7 EHC-20417 " AMELIA " rn", "7" },
	/* it points to a case but speaks of another child */
	{ { CALLUM, "EHC-20417", "", "", "nhs=9990002088", false }, "7 EHC-20417 " AMELIA " r", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "born=2015-03-13", false }, "7 EHC-20417 " AMELIA " r", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "name=Rose Goodfellow|born=2015-03-12", false },
	    "7 EHC-20417 " AMELIA " r", "ambiguous" },	/* twins */
	{ { CALLUM, "RE: x", "about her brother", "", "name=Cosmo Wainscott|born=2013-06-17", true },
	    "7 EHC-20417 " AMELIA " t", "ambiguous" },
	{ { SENAR, "Stage two EHC-20417", "", "", "nhs=9990002088|name=Cosmo Wainscott", false },
	    "7 EHC-20417 " AMELIA " r", "ambiguous" },
	/* a form of another child is the guard's business, once the mail itself is clear */
	{ { CALLUM, "EHC-20417", "", "", "@nhs=9990002088|@name=Rose Goodfellow", false },
	    "7 EHC-20417 " AMELIA " r;8 EHC-20418 " TWIN " n?", "7" },
	/* evidence for different cases */
	{ { CALLUM, "EHC-20417", "", "", "nhs=9990002088", false },
	    "7 EHC-20417 ,,, r;8 EHC-20418 " TWIN " n", "ambiguous" },
	{ { CALLUM, "RE: EHC-20951", "", "", "", true }, "7 EHC-20417 " AMELIA " h;8 EHC-20951 " COSMO " r", "ambiguous" },
	{ { CALLUM, "advice", "", "", "name=A B|born=2015-03-12", false }, "7 EHC-20417 ,,, b;8 EHC-20418 ,,, b", "ambiguous" },
	/* one child, two assessments */
	{ { CALLUM, "EHC-20418", "", "", "nhs=9990002010", false },
	    "7 EHC-20417+closed " AMELIA " n;8 EHC-20418 " AMELIA " rn", "8" },
	{ { CALLUM, "advice", "", "", "nhs=9990002010", false },
	    "7 EHC-20417+closed " AMELIA " n;8 EHC-20418 " AMELIA " n", "8" },
	{ { CALLUM, "advice", "", "", "nhs=9990002010", false },
	    "7 EHC-20417 " AMELIA " n;8 EHC-20418 " AMELIA " n", "ambiguous" },
	{ { SENAR, "Stage two EHC-30000", "", "", "nhs=9990002010", false }, "7 EHC-20417+closed " AMELIA " n", "new" },
	{ { SENAR, "Stage two EHC-30000", "", "", "nhs=9990002010", false }, "7 EHC-20417 " AMELIA " n", "ambiguous" },
	{ { CALLUM, "advice EHC-30000", "", "", "nhs=9990002010", false }, "7 EHC-20417+closed " AMELIA " n", "ambiguous" },
	/* a new child's request in an old conversation */
	{ { SENAR, "RE: Stage two EHC-30000", "", "", "name=Cosmo Wainscott|born=2013-06-17", true },
	    "7 EHC-20417 " AMELIA " h", "new" },
	{ { SENAR, "RE: Stage two EHC-30000", "", "", "", true }, "7 EHC-20417 " AMELIA " h", "ambiguous" },
	/* only history: a colleague's reply joins, nothing else */
	{ { CALLUM, "RE: x", "on its way", "EHC-20417", "", false }, "7 EHC-20417 " AMELIA " r?", "7" },
	{ { PARENT, "RE: x", "thank you", "EHC-20417", "", false }, "7 EHC-20417 " AMELIA " r?", "ambiguous" },
	{ { CALLUM, "RE: x", "for the sister", "EHC-20417", "name=Cosmo Wainscott", false },
	    "7 EHC-20417 " AMELIA " r?", "ambiguous" },
	{ { CALLUM, "RE: x", "on its way", "EHC-20417 EHC-20418", "", false },
	    "7 EHC-20417 " AMELIA " r?;8 EHC-20418 " TWIN " r?", "ambiguous" },
	{ { SENAR, "RE: Stage two EHC-30000", "", "EHC-20417", "", false }, "7 EHC-20417 " AMELIA " r?", "new" },
	/* several children in one mail */
	{ { SENAR, "Stage two EHC-20417 and EHC-20418", "", "", "", false }, "", "ambiguous" },
	{ { SENAR, "Stage two", "", "", "nhs=9990002010|nhs=9990002088", false }, "", "ambiguous" },
	{ { SENAR, "Stage two EHC-20417", "", "", "name=Amelia Goodfellow|name=Rose Goodfellow", false }, "", "ambiguous" },
	{ { CALLUM, "EHC-20417", "EHC-20418 too", "", "", false },
	    "7 EHC-20417 " AMELIA " r;8 EHC-20418 " TWIN " r", "ambiguous" },
};

static const char *
part(struct arena *arena, const char **text, const char *ends)
{
	size_t len = strcspn(*text, ends);
	const char *value = arena_strndup(arena, *text, len);

	*text += len;
	if (**text != '\0' && **text != ';')
		(*text)++;
	return value;
}

static void
add_evidence(struct arena *arena, struct candidate *candidate, const char *letters)
{
	static const char order[] = "thnurb";

	for (; *letters != '\0'; letters++) {
		const char *at = strchr(order, *letters);

		if (at == NULL)
			continue;
		(void)arena_push(arena, candidate->evidence, candidate->evidence_count);
		candidate->evidence[candidate->evidence_count - 1].kind = (enum evidence_kind)(at - order);
		candidate->evidence[candidate->evidence_count - 1].weak = letters[1] == '?';
	}
}

static size_t
make_candidates(struct arena *arena, const char *text, struct candidate **list)
{
	size_t count = 0;

	*list = NULL;
	while (*text != '\0') {
		struct candidate *candidate = arena_push(arena, *list, count);
		const char *reference, *born;

		candidate->case_id = part(arena, &text, " ")[0] - '0';
		reference = part(arena, &text, " ");
		candidate->closed = strstr(reference, "+closed") != NULL;
		candidate->reference = *reference == '-' ? "" :
		    arena_strndup(arena, reference, strcspn(reference, "+"));
		candidate->name = part(arena, &text, ",");
		born = part(arena, &text, ",");
		candidate->born = *born == '\0' ? DAY_NONE : make_day(born);
		candidate->nhs_number = part(arena, &text, ",");
		candidate->upn = part(arena, &text, " ");
		add_evidence(arena, candidate, part(arena, &text, ";"));
		text += *text == ';';
	}
	return count;
}

static void
test_weighs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(weighs) / sizeof(weighs[0]); i++) {
		struct arena *arena = arena_new();
		struct pack *pack = sample_pack(arena);
		struct message *mail = sketch_mail(arena, &weighs[i].mail);
		struct candidate *candidates;
		size_t count = make_candidates(arena, weighs[i].candidates, &candidates);
		struct matched *matched;
		const char *got;

		match(arena, pack, mail, classify_mail(arena, pack, mail), candidates, count, &matched);
		got = matched->kind == MATCH_EXISTING ?
		    arena_printf(arena, "%lld", (long long)matched->case_id) : match_kind_name(matched->kind);
		if (strcmp(got, weighs[i].want) != 0)
			fail_msg("row %zu, \"%s\" (%s): %s (%s), wanted %s", i, weighs[i].mail.subject,
			    weighs[i].candidates, got, matched->why, weighs[i].want);
		if (matched->why == NULL || *matched->why == '\0')
			fail_msg("row %zu: no reason", i);
		arena_free(&arena);
	}
}

static const struct { const char *a, *b; bool want; } names[] = {
	{ "amelia goodfellow", "amelia goodfellow", true },
	{ "amelia goodfellow", "goodfellow amelia", true },
	{ "amelia rose goodfellow", "amelia goodfellow", true },
	{ "idris vaughan hughes", "idris vaughan", true },
	{ "amelia goodfellow", "rose goodfellow", false },
	{ "amelia goodfellow", "ameli goodfellow", false },
};

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (match_names_agree(names[i].a, names[i].b) != names[i].want)
			fail_msg("row %zu: %s, %s", i, names[i].a, names[i].b);
}

static const struct { const char *said, *file; bool want; } forms[] = {
	{ "@name=Amelia Goodfellow|@nhs=9990002010", "SCA EHC-20417.docx", false },
	{ "@name=Rose Goodfellow", "SCA.docx", true },
	{ "@nhs=9990002088", "SCA.docx", true },
	{ "@born=2015-03-13", "SCA.docx", true },
	{ "@nhs=9990002088|@nhs=9990002010", "SCA.docx", false },	/* a sibling's stands there too */
	{ "name=Rose Goodfellow", "SCA.docx", false },			/* not the form's */
	{ "", "SCA EHC-20418.docx", true },
	{ "", "SCA EHC-20417 and EHC-20418.docx", false },
	{ "", "SCA.docx", false },
};

static void
test_wrong_child(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct arena *arena = arena_new();
		struct pack *pack = sample_pack(arena);
		struct sketch sketch = { CALLUM, "EHC-20417", "", "", forms[i].said, false };
		struct message *mail = sketch_mail(arena, &sketch);
		struct case_state *of = make_case(arena, "EHC-20417", received);
		const char *why;

		make_document(arena, mail, forms[i].file, "");
		make_case_fact(arena, of, 0, "child-name", "Amelia Goodfellow");
		make_case_fact(arena, of, 0, "date-of-birth", "2015-03-12");
		make_case_fact(arena, of, 0, "nhs-number", "9990002010");
		why = match_wrong_child(arena, pack, mail, of);
		if ((why != NULL) != forms[i].want)
			fail_msg("row %zu: %s", i, why == NULL ? "nothing wrong" : why);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shows), cmocka_unit_test(test_weighs), cmocka_unit_test(test_names),
		cmocka_unit_test(test_wrong_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
