/*
 * advicectl describe: how each kind of mail is recognised, what is read from
 * it, and what people are told of beside it.
 * Invariant: every phrase of a kind stands in its lines.
 * Fails: never.
 */
#include <string.h>

#include "ctl/describe.h"

/* "from the worker, with a file called “*.doc*” attached" */
static char *
mail_text(struct description *d, const struct kind_test *test)
{
	struct arena *arena = d->words.arena;

	return arena_printf(arena, "a mail%s%s%s%s%s%s", test->from.n == 0 ? "" : " from ",
	    words_role_texts(&d->words, &test->from, "or"), test->attachment.n == 0 ? "" : " with a file called ",
	    words_texts(arena, &test->attachment, "or"), test->attachment.n == 0 ? "" : " attached",
	    test->awaited ? ", while such a mail is awaited from its sender" : "");
}

static void
phrases(struct description *d, const char *name, struct where where, const char *begin, struct pattern *const *patterns,
    size_t count)
{
	if (count > 0)
		describe_add(d, 1, name, where, NULL, "%s %s", begin, words_patterns(d->words.arena, patterns, count, "or"));
}

static void
test_lines(struct description *d, const char *name, const struct kind_test *test)
{
	phrases(d, name, test->where, "its subject or new text says", test->says, test->says_count);
	phrases(d, name, test->where, "its subject or a file’s name says", test->named, test->named_count);
	phrases(d, name, test->where, "its subject says", test->subject, test->subject_count);
}

static void
extract_line(struct description *d, const struct kind *kind, const struct extract *extract)
{
	describe_add(d, 1, kind->name, extract->where, NULL, "the %s is read from %s%s",
	    words_quoted(&d->words, extract->fact),
	    words_patterns(d->words.arena, extract->patterns, extract->pattern_count, "or"),
	    !extract->or_received ? "" : extract->pattern_count == 0 ? "the day the mail came" :
	    "; where none of these stands there, it is the day the mail came");
}

static char *
needs_text(struct description *d, const struct kind *kind)
{
	struct strs needs = { NULL, 0 };

	for (size_t i = 0; i < kind->needs.n; i++)
		strs_add(d->words.arena, &needs, strcmp(kind->needs.v[i], "child") == 0 ?
		    "which child it is about" : words_quoted(&d->words, kind->needs.v[i]));
	return words_list(d->words.arena, &needs, "and");
}

static void
one_kind(struct description *d, const struct kind *kind)
{
	const char *name = kind->name;

	describe_add(d, 0, name, kind->where, &kind->meets, "%s is %s%s", words_quoted(&d->words, name), mail_text(d, &kind->test),
	    kind->test.says_count + kind->test.named_count + kind->test.subject_count > 0 ? " with these words:" : "");
	test_lines(d, name, &kind->test);
	if (kind->or_test != NULL) {
		describe_add(d, 1, name, kind->or_test->where, NULL, "or it is %s%s", mail_text(d, kind->or_test),
		    kind->or_test->says_count + kind->or_test->named_count + kind->or_test->subject_count > 0 ? " with these words:" : "");
		test_lines(d, name, kind->or_test);
	}
	if (kind->unless != NULL) {
		describe_add(d, 1, name, kind->unless->where, NULL, "but it is not %s%s", mail_text(d, kind->unless),
		    kind->unless->says_count + kind->unless->named_count + kind->unless->subject_count > 0 ? " with these words:" : "");
		test_lines(d, name, kind->unless);
	}
	for (size_t i = 0; i < kind->extract_count; i++)
		extract_line(d, kind, &kind->extracts[i]);
	if (kind->needs.n > 0)
		describe_add(d, 1, name, kind->where, NULL, "it must say %s; if it does not, the owner of the mailbox is asked",
		    needs_text(d, kind));
	if (kind->kept)
		describe_add(d, 1, name, kind->where, NULL, "it opens no case: it is kept, and joined to one if the child comes again");
}

static void
one_fact(struct description *d, const struct value_fact *fact)
{
	describe_add(d, 0, fact->name, fact->where, &fact->meets, "%s is read from %s%s; the first that fits, from the top, is taken%s",
	    words_quoted(&d->words, fact->name), fact->from.n == 0 ? "any mail" : "a mail from ",
	    words_role_texts(&d->words, &fact->from, "or"),
	    fact->of_case ? "; it is the whole case's, whichever line of work the mail belongs to" : "");
	for (size_t i = 0; i < fact->value_count; i++)
		describe_add(d, 1, fact->name, fact->where, NULL, "it is “%s” when the mail says %s", fact->values[i].value,
		    words_patterns(d->words.arena, fact->values[i].patterns, fact->values[i].pattern_count, "or"));
}

static void
one_alert(struct description *d, const struct alert *alert)
{
	describe_add(d, 0, alert->name, alert->where, &alert->meets,
	    "the alert %s: %s told at once, by reference only, of %s%s%s%s%s", words_quoted(&d->words, alert->name),
	    arena_printf(d->words.arena, "%s %s", words_recipients(&d->words, &alert->to, "and"), alert->to.n > 1 ? "are" : "is"),
	    mail_text(d, &alert->test), alert->sent_to.n == 0 ? "" : " that went to an address such as ",
	    words_texts(d->words.arena, &alert->sent_to, "or"), alert->sent_to_unless.n == 0 ? "" : ", unless it went to ",
	    words_role_texts(&d->words, &alert->sent_to_unless, "or"));
	test_lines(d, alert->name, &alert->test);
}

void
describe_mails(struct description *d)
{
	const struct pack *pack = d->words.pack;

	describe_section(d, "The kinds of mail, tried from the top: the first that fits is taken");
	for (size_t i = 0; i < pack->kind_count; i++)
		one_kind(d, &pack->kinds[i]);
	if (pack->fact_count > 0)
		describe_section(d, "What mails say");
	for (size_t i = 0; i < pack->fact_count; i++)
		one_fact(d, &pack->facts[i]);
	if (pack->alert_count > 0)
		describe_section(d, "Looked for in every mail, beside its kind");
	for (size_t i = 0; i < pack->alert_count; i++)
		one_alert(d, &pack->alerts[i]);
}
