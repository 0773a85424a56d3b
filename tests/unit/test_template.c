/* Templates: what they render to, when they hold the mail, and what is no template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "rule/read.h"
#include "rule/template.h"

static const char *
field(void *ctx, struct arena *arena, int strand, const char *name)
{
	(void)ctx;
	if (strcmp(name, "ref") == 0)
		return "EHC-20417";
	if (strcmp(name, "empty") == 0)
		return "";
	if (strcmp(name, "two-lines") == 0)
		return "a\n\n\n\nb";
	if (strcmp(name, "service") == 0 && strand >= 0)
		return arena_printf(arena, "service %d", strand);
	if (strcmp(name, "worker's manager") == 0)
		return "Ann Lee";
	return NULL;
}

static bool
holds(void *ctx, int strand, const char *condition)
{
	(void)ctx;
	return strcmp(condition, "looked-after") == 0 || (strand == 2 && strcmp(condition, "late") == 0);
}

static int
strand_of(void *ctx, const char *name, int nth)
{
	(void)ctx;
	return strcmp(name, "advice") == 0 && nth < 2 ? nth + 1 : -1;
}

static const struct template_source source = { NULL, field, holds, strand_of };

/* want: the body; "!" and words of the error where the mail is held. */
static const struct {
	const char *text, *subject, *want;
} renders[] = {
	{ "Subject: {ref}: a  request\n\nFor {ref}.\n", "EHC-20417: a request", "For EHC-20417.\n" },
	{ "No subject {ref}", NULL, "No subject EHC-20417\n" },
	{ "{empty else ref}", NULL, "EHC-20417\n" },
	{ "{unknown else empty else ref}", NULL, "EHC-20417\n" },
	{ "x{empty?}y{unknown?}z", NULL, "xyz\n" },
	{ "{worker's manager}", NULL, "Ann Lee\n" },
	{ "a\n{if looked-after}\nb\n{end}\nc", NULL, "a\nb\nc\n" },
	{ "a\n{if late}\nb\n{end}\nc", NULL, "a\nc\n" },
	{ "a{if ref}: {ref}{end}.", NULL, "a: EHC-20417.\n" },
	{ "a{if empty}: {empty}{end}.", NULL, "a.\n" },
	{ "a{if not empty}: none{end}.", NULL, "a: none.\n" },
	{ "{if looked-after}a{if late}b{end}c{end}", NULL, "ac\n" },
	{ "{each strand advice}\n- {service}{if late}, late{end}\n{end}\nend", NULL,
	    "- service 1\n- service 2, late\nend\n" },
	{ "{each strand plan}\n- {service}\n{end}\nnone", NULL, "none\n" },
	{ "a\n\n\n{if late}\nb\n{end}\n\nc  \n\n", NULL, "a\n\nc\n" },
	{ "{two-lines}", NULL, "a\n\nb\n" },
	{ "Subject: {two-lines}\n\nx", "a b", "x\n" },
	{ "{empty}", NULL, "!{empty} is empty" },
	{ "{unknown}", NULL, "!{unknown} is no field" },
	{ "{empty else unknown}", NULL, "!{empty else unknown}" },
	{ "Subject: {empty}\n\nx", NULL, "!{empty} is empty" },
	{ "{service}", NULL, "!{service}" },
};

static const struct {
	const char *text, *want;
} faults[] = {
	{ "a\n{Not a field}", "t.txt:2: \"{Not a field}\" is no field" },
	{ "a { b", "t.txt:1: a brace { stands alone" },
	{ "a\n{ref: b", "t.txt:2: the closing } is missing behind \"{ref\"\n  hint: write {ref}" },
	{ "a {if late: b{end}", "t.txt:1: the closing } is missing behind \"{if late\"" },
	{ "{if x}a {if y}b{end}", "has no {end}\n  hint: write {end} where it stops, most likely before \"{if y}\"" },
	{ "{if x}a\nb", "most likely at the end of this line" },
	{ "{if x}\na\n\nb", "on a line of its own before the next blank line" },
	{ "{if x}\na", "on a line of its own at the end" },
	{ "a } b", "t.txt:1: \"}\" closes nothing" },
	{ "a\n{end}", "t.txt:2: {end} closes no" },
	{ "a\n\n{if x}\nb", "t.txt:3: \"{if x}\" has no {end}" },
	{ "{each strand X}{end}", "t.txt:1: \"{each strand X}\"" },
	{ "Subject:\n\nx", "t.txt:1: \"Subject:\" has nothing" },
	{ "Subject: x\n\n", "has no text" },
	{ "", "has no text" },
	{ "{}", "\"{}\" is no field" },
	{ "Subject: x\n\na\n{b c}\n", "t.txt:4: \"{b c}\" is no field" },
};

static void
test_render(void **state)
{
	struct arena *arena = arena_new();
	struct problems problems = { arena, NULL, 0 };
	struct template *template;
	struct rendered rendered;
	struct err err;
	const char *want;
	size_t i;
	int bad = 0;
	bool well;

	(void)state;
	for (i = 0; i < sizeof(renders) / sizeof(renders[0]); i++) {
		want = renders[i].want;
		template = NULL;
		err.text[0] = '\0';
		rendered.body = rendered.subject = NULL;
		well = template_parse(arena, "t", "t.txt", renders[i].text, &template, &problems) == 0;
		if (well && *want == '!')
			well = template_render(template, arena, &source, &rendered, &err) == -1 &&
			    err.scope == ERR_CONFIG && strstr(err.text, want + 1) != NULL;
		else if (well)
			well = template_render(template, arena, &source, &rendered, &err) == 0 &&
			    strcmp(rendered.body, want) == 0 &&
			    (renders[i].subject == NULL) == (rendered.subject == NULL) &&
			    (rendered.subject == NULL || strcmp(rendered.subject, renders[i].subject) == 0);
		if (!well) {
			print_error("\"%s\": want \"%s\", got \"%s\" \"%s\" %s\n", renders[i].text, want,
			    rendered.subject != NULL ? rendered.subject : "-",
			    rendered.body != NULL ? rendered.body : "-", err.text);
			bad++;
		}
	}
	arena_free(&arena);
	assert_int_equal(bad, 0);
}

static void
test_faults(void **state)
{
	struct arena *arena = arena_new();
	struct buf printed = BUF_INIT;
	struct template *template;
	size_t i;
	int bad = 0;

	(void)state;
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct problems problems = { arena, NULL, 0 };

		buf_reset(&printed);
		if (template_parse(arena, "t", "t.txt", faults[i].text, &template, &problems) == -1)
			problems_print(&problems, &printed);
		if (strstr(buf_text(&printed), faults[i].want) == NULL) {
			print_error("\"%s\": want \"%s\", got \"%s\"\n", faults[i].text, faults[i].want,
			    buf_text(&printed));
			bad++;
		}
	}
	buf_free(&printed);
	arena_free(&arena);
	assert_int_equal(bad, 0);
}

static void
test_names(void **state)
{
	struct arena *arena = arena_new();
	struct problems problems = { arena, NULL, 0 };
	struct template *template = NULL;
	const struct template_name *named;
	struct strs said = { NULL, 0 };
	size_t i;

	(void)state;
	assert_int_equal(template_parse(arena, "t", "t.txt",
	    "Subject: {ref}\n\n{a else b} {c?} {if d}{e}{end}\n{each strand f}{a}{end}", &template, &problems), 0);
	for (i = 0; i < template->named_count; i++) {
		named = &template->named[i];
		strs_add(arena, &said, arena_printf(arena, "%d%s%d%s", (int)named->sort, named->name, named->line,
		    named->in_subject ? "!" : ""));
	}
	assert_string_equal(strs_join(arena, &said, " "), "0ref1! 0a3 0b3 0c3 1d3 0e3 2f4 0a4");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render), cmocka_unit_test(test_faults), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
