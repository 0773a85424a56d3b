/*
 * The board's work: what is late or due soon with its time, all other open
 * work as a table.  Pure.
 * Invariant: as board_page.c says.
 * Fails: never.
 */
#include "ctl/board_page.h"

/* What the filters go by. */
static void
marks_of(struct page *page, const struct board_item *item)
{
	buf_printf(page->out, " data-s=\"%s\" data-p=\"%zu\"", state_words[item->state].key, pack_number(page, item->of->pack));
	if (item->work->team[0] != '\0')
		buf_printf(page->out, " data-t=\"%zu\"", team_number(page, item->work->team));
}

/* ---- Work with its time */

static void
badge(struct page *page, const struct board_item *item)
{
	const struct state_words *words = &state_words[item->state];
	const char *days = item->state == BOARD_NO_DATE || item->due == DAY_NONE ? NULL :
	    item->days == 0 ? "today" : arena_printf(page->arena, "%d day%s", item->days < 0 ? -item->days : item->days,
	    plural(item->days < 0 ? -item->days : item->days));

	buf_printf(page->out, "<span class=\"badge %s\"><svg aria-hidden=\"true\"><use href=\"#i-%s\"/>"
	    "</svg>", words->key, words->key);
	if (item->state == BOARD_LATE)
		buf_printf(page->out, "%s late", days);
	else if (item->state == BOARD_OVERDUE)
		buf_printf(page->out, "Step %s overdue", days);
	else if (item->state == BOARD_DUE_SOON)
		buf_printf(page->out, "%s %s%s", item->due == item->work->last ? "Due" : "Step due", item->days == 0 ? "" : "in ", days);
	else
		say(page, words->badge);
	say(page, "</span>");
}

static void
work_name(struct page *page, const struct board_work *work)
{
	say_text(page, work->strand);
	if (work->service[0] != '\0') {
		say(page, ", ");
		say_text(page, work->service);
	}
}

static void
holder(struct page *page, const struct board_work *work)
{
	say_text(page, work->holder[0] == '\0' ? "nobody in particular" : work->holder);
	if (work->team[0] != '\0' && work->holder[0] != '\0') {
		say(page, ", ");
		say_text(page, work->team);
	}
}

static void
dated(struct page *page, const char *title, dayno day, const char *name)
{
	buf_printf(page->out, "<div><dt>%s</dt><dd>%s<br><small>", title, board_day(page->arena, day));
	say_text(page, name);
	say(page, "</small></dd></div>");
}

/* "Reminded on 28 Sep and 5 Oct (last: Social Worker)." */
static void
mails_words(struct page *page, const struct board_work *work, enum board_mark_kind kind, const char *verb)
{
	struct strs days = { NULL, 0 };
	const char *whom = "";

	for (size_t i = 0; i < work->mark_count; i++)
		if (work->marks[i].kind == kind) {
			strs_add_new(page->arena, &days, board_short_day(page->arena, work->marks[i].on, instant_date(page->board->now)));
			whom = work->marks[i].what;
		}
	if (days.n == 0)
		return;
	buf_printf(page->out, " %s on ", verb);
	if (days.n > 4)
		buf_printf(page->out, "%zu days, last on %s", days.n, days.v[days.n - 1]);
	else
		say_text(page, words_list(page->arena, &days, "and"));
	if (whom[0] != '\0') {
		say(page, days.n > 1 ? " (last: " : " (");
		say_text(page, whom);
		say(page, ")");
	}
	say(page, ".");
}

static void
history(struct page *page, const struct board_work *work)
{
	size_t stages = 0;
	const struct board_mark *entered = NULL;

	for (size_t i = 0; i < work->mark_count; i++)
		if (work->marks[i].kind == BOARD_STAGE) {
			stages++;
			entered = &work->marks[i];
		}
	buf_printf(page->out, "<p class=\"hist\">Began on %s", board_day(page->arena, work->began));
	if (stages > 1 && entered->on != work->began) {
		say(page, "; at “");
		say_text(page, entered->what);
		buf_printf(page->out, "” since %s", board_day(page->arena, entered->on));
	}
	say(page, ".");
	mails_words(page, work, BOARD_REMIND, "Reminded");
	mails_words(page, work, BOARD_ESCALATE, "Escalated");
	say(page, "</p>");
}

static void
card(struct page *page, const struct board_item *item)
{
	const struct board_work *work = item->work;

	say(page, "<li class=\"card\"");
	marks_of(page, item);
	say(page, "><div class=\"top\"><h4>");
	say_text(page, item->of->name);
	if (item->of->child != NULL) {
		say(page, " <small>");
		say_text(page, item->of->child);
		say(page, "</small>");
	}
	say(page, "</h4> ");
	badge(page, item);
	if (work->held || item->of->paused)
		say(page, " <span class=\"badge held\"><svg aria-hidden=\"true\"><use href=\"#i-held\"/></svg>On hold</span>");
	say(page, "</div>\n<p class=\"where\">");
	work_name(page, work);
	say(page, ": <b>");
	say_text(page, work->stage);
	say(page, "</b>");
	if (page->board->pack_count > 1) {
		say(page, " · ");
		say_text(page, pack_title(page, item->of->pack));
	}
	say(page, "</p>\n<dl><div class=\"whole\"><dt>With</dt><dd>");
	holder(page, work);
	say(page, "</dd></div>");
	if (work->last != DAY_NONE)
		dated(page, "Due", work->last, work->last_name);
	if (work->due != DAY_NONE && work->due != work->last)
		dated(page, work->last == DAY_NONE ? "Due" : "Step due", work->due, work->due_name);
	if (work->wants[0] != '\0') {
		say(page, "<div class=\"whole wants\"><dt>Waits for</dt><dd>");
		say_text(page, work->wants);
		say(page, "</dd></div>");
	}
	say(page, "</dl>\n");
	board_timeline(page->arena, page->board, item, page->out);
	history(page, work);
	say(page, "</li>\n");
}

/* Where the items of a state begin and end in the sorted list. */
static void
span(const struct page *page, enum board_state state, size_t *from, size_t *until)
{
	*from = 0;
	while (*from < page->sum.item_count && page->sum.items[*from].state != state)
		(*from)++;
	*until = *from + page->sum.of_state[state];
}

static void
group(struct page *page, enum board_state state, size_t drawn)
{
	const struct state_words *words = &state_words[state];
	size_t from, until;

	span(page, state, &from, &until);
	buf_printf(page->out, "<section id=\"s=%s\" class=\"group\" aria-labelledby=\"h-%s\">\n<h3 id=\"h-%s\">%s <span "
	    "class=\"many\">%s</span></h3>\n",
	    words->key, words->key, words->key, words->heading, count_words(page, until - from));
	if (until == from)
		say(page, "<p class=\"none\">None.</p>\n");
	else if (words->about[0] != '\0')
		buf_printf(page->out, "<p class=\"about\">%s</p>\n", words->about);
	if (until > from && until > drawn) {
		buf_printf(page->out, "<p class=\"about\">%s of them stand here with their time; the others, which press less, are in "
		    "<a href=\"#rest\">the table below</a>.</p>\n", count_words(page, drawn > from ? drawn - from : 0));
		until = drawn;
	}
	say(page, "<ul class=\"cards\">\n");
	for (size_t i = from; i < until; i++)
		card(page, &page->sum.items[i]);
	say(page, "</ul>\n</section>\n");
}

/* ---- All other work */

static void
row(struct page *page, const struct board_item *item)
{
	say(page, "<tr");
	marks_of(page, item);
	say(page, "><th scope=\"row\">");
	say_text(page, item->of->name);
	if (item->of->child != NULL) {
		say(page, "<br><small>");
		say_text(page, item->of->child);
		say(page, "</small>");
	}
	say(page, "</th><td>");
	work_name(page, item->work);
	say(page, ": ");
	say_text(page, item->work->stage);
	say(page, "</td><td>");
	holder(page, item->work);
	buf_printf(page->out, "</td><td>%s", item->due == DAY_NONE ? "–" : date_words(page->arena, item->due));
	if (item->state != BOARD_ON_TRACK)
		buf_printf(page->out, "<br><b>%s</b>", state_words[item->state].badge);
	say(page, "</td></tr>\n");
}

static void
rest(struct page *page, size_t drawn)
{
	size_t left = page->sum.item_count - drawn;

	say(page, "<section id=\"rest\" class=\"group\" aria-labelledby=\"h-rest\">\n");
	buf_printf(page->out, "<h3 id=\"h-rest\">All other open work <span class=\"many\">%s</span></h3>"
	    "\n", count_words(page, left));
	if (left == 0) {
		say(page, "<p class=\"none\">None.</p>\n</section>\n");
		return;
	}
	buf_printf(page->out, "<p class=\"about\">A timeline is drawn above for what is late or due within %d days%s; what "
	    "is left is in this table, in the order of its dates.</p>\n", BOARD_SOON, drawn < BOARD_DRAWN ? "" :
	    arena_printf(page->arena, ", at most %d of them", BOARD_DRAWN));
	say(page, "<div class=\"wide\" role=\"region\" aria-label=\"All other open work, as a table\" tabindex=\"0\">"
	    "<table class=\"rest\"><thead><tr><th scope=\"col\">Case</th>"
	    "<th scope=\"col\">Work</th><th scope=\"col\">With</th><th scope=\"col\">Due</th></tr></thead><tbody>\n");
	for (size_t i = drawn; i < page->sum.item_count; i++)
		row(page, &page->sum.items[i]);
	say(page, "</tbody></table></div>\n</section>\n");
}

void
page_work(struct page *page)
{
	const size_t *of = page->sum.of_state;
	size_t drawn = of[BOARD_LATE] + of[BOARD_OVERDUE] + of[BOARD_DUE_SOON];

	drawn = drawn > BOARD_DRAWN ? BOARD_DRAWN : drawn;
	say(page, "<section id=\"work\" aria-labelledby=\"h-work\" tabindex=\"-1\">\n<h2 id=\"h-work\">Work, the most "
	    "pressing first</h2>\n");
	if (page->sum.item_count == 0)
		say(page, "<p class=\"none\">There is no open case.</p>\n");
	else {
		say(page, "<p class=\"key\"><svg class=\"sy\" aria-hidden=\"true\"><use href=\"#tick\" x=\"9\" y=\"9\"/></svg>a new stage "
		    "<svg class=\"sy\" aria-hidden=\"true\"><use href=\"#dot\" x=\"9\" y=\"9\"/></svg>reminder "
		    "<svg class=\"sy\" aria-hidden=\"true\"><use href=\"#up\" x=\"9\" y=\"9\"/></svg>escalation "
		    "<svg class=\"sy\" aria-hidden=\"true\"><use href=\"#step\" x=\"9\" y=\"9\"/></svg>date of the step "
		    "<svg class=\"sy\" aria-hidden=\"true\"><use href=\"#end\" x=\"9\" y=\"9\"/></svg>date that counts</p>\n");
		group(page, BOARD_LATE, drawn);
		group(page, BOARD_OVERDUE, drawn);
		group(page, BOARD_DUE_SOON, drawn);
		rest(page, drawn);
	}
	say(page, "<p id=\"nothing\" class=\"none\" hidden>No work fits this filter.</p>\n</section>\n");
}
