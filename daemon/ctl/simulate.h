/* What a simulation prints: events in time order, for people or as JSON. */
#ifndef CTL_SIMULATE_H
#define CTL_SIMULATE_H

#include "ctl/scene.h"

/* Hook the printing into the scene's engine. */
void	simulate_prints(struct scene *scene, bool json);
void	simulate_unreadable(struct scene *scene, const char *file, const char *why, instant at);

#endif
