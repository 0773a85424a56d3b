/* simulate --letters: the mails themselves, one file for each of their parts. */
#ifndef CTL_LETTERS_H
#define CTL_LETTERS_H

#include "ctl/scene.h"

/* In a scene that is open: what goes out from now on is written into the folder, which is made if it is missing. */
int	letters_open(struct scene *scene, const char *folder, struct err *err);
void	letters_close(struct scene *scene);

#endif
