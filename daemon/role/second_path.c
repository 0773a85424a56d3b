/*
 * The second path, for `advicectl watch`.  See second_path.h.
 * Invariant: each step has a deadline; a password leaves only over verified
 * TLS, or to this machine itself (send/smtp.c).
 * Fails: ERR_RETRY, ERR_MAILBOX or ERR_CONFIG with a sentence.
 */
#include "role/second_path.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "send/dialogue.h"
#include "send/smtp.h"

#define COMMAND_MS	60000
#define LOOK_MS		20	/* whether the command has ended */
#define LINE_MOST	900	/* of a mail's line: RFC 5321 allows 998 */

/* ---- The mail */

static void
headers(struct buf *mail, const struct alarm_config *alarm, const char *subject)
{
	const char *from = alarm->from != NULL ? alarm->from : alarm->to.v[0];
	time_t now = time(NULL);
	unsigned char random[8] = { 0 };
	struct tm utc;
	char date[64];

	gmtime_r(&now, &utc);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &utc);
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) == -1)
		random[0] = (unsigned char)getpid();
	buf_printf(mail, "From: adviced watch <%s>\nTo: ", from);
	for (size_t i = 0; i < alarm->to.n; i++)
		buf_printf(mail, "%s%s", i == 0 ? "" : ",\n ", alarm->to.v[i]);
	buf_printf(mail, "\nSubject: %s\nDate: %s\nMessage-ID: <watch.%lld.", subject, date, (long long)now);
	for (size_t i = 0; i < sizeof(random); i++)
		buf_printf(mail, "%02x", random[i]);
	buf_printf(mail, "%s>\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n",
	    strchr(from, '@'));
}

/* Plain characters and lines that any server takes. */
static void
body(struct buf *mail, const char *text)
{
	size_t column = 0;

	for (; *text != '\0'; text++, column++) {
		if (*text == '\n' || column >= LINE_MOST) {
			buf_add_char(mail, '\n');
			column = 0;
		}
		if (*text != '\n')
			buf_add_char(mail, (*text >= ' ' && *text <= '~') || *text == '\t' ? *text : '?');
	}
}

static int
as_file(const struct buf *text, int *fd_r, struct err *err)
{
	*fd_r = memfd_create("alarm", MFD_CLOEXEC);
	if (*fd_r == -1)
		return err_errno(err, ERR_RETRY, "no room for the mail");
	if (file_write(*fd_r, text->data, text->len, err) == 0 && lseek(*fd_r, 0, SEEK_SET) == 0)
		return 0;
	close(*fd_r);
	return -1;
}

/* ---- By a mail server */

static int
nothing_to_store(void *ctx, struct err *err)
{
	(void)ctx, (void)err;
	return 0;
}

static int
account_weigh(const struct smtp_account *account, size_t count, struct err *err)
{
	size_t reached = 0;

	if (account->mail.result == SEND_SENT)
		return 0;
	for (size_t i = 0; i < count; i++)
		reached += account->recipients[i].result == SEND_SENT;
	/* Without a last word it may have arrived: better twice than never. */
	return err_set(err, ERR_RETRY, "the mail was not taken%s: %d %s", reached > 0 ? " for everybody" : "",
	    account->mail.reply.code, account->mail.reply.text);
}

static int
transact(struct dialogue *dialogue, const struct alarm_config *alarm, int fd, struct err *err)
{
	struct smtp_outcome outcomes[DIALOGUE_RECIPIENTS];
	struct smtp_account account = { .recipients = outcomes };
	struct smtp_mail mail = {
		.from = alarm->from != NULL ? alarm->from : alarm->to.v[0], .to = alarm->to.v, .to_count = alarm->to.n, .fd = fd,
		.sending = nothing_to_store,
	};

	if (alarm->to.n > DIALOGUE_RECIPIENTS)
		return err_set(err, ERR_CONFIG, "the alarm goes to too many people");
	memset(outcomes, 0, sizeof(outcomes));
	dialogue_mail(dialogue, &mail, &account);
	return account_weigh(&account, alarm->to.n, err);
}

static int
by_server(const struct alarm_config *alarm, const char *subject, const char *text, struct err *err)
{
	struct dialogue dialogue = { .broken = false };
	struct connector connector;
	struct transport transport;
	struct smtp *smtp = NULL;
	struct buf mail = BUF_INIT;
	char *password = NULL, name[256];
	int fd = -1, rc = -1;

	headers(&mail, alarm, subject);
	body(&mail, text);
	if ((alarm->smtp.user != NULL && config_secret(&alarm->smtp, &password, err) == -1) || as_file(&mail, &fd, err) == -1)
		goto out;
	smtp = smtp_new(&alarm->smtp, password);
	connector = smtp_connector(smtp);
	smtp_own_name(name);
	if (connector.open(connector.ctx, &transport, err) == 0 &&
	    dialogue_begin(&dialogue, &transport, connector.timeout_ms, name, err) == 0) {
		rc = transact(&dialogue, alarm, fd, err);
		dialogue_end(&dialogue);
		dialogue_free(&dialogue);
	}
	connector.close(connector.ctx);
out:
	if (rc == -1)
		err_wrap(err, "the alarm's mail server %s", alarm->smtp.host);
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(password);
	smtp_free(&smtp);
	if (fd != -1)
		close(fd);
	buf_free(&mail);
	return rc;
}

/* ---- By a command */

/* Its exit status as of waitpid(); -1: it took too long, and was ended. */
static int
wait_for(pid_t pid)
{
	int64_t until = clock_real_ms() + COMMAND_MS;
	int status = -1;

	while (clock_real_ms() < until) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		poll(NULL, 0, LOOK_MS);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static int
by_command(const struct alarm_config *alarm, const char *subject, const char *text, struct err *err)
{
	struct buf input = BUF_INIT;
	int fd, rc, status;
	pid_t pid;

	buf_add_str(&input, text);
	rc = as_file(&input, &fd, err);
	buf_free(&input);
	if (rc == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		if (dup2(fd, STDIN_FILENO) != -1)
			execl(alarm->command, alarm->command, subject, (char *)NULL);
		_exit(127);
	}
	close(fd);
	if (pid == -1)
		return err_errno(err, ERR_RETRY, "the alarm's command cannot be started");
	status = wait_for(pid);
	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return status == -1 ? err_set(err, ERR_RETRY, "the alarm's command %s did not end within a minute", alarm->command) :
	    err_set(err, ERR_RETRY, "the alarm's command %s failed (%s %d)", alarm->command, WIFEXITED(status) ? "exit" : "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

int
second_path_tell(const struct alarm_config *alarm, const char *subject, const char *text, struct err *err)
{
	int told = 0;

	err_set(err, ERR_CONFIG, "there is no second way to tell anybody: the configuration has no group \"alarm\"");
	if (alarm->smtp.host != NULL)
		told += by_server(alarm, subject, text, err) == 0;
	if (alarm->command != NULL)
		told += by_command(alarm, subject, text, err) == 0;
	return told > 0 ? 0 : -1;
}
