/*
 * How long the reading of a mail takes, besides the process it happens in:
 * mails of several shapes, made up here, through parse_message() as in the
 * sandboxed child.  usage: parse [ROUNDS [SHAPE]] ; prints a line "shape bytes
 * median_us instructions" each: processor time, and instructions where the
 * kernel lets them be counted (0 otherwise).
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>

#include "base/buf.h"
#include "mail/parse.h"

#define TODAY	20634	/* some day of 2026 */
#define LINE	"\r\n"
#define PARAGRAPHS(a)	(sizeof(a) / sizeof((a)[0]))

/* What an office writes; every second paragraph names a child, a date or a number. */
static const char *const says[] = {
	"Thank you for your message of last Tuesday. I have now had the opportunity to speak with the class teacher and with "
	"the family, and I can confirm that we are content for the assessment to go ahead as it was planned.",
	"Child: Rowan Ashdown, date of birth 14/03/2017, NHS number 943 476 5919. Rowan attends Bramble Lane Primary and is "
	"in Year 4; our reference is EHC-0012345.",
	"In the classroom he works best in a small group, with instructions that are broken down into steps. His speech is "
	"clear to people who know him, and he has begun to ask for help when he needs it.",
	"Please could you let us have your written advice by Friday 20 November 2026. If the date cannot be kept, tell us as "
	"soon as you can, so that the meeting on 2 December can be moved.",
	"His mother, Mrs Ashdown, has asked that the report says something about the journey to school, which takes nearly an "
	"hour each way and leaves him tired before the day has begun.",
	"I have attached the form that we were given. Section 4 is empty because nobody here has seen him outside lessons, and "
	"section 6 will follow when the occupational therapist is back from leave.",
};

static const char signature[] = "Kind regards," LINE LINE "Morgan Fairley" LINE "Assistant Case Officer" LINE
    "Assessment and Planning Service" LINE "Larkmoor Council" LINE "Tel: 01632 960123" LINE
    "morgan.fairley@larkmoor.example" LINE "www.larkmoor.example" LINE;

static const char disclaimer[] = "This email and any files transmitted with it are confidential and intended solely for the "
    "use of the individual or entity to whom they are addressed. If you have received this email in error please notify the "
    "sender immediately and delete it. The council accepts no liability for any damage caused by any virus." LINE;

static const char banner[] = "CAUTION: This email originated from outside of the organisation. Do not click links or open "
    "attachments unless you recognise the sender and know the content is safe." LINE;

static void
must(bool well, const char *what)
{
	if (well)
		return;
	fprintf(stderr, "parse: %s\n", what);
	exit(2);
}

/* What servers on the way wrote, and what the sender's program did. */
static void
add_headers(struct buf *mail, const char *subject, const char *type)
{
	for (int i = 0; i < 5; i++)
		buf_printf(mail, "Received: from mail%d.larkmoor.example (192.0.2.%d) by" LINE
		    " relay%d.larkmoor.example (192.0.2.%d) with Microsoft SMTP Server (version=TLS1_2," LINE
		    " cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.8880.%d; Mon, 16 Nov 2026 09:1%d:07 +0000" LINE,
		    i, i + 10, i + 1, i + 11, i, i);
	buf_add_str(mail, "Authentication-Results: mx.health.example; spf=pass smtp.mailfrom=larkmoor.example;" LINE
	    " dkim=pass header.d=larkmoor.example; dmarc=pass action=none header.from=larkmoor.example" LINE
	    "X-MS-Exchange-Organization-SCL: -1" LINE "X-MS-Has-Attach: yes" LINE);
	for (int i = 0; i < 12; i++)
		buf_printf(mail, "X-Larkmoor-Scan-%d: k3Wq0aZr8VnB1dXy7uTtL5gHs2PfJm4eQoCi6Rv9NbKxWzUlYpEjAhMtDcGFSIO" LINE
		    " n7yTqYQ0bJr6dPz4eLw1kXs9VmUfHcAgIo3tRiNjE8lCxMpWvKuDyGa5ZqShFbTnBrOQ2JP" LINE, i);
	buf_printf(mail, "From: \"Fairley, Morgan\" <morgan.fairley@larkmoor.example>" LINE
	    "To: \"Therapies Inbox (Health)\" <therapies@health.example>, =?utf-8?Q?Se=C3=A1n_Oakes?= <sean.oakes@health.example>"
	    LINE "Cc: \"Bramble Lane Office\" <office@bramblelane.example>" LINE "Subject: %s" LINE
	    "Date: Mon, 16 Nov 2026 09:14:05 +0000" LINE "Message-ID: <LM2PR07MB4411A0B@LM2PR07MB4411.larkmoor.example>" LINE
	    "In-Reply-To: <20261110.77.request@health.example>" LINE "References: <20261110.77.request@health.example>" LINE
	    "Thread-Topic: Advice" LINE "Thread-Index: AdwvK9Qm0Yx3r1pTSlS0Z0q6l8e7AAABAgME" LINE "MIME-Version: 1.0" LINE
	    "Content-Type: %s" LINE, subject, type);
}

static void
add_plain(struct buf *mail, size_t paragraphs)
{
	for (size_t i = 0; i < paragraphs; i++)
		buf_printf(mail, "%s" LINE LINE, says[i % PARAGRAPHS(says)]);
}

/* The older mails of the conversation, as Outlook sets them below. */
static void
add_history(struct buf *mail, size_t mails, const char *before)
{
	for (size_t i = 0; i < mails; i++) {
		buf_printf(mail, "%s" LINE "%sFrom: Therapies Inbox <therapies@health.example>" LINE
		    "%sSent: 10 November 2026 11:0%zu" LINE "%sTo: Morgan Fairley <morgan.fairley@larkmoor.example>" LINE
		    "%sSubject: Advice for an assessment" LINE "%s" LINE "%sDear Morgan," LINE "%s" LINE, before, before, before,
		    i % 10, before, before, before, before, before);
		for (size_t p = 0; p < 3; p++)
			buf_printf(mail, "%s%s" LINE "%s" LINE, before, says[(i + p) % PARAGRAPHS(says)], before);
		buf_printf(mail, "%sWith best wishes," LINE "%sSe=C3=A1n Oakes" LINE "%sSpeech and Language Therapist" LINE,
		    before, before, before);
	}
}

static void
add_word_paragraph(struct buf *mail, const char *text)
{
	buf_printf(mail, "<p class=3D\"MsoNormal\" style=3D\"margin-bottom:12.0pt\"><span style=3D\"font-s=" LINE
	    "ize:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;mso-fareast-language:EN-US\">%s<o:p></o:p></span></p>" LINE,
	    text);
}

static void
add_word_html(struct buf *mail, size_t paragraphs, size_t history)
{
	buf_add_str(mail, "<html xmlns:v=3D\"urn:schemas-microsoft-com:vml\" xmlns:o=3D\"urn:schemas-micr=" LINE
	    "osoft-com:office:office\"><head><meta http-equiv=3D\"Content-Type\" content=3D\"text/html; charset=3Dutf-8\">" LINE
	    "<style><!--" LINE);
	for (int i = 0; i < 12; i++)
		buf_printf(mail, "p.Style%d, li.Style%d, div.Style%d" LINE "\t{mso-style-priority:%d; margin:0cm; font-size:11.0pt;"
		    LINE "\tfont-family:\"Calibri\",sans-serif;}" LINE, i, i, i, i);
	buf_add_str(mail, "--></style></head><body lang=3D\"EN-GB\" link=3D\"#0563C1\"><div class=3D\"WordSection1\">" LINE);
	add_word_paragraph(mail, banner);
	for (size_t i = 0; i < paragraphs; i++)
		add_word_paragraph(mail, says[i % PARAGRAPHS(says)]);
	buf_add_str(mail, "<table class=3D\"MsoNormalTable\"><tr><td>Name</td><td>Rowan Ashdown</td></tr>"
	    "<tr><td>Date of birth</td><td>14 March 2017</td></tr></table>" LINE);
	add_word_paragraph(mail, "Kind regards,<br>Morgan Fairley<br>Assistant Case Officer<br><img src=3D\"cid:logo\">");
	add_word_paragraph(mail, disclaimer);
	for (size_t i = 0; i < history; i++) {
		buf_add_str(mail, "<div style=3D\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm\"><p class"
		    "=3D\"MsoNormal\"><b>From:</b> Therapies Inbox &lt;therapies@health.example&gt;<br><b>Sent:</b> 10 November 2026"
		    " 11:00<br><b>To:</b> Morgan Fairley<br><b>Subject:</b> Advice for an assessment</p></div>" LINE);
		for (size_t p = 0; p < 3; p++)
			add_word_paragraph(mail, says[(i + p) % PARAGRAPHS(says)]);
	}
	buf_add_str(mail, "</div></body></html>" LINE);
}

static void
add_base64(struct buf *mail, const char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t three = 0;

		for (size_t k = 0; k < 3; k++)
			three = three << 8 | (i + k < len ? (unsigned char)bytes[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_add_char(mail, i + k > len ? '=' : digits[three >> (18 - 6 * k) & 63]);
		if (i % 57 == 54)
			buf_add_str(mail, LINE);
	}
	buf_add_str(mail, LINE);
}

/* Bytes like a picture's: the signature of a PNG, and noise. */
static void
add_logo(struct buf *mail, size_t len)
{
	char *bytes = calloc(1, len);
	uint32_t x = 7;

	must(bytes != NULL && len > 8, "out of memory");
	memcpy(bytes, "\x89PNG\r\n\x1a\n", 8);
	for (size_t i = 8; i < len; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (char)(x >> 24);
	}
	add_base64(mail, bytes, len);
	free(bytes);
}

/* A small letter by Word: deflated, with the parts that count. */
static void
add_docx(struct buf *mail)
{
	char path[] = "/tmp/adviced-bench-XXXXXX", bytes[16384];
	struct buf text = BUF_INIT;
	int fd = mkstemp(path);
	zip_t *zip;
	ssize_t len;

	must(fd != -1, path);
	buf_add_str(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/"
	    "wordprocessingml/2006/main\"><w:body>");
	for (size_t i = 0; i < 12; i++)
		buf_printf(&text, "<w:p><w:pPr><w:spacing w:after=\"120\"/></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>",
		    says[i % PARAGRAPHS(says)]);
	buf_add_str(&text, "</w:body></w:document>");
	must((zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL)) != NULL && zip_file_add(zip, "word/document.xml",
	    zip_source_buffer(zip, buf_text(&text), text.len, 0), 0) >= 0 && zip_close(zip) == 0, "a small docx");
	(void)close(fd);
	must((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1 && (len = read(fd, bytes, sizeof(bytes))) > 0, path);
	(void)close(fd);
	(void)unlink(path);
	add_base64(mail, bytes, (size_t)len);
	buf_free(&text);
}

static void
make_plain(struct buf *mail)
{
	add_headers(mail, "RE: Advice for an assessment", "text/plain; charset=utf-8");
	buf_add_str(mail, LINE "Dear all," LINE LINE);
	add_plain(mail, 2);
	buf_add_str(mail, signature);
}

/* Long, as text: what was said before, three times. */
static void
make_reply(struct buf *mail)
{
	add_headers(mail, "Re: [EXTERNAL] RE: Advice for an assessment", "text/plain; charset=utf-8" LINE
	    "Content-Transfer-Encoding: quoted-printable");
	buf_add_str(mail, LINE);
	buf_add_str(mail, banner);
	buf_add_str(mail, LINE "Dear all," LINE LINE);
	add_plain(mail, 6);
	buf_add_str(mail, signature);
	buf_add_str(mail, disclaimer);
	add_history(mail, 4, "");
	buf_add_str(mail, LINE "On Mon, 9 Nov 2026 at 10:12, Sam Reed <sam.reed@health.example> wrote:" LINE LINE);
	add_history(mail, 2, "> ");
}

static void
make_html(struct buf *mail)
{
	add_headers(mail, "=?utf-8?B?UkU6IEFkdmljZSBmb3IgYW4gYXNzZXNzbWVudA==?=", "text/html; charset=utf-8" LINE
	    "Content-Transfer-Encoding: quoted-printable");
	buf_add_str(mail, LINE);
	add_word_html(mail, 6, 3);
}

/* The mail of the bar: Outlook's, about 20 KB, with all that offices put into one. */
static void
make_office(struct buf *mail)
{
	add_headers(mail, "RE: [EXTERNAL] Advice for an assessment (EHC-0012345)", "multipart/mixed; boundary=\"_004_\"");
	buf_add_str(mail, LINE "--_004_" LINE "Content-Type: multipart/related; boundary=\"_003_\"" LINE LINE "--_003_" LINE
	    "Content-Type: multipart/alternative; boundary=\"_000_\"" LINE LINE "--_000_" LINE
	    "Content-Type: text/plain; charset=\"utf-8\"" LINE "Content-Transfer-Encoding: quoted-printable" LINE LINE);
	buf_add_str(mail, banner);
	buf_add_str(mail, LINE "Dear all," LINE LINE);
	add_plain(mail, 5);
	buf_add_str(mail, signature);
	buf_add_str(mail, disclaimer);
	add_history(mail, 1, "");
	buf_add_str(mail, LINE "--_000_" LINE "Content-Type: text/html; charset=\"utf-8\"" LINE
	    "Content-Transfer-Encoding: quoted-printable" LINE LINE);
	add_word_html(mail, 5, 1);
	buf_add_str(mail, LINE "--_000_--" LINE LINE "--_003_" LINE "Content-Type: image/png; name=\"image001.png\"" LINE
	    "Content-ID: <logo>" LINE "Content-Disposition: inline; filename=\"image001.png\"" LINE
	    "Content-Transfer-Encoding: base64" LINE LINE);
	add_logo(mail, 3600);
	buf_add_str(mail, LINE "--_003_--" LINE LINE "--_004_" LINE "Content-Type: application/vnd.openxmlformats-officedocument."
	    "wordprocessingml.document;" LINE "\tname=\"Advice form.docx\"" LINE "Content-Disposition: attachment;" LINE
	    "\tfilename=\"Advice form.docx\"" LINE "Content-Transfer-Encoding: base64" LINE LINE);
	add_docx(mail);
	buf_add_str(mail, LINE "--_004_--" LINE);
}

static void
make_bounce(struct buf *mail)
{
	add_headers(mail, "Undeliverable: Advice for an assessment",
	    "multipart/report; report-type=delivery-status; boundary=\"b\"");
	buf_add_str(mail, LINE "--b" LINE "Content-Type: text/plain" LINE LINE
	    "Your message to office@bramblelane.example couldn't be delivered." LINE "The address was not found." LINE LINE
	    "--b" LINE "Content-Type: message/delivery-status" LINE LINE "Reporting-MTA: dns; relay.larkmoor.example" LINE LINE
	    "Final-Recipient: rfc822; office@bramblelane.example" LINE "Action: failed" LINE "Status: 5.1.10" LINE
	    "Diagnostic-Code: smtp; 550 5.1.10 recipient not found" LINE LINE "--b" LINE "Content-Type: message/rfc822" LINE LINE);
	add_headers(mail, "Advice for an assessment", "text/plain");
	buf_add_str(mail, LINE);
	add_plain(mail, 2);
	buf_add_str(mail, LINE "--b--" LINE);
}

static const struct shape {
	const char	*name;
	void		(*make)(struct buf *mail);
	bool		 has_letter;	/* its second document */
} shapes[] = {
	{ "plain", make_plain, false }, { "reply", make_reply, false }, { "html", make_html, false },
	{ "bounce", make_bounce, false }, { "office", make_office, true },
};

/* A counter of this program's own instructions, or -1. */
static int
count_instructions(void)
{
	struct perf_event_attr wanted = { .type = PERF_TYPE_HARDWARE, .size = sizeof(wanted),
		.config = PERF_COUNT_HW_INSTRUCTIONS, .exclude_kernel = 1, .exclude_hv = 1 };

	return (int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0);
}

static uint64_t
instructions(int counter)
{
	uint64_t count = 0;

	return counter != -1 && read(counter, &count, sizeof(count)) == (ssize_t)sizeof(count) ? count : 0;
}

static double
cpu_us(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
	return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
}

static int
by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void
read_once(const struct shape *shape, int mail_fd, int documents_fd)
{
	struct arena *arena = arena_new();
	struct message *message;
	struct err err = { ERR_NONE, "" };

	must(ftruncate(documents_fd, 0) == 0 && lseek(documents_fd, 0, SEEK_SET) == 0, "a file in memory");
	must(parse_message(arena, mail_fd, documents_fd, TODAY, &parse_limits_default, &message, &err) == 0, err.text);
	must(!shape->has_letter || (message->document_count == 2 && *message->documents[1].text != '\0'),
	    "the letter in the mail was not read");
	arena_free(&arena);
}

static void
bench(const struct shape *shape, size_t rounds, int counter)
{
	struct buf mail = BUF_INIT;
	double *times = calloc(rounds, sizeof(*times));
	int mail_fd = memfd_create("mail", MFD_CLOEXEC), documents_fd = memfd_create("documents", MFD_CLOEXEC);
	uint64_t counted = 0;

	must(times != NULL, "out of memory");
	shape->make(&mail);
	must(write(mail_fd, buf_text(&mail), mail.len) == (ssize_t)mail.len, "a file in memory");
	read_once(shape, mail_fd, documents_fd);
	for (size_t i = 0; i < rounds; i++) {
		uint64_t before = instructions(counter);
		double begun = cpu_us();

		read_once(shape, mail_fd, documents_fd);
		times[i] = cpu_us() - begun;
		counted += instructions(counter) - before;
	}
	qsort(times, rounds, sizeof(*times), by_size);
	printf("%s %zu %.0f %.0f\n", shape->name, mail.len, times[rounds / 2], (double)counted / (double)rounds);
	(void)close(mail_fd);
	(void)close(documents_fd);
	free(times);
	buf_free(&mail);
}

int
main(int argc, char **argv)
{
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	int counter = count_instructions();

	must(rounds > 0, "usage: parse [ROUNDS [SHAPE]]");
	parse_start();
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (argc < 3 || strcmp(argv[2], shapes[i].name) == 0)
			bench(&shapes[i], rounds, counter);
	return 0;
}
