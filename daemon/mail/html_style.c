/*
 * What a tag's attributes hide: see html_style.h.  Runs in adviced-parse; pure.
 * Invariant: of a style no more than STYLE_MOST bytes are read, the rest as if
 * it were not there.
 * Fails: never; what is not understood hides nothing.
 */
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "mail/html.h"
#include "mail/html_style.h"

#define STYLE_MOST	4096
#define NEAR		12	/* of 255, in each of red, green and blue */
#define FAR		(-500)	/* pixels: off any page */
#define SMALLEST	2	/* pixels or points */

/* What only counts together with another declaration. */
struct box {
	bool	positioned, far, flat, clipped;
};

/* --- values ------------------------------------------------------------ */

static int
colour_hex(const char *s)
{
	size_t len = strspn(s, "0123456789abcdef");
	unsigned long v = strtoul(s, NULL, 16);

	if ((len == 4 && (v & 0xf) == 0) || (len == 8 && (v & 0xff) == 0))
		return COLOUR_TRANSPARENT;
	if (len == 4 || len == 8)
		v >>= len;
	if (len == 3 || len == 4)
		return (int)((v & 0xf00) * 0x1100 + (v & 0xf0) * 0x110 + (v & 0xf) * 0x11);
	return len == 6 || len == 8 ? (int)v : COLOUR_UNKNOWN;
}

/* "rgb(255,255,255)", "rgba(0,0,0,0)" */
static int
colour_rgb(const char *s)
{
	double v[4] = { 0, 0, 0, 1 };
	char *end;
	int i;

	s = strchr(s, '(');
	for (i = 0; s != NULL && i < 4; i++) {
		v[i] = strtod(s + 1, &end);
		if (*end == '%') {
			v[i] *= i < 3 ? 2.55 : 0.01;
			end++;
		}
		if (i < 3 && !(v[i] >= 0 && v[i] <= 255))
			return COLOUR_UNKNOWN;
		s = *end == ',' || *end == '/' ? end : NULL;
	}
	if (i < 3)
		return COLOUR_UNKNOWN;
	return v[3] < 0.05 ? COLOUR_TRANSPARENT : (int)v[0] << 16 | (int)v[1] << 8 | (int)v[2];
}

/* The colour at the beginning of a value that has no blanks and no capitals. */
static int
colour_of(const char *s)
{
	static const struct { const char *name; int colour; } names[] = {
		{ "inherit", COLOUR_UNSET }, { "initial", COLOUR_UNSET }, { "unset", COLOUR_UNSET },
		{ "none", COLOUR_UNSET }, { "transparent", COLOUR_TRANSPARENT }, { "whitesmoke", 0xf5f5f5 },
		{ "white", 0xffffff }, { "snow", 0xfffafa }, { "ivory", 0xfffff0 }, { "ghostwhite", 0xf8f8ff },
		{ "floralwhite", 0xfffaf0 }, { "black", 0 }, { "red", 0xff0000 }, { "yellow", 0xffff00 },
		{ "blue", 0x0000ff }, { "green", 0x008000 }, { "gray", 0x808080 }, { "grey", 0x808080 },
		{ "silver", 0xc0c0c0 }, { "navy", 0x000080 },
	};
	size_t i;

	if (*s == '#')
		return colour_hex(s + 1);
	if (strncmp(s, "rgb", 3) == 0)
		return colour_rgb(s);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_starts(s, names[i].name))
			return names[i].colour;
	return COLOUR_UNKNOWN;
}

/* A background that is see-through is none. */
static int
background_of(const char *s)
{
	int colour = strstr(s, "url(") != NULL || strstr(s, "gradient") != NULL ? COLOUR_UNKNOWN : colour_of(s);

	return colour == COLOUR_TRANSPARENT ? COLOUR_UNSET : colour;
}

/* Sizes in proportion to the text around say nothing, unless they are next to nothing. */
static enum font_size
size_of(const char *s)
{
	char *end;
	double v = strtod(s, &end);

	if (end == s)
		return str_starts(s, "inherit") ? FONT_UNSET : FONT_READABLE;
	if (*end == '%')
		return v <= 10 ? FONT_TINY : FONT_UNSET;
	if (str_starts(end, "em") || str_starts(end, "ex"))
		return v <= 0.1 ? FONT_TINY : FONT_UNSET;
	if (str_starts(end, "rem"))
		return v <= 0.1 ? FONT_TINY : FONT_READABLE;
	return v <= SMALLEST ? FONT_TINY : FONT_READABLE;
}

static double
number_of(const char *s, double otherwise)
{
	char *end;
	double v = strtod(s, &end);

	return end == s ? otherwise : v;
}

/* --- declarations ------------------------------------------------------ */

static bool
hides(const char *name, const char *value)
{
	static const struct { const char *name, *value; } rows[] = {
		{ "display", "none" }, { "mso-hide", "all" }, { "visibility", "hidden" }, { "visibility", "collapse" },
		{ "clip", "rect(0" }, { "transform", "scale(0)" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(name, rows[i].name) == 0 && str_starts(value, rows[i].value))
			return true;
	return (strcmp(name, "opacity") == 0 && number_of(value, 1) < 0.05) ||
	    (strcmp(name, "max-height") == 0 && number_of(value, 1) <= 0) ||
	    (strcmp(name, "text-indent") == 0 && number_of(value, 0) <= FAR);
}

static void
take_box(struct box *box, const char *name, const char *value)
{
	if (strcmp(name, "position") == 0)
		box->positioned = str_starts(value, "absolute") || str_starts(value, "fixed") ||
		    str_starts(value, "relative");
	else if (strcmp(name, "left") == 0 || strcmp(name, "top") == 0 || strcmp(name, "right") == 0 ||
	    strcmp(name, "bottom") == 0)
		box->far |= number_of(value, 0) <= FAR;
	else if (strcmp(name, "height") == 0 || strcmp(name, "width") == 0 || strcmp(name, "max-width") == 0)
		box->flat |= number_of(value, 100) <= 0;
	else if (str_starts(name, "overflow"))
		box->clipped |= str_starts(value, "hidden");
}

static void
take_declaration(struct html_style *style, struct box *box, const char *name, const char *value)
{
	if (strcmp(name, "color") == 0)
		style->colour = colour_of(value);
	else if (strcmp(name, "background") == 0 || strcmp(name, "background-color") == 0)
		style->background = background_of(value);
	else if (strcmp(name, "background-image") == 0 && !str_starts(value, "none"))
		style->background = COLOUR_UNKNOWN;
	else if (strcmp(name, "font-size") == 0)
		style->size = size_of(value);
	else if (strcmp(name, "font") == 0 && value[strcspn(value, "0123456789")] != '\0')
		style->size = size_of(value + strcspn(value, "0123456789"));
	else if (hides(name, value))
		style->hidden = true;
	else
		take_box(box, name, value);
}

/* A style without blanks, comments and capitals, entities as what they stand for. */
static void
read_style(struct html_style *style, const char *s, const char *end)
{
	char text[STYLE_MOST + 1], *at, *next, *value;
	struct box box = { false, false, false, false };
	size_t n = 0, len;
	unsigned code;

	for (; s < end && n < STYLE_MOST; s += len) {
		const char *close;

		code = (unsigned char)*s;
		len = 1;
		if (*s == '&' && (len = html_entity(s, &code)) == 0)
			len = 1;
		if (code == '/' && end - s > 1 && s[1] == '*') {
			close = memmem(s + 2, (size_t)(end - s - 2), "*/", 2);
			len = close == NULL ? (size_t)(end - s) : (size_t)(close + 2 - s);
		} else if (code > ' ' && code < 0x7f)
			text[n++] = (char)tolower((int)code);
	}
	text[n] = '\0';
	for (at = text; *at != '\0'; at = next) {
		next = at + strcspn(at, ";");
		if (*next != '\0')
			*next++ = '\0';
		value = strchr(at, ':');
		if (value == NULL)
			continue;
		*value++ = '\0';
		take_declaration(style, &box, at, value);
	}
	style->hidden |= (box.positioned && box.far) || (box.flat && box.clipped);
}

/* --- attributes -------------------------------------------------------- */

static void
take_attribute(struct html_style *style, const char *element, const char *name, const char *value, const char *end)
{
	char text[32];
	size_t i, len = (size_t)(end - value) < sizeof(text) - 1 ? (size_t)(end - value) : sizeof(text) - 1;

	for (i = 0; i < len; i++)
		text[i] = (char)tolower((unsigned char)value[i]);
	text[len] = '\0';
	if (strcmp(name, "style") == 0)
		read_style(style, value, end);
	else if (strcmp(name, "hidden") == 0)
		style->hidden = true;
	else if (strcmp(name, "bgcolor") == 0)
		style->background = style->background == COLOUR_UNSET ? background_of(text) : style->background;
	else if (strcmp(name, "background") == 0 && len > 0)
		style->background = COLOUR_UNKNOWN;
	else if (strcmp(element, "font") == 0 && strcmp(name, "color") == 0 && style->colour == COLOUR_UNSET)
		style->colour = strspn(text, "0123456789abcdef") == 6 ? colour_hex(text) : colour_of(text);
	else if (strcmp(element, "font") == 0 && strcmp(name, "size") == 0 && style->size == FONT_UNSET)
		style->size = FONT_READABLE;
}

void
html_style_read(const char *element, const char *s, const char *end, struct html_style *style_r)
{
	char name[24];
	const char *value, *value_end;
	size_t n;

	*style_r = (struct html_style){ false, COLOUR_UNSET, COLOUR_UNSET, FONT_UNSET };
	while (s < end && !isspace((unsigned char)*s) && *s != '"' && *s != '\'')
		s++;
	while (s < end) {
		for (; s < end && (isspace((unsigned char)*s) || strchr("/=>\"'", *s) != NULL); s++)
			;
		for (n = 0; s < end && !isspace((unsigned char)*s) && strchr("=/>", *s) == NULL; s++)
			if (n + 1 < sizeof(name))
				name[n++] = (char)tolower((unsigned char)*s);
		name[n] = '\0';
		for (value = s; value < end && isspace((unsigned char)*value); value++)
			;
		if (value == end || *value != '=') {
			take_attribute(style_r, element, name, s, s);
			continue;
		}
		for (value++; value < end && isspace((unsigned char)*value); value++)
			;
		if (value < end && (*value == '"' || *value == '\'')) {
			value_end = memchr(value + 1, *value, (size_t)(end - value - 1));
			value++;
			value_end = value_end == NULL ? end : value_end;
		} else
			for (value_end = value; value_end < end && !isspace((unsigned char)*value_end); value_end++)
				;
		take_attribute(style_r, element, name, value, value_end);
		s = value_end;
	}
}

bool
html_same_colour(int a, int b)
{
	int shift;

	for (shift = 0; shift <= 16; shift += 8)
		if (abs((a >> shift & 0xff) - (b >> shift & 0xff)) > NEAR)
			return false;
	return true;
}
