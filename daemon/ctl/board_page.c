/*
 * The board as one page of HTML: nothing on it comes from elsewhere, its
 * policy lets no request leave it, and everything can be read without its
 * script, which only filters.  Pure: the same board gives the same bytes.
 * Invariant: whatever comes from mails, lists or rules passes board_text().
 * Fails: never.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/file.h"
#include "ctl/board_page.h"

const struct state_words state_words[BOARD_STATES] = {
	[BOARD_LATE] = { "late", "Late", "Late", "The date that counts in the end has passed." },
	[BOARD_OVERDUE] = { "overdue", "Step overdue", "Step overdue",
	    "The date for the step it stands at has passed; the date that counts in the end has not." },
	[BOARD_DUE_SOON] = { "soon", "Due soon", "Due within 14 days", "" },
	[BOARD_ON_TRACK] = { "ontrack", "On track", "On track", "" },
	[BOARD_NO_DATE] = { "nodate", "No date", "No date", "" },
	[BOARD_HELD] = { "held", "On hold", "On hold", "" },
};

void
say(struct page *page, const char *html)
{
	buf_add_str(page->out, html);
}

void
say_text(struct page *page, const char *words)
{
	board_text(page->out, words);
}

const char *
plural(long n)
{
	return n == 1 ? "" : "s";
}

const char *
count_words(struct page *page, size_t n)
{
	if (n >= 1000000)
		return arena_printf(page->arena, "%zu,%03zu,%03zu", n / 1000000, n / 1000 % 1000, n % 1000);
	return n < 1000 ? arena_printf(page->arena, "%zu", n) : arena_printf(page->arena, "%zu,%03zu", n / 1000, n % 1000);
}

const char *
when_words(struct page *page, instant at)
{
	int minute = instant_minute(at);

	return arena_printf(page->arena, "<time datetime=\"%s\">%s, %02d:%02d</time>", instant_iso(page->arena, at),
	    date_words_weekday(page->arena, instant_date(at)), minute / 60, minute % 60);
}

size_t
pack_number(const struct page *page, const char *name)
{
	for (size_t i = 0; i < page->board->pack_count; i++)
		if (strcmp(page->board->packs[i].name, name) == 0)
			return i;
	return page->board->pack_count;
}

const char *
pack_title(const struct page *page, const char *name)
{
	size_t i = pack_number(page, name);

	return i < page->board->pack_count ? page->board->packs[i].title : name;
}

size_t
team_number(const struct page *page, const char *team)
{
	for (size_t i = 0; i < page->teams.n; i++)
		if (strcmp(page->teams.v[i], team) == 0)
			return i;
	return page->teams.n;
}

/* ---- The head */

/* The policy names the style and the script by their hash: nothing else is done, and nothing is fetched. */
static void
hash_of(struct page *page, const char *bytes)
{
	struct buf raw = BUF_INIT;
	char hex[65];

	sha256_hex(bytes, strlen(bytes), hex);
	for (int i = 0; i < 64; i += 2) {
		const char *digits = "0123456789abcdef";

		buf_add_char(&raw, (char)((strchr(digits, hex[i]) - digits) << 4 | (strchr(digits, hex[i + 1]) - digits)));
	}
	say(page, "'sha256-");
	base64_add(page->out, raw.data, raw.len);
	say(page, "'");
	buf_free(&raw);
}

static void
head(struct page *page)
{
	say(page, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ");
	hash_of(page, board_style);
	say(page, "; script-src ");
	hash_of(page, board_script);
	say(page, "; img-src data:; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
	if (page->board->left_out > 0)
		say(page, "Too many cases to show: the board</title>\n<style>");
	else
		buf_printf(page->out, "%zu late, %zu due soon: the board</title>\n<style>", page->sum.of_state[BOARD_LATE],
		    page->sum.of_state[BOARD_DUE_SOON]);
	say(page, board_style);
	say(page, "</style>\n</head>\n");
	buf_printf(page->out, "<body data-made=\"%lld\" data-every=\"%d\">\n", (long long)page->board->made, page->board->every_s);
	say(page, board_marks);
}

/* What was only decided is not to be read as done. */
static void
shadow(struct page *page)
{
	struct strs names = { NULL, 0 };

	for (size_t i = 0; i < page->board->mailbox_count; i++)
		if (page->board->mailboxes[i].shadow && !page->board->mailboxes[i].sent)
			strs_add_new(page->arena, &names, page->board->mailboxes[i].name);
	if (names.n == 0)
		return;
	say(page, "<p class=\"alert\">In shadow: not sent. Mails of ");
	say_text(page, words_list(page->arena, &names, "and"));
	say(page, " are decided and kept; nobody gets one. Where “reminded” or “escalated” stands here, it would have been.</p>\n");
}

static void
title(struct page *page)
{
	const struct board *board = page->board;

	if (board->left_out == 0)
		say(page, "<a class=\"skip\" href=\"#work\">Skip to the work</a>\n");
	say(page, "<header>\n<p class=\"over\">");
	for (size_t i = 0; i < board->pack_count; i++) {
		say(page, i == 0 ? "" : " · ");
		say_text(page, board->packs[i].title);
	}
	buf_printf(page->out, "</p>\n<h1>What waits, and what is late</h1>\n<p class=\"asof\">As it stood on "
	    "%s. ", when_words(page, board->now));
	if (board->every_s > 0)
		buf_printf(page->out, "This page is written every %d minute%s;"
		    " ", (board->every_s + 59) / 60, plural((board->every_s + 59) / 60));
	else
		say(page, "This page was asked for once; ");
	say(page, board->names ? "it holds names of children and staff: keep it as you keep case files." :
	    "cases stand here by their reference, people by their role.");
	say(page, "</p>\n<p id=\"old\" class=\"alert\" hidden></p>\n");
	if (!board->well || !board->running)
		buf_printf(page->out, "<p class=\"alert\">%s: <a href=\"#health\">what is wrong</a></p>\n", board->running ?
		    "Not all is well with the daemon" : "The daemon was not running when this page was made");
	shadow(page);
	if (page->board->left_out > 0)
		buf_printf(page->out, "<p class=\"alert\">There are %s open cases, more than the %s that a page can show: none of them "
		    "stands here, and none is counted. <code>advicectl case</code> and its reference shows one.</p>\n",
		    count_words(page, (size_t)page->board->left_out), count_words(page, BOARD_CASES));
	say(page, "</header>\n");
}

/* ---- The figures at the top */

static void
tile(struct page *page, const char *target, const char *class, const char *number, const char *label)
{
	buf_printf(page->out, "<li><a class=\"tile %s\" href=\"#%s\"><strong>%s</strong> <span>%s</span></a></li>"
	    "\n", class, target, number,
	    label);
}

static void
tiles(struct page *page)
{
	const struct board_sum *sum = &page->sum;
	int percent = board_percent(&sum->all);

	say(page, "<ul class=\"tiles\">\n");
	tile(page, "s=late", "late", count_words(page, sum->of_state[BOARD_LATE]), "late");
	tile(page, "s=overdue", "overdue", count_words(page, sum->of_state[BOARD_OVERDUE]), "with a step overdue");
	tile(page, "s=soon", "soon", count_words(page, sum->of_state[BOARD_DUE_SOON]), "due within 14 days");
	tile(page, "person", "person", count_words(page, page->board->triage_count), page->board->triage_count == 1 ?
	    "needs a person" :
	    "need a person");
	tile(page, "rest", "plain", count_words(page, sum->item_count), "pieces of work open");
	tile(page, "rates", "plain", percent == -1 ? "–" : arena_printf(page->arena, "%d%%", percent), "done in time, last "
	    "13 weeks");
	say(page, "</ul>\n");
}

/* ---- The filter: of no use without the script, which shows it */

static void
option(struct page *page, const char *value, const char *words)
{
	buf_printf(page->out, "<option value=\"%s\">", value);
	say_text(page, words);
	say(page, "</option>");
}

static void
filter(struct page *page)
{
	say(page, "<form id=\"filter\" class=\"filter\" hidden aria-label=\"Show only some of the work\">\n"
	    "<div><label for=\"f-q\">Case</label><input id=\"f-q\" name=\"q\" type=\"search\" autocomplete=\"off\" "
	    "spellcheck=\"false\"></div>\n"
	    "<div><label for=\"f-s\">How it stands</label><select id=\"f-s\" name=\"s\"><option value=\"\">All</option>");
	for (int i = 0; i < BOARD_STATES; i++)
		option(page, state_words[i].key, state_words[i].badge);
	say(page, "</select></div>\n");
	if (page->board->pack_count > 1) {
		say(page, "<div><label for=\"f-p\">Authority</label><select id=\"f-p\" name=\"p\"><option value=\"\">All</option>");
		for (size_t i = 0; i < page->board->pack_count; i++)
			option(page, arena_printf(page->arena, "%zu", i), page->board->packs[i].title);
		say(page, "</select></div>\n");
	}
	if (page->teams.n > 1) {
		say(page, "<div><label for=\"f-t\">Team</label><select id=\"f-t\" name=\"t\"><option value=\"\">All</option>");
		for (size_t i = 0; i < page->teams.n; i++)
			option(page, arena_printf(page->arena, "%zu", i), page->teams.v[i]);
		say(page, "</select></div>\n");
	}
	say(page, "<div><button type=\"reset\">Show all</button></div>\n<p id=\"shown\" role=\"status\"></p>\n</form>\n");
}

/* ---- Rates */

static void
rates(struct page *page)
{
	say(page, "<section id=\"rates\" aria-labelledby=\"h-rates\">\n<h2 id=\"h-rates\">In time?</h2>\n");
	if (page->sum.all.due == 0) {
		buf_printf(page->out, "<p class=\"none\">Nothing fell due in the last %d weeks.</p>\n</section>\n", BOARD_WEEKS);
		return;
	}
	buf_printf(page->out, "<p>Of what fell due in the last %d weeks, <b>%zu of %zu</b> was done by its date. Each "
	    "piece of work is counted in the "
	    "week in which it was due, also while it is still open; what was called off is left out.</p>\n", BOARD_WEEKS,
	    page->sum.all.on_time, page->sum.all.due);
	board_weeks(page->arena, &page->sum, page->out);
	board_teams(page->arena, &page->sum, page->out);
	say(page, "</section>\n");
}

static void
foot(struct page *page)
{
	say(page, "<footer>\n<h2>How to read this page</h2>\n<p>A case may hold several pieces of work, each with its own "
	    "dates. The date that counts "
	    "is the one that the rules call fixed, which is the law’s; where they call none so, it is the last that its "
	    "stages work to. "
	    "A step’s date comes before it, and is the one that people are reminded of. Days are calendar days; nothing is "
	    "late on its day. More of a case: <code>advicectl case</code> and its reference.</p>\n");
	if (page->board->every_s > 0)
		say(page, "<p>If the time at the top is long past, the daemon has stopped: tell an administrator.</p>\n");
	say(page, "</footer>\n");
}

/* ---- All of it */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
teams_list(struct page *page)
{
	for (size_t i = 0; i < page->sum.item_count; i++)
		if (page->sum.items[i].work->team[0] != '\0' && !strs_has(&page->teams, page->sum.items[i].work->team))
			strs_add(page->arena, &page->teams, page->sum.items[i].work->team);
	if (page->teams.n > 1)
		qsort(page->teams.v, page->teams.n, sizeof(*page->teams.v), by_name);
}

void
board_page(struct arena *arena, const struct board *board, struct buf *out)
{
	struct page page = { .arena = arena, .board = board, .out = out };

	board_sum(arena, board, &page.sum);
	teams_list(&page);
	head(&page);
	title(&page);
	say(&page, "<main>\n");
	if (board->left_out == 0) {
		tiles(&page);
		filter(&page);
	}
	page_triage(&page);
	if (board->left_out == 0) {
		page_work(&page);
		rates(&page);
	}
	page_health(&page);
	say(&page, "</main>\n");
	foot(&page);
	say(&page, "<script>");
	say(&page, board_script);
	say(&page, "</script>\n</body>\n</html>\n");
}
