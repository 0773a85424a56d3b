/* What a simulation prints: events in time order, for people or as JSON. */
#ifndef CTL_SIMULATE_H
#define CTL_SIMULATE_H

#include "ctl/scene.h"

struct timeline {
	struct scene	*scene;
	bool		 json, colour;
	dayno		 last_day;	/* whose line has been printed */
};

/* Print what happens in the scene from now on. */
void	simulate_prints(struct timeline *timeline, struct scene *scene, bool json, bool colour);

#endif
