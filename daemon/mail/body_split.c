/*
 * New text, forwarded text and history: see body.h.  Runs in adviced-parse;
 * pure.
 * Invariant: every line of the text lands in exactly one of the three (the
 * line that says "On ... wrote:" with the history).
 * Fails: never.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "mail/body.h"
#include "mail/headers.h"
#include "mail/subject.h"
#include "mail/words.h"

enum label { LABEL_NONE, LABEL_FROM, LABEL_SENT, LABEL_TO, LABEL_CC, LABEL_SUBJECT };

static const struct {
	const char	*word;
	enum label	 label;
} labels[] = {
	{ "From", LABEL_FROM }, { "Von", LABEL_FROM }, { "De", LABEL_FROM }, { "Van", LABEL_FROM },
	{ "Da", LABEL_FROM }, { "Fra", LABEL_FROM }, { "Från", LABEL_FROM }, { "Od", LABEL_FROM },
	{ "Lähettäjä", LABEL_FROM }, { "Feladó", LABEL_FROM }, { "От", LABEL_FROM },
	{ "Expéditeur", LABEL_FROM }, { "Mittente", LABEL_FROM }, { "Kimden", LABEL_FROM },
	{ "De la", LABEL_FROM }, { "Šalje", LABEL_FROM }, { "Від", LABEL_FROM },
	{ "差出人", LABEL_FROM }, { "发件人", LABEL_FROM },
	{ "Sent", LABEL_SENT }, { "Date", LABEL_SENT }, { "Gesendet", LABEL_SENT },
	{ "Datum", LABEL_SENT }, { "Envoyé", LABEL_SENT }, { "Enviado", LABEL_SENT },
	{ "Enviado el", LABEL_SENT }, { "Enviada em", LABEL_SENT }, { "Enviado em", LABEL_SENT },
	{ "Fecha", LABEL_SENT }, { "Data", LABEL_SENT }, { "Inviato", LABEL_SENT },
	{ "Verzonden", LABEL_SENT }, { "Sendt", LABEL_SENT }, { "Dato", LABEL_SENT },
	{ "Skickat", LABEL_SENT }, { "Wysłane", LABEL_SENT }, { "Wysłano", LABEL_SENT },
	{ "Lähetetty", LABEL_SENT }, { "Päivämäärä", LABEL_SENT }, { "Odesláno", LABEL_SENT },
	{ "Odoslané", LABEL_SENT }, { "Elküldve", LABEL_SENT }, { "Dátum", LABEL_SENT },
	{ "Отправлено", LABEL_SENT }, { "Дата", LABEL_SENT }, { "Tarih", LABEL_SENT },
	{ "Trimis", LABEL_SENT }, { "送信日時", LABEL_SENT }, { "发送时间", LABEL_SENT },
	{ "To", LABEL_TO }, { "An", LABEL_TO }, { "À", LABEL_TO }, { "A", LABEL_TO },
	{ "Para", LABEL_TO }, { "Aan", LABEL_TO }, { "Til", LABEL_TO }, { "Till", LABEL_TO },
	{ "Do", LABEL_TO }, { "Komu", LABEL_TO }, { "Címzett", LABEL_TO }, { "Кому", LABEL_TO },
	{ "Vastaanottaja", LABEL_TO }, { "Kime", LABEL_TO }, { "Către", LABEL_TO },
	{ "Prima", LABEL_TO }, { "Pour", LABEL_TO }, { "宛先", LABEL_TO }, { "收件人", LABEL_TO },
	{ "Cc", LABEL_CC }, { "Bcc", LABEL_CC }, { "Kopie", LABEL_CC }, { "Kopia", LABEL_CC },
	{ "Reply-To", LABEL_CC }, { "Importance", LABEL_CC }, { "Attachments", LABEL_CC },
	{ "Subject", LABEL_SUBJECT }, { "Betreff", LABEL_SUBJECT }, { "Objet", LABEL_SUBJECT },
	{ "Asunto", LABEL_SUBJECT }, { "Assunto", LABEL_SUBJECT }, { "Oggetto", LABEL_SUBJECT },
	{ "Onderwerp", LABEL_SUBJECT }, { "Emne", LABEL_SUBJECT }, { "Ämne", LABEL_SUBJECT },
	{ "Temat", LABEL_SUBJECT }, { "Aihe", LABEL_SUBJECT }, { "Předmět", LABEL_SUBJECT },
	{ "Predmet", LABEL_SUBJECT }, { "Tárgy", LABEL_SUBJECT }, { "Тема", LABEL_SUBJECT },
	{ "Konu", LABEL_SUBJECT }, { "Subiect", LABEL_SUBJECT }, { "件名", LABEL_SUBJECT },
	{ "主题", LABEL_SUBJECT },
};

/* Between dashes ("-----Original Message-----") or, for the second list, alone on a line. */
static const struct {
	const char	*words;
	bool		 forward;
} dashed[] = {
	{ "original message", false }, { "original appointment", false }, { "reply message", false },
	{ "ursprüngliche nachricht", false }, { "original-nachricht", false },
	{ "originalnachricht", false }, { "message d'origine", false }, { "message original", false },
	{ "mensaje original", false }, { "mensagem original", false }, { "messaggio originale", false },
	{ "oorspronkelijk bericht", false }, { "ursprungligt meddelande", false },
	{ "oprindelig meddelelse", false }, { "opprinnelig melding", false },
	{ "původní zpráva", false }, { "wiadomość oryginalna", false },
	{ "forwarded message", true }, { "forwarded by", true }, { "videresendt meddelelse", true },
	{ "treść przekazanej wiadomości", true }, { "перенаправленное сообщение", true },
	{ "перенаправлене повідомлення", true }, { "iletilen ileti", true }, { "mesaj redirecționat", true }, { "weitergeleitete nachricht", true },
	{ "message transféré", true }, { "mensaje reenviado", true }, { "mensagem encaminhada", true },
	{ "messaggio inoltrato", true }, { "doorgestuurd bericht", true },
	{ "vidarebefordrat meddelande", true }, { "videresendt", true }, { "przekazana wiadomość", true },
	{ "přeposlaná zpráva", true }, { "továbbított", true }, { "välitetty viesti", true },
	{ "пересылаемое сообщение", true },
};
static const char *const begins_forward[] = {
	"begin forwarded message", "forwarded message", "anfang der weitergeleiteten", "début du message",
	"début du message réexpédié", "inicio del mensaje reenviado", "inizio messaggio inoltrato",
	"begin doorgestuurd bericht", "start på videresendt", "início da mensagem", "vidarebefordrat brev",
	NULL
};

/* How "On ... wrote:" begins and ends. */
static const struct {
	const char	*begin, *end;
} wrote[] = {
	{ "On ", "wrote:" }, { "On ", "writes:" }, { "Am ", "schrieb" },
	{ "Am ", "schrieb:" }, { "Le ", "a écrit :" }, { "Le ", "a écrit:" }, { "El ", "escribió:" },
	{ "Il ", "ha scritto:" }, { "Op ", "schreef" }, { "Op ", "geschreven:" }, { "Em ", "escreveu:" },
	{ "A ", "escreveu:" }, { "Den ", "skrev" }, { "W dniu ", "pisze:" }, { "W dniu ", "napisał" },
	{ "Dne ", "napsal" }, { "On ", "skrev:" }, { "", "kirjoitti:" }, { "", "schrieb am" }, { "", "> wrote:" },
	{ "", "wrote on" }, { "", "写道" },
};

struct lines
body_lines(struct arena *arena, const char *text, bool unquote)
{
	struct lines lines = { NULL, 0 };
	const char *end;

	while (*text != '\0') {
		struct line *line = arena_push(arena, lines.v, lines.n);

		end = strchr(text, '\n');
		if (end == NULL)
			end = text + strlen(text);
		line->text = text;
		while (unquote && line->text < end && (*line->text == '>' ||
		    (*line->text == ' ' && line->text + 1 < end && line->text[1] == '>' && line->depth > 0))) {
			line->depth += *line->text == '>' ? 1 : 0;
			line->text++;
		}
		if (line->depth > 0 && line->text < end && *line->text == ' ')
			line->text++;
		line->len = (size_t)(end - line->text);
		while (line->len > 0 && isspace((unsigned char)line->text[line->len - 1]))
			line->len--;
		text = *end == '\0' ? end : end + 1;
	}
	return lines;
}

char *
body_join(struct arena *arena, const struct line *lines, size_t n)
{
	struct buf out = BUF_INIT;
	char *text;
	size_t i;

	while (n > 0 && lines[0].len == 0) {
		lines++;
		n--;
	}
	while (n > 0 && lines[n - 1].len == 0)
		n--;
	for (i = 0; i < n; i++) {
		if (lines[i].len == 0 && lines[i - 1].len == 0)
			continue;
		buf_add(&out, lines[i].text, lines[i].len);
		buf_add_char(&out, '\n');
	}
	text = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return text;
}

/* "From:", "*Sent:*", "De :" at the start of a line; *value_r behind it. */
static enum label
label_of(const struct line *line, const char **value_r)
{
	const char *s = line->text, *end = line->text + line->len;
	size_t i, len;

	while (s < end && (*s == ' ' || *s == '*' || *s == '\t' || *s == '|'))
		s++;
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const char *at;

		if (s < end && ((s[0] ^ labels[i].word[0]) & 0xdf) != 0)
			continue;
		len = strlen(labels[i].word);
		if ((size_t)(end - s) <= len || strncasecmp(s, labels[i].word, len) != 0)
			continue;
		for (at = s + len; at < end && (*at == ' ' || *at == '*'); at++)
			;
		if (at < end && *at == ':')
			at++;
		else if (end - at >= 3 && strncmp(at, "\xef\xbc\x9a", 3) == 0)
			at += 3;
		else
			continue;
		while (at < end && (*at == ' ' || *at == '*' || *at == '\t'))
			at++;
		if (value_r != NULL)
			*value_r = at;
		return labels[i].label;
	}
	return LABEL_NONE;
}

/*
 * A block of From, Sent, To, Subject begins here: From, and two of the others
 * close by.  Blank lines between them and folded values are put up with.
 */
static bool
is_header_block(const struct lines *lines, size_t at)
{
	unsigned seen = 0, strangers = 0, looked = 0;
	bool has_sent = false, has_to = false, has_subject = false;
	size_t i;

	if (label_of(&lines->v[at], NULL) != LABEL_FROM)
		return false;
	for (i = at + 1; i < lines->n && looked < 8 && strangers < 3; i++) {
		if (lines->v[i].len == 0)
			continue;
		looked++;
		switch (label_of(&lines->v[i], NULL)) {
		case LABEL_SENT:
			seen += has_sent ? 0 : 1;
			has_sent = true;
			break;
		case LABEL_TO:
			seen += has_to ? 0 : 1;
			has_to = true;
			break;
		case LABEL_SUBJECT:
			seen += has_subject ? 0 : 1;
			has_subject = true;
			break;
		case LABEL_CC:
			break;
		case LABEL_FROM:
			return seen >= 2;
		case LABEL_NONE:
			strangers++;
			break;
		}
	}
	return seen >= 2;
}

static bool
line_has(const struct line *line, const char *words)
{
	const char *const list[] = { words, NULL };

	return words_in(line->text, line->len, list, 1) > 0;
}

/* "-----Original Message-----" and its kin; Yahoo sets it in, and goes on with "From:" on the same line. */
static bool
is_dashed(const struct line *line, bool *forward_r)
{
	struct line start = *line;
	size_t i;

	while (start.len > 0 && start.text[0] == ' ') {
		start.text++;
		start.len--;
	}
	if (start.len < 8)
		return false;
	if (start.text[0] == '-' && start.text[1] == '-') {
		start.len = start.len > 80 ? 80 : start.len;
		for (i = 0; i < sizeof(dashed) / sizeof(dashed[0]); i++)
			if (line_has(&start, dashed[i].words)) {
				*forward_r = dashed[i].forward;
				return true;
			}
		return false;
	}
	if (line->len > 120 || line->text[line->len - 1] != ':')
		return false;
	for (i = 0; begins_forward[i] != NULL; i++)
		if (line->len < strlen(begins_forward[i]) + 20 && strncasecmp(line->text,
		    begins_forward[i], strlen(begins_forward[i])) == 0) {
			*forward_r = true;
			return true;
		}
	return false;
}

/* A rule of underscores (or the like) with a header block right below. */
static bool
is_ruled(const struct lines *lines, size_t at)
{
	const struct line *line = &lines->v[at];
	size_t i, looked = 0;

	if (line->len < 5 || (line->text[0] != '_' && line->text[0] != '-'))
		return false;
	for (i = 0; i < line->len; i++)
		if (line->text[i] != line->text[0])
			return false;
	for (i = at + 1; i < lines->n && looked < 3; i++) {
		if (lines->v[i].len == 0)
			continue;
		if (is_header_block(lines, i))
			return true;
		if (lines->v[i].text[0] != '_')
			return false;
		looked++;
	}
	return false;
}

/* "On Monday ... wrote:", over at most three lines: how many it takes. */
static size_t
wrote_lines(const struct lines *lines, size_t at)
{
	const struct line *first = &lines->v[at];
	size_t take, i, j;

	if (first->len == 0)
		return 0;
	for (take = 1; take <= 3 && at + take <= lines->n; take++) {
		const struct line *last = &lines->v[at + take - 1];
		struct line whole = *first;

		if (last->len == 0 || last->depth != first->depth)
			return 0;
		whole.len = (size_t)(last->text + last->len - first->text);
		if (whole.len > 400)
			return 0;
		for (i = 0; i < sizeof(wrote) / sizeof(wrote[0]); i++) {
			size_t begin = strlen(wrote[i].begin), end = strlen(wrote[i].end);
			bool digit = false, ends;

			/* What has no beginning of its own is one line, or the line above would be taken too. */
			if (whole.len < begin + end + 6 || (begin == 0 && take > 1) || (begin > 0 && whole.text[0] != wrote[i].begin[0]) ||
			    strncmp(whole.text, wrote[i].begin, begin) != 0)
				continue;
			ends = strncasecmp(last->text + last->len - (last->len < end ? last->len : end),
			    wrote[i].end, end) == 0;
			if (!ends && strchr(wrote[i].end, ':') == NULL)
				ends = last->text[last->len - 1] == ':' && line_has(last, wrote[i].end);
			for (j = 0; j < whole.len; j++)
				digit = digit || isdigit((unsigned char)whole.text[j]) || whole.text[j] == '@';
			if (ends && digit)
				return take;
		}
	}
	return 0;
}

static bool
next_is_quoted(const struct lines *lines, size_t at, unsigned depth)
{
	for (; at < lines->n; at++)
		if (lines->v[at].len > 0 || lines->v[at].depth > depth)
			return lines->v[at].depth > depth;
	return false;
}

static bool
next_is_block(const struct lines *lines, size_t at)
{
	for (; at < lines->n; at++)
		if (lines->v[at].len > 0)
			return is_header_block(lines, at);
	return false;
}

/* Where the history begins for good, or lines->n; *forward_r when the boundary itself says so. */
static size_t
find_boundary(const struct lines *lines, bool *forward_r)
{
	size_t at, take;

	for (at = 0; at < lines->n; at++) {
		const struct line *line = &lines->v[at];

		if (line->len == 0)
			continue;
		if (is_dashed(line, forward_r)) {
			/* A quoted "Original Message" belongs to the quote above it. */
			if (line->depth == 0 || next_is_block(lines, at + 1))
				return at;
			continue;
		}
		if (line->depth > 0)
			continue;
		if (is_ruled(lines, at) || is_header_block(lines, at))
			return at;
		take = wrote_lines(lines, at);
		if (take > 0 && !next_is_quoted(lines, at + take, 0))
			return at;
	}
	return lines->n;
}

/* What stands above the boundary: lines of the sender's own, and those behind ">". */
static void
part_above(struct arena *arena, const struct lines *lines, size_t end, struct lines *own, struct lines *quoted)
{
	size_t at, take;

	for (at = 0; at < end; at++) {
		take = lines->v[at].depth == 0 ? wrote_lines(lines, at) : 0;
		if (take > 0 && at + take <= end && next_is_quoted(lines, at + take, 0)) {
			for (; take > 0; take--, at++)
				*arena_push(arena, quoted->v, quoted->n) = lines->v[at];
			at--;
		} else if (lines->v[at].depth > 0)
			*arena_push(arena, quoted->v, quoted->n) = lines->v[at];
		else
			*arena_push(arena, own->v, own->n) = lines->v[at];
	}
}

void
body_split(struct arena *arena, const char *text, bool is_forward, bool is_reply, struct body *body_r)
{
	struct lines lines = body_lines(arena, text, true), own = { NULL, 0 }, quoted = { NULL, 0 };
	bool says_forward = false;
	size_t boundary, i;

	boundary = find_boundary(&lines, &says_forward);
	part_above(arena, &lines, boundary, &own, &quoted);
	/* Without RE: or FW: and with nothing to answer, a block of headers was passed on. */
	if (says_forward || (!is_reply && boundary < lines.n))
		is_forward = true;
	for (i = boundary; i < lines.n; i++)
		*arena_push(arena, quoted.v, quoted.n) = lines.v[i];
	body_r->new_text = body_join(arena, own.v, own.n);
	text = body_join(arena, quoted.v, quoted.n);
	body_r->forwarded = is_forward ? text : "";
	body_r->quoted = is_forward ? "" : text;
}

/*
 * The From value of a block of headers that begins at this line, in whatever
 * order its lines stand; NULL when none begins here.
 */
static const char *
block_from(const struct lines *lines, size_t at, size_t *len_r)
{
	bool ignored;
	struct line line = lines->v[at];
	unsigned seen = 0;
	const char *value, *from = NULL;
	size_t i, looked = 0;

	if (is_dashed(&line, &ignored)) {	/* Yahoo's, with everything on its line */
		const char *end = line.text + line.len;
		struct line rest = line;

		do {
			rest.text = memmem(rest.text, (size_t)(end - rest.text), "- ", 2);
			if (rest.text == NULL)
				return NULL;
			rest.text += 2;
			rest.len = (size_t)(end - rest.text);
		} while (label_of(&rest, &value) != LABEL_FROM);
		*len_r = (size_t)(line.text + line.len - value);
		if (memchr(value, '>', *len_r) != NULL)
			*len_r = (size_t)((const char *)memchr(value, '>', *len_r) - value) + 1;
		return value;
	}
	if (label_of(&line, NULL) == LABEL_NONE)
		return NULL;
	for (i = at; i < lines->n && looked < 8; i++) {
		if (lines->v[i].len == 0)
			continue;
		looked++;
		switch (label_of(&lines->v[i], &value)) {
		case LABEL_FROM:
			if (from == NULL) {
				from = value;
				*len_r = (size_t)(lines->v[i].text + lines->v[i].len - value);
			}
			break;
		case LABEL_NONE:
			break;
		default:
			seen++;
			break;
		}
	}
	return seen >= 2 ? from : NULL;
}

void
body_forwarded_from(struct arena *arena, const char *forwarded, struct mail_address *from_r)
{
	struct lines lines = body_lines(arena, forwarded, true);
	struct mail_addresses list = { NULL, 0 };
	struct strs remarks = { NULL, 0 };
	const char *value;
	size_t at, i, len = 0;
	bool passed_on = true;

	for (at = 0; at < lines.n && passed_on; at++) {
		if (lines.v[at].len == 0 || (value = block_from(&lines, at, &len)) == NULL)
			continue;
		passed_on = false;
		list.n = 0;
		address_parse(arena, arena_strndup(arena, value, len), "forwarded mail", &remarks, &list);
		if (list.n > 0)
			*from_r = list.v[0];
		for (i = at; i < lines.n && i < at + 16; i++)
			if (label_of(&lines.v[i], &value) == LABEL_SUBJECT) {
				struct subject subject;

				subject_peel(arena, arena_strndup(arena, value,
				    (size_t)(lines.v[i].text + lines.v[i].len - value)), &subject);
				passed_on = subject.is_forward;
				while (i + 1 < lines.n && label_of(&lines.v[i + 1], NULL) != LABEL_NONE)
					i++;	/* past what is left of this block */
				at = i;
				break;
			}
	}
}

char *
body_unflow(struct arena *arena, const char *text, bool delsp)
{
	struct buf out = BUF_INIT;
	unsigned depth, last = 0;
	bool open = false;	/* the line before flows into this one */
	char *result;

	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		size_t len, i;

		if (end == NULL)
			end = text + strlen(text);
		for (depth = 0; text < end && *text == '>'; text++)
			depth++;
		if (text < end && *text == ' ')
			text++;
		len = (size_t)(end - text);
		if (open && depth != last) {
			buf_add_char(&out, '\n');
			open = false;
		}
		if (!open) {
			for (i = 0; i < depth; i++)
				buf_add_char(&out, '>');
			if (depth > 0)
				buf_add_char(&out, ' ');
		}
		open = len > 0 && text[len - 1] == ' ' && !(len == 3 && strncmp(text, "-- ", 3) == 0);
		buf_add(&out, text, open && delsp ? len - 1 : len);
		if (!open)
			buf_add_char(&out, '\n');
		last = depth;
		text = *end == '\0' ? end : end + 1;
	}
	result = arena_strdup(arena, buf_text(&out));
	buf_free(&out);
	return result;
}
