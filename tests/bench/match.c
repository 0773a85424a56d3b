/*
 * How long matching takes: what a mail shows, the store's look-up and the
 * weighing, in a store on disk with so many cases, mixed evidence, common
 * names among it.  usage: match FILE CASES ROUNDS [PACK] ; prints "median_us
 * p99_us p99_cpu_us": the last in processor time, which other work on the
 * machine does not touch.  FILE is made unless it is there already; one that
 * grow.c made is of the pack whose name is given.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "pack_maker.h"
#include "../property/population.h"

#include "base/file.h"
#include "case/match.h"
#include "store/store.h"

static struct err err;

static void
must(bool well, const char *what)
{
	if (well)
		return;
	fprintf(stderr, "%s: %s\n", what, err.text);
	exit(2);
}

static int64_t
key_of(const char *text)
{
	char hash[65];
	int64_t key = 0;

	sha256_hex(text, strlen(text), hash);
	for (int i = 0; i < 16; i++)
		key = (int64_t)((uint64_t)key << 4 | (uint64_t)(hash[i] <= '9' ? hash[i] - '0' : hash[i] - 'a' + 10));
	return key;
}

/* Past the store, which would take an hour: rows as it writes them. */
static void
add_row(sqlite3_stmt *cases, sqlite3_stmt *messages, size_t i, const struct child *child, const char *name)
{
	char id[64];

	(void)snprintf(id, sizeof(id), "request-%s@council.example", child->nhs);
	sqlite3_bind_int64(cases, 1, (int64_t)i + 1);
	sqlite3_bind_text(cases, 2, child->reference, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(cases, 3, name, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(cases, 4, child->born);
	sqlite3_bind_text(cases, 5, child->nhs, -1, SQLITE_TRANSIENT);
	sqlite3_bind_text(cases, 6, child->upn, -1, SQLITE_TRANSIENT);
	must(sqlite3_step(cases) == SQLITE_DONE && sqlite3_reset(cases) == SQLITE_OK, "a case");
	sqlite3_bind_text(messages, 1, child->nhs, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(messages, 2, (int64_t)i + 1);
	sqlite3_bind_text(messages, 3, id, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(messages, 4, key_of(id));
	must(sqlite3_step(messages) == SQLITE_DONE && sqlite3_reset(messages) == SQLITE_OK, "a message");
}

static void
fill(const char *path, const struct child *children, size_t count)
{
	struct store *store;
	sqlite3 *db;
	sqlite3_stmt *cases, *messages;

	must(store_open(path, &store, &err) == 0, path);
	store_close(&store);
	must(sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db, "PRAGMA synchronous=OFF; BEGIN", NULL, NULL, NULL) ==
	    SQLITE_OK && sqlite3_prepare_v2(db, "INSERT INTO cases(id, pack, opened, reference, child_name, born, nhs_number,"
	    " upn) VALUES(?,'sample',1,?,?,?,?,?)", -1, &cases, NULL) == SQLITE_OK && sqlite3_prepare_v2(db,
	    "INSERT INTO message(pack, fingerprint, kind, case_id, state, spool_name, message_id, message_key, record)"
	    " VALUES('sample',?,'advice-request',?,'done','',?,?,zeroblob(200))", -1, &messages, NULL) == SQLITE_OK,
	    "a new store");
	for (size_t i = 0; i < count; i++) {
		struct arena *arena = arena_new();

		add_row(cases, messages, i, &children[i], str_fold_name(arena, record_name(arena, &children[i])));
		arena_free(&arena);
	}
	sqlite3_finalize(cases);
	sqlite3_finalize(messages);
	must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "a new store");
	sqlite3_close(db);
}

/* By turns: reference, conversation, number, name with birth date, a sentence that names the child, all of them. */
static struct message *
mail_about(struct arena *arena, const struct child *child, size_t turn)
{
	const char *name = arena_printf(arena, "%s %s", child->forename, child->surname);
	struct message *mail = make_mail(arena, "sam@x.example", turn % 6 == 0 || turn % 6 == 5 ?
	    arena_printf(arena, "Advice for %s", child->reference) : "Advice",
	    turn % 6 == 4 || turn % 6 == 5 ? arena_printf(arena, "This is about %s, as asked last week.", name) :
	    "Please find the form attached. It was agreed with the family.");

	if (turn % 6 == 1 || turn % 6 == 5)
		mail->in_reply_to = arena_printf(arena, "request-%s@council.example", child->nhs);
	if (turn % 6 == 2 || turn % 6 == 5)
		make_said(arena, mail, SAID_NHS_NUMBER, child->nhs, SOURCE_NEW_TEXT);
	if (turn % 6 == 3 || turn % 6 == 5)
		make_said(arena, mail, SAID_CHILD_NAME, name, SOURCE_NEW_TEXT);
	if (turn % 6 >= 3)
		make_said(arena, mail, SAID_DATE_OF_BIRTH, date_iso(arena, child->born), SOURCE_NEW_TEXT);
	return mail;
}

static int
by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double
now_us(clockid_t clock)
{
	struct timespec at;

	(void)clock_gettime(clock, &at);
	return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
}

struct took {
	double	us, cpu_us;
};

/* From the classified mail to the verdict. */
static struct took
match_one(struct store *store, const struct pack *pack, const char *name, const struct directory *directory,
    const struct child *child, size_t turn, size_t *found)
{
	struct arena *arena = arena_new();
	struct message *mail = mail_about(arena, child, turn);
	struct classified *classified;
	struct evidence *evidence;
	struct candidate *candidates;
	struct matched *matched;
	size_t count, candidate_count;
	struct took took;

	classify(arena, pack, directory, mail, 1795424400, &classified);
	took = (struct took){ now_us(CLOCK_MONOTONIC), now_us(CLOCK_PROCESS_CPUTIME_ID) };
	evidence_of(arena, mail, classified, &evidence, &count);
	must(store_candidates(store, arena, name, evidence, count, &candidates, &candidate_count, &err) == 0, "candidates");
	match(arena, pack, mail, classified, candidates, candidate_count, &matched);
	took = (struct took){ now_us(CLOCK_MONOTONIC) - took.us, now_us(CLOCK_PROCESS_CPUTIME_ID) - took.cpu_us };
	*found += matched->candidate_count > 0;
	arena_free(&arena);
	return took;
}

int
main(int argc, char **argv)
{
	size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000, rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 10000;
	const char *name = argc > 4 ? argv[4] : "sample";
	struct arena *lasting = arena_new();
	struct pack *pack = make_pack(lasting, "manager", "x.example");
	struct directory *directory = make_directory(lasting, "sam@x.example,Sam Worker,Social Worker,Erdington,,,,\n");
	size_t found = 0;
	double *times = arena_alloc(lasting, rounds * sizeof(*times));
	double *cpu_times = arena_alloc(lasting, rounds * sizeof(*cpu_times));
	struct child *children;
	struct store *store;

	must(argc > 1, "usage: match FILE CASES ROUNDS [PACK]");
	make_kind(lasting, pack, "advice", NULL, "advice", NULL);
	pack->reference_shapes = make_strs(lasting, "EHC-#######");
	pack->references = make_patterns(lasting, "EHC-#######", &pack->reference_count);
	random_seed(7);
	children = population(lasting, count, 0);
	for (size_t i = 0; i < count; i++)
		(void)snprintf(children[i].reference, sizeof(children[i].reference), "EHC-%07u", (unsigned)i % 10000000);
	if (access(argv[1], F_OK) != 0)
		fill(argv[1], children, count);
	must(store_open(argv[1], &store, &err) == 0, argv[1]);
	for (size_t i = 0; i < rounds; i++) {
		struct took took = match_one(store, pack, name, directory, &children[random_below((uint32_t)count)], i, &found);

		times[i] = took.us;
		cpu_times[i] = took.cpu_us;
	}
	must(found * 10 > rounds * 9, "too few of the mails found their case");
	qsort(times, rounds, sizeof(*times), by_size);
	qsort(cpu_times, rounds, sizeof(*cpu_times), by_size);
	printf("%.0f %.0f %.0f\n", times[rounds / 2], times[rounds * 99 / 100], cpu_times[rounds * 99 / 100]);
	store_close(&store);
	arena_free(&lasting);
	return 0;
}
