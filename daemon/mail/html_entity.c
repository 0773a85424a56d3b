/*
 * HTML's entities as code points: see html.h.  Runs in adviced-parse; pure.
 * Invariant: spaces of every width are a space, marks without width nothing.
 * Fails: never; what is no entity is text.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mail/html.h"

static const struct {
	const char	*name;
	unsigned	 code;
} entities[] = {
	{ "nbsp", 0x20 }, { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' },
	{ "ndash", 0x2013 }, { "mdash", 0x2014 }, { "lsquo", 0x2018 }, { "rsquo", 0x2019 },
	{ "sbquo", 0x201a }, { "ldquo", 0x201c }, { "rdquo", 0x201d }, { "bdquo", 0x201e },
	{ "hellip", 0x2026 }, { "bull", 0x2022 }, { "middot", 0xb7 }, { "pound", 0xa3 }, { "euro", 0x20ac },
	{ "copy", 0xa9 }, { "reg", 0xae }, { "trade", 0x2122 }, { "deg", 0xb0 }, { "times", 0xd7 },
	{ "laquo", 0xab }, { "raquo", 0xbb }, { "frac12", 0xbd }, { "frac14", 0xbc }, { "frac34", 0xbe },
	{ "sect", 0xa7 }, { "para", 0xb6 }, { "plusmn", 0xb1 }, { "ordm", 0xba }, { "ordf", 0xaa },
	{ "ensp", 0x20 }, { "emsp", 0x20 }, { "thinsp", 0x20 }, { "zwnj", 0 }, { "zwj", 0 }, { "shy", 0 },
	{ "Agrave", 0xc0 }, { "Aacute", 0xc1 }, { "Acirc", 0xc2 }, { "Atilde", 0xc3 }, { "Auml", 0xc4 },
	{ "Aring", 0xc5 }, { "AElig", 0xc6 }, { "Ccedil", 0xc7 }, { "Egrave", 0xc8 }, { "Eacute", 0xc9 },
	{ "Ecirc", 0xca }, { "Euml", 0xcb }, { "Igrave", 0xcc }, { "Iacute", 0xcd }, { "Icirc", 0xce },
	{ "Iuml", 0xcf }, { "Ntilde", 0xd1 }, { "Ograve", 0xd2 }, { "Oacute", 0xd3 }, { "Ocirc", 0xd4 },
	{ "Otilde", 0xd5 }, { "Ouml", 0xd6 }, { "Oslash", 0xd8 }, { "Ugrave", 0xd9 }, { "Uacute", 0xda },
	{ "Ucirc", 0xdb }, { "Uuml", 0xdc }, { "Yacute", 0xdd }, { "szlig", 0xdf }, { "agrave", 0xe0 },
	{ "aacute", 0xe1 }, { "acirc", 0xe2 }, { "atilde", 0xe3 }, { "auml", 0xe4 }, { "aring", 0xe5 },
	{ "aelig", 0xe6 }, { "ccedil", 0xe7 }, { "egrave", 0xe8 }, { "eacute", 0xe9 }, { "ecirc", 0xea },
	{ "euml", 0xeb }, { "igrave", 0xec }, { "iacute", 0xed }, { "icirc", 0xee }, { "iuml", 0xef },
	{ "eth", 0xf0 }, { "ntilde", 0xf1 }, { "ograve", 0xf2 }, { "oacute", 0xf3 }, { "ocirc", 0xf4 },
	{ "otilde", 0xf5 }, { "ouml", 0xf6 }, { "oslash", 0xf8 }, { "ugrave", 0xf9 }, { "uacute", 0xfa },
	{ "ucirc", 0xfb }, { "uuml", 0xfc }, { "yacute", 0xfd }, { "yuml", 0xff },
};

size_t
html_entity(const char *s, unsigned *code_r)
{
	size_t len = 1, i;

	if (s[1] == '#') {
		bool hex = s[2] == 'x' || s[2] == 'X';
		char *end;
		unsigned long code = strtoul(s + (hex ? 3 : 2), &end, hex ? 16 : 10);

		if (end == s + (hex ? 3 : 2) || end - s > 12)
			return 0;
		*code_r = code == 0xa0 ? ' ' : code > 0x10ffff || code == 0 ? 0xfffd : (unsigned)code;
		if (code == 0x92 || code == 0x91)
			*code_r = 0x2018 + (unsigned)(code - 0x91);
		else if (code == 0x93 || code == 0x94)
			*code_r = 0x201c + (unsigned)(code - 0x93);
		else if (code == 0x96 || code == 0x97)
			*code_r = 0x2013 + (unsigned)(code - 0x96);
		return (size_t)(end - s) + (*end == ';' ? 1 : 0);
	}
	while (isalnum((unsigned char)s[len]) && len < 12)
		len++;
	for (i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (strlen(entities[i].name) == len - 1 && strncmp(s + 1, entities[i].name, len - 1) == 0) {
			*code_r = entities[i].code;
			return len + (s[len] == ';' ? 1 : 0);
		}
	return 0;
}
