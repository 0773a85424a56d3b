/*
 * Whom a mailbox believes, as a matrix: each row is the headers of one mail,
 * topmost first, as a server and as a forger would write them, and what each
 * setting of "trust" makes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/engine.h"

#define AR	"Authentication-Results: "
#define AS	"X-MS-Exchange-Organization-AuthAs: "
#define HOST	"mx.trust.example"
#define PASS	"dmarc=pass header.from=trust.example"
#define EXCHANGE AR "spf=pass (sender IP is 203.0.113.9) smtp.mailfrom=trust.example; dkim=pass (signature was verified) " \
	"header.d=trust.example;dmarc=pass action=none header.from=trust.example;compauth=pass reason=100"

/* Each setting in turn: "p" proven, "f" the server says forged, "d" doubtful, "-" none of them; for a mail from head@trust.example. */
struct trial {
	const char	*name;
	const char	*headers;	/* one a line */
	const char	*none, *exchange, *host, *simulate;
};

static const struct trial rows[] = {
	{ "no header at all", "", "-", "d", "d", "p" },
	{ "the host says pass", AR HOST "; " PASS, "-", "d", "p", "p" },
	{ "Exchange says pass, without a host's name", EXCHANGE, "-", "p", "d", "p" },
	{ "sent inside Exchange", AS "Internal", "-", "p", "d", "p" },
	{ "from outside Exchange", AS "Anonymous", "-", "d", "d", "p" },
	{ "inside, in small letters", AS "internal", "-", "p", "d", "p" },
	{ "two of them prove nothing", AS "Internal\n" AS "Internal", "-", "d", "d", "p" },
	{ "a forged one below the server's own", AS "Anonymous\n" AS "Internal", "-", "d", "d", "p" },
	{ "inside and failed at once", AR "dmarc=fail header.from=trust.example\n" AS "Internal", "-", "fd", "d", "-" },
	{ "a longer word", AS "Internally", "-", "d", "d", "p" },

	{ "below the genuine one, a sender's own pass", AR HOST "; dmarc=fail header.from=trust.example\n" AR HOST "; " PASS,
	  "-", "d", "fd", "-" },
	{ "the genuine one found nothing, a sender's own pass below", AR HOST "; dmarc=none header.from=trust.example\n" AR HOST "; " PASS,
	  "-", "d", "d", "p" },
	{ "below the genuine one of Exchange", AR "dmarc=fail action=none header.from=trust.example\n" EXCHANGE, "-", "fd", "d", "-" },
	{ "another host's above, ours forged below", AR "mx.evil.example; dmarc=none\n" AR HOST "; " PASS, "-", "d", "d", "p" },
	{ "another host's pass", AR "mx.evil.example; " PASS, "-", "d", "d", "p" },
	{ "a host that begins like ours", AR HOST ".evil.example; " PASS, "-", "d", "d", "p" },
	{ "a host that ends like ours", AR "evil." HOST "; " PASS, "-", "d", "d", "p" },
	{ "our host in a comment", AR "mx.evil.example (" HOST "); " PASS, "-", "d", "d", "p" },
	{ "our host as a value", AR "dkim=" HOST "; " PASS, "-", "p", "d", "p" },
	{ "an empty one on top", AR "\n" AR HOST "; " PASS, "-", "d", "d", "p" },

	{ "letters of any size", AR "MX.Trust.Example; DMARC=Pass Header.From=TRUST.example", "-", "d", "p", "p" },
	{ "space around the sign", AR HOST " ; dmarc = pass header.from = trust.example", "-", "d", "p", "p" },
	{ "tabs", AR HOST ";\tdmarc=pass\theader.from=trust.example", "-", "d", "p", "p" },
	{ "a version behind the host", AR HOST " 1; " PASS, "-", "d", "p", "p" },
	{ "a version behind the method", AR HOST "; dmarc/1=pass header.from=trust.example", "-", "d", "p", "p" },
	{ "comments between", AR HOST " (our own); dmarc=pass (p=reject (dis=none)) header.from=trust.example", "-", "d", "p", "p" },
	{ "the domain in quotes", AR HOST "; dmarc=pass header.from=\"trust.example\"", "-", "d", "p", "p" },
	{ "the whole address", AR HOST "; dmarc=pass header.from=head@trust.example", "-", "d", "p", "p" },
	{ "other results around it", AR HOST "; spf=pass smtp.mailfrom=x@y.example; " PASS "; arc=none", "-", "d", "p", "p" },
	{ "no space behind the mark", AR HOST ";" PASS, "-", "d", "p", "p" },

	{ "pass in a comment", AR HOST "; dmarc=none (dmarc=pass header.from=trust.example)", "-", "d", "d", "p" },
	{ "pass behind a mark in a comment", AR HOST "; spf=pass (x; " PASS "; y)", "-", "d", "d", "p" },
	{ "pass in quotes", AR HOST "; spf=pass smtp.mailfrom=\"x; " PASS "; y\"@evil.example", "-", "d", "d", "p" },
	{ "a bracket that does not end", AR HOST "; " PASS " (", "-", "d", "d", "p" },
	{ "quotes that do not end", AR HOST "; " PASS " x=\"", "-", "d", "d", "p" },
	{ "an escaped quote", AR HOST "; spf=pass smtp.mailfrom=\"x\\\"; " PASS " \"", "-", "d", "d", "p" },
	{ "an escaped bracket in a comment", AR HOST "; spf=pass (x\\); " PASS " )", "-", "d", "d", "p" },
	{ "two results about it", AR HOST "; dmarc=none; " PASS, "-", "d", "d", "p" },
	{ "two passes", AR HOST "; " PASS "; " PASS, "-", "d", "d", "p" },
	{ "another's domain", AR HOST "; dmarc=pass header.from=evil.example", "-", "d", "d", "p" },
	{ "its subdomain", AR HOST "; dmarc=pass header.from=mail.trust.example", "-", "d", "d", "p" },
	{ "its parent", AR HOST "; dmarc=pass header.from=example", "-", "d", "d", "p" },
	{ "two domains", AR HOST "; dmarc=pass header.from=evil.example header.from=trust.example", "-", "d", "d", "p" },
	{ "no domain", AR HOST "; dmarc=pass", "-", "d", "d", "p" },
	{ "another property with the domain", AR HOST "; dmarc=pass header.d=trust.example", "-", "d", "d", "p" },
	{ "a best guess", AR HOST "; dmarc=bestguesspass header.from=trust.example", "-", "d", "d", "p" },
	{ "an error", AR HOST "; dmarc=temperror header.from=trust.example", "-", "d", "d", "p" },
	{ "passed by another method", AR HOST "; dkim=pass header.from=trust.example", "-", "d", "d", "p" },
	{ "a method that ends like it", AR HOST "; x-dmarc=pass header.from=trust.example", "-", "d", "d", "p" },
	{ "pass as a property", AR HOST "; dkim=pass dmarc=pass header.from=trust.example", "-", "d", "d", "p" },
	{ "spf fails", AR HOST "; spf=fail smtp.mailfrom=trust.example", "-", "d", "d", "-" },

	{ "one From", "From: Hedda Head <head@trust.example>\n" AR HOST "; " PASS, "-", "d", "p", "p" },
	{ "a name that looks like an address", "From: \"head@trust.example\" <head@trust.example>\n" AR HOST "; " PASS, "-", "d", "p", "p" },
	{ "two From headers", "From: head@trust.example\nFrom: x@evil.example\n" AR HOST "; " PASS, "-", "d", "d", "-" },
	{ "two senders in one From", "From: head@trust.example, x@evil.example\n" AR HOST "; " PASS, "-", "d", "d", "-" },
	{ "two From headers inside Exchange", "From: head@trust.example\nFrom: x@evil.example\n" AS "Internal", "-", "d", "d", "-" },
};

static struct message *
mail_of(struct arena *arena, const char *headers, const char *from)
{
	struct message *m = arena_alloc(arena, sizeof(*m));

	m->from.address = from;
	m->from.name = "";
	while (*headers != '\0') {
		struct mail_header *header = arena_push(arena, m->headers, m->header_count);
		size_t len = strcspn(headers, "\n"), name = strcspn(headers, ":");

		header->name = arena_strndup(arena, headers, name);
		header->value = str_trim(arena, arena_strndup(arena, headers + name + 1, len - name - 1));
		headers += len + (headers[len] == '\n');
	}
	return m;
}

static struct pack *
pack_of(struct arena *arena)
{
	struct pack *pack = arena_alloc(arena, sizeof(*pack));
	struct role *role = arena_push(arena, pack->roles, pack->role_count);

	strs_add(arena, &pack->domains, "trust.example");
	*role = (struct role){ .name = "senar", .source = ROLE_ADDRESS, .address = "senar@senar.example" };
	return pack;
}

static const char *
judged(struct arena *arena, const char *trust, const struct pack *pack, const struct message *m)
{
	const char *text = arena_printf(arena, "%s%s%s", engine_authenticated(trust, pack, m) ? "p" : "",
	    engine_forged(trust, m) ? "f" : "", engine_doubtful(trust, pack, m) ? "d" : "");

	return text[0] == '\0' ? "-" : text;
}

static void
test_matrix(void **unused)
{
	static const char *const settings[] = { "none", "exchange-online", "header:" HOST, "simulate" };
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *want[] = { rows[i].none, rows[i].exchange, rows[i].host, rows[i].simulate };
		struct arena *arena = arena_new();
		struct pack *pack = pack_of(arena);
		struct message *m = mail_of(arena, rows[i].headers, "head@trust.example");

		for (size_t s = 0; s < 4; s++) {
			const char *got = judged(arena, settings[s], pack, m);

			if (strcmp(got, want[s]) != 0) {
				fprintf(stderr, "%s, trust = %s: wanted %s, got %s\n", rows[i].name, settings[s], want[s], got);
				failed++;
			}
		}
		arena_free(&arena);
	}
	assert_int_equal(failed, 0);
}

/* Whose mail is doubtful without proof: ours and whom the rules name; a stranger's is a stranger's. */
static void
test_doubtful(void **unused)
{
	static const struct { const char *from, *headers; bool want; } all[] = {
		{ "head@trust.example", "", true },
		{ "head@TRUST.example", "", true },
		{ "senar@senar.example", "", true },
		{ "other@senar.example", "", false },
		{ "parent@home.example", "", false },
		{ "head@trust.example.evil.example", "", false },
		{ "", "", false },
		{ "senar@senar.example", AR HOST "; dmarc=pass header.from=senar.example", false },
		{ "senar@senar.example", AR HOST "; dmarc=pass header.from=trust.example", true },
	};
	size_t failed = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct arena *arena = arena_new();
		struct message *m = mail_of(arena, all[i].headers, all[i].from);

		if (engine_doubtful("header:" HOST, pack_of(arena), m) != all[i].want || engine_doubtful("none", pack_of(arena), m)) {
			fprintf(stderr, "doubtful: row %zu, from %s\n", i, all[i].from);
			failed++;
		}
		arena_free(&arena);
	}
	assert_int_equal(failed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_matrix), cmocka_unit_test(test_doubtful) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
