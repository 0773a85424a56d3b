/* What the files that draw the board's page share; nobody else needs it. */
#ifndef CTL_BOARD_PAGE_H
#define CTL_BOARD_PAGE_H

#include "ctl/board.h"

struct page {
	struct arena		*arena;
	const struct board	*board;
	struct board_sum	 sum;
	struct buf		*out;
	struct strs		 teams;		/* of what goes on, for the filter */
};

struct state_words { const char *key, *badge, *heading, *about; };
extern const struct state_words state_words[BOARD_STATES];

void	say(struct page *page, const char *html);		/* as it is */
void	say_text(struct page *page, const char *words);		/* escaped */
const char *plural(long n);
const char *count_words(struct page *page, size_t n);		/* "4,711" */
const char *when_words(struct page *page, instant at);		/* <time>Mon 7 Sep 2026, 09:00</time> */
size_t	pack_number(const struct page *page, const char *name);
const char *pack_title(const struct page *page, const char *name);
size_t	team_number(const struct page *page, const char *team);

/* board_work.c, board_health.c: sections of it */
void	page_work(struct page *page);
void	page_triage(struct page *page);		/* what a person must decide */
void	page_health(struct page *page);		/* whether all of it works */

#endif
