/*
 * Source text of a rule file to tokens.  Used by advicectl check and by core
 * when it loads packs.  Pure.
 * Invariant: a text never runs over the end of its line, so that an unclosed
 * quote costs its own line only.
 * Fails: never; what is wrong goes to the problems.
 */
#include <ctype.h>
#include <string.h>

#include "rule/lint.h"

struct scan {
	struct arena	*arena;
	const char	*file, *at, *text, *token;	/* at: what comes next; token: where this one began */
	int		 line;
	struct problems	*problems;
	struct tokens	*tokens;
};

static struct where
here(const struct scan *scan)
{
	return (struct where){ scan->file, scan->line };
}

/* Bytes of the curly quote that stands at p, or 0. */
static size_t
curly_quote(const char *p)
{
	static const char *const quotes[] = { "\u201c", "\u201d", "\u201e", "\u201f", "\u2018",
		"\u2019" };
	size_t i;

	for (i = 0; i < sizeof quotes / sizeof *quotes; i++)
		if (str_starts(p, quotes[i]))
			return strlen(quotes[i]);
	return 0;
}

static bool
has_curly_quote(const char *text)
{
	return strstr(text, "\u201c") != NULL || strstr(text, "\u201d") != NULL;
}

/* A tab counts as eight. */
static int
columns_before(const struct scan *scan, const char *p)
{
	const char *start = p;
	int columns = 0;

	while (start > scan->text && start[-1] != '\n')
		start--;
	for (; start < p; start++)
		columns = *start == '\t' ? columns / 8 * 8 + 8 : columns + 1;
	return columns;
}

static struct token *
token_add(struct scan *scan, enum token_type type, const char *start, size_t len)
{
	struct token *token = arena_push(scan->arena, scan->tokens->v, scan->tokens->n);

	token->type = type;
	token->text = arena_strndup(scan->arena, start, len);
	token->line = scan->line;
	token->indent = scan->tokens->n < 2 || token[-1].line != scan->line ? columns_before(scan, scan->token) : -1;
	token->closed = true;
	return token;
}

/*
 * A curly quote at p that was meant to close a text: a comma or bracket
 * follows, and the straight quotes behind it on the line pair up without it.
 */
static bool
closes_in_error(const char *p)
{
	size_t len = curly_quote(p), straight = 0;

	if (len == 0)
		return false;
	p += len;
	p += strspn(p, " \t\r");
	if (*p != '\0' && strchr(",;]})\n", *p) == NULL)
		return false;
	for (; *p != '\0' && *p != '\n'; p++)
		if (*p == '"')
			straight++;
	return straight % 2 == 0;
}

/*
 * An odd number of quotes on a line: the last text has no end, but the quote may
 * be missing further to the left, where a text seems to hold the next setting.
 */
static void
not_closed(struct scan *scan, const struct token *token)
{
	const struct token *first;
	size_t i, len;

	for (i = scan->tokens->n; i > 0 && scan->tokens->v[i - 1].line == token->line; i--)
		;
	for (first = &scan->tokens->v[i]; first < token; first++) {
		len = strlen(first->text);
		while (len > 0 && first->text[len - 1] == ' ')
			len--;
		if (first->type == TOKEN_TEXT && len > 0 && strchr("=,[{(:", first->text[len - 1]) != NULL)
			break;
	}
	len = strcspn(first->text, ";,}])");
	if (scan->tokens->unclosed == 0 && (first < token || strpbrk(token->text, "{}[]()") != NULL))
		scan->tokens->unclosed = scan->line;
	problem_add(scan->problems, here(scan), first < token && len > 0 ? arena_printf(scan->arena,
	    "perhaps behind \"%.*s", (int)(len < 40 ? len : 40), first->text) :
	    "a text ends with \" on the line on which it begins",
	    "a text is not closed: \"%.40s", first->text);
}

/* "..." up to its closing quote, or, with a report, to the end of the line. */
static void
scan_text(struct scan *scan)
{
	const char *start = ++scan->at;
	struct token *token;

	while (*scan->at != '\0' && *scan->at != '\n' && *scan->at != '"' &&
	       !closes_in_error(scan->at)) {
		if (*scan->at == '\\' && scan->at[1] != '\0' && scan->at[1] != '\n')
			scan->at++;
		scan->at++;
	}
	token = token_add(scan, TOKEN_TEXT, start, (size_t)(scan->at - start));
	if (*scan->at == '"') {
		scan->at++;
		if (has_curly_quote(token->text))
			problem_warn(scan->problems, here(scan),
			    "quotes around a text are straight: \"",
			    "a curly quote stands inside the text \"%.60s\"", token->text);
		return;
	}
	token->closed = false;
	if (curly_quote(scan->at) > 0) {
		problem_add(scan->problems, here(scan),
		    "word processors put in curly quotes; a plain text editor does not",
		    "the text \"%.40s ends with a curly quote; it must end with a straight one: \"",
		    token->text);
		scan->at += curly_quote(scan->at);
	} else
		not_closed(scan, token);
}

/* A text in quotes of the wrong sort, taken as a text so that the rest can be read. */
static void
scan_wrong_quotes(struct scan *scan, size_t len)
{
	const char *start = scan->at += len;
	size_t close = 0;

	while (*scan->at != '\0' && *scan->at != '\n' && *scan->at != '"' && *scan->at != '\'' &&
	    (close = curly_quote(scan->at)) == 0)
		scan->at++;
	problem_add(scan->problems, here(scan),
	    "word processors put in curly quotes; a plain text editor does not",
	    "%s found; a text stands in straight double quotes, \"like this\"",
	    len > 1 ? "curly quotes" : "single quotes");
	token_add(scan, TOKEN_TEXT, start, (size_t)(scan->at - start));
	if (close > 0)
		scan->at += close;
	else if (*scan->at == '"' || *scan->at == '\'')
		scan->at++;
}

static void
scan_long_comment(struct scan *scan)
{
	struct where opened = here(scan);

	for (scan->at += 2; *scan->at != '\0'; scan->at++) {
		if (scan->at[0] == '*' && scan->at[1] == '/') {
			scan->at += 2;
			return;
		}
		if (*scan->at == '\n')
			scan->line++;
	}
	problem_add(scan->problems, opened, "close it with */, or begin each line with #",
	    "a comment that begins with /* is not closed");
}

static bool
word_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '*' || c == '.' ||
	       c == '+' || (unsigned char)c >= 0x80;
}

static bool
is_number(const char *text)
{
	if (*text == '-' || *text == '+')
		text++;
	return isdigit((unsigned char)*text) &&
	       text[strspn(text, "0123456789.abcdefABCDEFxXlL+-")] == '\0';
}

static void
scan_word(struct scan *scan)
{
	const char *start = scan->at;
	struct token *token;

	while (
	    word_char(*scan->at) && curly_quote(scan->at) == 0 && !str_starts(scan->at, "\u00a0"))
		scan->at++;
	token = token_add(scan, TOKEN_NAME, start, (size_t)(scan->at - start));
	if (is_number(token->text))
		token->type = TOKEN_NUMBER;
}

/* @include is not ours: what packs share is said with extends. What follows goes with it. */
static void
scan_include(struct scan *scan)
{
	if (str_starts(scan->at, "@include"))
		problem_add(scan->problems, here(scan),
		    "what several packs share stands in one of them; the others say "
		    "extends = \"NAME\"",
		    "@include is not allowed");
	else
		problem_add(scan->problems, here(scan), NULL,
		    "\"@\" stands outside a text; texts stand in quotes");
	scan->at += strcspn(scan->at, str_starts(scan->at, "@include") ? "\n" : " \t\r\n,;)]}");
}

static void
scan_mark(struct scan *scan)
{
	if (strchr("=:;,{}[]()", *scan->at) != NULL)
		token_add(scan, TOKEN_MARK, scan->at, 1)->mark = *scan->at;
	else
		problem_add(scan->problems, here(scan),
		    "texts stand in quotes, comments begin with #", "\"%c\" has no meaning here",
		    isprint((unsigned char)*scan->at) ? *scan->at : '?');
	scan->at++;
}

static void
scan_token(struct scan *scan)
{
	size_t len;

	scan->token = scan->at;
	if (*scan->at == '"')
		scan_text(scan);
	else if (*scan->at == '\'')
		scan_wrong_quotes(scan, 1);
	else if ((len = curly_quote(scan->at)) > 0)
		scan_wrong_quotes(scan, len);
	else if (*scan->at == '#' || str_starts(scan->at, "//"))
		scan->at += strcspn(scan->at, "\n");
	else if (str_starts(scan->at, "/*"))
		scan_long_comment(scan);
	else if (*scan->at == '@')
		scan_include(scan);
	else if (str_starts(scan->at, "\u00a0")) /* a hard space, as word processors put in */
		scan->at += 2;
	else if (word_char(*scan->at))
		scan_word(scan);
	else
		scan_mark(scan);
}

void
lint_scan(struct arena *arena, const char *file, const char *text, struct problems *problems,
    struct tokens *tokens_r)
{
	struct scan scan = { arena, file, text, text, text, 1, problems, tokens_r };

	*tokens_r = (struct tokens){ NULL, 0, 0 };
	while (*scan.at != '\0') {
		if (*scan.at == '\n')
			scan.line++;
		if (isspace((unsigned char)*scan.at))
			scan.at++;
		else
			scan_token(&scan);
	}
	token_add(&scan, TOKEN_END, "", 0);
}
