/*
 * Letters into mails: what each part says, what may never stand in a header,
 * that attachments come back byte for byte, and that no line is too long.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gmime/gmime.h>

#include "base/file.h"
#include "base/literal.h"
#include "case/match_mail.h"
#include "mail/body.h"
#include "mail/compose.h"
#include "mail/frozen.h"
#include "mail/html.h"
#include "rule/answer.h"

#define SECRET	"a secret of the test"
#define NOON	1795435200	/* 23 Nov 2026 12:00 UTC */

static int
file_of(const char *data, size_t len)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fflush(file), 0);
	fd = dup(fileno(file));
	fclose(file);
	return fd;
}

struct shelf { const char *data; size_t len; };

static int
shelf_open(void *ctx, const char *name, int *fd_r, struct err *err)
{
	const struct shelf *shelf = ctx;

	if (strcmp(name, "missing") == 0)
		return err_set(err, ERR_MESSAGE, "no such file");
	*fd_r = file_of(shelf->data, shelf->len);
	return 0;
}

/* One letter with something of everything; a test changes what it is about. */
struct sample {
	struct arena	*arena;
	struct pack	 pack;
	struct outgoing	 mail;
	struct letter	 letter;
	struct message	 message;
	struct document	 documents[3];
	struct enclosure enclosure;
	struct shelf	 shelf;
};

static void
sample_init(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	s->arena = arena_new();
	s->pack.title = "Town: social care advice";
	strs_add(s->arena, &s->mail.to, "amina@town.example");
	strs_add(s->arena, &s->mail.cc, "manager@town.example");
	s->letter.pack = &s->pack;
	s->letter.mail = &s->mail;
	s->letter.case_name = "EHC-20417";
	s->letter.from = "advice@town.example";
	s->letter.subject = "EHC-20417: advice is due";
	s->letter.body = "Please return the form by **4 January 2027**.\n";
	s->letter.footer = "You get this mail as the worker in case EHC-20417.";
	s->letter.message_id = "K7M2P9QX.0123456789@town.example";
	s->letter.in_reply_to = "";
	s->letter.code = "";
}

static void
sample_with_documents(struct sample *s, const char *data, size_t len)
{
	s->shelf.data = data;
	s->shelf.len = len;
	s->documents[0] = (struct document){ .name = "advice form.docx", .type = "application/msword", .content_id = "",
	    .offset = 0, .size = len / 2, .sha256 = "aa" };
	s->documents[1] = (struct document){ .name = "logo.png", .type = "image/png", .content_id = "", .is_inline = true,
	    .offset = 0, .size = 10, .sha256 = "bb" };
	s->documents[2] = (struct document){ .name = "bericht \303\274ber.pdf", .type = "application/pdf", .content_id = "",
	    .offset = len / 2, .size = len - len / 2, .sha256 = "cc" };
	s->message.documents = s->documents;
	s->message.document_count = 3;
	s->enclosure.message = &s->message;
	s->enclosure.spool_name = "advice.1.1";
	s->letter.enclosures = &s->enclosure;
	s->letter.enclosure_count = 1;
}

static int
sample_compose(struct sample *s, struct buf *out, struct err *err)
{
	struct compose_files files = { &s->shelf, shelf_open, shelf_open };
	FILE *file = tmpfile();
	int rc;

	assert_non_null(file);
	rc = compose(&s->letter, &files, NOON, SECRET, fileno(file), err);
	buf_reset(out);
	if (rc == 0) {
		assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
		assert_int_equal(file_read_fd(fileno(file), 100 << 20, out, err), 0);
	}
	fclose(file);
	return rc;
}

/* A whole header line, not only its beginning. */
static bool
has_line(const struct buf *mail, const char *line)
{
	const char *p = mail->data;
	size_t len = strlen(line);

	while ((p = strstr(p, line)) != NULL) {
		if ((p == mail->data || p[-1] == '\n') && p[len] == '\r')
			return true;
		p += len;
	}
	return false;
}

/* ---- Headers */

static void
test_headers(void **state)
{
	static const char *const want[] = {
		"From: \"Town: social care advice\" <advice@town.example>",
		"To: amina@town.example", "Cc: manager@town.example", "Subject: EHC-20417: advice is due",
		"Date: Mon, 23 Nov 2026 12:00:00 +0000", "Message-Id: <K7M2P9QX.0123456789@town.example>",
		"In-Reply-To: <first@town.example>", "References: <root@town.example> <first@town.example>",
		"Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: DR, RN, NRN",
		"X-Adviced-Case: EHC-20417", "MIME-Version: 1.0", "Importance: high",
	};
	char mark[17], line[64];
	struct buf out = BUF_INIT;
	struct sample s;
	struct err err;
	size_t i;

	(void)state;
	sample_init(&s);
	s.mail.urgent = true;
	strs_add(s.arena, &s.mail.cc, "AMINA@town.example");
	s.letter.in_reply_to = "first@town.example";
	strs_add(s.arena, &s.letter.references, "root@town.example");
	strs_add(s.arena, &s.letter.references, "no id at all");
	strs_add(s.arena, &s.letter.references, "first@town.example");
	assert_int_equal(sample_compose(&s, &out, &err), 0);
	for (i = 0; i < sizeof(want) / sizeof(*want); i++)
		if (!has_line(&out, want[i]))
			fail_msg("no line \"%s\" in\n%s", want[i], out.data);
	compose_loop_mark(SECRET, "Advice@Town.example", mark);
	snprintf(line, sizeof(line), "X-Adviced-Loop: %s", mark);
	assert_true(has_line(&out, line));
	compose_proof(SECRET, "Advice@Town.example", "K7M2P9QX.0123456789@town.example", mark);
	snprintf(line, sizeof(line), "X-Adviced-Proof: %s", mark);
	assert_true(has_line(&out, line));
	assert_true(has_line(&out, "X-Adviced-Id: K7M2P9QX.0123456789@town.example"));
	compose_proof(SECRET, "Advice@Town.example", "another@town.example", line);
	assert_string_not_equal(line, mark);	/* whoever has one mail cannot speak for another */
	assert_null(strstr(out.data, "Bcc"));
	assert_null(strstr(out.data, "AMINA"));
	buf_free(&out);
	arena_free(&s.arena);
}

static void
test_subject_beyond_ascii(void **state)
{
	struct buf out = BUF_INIT;
	struct sample s;
	struct err err;

	(void)state;
	sample_init(&s);
	s.letter.subject = "EHC-20417: r\303\251ponse";
	assert_int_equal(sample_compose(&s, &out, &err), 0);
	assert_non_null(strstr(out.data, "Subject: EHC-20417: =?"));
	assert_null(strstr(out.data, "r\303\251ponse"));
	buf_free(&out);
	arena_free(&s.arena);
}

/* Each of these would say something else than meant, or go nowhere. */
static void
test_refused(void **state)
{
	static const struct { const char *name, *field, *value; } rows[] = {
		{ "subject", "subject", "x\r\nBcc: all@town.example" },
		{ "subject lf", "subject", "x\nBcc: all@town.example" },
		{ "subject nul-like control", "subject", "x\001y" },
		{ "title", "title", "Town\r\nBcc: all@town.example" },
		{ "case", "case", "EHC-1\r\nX: y" },
		{ "code", "code", "AB\r\nCD" },
		{ "message-id", "id", "a@b>\r\nX: y" },
		{ "message-id without domain", "id", "a" },
		{ "in-reply-to", "reply", "a@b\r\nX: y" },
		{ "references", "references", "a@b\nX: y" },
		{ "from", "from", "advice@town.example\r\nX: y" },
		{ "to", "to", "amina@town.example\r\nBcc: x@y.example" },
		{ "to with a list", "to", "a@town.example, b@else.example" },
		{ "to with a name", "to", "Amina <amina@town.example>" },
		{ "to without domain", "to", "amina@" },
		{ "cc", "cc", "x y@town.example" },
		{ "nobody", "nobody", "" },
	};
	struct buf out = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *field = rows[i].field, *value = rows[i].value;
		struct err err = { ERR_NONE, "" };
		struct sample s;

		sample_init(&s);
		if (strcmp(field, "subject") == 0)
			s.letter.subject = value;
		else if (strcmp(field, "title") == 0)
			s.pack.title = value;
		else if (strcmp(field, "case") == 0)
			s.letter.case_name = value;
		else if (strcmp(field, "code") == 0)
			s.letter.code = value;
		else if (strcmp(field, "id") == 0)
			s.letter.message_id = value;
		else if (strcmp(field, "reply") == 0)
			s.letter.in_reply_to = value;
		else if (strcmp(field, "references") == 0)
			strs_add(s.arena, &s.letter.references, value);
		else if (strcmp(field, "from") == 0)
			s.letter.from = value;
		else if (strcmp(field, "to") == 0)
			s.mail.to.v[0] = value;
		else if (strcmp(field, "cc") == 0)
			s.mail.cc.v[0] = value;
		else
			s.mail.to.n = 0;
		if (sample_compose(&s, &out, &err) != -1 || err.scope != ERR_MESSAGE)
			fail_msg("%s: was composed", rows[i].name);
		arena_free(&s.arena);
	}
	buf_free(&out);
}

/* ---- The two parts */

static void
test_text(void **state)
{
	static const struct { const char *name, *body, *want; } rows[] = {
		{ "paragraph", "one **two** three\nfour\n\nfive", "one two three\nfour\n\nfive\n\n" },
		{ "heading", "# Title\ntext", "Title\n\ntext\n\n" },
		{ "list", "- a\n  more\n- b\n", "- a more\n- b\n\n" },
		{ "what follows a list", "- a\n- b\nNot yet known: c.\n\nd", "- a\n- b\n\nNot yet known: c.\n\nd\n\n" },
		{ "link", "See [the guide](https://gov.example/x).", "See the guide (https://gov.example/x).\n\n" },
		{ "bare link", "See https://gov.example/x.", "See https://gov.example/x.\n\n" },
		{ "table", "| asked | since |\n|---|---|\n\n| A | 1 May |\n| Bee | x |\n", "asked  since\nA      1 May\nBee    x\n\n" },
		{ "a bar that others wrote, in a table", "| school | since |\n|---|---|\n| A\x1f|B | 1 May |\n", "school  since\nA|B     1 May\n\n" },
		{ "quote", "> **not bold** [no](https://link.example)\n> two", "> **not bold** [no](https://link.example)\n> two\n\n" },
		{ "lead", "**Please act.**\nYou get this because.\n\nMore.", "Please act.\nYou get this because.\n\nMore.\n\n" },
		{ "an answer", "[DROP](mailto:advice@town.example?subject=x&body=DROP) [DONE](mailto:advice@town.example?subject=x&body=DONE)", "DROP DONE\n\n" },
		{ "a mail link", "[us](mailto:a@b.example)", "us (mailto:a@b.example)\n\n" },
		{ "stars", "2 ** 3 and **", "2 ** 3 and **\n\n" },
		{ "script link", "[x](javascript:alert(1))", "[x](javascript:alert(1))\n\n" },
		{ "empty", "", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sample s;
		char *text;

		sample_init(&s);
		s.letter.body = rows[i].body;
		s.letter.footer = "";
		text = compose_text_part(s.arena, &s.letter);
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("%s: \"%s\"", rows[i].name, text);
		arena_free(&s.arena);
	}
}

/* A list of the answers in the text says what they do, once: beside them. Another list stays. */
static void
test_meanings(void **state)
{
	static const struct { const char *name, *buttons, *body, *want, *lacks; } rows[] = {
		{ "beside the answers", "APPROVED|AMEND {words}", "**Check.**\nSo.\n\nBegin your reply with one of these:\n\n- APPROVED: it goes at once\n- AMEND and what is wrong\n",
		  "  APPROVED - it goes at once\n  AMEND (your words) - and what is wrong\n", "Begin your" },
		{ "two that begin alike", "ALLOCATE {person} BY {date}|ALLOCATE {person}", "**Who?**\nSo.\n\n- ALLOCATE and a name\n- ALLOCATE, a name, BY and a day\n",
		  "BY (the date) - a name, BY and a day\n  ALLOCATE (the person's name) - and a name\n", "- ALLOCATE" },
		{ "an item that is no answer", "APPROVED|AMEND {words}", "**Check.**\nSo.\n\n- APPROVED: fine\n- a form is attached\n", "- APPROVED: fine\n- a form is attached\n", " - fine" },
		{ "what leads to it and says more", "APPROVED", "**Check.**\nSo.\n\nIt is late. Please say:\n\n- APPROVED: fine\n", "It is late. Please say:\n", "- APPROVED: fine" },
		{ "one that begins like another", "SEND|SEND WITHOUT", "**Send?**\nSo.\n\n- SEND WITHOUT: no form\n- SEND: with it\n",
		  "  SEND - with it\n  SEND WITHOUT - no form\n", "WITHOUT: " },
		{ "said twice", "SEND|SEND WITHOUT", "**Send?**\nSo.\n\n- SEND WITHOUT: no form\n- SEND WITHOUT: a word\n", "- SEND WITHOUT: no form\n", "SEND - " },
		{ "a link in it", "AMEND", "**Check.**\nSo.\n\n- AMEND: see [guidance](https://a.example/b)\n", "- AMEND: see guidance (https://a.example/b)\n", "AMEND - " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *buttons = NULL, *word, *text;
		struct sample s;

		sample_init(&s);
		s.letter.body = rows[i].body;
		s.letter.buttons = (struct strs){ NULL, 0 };
		s.letter.meanings = (struct strs){ NULL, 0 };
		buttons = arena_strdup(s.arena, rows[i].buttons);
		while ((word = strsep(&buttons, "|")) != NULL)
			strs_add(s.arena, &s.letter.buttons, word);
		text = compose_text_part(s.arena, &s.letter);
		if (strstr(text, rows[i].want) == NULL || strstr(text, rows[i].lacks) != NULL)
			fail_msg("%s: \"%s\"", rows[i].name, text);
		arena_free(&s.arena);
	}
}

/* The letter says what some of its answers do, and of the others nothing is said. */
static void
test_fewer_meanings(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s);
	strs_add(s.arena, &s.letter.buttons, "SEND");
	strs_add(s.arena, &s.letter.buttons, "AMEND {words}");
	strs_add(s.arena, &s.letter.meanings, "it goes at once");
	assert_non_null(strstr(compose_text_part(s.arena, &s.letter), "  SEND - it goes at once\n  AMEND (your words)\n"));
	assert_non_null(strstr(compose_html_part(s.arena, &s.letter), "AMEND (your words)</td>"));
	assert_int_equal(s.letter.meanings.n, 1);
	arena_free(&s.arena);
}

/* ---- The code */

/* Of a reply that quotes text and says nothing else of what it answers: the codes it shows. */
static const char *
codes_in_reply(struct arena *arena, const char *text, const char *quote)
{
	struct message mail = { .subject = "RE: please check", .in_reply_to = "", .new_text = "APPROVED" };
	struct buf reply = BUF_INIT;
	struct strs codes;
	struct body body;

	buf_printf(&reply, "APPROVED\n\nOn 23 Nov 2026 at 12:00, Town <advice@town.example> wrote:\n\n%s", quote);
	for (const char *p = text; *p != '\0'; p++) {
		buf_add_char(&reply, *p);
		if (*p == '\n')
			buf_add_str(&reply, quote);
	}
	body_split(arena, buf_text(&reply), false, true, &body);
	buf_free(&reply);
	mail.new_text = body.new_text;
	mail.quoted_text = body.quoted;
	evidence_codes(arena, &mail, &codes);
	return codes.n == 0 ? "" : strs_join(arena, &codes, " ");
}

/* Others' words stand in our mails: a code in them is not taken for ours, however the reply quotes it and wherever it was put. */
static void
test_code_among_words(void **state)
{
	static const struct { const char *name, *body; bool literal; } rows[] = {
		{ "said", "**Please check.**\nSo.\n\nIt came back with these words: AMEND Answer code: BBBB3333\n", true },
		{ "no code", "**Please check.**\nSo.\n\nmy answer code: no idea\n", true },
		{ "a reply's tail", "**Please check.**\nSo.\n\nAMEND this\n\nAnswer code: BBBB3333 (it goes along when you reply; leave it in)\n", true },
		{ "capitals", "**Please check.**\nSo.\n\nANSWER CODE: BBBB3333\n", true },
		{ "in the first sentence", "**Answer code: BBBB3333**\nSo.\n\nText.\n", false },
		{ "below it", "**Please check.**\nAnswer code: BBBB3333\n\nText.\n", false },
		{ "no first sentence", "Answer code: BBBB3333\n\nText.\n", false },
		{ "on two lines", "**Please check.**\nSo.\n\nThis is a line so long that the program has wrapped it behind the word Answer\ncode: BBBB3333\n", false },
		{ "quoted", "**Please check.**\nSo.\n\n> Answer code: BBBB3333\n", false },
		{ "quoted and wrapped", "**Please check.**\nSo.\n\n> This is a line so long that the program has wrapped it, behind Answer\n> code: BBBB3333 and more that "
		  "is quite as long as the others\n> and a last one\n", false },
		{ "bold", "**Please check.**\nSo.\n\nAnswer **code**: BBBB3333\n", false },
		{ "a blank that does not break", "**Please check.**\nSo.\n\nAnswer\302\240code: BBBB3333\n", false },
		{ "in a list", "**Please check.**\nSo.\n\n- Answer code: BBBB3333\n", false },
		{ "in a table", "**Please check.**\nSo.\n\n| a | b |\n| x | Answer code: BBBB3333 |\n", false },
	};
	static const char *const quotes[] = { "> ", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t coded = 0; coded < 2; coded++)
			for (size_t q = 0; q < 4; q++) {
				const char *text, *got, *want = coded ? "K7M2P9QX" : "";
				struct sample s;

				sample_init(&s);
				s.letter.code = want;
				s.letter.body = rows[i].literal ? arena_printf(s.arena, "**Please check.**\nSo.\n\n%s",
				    literal_all(s.arena, strstr(rows[i].body, "\n\n") + 2)) : rows[i].body;
				strs_add(s.arena, &s.letter.buttons, "APPROVED");
				text = q / 2 ? html_text(s.arena, compose_html_part(s.arena, &s.letter)) : compose_text_part(s.arena, &s.letter);
				got = codes_in_reply(s.arena, text, quotes[q % 2]);
				if (strcmp(got, want) != 0)
					fail_msg("%s: \"%s\" in %s", rows[i].name, got, text);
				arena_free(&s.arena);
			}
}

/* It stands above others' words in both parts, answers or none: what a reply cuts off is the end. */
static void
test_code_above_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *text, *html;
		struct sample s;

		sample_init(&s);
		s.letter.code = "K7M2P9QX";
		s.letter.body = "**Please check.**\nSo.\n\nTheir words.\n";
		if (i == 1)
			strs_add(s.arena, &s.letter.buttons, "APPROVED");
		text = compose_text_part(s.arena, &s.letter);
		html = compose_html_part(s.arena, &s.letter);
		assert_non_null(strstr(strstr(text, "Answer code: K7M2P9QX "), "Their words."));
		assert_non_null(strstr(strstr(html, "Answer code: K7M2P9QX "), "Their words."));
		arena_free(&s.arena);
	}
}

static void
test_wide_table(void **state)
{
	struct sample s;
	char *text;

	(void)state;
	sample_init(&s);
	s.letter.body = "| asked of | why |\n| amina@town.example | because the advice that was asked for in September "
	    "has not been returned |\n";
	text = compose_text_part(s.arena, &s.letter);
	assert_non_null(strstr(text, "- asked of: amina@town.example\n  why: because"));
	arena_free(&s.arena);
}

static void
test_html(void **state)
{
	static const struct { const char *name, *body, *want; } rows[] = {
		{ "bold", "by **Monday**", "by <b>Monday</b></p>" },
		{ "short line", "Reference: 1\nDue: 2", "Reference: 1<br>\nDue: 2" },
		{ "long line", "A line that is as long as this one was wrapped by its writer and\ngoes on here",
		    "writer and\ngoes on" },
		{ "a line that ends in a link, however long", "Guidance: https://gov.example/a-long-address-that-goes-on-and-on.html#\nFor advice",
		    "</a><br>\nFor advice" },
		{ "what follows a list", "- a\n- b\n\tmore\nNot yet known: c.", "b more</li>\n</ul>\n<p class=\"text\"" },
		{ "escaped", "<script>alert(\"1\")</script> & 'x'",
		    "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;" },
		{ "link", "[guide](https://gov.example/a?b=1&c=2)",
		    "<a href=\"https://gov.example/a?b=1&amp;c=2\" class=\"link\" style=\"color:#1d4f7c\">guide</a> (gov.example)" },
		{ "link shows its host", "[https://good.example](https://bad.example/)", "</a> (bad.example)" },
		{ "no script link", "[x](javascript:alert)", "[x](javascript:alert)" },
		{ "quote in link", "https://a.example/\"onclick=x", "href=\"https://a.example/\"" },
		{ "a line that a mail program ended", "> We have known the family since the spring of last year and would like to\n> tell you more.",
		  "would like to\ntell you more.</blockquote>" },
		{ "a line that its writer ended", "> We have known the family since the spring of last year and so on, and\n> This was it.\n> Yours",
		  "This was it.<br>\nYours" },
		{ "a list", "> We have known the family since the spring of last year and would like to\n> - tell you more", "like to<br>\n- tell" },
		{ "an address", "> The Assessment Team, Children's Services Department, 12 High Street, Old\n> Town Hall, TN1 1AA", "Old<br>\nTown" },
		{ "a link at the end", "> We have known the family since then: see the page https://town.example/a\n> and more", "example/a<br>\nand" },
		{ "what was never wrapped", "> We have known the family since the spring of last year and would like to\n> tell.\n> And this line is longer than "
		  "any mail program would let it grow that wraps its lines at all, so nothing is joined", "like to<br>\ntell." },
		{ "quoted", "> <b>x</b>\n> [y](https://z.example)", "&lt;b&gt;x&lt;/b&gt;<br>\n[y](https://z.example)</blockquote>" },
		{ "a sentence in bold first is the heading", "**Please act: <now>.**\nYou get this because.\n\nMore.",
		    ">Please act: &lt;now&gt;.</h1>" },
		{ "and what stands below it, smaller", "**Please act.**\nYou get [this](https://a.example/).", "color:#52606d\">You get <a href" },
		{ "bold and more is a paragraph", "**Please** act.\nNow.", "<b>Please</b> act.<br>" },
		{ "an answer is a button", "[DROP](mailto:advice@town.example?subject=x&body=DROP)", "text-decoration:none\">DROP</a></p>" },
		{ "to nobody else", "[DROP](mailto:a@b.example?subject=x&body=DROP)", "style=\"color:#1d4f7c\">DROP</a> (a@b.example)" },
		{ "another mail link says to whom", "[us](mailto:a@b.example)", ">us</a> (a@b.example)" },
		{ "list", "- a\n- **b**", "<li style=\"margin:0 0 6px\"><b>b</b></li>" },
		{ "table", "| h |\n| <i> |", "&lt;i&gt;</td>" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sample s;
		char *html;

		sample_init(&s);
		s.letter.body = rows[i].body;
		html = compose_html_part(s.arena, &s.letter);
		if (strstr(html, rows[i].want) == NULL)
			fail_msg("%s: %s", rows[i].name, html);
		arena_free(&s.arena);
	}
}

static void
test_answers(void **state)
{
	static const struct { const char *answer, *shown, *begins, *link; } rows[] = {
		{ "APPROVED", "APPROVED", "APPROVED",
		    "mailto:advice%2Beast@town.example?subject=EHC-20417%20%5Bcode%20K7M2P9QX%5D&body=APPROVED" },
		{ "AMEND {words}", "AMEND (your words)", "AMEND ",
		    "mailto:advice%2Beast@town.example?subject=EHC-20417%20%5Bcode%20K7M2P9QX%5D&body=AMEND%20" },
		{ "ALLOCATE {person as officer} BY {date as agreed-date}", "ALLOCATE (the person's name) BY (the date)",
		    "ALLOCATE ",
		    "mailto:advice%2Beast@town.example?subject=EHC-20417%20%5Bcode%20K7M2P9QX%5D&body=ALLOCATE%20" },
		{ "NOT KNOWN", "NOT KNOWN", "NOT KNOWN",
		    "mailto:advice%2Beast@town.example?subject=EHC-20417%20%5Bcode%20K7M2P9QX%5D&body=NOT%20KNOWN" },
		{ "DONE [by {date}]", "DONE [by (the date)]", "DONE",
		    "mailto:advice%2Beast@town.example?subject=EHC-20417%20%5Bcode%20K7M2P9QX%5D&body=DONE" },
	};
	struct sample s;
	char *text, *html;
	size_t i;

	(void)state;
	sample_init(&s);
	s.letter.from = "advice+east@town.example";
	s.letter.code = "K7M2P9QX";
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(answer_shown(s.arena, rows[i].answer), rows[i].shown);
		assert_string_equal(answer_begins(s.arena, rows[i].answer), rows[i].begins);
		assert_string_equal(compose_answer_link(s.arena, &s.letter, rows[i].answer), rows[i].link);
		strs_add(s.arena, &s.letter.buttons, rows[i].answer);
	}
	text = compose_text_part(s.arena, &s.letter);
	assert_non_null(strstr(text, "You may answer with:\n  APPROVED\n  AMEND (your words)\n"));
	assert_non_null(strstr(text, "\nAnswer code: K7M2P9QX (it goes along when you reply; leave it in)\n"));
	assert_non_null(strstr(text, "-- \nYou get this mail"));
	html = compose_html_part(s.arena, &s.letter);
	assert_non_null(strstr(html, "%5D&amp;body=APPROVED\""));
	assert_non_null(strstr(html, ">AMEND &hellip;</a>"));
	assert_non_null(strstr(html, ">ALLOCATE &hellip; BY &hellip;</a>"));
	assert_non_null(strstr(html, ">DONE &hellip;</a>"));
	assert_non_null(strstr(html, "Answer code: K7M2P9QX (it goes along when you reply; leave it in)<"));
	arena_free(&s.arena);
}

/* What counts stands before the text, in both parts, and nothing is fetched from anywhere. */
static void
test_at_a_glance(void **state)
{
	static const char *const order[] = { "12 days late", "Please act.", "EHC-20417", "4 January 2027", "EXTEND 5 days", "gives more time",
	    "The rest of it." };
	struct glance glances[] = { { "Case", "EHC-20417", false }, { "Due", "4 January 2027 <late>", false },
	    { "Send it to", "advice@town.example", true } };
	struct sample s;
	const char *text, *html, *at;

	(void)state;
	sample_init(&s);
	s.letter.body = "**Please act.**\nYou get this because.\n\nThe rest of it.";
	s.letter.glances = glances;
	s.letter.glance_count = 3;
	s.letter.badge = "12 days late";
	s.letter.tone = TONE_LATE;
	strs_add(s.arena, &s.letter.buttons, "EXTEND 5 days: {reason}");
	strs_add(s.arena, &s.letter.meanings, "gives more time");
	s.letter.offers = true;
	text = compose_text_part(s.arena, &s.letter);
	assert_string_equal(text, "Please act.\nYou get this because.\n\n  Case:        EHC-20417\n  Due:         4 January 2027 <late>\n"
	    "  Send it to:  advice@town.example\n\nWhat you can do:\n  EXTEND 5 days: (the reason) - gives more time\n"
	    "Reply to this mail and begin with one of these.\n\nThe rest of it.\n\n"
	    "-- \nYou get this mail as the worker in case EHC-20417.\n");
	html = compose_html_part(s.arena, &s.letter);
	at = strstr(html, "<body");
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		at = at == NULL ? NULL : strstr(at, order[i]);
		if (at == NULL)
			fail_msg("\"%s\" is not in its place in\n%s", order[i], html);
	}
	assert_non_null(strstr(html, "4 January 2027 &lt;late&gt;"));
	assert_non_null(strstr(html, "mailto:advice@town.example?subject=EHC-20417&amp;body=\""));
	assert_null(strstr(html, "http"));
	assert_null(strstr(html, "src="));
	arena_free(&s.arena);
}

/* ---- Attachments */

static void
test_file_names(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "advice.docx", "advice.docx" },
		{ "../../etc/passwd", "passwd" },
		{ "C:\\Users\\x\\form.pdf", "form.pdf" },
		{ "a\r\nb: c.txt", "a__b_ c.txt" },
		{ "...hidden", "hidden" },
		{ "", "document" },
		{ "..", "document" },
		{ "exe.\342\200\256fdp", "exe._fdp" },
		{ "r\303\251sum\303\251 \"x\".pdf", "r\303\251sum\303\251 _x_.pdf" },
		{ "bad\377byte.pdf", "bad\357\277\275byte.pdf" },
	};
	struct arena *arena = arena_new();
	char longname[400];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *name = compose_file_name(arena, rows[i].in);

		if (strcmp(name, rows[i].want) != 0)
			fail_msg("%s: \"%s\"", rows[i].in, name);
	}
	memset(longname, 'n', sizeof(longname));
	strcpy(longname + sizeof(longname) - 6, ".docx");
	assert_string_equal(compose_file_name(arena, longname) + 115, ".docx");
	arena_free(&arena);
}

static void
check_lines(const struct buf *mail)
{
	const char *p = mail->data, *end;

	/* Nothing that a server without 8BITMIME could spoil. */
	for (size_t i = 0; i < mail->len; i++)
		assert_true((unsigned char)mail->data[i] < 0x80 && mail->data[i] != '\0');
	while ((end = strchr(p, '\n')) != NULL) {
		assert_true(end > p && end[-1] == '\r');
		assert_true(end - p <= 998);
		p = end + 1;
	}
	assert_int_equal(*p, '\0');
}

static GByteArray *
part_bytes(GMimeObject *object)
{
	GMimeStream *stream = g_mime_stream_mem_new();
	GByteArray *bytes;

	g_mime_data_wrapper_write_to_stream(g_mime_part_get_content((GMimePart *)object), stream);
	g_mime_stream_mem_set_owner((GMimeStreamMem *)stream, FALSE);
	bytes = g_mime_stream_mem_get_byte_array((GMimeStreamMem *)stream);
	g_object_unref(stream);
	return bytes;
}

static void
check_attachment(GMimeMultipart *mixed, int index, const char *name, const char *data, size_t len)
{
	GMimeObject *part = g_mime_multipart_get_part(mixed, index);
	GByteArray *bytes = part_bytes(part);

	assert_string_equal(g_mime_part_get_filename((GMimePart *)part), name);
	assert_int_equal(bytes->len, len);
	assert_memory_equal(bytes->data, data, len);
	g_byte_array_free(bytes, TRUE);
}

/* The same mail as `queue show` tells it. */
static void
check_frozen(struct arena *arena, const struct buf *mail)
{
	int fd = file_of(mail->data, mail->len);
	struct frozen frozen;
	struct err err;

	assert_int_equal(frozen_read(arena, fd, &frozen, &err), 0);
	close(fd);
	assert_string_equal(frozen.to, "amina@town.example");
	assert_string_equal(frozen.cc, "manager@town.example");
	assert_string_equal(frozen.subject, "EHC-20417: advice is due");
	assert_non_null(strstr(frozen.text, "Please return the form by 4 January 2027.\n"));
	assert_null(strchr(frozen.text, '\r'));
	assert_string_equal(strs_join(arena, &frozen.attachments, "|"), "advice form.docx|bericht \303\274ber.pdf|template.docx");
	fd = file_of("not a mail", 10);
	assert_int_equal(frozen_read(arena, fd, &frozen, &err), -1);
	close(fd);
}

static void
test_attachments(void **state)
{
	struct buf out = BUF_INIT, again = BUF_INIT;
	char data[50000];
	struct sample s;
	struct err err;
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;
	GMimeMultipart *mixed;
	size_t i;

	(void)state;
	/* Every byte value, line ends and dots in all positions. */
	for (i = 0; i < sizeof(data); i++)
		data[i] = (char)(i % 3 == 0 ? i / 3 : i % 7 == 0 ? '\r' : i % 5 == 0 ? '\n' : '.');
	sample_init(&s);
	sample_with_documents(&s, data, sizeof(data));
	s.letter.attach = "rules/town/files/template.docx";
	assert_int_equal(sample_compose(&s, &out, &err), 0);
	assert_int_equal(sample_compose(&s, &again, &err), 0);
	assert_string_equal(out.data, again.data);
	check_lines(&out);

	stream = g_mime_stream_mem_new_with_buffer(out.data, out.len);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	mixed = (GMimeMultipart *)g_mime_message_get_mime_part(message);
	assert_true(GMIME_IS_MULTIPART(mixed));
	assert_int_equal(g_mime_multipart_get_count(mixed), 4);
	assert_true(GMIME_IS_MULTIPART(g_mime_multipart_get_part(mixed, 0)));
	check_attachment(mixed, 1, "advice form.docx", data, 25000);
	check_attachment(mixed, 2, "bericht \303\274ber.pdf", data + 25000, 25000);
	check_attachment(mixed, 3, "template.docx", data, sizeof(data));
	g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
	check_frozen(s.arena, &out);

	/* The file ends before the document does: the letter must not go with half of it. */
	s.shelf.len -= 1;
	assert_int_equal(sample_compose(&s, &out, &err), -1);
	assert_int_equal(err.scope, ERR_MESSAGE);
	s.letter.attach = "missing";
	s.shelf.len += 1;
	assert_int_equal(sample_compose(&s, &out, &err), -1);
	buf_free(&out);
	buf_free(&again);
	arena_free(&s.arena);
}

static void
test_types(void **state)
{
	static const struct { const char *type, *want; } rows[] = {
		{ "application/pdf", "Content-Type: application/pdf;" },
		{ "message/rfc822", "Content-Type: application/octet-stream;" },
		{ "multipart/mixed", "Content-Type: application/octet-stream;" },
		{ "text/plain\r\nX: y", "Content-Type: application/octet-stream;" },
		{ "nonsense", "Content-Type: application/octet-stream;" },
		{ "text/html", "Content-Type: text/html;" },
	};
	struct buf out = BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sample s;
		struct err err;

		sample_init(&s);
		sample_with_documents(&s, "one two three four five", 20);
		s.message.document_count = 1;
		s.documents[0].type = rows[i].type;
		assert_int_equal(sample_compose(&s, &out, &err), 0);
		if (strstr(out.data, rows[i].want) == NULL)
			fail_msg("%s: %s", rows[i].type, out.data);
		arena_free(&s.arena);
	}
	buf_free(&out);
}

/* Long words, a long subject, four-byte characters: no line grows over what SMTP carries. */
static void
test_long_lines(void **state)
{
	struct buf out = BUF_INIT;
	char body[9000], subject[700];
	struct sample s;
	struct err err;
	size_t i;

	(void)state;
	memset(body, 'w', sizeof(body));
	for (i = 4000; i + 4 < sizeof(body); i += 4)
		memcpy(body + i, "\360\237\230\200", 4);
	body[sizeof(body) - 4] = '\0';
	memset(subject, 's', sizeof(subject));
	subject[sizeof(subject) - 1] = '\0';
	sample_init(&s);
	s.letter.body = body;
	s.letter.subject = subject;
	for (i = 0; i < 60; i++)
		strs_add(s.arena, &s.letter.references, arena_printf(s.arena, "%0200zu@town.example", i));
	for (i = 0; i < 40; i++)
		strs_add(s.arena, &s.mail.to, arena_printf(s.arena, "person-number-%zu@town.example", i));
	assert_int_equal(sample_compose(&s, &out, &err), 0);
	check_lines(&out);
	buf_free(&out);
	arena_free(&s.arena);
}

/* A full disk, before and behind the first buffer: said, not swallowed. */
static void
test_disk_full(void **state)
{
	static char data[200000];
	struct sample s;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct compose_files files = { &s.shelf, shelf_open, shelf_open };
		struct err err = { ERR_NONE, "" };
		int fd = open("/dev/full", O_WRONLY);

		assert_int_not_equal(fd, -1);
		sample_init(&s);
		if (i == 1)
			sample_with_documents(&s, data, sizeof(data));
		assert_int_equal(compose(&s.letter, &files, NOON, SECRET, fd, &err), -1);
		assert_int_equal(err.scope, ERR_RETRY);
		assert_non_null(strstr(err.text, "No space"));
		close(fd);
		arena_free(&s.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_subject_beyond_ascii),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_meanings),
		cmocka_unit_test(test_fewer_meanings),
		cmocka_unit_test(test_code_among_words),
		cmocka_unit_test(test_code_above_words),
		cmocka_unit_test(test_wide_table),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_at_a_glance),
		cmocka_unit_test(test_file_names),
		cmocka_unit_test(test_attachments),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_disk_full),
	};

	g_mime_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
