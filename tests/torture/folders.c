/* People in the mailbox: they move, delete and drag back; and the server makes a folder anew. */
#include <string.h>

#include "torture.h"

static struct folder *
a_folder(struct life *life, struct chance *chance)
{
	return &life->model->folders[chance_below(chance, (unsigned)life->model->folder_count)];
}

static void
take_out(struct folder *folder, size_t index)
{
	memmove(&folder->mails[index], &folder->mails[index + 1], (folder->count - index - 1) * sizeof(*folder->mails));
	folder->count--;
}

/* From any folder to any other, or into nothing. */
void
folder_touch(struct life *life, struct happening *event)
{
	struct chance *chance = &event->chance;
	struct folder *from = a_folder(life, chance), *to = chance_percent(chance, 25) ? NULL : a_folder(life, chance);
	struct stored_mail mail;
	size_t index;

	if (from->count == 0 || from == to)
		return;
	index = chance_below(chance, (unsigned)from->count);
	mail = from->mails[index];
	if (mail.serial > 0)
		life->model->delivered[mail.serial - 1].taken_away = true;
	life_say(life, "  somebody %s mail %u of %s%s%s", to == NULL ? "deletes" : "moves", mail.uid, from->name,
	    to == NULL ? "" : " to ", to == NULL ? "" : to->name);
	take_out(from, index);
	if (to != NULL)
		folder_add(life->model, to, &mail);
	if (to != NULL)
		model_says_exists(life->model, to);
}

/* Another UIDVALIDITY: the same mails under other numbers. */
void
folder_anew(struct life *life, struct happening *event)
{
	struct folder *inbox = model_folder(life->model, "INBOX", false);
	uint32_t uid = 1;

	if (chance_percent(&event->chance, 30))
		uid = 1 + chance_below(&event->chance, 5000);
	inbox->uidvalidity += 1 + chance_below(&event->chance, 100);
	for (size_t i = 0; i < inbox->count; i++) {
		struct stored_mail *mail = &inbox->mails[i];

		mail->uid = uid++;
		if (mail->serial > 0) {
			life->model->delivered[mail->serial - 1].new_uidvalidity = inbox->uidvalidity;
			life->model->delivered[mail->serial - 1].new_uid = mail->uid;
		}
	}
	inbox->uidnext = uid;
	wire_lose_imap(life);
	life_say(life, "  INBOX is made anew: UIDVALIDITY %u, %zu mails", inbox->uidvalidity, inbox->count);
}
