/*
 * What happens in a simulation, one thing at a time, with the fields of design
 * section 10: simulate prints them, test holds them against what is expected.
 */
#ifndef CTL_HAPPENING_H
#define CTL_HAPPENING_H

#include "ctl/scene.h"

#define HAPPENING_FIELDS_MAX	12

struct happening_field {
	const char		*key;
	enum { FIELD_TEXT, FIELD_LIST, FIELD_YES } sort;
	const char		*text;		/* may be NULL: nothing is known */
	const struct strs	*list;
};

struct happening {
	instant			 at;
	const char		*event;		/* mail-in mail-out move deadline held */
	struct happening_field	 fields[HAPPENING_FIELDS_MAX];
	size_t			 n;
};

/* The engine's desk tells each as it happens; the lists live as long as the call, texts as the scene. */
void	happenings_tell(struct scene *scene, void (*tell)(void *ctx, const struct happening *happening), void *ctx);
/* A mail that the parser could not read. */
void	happening_unreadable(struct scene *scene, const char *file, const char *why, instant at);

const struct happening_field *happening_field(const struct happening *happening, const char *key);	/* or NULL */
const char *happening_text(const struct happening *happening, const char *key);	/* "" where there is none, and for a list */
/* "-> remind to jo@example.org: EHC-20417: ... (rules/x/pathway.cfg:41)" */
const char *happening_line(struct arena *arena, const struct happening *happening);

#endif
