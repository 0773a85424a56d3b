/*
 * Templates: plain text (a Markdown subset) with an optional "Subject:" line,
 * {fields}, {A else B}, {field?} (may be empty), {if CONDITION} ... {end},
 * {each strand NAME} ... {end}, {if not CONDITION}; what stands behind "if" is a
 * condition's name, or a field's that then is not empty.  Rendering is pure: fields come from a callback.
 */
#ifndef RULE_TEMPLATE_H
#define RULE_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "rule/pack.h"

struct problems;

enum template_names { NAMES_FIELD, NAMES_CONDITION, NAMES_STRAND };

struct template_name { enum template_names sort; const char *name; int line; bool in_subject; };

struct template {
	const char	*name;
	const char	*file;
	const char	*source;	/* the whole text, as read */
	const char	*subject;	/* source text or NULL */
	struct template_part *parts;	/* see template.c */
	size_t		 part_count;
	struct template_part *subject_parts;
	size_t		 subject_part_count;
	struct template_name *named;	/* every field, condition and strand named, for check */
	size_t		 named_count;
};

/* What a template may ask for.  strand: index inside {each}, else -1. */
struct template_source {
	void		*ctx;
	/* The field's text, "" if known to be empty, NULL if there is no such field. */
	const char	*(*field)(void *ctx, struct arena *arena, int strand, const char *name);
	bool		 (*holds)(void *ctx, int strand, const char *condition);
	/* The nth strand of that name to repeat for; -1 after the last. */
	int		 (*strand)(void *ctx, const char *name, int nth);
};

struct rendered {
	const char	*subject;	/* NULL: the template has none */
	const char	*body;		/* still Markdown subset: mail/compose makes text and HTML of it */
};

int	template_parse(struct arena *arena, const char *name, const char *file, const char *source,
	    struct template **template_r, struct problems *problems);
/* ERR_CONFIG when a mandatory field is empty: the mail is held, and err says which field. */
int	template_render(const struct template *template, struct arena *arena,
	    const struct template_source *source, struct rendered *rendered_r, struct err *err);

#endif
