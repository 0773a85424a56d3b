/* Mails that could not be worked on, each with its reason beside it. */
#ifndef SPOOL_QUARANTINE_H
#define SPOOL_QUARANTINE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "spool/spool.h"

/* From cur or new to bad, with NAME.why, durable.  why is one plain sentence, without personal data. */
int	spool_quarantine(const struct spool *spool, const char *name, const char *why, struct err *err);
/* Back to new, to be tried again; the reason goes. */
int	spool_release(const struct spool *spool, const char *name, struct err *err);
/* Names of the mails in bad, and one's reason ("" if it has none). */
int	spool_quarantined(const struct spool *spool, struct arena *arena, struct strs *names_r, struct err *err);
const char *spool_why(const struct spool *spool, struct arena *arena, const char *name);

#endif
