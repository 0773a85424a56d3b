/*
 * The order of tokens in a rule file: names, values, brackets and commas.
 * Pure.
 * Invariant: goes on after a fault where a person would, so that one fault
 * gives one message as a rule.
 * Fails: never; what is wrong goes to the problems.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "rule/lint.h"

#define DEPTH_MOST 32

struct syntax {
	struct arena	*arena;
	const char	*file;
	struct problems	*problems;
	const struct token *at;
	char open[DEPTH_MOST + 1]; /* closing marks still to come, the innermost last */
	size_t		 depth;
	bool		 too_deep, told;
	int		 unclosed;	/* as in struct tokens */
	const struct token *first;
};

struct seen { const char *name; int line; };

static void	value(struct syntax *syntax, const char *name);

static struct where
at_line(const struct syntax *syntax, int line)
{
	return (struct where){ syntax->file, line };
}

static bool
is_mark(const struct token *token, char mark)
{
	return token->type == TOKEN_MARK && token->mark == mark;
}

static bool
is_closing(const struct token *token)
{
	return token->type == TOKEN_MARK && strchr("}])", token->mark) != NULL;
}

static char
opener(char closing)
{
	return closing == '}' ? '{' : closing == ']' ? '[' : '(';
}

static bool
begins_value(const struct token *token)
{
	return token->type == TOKEN_TEXT || token->type == TOKEN_NUMBER || is_mark(token, '{') ||
	    is_mark(token, '[') || is_mark(token, '(');
}

static bool
begins_setting(const struct token *token)
{
	return token->type == TOKEN_NAME && (is_mark(token + 1, '=') || is_mark(token + 1, ':'));
}

static char
closer(char opening)
{
	return opening == '{' ? '}' : opening == '[' ? ']' : ')';
}

/*
 * Something opened is never closed: which?  People set what stands inside
 * further in, so the first setting that is no further in than the line of an
 * opening mark stands behind the place where it was forgotten.
 */
static bool
never_closed(const struct syntax *syntax, const struct token **opening_r, const struct token **before_r)
{
	struct { const struct token *token; int indent; } open[DEPTH_MOST + 1];
	const struct token *token;
	size_t depth = 0;
	int indent = 0;

	for (token = syntax->first; token->type != TOKEN_END; token++) {
		if (token->indent >= 0)
			indent = token->indent;
		if (token->indent >= 0 && depth > 0 && (is_closing(token) ? indent < open[depth - 1].indent :
		    begins_setting(token) && indent <= open[depth - 1].indent)) {
			*opening_r = open[depth - 1].token;
			*before_r = token;
			return true;
		}
		if (is_closing(token) && depth > 0)
			depth--;
		else if (token->type == TOKEN_MARK && strchr("{[(", token->mark) != NULL && depth <= DEPTH_MOST) {
			open[depth].token = token;
			open[depth++].indent = indent;
		}
	}
	return false;
}

/*
 * At a closing mark or the end, inside what closing ends: true if this is where
 * it ends.  A mark that ends something further out ends this too, with a
 * report; one that ends nothing is skipped.
 */
static bool
ends(struct syntax *syntax, char closing, int opened)
{
	const struct token *opening, *before;
	char mark = syntax->at->mark;

	if (syntax->at->type == TOKEN_END && syntax->unclosed > 0)
		return true;
	if (syntax->at->type == TOKEN_END && never_closed(syntax, &opening, &before)) {
		if (!syntax->told)
			problem_add(syntax->problems, at_line(syntax, opening->line),
			    arena_printf(syntax->arena, "put \"%c\" before line %d", closer(opening->mark), before->line),
			    "\"%c\" is opened here and not closed before line %d, which begins something new",
			    opening->mark, before->line);
		syntax->told = true;
		return true;
	}
	if (syntax->at->type == TOKEN_END) {
		problem_add(syntax->problems, at_line(syntax, opened),
		    "look for it where this part of the file ends",
		    "\"%c\" is opened here and never closed; \"%c\" is missing", opener(closing),
		    closing);
		return true;
	}
	if (!is_closing(syntax->at))
		return false;
	if (mark == closing) {
		syntax->at++;
		return true;
	}
	if (memchr(syntax->open, mark, syntax->depth) != NULL) {
		problem_add(syntax->problems, at_line(syntax, syntax->at->line), NULL,
		    "found \"%c\", but the \"%c\" of line %d is still open; \"%c\" is missing",
		    mark, opener(closing), opened, closing);
		return true;
	}
	problem_add(syntax->problems, at_line(syntax, syntax->at->line), NULL,
	    "\"%c\" closes nothing; there is no open \"%c\"", mark, opener(mark));
	syntax->at++;
	return false;
}

static void
texts(struct syntax *syntax)
{
	const struct token *first = syntax->at++;

	for (; syntax->at->type == TOKEN_TEXT; first = syntax->at++)
		if (first->closed)
			problem_add(syntax->problems, at_line(syntax, first->line),
			    "put a comma between them, or make them one text",
			    "two texts side by side, \"%.40s\" and \"%.40s\", would be read as one",
			    first->text, syntax->at->text);
}

/* What stands in [ ] or ( ). */
static void
elements(struct syntax *syntax, char closing, int opened)
{
	while (!ends(syntax, closing, opened)) {
		if (is_closing(syntax->at) || syntax->at->type == TOKEN_END)
			continue;	/* ends() went past a mark that ends nothing */
		if (syntax->at->type == TOKEN_NAME &&
		    (is_mark(syntax->at + 1, '=') || is_mark(syntax->at + 1, ':'))) {
			problem_add(syntax->problems, at_line(syntax, syntax->at->line),
			    closing == ')'
				? "rows stand in braces: ( { kind = \"...\"; go = \"...\" } )"
				: "[ ] holds texts with commas between them",
			    "\"%s\" stands directly in %s", syntax->at->text,
			    closing == ')' ? "( )" : "[ ]");
			syntax->at += 2;
			continue;
		}
		if (is_mark(syntax->at, ',')) {
			problem_add(syntax->problems, at_line(syntax, syntax->at->line), NULL,
			    "a comma with nothing before it");
			syntax->at++;
			continue;
		}
		value(syntax, closing == ']' ? "[ ]" : "( )");
		if (is_mark(syntax->at, ',') || is_mark(syntax->at, ';')) {
			if (is_mark(syntax->at, ';'))
				problem_add(syntax->problems, at_line(syntax, syntax->at->line),
				    NULL,
				    "\";\" stands between two parts of %s; there a comma stands",
				    closing == ']' ? "[ ]" : "( )");
			syntax->at++;
			if (is_closing(syntax->at))
				problem_add(syntax->problems,
				    at_line(syntax, (syntax->at - 1)->line), "take the comma away",
				    "a comma stands before \"%c\" with nothing behind it",
				    syntax->at->mark);
		} else if (begins_value(syntax->at))
			problem_add(syntax->problems, at_line(syntax, (syntax->at - 1)->line),
			    closing == ')' ? "rows have commas between them: { ... }, { ... }"
					   : NULL,
			    "a comma is missing here, before what begins on line %d",
			    syntax->at->line);
	}
}

static void
name_once(struct syntax *syntax, struct seen **seen, size_t *count, const struct token *name)
{
	struct seen *one;
	size_t i;

	for (i = 0; i < *count; i++) {
		if (strcmp((*seen)[i].name, name->text) != 0)
			continue;
		problem_add(syntax->problems, at_line(syntax, name->line),
		    "give it another name, or put both into one",
		    "\"%s\" is here a second time; it is on line %d already", name->text,
		    (*seen)[i].line);
		return;
	}
	one = arena_push(syntax->arena, *seen, *count);
	one->name = name->text;
	one->line = name->line;
}

static bool
is_name(const char *text)
{
	if (!isalpha((unsigned char)*text))
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) && *text != '-' && *text != '_')
			return false;
	return true;
}

/* "team leader : {": the second word of a name, where its "=" or ":" should stand. */
static bool
is_spaced_name(const struct token *name, const struct token *second)
{
	return second->type == TOKEN_NAME && second->line == name->line && (is_mark(second + 1, '=') || is_mark(second + 1, ':'));
}

static void
setting(struct syntax *syntax, struct seen **seen, size_t *count)
{
	const struct token *name = syntax->at++;

	if (!is_name(name->text))
		problem_add(syntax->problems, at_line(syntax, name->line), NULL,
		    "\"%.60s\" cannot be a name; "
		    "a name begins with a letter and has letters a to z, digits, - and _",
		    name->text);
	name_once(syntax, seen, count, name);
	if (is_mark(syntax->at, '=') || is_mark(syntax->at, ':')) {
		syntax->at++;
		if (is_mark(syntax->at, '=') || is_mark(syntax->at, ':'))
			syntax->at++;
	} else {
		problem_add(syntax->problems, at_line(syntax, name->line),
		    is_spaced_name(name, syntax->at) ? "a name has no spaces; put a - between its words" : NULL,
		    "\"=\" or \":\" is missing after \"%s\"", name->text);
		if (!begins_value(syntax->at))
			return;
	}
	if (begins_setting(syntax->at))
		problem_add(syntax->problems, at_line(syntax, name->line), NULL,
		    "a value is missing after \"%s\"", name->text);
	else
		value(syntax, name->text);
	if (is_mark(syntax->at, ';') || is_mark(syntax->at, ','))
		syntax->at++;
}

/* What stands in { }, or at the top of the file (closing is 0). */
static void
settings(struct syntax *syntax, char closing, int opened)
{
	struct seen *seen = NULL;
	size_t count = 0;

	for (;;) {
		if (closing == '\0' && syntax->at->type == TOKEN_END)
			return;
		if (closing != '\0' && ends(syntax, closing, opened))
			return;
		if (syntax->at->type == TOKEN_NAME || (syntax->at->type == TOKEN_NUMBER &&
		    (is_mark(syntax->at + 1, '=') || is_mark(syntax->at + 1, ':')))) {
			setting(syntax, &seen, &count);
			continue;
		}
		if (closing != '\0' && (is_closing(syntax->at) || syntax->at->type == TOKEN_END))
			continue;
		if (is_closing(syntax->at))
			problem_add(syntax->problems, at_line(syntax, syntax->at->line),
			    "one too many, or an opening one is missing above",
			    "\"%c\" closes nothing; there is no open \"%c\"", syntax->at->mark,
			    opener(syntax->at->mark));
		else
			problem_add(syntax->problems, at_line(syntax, syntax->at->line),
			    syntax->at->type == TOKEN_TEXT ? "several texts for one key stand in "
							     "brackets: [ \"one\", \"two\" ]"
							   : NULL,
			    "\"%.40s\" stands where a name is expected, such as  to = \"worker\"",
			    syntax->at->text);
		if (begins_value(syntax->at))
			value(syntax, "");
		else
			syntax->at++;
		if (is_mark(syntax->at, ';') || is_mark(syntax->at, ','))
			syntax->at++;
	}
}

static void
bracketed(struct syntax *syntax)
{
	char closing = is_mark(syntax->at, '{') ? '}' : is_mark(syntax->at, '[') ? ']' : ')';
	int opened = syntax->at++->line;

	if (syntax->depth == DEPTH_MOST) {
		if (!syntax->too_deep)
			problem_add(syntax->problems, at_line(syntax, opened), NULL,
			    "more than %d brackets inside each other", DEPTH_MOST);
		syntax->too_deep = true;
		return;
	}
	syntax->open[syntax->depth++] = closing;
	if (closing == '}')
		settings(syntax, closing, opened);
	else
		elements(syntax, closing, opened);
	syntax->depth--;
}

/* What to write instead of a word without quotes. */
static const char *
hint_bare(const char *word)
{
	static const char *const yes[] = { "yes", "on", NULL }, *const no[] = { "no", "off", NULL };

	for (size_t i = 0; yes[i] != NULL; i++)
		if (strcasecmp(word, yes[i]) == 0)
			return "write true, or put it in quotes where a text is meant";
	for (size_t i = 0; no[i] != NULL; i++)
		if (strcasecmp(word, no[i]) == 0)
			return "write false, or put it in quotes where a text is meant";
	return "put it in quotes";
}

static void
value(struct syntax *syntax, const char *name)
{
	const struct token *token = syntax->at;

	if (token->type == TOKEN_TEXT)
		texts(syntax);
	else if (token->type == TOKEN_NUMBER)
		syntax->at++;
	else if (is_mark(token, '{') || is_mark(token, '[') || is_mark(token, '('))
		bracketed(syntax);
	else if (token->type == TOKEN_NAME) {
		if (strcasecmp(token->text, "true") != 0 && strcasecmp(token->text, "false") != 0)
			problem_add(syntax->problems, at_line(syntax, token->line), hint_bare(token->text),
			    "%s stands without quotes; a value is a \"text\", true or false",
			    token->text);
		syntax->at++;
	} else {
		problem_add(syntax->problems,
		    at_line(syntax, syntax->at > token ? token->line : (token - 1)->line), NULL,
		    "a value is missing after \"%s\"", name);
		if (!is_closing(token) && token->type != TOKEN_END && !is_mark(token, ';') &&
		    !is_mark(token, ','))
			syntax->at++;
	}
}

void
lint_syntax(
    struct arena *arena, const char *file, const struct tokens *tokens, struct problems *problems)
{
	struct syntax syntax = {
		.arena = arena, .file = file, .problems = problems, .at = tokens->v, .first = tokens->v,
		.unclosed = tokens->unclosed
	};
	size_t i, kept = problems->n;
	const size_t before = problems->n;

	settings(&syntax, '\0', 0);
	for (i = before; i < problems->n; i++)
		if (tokens->unclosed == 0 || problems->v[i].where.line < tokens->unclosed)
			problems->v[kept++] = problems->v[i];
	problems->n = kept;
}
