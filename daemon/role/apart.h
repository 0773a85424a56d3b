/*
 * Looking at passwords in a process that ends with it, so that the parent,
 * which lives long and starts everybody, never has one in its memory.
 */
#ifndef ROLE_APART_H
#define ROLE_APART_H

#include <stdbool.h>

#include "conf/config.h"

/*
 * What the server wants to be shown (config_secret()), as a sealed descriptor (-1: nothing), and its hash, "" for
 * nothing; by the hash a change is noticed.  fd_r NULL: only the hash is wanted.
 */
int	apart_secret(const struct server *server, int *fd_r, char hash_r[65], struct err *err);

/* Whether a look at secrets went well that says by itself what did not. */
bool	apart_well(bool (*look)(const void *arg), const void *arg);

#endif
