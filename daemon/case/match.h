/*
 * Which case a mail belongs to.  Pure: store/ finds candidates by each piece
 * of evidence, match() weighs them.  Promise never-guess: evidence must
 * agree; initials, a name alone or a sender's only open case are none.
 * Order (design section 5): our code or message-id, thread, NHS number or UPN,
 * the authority's reference, full name with date of birth.
 */
#ifndef CASE_MATCH_H
#define CASE_MATCH_H

#include "case/case.h"
#include "case/classify.h"

enum evidence_kind { EVIDENCE_TOKEN, EVIDENCE_THREAD, EVIDENCE_NHS_NUMBER, EVIDENCE_UPN,
	EVIDENCE_REFERENCE, EVIDENCE_NAME_AND_BIRTH };

struct evidence {			/* the mail shows this ... */
	enum evidence_kind kind;
	const char	*value;		/* key to look up: code hash, message-id, number, reference, folded name + date */
	bool		 weak;		/* stands only in quoted history */
};

struct candidate {			/* ... and it points to this case */
	int64_t		 case_id;
	const char	*reference;
	bool		 closed;
	const char	*name;		/* folded child's name, "" unknown */
	dayno		 born;
	const char	*nhs_number, *upn;
	struct { enum evidence_kind kind; bool weak; } *evidence;
	size_t		 evidence_count;
};

enum match_kind { MATCH_NONE, MATCH_NEW, MATCH_EXISTING, MATCH_AMBIGUOUS };
const char *match_kind_name(enum match_kind kind);

struct matched {
	enum match_kind	 kind;
	int64_t		 case_id;	/* MATCH_EXISTING */
	struct strs	 evidence;	/* sentences for and against */
	const char	*why;
};

/* What to look up for this mail. own_tokens: codes and message-ids of ours that it carries. */
void	evidence_of(struct arena *arena, const struct message *message,
	    const struct classified *classified, struct evidence **evidence_r, size_t *count_r);

/* MATCH_NEW only if a kind that begins a strand is possible and its needs are met. */
void	match(struct arena *arena, const struct pack *pack, const struct message *message,
	    const struct classified *classified, const struct candidate *candidates, size_t count,
	    struct matched **matched_r);

/*
 * Wrong-child guard: what the attached forms say (labelled name, birth date, numbers, references)
 * against the case's facts.  A sentence without personal data where a form names another child, else NULL.
 */
const char *match_wrong_child(struct arena *arena, const struct pack *pack, const struct message *message,
	    const struct case_state *state);
/* Two spellings that may be one child's: the words of one are all in the other.  Both folded. */
bool	match_names_agree(const char *a, const char *b);

#endif
