/*
 * What token servers, mail servers and Graph say: an answer is a token that can be said in one line, or an error in
 * printable words; a complaint is printable; a mail for Graph is posted to its recipients alone.
 */
#include <string.h>

#include "base/base64.h"
#include "base/json_read.h"
#include "base/str.h"
#include "fuzz.h"
#include "send/graph_mime.h"
#include "signin/answer.h"
#include "signin/https.h"
#include "signin/said.h"
#include "signin/sasl.h"

static void
check_printable(const char *text)
{
	must(fuzz_is_utf8(text));
	for (; *text != '\0'; text++)
		must((unsigned char)*text >= ' ');
}

static void
check_json(const struct json *json, int depth)
{
	must(depth <= JSON_DEPTH_MAX);
	if (json->type == JSON_TEXT)
		must(fuzz_is_utf8(json->text));
	for (size_t i = 0; i < json->count; i++) {
		must((json->items[i].name != NULL) == (json->type == JSON_OBJECT));
		check_json(&json->items[i], depth + 1);
	}
}

static void
try_answer(struct arena *arena, const char *data, size_t size)
{
	static const int statuses[] = { 200, 302, 400, 401, 429, 503 };
	struct token_answer answer;
	const struct json *json;
	struct err err;

	if (json_read(arena, data, size, &json, &err) == 0)
		check_json(json, 0);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (answer_read(arena, "x", statuses[i], data, size, &answer, &err) == -1) {
			must(err.scope == ERR_RETRY || err.scope == ERR_MAILBOX);
			check_printable(err.text);
			continue;
		}
		must(statuses[i] == 200 && answer.lifetime_s >= 1 && answer.lifetime_s <= 86400);
		must(answer.token[0] != '\0' && strlen(answer.token) <= TOKEN_MOST);
		for (const char *p = answer.token; *p != '\0'; p++)
			must(*p > ' ' && *p <= '~');
	}
}

/* A Bcc is added in front: the posted mail ends as the given one does, in its last bytes. */
static void
try_mime(const char *data, size_t size)
{
	static const char *const to[] = { "a@b.example", "c@d.example" };
	struct buf out = BUF_INIT, plain = BUF_INIT, again = BUF_INIT;
	struct err err;

	if (graph_mime(data, size, to, 2, &out, &err) == 0) {
		must(base64_decode(&plain, out.data, out.len));
		must(plain.len >= 2 && memcmp(plain.data + plain.len - 2, "\r\n", 2) == 0);
		/* Both are in its headers now: nobody is added a second time, and it comes out as it is. */
		must(graph_mime(plain.data, plain.len, to, 2, &again, &err) == 0);
		must(again.len == out.len && memcmp(again.data, out.data, out.len) == 0);
	} else
		must(err.scope == ERR_MESSAGE);
	buf_free(&out);
	buf_free(&plain);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *text = fuzz_text(arena, data, size), said[128];
	struct buf plain = BUF_INIT, again = BUF_INIT;

	try_answer(arena, (const char *)data, size);
	try_mime((const char *)data, size);
	sasl_complaint(text, said);
	check_printable(said);
	said_find(SAID_TOKEN, text);
	must(https_retry_after(text, 1800000000) <= 86400);
	if (base64_decode(&plain, text, strlen(text)) && strchr(text, '-') == NULL && strchr(text, '_') == NULL) {
		base64_add(&again, plain.data, plain.len);
		must(again.len >= strlen(text) && (again.len == 0 || memcmp(again.data, text, strcspn(text, "=")) == 0));
	}
	buf_free(&plain);
	buf_free(&again);
	arena_free(&arena);
	return 0;
}
