/*
 * The parse role: a zygote that forks a shut-in child for each mail and kills
 * it when it takes too long.  Blocking loop; returns when the asking side is
 * gone or says stop.
 */
#ifndef ROLE_PARSE_H
#define ROLE_PARSE_H

#include "base/err.h"
#include "mail/parse.h"
#include "role/sandbox.h"

struct parse_settings {
	struct parse_limits	parse;
	struct sandbox_limits	sandbox;
	int			deadline_ms;	/* real time a mail may take */
	unsigned		children;	/* mails in flight */
};
struct parse_settings parse_settings_from(const struct limits *limits);

/*
 * asker: the socket over which WIRE_PARSE comes.  parent: the parent's socket
 * (WIRE_STOP, WIRE_ALIVE_ASK), or -1; both kinds of frame are taken on either.
 * second: a socket to another process in this role, which has all loaded, or
 * -1 where this one has.
 */
int	role_parse(int asker, int parent, int second, const struct parse_settings *settings, struct err *err);

#endif
