/* Which case a mail belongs to: what it shows, and how evidence for and against is weighed. */
#include "pack_maker.h"

#include "case/match.h"
#include "case/match_mail.h"
#include "case/names.h"

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
	} else if (*item == '^') {
		source = SOURCE_FORWARDED;
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
	{ { "a@x.example", "x", "y", "", "name=Amelia|born=2015-03-12", false }, "name:|2015-03-12" },	/* no full name */
	{ { "a@x.example", "x", "y", "", "born=2015-03-12", false }, "name:|2015-03-12" },	/* perhaps in its words */
	{ { "a@x.example", "x", "y", "", ">born=2015-03-12", false }, "" },
	{ { "a@x.example", "x", "y", "", "@born=2015-03-12", false }, "" },
	{ { "a@x.example", "x", "y", "", "name=Amelia Goodfellow", false }, "" },
	{ { "a@x.example", "x", "y", "", "name=Amelia Goodfellow|>born=2015-03-12", false },
	    "name:amelia goodfellow|2015-03-12?" },
	{ { "a@x.example", "EHC-20417", "y", "", "@nhs=9990002010", false },
	    "nhs:9990002010? reference:EHC-20417" },	/* a form does not point away from the mail */
	{ { "a@x.example", "x", "y", "", "@nhs=9990002010", false }, "nhs:9990002010" },
	{ { "a@x.example", "APPROVED EHC-20417 [code K7M2QX9P]", "", "", "", false },
	    "token:K7M2QX9P reference:EHC-20417" },
	{ { "a@x.example", "RE: [EXTERNAL] APPROVED [CODE K7M2QX9P]", "", "", "", false }, "token:K7M2QX9P" },
	{ { "a@x.example", "[code K7M2QX9P] [code AAAA2222]", "", "", "", false }, "token:K7M2QX9P token:AAAA2222" },
	/* what only looks like one is not looked up: a shouted word, a ticket, letters that no code has */
	{ { "a@x.example", "APPROVED K7M2QX9P", "", "", "", false }, "token:K7M2QX9P" },
	{ { "a@x.example", "[code QUARTERS]", "", "", "", false }, "token:QUARTERS" },
	{ { "a@x.example", "REQUESTS QUARTERS 22334455", "", "", "", false }, "" },
	{ { "a@x.example", "[Ticket SR-K7M2QX9P] INC00412", "", "", "", false }, "" },
	{ { "a@x.example", "[code APPROVED]", "", "", "", false }, "" },
	{ { "a@x.example", "[code K7M2QX9P7]", "", "", "", false }, "" },
	{ { "a@x.example", "[code k7m2qx9p]", "", "", "", false }, "" },
	{ { "a@x.example", "Approved, thank you", "", "", "", false }, "" },
	{ { "a@x.example", "RE: x", "APPROVED\n\nAnswer code: K7M2QX9P\n", "", "", false }, "token:K7M2QX9P" },
	{ { "a@x.example", "RE: x", "APPROVED", "answer code: AAAA2222\nAnswer code: BBBB3333", "", false },
	    "token:AAAA2222" },
	/* words that only begin like one do not hide ours */
	{ { "a@x.example", "RE: x", "APPROVED", "my answer code: no idea\nAnswer code: K7M2QX9P\nAnswer code: BBBB3333", "", false },
	    "token:K7M2QX9P" },
	{ { "a@x.example", "RE: x", "answer code: ?\nAnswer code: K7M2QX9P", "", "", false }, "token:K7M2QX9P" },
	{ { "a@x.example", "RE: x", "y", "", "", true },
	    "token:request@council.example thread:request@council.example" },
};

static const char *
evidence_text(struct arena *arena, const struct evidence *list, size_t count)
{
	static const char *const names[] = { "token", "thread", "nhs", "upn", "reference", "name" };
	struct strs texts = { 0 };

	for (size_t i = 0; i < count; i++)
		if (list[i].kind != EVIDENCE_WORDS)
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

/*
 * A candidate: "id reference[+closed] child evidence", evidence letters t(oken) h(thread) n u r b m (name near)
 * d (reference near), "?" after: weak.
 */
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
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Smith|nhs=9990002010", false }, "7 EHC-20417 " AMELIA " rn", "ambiguous" },
	{ { CALLUM, "x", "", "", "name=Amelia Smith|nhs=9990002010|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " n", "7" },
	{ { CALLUM, "x", "", "", "name=Ameila Goodfellow|nhs=9990002010|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " n", "7" },
	{ { CALLUM, "EHC-20417", "", "", "name=Ameila Goodfellow|nhs=9990002010", false }, "7 EHC-20417 " AMELIA " rn", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Goodfelow|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " r", "7" },
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Goodfellow|born=2015-12-03", false }, "7 EHC-20417 " AMELIA " r", "7" },
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " r", "7" },
	{ { CALLUM, "x", "", "", "nhs=9990002010|upn=E99991201200A", false }, "7 EHC-20417 " AMELIA " n", "7" },
	/* nearly the same is not enough where nothing else says so */
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Goodfelow", false }, "7 EHC-20417 " AMELIA " r", "ambiguous" },
	{ { CALLUM, "RE: x", "", "", "name=Amelia Goodfelow", true }, "7 EHC-20417 " AMELIA " t", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Smith|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " r", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "born=2015-12-03", false }, "7 EHC-20417 " AMELIA " r", "ambiguous" },
	{ { CALLUM, "x", "", "", "name=Amelia Goodfelow|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " m?", "ambiguous" },
	{ { SENAR, "Stage two", "", "", "name=Amelia Goodfelow|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " m?", "ambiguous" },
	{ { SENAR, "Stage two EHC-30000", "", "", "name=Amelia Goodfelow|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " m?", "new" },
	{ { CALLUM, "x", "", "", "name=Amelia Goodfellow|born=2015-03-12", false },
	    "7 EHC-20417 " AMELIA " b;9 EHC-20419 amelie goodfellow,2015-03-12,, m?", "ambiguous" },
	/* the number of one, the name of another */
	{ { CALLUM, "x", "", "", "nhs=9990002010|name=Rose Goodfellow", false }, "7 EHC-20417 " AMELIA " n", "ambiguous" },
	{ { CALLUM, "x", "", "", "nhs=9990002010|born=2013-06-17", false }, "7 EHC-20417 " AMELIA " n", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "nhs=9990002010|name=Cosmo Wainscott", false }, "7 EHC-20417 " AMELIA " rn", "ambiguous" },
	{ { CALLUM, "x", "", "", "nhs=9990002010|name=Cosmo Wainscott|born=2013-06-17", false },
	    "7 EHC-20417 " AMELIA " n;8 EHC-20951 " COSMO " b", "ambiguous" },
	/* an old conversation, and a child of whom nothing is known there */
	{ { CALLUM, "RE: x", "", "", "nhs=9990002010", true }, "7 EHC-20417 ,,, h", "ambiguous" },
	{ { CALLUM, "RE: x", "", "", "name=Cosmo Wainscott", true }, "7 EHC-20417 ,,, t", "ambiguous" },
	{ { CALLUM, "RE: x", "", "", "nhs=9990002010|born=2013-06-17", true }, "8 EHC-20951 " COSMO " h", "8" },
	{ { CALLUM, "RE: x EHC-20417", "", "", "nhs=9990002010", true }, "7 EHC-20417 ,,, hr", "7" },
	/* a reference with a digit mistyped */
	{ { CALLUM, "EHC-20951", "about Amelia Goodfellow", "", "", false },
	    "8 EHC-20951 " COSMO " r;7 EHC-20950 " AMELIA " d?", "ambiguous" },
	{ { CALLUM, "EHC-20951", "about Cosmo Wainscott or Amelia Goodfellow", "", "", false },
	    "8 EHC-20951 " COSMO " r;7 EHC-20950 " AMELIA " d?", "ambiguous" },
	{ { CALLUM, "EHC-20951", "not Amelia Goodfellow", "", "name=Cosmo Wainscott", false },
	    "8 EHC-20951 " COSMO " r;7 EHC-20950 " AMELIA " d?", "8" },
	{ { CALLUM, "EHC-20951", "not Amelia Goodfellow", "", "born=2013-06-17", false },
	    "8 EHC-20951 " COSMO " r;7 EHC-20950 " AMELIA " d?", "8" },
	{ { CALLUM, "EHC-20951", "about Amelia Goodfellow", "", "", false }, "7 EHC-20950 " AMELIA " d?", "ambiguous" },
	{ { SENAR, "Stage two EHC-20951", "a sibling of Amelia Goodfellow", "", "", false }, "7 EHC-20950 " AMELIA " d?", "new" },
	{ { CALLUM, "EHC-20418", "", "", "nhs=9990002010", false }, "7 EHC-20417 " AMELIA " n", "7" },
	{ { CALLUM, "EHC-20418", "", "", "name=Amelia Goodfellow|born=2015-03-12", false }, "7 EHC-20417 " AMELIA " b", "7" },
	{ { CALLUM, "EHC-20428", "", "", "nhs=9990002010", false }, "7 EHC-20417 " AMELIA " n", "ambiguous" },
	{ { CALLUM, "RE: EHC-20418", "", "", "", true }, "7 EHC-20417 " AMELIA " t", "ambiguous" },
	{ { SENAR, "Stage two EHC-20418", "", "", "nhs=9990002010", false }, "7 EHC-20417 " AMELIA " n", "ambiguous" },
	/* two children with one name and one birth date */
	{ { CALLUM, "x", "", "", "name=Amelia Goodfellow|born=2015-03-12", false },
	    "7 EHC-20417 " AMELIA " b;9 EHC-20500+closed amelia goodfellow,2015-03-12,, b", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Goodfellow|born=2015-03-12", false },
	    "7 EHC-20417 " AMELIA " rb;9 EHC-20500 amelia goodfellow,2015-03-12,, b", "7" },
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Goodfellow|born=2015-03-12", false },
	    "7 EHC-20417 ,,, r;9 EHC-20500 amelia goodfellow,2015-03-12,, b", "ambiguous" },
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
	/* only history: a colleague's reply joins where it names the child, nothing else does */
	{ { CALLUM, "RE: x", "Amelia Goodfellow's is on its way", "EHC-20417", "", false }, "7 EHC-20417 " AMELIA " r?", "7" },
	{ { CALLUM, "RE: x", "", "EHC-20417", "name=GOODFELLOW, Amelia", false }, "7 EHC-20417 " AMELIA " r?", "7" },
	{ { CALLUM, "RE: x", "on its way", "EHC-20417", "", false }, "7 EHC-20417 " AMELIA " r?", "ambiguous" },
	{ { CALLUM, "RE: x", "and Amelia's brother?", "EHC-20417", "", false }, "7 EHC-20417 " AMELIA " r?", "ambiguous" },
	{ { PARENT, "RE: x", "Amelia Goodfellow", "EHC-20417", "", false }, "7 EHC-20417 " AMELIA " r?", "ambiguous" },
	{ { CALLUM, "RE: x", "for the sister", "EHC-20417", "name=Cosmo Wainscott", false },
	    "7 EHC-20417 " AMELIA " r?", "ambiguous" },
	{ { CALLUM, "RE: x", "Amelia Goodfellow", "EHC-20417 EHC-20418", "", false },
	    "7 EHC-20417 " AMELIA " r?;8 EHC-20418 " TWIN " r?", "ambiguous" },
	{ { SENAR, "RE: Stage two EHC-30000", "", "EHC-20417", "", false }, "7 EHC-20417 " AMELIA " r?", "new" },
	{ { SENAR, "RE: Stage two", "", "x", ">nhs=9990002010", false }, "", "none" },	/* no case out of history */
	/* several children in one mail */
	{ { SENAR, "Stage two EHC-20417 and EHC-20418", "", "", "", false }, "", "ambiguous" },
	{ { SENAR, "Stage two", "", "", "nhs=9990002010|nhs=9990002088", false }, "", "ambiguous" },
	{ { SENAR, "Stage two EHC-20417", "", "", "name=Amelia Goodfellow|name=Rose Goodfellow", false }, "", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "born=2015-03-12|born=2013-06-17", false }, "7 EHC-20417 " AMELIA " r", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Goodfellow|^name=Rose Goodfellow", false },
	    "7 EHC-20417 " AMELIA " r", "ambiguous" },
	{ { CALLUM, "EHC-20417", "", "", "name=Amelia Goodfellow|^name=GOODFELLOW, Amelia Jane", false },
	    "7 EHC-20417 " AMELIA " r", "7" },
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
	static const char order[] = "thnurb.md";

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

#define A NAMES_AGREE
#define P NAMES_PART
#define N NAMES_NEAR
#define S NAMES_OTHER_SURNAME
#define D NAMES_DIFFER
static const struct { const char *a, *b; enum names_alike want; } names[] = {
	/* what people vary */
	{ "Amelia Goodfellow", "amelia goodfellow", A },
	{ "Amelia Goodfellow", "GOODFELLOW, Amelia", A },
	{ "Amelia Goodfellow", "GOODFELLOW Amelia", A },
	{ "Amelia Goodfellow", "Miss Amelia Goodfellow", A },
	{ "Amelia Rose Goodfellow", "Amelia Goodfellow", A },
	{ "GOODFELLOW, Amelia Rose", "Amelia Goodfellow", A },
	{ "Anne-Marie O'Brien", "Annemarie O\xe2\x80\x99" "Brien", A },
	{ "Anne Marie O Brien", "Anne\xe2\x80\x91Marie OBrien", A },
	{ "Rory McDonald", "Rory Mc Donald", A },
	{ "Yusuf al-Hassan", "Yusuf Al Hassan", A },
	{ "Lotte van der Berg", "Lotte Vanderberg", A },
	{ "Idris Vaughan-Hughes", "Idris Vaughan Hughes", A },
	{ "\xc5\x81ukasz W\xc3\xb3jcik", "Lukasz Wojcik", A },
	{ "S\xc3\xb8ren Gro\xc3\x9f", "Soren Gross", A },
	{ "Si\xc3\xb4n Gruffydd", "Sion Gruffydd", A },
	{ "Se\xc3\xa1n \xc3\x93 S\xc3\xba" "illeabh\xc3\xa1in", "Sean O'Suilleabhain", A },
	{ "Fi\xef\xac\x81 Lee", "Fifi Lee", A },			/* the ligature of f and i */
	{ "Amelia (Millie) Goodfellow", "Amelia Goodfellow", A },
	{ "Idris Vaughan-Hughes", "Idris Vaughan", P },
	{ "Amelia", "Amelia Goodfellow", P },
	/* what needs more */
	{ "Amelia Rose Goodfellow", "Rose Goodfellow", N },
	{ "Muhammad Ali Khan", "Ali Khan", N },
	{ "Mohammed Khan", "Mohammad Khan", N },
	{ "Ameila Goodfellow", "Amelia Goodfellow", N },
	{ "Amelia Goodfellow", "Amelia Goodfelow", N },
	{ "Amelia Goodfellow", "Amelia Smith", S },
	{ "Amelia Rose Goodfellow", "Amelia Smith", S },
	/* what differs */
	{ "Amelia Goodfellow", "Rose Goodfellow", D },
	{ "Mohammed Ali Khan", "Mohammed Hassan Khan", D },
	{ "Amelia Rose Goodfellow", "Amelia Jane Goodfellow", D },
	{ "Ann Lee", "Anna Lee", D },
	{ "Jon Smith", "John Smith", D },
	{ "Ella Smith", "Bella Smith", D },
	{ "Millie Goodfellow", "Amelia Goodfellow", D },
	{ "Amelia Goodfellow", "Cosmo Wainscott", D },
	{ "", "Amelia Goodfellow", D },
};
#undef A
#undef P
#undef N
#undef S
#undef D

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct arena *arena = arena_new();
		const char *a = str_fold_name(arena, names[i].a), *b = str_fold_name(arena, names[i].b);

		if (names_compare(a, b) != names[i].want || names_compare(b, a) != names[i].want)
			fail_msg("row %zu: %s, %s: %d and %d, wanted %d", i, a, b, (int)names_compare(a, b),
			    (int)names_compare(b, a), (int)names[i].want);
		arena_free(&arena);
	}
}

static const struct { const char *text, *name; bool want; } standing[] = {
	{ "advice for Amelia Goodfellow, attached", "amelia goodfellow", true },
	{ "Amelia Goodfellow's advice", "amelia goodfellow", true },
	{ "GOODFELLOW, Amelia", "amelia goodfellow", true },
	{ "SCA_Amelia_Goodfellow.docx", "amelia goodfellow", true },
	{ "Amelia Goodfellow", "amelia rose goodfellow", true },
	{ "Ali Ahmed", "ali ahmed ahmed", true },
	{ "Amelia Rose Goodfellow", "amelia rose goodfellow", true },
	{ "Amelia Rose Goodfellow", "amelia goodfellow", true },
	{ "Amelia, her brother Cosmo Goodfellow", "amelia goodfellow", false },
	{ "Anne-Marie O\xe2\x80\x99" "Brien", "anne marie obrien", true },
	{ "Amelia and her mother Jane Goodfellow", "amelia goodfellow", false },
	{ "Rose Goodfellow", "amelia goodfellow", false },
	{ "Amelia", "amelia goodfellow", false },
	{ "A. Goodfellow", "amelia goodfellow", false },
	{ "Amelia Goodfellows", "amelia goodfell", false },
	{ "Goodfellow", "goodfellow", false },
	{ "Amelia Goodfellow", "", false },
};

static void
test_stand_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(standing) / sizeof(standing[0]); i++) {
		struct arena *arena = arena_new();
		const char *words = match_own_words(arena, make_mail(arena, "a@x.example", "", standing[i].text));

		struct names_words known = names_words_of(words);

		if (names_stand_in(words, standing[i].name) != standing[i].want)
			fail_msg("row %zu: %s in %s", i, standing[i].name, words);
		if (standing[i].want && !names_may_stand_in(&known, standing[i].name))
			fail_msg("row %zu: %s would not be looked for in %s", i, standing[i].name, words);
		if (names_may_stand_in(&known, "amelia nobody") || names_may_stand_in(&known, standing[i].name + strlen(standing[i].name)))
			fail_msg("row %zu: anybody would be looked for in %s", i, words);
		arena_free(&arena);
	}
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
		why = match_wrong_child(arena, pack, mail, of, NULL, 0);
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
		cmocka_unit_test(test_stand_in),
		cmocka_unit_test(test_wrong_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
