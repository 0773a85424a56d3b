/*
 * Patterns in words, compiled to PCRE2.  Runs in core (classifying, answers)
 * and in advicectl.  Invariant: the nth hole of a pattern is the nth capturing
 * group of what it is compiled to; nothing else captures.  A {date} hole is
 * verified by call-outs while matching, so that a date that date_parse_words()
 * does not read lets the match look further.
 * Fails: ERR_CONFIG, with a sentence about the pattern as it was written.
 * Matching does not fail: a limit that is reached counts as no match.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <fnmatch.h>
#include <pcre2.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "rule/pattern.h"
#include "rule/pattern_words.h"

/* Enough for every sensible pattern over 256 KB; a runaway ends in milliseconds. */
#define MATCH_LIMIT	1000000
#define DEPTH_LIMIT	10000

#define DATE_YEAR	2026	/* settles years left out; only the length read counts here */

struct pattern {
	const char		*source;
	struct strs		 holes;		/* as names */
	struct strs		 kinds;		/* hole names */
	pcre2_code		*code;
	pcre2_match_data	*data;
	pcre2_match_context	*context;
};

/* The {date} holes of one match under way: where each began, and how long the date there is. */
struct date_spans {
	const char	*text;
	size_t		 start[PATTERN_MAX_HOLES];
	size_t		 length[PATTERN_MAX_HOLES];
};

static void
pattern_clean(void *data)
{
	struct pattern *pattern = data;

	pcre2_match_context_free(pattern->context);
	pcre2_match_data_free(pattern->data);
	pcre2_code_free(pattern->code);
}

/* Odd call-outs begin a date, even ones end it; 0 lets the match go on, 1 sends it back. */
static int
date_callout(pcre2_callout_block *block, void *data)
{
	struct date_spans *spans = data;
	size_t hole, at = block->current_position;
	dayno day;

	if (block->callout_number == 0 || spans == NULL)
		return 0;
	hole = (block->callout_number - 1) / 2;
	if (hole >= PATTERN_MAX_HOLES)
		return 1;
	if (block->callout_number % 2 == 1) {
		spans->start[hole] = at;
		spans->length[hole] = date_parse_words(spans->text + at,
		    date_from_civil(DATE_YEAR, 1, 1), DATE_AHEAD, &day);
		return spans->length[hole] == 0;
	}
	return at - spans->start[hole] != spans->length[hole];
}

/* Named groups of a raw pattern are its holes. */
static int
raw_holes(struct arena *arena, struct pattern *pattern, struct err *err)
{
	PCRE2_SPTR names;
	uint32_t count = 0, size = 0, groups = 0, i, group;

	pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMECOUNT, &count);
	if (groups != count || groups > PATTERN_MAX_HOLES)
		return err_set(err, ERR_CONFIG, "pattern \"%s\": every group that captures needs a "
		    "name, (?<date>...), and there may be %d of them; write (?:...) for the others",
		    pattern->source, PATTERN_MAX_HOLES);
	if (count == 0)
		return 0;
	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_NAMETABLE, &names);
	for (i = 0; i < count; i++) {
		strs_add(arena, &pattern->holes, "");
		strs_add(arena, &pattern->kinds, "words");
	}
	for (i = 0; i < count; i++, names += size) {
		group = (uint32_t)names[0] << 8 | names[1];
		pattern->holes.v[group - 1] = arena_strdup(arena, (const char *)names + 2);
	}
	return 0;
}

static int
compile_code(struct pattern *pattern, const char *regex, struct err *err)
{
	PCRE2_UCHAR message[200];
	PCRE2_SIZE offset;
	int code;

	pattern->code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C, &code, &offset, NULL);
	if (pattern->code == NULL) {
		pcre2_get_error_message(code, message, sizeof(message));
		return err_set(err, ERR_CONFIG, "pattern \"%s\" cannot be read: %s, at character %zu",
		    pattern->source, (const char *)message, (size_t)offset);
	}
	(void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);	/* without it: slower, the same */
	pattern->data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	pattern->context = pcre2_match_context_create(NULL);
	if (pattern->data == NULL || pattern->context == NULL)
		return err_set(err, ERR_DAEMON, "out of memory for pattern \"%s\"", pattern->source);
	pcre2_set_match_limit(pattern->context, MATCH_LIMIT);
	pcre2_set_depth_limit(pattern->context, DEPTH_LIMIT);
	return 0;
}

static bool
is_raw(const char *source)
{
	size_t len = strlen(source);

	return len >= 3 && source[0] == '/' && source[len - 1] == '/';
}

int
pattern_compile(struct arena *arena, const char *source, const struct strs *same_words,
    size_t same_word_lists, struct pattern **pattern_r, struct err *err)
{
	return pattern_compile_services(arena, source, same_words, same_word_lists, NULL,
	    pattern_r, err);
}

int
pattern_compile_services(struct arena *arena, const char *source, const struct strs *same_words,
    size_t same_word_lists, const struct strs *services, struct pattern **pattern_r,
    struct err *err)
{
	struct pattern *pattern = arena_alloc(arena, sizeof(*pattern));
	struct buf regex = BUF_INIT;
	uint32_t empty = 0;
	int rc = -1;

	pattern->source = arena_strdup(arena, source);
	arena_on_free(arena, pattern_clean, pattern);
	if (is_raw(source)) {
		buf_add(&regex, source + 1, strlen(source) - 2);
	} else if (pattern_words_regex(arena, source, same_words, same_word_lists, services,
	    &regex, &pattern->kinds, &pattern->holes, err) == -1) {
		goto out;
	}
	if (compile_code(pattern, buf_text(&regex), err) == -1)
		goto out;
	if (is_raw(source) && raw_holes(arena, pattern, err) == -1)
		goto out;
	pcre2_pattern_info(pattern->code, PCRE2_INFO_MATCHEMPTY, &empty);
	if (empty) {
		err_set(err, ERR_CONFIG, "pattern \"%s\" fits every text; at least one word of it "
		    "must not be optional", source);
		goto out;
	}
	*pattern_r = pattern;
	rc = 0;
out:
	buf_free(&regex);
	return rc;
}

const char *
pattern_source(const struct pattern *pattern)
{
	return pattern->source;
}

const struct strs *
pattern_holes(const struct pattern *pattern)
{
	return &pattern->holes;
}

const char *
pattern_hole_type(const struct pattern *pattern, size_t nth)
{
	return pattern->kinds.v[nth];
}

bool
pattern_has_hole(const struct pattern *pattern, const char *type)
{
	return strs_has(&pattern->kinds, type);
}

/* "Jane Doe <jane@x.example>" gives the address alone: it names one person, the name may not. */
static char *
person_text(struct arena *arena, const char *text)
{
	const char *at = strchr(text, '@'), *from, *to;

	if (at == NULL)
		return str_trim(arena, text);
	for (from = at; from > text && strchr(" \t<(:[,;", from[-1]) == NULL; from--)
		;
	to = at + strcspn(at, " \t>)],;");
	while (to > at && (to[-1] == '.' || to[-1] == '\''))
		to--;
	return arena_strndup(arena, from, (size_t)(to - from));
}

static void
take_captures(const struct pattern *pattern, struct arena *arena, const char *text,
    bool whole_paragraph, struct capture *captures, size_t max, size_t *count_r)
{
	const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(pattern->data);
	uint32_t groups = pcre2_get_ovector_count(pattern->data);
	struct capture *capture;
	size_t i, from, length, count = 0;
	char *raw;

	for (i = 0; i < pattern->holes.n && i + 1 < groups && count < max; i++) {
		from = spans[2 * (i + 1)];
		if (from == PCRE2_UNSET)
			continue;
		length = spans[2 * (i + 1) + 1] - from;
		raw = arena_strndup(arena, text + from, length);
		if (!whole_paragraph && strcmp(pattern->kinds.v[i], "words") == 0)
			raw[strcspn(raw, "\n")] = '\0';
		capture = &captures[count++];
		capture->hole = pattern->kinds.v[i];
		capture->as = pattern->holes.v[i];
		capture->text = strcmp(capture->hole, "person") == 0 ?
		    person_text(arena, raw) : str_trim(arena, raw);
		capture->start = from;
		capture->length = strlen(raw);
	}
	if (count_r != NULL)
		*count_r = count;
}

static bool
is_ascii(const char *text, size_t length)
{
	const uint64_t high = 0x8080808080808080u;
	uint64_t eight, seen = 0;

	for (; length >= sizeof(eight); text += sizeof(eight), length -= sizeof(eight)) {
		memcpy(&eight, text, sizeof(eight));
		seen |= eight;
	}
	for (; length > 0; length--)
		seen |= (unsigned char)*text++;
	return (seen & high) == 0;
}

static bool
match_at(const struct pattern *pattern, const char *text, size_t length, uint32_t options)
{
	struct date_spans spans = { .text = text };
	int rc;

	if (is_ascii(text, length))	/* then it need not look whether it is UTF-8, which takes as long as to search it */
		options |= PCRE2_NO_UTF_CHECK;
	pcre2_set_callout(pattern->context, date_callout, &spans);
	rc = pcre2_match(pattern->code, (PCRE2_SPTR)text, length, 0, options, pattern->data,
	    pattern->context);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(pattern->code, (PCRE2_SPTR)text, length, 0,
		    options | PCRE2_NO_JIT, pattern->data, pattern->context);
	pcre2_set_callout(pattern->context, NULL, NULL);
	return rc > 0;
}

bool
pattern_find(const struct pattern *pattern, struct arena *arena, const char *text,
    struct capture *captures, size_t max, size_t *count_r)
{
	if (count_r != NULL)
		*count_r = 0;
	if (text == NULL || !match_at(pattern, text, strlen(text), 0))
		return false;
	if (captures != NULL)
		take_captures(pattern, arena, text, false, captures, max, count_r);
	return true;
}

static bool
begins_with_word(const char *text, const char *const *words)
{
	size_t len;

	for (; *words != NULL; words++) {
		len = strlen(*words);
		if (str_starts_nocase(text, *words) && (text[len] == ' ' || text[len] == '\t'))
			return true;
	}
	return false;
}

/* "no changes", "no further comments": what is denied would have been a limit. */
static bool
denies_a_limit(const char *rest)
{
	static const char *const limits[] = { "changes", "change", "comments", "comment", "amendments", "amendment", "amends",
	    "further", "concerns", "issues", "problem", "problems", "objections", "objection", "corrections", "edits", "need",
	    "other", "more", "additional", "queries", "questions", NULL };

	for (size_t i = 0; limits[i] != NULL; i++)
		if (str_starts_nocase(rest, limits[i]))
			return true;
	return false;
}

/* In the answer's own sentence: a question ("APPROVED?", "Approved by whom?"), or words that take it back. */
static bool
takes_it_back(const char *rest)
{
	static const char *const denials[] = { "not", "never", "cannot", "nothing", "nor", "neither", "isn't", "can't", "won't",
	    "don't", "doesn't", "didn't", "wasn't", "hasn't", "haven't", "isnt", "cant", "wont", "dont", NULL };
	const char *p;
	bool begins = true;

	for (p = rest; *p != '\0' && strchr(".!;\n?", *p) == NULL; p++) {
		size_t len = strcspn(p, " \t\n.,;:!?()\"-/");

		if (begins && len == 2 && str_starts_nocase(p, "no") && !denies_a_limit(p + 2 + strspn(p + 2, " \t")))
			return true;
		for (size_t i = 0; begins && denials[i] != NULL; i++)
			if (len == strlen(denials[i]) && str_starts_nocase(p, denials[i]))
				return true;
		begins = strchr(" \t,:()\"-/", *p) != NULL;
	}
	return *p == '?' || (rest[0] != '\0' && rest[strspn(rest, "\"'.! ")] == '?');
}

/*
 * What stands behind an answer must not change what it says: "ALLOCATE Jane Doe
 * by teh 3rd" is not "ALLOCATE Jane Doe", and "APPROVED subject to section 2" is
 * not "APPROVED".  Better refused, with the words allowed, than half understood.
 */
static bool
rest_means_more(const char *rest, bool has_holes)
{
	static const char *const limits[] = { "but", "subject", "if", "once", "except", "unless",
	    "provided", "providing", "apart", "pending", "when", "after", "as long", NULL };
	static const char *const alternatives[] = { "or", NULL };
	static const char *const details[] = { "by", "with", "and", "or", "until", "from", "on", "to", NULL };

	if (takes_it_back(rest))
		return true;
	rest += strspn(rest, " \t,;-\"");
	if (begins_with_word(rest, limits) || *rest == '/' || begins_with_word(rest, alternatives))
		return true;
	return has_holes && ((*rest >= '0' && *rest <= '9') || *rest == '&' ||
	    begins_with_word(rest, details));
}

bool
pattern_begins(const struct pattern *pattern, struct arena *arena, const char *text,
    struct capture *captures, size_t max, size_t *count_r)
{
	const char *start;
	size_t end, i;

	if (count_r != NULL)
		*count_r = 0;
	if (text == NULL)
		return false;
	start = text + strspn(text, " \t\r\n\"'*");
	if (!match_at(pattern, start, strlen(start), PCRE2_ANCHORED))
		return false;
	end = pcre2_get_ovector_pointer(pattern->data)[1];
	if (rest_means_more(start + end, pattern->holes.n > 0))
		return false;
	if (captures != NULL) {
		take_captures(pattern, arena, start, true, captures, max, count_r);
		for (i = 0; count_r != NULL && i < *count_r; i++)
			captures[i].start += (size_t)(start - text);
	}
	return true;
}

bool
pattern_file(const char *glob, const char *name)
{
	return fnmatch(glob, name, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}
