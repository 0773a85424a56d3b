/*
 * Proof: an alert can be written of any mail, also of one that belongs to no
 * case: nothing that only a case knows may be missing then, or the alert would
 * be held instead of going at once.
 * The template is written as for such a mail, once with every condition
 * holding and once with none.
 * Fails: never; what is wrong goes to the problems.
 */
#include <string.h>

#include "rule/check.h"
#include "rule/template.h"

#define ALERT_TEMPLATE	"alert"

struct nobodys_mail {
	const struct pack	*pack;
	bool			 holds;
	const char		*empty;		/* the last field that nothing could be said for */
};

static bool
role_without_case(const struct pack *pack, const char *name)
{
	const struct role *role = pack_role(pack, name);

	return role != NULL && (role->source == ROLE_ADDRESS || role->source == ROLE_MAILBOX ||
	    (role->source == ROLE_POST && role->team_of == NULL));
}

static const char *
field_without_case(void *ctx, struct arena *arena, int strand, const char *name)
{
	static const char *const always[] = { "mailbox", "title", "today", "owner" };
	struct nobodys_mail *mail = ctx;
	const struct pack *pack = mail->pack;
	bool known = role_without_case(pack, name);

	(void)arena;
	(void)strand;
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		known |= strcmp(always[i], name) == 0;
	for (size_t i = 0; i < pack->text_count; i++)
		known |= strcmp(pack->texts[i].name, name) == 0;
	if (!known)
		mail->empty = name;
	return known ? "x" : "";
}

static bool
holds_without_case(void *ctx, int strand, const char *condition)
{
	const struct nobodys_mail *mail = ctx;

	(void)strand;
	for (size_t i = 0; i < mail->pack->condition_count; i++)
		if (strcmp(mail->pack->conditions[i].name, condition) == 0)
			return mail->holds;
	return false;		/* a field's name */
}

static int
no_strand(void *ctx, const char *name, int nth)
{
	(void)ctx;
	(void)name;
	(void)nth;
	return -1;
}

static struct where
place_of_field(const struct template *template, const char *name)
{
	for (size_t i = 0; i < template->named_count; i++)
		if (template->named[i].sort == NAMES_FIELD && strcmp(template->named[i].name, name) == 0)
			return (struct where){ template->file, template->named[i].line };
	return (struct where){ template->file, 1 };
}

static bool
can_be_written(struct check *check, const struct template *template, bool holds)
{
	struct nobodys_mail mail = { check->pack, holds, NULL };
	struct template_source source = { &mail, field_without_case, holds_without_case, no_strand };
	struct rendered rendered;
	struct err err;

	if (template_render(template, check->arena, &source, &rendered, &err) == 0 || mail.empty == NULL ||
	    strs_has(&check->missing, mail.empty))
		return true;
	problem_add(check->problems, place_of_field(template, mail.empty),
	    arena_printf(check->arena, "write {if %s} before, and {end} after, what is said only with it", mail.empty),
	    "an alert goes at once, also about a mail that belongs to no case, and then there is no {%s}: the alert would be held",
	    mail.empty);
	return false;
}

void
check_alerts(struct check *check)
{
	const struct pack *pack = check->pack;
	const struct template *template = pack_template(pack, ALERT_TEMPLATE);

	if (pack->alert_count == 0)
		return;
	if (template != NULL) {
		if (can_be_written(check, template, true))
			can_be_written(check, template, false);
	} else if (!pack->templates_unread)
		problem_add(check->problems, pack->alerts[0].where, "write templates/" ALERT_TEMPLATE ".txt",
		    "there is no template \"" ALERT_TEMPLATE "\", by which alerts are told: no templates/" ALERT_TEMPLATE
		    ".txt in this pack or in what it extends");
}
