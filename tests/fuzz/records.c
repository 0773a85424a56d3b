/* Seeds for the record's decoder: the records of mails.  usage: records FOLDER MAIL... */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/date.h"
#include "mail/parse.h"
#include "mail/record.h"

static int
write_record(const char *folder, int number, const struct message *message)
{
	struct buf record = BUF_INIT;
	char path[512];
	FILE *out;
	int result = -1;

	snprintf(path, sizeof(path), "%s/mail-%d", folder, number);
	record_encode(message, &record);
	out = fopen(path, "wb");
	if (out != NULL) {
		result = fwrite(record.data, 1, record.len, out) == record.len ? 0 : -1;
		if (fclose(out) != 0)
			result = -1;
	}
	buf_free(&record);
	return result;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct message *message;
	struct err err;
	int i, fd, result = 0;

	parse_start();
	for (i = 2; i < argc && result == 0; i++) {
		fd = open(argv[i], O_RDONLY | O_CLOEXEC);
		if (fd == -1)
			result = -1;
		else if (parse_message(arena, fd, -1, date_from_civil(2026, 10, 6), &parse_limits_default, &message,
		    &err) == 0)
			result = write_record(argv[1], i, message);
		close(fd);
	}
	arena_free(&arena);
	return result == 0 ? 0 : 1;
}
