/*
 * The names of character sets, and the C library's converters for them: see
 * charset_names.h.  Runs in adviced-parse.  The tables and open converters at
 * file scope are the one thing kept there: they must be made before the
 * sandbox closes, and parse_start() is called once, long before any mail.
 * Invariant: after charset_start() and charset_start_rest() nothing here opens a file.
 * Fails: never; a set that the C library lacks is one that is not known.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

#include "mail/charset.h"
#include "mail/charset_names.h"
#include "mail/parse_rest.h"

/*
 * One byte, one character: read into a table at the start and closed again,
 * which keeps the process small that is forked for every mail.  Labels are
 * folded (charset_label).
 */
static const struct {
	const char	*iconv;		/* the C library's name */
	const char	*labels;	/* as folded, a space before and after each */
	bool		 latin;		/* two accents in a row are no word: UTF-8 under a wrong name is plain to see */
} singles[] = {
	{ "ISO-8859-2", " iso88592 latin2 l2 isolatin2 cp912 isoir101 ", true },
	{ "ISO-8859-3", " iso88593 latin3 l3 isolatin3 cp913 isoir109 ", true },
	{ "ISO-8859-4", " iso88594 latin4 l4 isolatin4 cp914 isoir110 ", true },
	{ "ISO-8859-5", " iso88595 cyrillic isolatincyrillic cp915 isoir144 ", false },
	{ "ISO-8859-6", " iso88596 iso88596i iso88596e arabic isolatinarabic asmo708 ecma114 cp1089 isoir127 ", false },
	{ "ISO-8859-7", " iso88597 greek greek8 isolatingreek elot928 ecma118 cp813 isoir126 ", false },
	{ "ISO-8859-8", " iso88598 iso88598i iso88598e hebrew isolatinhebrew logical visual cp916 isoir138 ", false },
	{ "CP1254", " iso88599 latin5 l5 isolatin5 cp1254 cp920 isoir148 ecma128 turkish msturk ", true },
	{ "ISO-8859-9E", " iso88599e ", true },
	{ "ISO-8859-10", " iso885910 latin6 l6 isolatin6 isoir157 ", true },
	{ "ISO-8859-13", " iso885913 latin7 l7 baltic isoir179 ", true },
	{ "ISO-8859-14", " iso885914 latin8 l8 isoceltic isoir199 ", true },
	{ "ISO-8859-15", " iso885915 latin9 l9 cp923 isoir203 ", true },
	{ "ISO-8859-16", " iso885916 latin10 l10 isoir226 ", true },
	{ "CP1250", " cp1250 msee ", true },
	{ "CP1251", " cp1251 mscyrl ", false },
	{ "CP1253", " cp1253 msgreek ", false },
	{ "CP1256", " cp1256 msarab ", false },
	{ "CP1257", " cp1257 winbaltrim ", true },
	{ "CP874", " cp874 tis620 tis6200 tis62025291 tis62025330 iso885911 thai thai8 cp1162 ", false },
	{ "CP437", " cp437 437 pc8codepage437 ", false },
	{ "CP737", " cp737 ", false },
	{ "CP770", " cp770 ", false }, { "CP771", " cp771 ", false }, { "CP772", " cp772 ", false },
	{ "CP773", " cp773 ", false }, { "CP774", " cp774 ", false },
	{ "CP775", " cp775 pc775baltic ", false },
	{ "CP850", " cp850 850 pc850multilingual ", true },
	{ "CP851", " cp851 851 ", false },
	{ "CP852", " cp852 852 pcp852 ", false },
	{ "CP855", " cp855 855 ", false },
	{ "CP856", " cp856 856 ", false },
	{ "CP857", " cp857 857 ", false },
	{ "CP858", " cp858 858 cp00858 ccsid00858 pc858multilingual pcmultilingual850euro ", true },
	{ "CP860", " cp860 860 ", false }, { "CP861", " cp861 861 cpis cpibm861 ", false },
	{ "CP862", " cp862 862 pc862latinhebrew ", false }, { "CP863", " cp863 863 ", false },
	{ "CP864", " cp864 864 ", false }, { "CP865", " cp865 865 ", false },
	{ "CP866", " cp866 866 ", false }, { "CP866NAV", " cp866nav 866nav ", false },
	{ "CP868", " cp868 cpar ", false }, { "CP869", " cp869 869 cpgr ", false },
	{ "CP1125", " cp1125 cp848 ruscii ", false },
	{ "KOI8-R", " koi8r koi8 ", false },
	{ "KOI8-U", " koi8u ", false },
	{ "KOI8-RU", " koi8ru ", false },
	{ "KOI8-T", " koi8t ", false },
	{ "GOST_19768-74", " gost1976874 gost19768 stsev35888 iso153gost1976874 isoir153 ", false },
	{ "ECMA-CYRILLIC", " ecmacyrillic iso111ecmacyrillic isoir111 ", false },
	{ "MIK", " mik ", false },
	{ "MACINTOSH", " macintosh macroman mac cp10000 ", true },
	{ "MAC-CENTRALEUROPE", " macce maccentraleurope maccentraleurroman cp10029 cp1282 ", true },
	{ "CP10007", " maccyrillic cp10007 msmaccyrillic ", false },
	{ "MAC-UK", " macuk macukrainian ", false },
	{ "MAC-IS", " macis macicelandic ", true },
	{ "MAC-SAMI", " macsami ", true },
	{ "WIN-SAMI-2", " winsami2 samiws2 ws2 ", true },
	{ "ISO-IR-197", " isoir197 ", true }, { "ISO-IR-209", " isoir209 ", true },
	{ "VISCII", " viscii viscii111 ", false },
	{ "ARMSCII-8", " armscii8 ", false },
	{ "GEORGIAN-ACADEMY", " georgianacademy ", false },
	{ "GEORGIAN-PS", " georgianps ", false },
	{ "PT154", " pt154 ptcp154 cp154 cyrillicasian ", false },
	{ "RK1048", " rk1048 kz1048 strk10482002 ", false },
	{ "HP-ROMAN8", " hproman8 roman8 r8 cp1051 ", true }, { "HP-ROMAN9", " hproman9 roman9 r9 ", true },
	{ "HP-GREEK8", " hpgreek8 ", false }, { "HP-THAI8", " hpthai8 ", false },
	{ "HP-TURKISH8", " hpturkish8 turkish8 ", false },
	{ "DEC-MCS", " decmcs dec ", true },
	{ "OS2LATIN1", " os2latin1 cp1004 ", true },
	{ "CWI", " cwi cwi2 ", true },
	{ "CSN_369103", " csn369103 iso139csn369103 isoir139 ", true },
	{ "ISIRI-3342", " isiri3342 ", false },
	{ "IEC_P27-1", " iecp271 iso143iecp271 isoir143 ", false },
	{ "GREEK-CCITT", " greekccitt iso150 iso150greekccitt isoir150 ", false },
	{ "INIS", " inis iso49inis isoir49 ", false }, { "INIS-CYRILLIC", " iniscyrillic iso51iniscyrillic isoir51 ", false },
	{ "INIS-8", " inis8 iso50inis8 isoir50 ", false },
	{ "BS_4730", " bs4730 iso646gb gb uk iso4unitedkingdom isoir4 ", false },
	{ "DIN_66003", " din66003 iso646de de iso21german isoir21 ia5german iasgerman ", false },
	{ "SEN_850200_B", " sen850200b iso646se se fi iso646fi ss636127 iso10swedish isoir10 ia5swedish ", false },
	{ "NS_4551-1", " ns45511 iso646no no iso60norwegian1 iso60danishnorwegian isoir60 ia5norwegian ", false },
	{ "NF_Z_62-010", " nfz62010 iso646fr fr iso69french isoir69 ", false },
	{ "IT", " it iso646it iso15italian isoir15 ", false },
	{ "ES", " es iso646es iso17spanish isoir17 ", false },
	{ "DS_2089", " ds2089 iso646dk dk iso646danish ", false },
	{ "JIS_C6220-1969-RO", " jisc62201969ro iso646jp jp iso14jisc6220ro isoir14 ", false },
};
#define SINGLES (sizeof(singles) / sizeof(singles[0]))

/* Several bytes a character, or a memory: these stay open.  Two may go by one label: they are tried in order. */
static const struct {
	const char	*iconv, *labels;
} converters[] = {
	{ "EUC-JP-MS", " eucjp eucjpms eucjpopen eucjpwin ujis eucpkdfmtjapanese extendedunixcodepackedformatforjapanese " },
	{ "CP932", " shiftjis sjis cp932 cp31j mskanji cp943 sjisopen sjiswin " },
	{ "SHIFT_JISX0213", " shiftjisx0213 shiftjis2004 shiftjis sjis " },
	{ "EUC-JISX0213", " eucjisx0213 eucjis2004 eucjp " },
	{ "ISO-2022-JP-2", " iso2022jp2 " },
	{ "ISO-2022-JP-3", " iso2022jp3 iso2022jp2004 " },
	{ "ISO-2022-KR", " iso2022kr " },
	{ "UHC", " euckr ksc56011987 ksc5601 ksc56011989 ksc56011992 cp949 uhc korean isoir149 kscc5601 mscp949 " },
	{ "JOHAB", " johab cp1361 mscp1361 ksc56011992johab " },
	{ "ISO-2022-CN-EXT", " iso2022cn iso2022cnext " },
	{ "GB18030", " gb18030 gbk gb2312 gb231280 cp936 euccn chinese isoir58 cngb gb18030022 iso58gb231280 gb13000 cp54936 " },
	{ "BIG5", " big5 cnbig5 big5eten bigfive xbig5 cp950 " },
	{ "BIG5-HKSCS", " big5hkscs big5 cnbig5 bigfive " },
	{ "EUC-TW", " euctw " },
	{ "CP1255", " cp1255 mshebr " },
	{ "CP1258", " cp1258 " },
	{ "TCVN5712-1", " tcvn tcvn57121 tcvn5712 tcvn571211993 " },
	{ "TSCII", " tscii " },
	{ "T.61-8BIT", " t61 t618bit iso103t618bit isoir103 " },
	{ "ANSI_X3.110-1983", " ansix31101983 ansix3110 naplps csat5001983 csat500 iso99naplps isoir99 " },
	{ "ISO_6937", " iso6937 iso69372 isoir156 iso69372add " },
	{ "UTF-7", " utf7 unicode11utf7 unicode20utf7 " },
	{ "UTF-7-IMAP", " utf7imap " },
	{ "UTF-16LE", " utf16le ucs2le unicodelittle iso10646ucs2le cp1200 " },
	{ "UTF-16BE", " utf16be ucs2be unicodebig cp1201 " },
	{ "UTF-32LE", " utf32le ucs4le cp12000 " },
	{ "UTF-32BE", " utf32be ucs4be cp12001 ucs4 iso10646ucs4 iso10646 10646119931ucs4 " },
};
#define CONVERTERS (sizeof(converters) / sizeof(converters[0]))

static unsigned short tables[SINGLES][256];	/* U+FFFD where there is no such character */
static bool have_table[SINGLES];
static iconv_t open_converters[CONVERTERS];
static bool started;

/* Windows-1252, 0x80 to 0x9f; 0 where it has no character. */
static const unsigned short windows_1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
	0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
	0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178
};

/* Programs say ISO and mean Windows: no mail holds the controls 0x80 to 0x9f, but many the quotes there. */
unsigned
charset_without_controls(unsigned code)
{
	if (code < 0x80 || code > 0x9f)
		return code;
	return windows_1252[code - 0x80] != 0 ? windows_1252[code - 0x80] : 0xfffd;
}

static bool
read_table(size_t which)
{
	iconv_t cd = iconv_open("UTF-16LE", singles[which].iconv);
	unsigned i;

	if (cd == (iconv_t)-1)
		return false;
	for (i = 0; i < 256; i++) {
		char in = (char)i, *from = &in;
		unsigned char out[8];
		char *to = (char *)out;
		size_t left = 1, room = sizeof(out);

		(void)iconv(cd, NULL, NULL, NULL, NULL);
		if (iconv(cd, &from, &left, &to, &room) == (size_t)-1 || room != sizeof(out) - 2)
			tables[which][i] = 0xfffd;
		else
			tables[which][i] = (unsigned short)charset_without_controls((unsigned)out[0] | (unsigned)out[1] << 8);
	}
	iconv_close(cd);
	return true;
}

void
charset_start(void)
{
	size_t i;

	for (i = 0; i < SINGLES; i++)
		have_table[i] = have_table[i] || read_table(i);
}

void
charset_start_rest(void)
{
	char in[] = "A", out[16];
	size_t i;

	if (started)
		return;
	started = true;
	for (i = 0; i < CONVERTERS; i++) {
		char *from = in, *to = out;
		size_t left = 1, room = sizeof(out);

		open_converters[i] = iconv_open("UTF-8", converters[i].iconv);
		/* One use each: some converters load helpers only when used. */
		if (open_converters[i] != (iconv_t)-1)
			(void)iconv(open_converters[i], &from, &left, &to, &room);
	}
}

/*
 * The label as the tables have it: lower case, letters and digits only,
 * without quotes, an RFC 2231 language, a year, "x-"; "windows-", "ibm" and
 * "ms" before a number are "cp".  A space at either end.
 */
void
charset_label(const char *charset, char *label, size_t size)
{
	static const char *const makers[] = { "windows", "win", "ibm", "ms", "codepage", NULL };
	char folded[CHARSET_LABEL_MAX - 4];
	const char *name = folded, *prefix = "";
	size_t n = 0, i, len;

	charset += strspn(charset, " \t\"'");
	if (strncasecmp(charset, "x-", 2) == 0)
		charset += 2;
	for (; *charset != '\0' && *charset != '*' && *charset != ':' && n + 1 < sizeof(folded); charset++)
		if (g_ascii_isalnum(*charset))
			folded[n++] = g_ascii_tolower(*charset);
	folded[n] = '\0';
	for (i = 0; makers[i] != NULL; i++) {
		len = strlen(makers[i]);
		if (strncmp(folded, makers[i], len) == 0 && g_ascii_isdigit(folded[len])) {
			name = folded + len;
			prefix = "cp";
			break;
		}
	}
	snprintf(label, size, " %s%s ", prefix, name);
}

bool
charset_table(const char *label, struct charset_table *table_r)
{
	size_t i;

	for (i = 0; i < SINGLES; i++)
		if (strstr(singles[i].labels, label) != NULL && have_table[i]) {
			table_r->name = singles[i].iconv;
			table_r->codes = tables[i];
			table_r->latin = singles[i].latin;
			return true;
		}
	return false;
}

iconv_t
charset_converter(const char *label, size_t *next, const char **name_r)
{
	size_t i;

	for (i = *next; i < CONVERTERS; i++)
		if (strstr(converters[i].labels, label) != NULL && parse_rest_loaded() && open_converters[i] != (iconv_t)-1) {
			*name_r = converters[i].iconv;
			*next = i + 1;
			return open_converters[i];
		}
	return (iconv_t)-1;
}
