/*
 * advicectl doctor: mail servers.  Each mailbox is signed in to and looked at,
 * the way out only signed in to; then the alarm's own way.
 * Invariant: role/try.h's: nothing is sent, moved or marked.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "conf/sign_in.h"
#include "ctl/doctor.h"
#include "role/try.h"

#define SIGN_IN_NOTE	30	/* days, as for "advicectl status" */
#define SIGN_IN_WRONG	7

/* What somebody can do about it, beyond what the sentence says by itself. */
static const char *
mend_server(struct doctor *doctor, const struct server *server, const struct err *err)
{
	if (err->scope == ERR_CONFIG && server->password_file != NULL)
		return "put the password into that file and chmod 600 it; where systemd hands it over (LoadCredential=), run "
		    "doctor as root while the daemon runs";
	if (err->scope == ERR_RETRY)
		return arena_printf(doctor->arena, "is \"%s\" the right name, and %d the right port? A firewall "
		    "between here and there must let it through", server->host, server->port);
	if (err->scope == ERR_CONFIG)
		return "with systemd the daemon may get its passwords by LoadCredential=: then run doctor as root "
		    "while the daemon runs";
	if (server->sign_in != NULL)
		return arena_printf(doctor->arena, "look at the sign-in \"%s\" in the configuration, and at what it "
		    "may do where it is registered; the guide for your mail system names every permission",
		    server->sign_in->name);
	if (server->user != NULL)
		return arena_printf(doctor->arena, "if it was refused: is %s the right user, and what stands in %s "
		    "the right password? Microsoft 365 and Google let nobody in with a password: there use "
		    "\"sign-in\"", server->user, server->password_file);
	return NULL;
}

/* ---- Mailboxes */

static void
powers(struct doctor *doctor, const struct mailbox_config *mailbox, const struct try_mailbox *found)
{
	if (!found->can_idle)
		doctor_say(doctor, DOCTOR_NOTE, mailbox->name, NULL, "%s: the server does not tell of new mail by "
		    "itself (no IDLE); it is looked at every %d seconds (\"poll\")", mailbox->name, mailbox->poll_s);
	if (!found->can_move)
		doctor_say(doctor, DOCTOR_NOTE, mailbox->name, NULL, "%s: the server cannot move mails in one step "
		    "(no MOVE); they are copied and then deleted%s", mailbox->name, found->can_uidplus ? "" :
		    ", and as it has no UIDPLUS either, what is deleted stays until somebody empties the folder");
}

static void
folders(struct doctor *doctor, const struct mailbox_config *mailbox, const struct try_mailbox *found)
{
	if (found->read_only)
		doctor_say(doctor, DOCTOR_WRONG, mailbox->name, "give this account the right to change the mailbox "
		    "(Full Access), or say settle = \"leave\"", "%s: the folder %s may only be read: mails could not "
		    "be moved when they are done with", mailbox->name,
		    mailbox->folder);
	if (found->missing.n > 0)
		doctor_say(doctor, DOCTOR_NOTE, mailbox->name, NULL, "%s: the folder%s %s %s not there yet; the "
		    "daemon makes %s when needed",
		    mailbox->name, found->missing.n == 1 ? "" : "s", strs_join(doctor->arena, &found->missing, ", "),
		    found->missing.n == 1 ? "is" : "are", found->missing.n == 1 ? "it" : "them");
}

/* Of a secret or certificate that says so itself, or the configuration does. */
static void
sign_in_end(struct doctor *doctor, const struct mailbox_config *mailbox, dayno ends)
{
	const struct sign_in *sign_in = mailbox->imap.sign_in;
	int days = ends - instant_date(clock_wall());

	if (sign_in == NULL || ends == DAY_NONE || days > SIGN_IN_NOTE)
		return;
	doctor_say(doctor, days <= SIGN_IN_WRONG ? DOCTOR_WRONG : DOCTOR_NOTE, mailbox->name, "make a new one where the "
	    "application is registered, put it in place, and say: systemctl restart adviced", "%s: what the sign-in \"%s\" "
	    "proves itself with ends on %s", mailbox->name, sign_in->name, date_words(doctor->arena, ends));
}

static void
by_imap(struct doctor *doctor, const struct mailbox_config *mailbox)
{
	const struct server *imap = &mailbox->imap;
	struct try_mailbox found;
	struct err err = { ERR_NONE, "" };

	doctor_trying(doctor, arena_printf(doctor->arena, "%s: %s port %d", mailbox->name, imap->host, imap->port));
	if (try_mailbox(doctor->arena, mailbox, &found, &err) == -1) {
		doctor_say(doctor, DOCTOR_WRONG, mailbox->name, mend_server(doctor, imap, &err), "%s: %s",
		    mailbox->name, err.text);
		return;
	}
	doctor_say(doctor, DOCTOR_WELL, mailbox->name, NULL, "%s: signed in to %s as %s; %u mail%s in %s%s%s",
	    mailbox->name, imap->host,
	    imap->user, (unsigned)found.mails, found.mails == 1 ? "" : "s", mailbox->folder, found.can_idle ? ", IDLE" : "",
	    found.can_move ? ", MOVE" : "");
	sign_in_end(doctor, mailbox, found.ends);
	powers(doctor, mailbox, &found);
	folders(doctor, mailbox, &found);
	if (mailbox->sent_of == NULL && strcmp(mailbox->trust, "none") == 0)
		doctor_say(doctor, DOCTOR_NOTE, mailbox->name, "name the server that checks senders, in \"trust\" of "
		    "the mailbox", "%s: nobody is believed to be who they say (trust = \"none\"), so the owner must "
		    "confirm every answer by mail",
		    mailbox->name);
}

static void
by_maildir(struct doctor *doctor, const struct mailbox_config *mailbox)
{
	struct stat st;

	if (stat(arena_printf(doctor->arena, "%s/cur", mailbox->maildir), &st) == -1 || !S_ISDIR(st.st_mode))
		doctor_say(doctor, DOCTOR_WRONG, mailbox->name, "a maildir has three folders: cur, new and tmp",
		    "%s: %s is no maildir",
		    mailbox->name, mailbox->maildir);
	else if (access(mailbox->maildir, W_OK | X_OK) == -1)
		doctor_say(doctor, DOCTOR_WRONG, mailbox->name, "let the daemon's user write there",
		    "%s: %s cannot be written to", mailbox->name,
		    mailbox->maildir);
	else
		doctor_say(doctor, DOCTOR_WELL, mailbox->name, NULL, "%s: the maildir %s can be used", mailbox->name,
		    mailbox->maildir);
}

void
doctor_mailboxes(struct doctor *doctor)
{
	doctor_part(doctor, "Mailboxes");
	for (size_t i = 0; i < doctor->config->mailbox_count; i++)
		if (doctor->config->mailboxes[i].maildir != NULL)
			by_maildir(doctor, &doctor->config->mailboxes[i]);
		else
			by_imap(doctor, &doctor->config->mailboxes[i]);
}

/* ---- The way out */

void
doctor_sending(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	const struct server *server = &config->smtp;
	struct err err = { ERR_NONE, "" };

	doctor_part(doctor, "Sending");
	doctor_trying(doctor, arena_printf(doctor->arena, "%s port %d", server->host, server->port));
	if (try_sending(server, config->graph, config->mailboxes[0].address, &err) == -1)
		doctor_say(doctor, DOCTOR_WRONG, "sending", mend_server(doctor, server, &err), "%s", err.text);
	else if (config->graph)
		doctor_say(doctor, DOCTOR_WELL, "sending", NULL, "a token for %s was given; whether it may send shows "
		    "with the first mail",
		    server->host);
	else
		doctor_say(doctor, DOCTOR_WELL, "sending", NULL, "%s:%d answers%s%s; nothing was sent", server->host,
		    server->port,
		    server->user == NULL ? "; no sign-in is configured" : " and lets us in as ",
		    server->user == NULL ? "" : server->user);
}

/* ---- The second path */

void
doctor_alarm(struct doctor *doctor)
{
	const struct alarm_config *alarm = &doctor->config->alarm;
	struct err err = { ERR_NONE, "" };

	doctor_part(doctor, "Alarm");
	if (alarm->smtp.host == NULL && alarm->command == NULL)
		doctor_say(doctor, DOCTOR_WRONG, "alarm", "add the group \"alarm\" to the configuration: a mail "
		    "server that is not the one above, or a command", "there is no second path: when the daemon "
		    "stands still, nobody can be told");
	if (alarm->command != NULL && access(alarm->command, X_OK) == -1)
		doctor_say(doctor, DOCTOR_WRONG, "alarm", "chmod +x, and let the user who runs \"advicectl watch\" read it",
		    "the alarm's command %s cannot be run", alarm->command);
	else if (alarm->command != NULL)
		doctor_say(doctor, DOCTOR_WELL, "alarm", NULL, "the alarm's command %s can be run (it was not)", alarm->command);
	if (alarm->smtp.host == NULL)
		return;
	doctor_trying(doctor, arena_printf(doctor->arena, "%s port %d", alarm->smtp.host, alarm->smtp.port));
	if (try_sending(&alarm->smtp, false, NULL, &err) == -1)
		doctor_say(doctor, DOCTOR_WRONG, "alarm", mend_server(doctor, &alarm->smtp, &err),
		    "the alarm's mail server: %s", err.text);
	else
		doctor_say(doctor, DOCTOR_WELL, "alarm", NULL, "the alarm's mail server %s:%d answers; nothing was "
		    "sent", alarm->smtp.host,
		    alarm->smtp.port);
}
