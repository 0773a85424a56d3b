/*
 * Mail in a wrapper that only a person can open: S/MIME and PGP, Microsoft's
 * rpmsg, Egress, Mimecast, Zix, Proofpoint, Cisco, locked archives.  Runs in
 * adviced-parse; pure.
 * Invariant: words count only where they were newly written and only in a
 * wrapper's own sentences, since footers and histories name such services.
 * Fails: false.
 */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/notice.h"
#include "mail/words.h"

static bool
ends_with_any(const char *name, const char *const *endings)
{
	size_t i;

	for (i = 0; endings[i] != NULL; i++)
		if (str_ends_nocase(name, endings[i]))
			return true;
	return false;
}

static bool
is_sealed_document(const struct document *document)
{
	static const char *const types[] = { "application/x-microsoft-rpmsg-message", "application/vnd.egress",
		"application/pgp-encrypted", "application/x-pgp-encrypted", "application/vnd.ms-rpmsg", NULL };
	static const char *const names[] = { "message.rpmsg", "secure-message.html", "securemessage.html",
		"securemessageatt.html", "secure_message.html", "securedmessage.html", "secure-mail.html", "securemail.html",
		"encrypted_message.html", "encryptedmessage.html", "smime.p7m", "egress.switch", "message.zdm",
		"zixmessage.html", "message_zdm.html", "readme_secure.html", NULL };
	static const char *const endings[] = { ".rpmsg", ".switch", ".p7m", ".pgp", ".gpg", ".zdm", NULL };
	static const char *const pages[] = { ".html", ".htm", NULL };
	size_t i;

	for (i = 0; types[i] != NULL; i++)
		if (str_same(document->type, types[i]))
			return true;
	for (i = 0; names[i] != NULL; i++)
		if (str_same(document->name, names[i]))
			return true;
	if (str_starts_nocase(document->name, "securedoc") && ends_with_any(document->name, pages))
		return true;
	return ends_with_any(document->name, endings);
}

/* "message.html" is Microsoft's page only beside Microsoft's words. */
static bool
is_microsoft_page(const struct reading *reading)
{
	static const char *const words[] = { "protected message", "encrypted message", "message encryption",
		"open the attachment", "secure message", NULL };
	size_t i;

	for (i = 0; i < reading->message->document_count; i++)
		if (str_same(reading->message->documents[i].name, "message.html") &&
		    text_has_any(reading->message->new_text, words))
			return true;
	return false;
}

static bool
has_archive(const struct reading *reading)
{
	static const char *const endings[] = { ".zip", ".7z", ".rar", ".zipx", NULL };
	size_t i;

	for (i = 0; i < reading->message->document_count; i++)
		if (ends_with_any(reading->message->documents[i].name, endings))
			return true;
	return false;
}

bool
is_sealed(const struct reading *reading)
{
	static const char *const words[] = { "sent to you securely using egress", "sent securely using egress",
		"egress web access", "switch.egress.com", "reader.egress.com", "secured by egress",
		"egress secure email and file", "has sent you a protected message", "sent you an encrypted message",
		"you've received an encrypted message", "you’ve received an encrypted message",
		    "you received an encrypted message",
		"you have received an encrypted message", "message encryption by microsoft",
		"office 365 message encryption", "microsoft purview message encryption",
		"you have received a secure message", "you have received a secure, encrypted message",
		"you've received a secure message", "you’ve received a secure message", "you have a new secure message",
		"you have a secure message", "has sent you a secure message", "secure messaging portal",
		"sent you a secure message", "has sent you a secure email", "you have received a secure email",
		"you have received an encrypted email", "zixmessage", "zix secure message", "zixcorp.com",
		    "mimecast secure messag",
		"proofpoint encryption", "proofpoint secure share", "cisco registered envelope",
		    "cisco secure message service",
		"secure email encryption service", "this is an encrypted message", "this message has been encrypted",
		"this email has been encrypted", "read the message button", "-----begin pgp message-----", NULL };
	static const char *const locked[] = { "password protected", "password-protected", "encrypted zip", "encrypted file",
		"password will follow", "password to follow", "password in a separate", "password separately", NULL };
	const struct message *message = reading->message;
	size_t i;

	if (reading->opaque || reading->zip_locked || text_has(reading_header(reading, "Content-Class"), "rpmsg"))
		return true;
	for (i = 0; i < message->document_count; i++)
		if (is_sealed_document(&message->documents[i]))
			return true;
	if (is_microsoft_page(reading) || text_has_any(message->new_text, words))
		return true;
	return has_archive(reading) && text_has_any(message->new_text, locked);
}
