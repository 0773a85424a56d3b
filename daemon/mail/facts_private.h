/*
 * What the files about facts share: facts.c walks a text; facts_text.c knows
 * letters, blanks and cells, facts_label.c whose label one is; facts_name.c
 * reads names, facts_name_find.c and facts_table.c find them; facts_date.c
 * dates, facts_number.c NHS numbers and UPNs.  Known in this room only.
 */
#ifndef MAIL_FACTS_PRIVATE_H
#define MAIL_FACTS_PRIVATE_H

#include "mail/facts.h"

/* One text being searched. */
struct search {
	struct arena	*arena;
	struct message	*message;
	dayno		 today;
	enum text_source source;
	uint32_t	 document;
	const char	*text;
	size_t		 first;		/* of message->said, what was said in this text begins here */
	bool		 other_line;	/* this line is about a parent or a sibling by its label */
	int		 other_lines;	/* so many lines more belong to a section about other people */
	const char	*table_end;	/* end of the last table with a row of headings */
};

/* facts.c */
/* Note a value that stands at start; the first of each kind at a place counts. */
void	fact_say(const struct search *search, enum said_kind kind, const char *value, const char *start,
	    size_t len);
bool	fact_full(const struct search *search);		/* no more is noted; a remark says so */
void	fact_remark(const struct search *search, const char *sentence);

/* facts_text.c: bytes of what stands at s, 0 when it does not */
size_t	text_letter(const char *s);			/* a letter or digit of any script */
size_t	text_blank(const char *s);			/* a space of any width, no tab, no line end */
size_t	text_blanks(const char *s);
bool	text_begins(const char *s, const char *letters);	/* with one of these small letters, of either case */
size_t	text_apostrophe(const char *s);
size_t	text_dash(const char *s);
/* A phrase as whole words, any case; its space is any blanks, its ' any apostrophe. */
size_t	text_phrase(const char *s, const char *phrase);
size_t	text_phrases(const char *s, const char *const *phrases);	/* the first of them; NULL-terminated */
bool	text_at_word(const char *text, const char *s);	/* does a word begin at s? */
bool	text_at_cell(const char *text, const char *s);	/* a line, a list's item or a table's cell? */
bool	text_ends_cell(const char *s);
size_t	text_cell_length(const char *s);
/*
 * Past what stands between a label and its value: "(s)", "(dd/mm/yyyy)", ":",
 * "-", cells; down: to the next line when nothing follows on its own.
 */
const char *text_past_label(const char *s, bool down, bool *marked_r);

/* facts_label.c */
enum label { LABEL_NONE, LABEL_NAME, LABEL_CHILD, LABEL_SURNAME, LABEL_FORENAME };
/* A child's label at s, its length in len_r.  LABEL_CHILD does not say "name". */
enum label label_of_child(const char *s, size_t *len_r);
enum label label_of_part(const char *s, size_t *len_r);	/* "Surname", "First name(s)" alone */
size_t	label_of_birth(const char *s);
size_t	label_of_nhs(const char *s);
size_t	label_of_upn(const char *s);
bool	label_of_something(const char *s);		/* any label that a form may have */
bool	label_of_other(const char *s);			/* of a parent or a sibling */
/* At the start of a line: is it, or a section that it heads, about other people? */
void	label_line(struct search *search, const char *line);
bool	label_is_others(const struct search *search, const char *s);	/* what the label at s names */

/* facts_name.c */
#define NAME_MAX_BYTES	100

struct name {
	const char	*value;		/* forename first */
	const char	*start;
	size_t		 len;
};
/* The names that begin at s, as many as stand in one cell; returns how many were said. */
unsigned	name_say(const struct search *search, const char *s);
bool	name_read(struct arena *arena, const char *s, size_t len, struct name *name_r);
bool	name_join(struct arena *arena, const struct name *first, const struct name *last, struct name *name_r);
size_t	name_length(const char *s);			/* on its line, as far as it may be one */
size_t	name_alone(struct arena *arena, const char *s);	/* of the first, where several may stand */
bool	name_has_word(struct arena *arena, const char *s, size_t len);
bool	name_is_upper(const char *s, size_t len);

/* facts_name_find.c */
/* A name right before s, where a date of birth or a number follows. */
void	name_before(const struct search *search, const char *s);
/* A labelled name at s: the place behind its label, else s. */
const char *name_find(const struct search *search, const char *s);

/* facts_date.c, facts_number.c: the place behind what was found at s, else s */
const char *birth_find(const struct search *search, const char *s);
const char *date_find(const struct search *search, const char *s);
size_t	birth_value(const struct search *search, const char *s);	/* says it; bytes taken or 0 */
const char *nhs_find(const struct search *search, const char *s);
size_t	nhs_value(const struct search *search, const char *s, bool labelled);
const char *upn_find(const struct search *search, const char *s);
size_t	upn_value(const struct search *search, const char *s, bool labelled);

/* facts_table.c: a row of headings at line: what stands in the rows below it. */
void	table_find(struct search *search, const char *line);

#endif
