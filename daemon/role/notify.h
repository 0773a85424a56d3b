/* What systemd is told (sd_notify(3)), without ever waiting for whoever is to read it. */
#ifndef ROLE_NOTIFY_H
#define ROLE_NOTIFY_H

#include <stdbool.h>

/* text: "READY=1", "STATUS=..."; false: there is somebody to be told and they could not be. */
bool	notify_say(const char *text);

#endif
