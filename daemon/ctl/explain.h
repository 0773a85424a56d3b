/*
 * What advicectl explain has found out about one mail, for explain_print.c
 * (people) and explain_json.c (scripts).  Known to these three only.
 */
#ifndef CTL_EXPLAIN_H
#define CTL_EXPLAIN_H

#include "case/case.h"
#include "ctl/scene.h"

struct explained_mail {			/* that would go out */
	const char	*template, *act, *subject;
	const struct outgoing *mail;
	const char	*rule;		/* NULL: of the daemon's own */
};

struct explained_move {
	const char	*strand, *from, *to, *rule;	/* from NULL: the strand begins */
};

struct verdict {
	const char	*kind, *notice, *rule, *match, *reference;	/* rule, reference may be NULL */
	struct strs	 children;	/* what tells them apart, where the mail is about several */
};

struct explanation {
	struct scene		 scene;
	struct scene_mail	 mail;
	struct arrived		*arrived;
	struct explained_mail	*mails;		size_t mail_count;
	struct explained_move	*moves;		size_t move_count;
	struct verdict		 verdict;
	bool			 json;
};

/* Names of the facts that explain prints, NULL at the end; value or NULL. */
extern const char *const explain_facts[];
const char *explain_fact(const struct explanation *ex, const char *name);

/* One fact's place in the mail. */
struct explained_place {
	const char	*source;	/* "new text" */
	const char	*document;	/* attachment's name, or NULL */
	const char	*around;	/* the text around it with the value in [ ], one line; "" where it has no place */
};
bool	explain_place(const struct explanation *ex, const char *name, struct explained_place *place_r);

/* Is this attachment's text part of what was read?  A sentence. */
const char *explain_document(struct arena *arena, const struct document *document);

void	explain_print(const struct explanation *ex);
void	explain_json(const struct explanation *ex);

#endif
