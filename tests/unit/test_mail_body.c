/* New text, forwarded text, history; banners, signatures, disclaimers; HTML to lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "mail/body.h"
#include "mail/html.h"

#define BLOCK "From: Ada <ada@example.org>\nSent: 1 October 2026 10:00\nTo: B <b@example.org>\nSubject: x\n\n"

static const struct {
	const char	*name, *text;
	bool		 forward, reply;
	const char	*new_text, *forwarded, *quoted;
} splits[] = {
	{ "nothing but new", "Hello.\nSecond.\n", false, false, "Hello.\nSecond.\n", "", "" },
	{ "Outlook reply", "Yes.\n\n________________________________\n" BLOCK "old\n", false, true, "Yes.\n", "",
	    "________________________________\nFrom: Ada <ada@example.org>\nSent: 1 October 2026 10:00\n"
	    "To: B <b@example.org>\nSubject: x\n\nold\n" },
	{ "Outlook forward", "See below.\n\n" BLOCK "old\n", true, false, "See below.\n",
	    "From: Ada <ada@example.org>\nSent: 1 October 2026 10:00\nTo: B <b@example.org>\nSubject: x\n\nold\n", "" },
	{ "original message", "Yes.\n-----Original Message-----\nFrom: A\nold\n", false, true, "Yes.\n", "",
	    "-----Original Message-----\nFrom: A\nold\n" },
	{ "on wrote, quoted", "Yes.\n\nOn 1 Oct 2026, Ada <a@x.org> wrote:\n> old\n> older\n", false, true, "Yes.\n", "",
	    "On 1 Oct 2026, Ada <a@x.org> wrote:\nold\nolder\n" },
	{ "on wrote over two lines", "Yes.\n\nOn Mon, 1 Oct 2026 at 10:00, Ada Byron\n<a@x.org> wrote:\n> old\n", false,
	    true, "Yes.\n", "", "On Mon, 1 Oct 2026 at 10:00, Ada Byron\n<a@x.org> wrote:\nold\n" },
	{ "bottom posting", "On 1/10/2026 10:00, Ada wrote:\n> old\n\nYes.\n", false, true, "Yes.\n", "",
	    "On 1/10/2026 10:00, Ada wrote:\nold\n" },
	{ "between the lines", "> one?\nYes.\n> two?\nNo.\n", false, true, "Yes.\nNo.\n", "", "one?\ntwo?\n" },
	{ "unquoted history", "Yes.\nOn 1 Oct 2026, Ada <a@x.org> wrote:\nold\n", false, true, "Yes.\n", "",
	    "On 1 Oct 2026, Ada <a@x.org> wrote:\nold\n" },
	{ "German block", "Ja.\n\nVon: Ada <ada@example.org>\nGesendet: Montag\nAn: B\nBetreff: x\n\nalt\n", false, true,
	    "Ja.\n", "", "Von: Ada <ada@example.org>\nGesendet: Montag\nAn: B\nBetreff: x\n\nalt\n" },
	{ "begin forwarded message", "FYI\n\nBegin forwarded message:\n\n> From: Ada <a@x.org>\n> Subject: x\n> "
	    "Date: 1 Oct\n>\n> old\n",
	    false, true, "FYI\n", "Begin forwarded message:\n\nFrom: Ada <a@x.org>\nSubject: x\nDate: 1 Oct\n\nold\n", "" },
	{ "a line of underscores is no history", "One.\n________________\nTwo.\n", false, true,
	    "One.\n________________\nTwo.\n", "", "" },
	{ "from is a word too", "From: tomorrow we work late.\nSee you.\n", false, false,
	    "From: tomorrow we work late.\nSee you.\n", "", "" },
};

static void
test_split(void **state)
{
	struct arena *arena = arena_new();
	struct body body;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		body_split(arena, splits[i].text, splits[i].forward, splits[i].reply, &body);
		if (strcmp(body.new_text, splits[i].new_text) != 0 ||
		    strcmp(body.forwarded, splits[i].forwarded) != 0 || strcmp(body.quoted, splits[i].quoted) != 0)
			fail_msg("%s:\nnew \"%s\"\nforwarded \"%s\"\nquoted \"%s\"", splits[i].name, body.new_text,
			    body.forwarded, body.quoted);
	}
	arena_free(&arena);
}

static const struct {
	const char	*name, *text, *want, *marking;
} trims[] = {
	{ "nothing to take", "Hello.\n\nWorld.\n", "Hello.\n\nWorld.\n", "" },
	{ "banner", "CAUTION: This email originated from outside of the council. Do not\nclick links or open attachments "
	    "unless you recognise the\nsender and know the content is safe.\n\nHello.\n", "Hello.\n", "" },
	{ "banner with a head", "[EXTERNAL]\n\nHello.\n", "Hello.\n", "" },
	{ "first contact", "You don't often get email from a@x.org. Learn why this is important\nHello.\n", "Hello.\n", "" },
	{ "signature", "Hello.\n\nKind regards\n\nAda Byron\nSocial Worker\nTel: 0000 496 0000\n", "Hello.\n", "" },
	{ "name alone", "Hello.\n\nAda Byron\nSocial Worker\n", "Hello.\n", "" },
	{ "dashes", "Hello.\n--\nAda\n", "Hello.\n", "" },
	{ "a fact below the name stays", "Hello.\n\nThanks\n\nAda Byron\nDate of birth: 1 May 2015\n",
	    "Hello.\n\nThanks\n\nAda Byron\nDate of birth: 1 May 2015\n", "" },
	{ "afterthought stays", "Hello.\n\nThanks\nAda Byron\n\nPS: it is urgent\n", "Hello.\n\nThanks\nAda Byron\n\n"
	    "PS: it is urgent\n", "" },
	{ "only thanks", "Thanks\n", "Thanks\n", "" },
	{ "disclaimer", "Hello.\n\nThis email and any attachments are confidential and intended only for the addressee. "
	    "If you have had it in error please delete it.\n", "Hello.\n", "" },
	{ "one such word is none", "The meeting is confidential.\n", "The meeting is confidential.\n", "" },
	{ "marking", "OFFICIAL-SENSITIVE\n\nHello.\n", "Hello.\n", "OFFICIAL-SENSITIVE" },
	{ "picture", "Hello.\n\n[cid:image001.png@01DC]\n", "Hello.\n", "" },
	{ "telephone", "Hello.\n\nSent from my iPhone\n", "Hello.\n", "" },
	{ "empty", "", "", "" },
	{ "nothing but a signature", "Ada Byron\nTeam North\n", "", "" },
	{ "nothing but a signature with regards", "Kind regards\n\nAda Byron\nTeam North\n", "", "" },
	{ "nothing but dashes", "--\nAda\n", "", "" },
	{ "an answer below the name", "Ada Byron\nAPPROVED\n", "Ada Byron\nAPPROVED\n", "" },
	{ "an answer above a signature", "APPROVED\n\nKind regards\nAda\n", "APPROVED\n", "" },
	{ "an answer below thanks", "Hello\nThanks\nAPPROVED\nAda Byron\n", "Hello\nThanks\nAPPROVED\n", "" },
	{ "a sentence below thanks", "Hello Sam\nMany thanks\nI agree with all of it and have signed it.\nAda Byron\n",
	    "Hello Sam\nMany thanks\nI agree with all of it and have signed it.\n", "" },
	{ "closing and name on one line", "Hello.\nThanks, Ada\nTeam North\n", "Hello.\n", "" },
	{ "a long tail below the sender's name", "Hello.\n\nRegards\nAda Byron\nTeam North\nA\nB\nC\nD\nE\nF\nG\nH\n"
	    "I\nJ\nK\nL\nM\n"
	    "N\nO\nP\nQ\nR\nS\nT\nU\nV\nW\nX\nY\nZ\n", "Hello.\n", "" },
	{ "the same below nobody's", "Hello.\n\nThanks\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq\nr\ns\nt\n"
	    "u\nv\nw\nx\ny\nz\n",
	    "Hello.\n\nThanks\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq\nr\ns\nt\nu\nv\nw\nx\ny\nz\n", "" },
	{ "German", "Ja.\n\nMit freundlichen Grüßen\nHans Meyer\n", "Ja.\n", "" },
	{ "Welsh", "Iawn.\n\nCofion gorau,\nAda\n", "Iawn.\n", "" },
	{ "Norwegian telephone", "Ja.\n\nSendt fra min iPhone\n", "Ja.\n", "" },
	{ "German telephone", "Ja.\n\nVon meinem iPhone gesendet\n", "Ja.\n", "" },
	{ "Japanese telephone", "Ja.\n\niPhoneから送信\n", "Ja.\n", "" },
	{ "telephone first", "Get Outlook for iOS<https://aka.ms/x>\n\nHello.\n", "Hello.\n", "" },
	{ "footer of a list", "Hello.\n\n____________\nlist@example.org\nhttps://example.org/list\n", "Hello.\n", "" },
	{ "a rule between texts", "One.\n\n----------\n\nTwo is a sentence that somebody wrote.\n", "One.\n\nTwo is "
	    "a sentence that somebody wrote.\n", "" },
	{ "an answer below dashes", "See below.\n--\nAda\nAPPROVED\n", "See below.\n--\nAda\nAPPROVED\n", "" },
	{ "words of regards in a sentence", "Ada\nwith regards to the form, it is late.\n", "Ada\nwith regards to "
	    "the form, it is late.\n", "" },
	{ "drawn banner", "********\nCAUTION: This is an external email\n********\nHello.\n", "Hello.\n", "" },
	{ "Welsh disclaimer", "Helo.\n\nMae'r neges e-bost hon yn gyfrinachol; os nad chi yw'r derbynnydd, rhaid "
	    "dileu'r neges.\n", "Helo.\n", "" },
	{ "disclaimer below text of its paragraph", "The plan is agreed.\nThis email and any attachments are "
	    "confidential and\nintended "
	    "only for the addressee. If in error please\ndelete it.\n", "The plan is agreed.\n", "" },
};

static void
test_trim(void **state)
{
	struct arena *arena = arena_new();
	const char *marking;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(trims) / sizeof(trims[0]); i++) {
		char *got = body_trim(arena, trims[i].text, "Byron, Ada", &marking);

		if (strcmp(got, trims[i].want) != 0 || strcmp(marking, trims[i].marking) != 0)
			fail_msg("%s: got \"%s\", marking \"%s\"", trims[i].name, got, marking);
	}
	/* A sender without a name signs with nothing, not with a drawn line. */
	assert_string_equal(body_trim(arena, "One.\n\n-----\n\nTwo.\n", "", &marking), "One.\n\nTwo.\n");
	arena_free(&arena);
}

static void
test_forwarded_from(void **state)
{
	struct arena *arena = arena_new();
	struct mail_address from = { "", "" };

	(void)state;
	body_forwarded_from(arena, "________\nFrom: Owen <o@example.org>\nSent: 2 Oct\nSubject: FW: x\n\nhere\n\n" BLOCK,
	    &from);
	assert_string_equal(from.address, "ada@example.org");
	body_forwarded_from(arena, "From: Owen <o@example.org>\nSent: 2 Oct\nSubject: RE: x\n\nhere\n\n" BLOCK, &from);
	assert_string_equal(from.address, "o@example.org");
	arena_free(&arena);
}

static const struct {
	const char	*html, *want;
} pages[] = {
	{ "<p>One</p><p>Two</p>", "One\n\nTwo\n" },
	{ "<p class=MsoNormal>One</p>\n<p class=MsoNormal>Two</p>", "One\nTwo\n" },
	{ "<p class=MsoNormal>One</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>Two</p>", "One\n\nTwo\n" },
	{ "a<br>b<br><br>c", "a\nb\n\nc\n" },
	{ "<table><tr><td>Name:</td><td>Ada</td></tr><tr><td>DOB</td><td>x</td></tr></table>", "Name:\tAda\nDOB\tx\n" },
	{ "<style>p{x}</style><!-- no --><script>1<2</script>text", "text\n" },
	{ "a &amp; b &lt;c&gt; &#8211; &rsquo; &#x41; &unknown; &", "a & b <c> – ’ A &unknown; &\n" },
	{ "<blockquote type=\"cite\">old<br>older</blockquote>new", "> old\n> older\nnew\n" },
	{ "new<div id=\"divRplyFwdMsg\"><b>From:</b> x</div>", "new\n" HISTORY_RULE "\nFrom: x\n" },
	{ "1 < 2", "1 < 2\n" },
	{ "<a href=\"x>y\">link</a>", "link\n" },
	{ "<p", "" },
	{ "<ul><li>one<li>two</ul>", "- one\n- two\n" },
	{ "<ul><li><p>one</p></li></ul>", "- one\n" },
	{ "<table><tr><td><p class=MsoNormal>Name<o:p></o:p></p></td>\n<td><p "
	    "class=MsoNormal>Ada</p></td></tr><tr><td><p>DOB</p></td>"
	    "<td><p>x</p></td></tr></table>", "Name\tAda\nDOB\tx\n" },
	{ "<table><tr><td>a<table><tr><td>b</td></tr></table></td></tr><tr><td></td><td>c</td></tr></table>d", "a\n\n"
	    "b\n\nc\n\nd\n" },
	{ "<table><tr><td>Name</td><td>School</td><td>DOB</td></tr><tr><td></td><td>Hill</td><td>1</td></tr>"
	    "<tr><td>Ada</td><td> </td><td>2</td></tr><tr><td>Ann</td><td>Dale</td><td></td></tr></table>",
	    "Name\tSchool\tDOB\n\tHill\t1\nAda\t\t2\nAnn\tDale\n" },
	{ "<table><tr><td></td><td>layout</td><td></td></tr></table>", "layout\n" },
	{ "<table><tr><th><p></p></th><th><p>a</p><p>b</p></th><th>c</th></tr></table>", "\ta\n\nb\tc\n" },
	{ "<table><tr><td style=display:none>x</td><td>a</td><td>b</td></tr></table>", "a\tb\n" },
	{ "<div>a</div><div><br></div><div>b<br></div><div>c</div>", "a\n\nb\nc\n" },
	{ "<p>a\xc2\xa0</p><p>\xc2\xa0</p><p>b</p>", "a\n\nb\n" },
	{ "<div style=\"display:none\">preview<div>x</div></div>text", "text\n" },
	{ "<div style=\"display: none\">never closed<p>text", "never closed\n\ntext\n" },
	{ "<!--[if mso]>no<![endif]--><!--[if !mso]><!-->yes<!--<![endif]-->", "yes\n" },
	{ "<blockquote type=cite>a<blockquote>b</blockquote>c</blockquote>d", "> a\n> b\n> c\nd\n" },
	{ "<blockquote>set in</blockquote>", "set in\n" },
	{ "<div class=yahoo_quoted><div>old</div>older</div>new", "> old\n> older\nnew\n" },
	{ "</blockquote></div>a<br>", "a\n" },
	{ "<p style=\"font-size:0\">x</p><p style='font-size:0pt'>x</p><p style=\"FONT-SIZE : 1px\">x</p>"
	    "<p style=\"font-size:0em\">x</p><p style=\"font:0/0 a\">x</p>a", "a\n" },
	{ "<td style=\"font-size:0px\"><div style=\"font-size:13px\">seen</div></td>", "seen\n" },
	{ "<span style=\"color:#fff\">x</span><font color=\"#FFFFFF\">x</font><span style=\"color: White\">x</span>"
	    "<span style=\"color:rgb(255, 255, 255)\">x</span><span style=\"color:#fefefe!important\">x</span>a", "a\n" },
	{ "<div style=\"color:#123456;background:#123456\">x</div><span style=\"color:transparent\">x</span>"
	    "<span style=\"color:rgba(0,0,0,0)\">x</span>a", "a\n" },
	{ "<table bgcolor=\"#0066cc\"><tr><td><p style=\"color:white\">seen</p></td></tr></table>", "seen\n" },
	{ "<div style=\"color:white\"><a style=\"background:#06c\">seen</a> x <b style=\"color:black\">too</b></div>",
	    "seen too\n" },
	{ "<td style=\"background-image:url(a.png)\"><font color=white>seen</font></td>", "seen\n" },
	{ "<table bgcolor=#0066cc><tr><td style=\"background:#fff;color:white\">x</td></tr></table>a", "a\n" },
	{ "<div style=\"opacity:0\">x</div><div style=\"max-height:0;overflow:hidden\">x</div>"
	    "<div style=\"overflow:hidden; height:0px\">x</div><div hidden>x</div><div hidden=\"hidden\">x</div>"
	    "<div style=\"display : none\">x</div><div style=\"visibility : collapse\">x</div>"
	    "<i style=\"position:absolute;left:-9999px\">x</i><h3 style=\"display:/**/none\">x</h3>a", "a\n" },
	{ "<div style=\"height:0\">seen</div><div style=\"opacity:0.5\">and</div><div title=hidden>this</div>",
	    "seen\nand\nthis\n" },
	{ "<p style=\"color:white\">x<p>seen", "seen\n" },
	{ "a<div style=\"display:none\">never closed", "a\n" },
	{ "<span style=\"color:windowtext;background:white\">seen</span>", "seen\n" },
	{ "<br style=\"display:none\"><img style=\"opacity:0\" hidden>seen", "seen\n" },
};

static void
test_html(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		char *got = html_text(arena, pages[i].html);

		if (strcmp(got, pages[i].want) != 0)
			fail_msg("%s: got \"%s\", wanted \"%s\"", pages[i].html, got, pages[i].want);
	}
	arena_free(&arena);
}

/* That words were hidden is told; empty space, and what is seen, are not. */
static void
test_hidden_is_told(void **state)
{
	struct arena *arena = arena_new();
	bool hidden;

	(void)state;
	html_text_seen(arena, "a<div style=\"font-size:0\">APPROVED</div>", &hidden);
	assert_true(hidden);
	html_text_seen(arena, "a<div hidden>APPROVED</div>", &hidden);
	assert_true(hidden);
	html_text_seen(arena, "a<div style=\"font-size:0\">&nbsp;</div><p style=\"color:red\">b</p>", &hidden);
	assert_false(hidden);
	arena_free(&arena);
}

static void
test_unflow(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(body_unflow(arena, "one \ntwo\nthree\n", false), "one two\nthree\n");
	assert_string_equal(body_unflow(arena, "> one \n> two\nthree\n", false), "> one two\nthree\n");
	assert_string_equal(body_unflow(arena, " >stuffed\n", false), ">stuffed\n");
	assert_string_equal(body_unflow(arena, "one \ntwo\n", true), "onetwo\n");
	assert_string_equal(body_unflow(arena, "text\n-- \nAda\n", false), "text\n-- \nAda\n");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_forwarded_from),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_hidden_is_told),
		cmocka_unit_test(test_unflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
