/*
 * What a replay has found, for people or as one JSON object a line: the
 * differences of each person, then sums, then what the past could not tell.
 * Runs in advicectl replay.
 * Invariant: the same differences print the same bytes; references only, never
 * a child's name.
 * Fails: never.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "ctl/replay.h"

struct sums { size_t of[DIFFER_HOWS]; };

static struct sums
sums_of(const struct differences *differences, const char *address, size_t *people_r)
{
	struct sums sums = { { 0 } };
	const char *last = "";

	*people_r = 0;
	for (size_t i = 0; i < differences->n; i++) {
		const struct difference *one = &differences->v[i];
		const char *whose = one->after != NULL ? one->after->address : one->before->address;

		if (address != NULL && strcmp(address, whose) != 0)
			continue;
		sums.of[one->how]++;
		*people_r += strcmp(last, whose) != 0;
		last = whose;
	}
	return sums;
}

/* "EHC-20417": as the live store knows the case; one that it does not have, as the rules would have named it. */
static const char *
name_of(const struct replayed *replayed, const struct life_mail *mail)
{
	struct case_state *state = NULL;
	struct err ignored;

	if (mail->case_id == 0)
		return "";
	if (mail->key > 0 && store_case_load(replayed->past->live, replayed->arena, mail->key, &state, &ignored) == 0 && state != NULL)
		return case_name(replayed->arena, state);
	return mail->key > 0 ? mail->case_name : arena_printf(replayed->arena, "%s (only there)", mail->case_name);
}

static const char *
when(const struct replayed *replayed, instant at)
{
	int minute = instant_minute(at);

	return arena_printf(replayed->arena, "%s %02d:%02d", date_words(replayed->arena, instant_date(at)), minute / 60, minute % 60);
}

static const char *
which(const struct replayed *replayed, const struct life_mail *mail)
{
	const char *name = name_of(replayed, mail);

	return arena_printf(replayed->arena, "%s \"%s\"%s%s%s%s%s (%s)", mail->act, mail->template, name[0] == '\0' ? "" : ", ", name,
	    mail->strand[0] == '\0' ? "" : " (", mail->strand, mail->strand[0] == '\0' ? "" : ")",
	    mail->rule[0] == '\0' ? "the daemon's own" : mail->rule);
}

/* ---- What the past could not tell */

struct unknown { const char *what; size_t before, after; };

#define UNKNOWNS 8

static size_t
unknowns_of(const struct replayed *replayed, struct unknown unknowns[UNKNOWNS])
{
	const struct past *past = replayed->past;
	const struct life *b = replayed->before, *a = replayed->after;
	const struct unknown all[] = {
		{ "mails whose text has been erased from the store; what they began or answered is missing", past->erased, past->erased },
		{ "stored mails that cannot be read; what they began or answered is missing", b->unreadable, a->unreadable },
		{ "answers to questions that would not have been put; they stand as mails of their case", b->unasked, a->unasked },
		{ "decisions of people about what would not have waited for them", b->unheld, a->unheld },
		{ "changes made by people (correct, move ...) that could not be made again", b->unchanged, a->unchanged },
		{ "imports of lists that have been replaced since; the lists in force now were taken for the whole time",
		    past->lists_before, past->lists_before },
		{ "recipients whom a mail server refused; what followed from that is not repeated", (size_t)past->refused,
		    (size_t)past->refused },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].before > 0 || all[i].after > 0)
			unknowns[n++] = all[i];
	return n;
}

/* ---- As JSON */

static void
line_end(struct buf *out)
{
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
json_when(const struct replayed *replayed, struct buf *out, const char *name, const struct life_mail *mail)
{
	json_str(out, name, mail == NULL ? NULL : instant_iso(replayed->arena, mail->at));
}

static void
json_difference(const struct replayed *replayed, struct buf *out, const struct difference *one)
{
	const struct life_mail *mail = one->after != NULL ? one->after : one->before;
	const char *name = name_of(replayed, mail);

	json_open(out, NULL, '{');
	json_str(out, "event", "difference");
	json_str(out, "recipient", mail->address);
	json_str(out, "difference", differ_how_name(one->how));
	json_when(replayed, out, "before", one->before);
	json_when(replayed, out, "after", one->after);
	json_str(out, "act", mail->act);
	json_str(out, "template", mail->template);
	json_str(out, "case", name[0] == '\0' ? NULL : name);
	json_str(out, "strand", mail->strand[0] == '\0' ? NULL : mail->strand);
	json_str(out, "rule", mail->rule[0] == '\0' ? NULL : mail->rule);
	if (one->before != NULL && one->after != NULL) {
		json_str(out, "template-before", one->before->template);
		json_str(out, "rule-before", one->before->rule[0] == '\0' ? NULL : one->before->rule);
	}
	line_end(out);
}

static void
json_sums(struct buf *out, const struct sums *sums)
{
	for (enum differ_how how = DIFFER_MORE; how < DIFFER_HOWS; how++)
		json_int(out, differ_how_name(how), (int64_t)sums->of[how]);
}

static void
json_person(const struct replayed *replayed, struct buf *out, const char *address)
{
	size_t people;
	struct sums sums = sums_of(replayed->differences, address, &people);

	json_open(out, NULL, '{');
	json_str(out, "event", "recipient");
	json_str(out, "recipient", address);
	json_sums(out, &sums);
	line_end(out);
}

static void
json_all(const struct replayed *replayed, struct buf *out)
{
	struct unknown unknowns[UNKNOWNS];
	size_t people, count = unknowns_of(replayed, unknowns);
	struct sums sums = sums_of(replayed->differences, NULL, &people);

	json_open(out, NULL, '{');
	json_str(out, "event", "sum");
	json_str(out, "pack", replayed->past->pack);
	json_int(out, "recipients", (int64_t)people);
	json_sums(out, &sums);
	json_int(out, "mails-sent", replayed->past->sent);
	json_int(out, "mails-unsent", replayed->past->unsent);
	json_int(out, "mails-before", (int64_t)replayed->before->letters);
	json_int(out, "mails-after", (int64_t)replayed->after->letters);
	line_end(out);
	for (size_t i = 0; i < count; i++) {
		json_open(out, NULL, '{');
		json_str(out, "event", "unknown");
		json_str(out, "what", unknowns[i].what);
		json_int(out, "before", (int64_t)unknowns[i].before);
		json_int(out, "after", (int64_t)unknowns[i].after);
		line_end(out);
	}
}

/* ---- For people */

static void
text_difference(const struct replayed *replayed, struct buf *out, const struct difference *one)
{
	const struct life_mail *mail = one->after != NULL ? one->after : one->before;

	buf_printf(out, "  %-10s%s  %s\n", differ_how_name(one->how), when(replayed, mail->at), which(replayed, mail));
	if (one->how == DIFFER_OTHERWISE)
		buf_printf(out, "            instead of %s\n", which(replayed, one->before));
	else if (one->before != NULL && one->after != NULL)
		buf_printf(out, "            instead of %s\n", when(replayed, one->before->at));
}

static void
text_sums(struct buf *out, const struct sums *sums)
{
	buf_printf(out, "%zu more, %zu fewer, %zu earlier, %zu later", sums->of[DIFFER_MORE], sums->of[DIFFER_FEWER],
	    sums->of[DIFFER_EARLIER], sums->of[DIFFER_LATER]);
	if (sums->of[DIFFER_OTHERWISE] > 0)
		buf_printf(out, ", %zu by another template", sums->of[DIFFER_OTHERWISE]);
}

static void
text_person(const struct replayed *replayed, struct buf *out, const char *address)
{
	size_t people;
	struct sums sums = sums_of(replayed->differences, address, &people);

	buf_printf(out, "\n%s: ", address);
	text_sums(out, &sums);
	buf_add_char(out, '\n');
}

static void
text_head(const struct replayed *replayed, struct buf *out)
{
	const struct past *past = replayed->past;

	buf_printf(out, "The mails of \"%s\" as they would have gone out under %s, instead of the rules in force", past->pack,
	    replayed->rules);
	if (past->event_count > 0)
		buf_printf(out, "; %s to %s", date_words(replayed->arena, instant_date(past->events[0].at)),
		    date_words(replayed->arena, instant_date(past->now)));
	if (replayed->since != INSTANT_NONE)
		buf_printf(out, ", differences since %s", date_words(replayed->arena, instant_date(replayed->since)));
	buf_add_str(out, ".\n");
}

static void
text_all(const struct replayed *replayed, struct buf *out)
{
	struct unknown unknowns[UNKNOWNS];
	size_t people, count = unknowns_of(replayed, unknowns);
	struct sums sums = sums_of(replayed->differences, NULL, &people);

	if (people == 0)
		buf_add_str(out, "\nNothing would have been different for anybody.\n");
	else {
		buf_printf(out, "\nIn all, for %zu %s: ", people, people == 1 ? "person" : "people");
		text_sums(out, &sums);
		buf_add_str(out, ".\n");
	}
	if (replayed->past->unsent > 0)
		buf_printf(out, "%lld mails were decided and did not go out: in shadow (not sent), or waiting for a look.\n",
		    (long long)replayed->past->unsent);
	buf_printf(out, "%lld mails have gone out; the same past gives %zu under the rules in force and %zu under the others.\n",
	    (long long)replayed->past->sent, replayed->before->letters, replayed->after->letters);
	if (count > 0)
		buf_add_str(out, "What the past could not tell, under the rules in force / under the others:\n");
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "  %zu / %zu  %s\n", unknowns[i].before, unknowns[i].after, unknowns[i].what);
}

void
replay_print(const struct replayed *replayed, bool json)
{
	struct buf out = BUF_INIT;
	const char *last = "";

	if (!json)
		text_head(replayed, &out);
	for (size_t i = 0; i < replayed->differences->n; i++) {
		const struct difference *one = &replayed->differences->v[i];
		const char *address = one->after != NULL ? one->after->address : one->before->address;

		if (strcmp(last, address) != 0)
			(json ? json_person : text_person)(replayed, &out, address);
		last = address;
		(json ? json_difference : text_difference)(replayed, &out, one);
	}
	(json ? json_all : text_all)(replayed, &out);
	fwrite(buf_text(&out), 1, out.len, stdout);
	buf_free(&out);
}
