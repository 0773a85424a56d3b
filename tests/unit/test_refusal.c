/* What refusals of mail servers are about, in the words that servers use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "send/refusal.h"

#define COUNT(v)	(sizeof(v) / sizeof((v)[0]))

static const struct {
	enum refusal_stage stage;
	int		 code;
	const char	*text;
	enum send_result want;
} rows[] = {
	/* for now */
	{ REFUSAL_RECIPIENT, 450, "4.2.0 <a@b.example>: Recipient address rejected: Greylisted", SEND_RETRY },
	{ REFUSAL_RECIPIENT, 452, "4.2.2 mailbox full", SEND_RETRY },
	{ REFUSAL_RECIPIENT, 421, "4.7.0 try later", SEND_RETRY },
	{ REFUSAL_SENDER, 451, "4.3.0 busy", SEND_RETRY },
	{ REFUSAL_MAIL, 432, "4.3.2 concurrent connections limit exceeded", SEND_RETRY },
	/* whom it was to go to */
	{ REFUSAL_RECIPIENT, 550, "5.1.1 <a@b.example>: Recipient address rejected: User unknown in local recipient table", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 550, "5.4.1 Recipient address rejected: Access denied", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 552, "5.2.2 mailbox is over quota", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 550, "5.2.1 this mailbox is disabled", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 550, "No such user here", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 550, "gone away", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 552, "mailbox full", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 554, "delivery error: this user doesn't have an account here", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 550, "5.7.1 user unknown", SEND_FAILED },
	{ REFUSAL_MAIL, 550, "5.1.1 user unknown", SEND_FAILED },
	{ REFUSAL_MAIL, 550, "no such user here", SEND_FAILED },
	/* us */
	{ REFUSAL_SENDER, 550, "no", SEND_BARRED },
	{ REFUSAL_SENDER, 550, "5.1.1 unknown user", SEND_BARRED },
	{ REFUSAL_SENDER, 530, "5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", SEND_BARRED },
	{ REFUSAL_SENDER, 535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant", SEND_BARRED },
	{ REFUSAL_MAIL, 554, "5.2.252 SendAsDenied; advice@b.example not allowed to send as x@b.example", SEND_BARRED },
	{ REFUSAL_MAIL, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", SEND_BARRED },
	{ REFUSAL_RECIPIENT, 550, "5.7.1 Unable to relay", SEND_BARRED },
	{ REFUSAL_RECIPIENT, 554, "5.7.1 <a@b.example>: Relay access denied", SEND_BARRED },
	{ REFUSAL_RECIPIENT, 550, "relay not permitted", SEND_BARRED },
	{ REFUSAL_RECIPIENT, 550, "5.7.705 Access denied, tenant has exceeded threshold", SEND_BARRED },
	{ REFUSAL_RECIPIENT, 553, "sender address rejected: not owned by user", SEND_BARRED },
	{ REFUSAL_RECIPIENT, 550, "5.1.8 Access denied, bad outbound sender", SEND_BARRED },
	{ REFUSAL_RECIPIENT, 503, "5.5.1 bad sequence", SEND_BARRED },
	{ REFUSAL_RECIPIENT, 501, "syntax", SEND_BARRED },
	/* the mail */
	{ REFUSAL_SENDER, 552, "5.3.4 Message size exceeds fixed limit", SEND_REJECTED },
	{ REFUSAL_SENDER, 552, "too large", SEND_REJECTED },
	{ REFUSAL_RECIPIENT, 552, "5.2.3 larger than this recipient takes", SEND_REJECTED },
	{ REFUSAL_MAIL, 554, "spam", SEND_REJECTED },
	{ REFUSAL_MAIL, 554, "5.6.0 Corrupt message content", SEND_REJECTED },
	{ REFUSAL_MAIL, 552, "size limit exceeded", SEND_REJECTED },
	{ REFUSAL_RECIPIENT, 550, "5.7.26 not accepted due to the domain's DMARC policy", SEND_REJECTED },
	/* numbers that are none */
	{ REFUSAL_RECIPIENT, 550, "5.1 eh", SEND_FAILED },
	{ REFUSAL_RECIPIENT, 550, "", SEND_FAILED },
	{ REFUSAL_MAIL, 550, "9.9.9", SEND_REJECTED },
};

static void
test_rows(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (refusal_means(rows[i].stage, rows[i].code, rows[i].text) != rows[i].want)
			fail_msg("stage %d: %d %s: is %d, should be %d", rows[i].stage, rows[i].code, rows[i].text,
			    refusal_means(rows[i].stage, rows[i].code, rows[i].text), rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
