/* A whole mail: parsed, its record there and back, its documents where the record says they are. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "fuzz.h"
#include "mail/charset.h"
#include "mail/headers.h"
#include "mail/parse.h"
#include "mail/record.h"
#include "mail/subject.h"

/* Small, so that inputs of a few KB come to every limit. */
static const struct parse_limits limits = {
	.depth = 6, .parts = 40, .header_bytes = 8192, .text_bytes = 6000, .document_bytes = 4096,
	.look_bytes = 4096, .unpacked_bytes = 65536, .ratio = 50, .entries = 10, .pages = 3, .document_text_bytes = 1000,
	.documents_ms = 60000	/* never comes to an end: an outcome that hangs on the clock could not be shown again */
};

static int
documents_file(void)
{
	static int fd = -1;

	if (fd == -1)
		fd = memfd_create("documents", MFD_CLOEXEC);
	must(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* One behind the other, and what stands there is what was hashed. */
static void
check_documents(const struct message *message, int fd)
{
	uint64_t end = 0;
	char bytes[8192], hash[65];
	size_t i;

	must(message->document_count <= limits.parts);
	for (i = 0; i < message->document_count; i++) {
		const struct document *document = &message->documents[i];

		must(*document->name != '\0' && strchr(document->name, '/') == NULL);
		must(document->offset == end);
		end += document->size;
		must(end <= limits.document_bytes);
		must(pread(fd, bytes, document->size, (off_t)document->offset) == (ssize_t)document->size);
		sha256_hex(bytes, document->size, hash);
		must(strcmp(hash, document->sha256) == 0);
		must(strlen(document->text) <= limits.document_text_bytes && fuzz_is_tidy(document->text));
		must(*document->text == '\0' || *document->unreadable == '\0');
	}
	must(lseek(fd, 0, SEEK_END) == (off_t)end);
}

static void
check_address(const struct mail_address *address)
{
	const char *at = strrchr(address->address, '@');

	if (*address->address == '\0')
		return;
	must(at != NULL && at != address->address && at[1] != '\0');
	must(strpbrk(address->address, " \t\r\n<>,") == NULL);
	for (; *at != '\0'; at++)
		must(*at < 'A' || *at > 'Z');
}

static void
check_addresses(const struct mail_addresses *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		check_address(&list->v[i]);
}

static void
check_texts(struct arena *arena, const struct message *message)
{
	struct subject again;

	must(strlen(message->new_text) <= limits.text_bytes && fuzz_is_tidy(message->new_text));
	must(strlen(message->forwarded_text) <= limits.text_bytes && fuzz_is_tidy(message->forwarded_text));
	must(strlen(message->quoted_text) <= limits.text_bytes && fuzz_is_tidy(message->quoted_text));
	must(strpbrk(message->subject, "\r\n") == NULL);
	must(strlen(message->subject_peeled) <= strlen(message->subject));
	subject_peel(arena, message->subject_peeled, &again);
	must(strcmp(again.peeled, message->subject_peeled) == 0);
	must(message->remarks.n <= HEADER_REMARKS_MAX);
	must(strpbrk(message->message_id, "\r\n") == NULL);
}

/* The same bytes come out of what the record says. */
static void
check_record(struct arena *arena, const struct message *message)
{
	struct buf record = BUF_INIT, again = BUF_INIT;
	struct message *back = NULL;
	struct err err;

	record_encode(message, &record);
	if (record.len <= RECORD_MAX) {
		must(record_decode(arena, record.data, record.len, &back, &err) == 0);
		record_encode(back, &again);
		must(again.len == record.len && memcmp(again.data, record.data, again.len) == 0);
	}
	buf_free(&record);
	buf_free(&again);
}

static void
check_refusal(const struct err *err)
{
	must(err->scope == ERR_MESSAGE);
	must(err->text[0] != '\0' && fuzz_is_utf8(err->text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct message *message = NULL;
	struct err err = { ERR_NONE, "" };
	int documents = documents_file();

	parse_start();
	if (parse_message(arena, fuzz_file(data, size), documents, fuzz_today(), &limits, &message, &err) == -1)
		check_refusal(&err);
	else {
		must(message->size == size);
		fuzz_sound(message);
		fuzz_said(message);
		check_documents(message, documents);
		check_address(&message->from);
		check_address(&message->sender);
		check_address(&message->forwarded_from);
		check_addresses(&message->reply_to);
		check_addresses(&message->to);
		check_addresses(&message->cc);
		check_texts(arena, message);
		check_record(arena, message);
	}
	arena_free(&arena);
	return 0;
}
