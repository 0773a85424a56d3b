/* Reports of delivery: who was not reached, why, and which mail it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "mail/parse.h"

#define MAILER	"Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.org>\nTo: team@example.org\n"
#define REPORT	MAILER "Subject: Undeliverable: x\n" \
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" \
		"--b\n\nNot delivered.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;mx.example.org\n\n"
#define END	"--b--\n"

/* Bounced as "address status" joined by ";", and the id of the mail that it is about. */
static const struct {
	const char	*name, *mail, *notice, *bounced, *original;
} rows[] = {
	{ "two recipients, two actions", REPORT "Final-Recipient: rfc822;a@example.net\nAction: failed\nStatus: 5.1.1\n\n"
	    "Final-Recipient: rfc822;b@example.net\nAction: delayed\nStatus: 4.4.1\n" END, "bounce",
	    "a@example.net 5.1.1", "" },
	{ "only delayed", REPORT "Final-Recipient: rfc822;b@example.net\nAction: delayed\nStatus: "
	    "4.4.1\nOriginal-Message-ID: <m@x>\n"
	    END, "delay", "b@example.net 4.4.1", "m@x" },
	{ "no empty line between recipients", REPORT "Final-Recipient: rfc822;a@example.net\nAction: failed\nStatus: 5.1.1\n"
	    "Final-Recipient: rfc822;b@example.net\nAction: failed\nStatus: 5.2.2\n" END, "bounce",
	    "a@example.net 5.1.1;b@example.net 5.2.2", "" },
	{ "an empty line within", REPORT "Final-Recipient: rfc822;a@example.net\n\nAction: "
	    "failed\nStatus: 5.1.1\n" END, "bounce",
	    "a@example.net 5.1.1", "" },
	{ "no action", REPORT "Final-Recipient: rfc822;a@example.net\nStatus: 5.1.1\n" END, "bounce",
	    "a@example.net 5.1.1", "" },
	{ "no status", REPORT "Final-Recipient: rfc822;a@example.net\nAction: failed\nDiagnostic-Code: "
	    "smtp; 550 no such user\n" END,
	    "bounce", "a@example.net 5.0.0", "" },
	{ "no type, brackets", REPORT "Final-Recipient: <A@Example.NET>\nAction: FAILED\nStatus: "
	    "5.1.1 (unknown)\n" END, "bounce",
	    "A@example.net 5.1.1", "" },
	{ "an unknown action", REPORT "Final-Recipient: rfc822;a@example.net\nAction: expired\nStatus:\n" END, "bounce",
	    "a@example.net ", "" },
	{ "a better status in the diagnosis", REPORT "Final-Recipient: rfc822;a@example.net\nAction: failed\nStatus: 5.0.0\n"
	    "Diagnostic-Code: smtp; 550 5.7.1 refused\n" END, "bounce", "a@example.net 5.7.1", "" },
	{ "the final one is no address", REPORT "Original-Recipient: rfc822;a@example.net\nFinal-Recipient: "
	    "x-local;|/bin/cat\n"
	    "Action: failed\nStatus: 5.3.0\n" END, "bounce", "a@example.net 5.3.0", "" },
	{ "delivered", REPORT "Final-Recipient: rfc822;a@example.net\nAction: delivered\nStatus: 2.0.0\n" END,
	    "receipt", "", "" },
	{ "the headers come back", REPORT "Final-Recipient: rfc822;a@example.net\nAction: failed\nStatus: 5.1.1\n--b\n"
	    "Content-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID:\n <ours@example.org>\n" END, "bounce",
	    "a@example.net 5.1.1",
	    "ours@example.org" },
	{ "answered to", "References: <r@x>\nIn-Reply-To: <ours@example.org>\n" REPORT "Final-Recipient: "
	    "rfc822;a@example.net\n"
	    "Action: failed\nStatus: 5.1.1\n" END, "bounce", "a@example.net 5.1.1", "ours@example.org" },
	{ "references only", "References: <r@x> <ours@example.org>\n" REPORT "Final-Recipient: rfc822;a@example.net\n"
	    "Action: failed\nStatus: 5.1.1\n" END, "bounce", "a@example.net 5.1.1", "ours@example.org" },

	{ "Exim", MAILER "X-Failed-Recipients: a@example.net\nSubject: Mail delivery failed: returning message to sender\n\n"
	    "A message that you sent could not be delivered. The following address(es) failed:\n\n  a@example.net\n"
	    "    SMTP error after RCPT TO:<a@example.net>: 550 5.1.1 unknown\n\n"
	    "------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <team@example.org>\n"
	    "To: b@example.net\nMessage-ID: <ours@example.org>\n", "bounce", "a@example.net 5.1.1", "ours@example.org" },
	{ "Exim, the sender named", MAILER "Subject: Mail delivery failed\n\nA message sent by\n\n  <team@example.org>\n\n"
	    "could not be delivered to one or more of its recipients:\n\n  a@example.net\n    550 unknown\n", "bounce",
	    "a@example.net 5.0.0", "" },
	{ "qmail, two", MAILER "Subject: failure notice\n\nI wasn't able to deliver your message "
	    "to the following addresses.\n\n"
	    "<a@example.net>:\n550 5.1.1 no\n\n<b@example.net>:\n552 5.2.2 full\n\n--- Below "
	    "this line is a copy of the message.\n\n"
	    "Return-Path: <team@example.org>\nMessage-ID: <ours@example.org>\nTo: c@example.net\n", "bounce",
	    "a@example.net 5.1.1;b@example.net 5.2.2", "ours@example.org" },
	{ "Postfix", MAILER "Subject: Undelivered Mail Returned to Sender\n\nFor help, please "
	    "contact <postmaster@example.org>\n\n"
	    "<a@example.net>: host mx.example.net said: 550 5.1.1 unknown\n", "bounce", "a@example.net 5.1.1", "" },
	{ "sendmail", MAILER "Subject: Returned mail: User unknown\n\n   ----- Transcript of session follows -----\n"
	    "501 <team@example.org>... not liked\n550 <a@example.net>... User unknown\n554 "
	    "<b@example.net>... Host unknown\n\n"
	    "   ----- Unsent message follows -----\nReceived: by x\nTo: c@example.net\n", "bounce",
	    "a@example.net 5.0.0;b@example.net 5.0.0", "" },
	{ "Exchange Online, HTML only", "From: Microsoft Outlook "
	    "<MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>\n"
	    "To: team@example.org\nIn-Reply-To: <ours@example.org>\nSubject: Undeliverable: x\nContent-Type: text/html\n\n"
	    "<p>Your message to <a href=\"mailto:a@example.net\">a@example.net</a> couldn't be delivered.</p>"
	    "<p><b>a</b> wasn't found at example.net.</p><p>Remote Server returned '550 5.1.10 "
	    "RESOLVER.ADR.RecipientNotFound'</p>",
	    "bounce", "a@example.net 5.1.10", "ours@example.org" },
	{ "Exchange, a name with it", MAILER "Subject: Undeliverable: x\n\nDelivery has failed "
	    "to these recipients or groups:\n\n"
	    "Bo Byron (a@example.net)\nThe email address you entered couldn't be found.\n", "bounce", "a@example.net ", "" },
	{ "Domino", MAILER "Subject: DELIVERY FAILURE: User not listed\n\nYour message\n\n "
	    " Subject: x\n\nwas not delivered to:\n\n"
	    "  a@example.net\n\nbecause:\n\n  User not listed in public Name & Address Book\n", "bounce",
	    "a@example.net ", "" },
	{ "Gmail", MAILER "X-Failed-Recipients: a@example.net\nSubject: Delivery Status Notification (Failure)\n\n"
	    "** Address not found **\n\nYour message wasn't delivered to a@example.net because "
	    "the address couldn't be found.\n\n"
	    "550 5.1.1 no such user\n", "bounce", "a@example.net 5.1.1", "" },
	{ "Yahoo", MAILER "Subject: Failure Notice\n\nSorry, we were unable to deliver your "
	    "message to the following address.\n\n"
	    "<a@example.net>:\n552: 5.2.2 mailbox full\n\n--- Below this line is a copy of the message.\n", "bounce",
	    "a@example.net 5.2.2", "" },
	{ "a gateway in a sentence", MAILER "Subject: Message not delivered\n\nThe message to a@example.net was rejected: "
	    "550 5.7.1 policy\n", "bounce", "a@example.net 5.7.1", "" },
	{ "only the mail that came back tells", MAILER "Subject: Undeliverable mail\nContent-Type: "
	    "multipart/mixed; boundary=b\n\n"
	    "--b\n\nIt could not be delivered.\n--b\nContent-Type: text/rfc822-headers\n\nTo: Bo <a@example.net>\n"
	    "Message-ID: <ours@example.org>\n" END, "bounce", "a@example.net ", "ours@example.org" },
	{ "a gateway passes a report on", MAILER "Subject: Returned mail: User unknown\nContent-Type: "
	    "multipart/mixed; boundary=a\n\n"
	    "--a\n\nIt came back.\n--a\nContent-Type: message/rfc822\n\nSubject: y\n"
	    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\n"
	    "Content-Type: message/delivery-status\n\nReporting-MTA: dns;x\n\nFinal-Recipient: "
	    "rfc822;a@example.net\nAction: failed\n"
	    "Status: 5.1.1\n" END "--a--\n", "bounce", "a@example.net 5.1.1", "" },
	{ "an id quoted and indented", MAILER "Subject: Undeliverable: x\n\n<a@example.net>: "
	    "550 unknown\n\nOriginal message headers:\n\n"
	    " >  Message-ID: ours@example.org\n", "bounce", "a@example.net 5.0.0", "ours@example.org" },
	{ "Exim is still trying", MAILER "Subject: Warning: message 1 delayed 24 hours\n\nThe "
	    "address to which the message has not yet "
	    "been delivered is:\n\n  a@example.net\n\nDelivery attempts will continue for some time.\n", "delay",
	    "a@example.net ", "" },
	{ "sendmail is still trying", MAILER "Subject: Warning: could not send message for past 4 hours\n\n"
	    "** YOU DO NOT NEED TO RESEND YOUR MESSAGE **\n\n<a@example.net>... Deferred\n", "delay", "a@example.net ", "" },
	{ "a notification in JSON", "From: no-reply@example.org\nSubject: "
	    "Notification\n\n{\"notificationType\":\"Bounce\",\"bounce\":"
	    "{\"bouncedRecipients\":[{\"emailAddress\":\"a@example.net\",\"status\":\"5.1.1\"}]}}\n", "bounce",
	    "a@example.net 5.1.1", "" },
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
test_bounces(void **state)
{
	size_t i, j;

	(void)state;
	parse_start();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct message *message = parse(arena, rows[i].mail);
		char *got = arena_strdup(arena, "");

		for (j = 0; j < message->bounced_count; j++)
			got = arena_printf(arena, "%s%s%s %s", got, j == 0 ? "" : ";", message->bounced[j].address,
			    message->bounced[j].status);
		if (strcmp(notice_name(message->notice), rows[i].notice) != 0 || strcmp(got, rows[i].bounced) != 0 ||
		    strcmp(message->original_message_id, rows[i].original) != 0)
			fail_msg("%s: %s \"%s\" about \"%s\", wanted %s \"%s\" about \"%s\"", rows[i].name,
			    notice_name(message->notice), got, message->original_message_id, rows[i].notice, rows[i].bounced,
			    rows[i].original);
		arena_free(&arena);
	}
}

/* What a report says of an address is its own reason. */
static void
test_reasons(void **state)
{
	struct arena *arena = arena_new();
	struct message *message = parse(arena, MAILER "Subject: failure notice\n\nI wasn't able to deliver your message.\n\n"
	    "<a@example.net>:\n550 5.1.1 no such user\n\n<b@example.net>:\n552 5.2.2 mailbox full\n");

	(void)state;
	assert_int_equal(message->bounced_count, 2);
	assert_string_equal(message->bounced[0].reason, "550 5.1.1 no such user");
	assert_string_equal(message->bounced[1].reason, "552 5.2.2 mailbox full");
	arena_free(&arena);
}

/* A hostile report takes no longer than its length. */
static void
test_long_report(void **state)
{
	static char mail[300000];
	struct arena *arena = arena_new();
	size_t len = (size_t)snprintf(mail, sizeof(mail), "%s", MAILER "Subject: failure notice\n\n");
	struct message *message;

	(void)state;
	while (len + 16 < sizeof(mail))
		len += (size_t)snprintf(mail + len, sizeof(mail) - len, "<a%zu@b.c>:\n", len);
	message = parse(arena, mail);
	assert_int_equal(message->notice, NOTICE_BOUNCE);
	assert_int_equal(message->bounced_count, 200);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounces),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_long_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
