/*
 * What the configuration leaves open because it depends on where the program
 * lies.  Runs in adviced and advicectl.
 * Fails: never.
 */
#include <string.h>

#include "ctl/ctl.h"

void
place_defaults(struct arena *arena, struct config *config)
{
	if (config->rules == NULL)
		config->rules = place_rules_in_force(arena);
	if (config->calendars == NULL)
		config->calendars = place_calendars(arena);
}

enum log_level
log_level_of(const char *word)
{
	return strcmp(word, "error") == 0 ? LOG_LEVEL_ERR : strcmp(word, "warning") == 0 ? LOG_LEVEL_WARNING :
	    strcmp(word, "debug") == 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}
