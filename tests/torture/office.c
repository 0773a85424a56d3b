/*
 * Administrators: advicectl's commands, for reasons of their own.  Most make
 * sense; some name what is not there, and are refused.
 */
#include <stdio.h>
#include <string.h>

#include "store/sql.h"
#include "torture.h"

#define WORDS_MAX 8

struct order {
	const char	*words[WORDS_MAX];
	size_t		 n;
};

static void
word(struct order *order, const char *text)
{
	if (order->n < WORDS_MAX)
		order->words[order->n++] = text;
}

static int
give(struct life *life, const struct order *order, const char *file)
{
	char line[400] = "";
	int code;

	for (size_t i = 0; i < order->n; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s%s", i == 0 ? "" : " ", order->words[i]);
	code = house_say(life, order->n, order->words, file);
	life_say(life, "  advicectl %s: %d%s%.*s", line, code, code == 0 ? "" : " ",
	    code == 0 ? 0 : (int)strcspn(house_said(life), "\n"), house_said(life));
	return code;
}

/* One of the rows' first columns; 0: there is none. */
static int64_t
pick(struct life *life, struct chance *chance, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t picked = 0;
	unsigned rows = 0;

	if (sqlite3_prepare_v2(check_store(life), sql, -1, &stmt, NULL) != SQLITE_OK) {
		life_fail(life, "%s", sqlite3_errmsg(check_store(life)));
		return 0;
	}
	while (sqlite3_step(stmt) == SQLITE_ROW)
		if (chance_below(chance, ++rows) == 0)
			picked = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return picked;
}

static const char *
number(struct life *life, int64_t n)
{
	return arena_printf(life->arena, "%lld", (long long)n);
}

static const char *
a_case(struct life *life, struct chance *chance)
{
	int64_t id = pick(life, chance, "SELECT id FROM cases WHERE closed IS NULL");

	return id != 0 ? number(life, id) : "EHC-99999";
}

static void
correct(struct life *life, struct chance *chance, struct order *order)
{
	const struct strs *facts = &life->town->facts;

	word(order, "correct");
	word(order, a_case(life, chance));
	word(order, facts->v[chance_below(chance, (unsigned)facts->n)]);
}

static void
move(struct life *life, struct chance *chance, struct order *order)
{
	const struct strs *moves = &life->town->moves;
	const char *where;

	word(order, "move");
	word(order, a_case(life, chance));
	where = moves->v[chance_below(chance, (unsigned)moves->n)];		/* strand and stage */
	word(order, arena_strndup(life->arena, where, strcspn(where, " ")));
	word(order, where + strcspn(where, " ") + 1);
	if (chance_percent(chance, 20))
		word(order, "--quiet");
}

static void
detach(struct life *life, struct chance *chance, struct order *order)
{
	word(order, "detach");
	word(order, number(life, pick(life, chance, "SELECT id FROM message WHERE case_id IS NOT NULL")));
}

static void
merge(struct life *life, struct chance *chance, struct order *order)
{
	word(order, "merge");
	word(order, a_case(life, chance));
	word(order, a_case(life, chance));
}

static void
close_case(struct life *life, struct chance *chance, struct order *order)
{
	word(order, "close");
	word(order, a_case(life, chance));
}

static void
undo(struct life *life, struct chance *chance, struct order *order)
{
	word(order, "undo");
	word(order, number(life, pick(life, chance, "SELECT id FROM change WHERE undone_by IS NULL OR undone_by=0")));
}

static void
resolve(struct life *life, struct chance *chance, struct order *order)
{
	static const char *const answers[] = { "1", "2", "NEW", "NOT A CASE", "RELEASE", "DROP", "DONE", "WRONG" };

	word(order, "resolve");
	word(order, number(life, pick(life, chance, "SELECT id FROM triage WHERE state='open'")));
	word(order, answers[chance_below(chance, sizeof(answers) / sizeof(answers[0]))]);
}

/* Held mails released, waiting ones held or tried at once; never "sent" or "retry" of one that nobody has looked for. */
static void
queue(struct life *life, struct chance *chance, struct order *order)
{
	word(order, "queue");
	switch (chance_below(chance, 4)) {
	case 0:
		word(order, "hold");
		word(order, number(life, pick(life, chance, "SELECT id FROM outbox WHERE state IN (0,3)")));
		break;
	case 1:
		word(order, "release");
		word(order, number(life, pick(life, chance, "SELECT id FROM outbox WHERE state=6")));
		word(order, "--yes");
		break;
	case 2:
		word(order, "drop");
		word(order, number(life, pick(life, chance, "SELECT id FROM outbox WHERE state=6")));
		word(order, "--yes");
		break;
	default:
		word(order, "retry");
		word(order, number(life, pick(life, chance, "SELECT id FROM outbox WHERE state IN (3,4)")));
	}
}

static void
quarantine(struct life *life, struct chance *chance, struct order *order)
{
	int64_t id = pick(life, chance, "SELECT id FROM sighting WHERE state=3");

	word(order, "quarantine");
	word(order, "release");
	word(order, arena_printf(life->arena, "%s.701.%lld", life->town->mailbox, (long long)pick(life, chance,
	    arena_printf(life->arena, "SELECT uid FROM sighting WHERE id=%lld", (long long)id))));
}

static void
look(struct life *life, struct chance *chance, struct order *order)
{
	static const char *const words[] = { "status", "cases", "due", "queue", "triage", "quarantine", "verify", "case" };
	const char *one = words[chance_below(chance, 8)];

	word(order, one);
	if (strcmp(one, "case") == 0)
		word(order, a_case(life, chance));
}

void
office_command(struct life *life, struct happening *event)
{
	static void (*const orders[])(struct life *, struct chance *, struct order *) = {
		correct, move, detach, merge, close_case, undo, undo, resolve, resolve, resolve, queue, quarantine, look,
	};
	struct order order = { { NULL }, 0 };
	unsigned which = chance_below(&event->chance, sizeof(orders) / sizeof(orders[0]));

	if (life->house == NULL)
		return;
	orders[which](life, &event->chance, &order);
	if (orders[which] != queue && orders[which] != quarantine && orders[which] != look) {
		word(&order, "--reason");
		word(&order, "it was so");
		word(&order, "--yes");
	}
	give(life, &order, NULL);
}

void
office_pause(struct life *life, struct happening *event)
{
	struct order order = { { "pause" }, 1 };
	struct chance *chance = &event->chance;

	if (life->house == NULL)
		return;
	if (chance_percent(chance, 30)) {
		order.words[0] = "resume";
		if (chance_percent(chance, 50))
			word(&order, a_case(life, chance));
		give(life, &order, NULL);
		return;
	}
	if (chance_percent(chance, 50))
		word(&order, a_case(life, chance));
	word(&order, "--until");
	word(&order, date_iso(life->arena, instant_date(life_now(life)) + 1 + (dayno)chance_below(chance, 20)));
	word(&order, "--reason");
	word(&order, "an upgrade");
	word(&order, "--yes");
	give(life, &order, NULL);
}

/* What has had its time is erased, or a case on request; a hold keeps some; older mail is taken up or left. */
void
office_records(struct life *life, struct happening *event)
{
	const char *mailbox = life->town->mailbox;
	const char *const orders[][4] = {
		{ "purge" }, { "purge", "--case", "" }, { "legal-hold", "", "on" }, { "legal-hold", "", "off" }, { "adopt", mailbox },
		{ "adopt", mailbox, "--leave" }, { "adopt", mailbox, "--from", "2026-09-01" }, { "backup" }, { "backup" },
	};
	struct order order = { { NULL }, 0 };
	unsigned which = chance_below(&event->chance, sizeof(orders) / sizeof(orders[0]));

	if (life->house == NULL)
		return;
	for (size_t i = 0; i < 4 && orders[which][i] != NULL; i++)
		word(&order, orders[which][i][0] != '\0' ? orders[which][i] :
		    number(life, pick(life, &event->chance, which == 1 ? "SELECT id FROM cases WHERE closed IS NOT NULL" :
		    "SELECT id FROM cases")));
	if (strcmp(orders[which][0], "backup") != 0) {
		word(&order, "--reason");
		word(&order, "it was so");
		word(&order, "--yes");
	}
	give(life, &order, NULL);
}

/* Another directory, or another involvement list. */
void
office_lists(struct life *life, struct happening *event)
{
	bool people = chance_percent(&event->chance, 40);
	const char *file = arena_printf(life->arena, "%s/../%s-%u.csv", life->place, people ? "directory" : "involvement",
	    chance_below(&event->chance, 2));
	struct order order = { { "import", people ? "directory" : "involvement", file, "--yes" }, 4 };

	if (life->house != NULL)
		give(life, &order, file);
}

/* Other rules lie in the folder, and core is told so. */
void
office_reload(struct life *life, struct happening *event)
{
	(void)event;
	life->rules++;
	house_reload(life);
}

/* Of those whom it may have reached; some of them alone: nobody can say so of the whole. */
static bool
can_tell(const struct life *life, const struct outbox_row *row, bool *arrived_r)
{
	size_t asked = 0, reached = 0;

	for (size_t i = 0; i < row->recipient_count; i++) {
		asked += row->recipients[i].state == OUTBOX_UNKNOWN;
		reached += row->recipients[i].state == OUTBOX_UNKNOWN && check_has_reached(life, row->message_id, row->recipients[i].address);
	}
	*arrived_r = reached > 0;
	return reached == 0 || reached == asked;
}

/* Somebody looks for the mails of which nobody knows whether they arrived, and says what they found. */
void
office_resolve(struct life *life, struct happening *event)
{
	struct arena *arena = life->arena;
	struct outbox_row *rows = NULL;
	struct err err;
	size_t count = 0;

	(void)event;
	if (life->house == NULL)
		return;
	if (store_outbox_in_state(house_store(life), arena, OUTBOX_UNKNOWN, &rows, &count, &err) == -1)
		return;
	for (size_t i = 0; i < count && life->house != NULL; i++) {
		bool arrived;

		if (can_tell(life, &rows[i], &arrived))
			give(life, &(struct order){ { "queue", arrived ? "sent" : "retry", number(life, rows[i].id) }, 3 }, NULL);
	}
}
