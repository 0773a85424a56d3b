/*
 * NHS numbers and UPNs: see facts.h.  Runs in adviced-parse; pure.
 * Invariant: ten digits are an NHS number only next to "NHS" and with the
 * right check digit; a UPN needs its check letter.  Telephone numbers are
 * neither.
 * Fails: never; a labelled number that does not check gets a remark.
 */
#include <string.h>

#include <glib.h>

#include "mail/facts_private.h"
#include "mail/identifier.h"

#define NHS_DIGITS	10
#define UPN_LENGTH	13
#define GAP_MAX		4	/* bytes between two digits: a cell, a wide dash */

/* What may stand between two digits of one number. */
static size_t
gap(const char *s)
{
	size_t n = 0, len;
	int line_ends = 0;

	while (n < GAP_MAX) {
		if ((len = text_blank(s + n)) > 0 || (len = text_dash(s + n)) > 0)
			n += len;
		else if (strchr(".\t|", s[n]) != NULL && s[n] != '\0')
			n++;
		else if (s[n] == '\n' && line_ends++ == 0)
			n++;
		else
			break;
	}
	return n;
}

/* Up to max letters and digits of a number in groups; the bytes that they take. */
static size_t
characters(const char *s, size_t max, bool letters, char *out)
{
	size_t n = 0, at = 0, end = 0, len;

	while (n < max) {
		if (!g_ascii_isdigit(s[at]) && !(letters && g_ascii_isalpha(s[at])))
			break;
		out[n++] = (char)g_ascii_toupper(s[at++]);
		end = at;
		len = n < max ? gap(s + at) : 0;
		/* A number goes on in the next line or cell only where that holds no word. */
		if (len > 0 && letters && memchr(s + at, '\n', len) != NULL)
			break;
		at += len;
	}
	out[n] = '\0';
	return n == max ? end : 0;
}

/* Digits behind the tenth: a longer number, unless they stand in a cell of their own. */
static bool
goes_on(const char *s)
{
	size_t n = 0, len;

	if (text_letter(s) > 0)
		return true;
	while ((len = text_dash(s + n)) > 0 || s[n] == '.')
		n += len > 0 ? len : 1;
	return n > 0 && g_ascii_isdigit(s[n]);
}

size_t
nhs_value(const struct search *search, const char *s, bool labelled)
{
	char digits[NHS_DIGITS + 1];
	size_t taken = characters(s, NHS_DIGITS, false, digits);

	if (taken == 0 || goes_on(s + taken))
		return 0;
	if (nhs_number_is_valid(digits)) {
		fact_say(search, SAID_NHS_NUMBER, arena_strdup(search->arena, digits), s, taken);
		return taken;
	}
	if (labelled && strspn(digits, (char[]){ digits[0], '\0' }) != NHS_DIGITS)
		fact_remark(search, "An NHS number has a wrong check digit; it was not used.");
	return 0;
}

/* "943 476 5919 (NHS)" */
static bool
is_called_nhs(const char *s)
{
	s += text_blanks(s);
	s += *s == '(' || *s == '[';
	return text_phrase(s, "nhs") > 0;
}

static const char *
digits_first(const struct search *search, const char *s)
{
	char digits[NHS_DIGITS + 1];
	size_t taken;

	if (!g_ascii_isdigit(*s) || (s > search->text && strchr("-+/.", s[-1]) != NULL))
		return s;
	taken = characters(s, NHS_DIGITS, false, digits);
	if (taken == 0 || !is_called_nhs(s + taken) || label_is_others(search, s) || !nhs_number_is_valid(digits))
		return s;
	fact_say(search, SAID_NHS_NUMBER, arena_strdup(search->arena, digits), s, taken);
	return s + taken;
}

const char *
nhs_find(const struct search *search, const char *s)
{
	size_t label = label_of_nhs(s), taken;
	const char *value;
	bool marked;

	if (label == 0)
		return digits_first(search, s);
	value = text_past_label(s + label, text_at_cell(search->text, s), &marked);
	if (!g_ascii_isdigit(*value) || label_is_others(search, s))
		return s;
	if ((taken = nhs_value(search, value, true)) == 0)
		return s;
	name_before(search, s);
	return value + taken;
}

/* A letter, eleven digits, a digit or letter. */
static bool
has_shape(const char *upn)
{
	return g_ascii_isalpha(upn[0]) && strspn(upn + 1, "0123456789") >= UPN_LENGTH - 2;
}

size_t
upn_value(const struct search *search, const char *s, bool labelled)
{
	char upn[UPN_LENGTH + 1];
	size_t taken = characters(s, UPN_LENGTH, true, upn);

	if (taken == 0 || text_letter(s + taken) > 0 || !has_shape(upn) || (!labelled && taken != UPN_LENGTH))
		return 0;
	if (upn_is_valid(upn)) {
		fact_say(search, SAID_UPN, arena_strdup(search->arena, upn), s, taken);
		return taken;
	}
	if (labelled)
		fact_remark(search, "A UPN has a wrong check letter; it was not used.");
	return 0;
}

const char *
upn_find(const struct search *search, const char *s)
{
	size_t label = label_of_upn(s), taken;
	const char *value = s;
	bool marked;

	if ((label == 0 && !(g_ascii_isalpha(*s) && g_ascii_isdigit(s[1]))) || label_is_others(search, s))
		return s;
	if (label > 0)
		value = text_past_label(s + label, text_at_cell(search->text, s), &marked);
	if ((taken = upn_value(search, value, label > 0)) == 0)
		return s;
	if (label > 0)
		name_before(search, s);
	return value + taken;
}
