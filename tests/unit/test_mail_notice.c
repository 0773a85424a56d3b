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
	{ "read", FROM "Subject: Read: x\nContent-Type: multipart/report; report-type=disposition-notification; "
	    "boundary=b\n\n"
	    "--b\n\nread\n--b\nContent-Type: message/disposition-notification\n\nDisposition: manual; displayed\n--b--\n",
	    NOTICE_RECEIPT },
	{ "a person on reading", FROM "Subject: Read: the new policy\n\nPlease do.\n", NOTICE_NONE },
	{ "recall", FROM "Subject: Recall: x\n\nAda Byron would like to recall the message, \"x\".\n", NOTICE_RECALL },
	{ "invitation", FROM "Subject: Meeting\nContent-Type: text/calendar; "
	    "method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\n"
	    "END:VCALENDAR\n", NOTICE_CALENDAR },
	{ "enveloped", FROM "Subject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
	    "Content-Transfer-Encoding: base64\n\nMIIB\n", NOTICE_ENCRYPTED },
	{ "Egress", FROM "Subject: x\n\nThis message has been sent to you securely using Egress Switch.\n",
	    NOTICE_ENCRYPTED },
	{ "Egress in the history only", FROM "Subject: RE: x\nIn-Reply-To: <a@b>\n\nThank you.\n\n> sent to you securely "
	    "using Egress Switch\n", NOTICE_NONE },
	{ "a reply to an absence", FROM "Subject: RE: Automatic reply: x\nIn-Reply-To: <a@b>\n\nEnjoy "
	    "your annual leave.\n", NOTICE_NONE },
	{ "an absence by subject alone", FROM "Subject: Automatic reply: RE: x\n\nI am on annual leave.\n",
	    NOTICE_OUT_OF_OFFICE },
	{ "an absence behind a marking, in Welsh", FROM "Subject: OFFICIAL: Ymateb awtomatig: x\n\nDiolch.\n",
	    NOTICE_AUTO_REPLY },
	{ "a reply to an absence, in Welsh", FROM "Subject: RE: Ymateb awtomatig: x\n\nDiolch.\n", NOTICE_NONE },
	{ "an absence behind a banner", FROM "Subject: [EXTERNAL] Automatic reply: x\n\nI am on leave.\n",
	    NOTICE_OUT_OF_OFFICE },
	{ "an absence in German", FROM "Subject: Automatische Antwort: x\n\nIch bin im Urlaub.\n", NOTICE_OUT_OF_OFFICE },
	{ "an absence in Welsh", FROM "Subject: Ymateb awtomatig: x\n\nRwyf allan o'r swyddfa.\n", NOTICE_OUT_OF_OFFICE },
	{ "an absence to nobody", "Return-Path: <>\n" FROM "Subject: Re: x\n\nI am on sick leave.\n", NOTICE_OUT_OF_OFFICE },
	{ "left", FROM "Subject: Automatic reply: x\n\nI have left the council. Please write to Bo.\n",
	    NOTICE_OUT_OF_OFFICE },
	{ "an absent person's footer", FROM "Subject: Automatic reply: x\n\nI am on leave.\n\nSecured by Egress\n",
	    NOTICE_OUT_OF_OFFICE },
	{ "a person about cover", FROM "Subject: Out of office: who covers?\n\nWho covers "
	    "while Bo is on annual leave?\n", NOTICE_NONE },
	{ "a person who quotes a bounce", FROM "Subject: Re: x\nIn-Reply-To: <a@b>\n\nI got "
	    "this:\n\n> Delivery has failed to "
	    "these recipients\n> gone@example.net\n> 550 5.1.1\n", NOTICE_NONE },
	{ "a person who forwards a bounce", FROM "Subject: FW: Undeliverable: x\n\nPlease "
	    "see below.\n\n-----Original Message-----\n"
	    "From: postmaster@example.net\nSubject: Undeliverable: x\n\nDelivery has failed: gone@example.net\n",
	    NOTICE_NONE },
	{ "a person who attaches a bounce", FROM "Subject: FW: x\nContent-Type: multipart/mixed; "
	    "boundary=a\n\n--a\n\nSee this.\n"
	    "--a\nContent-Type: message/rfc822\n\nFrom: postmaster@example.net\nSubject: Undeliverable: x\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nFailed.\n--b\n"
	    "Content-Type: message/delivery-status\n\nReporting-MTA: dns;x\n\nFinal-Recipient: rfc822;gone@example.net\n"
	    "Action: failed\n--b--\n--a--\n", NOTICE_NONE },
	{ "a phone", FROM "Subject: Re: x\nAuto-Submitted: no\nIn-Reply-To: <a@b>\n\nThank "
	    "you for your email. Sent from my phone\n",
	    NOTICE_NONE },
	{ "a list", FROM "Subject: News\nPrecedence: list\nList-Id: <n.example.org>\n\nThank "
	    "you for your email, says Bo.\n", NOTICE_NONE },
	{ "bulk alone", FROM "Subject: Request\nPrecedence: bulk\n\nPlease send your advice.\n", NOTICE_NONE },
	{ "generated in answer", FROM "Subject: Re: x\nIn-Reply-To: <a@b>\nAuto-Submitted: auto-generated\n\nWe have it.\n",
	    NOTICE_AUTO_REPLY },
	{ "replied, with a reason", FROM "Subject: x\nAuto-Submitted: auto-replied (vacation)\n\nHello.\n",
	    NOTICE_AUTO_REPLY },
	{ "notified", FROM "Subject: Request\nAuto-Submitted: auto-notified\n\nPlease advise.\n", NOTICE_NONE },
	{ "a portal's rejection", "Return-Path: <>\n" FROM "Subject: Application rejected: "
	    "what now\nAuto-Submitted: auto-generated\n\n"
	    "The application needs your advice.\n", NOTICE_NONE },
	{ "a portal's family on leave", "Return-Path: <>\n" FROM "Subject: Request for advice\nAuto-Submitted: "
	    "auto-generated\n\n"
	    "The child's social worker is on maternity leave. Please send your advice.\n", NOTICE_NONE },
	{ "a portal on absence", FROM "Subject: Absence: please advise\nAuto-Submitted: auto-generated\n\nPlease "
	    "send your advice.\n",
	    NOTICE_NONE },
	{ "a line before the headers", "   \nReturn-Path: <>\n" FROM "Subject: Automatic reply: x\n\nI am on leave.\n",
	    NOTICE_OUT_OF_OFFICE },
	{ "a mirror is no answer", FROM "Subject: x\nX-Autogenerated: Mirror\n\nHello.\n", NOTICE_NONE },
	{ "an autoresponder", FROM "Subject: x\nX-Autoreply: yes\n\nHello.\n", NOTICE_AUTO_REPLY },
	{ "no autoresponder", FROM "Subject: x\nX-Autoreply: no\n\nHello.\n", NOTICE_NONE },
	{ "a ticket", "From: SEND <no-reply@example.org>\nSubject: RE: advice [Ref 1234]\nIn-Reply-To: <a@b>\n\n"
	    "We have received your email. Your reference number is 1234.\n", NOTICE_AUTO_REPLY },
	{ "a ticket without headers", FROM "Subject: Re: advice\n\nThank you for contacting "
	    "us. This is an automated response, "
	    "we aim to reply in five days.\n", NOTICE_AUTO_REPLY },
	{ "a person who thanks", FROM "Subject: Re: advice\nIn-Reply-To: <a@b>\n\nThank you "
	    "for your email. I shall write on Monday.\n",
	    NOTICE_NONE },
	{ "a challenge", "Return-Path: <>\n" FROM "Subject: Re: advice\n\nYour message is being held. Prove you are human.\n",
	    NOTICE_AUTO_REPLY },
	{ "a complaint", FROM "Subject: x\nContent-Type: multipart/report; report-type=feedback-report; "
	    "boundary=b\n\n--b\n\nabuse\n--b\n"
	    "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--b--\n", NOTICE_AUTO_REPLY },
	{ "deleted unread", FROM "Subject: Not read: x\nContent-Type: multipart/report; "
	    "report-type=disposition-notification; boundary=b\n"
	    "\n--b\n\nYour message was deleted without being read.\n--b\nContent-Type: message/disposition-notification\n\n"
	    "Disposition: automatic-action/MDN-sent-automatically; deleted\n--b--\n", NOTICE_RECEIPT },
	{ "delivered", "Return-Path: <>\nFrom: postmaster@example.org\nSubject: Delivered: "
	    "x\nContent-Type: multipart/report; "
	    "report-type=delivery-status; boundary=b\n\n--b\n\nok\n--b\nContent-Type: "
	    "message/delivery-status\n\nReporting-MTA: dns;x\n\n"
	    "Final-Recipient: rfc822;a@example.org\nAction: relayed\nStatus: 2.0.0\n--b--\n", NOTICE_RECEIPT },
	{ "delayed", "Return-Path: <>\nFrom: postmaster@example.org\nSubject: x\nContent-Type: multipart/report; "
	    "report-type=delivery-status; boundary=b\n\n--b\n\nlate\n--b\nContent-Type: "
	    "message/delivery-status\n\nReporting-MTA: dns;x\n\n"
	    "Final-Recipient: rfc822;a@example.org\nAction: delayed\nStatus: 4.4.7\n--b--\n", NOTICE_DELAY },
	{ "delayed in prose", "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: Mail delivery problem\n\n"
	    "Your message to a@example.net could not be delivered yet. We will keep trying.\n", NOTICE_DELAY },
	{ "a postmaster who is a person", "Return-Path: <postmaster@example.org>\nFrom: Bo <postmaster@example.org>\n"
	    "Subject: Training\n\nThe course could not be delivered last week.\n", NOTICE_NONE },
	{ "recall failed", FROM "Subject: Message Recall Failure: x\n\nYour attempt failed.\n", NOTICE_RECALL },
	{ "a talk on recall", FROM "Subject: Message Recall training\n\nJoin us.\n", NOTICE_NONE },
	{ "an answer to an invitation", FROM "Subject: Declined: Meeting\n\n", NOTICE_CALENDAR },
	{ "a letter that begins alike", FROM "Subject: Declined: request for advice\nContent-Type: "
	    "multipart/mixed; boundary=b\n\n--b\n\n"
	    "We cannot advise.\n--b\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: "
	    "attachment; filename=a.pdf\n\n"
	    "%PDF\n--b--\n", NOTICE_NONE },
	{ "Microsoft's wrapper", FROM "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nBo "
	    "has sent you a protected message.\n"
	    "--b\nContent-Type: application/octet-stream; name=message_v4.rpmsg\n\nx\n--b--\n", NOTICE_ENCRYPTED },
	{ "Cisco's wrapper", FROM "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSecure mail.\n"
	    "--b\nContent-Type: text/html; name=securedoc_20261005.html\nContent-Disposition: attachment; "
	    "filename=securedoc_20261005.html\n\n<p>x\n--b--\n", NOTICE_ENCRYPTED },
	{ "PGP in the text", FROM "Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n",
	    NOTICE_ENCRYPTED },
	{ "a locked archive", FROM "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThe "
	    "password will follow.\n"
	    "--b\nContent-Type: application/zip; name=a.zip\nContent-Disposition: attachment; filename=a.zip\n\nPK\n--b--\n",
	    NOTICE_ENCRYPTED },
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
	{ "I am away from 1 to 14 August.", "2026-08-15" },	/* not a year away: never changed since */
	{ "I am away from 1 to 14 November.", "2026-11-15" },
	{ "I am on leave 5-9 October.", "2026-10-10" },
	{ "Away Monday 5th to Friday 9th October 2026.", "2026-10-10" },
	{ "On leave October 5-16.", "2026-10-17" },
	{ "On leave between 5 October and 9 October.", "2026-10-10" },
	{ "I will be back on Monday 12th.", "2026-10-12" },
	{ "I am away until the 12th inclusive.", "2026-10-13" },
	{ "I am back on Thursday.", "2026-10-08" },
	{ "I return tomorrow.", "2026-10-06" },
	{ "I shall be back next week.", "2026-10-12" },
	{ "Returning w/c 12/10.", "2026-10-12" },
	{ "Returning w/c 4/1.", "2027-01-04" },
	{ "I will return on 4 January.", "2027-01-04" },
	{ "I was away and returned; back on 2 October.", "2026-10-02" },
	{ "I was on leave until 28 September 2026.", "2026-09-28" },
	{ "Away 21 to 25 September, back 28 September. Then away 19 to 23 October, back 26 October.", "2026-10-26" },
	{ "I am on maternity leave until further notice.", "" },
	{ "I no longer work here.", "" },
	{ "I am on maternity leave until January 2027.", "2027-01-01" },
	{ "I am away until the end of October.", "2026-11-01" },
	{ "I will be out of the office starting 05/10/2026 and will not return until 12/10/2026.", "2026-10-12" },
	{ "I am out of the office until 9am on Monday 12 October.", "2026-10-12" },
	{ "Back in the office: 12.10.26", "2026-10-12" },
	{ "Date of return: 2026-10-12", "2026-10-12" },
	{ "I am next in the office on Wednesday 7 October.", "2026-10-07" },
	{ "My working days are Monday to Wednesday.", "" },
	{ "I work 9 to 5 on 7 October.", "" },
	{ "I may return your call.", "" },
	{ "Ich bin bis 12. Oktober 2026 abwesend.", "2026-10-12" },
	{ "Je suis absent jusqu'au 12 octobre 2026.", "2026-10-12" },
	{ "Estaré fuera hasta el 12 de octubre de 2026.", "2026-10-12" },
	{ "Rientro il 12 ottobre.", "2026-10-12" },
	{ "Ik ben afwezig tot 12 oktober.", "2026-10-12" },
	{ "Byddaf yn ôl ar 12 Hydref 2026.", "2026-10-12" },
	{ "I return on October 12, 2026.", "2026-10-12" },
	{ "I am off on 31 September until 31 September.", "" },
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
