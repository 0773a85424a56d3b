/*
 * Secrets and certificates that end: the administrator hears of it 60, 30, 14,
 * 7 days and one day before, and on the day itself.  Runs in core, which has
 * none of them: the role that has one says when it ends.
 * Invariant: each of these words is said once for a date, whatever crashes;
 * when several are due at once, the most urgent is said alone.
 * Fails: the store's failures are core's.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/sign_in.h"
#include "role/core_private.h"

#define TOLD_AT	(9 * 60)	/* minutes: when somebody may be there to do something */

static const int steps[] = { 60, 30, 14, 7, 1, 0 };
#define STEPS	(sizeof(steps) / sizeof(steps[0]))

int
core_days_left(const struct core *core, size_t i)
{
	dayno ends = core->expiries[i].ends;

	return ends == DAY_NONE ? INT_MAX : ends - instant_date(core_now(core));
}

/* ---- What has been told */

static const char *
told_name(struct arena *arena, const struct expiry *expiry)
{
	return arena_printf(arena, "sign-in-told %s", expiry->sign_in->name);
}

/* The lowest step that was told of this date; INT_MAX: none. */
static int
told_step(struct core *core, struct arena *arena, const struct expiry *expiry, int *step_r, struct err *err)
{
	const char *text, *date = date_iso(arena, expiry->ends);
	long step;

	*step_r = INT_MAX;
	if (store_setting(core->store, arena, told_name(arena, expiry), &text, err) == -1)
		return -1;
	if (text != NULL && str_starts(text, date) && text[strlen(date)] == ' ' &&
	    str_number(text + strlen(date) + 1, 0, INT_MAX, &step))
		*step_r = (int)step;
	return 0;
}

/* When the next word about it is due; INSTANT_NONE: never. */
static int
expiry_due(struct core *core, struct arena *arena, const struct expiry *expiry, instant *due_r, struct err *err)
{
	int told;

	*due_r = INSTANT_NONE;
	if (expiry->ends == DAY_NONE)
		return 0;
	if (told_step(core, arena, expiry, &told, err) == -1)
		return -1;
	for (size_t i = 0; i < STEPS && *due_r == INSTANT_NONE; i++)
		if (steps[i] < told)
			*due_r = instant_at(expiry->ends - steps[i], TOLD_AT);
	return 0;
}

static int
expiry_reckon(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	int rc = 0;

	core->expiry_at = INSTANT_NONE;
	for (size_t i = 0; i < core->expiry_count && rc == 0; i++) {
		instant due;

		rc = expiry_due(core, arena, &core->expiries[i], &due, err);
		if (rc == 0 && due != INSTANT_NONE && (core->expiry_at == INSTANT_NONE || due < core->expiry_at))
			core->expiry_at = due;
	}
	arena_free(&arena);
	return rc;
}

/* ---- Telling */

static const char *
when_words(struct arena *arena, int days)
{
	if (days < 0)
		return arena_printf(arena, "ended %d day%s ago", -days, days == -1 ? "" : "s");
	if (days == 0)
		return "ends today";
	return days == 1 ? "ends tomorrow" : arena_printf(arena, "ends in %d days", days);
}

static const char *
remedy(const struct sign_in *sign_in)
{
	if (sign_in->kind == SIGN_IN_GOOGLE)
		return "In the Google Cloud console, IAM, Service accounts, this account, Keys: make a new JSON key, put it into the "
		    "account-file, and write its end into secret-expires.";
	if (sign_in->certificate_file != NULL)
		return "Make a new certificate and key, upload the certificate in the Entra admin centre (App registrations, this app, "
		    "Certificates & secrets), and put both into the files that certificate-file and key-file name.";
	return "In the Entra admin centre, App registrations, this app, Certificates & secrets: make a new client secret, put its "
	    "value into the secret-file, and write its end into secret-expires.";
}

static int
expiry_tell(struct core *core, struct arena *arena, size_t i, struct err *err)
{
	const struct expiry *expiry = &core->expiries[i];
	const char *what = expiry->sign_in->certificate_file != NULL ? "certificate" : "secret", *subject, *body;
	int days = core_days_left(core, i), step = steps[0];
	instant due;

	if (expiry_due(core, arena, expiry, &due, err) == -1)
		return -1;
	if (due == INSTANT_NONE || due > core_now(core))
		return 0;
	for (size_t n = 0; n < STEPS; n++)
		if (instant_at(expiry->ends - steps[n], TOLD_AT) <= core_now(core))
			step = steps[n];
	subject = arena_printf(arena, "adviced: the %s of the sign-in \"%s\" %s", what, expiry->sign_in->name,
	    when_words(arena, days));
	body = arena_printf(arena, "The %s with which adviced signs in to the mail servers (\"%s\" in its configuration) %s: its last "
	    "day is %s. From then on no mail is read and none is sent.\n\n%s Then restart adviced (systemctl restart adviced).\n",
	    what, expiry->sign_in->name, when_words(arena, days), date_words(arena, expiry->ends), remedy(expiry->sign_in));
	log_warning("sign-in=%s days-left=%d", expiry->sign_in->name, days);
	if (core_tell(core, arena, subject, body, err) == -1)
		return -1;
	return store_set_setting(core->store, told_name(arena, expiry),
	    arena_printf(arena, "%s %d", date_iso(arena, expiry->ends), step), err);
}

static int
tell_due(struct core *core, struct err *err)
{
	struct arena *arena = arena_new();
	int rc = core_begin(core, err);

	for (size_t i = 0; i < core->expiry_count && rc == 0; i++)
		rc = expiry_tell(core, arena, i, err);
	if (rc == 0)
		rc = core_commit(core, err);
	if (rc == 0)
		rc = expiry_reckon(core, err);
	arena_free(&arena);
	return rc;
}

int
expiry_turn(struct core *core, struct err *err)
{
	if (core->expiry_at == INSTANT_NONE || core->expiry_at > core_now(core) || tell_due(core, err) == 0)
		return 0;
	return core_failed(core, err) ? 0 : -1;
}

/* ---- What is known */

/* Kept, so that `status` can say it when nothing runs. */
static int
expiry_keep(struct core *core, const struct expiry *expiry, struct err *err)
{
	struct arena *arena = arena_new();
	int rc = store_set_setting(core->store, arena_printf(arena, "sign-in-ends %s", expiry->sign_in->name),
	    expiry->ends == DAY_NONE ? "" : date_iso(arena, expiry->ends), err);

	arena_free(&arena);
	return rc;
}

int
expiry_open(struct core *core, struct err *err)
{
	const struct config *config = core->config;
	const char *text;

	core->expiry_at = INSTANT_NONE;
	for (size_t i = 0; i < config->sign_in_count; i++) {
		struct expiry *expiry = arena_push(core->arena, core->expiries, core->expiry_count);

		expiry->sign_in = &config->sign_ins[i];
		expiry->ends = expiry->sign_in->secret_expires;
		if (store_setting(core->store, core->arena, arena_printf(core->arena, "sign-in-ends %s", expiry->sign_in->name),
		    &text, err) == -1)
			return -1;
		/* A certificate's end is heard of when a role has read it; until then what it was. */
		if (expiry->ends == DAY_NONE && expiry->sign_in->certificate_file != NULL && text != NULL)
			date_parse_iso(text, &expiry->ends);
		if (expiry_keep(core, expiry, err) == -1)
			return -1;
	}
	return expiry_reckon(core, err);
}

static int
expiry_change(struct core *core, struct expiry *expiry, dayno ends, struct err *err)
{
	dayno before = expiry->ends;

	if (ends == before)
		return 0;
	expiry->ends = ends;
	if (core_begin(core, err) == 0 && expiry_keep(core, expiry, err) == 0 && core_commit(core, err) == 0 &&
	    expiry_reckon(core, err) == 0)
		return 0;
	expiry->ends = before;
	return core_failed(core, err) ? 0 : -1;
}

int
expiry_heard(struct core *core, struct frame *frame, struct err *err)
{
	struct arena *arena = arena_new();
	const char *name = get_str(frame, arena);
	int64_t ends = get_i64(frame);
	int rc = 0;

	if (!get_end(frame) || ends < DAY_NONE || ends > INT32_MAX)
		rc = err_set(err, ERR_MESSAGE, "the end of a secret that cannot be read");
	for (size_t i = 0; i < core->expiry_count && rc == 0; i++)
		if (strcmp(core->expiries[i].sign_in->name, name) == 0)
			rc = expiry_change(core, &core->expiries[i], (dayno)ends, err);
	arena_free(&arena);
	return rc;
}
