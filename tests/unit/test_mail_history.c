/* How mail programs of many languages show where somebody else's mail begins, and what only looks like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "mail/body.h"
#include "mail/body_parts.h"
#include "mail/html.h"

static void
expect_split(struct arena *arena, const char *text, bool forward, const char *new_text, const char *from)
{
	struct body body;
	struct mail_address got = { "", "" };

	body_split(arena, text, forward, !forward, &body);
	if (strcmp(body.new_text, new_text) != 0)
		fail_msg("of \"%s\"\nnew is \"%s\"", text, body.new_text);
	if (*(forward ? body.quoted : body.forwarded) != '\0')
		fail_msg("of \"%s\"\nforwarded is \"%s\"\nquoted \"%s\"", text, body.forwarded, body.quoted);
	body_forwarded_from(arena, forward ? body.forwarded : body.quoted, &got);
	if (from != NULL && strcmp(got.address, from) != 0)
		fail_msg("of \"%s\"\nfrom is \"%s\"", text, got.address);
}

/* From, Sent, To, Cc, Subject as written by some program of each language. */
static const char *const blocks[][5] = {
	{ "From", "Sent", "To", "Cc", "Subject" },
	{ "Oddi wrth", "Anfonwyd", "At", "Copi", "Pwnc" },
	{ "Von", "Gesendet", "An", "Cc", "Betreff" },
	{ "De", "Envoyé", "À", "Cc", "Objet" },
	{ "De", "Enviado el", "Para", "CC", "Asunto" },
	{ "Da", "Inviato", "A", "Cc", "Oggetto" },
	{ "De", "Enviada em", "Para", "Cc", "Assunto" },
	{ "Van", "Verzonden", "Aan", "CC", "Onderwerp" },
	{ "Od", "Wysłane", "Do", "DW", "Temat" },
	{ "Od", "Odesláno", "Komu", "Kopie", "Předmět" },
	{ "Od", "Odoslané", "Komu", "Kópia", "Predmet" },
	{ "Feladó", "Elküldve", "Címzett", "Másolatot kap", "Tárgy" },
	{ "De la", "Trimis", "Către", "Cc", "Subiect" },
	{ "Från", "Skickat", "Till", "Kopia", "Ämne" },
	{ "Fra", "Sendt", "Til", "Cc", "Emne" },
	{ "Lähettäjä", "Lähetetty", "Vastaanottaja", "Kopio", "Aihe" },
	{ "Saatja", "Saadetud", "Adressaat", "Koopia", "Teema" },
	{ "Šalje", "Datum", "Prima", "Kopija", "Predmet" },
	{ "Pošiljatelj", "Poslano", "Za", "Kp", "Zadeva" },
	{ "Kimden", "Gönderildi", "Kime", "Bilgi", "Konu" },
	{ "Από", "Στάλθηκε", "Προς", "Κοιν", "Θέμα" },
	{ "От", "Отправлено", "Кому", "Копия", "Тема" },
	{ "Від", "Надіслано", "Кому", "Копія", "Тема" },
	{ "差出人", "送信日時", "宛先", "CC", "件名" },
	{ "发件人", "发送时间", "收件人", "抄送", "主题" },
	{ "보낸 사람", "보낸 날짜", "받는 사람", "참조", "제목" },
	{ "من", "تاريخ الإرسال", "إلى", "نسخة", "الموضوع" },
	{ "מאת", "נשלח", "אל", "עותק", "נושא" },
};

static const char *const forms[] = {	/* how a program sets its lines */
	"%s: Ada Byron <ada@example.org>\n%s: 1/10/2026 10:00\n%s: b@example.org\n%s: c@example.org\n%s: x\n\nAPPROVED\n",
	"*%s:* Ada Byron <ada@example.org>\n*%s:* 1/10/2026 10:00\n*%s:* b@example.org\n*%s:* c\n*%s:* x\n\nAPPROVED\n",
	"%s : Ada <ada@example.org>\n\n%s : 1/10/2026 10:00\n\n%s : b@example.org\n\n%s : c\n\n%s : x\n\nAPPROVED\n",
	"________________________________\n%s: ada@example.org\n%s: 1/10/2026 10:00\n%s: b\n%s: c\n%s: x\n\nAPPROVED\n",
	"> %s: Ada <ada@example.org>\n> %s: 1/10/2026 10:00\n> %s: b\n> %s: c\n> %s: x\n>\n> APPROVED\n",
	"%s：Ada <ada@example.org>\n%s：1/10/2026 10:00\n%s：b\n%s：c\n%s：x\nAPPROVED\n",
	"----- ? ----- %s: Ada <ada@example.org>%s: 1/10/2026 10:00 %s: b@example.org %s: c %s: x\nAPPROVED\n",
	"%s: Ada [mailto:ada@example.org]\n%s: 1 October\n 2026 10:00\n%s: b\n%s: c\n%s: x\n\nAPPROVED\n",
};

static void
test_blocks(void **state)
{
	struct arena *arena = arena_new();
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		for (j = 0; j < sizeof(forms) / sizeof(forms[0]); j++) {
			struct buf text = BUF_INIT;

			if (strncmp(forms[j], "-----", 5) == 0 && i > 0 && i != 2)
				continue;
			buf_add_str(&text, "Declined.\n\n");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			buf_printf(&text, forms[j], blocks[i][0], blocks[i][1], blocks[i][2], blocks[i][3], blocks[i][4]);
#pragma GCC diagnostic pop
			expect_split(arena, buf_text(&text), false, "Declined.\n", "ada@example.org");
			expect_split(arena, buf_text(&text) + strlen("Declined.\n\n"), true, "", "ada@example.org");
			buf_free(&text);
		}
	arena_free(&arena);
}

/* Each above unquoted and quoted text. */
static const char *const wrotes[] = {
	"On Mon, 1 Oct 2026 at 10:00, Ada Byron <ada@example.org> wrote:",
	"On Thu, Oct 1, 2026 at 10:00 AM Ada Byron <ada@example.org>\nwrote:",
	"On 1 Oct 2026, at 10:00, Ada Byron (Team North)\n<ada@example.org\n> wrote:",
	"On 01/10/2026 10:00, Ada Byron wrote:", "  On Thursday, October 1, 2026, 10:00:00 AM GMT+1, Ada <a@x.org> wrote:  ",
	"---- On Thu, 01 Oct 2026 10:00:00 +0100 ada@example.org wrote ----", "Ada Byron wrote on 01/10/2026 10:00:",
	"ada@example.org wrote:", "Quoting Ada Byron <ada@example.org>:", "- Le 2026-10-01 10:00, Ada Byron a écrit :",
	"Ar 1 Hyd 2026, am 10:00, ysgrifennodd Ada <ada@example.org>:",
	"Am 01.10.2026 um 10:00 schrieb Ada Byron:", "Am Do., 1. Okt. 2026 um 10:00 Uhr schrieb Ada Byron <\nada@example.org>:",
	"Ada Byron <ada@example.org> schrieb am Do., 1. Okt. 2026, 10:00:",
	"Le jeu. 1 oct. 2026 à 10:00, Ada Byron <ada@example.org> a\nécrit :", "Le 01/10/2026 à 10:00, Ada Byron a écrit :",
	"El jue, 1 oct 2026 a las 10:00, Ada Byron (<ada@example.org>) escribió:", "El 01/10/2026 10:00, Ada Byron escribió:",
	"Il giorno gio 1 ott 2026 alle ore 10:00 Ada Byron <ada@example.org> ha\nscritto:", "Il 01/10/2026 10:00, "
	    "Ada ha scritto:",
	"Em qui., 1 de out. de 2026 às 10:00, Ada Byron <ada@example.org> escreveu:", "A 01/10/2026 10:00, Ada escreveu:",
	"Op do 1 okt 2026 om 10:00 schreef Ada Byron <ada@example.org>:", "Op 01-10-2026 om 10:00 schreef Ada:",
	"W dniu 01.10.2026 o 10:00, Ada Byron pisze:", "czw., 1 paź 2026 o 10:00 Ada Byron <ada@example.org> napisał(a):",
	"Dne 01. 10. 26 v 10:00 Ada Byron napsal(a):", "čt 1. 10. 2026 v 10:00 odesílatel Ada <ada@example.org> napsal:",
	"Dňa 1. 10. 2026 o 10:00 Ada Byron napísal(a):", "2026. 10. 01. 10:00 keltezéssel, Ada Byron írta:",
	"Ada Byron <ada@example.org> ezt írta (időpont: 2026. okt. 1., Cs, 10:00):",
	"Pe joi, 1 oct. 2026 la 10:00, Ada Byron <ada@example.org> a scris:", "joi, 1 oct. 2026, 10:00 Ada "
	    "<ada@example.org> a scris:",
	"Den tors 1 okt. 2026 kl 10:00 skrev Ada Byron <ada@example.org>:", "Den 01.10.2026 10:00, skrev Ada Byron:",
	"tor. 1. okt. 2026 kl. 10:00 skrev Ada Byron <ada@example.org\n>:", "to 1. lokak. 2026 klo 10.00 Ada "
	    "<ada@example.org> kirjoitti:",
	"Kuupäev N, 1. oktoober 2026 kell 10:00 kirjutas Ada <ada@example.org>:",
	"Dana čet, 1. lis 2026. u 10:00 Ada Byron <ada@example.org> napisao je:",
	"V V čet., 1. okt. 2026 ob 10:00 je oseba Ada <ada@example.org> napisala:",
	"Ada Byron <ada@example.org>, 1 Eki 2026 Per, 10:00 tarihinde şunu yazdı:",
	"Στις Πέμ, 1 Οκτ 2026 στις 10:00 π.μ., ο/η Ada <ada@example.org> έγραψε:",
	"чт, 1 окт. 2026 г. в 10:00, Ada Byron <ada@example.org>:", "01.10.2026 10:00, Ada Byron пишет:",
	"чт, 1 жовт. 2026 р. о 10:00 Ada Byron <ada@example.org> пише:", "2026年10月1日(木) 10:00 Ada Byron <ada@example.org>:",
	"Ada Byron <ada@example.org> 于2026年10月1日周四 10:00写道：", "在 2026/10/1 10:00, Ada Byron 写道:",
	"2026년 10월 1일 (목) 오전 10:00, Ada Byron <ada@example.org>님이 작성:",
	"في الخميس، ١ أكتوبر ٢٠٢٦ في ١٠:٠٠ ص تمت كتابة ما يلي بواسطة Ada <ada@example.org>:",
	"בתאריך יום ה׳, 1 באוק׳ 2026 ב-10:00 מאת Ada <‪ada@example.org‬‏>:",
	"1.10.2026, 10:00, \"Ada Byron\" <ada@example.org>:",
};

static void
test_wrotes(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrotes) / sizeof(wrotes[0]); i++) {
		expect_split(arena, arena_printf(arena, "See you at 10:30.\n\n%s\n\nAPPROVED\n", wrotes[i]), false,
		    "See you at 10:30.\n", NULL);
		expect_split(arena, arena_printf(arena, "No, on 3 May.\n%s\n> APPROVED\n\nThanks\n", wrotes[i]), false,
		    "No, on 3 May.\n\nThanks\n", NULL);
	}
	arena_free(&arena);
}

static const char *const titles[] = {
	"-----Original Message-----", "---------- Original Message ----------", "-----Ursprüngliche Nachricht-----",
	"-------- Message d'origine --------", "-----Message d’origine-----", "-----Mensaje original-----",
	"-----Messaggio originale-----", "-----Mensagem original-----", "-----Oorspronkelijk bericht-----",
	"-----Ursprungligt meddelande-----", "-------- Oprindelig besked --------", "-----Opprinnelig melding-----",
	"-----Alkuperäinen viesti-----", "-----Wiadomość oryginalna-----", "-----Původní zpráva-----",
	"-----Pôvodná správa-----", "-----Eredeti üzenet-----", "-----Mesaj original-----", "-----Izvorna poruka-----",
	"-----Özgün İleti-----", "-----Αρχικό μήνυμα-----", "-----Исходное сообщение-----", "-----元のメッセージ-----",
	"-----邮件原件-----", "-----원본 메시지-----", "-----الرسالة الأصلية-----", "-----הודעה מקורית-----",
	"-----Neges Wreiddiol-----", "-----Original Appointment-----",
};

static const char *const forward_titles[] = {
	"---------- Forwarded message ---------", "Begin forwarded message:", "> Begin forwarded message:\n>",
	"-------- Weitergeleitete Nachricht --------", "Anfang der weitergeleiteten Nachricht:",
	"-------- Message transféré --------", "Début du message réexpédié :", "---------- Mensaje reenviado ---------",
	"Inizio messaggio inoltrato:", "-------- Mensagem encaminhada --------", "Begin doorgestuurd bericht:",
	"-------- Przekazana wiadomość --------", "---------- Přeposlaná zpráva ---------", "-------- Továbbított "
	    "üzenet --------",
	"---------- Mesaj redirecționat ---------", "-------- Vidarebefordrat meddelande --------",
	"Start på videresendt besked:", "-------- Videresendt melding --------", "-------- Välitetty viesti --------",
	"-------- İletilen İleti --------", "-------- Пересылаемое сообщение --------",
	"-------- Переслане повідомлення --------", "---------- 転送されたメッセージ ---------", "-------- 转发的邮件 --------",
	"---------- 전달된 메시지 ---------", "----- Neges wedi'i hanfon ymlaen -----", "-------- Unbekannter Titel --------",
	"--- Forwarded by Ada Byron/North/Council on 01/10/2026 10:00 ---",
};

static void
test_titles(void **state)
{
	struct arena *arena = arena_new();
	struct body body;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		expect_split(arena, arena_printf(arena, "Declined.\n%s\nFrom: ada@example.org\nAPPROVED\n", titles[i]), false,
		    "Declined.\n", NULL);
	for (i = 0; i < sizeof(forward_titles) / sizeof(forward_titles[0]); i++) {
		const char *quote = *forward_titles[i] == '>' ? "> " : "";
		const char *text = arena_printf(arena, "%s\n%sFrom: Ada <ada@example.org>\n%sSubject: x\n%sDate: 1 Oct 2026\n"
		    "%sTo: b@example.org\n%s\n%sHello.\n", forward_titles[i], quote, quote, quote, quote, quote, quote);

		expect_split(arena, text, true, "", "ada@example.org");
		body_split(arena, text, false, false, &body);
		assert_string_equal(body.new_text, "");
		assert_non_null(strstr(body.forwarded, "Hello.\n"));
	}
	arena_free(&arena);
}

/* People's own words, which no rule may take for history. */
static const char *const own[] = {
	"On the whole I agree.\nOn 3 May we met at 10:30 and she said: no.\n",
	"On 12 March she wrote the following:\nPlease help.\n",
	"From: tomorrow\nwe work late.\nTo: nobody in particular.\n",
	"MEMO\nTo: the team\nFrom: the office\nDate: 1 October 2026\nSubject: x\nHello.\n",
	"-- draft --\nThe original message was lost.\n",
	"Name: Ada\nDate of birth: 1 May 2015\nEmail: ada@example.org\nSchool: North\n",
	"Two parts:\n----------\nOne.\n==========\nTwo.\n",
	"Start: 10:00\nEnd: 11:00\nDate: 1/10/2026\nTo: discuss.\n",
	"Am I to write to the school?\nLe Mans is far.\n",
	"I forwarded message 12 on 1/10/2026 at 10:00.\nForwarded by post as well.\n",
	"Her mother wrote to us:\nplease ring.\n",
	"2026-10-01 10:00\n2/10/2026 at 2:30 PM\nare the dates.\n",
	"Contact: Ada <ada@example.org>\nWhen: 10:00\n",
};

static void
test_own_words(void **state)
{
	struct arena *arena = arena_new();
	struct body body;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		body_split(arena, own[i], false, i % 2 == 0, &body);
		if (strcmp(body.new_text, own[i]) != 0)
			fail_msg("of \"%s\"\nonly \"%s\" is new", own[i], body.new_text);
	}
	arena_free(&arena);
}

/* A forward inside what is answered is history, however deep. */
static void
test_forward_within_history(void **state)
{
	struct arena *arena = arena_new();
	struct body body;

	(void)state;
	body_split(arena, "Declined.\n\nOn 1 Oct 2026, Ada <a@x.org> wrote:\n> See this.\n>\n"
	    "> ---------- Forwarded message ---------\n> From: B <b@x.org>\n> Subject: x\n> To: c@x.org\n>\n> APPROVED\n",
	    false, true, &body);
	assert_string_equal(body.new_text, "Declined.\n");
	assert_string_equal(body.forwarded, "");
	assert_non_null(strstr(body.quoted, "APPROVED"));
	body_split(arena, "> ---------- Original Message ----------\n> From: A <a@x.org>\n> Date: 1 Oct 2026\n"
	    "> Subject: x\n>\n> APPROVED\n\nDeclined.\n", false, true, &body);
	assert_string_equal(body.new_text, "Declined.\n");
	arena_free(&arena);
}

static void
test_links_in_from(void **state)
{
	static const char *const froms[] = {
		"Ada Byron <ada@example.org<mailto:ada@example.org>>", "Ada Byron<mailto:ada@example.org>",
		"Ada Byron [mailto:ada@example.org]", "\"Byron, Ada\" <ada@example.org>", "ada@example.org",
		"Ada<mailto:ada@example.org> <ada@example.org<mailto:ada@example.org>> on behalf of office@example.org",
		"Ada Byron <ada@example.org> im Auftrag von Office <office@example.org>",
	};
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(froms) / sizeof(froms[0]); i++)
		expect_split(arena, arena_printf(arena, "From: %s\nSent: 1 Oct 2026\nTo: b\nSubject: x\n\nold\n", froms[i]),
		    true, "", "ada@example.org");
	arena_free(&arena);
}

/* HTML only: what each program leaves around the history. */
static const char *const pages[] = {
	"<div>Declined.</div><div class=\"yahoo_quoted\"><div>Nieznane slowa</div><div>APPROVED</div></div>",
	"<div>Declined.</div><hr tabindex=\"-1\"><div id=\"divRplyFwdMsg\"><b>Nuo:</b> Ada "
	    "&lt;a@x.org&gt;<br><b>Kada:</b> 1 10:00"
	    "<br><b>Kam:</b> b<br><b>Tema:</b> x</div><div>APPROVED</div>",
	"<p>Declined.</p><blockquote "
	    "type=\"cite\"><div>x</div><blockquote>APPROVED</blockquote><div>APPROVED</div></blockquote>",
	"<div>Declined.</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Thu, 1 Oct 2026 at 10:00, Ada &lt;"
	    "<a href=\"mailto:a@x.org\">a@x.org</a>&gt; wrote:<br></div><blockquote "
	    "class=\"gmail_quote\">APPROVED</blockquote></div>",
	"<p class=MsoNormal>Declined.<o:p></o:p></p><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p "
	    "class=MsoNormal><b>"
	    "<span>From:</span></b> Ada &lt;a@x.org&gt;<br><b>Sent:</b> 1 October 2026 10:00<br><b>To:</b> "
	    "b<br><b>Subject:</b> x"
	    "<o:p></o:p></p></div><p class=MsoNormal>APPROVED</p>",
	"<div>Declined.</div><div class=\"moz-cite-prefix\">On 01/10/2026 10:00, Ada wrote:<br></div><blockquote type=\"cite\">"
	    "APPROVED</blockquote>",
	"<div>Declined.</div><div class=\"ms-outlook-mobile-reference-message skipProofing\"><div>x</div>APPROVED</div>",
	"<div style=\"display:none;max-height:0\">APPROVED</div><div>Declined.</div>",
	"<div>Declined.</div><div name=\"quote\" style=\"margin:10px\">APPROVED</div>",
};

static void
test_pages(void **state)
{
	struct arena *arena = arena_new();
	struct body body;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		body_split(arena, html_text(arena, pages[i]), false, true, &body);
		if (strcmp(body.new_text, "Declined.\n") != 0)
			fail_msg("of %s\nnew is \"%s\"", pages[i], body.new_text);
	}
	/* Answers between Gmail's quotes stand within its container. */
	body_split(arena, html_text(arena, "<div class=\"gmail_quote\"><div class=\"gmail_attr\">On Thu, 1 Oct 2026, "
	    "Ada &lt;a@x.org"
	    "&gt; wrote:</div><blockquote class=\"gmail_quote\">one?</blockquote><div>Yes.</div><blockquote "
	    "class=\"gmail_quote\">"
	    "two?</blockquote></div>"), false, true, &body);
	assert_string_equal(body.new_text, "Yes.\n");
	arena_free(&arena);
}

static void
expect_folded(const char *word)
{
	char folded[FOLD_MAX];
	size_t len = strlen(word), n;

	body_fold(word, len, folded);
	n = strlen(folded);
	if (strncmp(folded, word, n) != 0 || (word[n] != '\0' && strcmp(word + n, " ") != 0))
		fail_msg("\"%s\" is written \"%s\" when folded", word, folded);
}

static void
test_tables_are_folded(void **state)
{
	const char *const *const lists[] = { body_originals, body_forwards, body_begins, body_wrotes, body_closings,
		body_devices, body_devices_end, body_answers };
	size_t i, j;

	(void)state;
	for (i = 0; body_labels[i].word != NULL; i++)
		expect_folded(body_labels[i].word);
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (j = 0; lists[i][j] != NULL; j++)
			expect_folded(lists[i][j]);
}

/* A megabyte of each: with anything but linear work this would not end. */
static void
test_hostile(void **state)
{
	static const char *const units[] = { ">", "From: a\n", "From:\n\n", "On 1 Oct wrote:\n", "a:\n", "-----\n", "Thanks\n",
		"Ada Byron\n", "CAUTION external sender\n\n", "OFFICIAL\n\n", "From: Sent: To: Subject: ",
		"any attachment is confidential, please delete\n", "[cid:image.png]\n" };
	static const char *const tags[] = { "<div>", "<blockquote type=cite>", "<table><tr><td>a", "<a b=\"", "<", "<!--",
		"<p style=display:none>", "<div class=yahoo_quoted>a", "&#x", "<li>" };
	struct arena *arena;
	struct body body;
	const char *marking;
	size_t i, tag_count = sizeof(tags) / sizeof(tags[0]);

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(units[0]) + tag_count; i++) {
		struct buf text = BUF_INIT;
		const char *plain;

		arena = arena_new();
		while (text.len < 1u << 20)
			buf_add_str(&text, i < tag_count ? tags[i] : units[i - tag_count]);
		plain = i < tag_count ? html_text(arena, buf_text(&text)) : buf_text(&text);
		body_split(arena, plain, false, true, &body);
		body_trim(arena, body.new_text, "Byron, Ada", &marking);
		buf_free(&text);
		arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_wrotes),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_own_words),
		cmocka_unit_test(test_forward_within_history),
		cmocka_unit_test(test_links_in_from),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_tables_are_folded),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
