/* Which mails are notices, and the first day back of those who are away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "mail/parse.h"
#include "mail/reading.h"

#define FROM "From: Ada Byron <ada@example.org>\nTo: team@example.org\nDate: Mon, 5 Oct 2026 09:00:00 +0000\n"

static const struct {
	const char	*name, *mail;
	enum notice	 notice;
} rows[] = {
	{ "a person", FROM "Subject: hello\n\nHello.\n", NOTICE_NONE },
	{ "away", "Return-Path: <>\n" FROM "Subject: Automatic reply: x\nAuto-Submitted: auto-generated\n\n"
	    "I am on annual leave until 19 October 2026.\n", NOTICE_OUT_OF_OFFICE },
	{ "acknowledged", FROM "Subject: Ticket 5\nAuto-Submitted: auto-replied\n\nYour ticket is number 5.\n",
	    NOTICE_AUTO_REPLY },
	{ "old precedence", FROM "Subject: Thanks\nPrecedence: auto_reply\n\nWe have your mail.\n", NOTICE_AUTO_REPLY },
	{ "a portal's request", FROM "Subject: Request\nAuto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n\n"
	    "Please send your advice.\n", NOTICE_NONE },
	{ "a portal's request with an empty path", "Return-Path: <>\n" FROM
	    "Subject: Request\nAuto-Submitted: auto-generated\n\nPlease send your advice.\n", NOTICE_NONE },
	{ "suppress alone", FROM "Subject: x\nX-Auto-Response-Suppress: All\n\nHello.\n", NOTICE_NONE },
	{ "a person back from leave", FROM "Subject: Back from annual leave\n\nI was out of the office.\n", NOTICE_NONE },
	{ "auto-submitted: no", FROM "Subject: x\nAuto-Submitted: no\n\nHello.\n", NOTICE_NONE },
	{ "prose bounce", "Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.org>\n"
	    "To: team@example.org\nSubject: Mail delivery failed: returning message to sender\n\n"
	    "A message that you sent could not be delivered to one of its recipients:\n\n"
	    "  gone@example.net\n    550 5.1.1 no such user\n", NOTICE_BOUNCE },
	{ "a person on bounces", FROM "Subject: Undeliverable: what does it mean?\n\nI got this back.\n", NOTICE_NONE },
	{ "read", FROM "Subject: Read: x\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
	    "--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\nDisposition: manual; displayed\n--b--\n",
	    NOTICE_RECEIPT },
	{ "a person on reading", FROM "Subject: Read: the new policy\n\nPlease do.\n", NOTICE_NONE },
	{ "recall", FROM "Subject: Recall: x\n\nAda Byron would like to recall the message, \"x\".\n", NOTICE_RECALL },
	{ "invitation", FROM "Subject: Meeting\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\n"
	    "END:VCALENDAR\n", NOTICE_CALENDAR },
	{ "enveloped", FROM "Subject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
	    "Content-Transfer-Encoding: base64\n\nMIIB\n", NOTICE_ENCRYPTED },
	{ "Egress", FROM "Subject: x\n\nThis message has been sent to you securely using Egress Switch.\n", NOTICE_ENCRYPTED },
	{ "Egress in the history only", FROM "Subject: RE: x\nIn-Reply-To: <a@b>\n\nThank you.\n\n> sent to you securely "
	    "using Egress Switch\n", NOTICE_NONE },
	{ "stub", "From: Microsoft Exchange Server\nSubject: Retrieval using the IMAP4 protocol failed for the following "
	    "message: 7\n\nThe server couldn't retrieve the following message:\n", NOTICE_STUB },
};

static struct message *
parse(struct arena *arena, const char *mail)
{
	struct message *message = NULL;
	struct err err = { ERR_NONE, "" };
	int fd = memfd_create("mail", 0);

	assert_true(write(fd, mail, strlen(mail)) == (ssize_t)strlen(mail));
	if (parse_message(arena, fd, -1, date_from_civil(2026, 10, 5), &parse_limits_default, &message, &err) == -1)
		fail_msg("%s", err.text);
	close(fd);
	return message;
}

static void
test_notices(void **state)
{
	size_t i;

	(void)state;
	parse_start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct message *message = parse(arena, rows[i].mail);

		if (message->notice != rows[i].notice)
			fail_msg("%s: %s, wanted %s", rows[i].name, notice_name(message->notice),
			    notice_name(rows[i].notice));
		arena_free(&arena);
	}
}

static void
test_report(void **state)
{
	struct arena *arena = arena_new();
	struct message *message = parse(arena, "Return-Path: <>\nFrom: postmaster@example.org\nTo: team@example.org\n"
	    "Subject: Undeliverable: x\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nNot delivered.\n"
	    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;mx.example.org\n\n"
	    "Final-Recipient: rfc822;gone@Example.NET\nAction: failed\nStatus: 5.1.10\n"
	    "Diagnostic-Code: smtp;550 5.1.10\n not found\n\nFinal-Recipient: rfc822;here@example.net\nAction: delivered\n\n"
	    "--b\nContent-Type: message/rfc822\n\nMessage-ID: <ours@example.org>\nSubject: x\n\nold text\n--b--\n");

	(void)state;
	assert_int_equal(message->notice, NOTICE_BOUNCE);
	assert_int_equal(message->bounced_count, 1);
	assert_string_equal(message->bounced[0].address, "gone@example.net");
	assert_string_equal(message->bounced[0].status, "5.1.10");
	assert_string_equal(message->bounced[0].reason, "550 5.1.10 not found");
	assert_string_equal(message->original_message_id, "ours@example.org");
	assert_string_equal(message->new_text, "Not delivered.\n");
	assert_string_equal(message->forwarded_text, "");
	arena_free(&arena);
}

static const struct {
	const char	*text, *day;	/* ISO, or "" */
} backs[] = {
	{ "I am on leave and will be back on Monday 19 October 2026.", "2026-10-19" },
	{ "I'm away until 12 October.", "2026-10-12" },
	{ "Returning to the office on 12/10/2026.", "2026-10-12" },
	{ "On leave from 5 October to 16 October 2026.", "2026-10-17" },
	{ "Away up to and including Friday 16 October 2026", "2026-10-17" },
	{ "I return on the 12th October 2026, and am then away again until 30 October.", "2026-10-12" },
	{ "I am on leave. Your mail of 1 October 2026 was received.", "" },
	{ "I do not work on Fridays.", "" },
	{ "", "" },
};

static void
test_back_on(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(backs) / sizeof(backs[0]); i++) {
		dayno day = away_back_on(backs[i].text, date_from_civil(2026, 10, 5));
		const char *got = day == DAY_NONE ? "" : date_iso(arena, day);

		if (strcmp(got, backs[i].day) != 0)
			fail_msg("\"%s\": %s, wanted %s", backs[i].text, got, backs[i].day);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notices),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_back_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
