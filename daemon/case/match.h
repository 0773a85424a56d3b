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
	EVIDENCE_REFERENCE, EVIDENCE_NAME_AND_BIRTH,
	/* Of a mail only: its own words, folded, in which the store may look for a child's name. */
	EVIDENCE_WORDS,
	/* Of a candidate only, always weak: reasons to doubt another one. */
	EVIDENCE_NEAR_NAME,		/* its child was born that day and is named nearly so */
	EVIDENCE_NEAR_REFERENCE,	/* its reference is one digit off, and its child's name stands in the mail */
	/* For the guard only: words of one text or file name, folded; whose full names stand in it? */
	EVIDENCE_NAMES
};

struct evidence {			/* the mail shows this ... */
	enum evidence_kind kind;
	const char	*value;		/* key to look up: code, message-id, number, reference, "folded name|date" */
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
	struct strs	 evidence;	/* sentences for and against each candidate, without personal data */
	const char	*why;
	/* All that anything points to, for a person to choose from; the likelier first. */
	const struct candidate **candidates;
	size_t		 candidate_count;
};

/* What to look up for this mail. */
void	evidence_of(struct arena *arena, const struct message *message,
	    const struct classified *classified, struct evidence **evidence_r, size_t *count_r);
/* The codes of ours that it carries itself, nearest first: in its subject and body, and in the id of the mail it answers. */
void	evidence_codes(struct arena *arena, const struct message *message, struct strs *codes_r);

/* MATCH_NEW only if a kind that begins a strand is possible and its needs are met. */
void	match(struct arena *arena, const struct pack *pack, const struct message *message,
	    const struct classified *classified, const struct candidate *candidates, size_t count,
	    struct matched **matched_r);

/*
 * Wrong-child guard: what the attached forms say (labelled name, birth date, numbers, references)
 * against the case's facts; and names without a label, as named_other_child() does, among the children that others are about.
 * A sentence without personal data where the mail names another child, else NULL.
 */
const char *match_wrong_child(struct arena *arena, const struct pack *pack, const struct message *message,
	    const struct case_state *state, const struct candidate *others, size_t count);
/*
 * The same guard for what is about to go out about a case: the message's files, and with_text its new and forwarded
 * text.  others: the cases that guard_evidence() led to.  Another case's reference, NHS number or UPN, one that is
 * nobody's where the case has its own, another child's labelled name or birth date: a sentence without a full stop and
 * without personal data, which says which file; else NULL.
 */
void	guard_evidence(struct arena *arena, const struct pack *pack, const struct message *message,
	    struct evidence **evidence_r, size_t *count_r);
const char *guard_outward(struct arena *arena, const struct pack *pack, const struct message *message, bool with_text,
	    const struct case_state *state, const struct candidate *others, size_t count);
/*
 * Names without a label (match_named.c).  named_evidence() adds what to look up; named_other_child() says whether a
 * child of others is named by its full name where the case's own is not: in which document, -1: in the mail's own text.
 */
enum named_where { NAMED_INWARD, NAMED_OUTWARD, NAMED_OUTWARD_FILES };
void	named_evidence(struct arena *arena, const struct message *message, bool outward,
	    struct evidence **evidence_r, size_t *count_r);
bool	named_other_child(struct arena *arena, const struct message *message, enum named_where where,
	    const struct case_state *state, const struct candidate *others, size_t count, int *document_r);
/* Two spellings that may be one child's (names.h: at least NAMES_PART).  Both folded. */
bool	match_names_agree(const char *a, const char *b);

#endif
