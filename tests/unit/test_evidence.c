/* The journal's own proofs: its chain and its heads, shortened when its time is over, and what evidence tells of a case. */
#include "purge_house.h"

/* ---- The journal's own time */

static void
the_journal_is_shortened_and_stays_whole(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct journal_entry entry = { .event = "mail", .rule = "", .detail = "", .who = "daemon" };
	struct journal_span span;
	int64_t rows, broken;
	char hash[65];

	for (int year = 2015; year < 2029; year++) {
		entry.at = DAY(year, 3, 1);
		WELL(store_journal_add(room->store, &entry, &room->err));
	}
	WELL(store_journal_hash_at(room->store, 8, hash, &room->err));
	erase(house, NOW, true);
	WELL(store_journal_span(room->store, &span, &room->err));
	assert_int_equal(span.base, 8);	/* 2022 is within six years of 2028 */
	chain_is_whole(house);
	WELL(store_journal_verify_piece(room->store, 10, INT64_MAX, &rows, &broken, &room->err));
	assert_int_equal(broken, 0);
	assert_int_equal(rows, span.head - 10);
	assert_int_not_equal(room_sql(room, "DELETE FROM journal WHERE id=12"), SQLITE_OK);
}

static void
a_noted_head_is_found_again(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct journal_entry entry = { .at = NOW, .event = "mail", .rule = "", .detail = "", .who = "daemon" };
	char hash[65];
	int64_t row, at;

	for (int i = 0; i < 5; i++)
		WELL(store_journal_add(room->store, &entry, &room->err));
	WELL(store_journal_head(room->store, &row, hash, &room->err));
	for (int i = 0; i < 5; i++)
		WELL(store_journal_add(room->store, &entry, &room->err));
	WELL(store_journal_with_hash(room->store, hash, &at, &room->err));
	assert_int_equal(at, 5);
	/* Somebody writes all of it anew: whole in itself, but not what was noted. */
	assert_int_equal(room_sql(room, "DROP TRIGGER journal_no_delete; DELETE FROM journal"), SQLITE_OK);
	for (int i = 0; i < 10; i++)
		WELL(store_journal_add(room->store, &entry, &room->err));
	WELL(store_journal_with_hash(room->store, hash, &at, &room->err));
	assert_int_equal(at, 0);
}

struct chain { char hash[65]; int64_t row; };

static void
link_on(void *ctx, int64_t row, const char *digest)
{
	struct chain *chain = ctx;
	char next[65];

	journal_link(chain->hash, digest, next);
	strcpy(chain->hash, next);
	chain->row = row;
}

/* With a row's "before" and the digests from there on, anybody arrives at the head. */
static void
digests_lead_from_a_case_to_the_head(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	struct journal_proof *proof;
	struct chain chain;
	char head[65];
	int64_t row;
	size_t count;

	for (uint32_t i = 0; i < 5; i++)
		(void)put_case(house, arena_printf(room->arena, "CASE%02u", i), 1 + i, NOW, INSTANT_NONE);
	WELL(store_journal_proof(room->store, room->arena, 3, &proof, &count, &room->err));
	assert_int_equal(count, 1);
	strcpy(chain.hash, proof[0].before);
	WELL(store_journal_digests(room->store, proof[0].row - 1, link_on, &chain, &room->err));
	WELL(store_journal_head(room->store, &row, head, &room->err));
	assert_string_equal(chain.hash, head);
	assert_int_equal(chain.row, row);
}

/* ---- Evidence */

static const char *
evidence(struct house *house, const char *name, const char *option, int want)
{
	struct live live = { .arena = house->room.arena, .store = house->room.store, .config = &house->config, .now = NOW, .file = -1,
	    .who = "uid 1" };
	char *argv[] = { arena_strdup(live.arena, "evidence"), arena_strdup(live.arena, name),
	    arena_strdup(live.arena, option == NULL ? "" : option), NULL };
	const char *said;

	assert_int_equal(live_run(&live, option == NULL ? 2 : 3, argv), want);
	said = str_squeeze(live.arena, arena_printf(live.arena, "%s%s", buf_text(&live.out), buf_text(&live.errors)));
	buf_free(&live.out);
	buf_free(&live.errors);
	return said;
}

static void
evidence_tells_what_went_into_a_case_and_what_was_erased(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t one = put_case(house, "PLANTEDLL", 1, DAY(2028, 1, 4), DAY(2028, 2, 1)),
	    two = put_case(house, "PLANTEDMM", 2, DAY(2028, 1, 4), INSTANT_NONE);
	const char *said;

	WELL(store_case_merge(room->store, two, one, DAY(2028, 1, 8), &room->err));
	said = evidence(house, "PLANTEDLL", NULL, 0);
	assert_non_null(strstr(said, "PLANTEDMM, which went into this case"));
	assert_non_null(strstr(said, "(in what was PLANTEDMM)"));
	assert_non_null(strstr(said, "Nothing of this case has been erased."));
	assert_non_null(strstr(said, "PLANTEDMM@to.example"));
	assert_non_null(strstr(evidence(house, "PLANTEDLL", "--json", 0), "\"merged\":[\"PLANTEDMM\"]"));
	assert_non_null(strstr(evidence(house, "PLANTEDLL", "--proof", 2), "usage:"));
	erase(house, NOW, true);
	said = evidence(house, "PLANTEDLL", NULL, 0);
	assert_non_null(strstr(said, "were erased on 1 Jun 2028"));
	assert_non_null(strstr(said, "The mail itself was erased."));
	erase(house, DAY(2029, 3, 1), true);
	said = evidence(house, arena_printf(room->arena, "%lld", (long long)one), NULL, 0);
	assert_null(strstr(said, "PLANTED"));
	assert_non_null(strstr(said, "All content of this case was erased on 1 Mar 2029"));
	assert_non_null(strstr(said, "strand 1 to done"));	/* the journal's rows stay */
	assert_non_null(strstr(evidence(house, "EHC-99999", NULL, 1), "there is no case"));
}

/* Before a tribunal: what may have arrived is not said to have been kept back, nor the other way round. */
static void
evidence_says_of_each_mail_what_became_of_it(void **state)
{
	static const struct { int of_mail, of_person; const char *says; } rows[] = {
		{ OUTBOX_SENT, OUTBOX_SENT, "Accepted by the mail server on" },
		{ OUTBOX_JOINED, OUTBOX_JOINED, "PLANTEDOO@to.example had it as a part of another mail (in mail 77)" },
		{ OUTBOX_UNKNOWN, OUTBOX_UNKNOWN, "It may or may not have arrived" },
		{ OUTBOX_QUEUED, OUTBOX_QUEUED, "It has not been sent yet: queued" },
		{ OUTBOX_RETRY, OUTBOX_RETRY, "It has not been sent yet: retry" },
		{ OUTBOX_SHADOW, OUTBOX_SHADOW, "It was not sent: shadow" },
		{ OUTBOX_FAILED, OUTBOX_FAILED, "Refused for PLANTEDOO@to.example" },
	};
	struct house *house = *state;
	struct room *room = &house->room;

	(void)put_case(house, "PLANTEDOO", 1, DAY(2028, 1, 4), INSTANT_NONE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *said;

		assert_int_equal(room_sql(room, arena_printf(room->arena, "UPDATE outbox SET state=%d, why='';"
		    "UPDATE outbox_recipient SET state=%d, reply='in mail 77'", rows[i].of_mail, rows[i].of_person)), SQLITE_OK);
		said = evidence(house, "PLANTEDOO", NULL, 0);
		if (strstr(said, rows[i].says) == NULL)
			fail_msg("\"%s\" is not said: %s", rows[i].says, said);
	}
}

/* A mail's own wait for a person, before it was in any case, is part of the case's past; another case's is not. */
static void
evidence_tells_of_who_was_asked_before_the_case_was_known(void **state)
{
	struct house *house = *state;
	struct room *room = &house->room;
	const char *said;

	(void)put_case(house, "PLANTEDPP", 1, DAY(2028, 1, 4), INSTANT_NONE);
	(void)put_case(house, "PLANTEDQQ", 2, DAY(2028, 1, 4), INSTANT_NONE);
	assert_int_equal(room_sql(room, "UPDATE triage SET reason='WHOISTHIS', case_id=NULL, message=(SELECT min(id) FROM message)"
	    " WHERE case_id=1"), SQLITE_OK);
	said = evidence(house, "PLANTEDPP", NULL, 0);
	assert_non_null(strstr(said, "WHOISTHIS"));
	assert_null(strstr(said, "PLANTEDQQ"));
	assert_null(strstr(evidence(house, "PLANTEDQQ", NULL, 0), "WHOISTHIS"));
}

/* On request, before its time, with the reason for it; refused while it is open or on hold. */
static void
one_case_is_erased_on_request(void **state)
{
	static const struct { const char *sql, *says; int code; } rows[] = {
		{ "INSERT INTO legal_hold VALUES(1, 5, 'uid 1', 'tribunal')", "there is a legal hold on it", 1 },
		{ "DELETE FROM legal_hold; UPDATE cases SET closed=NULL", "it is open; close it first", 1 },
		{ "UPDATE cases SET closed=5", "erased: 1 case", 0 },
		{ "UPDATE cases SET reference='PLANTEDNN'", "it was erased already", 1 },
	};
	struct house *house = *state;
	struct room *room = &house->room;
	int64_t id = put_case(house, "PLANTEDNN", 1, NOW, NOW);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct live live = { .arena = room->arena, .store = room->store, .spool = &house->spool, .config = &house->config, .now = NOW,
		    .file = -1, .who = "uid 1" };
		char *argv[] = { W("purge"), W("--case"), W("PLANTEDNN"), W("--reason"), W("request 12/28"), W("--yes"), NULL };

		assert_int_equal(room_sql(room, rows[i].sql), SQLITE_OK);
		assert_int_equal(live_run(&live, 6, argv), rows[i].code);
		assert_non_null(strstr(arena_printf(room->arena, "%s%s", buf_text(&live.out), buf_text(&live.errors)), rows[i].says));
		buf_free(&live.out);
		buf_free(&live.errors);
	}
	assert_int_equal(room_sql(room, "UPDATE cases SET reference=NULL; VACUUM"), SQLITE_OK);
	WELL(store_log_empty(room->store, &room->err));
	assert_int_equal(found(house, "PLANTEDNN"), 0);
	assert_non_null(strstr(evidence(house, arena_printf(room->arena, "%lld", (long long)id), NULL, 0), "on request: request 12/28"));
	chain_is_whole(house);
}

int
main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, house_open, house_close)
	const struct CMUnitTest tests[] = {
		TEST(the_journal_is_shortened_and_stays_whole),
		TEST(a_noted_head_is_found_again),
		TEST(digests_lead_from_a_case_to_the_head),
		TEST(evidence_tells_what_went_into_a_case_and_what_was_erased),
		TEST(evidence_says_of_each_mail_what_became_of_it),
		TEST(evidence_tells_of_who_was_asked_before_the_case_was_known),
		TEST(one_case_is_erased_on_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
