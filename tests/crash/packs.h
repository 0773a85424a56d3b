/* Packs that are read once: see packs.c. */
#ifndef CRASH_PACKS_H
#define CRASH_PACKS_H

/* So that processes begun from here need not. */
void	packs_read_ahead(const char *rules_dir, const char *name);

#endif
