/*
 * What on the board is about the daemon: what it leaves to a person, and
 * whether it works at all.  Pure.
 * Invariant: as board_page.c says.
 * Fails: never.
 */
#include "ctl/board_page.h"

/* ---- What a person must decide */

static void
triage_row(struct page *page, const struct board_triage *row)
{
	int days = row->since == DAY_NONE ? 0 : instant_date(page->board->now) - row->since;

	buf_printf(page->out, "<tr><td>%s<br><small>%s</small></td><td>", board_day(page->arena, row->since),
	    days == 0 ? "today" : arena_printf(page->arena, "%d day%s ago", days, plural(days)));
	say_text(page, row->what);
	if (row->reason != NULL && row->reason[0] != '\0') {
		say(page, "<br><small>");
		say_text(page, row->reason);
		say(page, "</small>");
	}
	say(page, "</td><td>");
	say_text(page, row->case_name[0] == '\0' ? "none yet" : row->case_name);
	if (page->board->pack_count > 1) {
		say(page, "<br><small>");
		say_text(page, pack_title(page, row->pack));
		say(page, "</small>");
	}
	say(page, "</td><td>");
	say_text(page, row->asked[0] == '\0' ? "listed only" : row->asked);
	buf_printf(page->out, "<br><small>number %ld</small></td></tr>\n", row->number);
}

void
page_triage(struct page *page)
{
	const struct board *board = page->board;

	say(page, "<section id=\"person\" aria-labelledby=\"h-person\">\n<h2 id=\"h-person\">Needs a person</h2>\n");
	if (board->triage_count == 0) {
		say(page, "<p class=\"none\">Nothing waits for a person’s decision.</p>\n</section>\n");
		return;
	}
	say(page, "<p>What the daemon will not decide by itself. The mailbox’s owner answers by mail, or an administrator with "
	    "<code>advicectl resolve</code> and the number.</p>\n"
	    "<div class=\"wide\" role=\"region\" aria-label=\"What needs a person, as a table\" tabindex=\"0\"><table>"
	    "<thead><tr><th scope=\"col\">Since</th><th scope=\"col\">What</th>"
	    "<th scope=\"col\">Case</th><th scope=\"col\">Put to</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < board->triage_count; i++)
		triage_row(page, &board->triage[i]);
	say(page, "</tbody></table></div>\n</section>\n");
}

/* ---- Whether all of it works */

static const char *
ago(struct page *page, long seconds)
{
	long minutes = seconds / 60;

	return minutes < 2 ? "a minute ago" : minutes < 120 ? arena_printf(page->arena, "%ld minutes ago", minutes) :
	    arena_printf(page->arena, "%ld hours ago", minutes / 60);
}

static void
mailbox(struct page *page, const struct board_mailbox *mailbox)
{
	bool well = mailbox->trouble[0] == '\0' && mailbox->looked != INSTANT_NONE && !mailbox->overdue;

	say(page, "<tr><th scope=\"row\">");
	say_text(page, mailbox->name);
	say(page, mailbox->sent ? "<br><small>its sent mail</small></th><td>" :
	    mailbox->shadow ? "<br><small>in shadow: not sent</small></th><td>" : "</th><td>");
	say(page, mailbox->looked == INSTANT_NONE ? "never yet" : when_words(page, mailbox->looked));
	say(page, "</td><td>");
	if (mailbox->way_age_s >= 0)
		buf_printf(page->out, "proven %s", ago(page, mailbox->way_age_s));
	else
		say(page, mailbox->tested ? "not proven yet" : "not tested");
	if (mailbox->round_trip_ms >= 0)
		buf_printf(page->out, ", %ld.%ld s there and back", mailbox->round_trip_ms / 1000, mailbox->round_trip_ms / 100 % 10);
	buf_printf(page->out, "</td><td><span class=\"badge %s\"><svg aria-hidden=\"true\"><use href=\"#i-%s\"/>"
	    "</svg>", well ? "ontrack" : "late",
	    well ? "ontrack" : "late");
	say(page, well ? "Well" : mailbox->overdue ? "A test mail is overdue" : mailbox->looked == INSTANT_NONE ? "Not "
	    "looked into yet" : "Trouble");
	say(page, "</span>");
	if (mailbox->trouble[0] != '\0') {
		say(page, "<br><small>");
		say_text(page, mailbox->trouble);
		say(page, "</small>");
	}
	say(page, "</td></tr>\n");
}

static void
findings(struct page *page)
{
	const struct board *board = page->board;

	if (board->well)
		say(page, "<p><span class=\"badge ontrack\"><svg aria-hidden=\"true\"><use href=\"#i-ontrack\"/></svg>All "
		    "well</span> Every check that the daemon makes of itself passed.</p>\n");
	else
		say(page, "<p><span class=\"badge late\"><svg aria-hidden=\"true\"><use href=\"#i-late\"/></svg>Not well</span> "
		    "An administrator must see to this:</p>\n");
	if (board->finding_count == 0)
		return;
	say(page, "<ul>\n");
	for (size_t i = 0; i < board->finding_count; i++) {
		say(page, board->findings[i].wrong ? "<li><b>Wrong:</b> " : "<li>Worth knowing: ");
		say_text(page, board->findings[i].text);
		say(page, "</li>\n");
	}
	say(page, "</ul>\n");
}

void
page_health(struct page *page)
{
	const struct board *board = page->board;

	say(page, "<section id=\"health\" aria-labelledby=\"h-health\">\n<h2 id=\"h-health\">Is the mail being read?</h2>\n");
	if (!board->running)
		say(page, "<p>The daemon was not running when this page was made: no mail is read, and nobody is reminded.</p>\n");
	findings(page);
	say(page, "<div class=\"wide\" role=\"region\" aria-label=\"Mailboxes, as a table\" tabindex=\"0\"><table><thead>"
	    "<tr><th scope=\"col\">Mailbox</th><th scope=\"col\">Last look that was proven</th>"
	    "<th scope=\"col\">Way of mail, there and back</th><th scope=\"col\">How it stands</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < board->mailbox_count; i++)
		mailbox(page, &board->mailboxes[i]);
	buf_printf(page->out, "</tbody></table></div>\n<p>Mails of ours: %ld waiting to be sent, %ld held for a person, "
	    "%ld not known to have arrived. "
	    "Mails that could not be read: %ld.</p>\n</section>\n", board->waiting, board->held, board->unknown, board->quarantined);
}
