/*
 * The process that draws the board: asks core over the control socket, as
 * advicectl does, puts the page in its place, and ends.
 */
#ifndef ROLE_BOARD_H
#define ROLE_BOARD_H

#include "conf/config.h"

int	role_board(const struct config *config);	/* the exit code */

#endif
