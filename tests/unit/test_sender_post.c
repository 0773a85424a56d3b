/* Sending by whole mails (Microsoft Graph), with a model in its place: what core hears, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "ipc/frame.h"
#include "ipc/wire.h"
#include "role/send.h"
#include "send/dialogue.h"

struct model {
	struct buf	 heard;		/* what core was told: "sending ", "trouble3 ", "sent0 " */
	int		 posts;
	bool		 go;		/* core gives its leave */
	enum send_result result;
	enum err_scope	 refuses;	/* ERR_NONE: it does not */
	uint32_t	 retry_after_s;
};

static int
emit(void *ctx, const struct frame *frame, struct err *err)
{
	struct model *model = ctx;
	struct frame copy = *frame;

	(void)err;
	copy.read = 0;
	if (frame->type == WIRE_SENDING)
		buf_add_str(&model->heard, "sending ");
	else if (frame->type == WIRE_TROUBLE)
		buf_printf(&model->heard, "trouble%u ", get_u32(&copy));
	else if (frame->type == WIRE_SENT)
		buf_printf(&model->heard, "sent%u ", get_u32(&copy));
	return 0;
}

static int
wait_go(void *ctx, uint64_t id, struct err *err)
{
	struct model *model = ctx;

	assert_int_equal(id, 7);
	return model->go ? 0 : err_set(err, ERR_RETRY, "core does not answer");
}

static int
post(void *ctx, const struct smtp_mail *mail, struct smtp_account *account, struct err *trouble)
{
	struct model *model = ctx;
	struct err err;

	model->posts++;
	assert_int_equal(mail->to_count, 2);
	memset(account->recipients, 0, 2 * sizeof(*account->recipients));
	account->mail = (struct smtp_outcome){ .result = SEND_RETRY };
	if (model->refuses != ERR_NONE)
		return err_set(trouble, model->refuses, "no");
	if (mail->sending(mail->ctx, &err) == -1)
		return 0;
	account->mail.result = model->result;
	account->retry_after_s = model->retry_after_s;
	return 0;
}

static const char *
send_one(struct sender *sender, struct model *model)
{
	struct frame frame;
	struct err err;
	int fd = open("/dev/null", O_RDONLY);

	buf_reset(&model->heard);
	frame_init(&frame, WIRE_SEND, 7);
	put_str(&frame, "advice@town.example");
	put_u32(&frame, 2);
	put_str(&frame, "a@town.example");
	put_str(&frame, "b@town.example");
	put_fd(&frame, fd);
	close(fd);
	assert_int_equal(sender_handle(sender, &frame, &err), 0);
	frame_free(&frame);
	return buf_text(&model->heard);
}

static struct sender *
sender_of(struct model *model)
{
	struct poster poster = { model, post };
	struct sender_out out = { model, emit, wait_go };

	return sender_new_posting(&poster, out);
}

static void
test_order(void **state)
{
	struct model model = { .go = true };
	struct sender *sender = sender_of(&model);

	(void)state;
	assert_string_equal(send_one(sender, &model), "sending sent0 ");
	model.result = SEND_UNKNOWN;
	assert_string_equal(send_one(sender, &model), "sending sent3 ");
	model.go = false;
	assert_string_equal(send_one(sender, &model), "sending sent1 ");
	assert_int_equal(sender_wait_ms(sender, 0), -1);
	sender_tick(sender, 0);
	sender_free(&sender);
	buf_free(&model.heard);
}

/* A refusal of us is told, and the server left alone; one of the moment is only an answer. */
static void
test_refused(void **state)
{
	struct model model = { .go = true, .refuses = ERR_MAILBOX };
	struct sender *sender = sender_of(&model);

	(void)state;
	assert_string_equal(send_one(sender, &model), "trouble3 sent1 ");
	assert_string_equal(send_one(sender, &model), "trouble3 sent1 ");
	assert_int_equal(model.posts, 1);
	sender_reload(sender);
	model.refuses = ERR_NONE;
	assert_string_equal(send_one(sender, &model), "sending trouble0 sent0 ");
	assert_string_equal(send_one(sender, &model), "sending sent0 ");
	sender_free(&sender);
	buf_free(&model.heard);
}

/* A token that could not be renewed stays a trouble while mails still go. */
static void
test_standing(void **state)
{
	static const struct err why = { ERR_MAILBOX, "expired" }, other = { ERR_RETRY, "busy" }, over = { ERR_NONE, "" };
	struct model model = { .go = true };
	struct sender *sender = sender_of(&model);
	struct err err;

	(void)state;
	assert_int_equal(sender_note(sender, &over, &err), 0);
	assert_string_equal(buf_text(&model.heard), "");
	assert_int_equal(sender_note(sender, &why, &err), 0);
	assert_int_equal(sender_note(sender, &why, &err), 0);
	assert_string_equal(buf_text(&model.heard), "trouble3 ");
	assert_int_equal(sender_note(sender, &other, &err), 0);
	assert_string_equal(buf_text(&model.heard), "trouble3 trouble1 ");
	assert_string_equal(send_one(sender, &model), "sending sent0 ");
	buf_reset(&model.heard);
	assert_int_equal(sender_note(sender, &over, &err), 0);
	assert_string_equal(buf_text(&model.heard), "trouble0 ");
	assert_string_equal(send_one(sender, &model), "sending sent0 ");
	sender_free(&sender);
	buf_free(&model.heard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order), cmocka_unit_test(test_refused), cmocka_unit_test(test_standing),
	};

	log_init("send", LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
