/*
 * What the fuzz targets share: see fuzz.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#include "fuzz.h"
#include "mail/facts.h"
#include "mail/identifier.h"

void
fuzz_broken(const char *file, int line, const char *claim)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
	abort();
}

dayno
fuzz_today(void)
{
	return date_from_civil(2026, 10, 6);
}

char *
fuzz_text(struct arena *arena, const uint8_t *data, size_t size)
{
	return arena_strndup(arena, size == 0 ? "" : (const char *)data, size);
}

int
fuzz_file(const uint8_t *data, size_t size)
{
	static int fd = -1;

	if (fd == -1)
		fd = memfd_create("mail", MFD_CLOEXEC);
	must(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	return fd;
}

bool
fuzz_is_utf8(const char *text)
{
	return text != NULL && g_utf8_validate(text, -1, NULL);
}

bool
fuzz_is_tidy(const char *text)
{
	const unsigned char *s;

	for (s = (const unsigned char *)text; *s != '\0'; s++)
		if ((*s < ' ' && *s != '\n' && *s != '\t') || *s == 0x7f)
			return false;
	return fuzz_is_utf8(text);
}

bool
fuzz_is_boundary(const char *text, size_t at)
{
	return ((unsigned char)text[at] & 0xc0) != 0x80;
}

static void
sound_address(const struct mail_address *address)
{
	must(fuzz_is_utf8(address->name));
	must(fuzz_is_utf8(address->address));
}

static void
sound_addresses(const struct mail_addresses *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		sound_address(&list->v[i]);
}

static void
sound_strs(const struct strs *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		must(fuzz_is_utf8(list->v[i]));
}

static void
sound_documents(const struct message *message)
{
	size_t i;

	for (i = 0; i < message->document_count; i++) {
		const struct document *document = &message->documents[i];

		must(fuzz_is_utf8(document->name));
		must(fuzz_is_utf8(document->type));
		must(fuzz_is_utf8(document->content_id));
		must(fuzz_is_utf8(document->text));
		must(fuzz_is_utf8(document->unreadable));
		must(strlen(document->sha256) == 64);
		must(document->offset <= INT64_MAX / 2 && document->size <= INT64_MAX / 2);
	}
}

static void
sound_said(const struct message *message)
{
	size_t i, len;

	for (i = 0; i < message->said_count; i++) {
		const struct said *said = &message->said[i];

		must(said->kind < SAID_KIND_COUNT && said->source < SOURCE_COUNT);
		must(fuzz_is_utf8(said->value));
		len = strlen(message_text(message, said->source, said->document));
		must(said->start <= len && said->length <= len - said->start);
	}
}

void
fuzz_sound(const struct message *message)
{
	size_t i;

	must(fuzz_is_utf8(message->message_id));
	must(fuzz_is_utf8(message->in_reply_to));
	must(fuzz_is_utf8(message->thread_root));
	sound_strs(&message->references);
	sound_address(&message->from);
	sound_address(&message->sender);
	sound_address(&message->forwarded_from);
	sound_addresses(&message->reply_to);
	sound_addresses(&message->to);
	sound_addresses(&message->cc);
	must(fuzz_is_utf8(message->subject));
	must(fuzz_is_utf8(message->subject_peeled));
	must(fuzz_is_utf8(message->marking));
	for (i = 0; i < message->header_count; i++) {
		must(fuzz_is_utf8(message->headers[i].name));
		must(fuzz_is_utf8(message->headers[i].value));
	}
	must(notice_name(message->notice) != NULL);
	for (i = 0; i < message->bounced_count; i++) {
		must(fuzz_is_utf8(message->bounced[i].address));
		must(fuzz_is_utf8(message->bounced[i].status));
		must(fuzz_is_utf8(message->bounced[i].reason));
	}
	must(fuzz_is_utf8(message->original_message_id));
	must(fuzz_is_utf8(message->calendar_method));
	must(fuzz_is_utf8(message->calendar_answer));
	must(fuzz_is_utf8(message->new_text));
	must(fuzz_is_utf8(message->forwarded_text));
	must(fuzz_is_utf8(message->quoted_text));
	sound_documents(message);
	sound_said(message);
	sound_strs(&message->remarks);
	must(strlen(message->fingerprint) == 64);
}

static bool
is_date(const char *value)
{
	dayno day;

	return date_parse_iso(value, &day);
}

static bool
is_address(const char *value)
{
	const char *at = strrchr(value, '@');

	return at != NULL && at != value && strchr(at, '.') != NULL && strpbrk(value, " \t\n<>") == NULL;
}

void
fuzz_said(const struct message *message)
{
	size_t i;

	must(message->said_count <= SAID_MAX);
	for (i = 0; i < message->said_count; i++) {
		const struct said *said = &message->said[i];
		const char *text = message_text(message, said->source, said->document);

		must(said->length > 0);
		must(fuzz_is_boundary(text, said->start));
		must(fuzz_is_boundary(text, said->start + said->length));
		switch (said->kind) {
		case SAID_CHILD_NAME:
			must(*said->value != '\0' && strpbrk(said->value, "\n\t@") == NULL);
			break;
		case SAID_DATE_OF_BIRTH:
		case SAID_DATE:
			must(is_date(said->value));
			break;
		case SAID_NHS_NUMBER:
			must(nhs_number_is_valid(said->value));
			break;
		case SAID_UPN:
			must(upn_is_valid(said->value));
			break;
		case SAID_ADDRESS:
			must(is_address(said->value));
			break;
		case SAID_KIND_COUNT:
			must(said->kind != SAID_KIND_COUNT);
		}
	}
}
