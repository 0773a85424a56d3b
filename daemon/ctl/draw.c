/*
 * advicectl draw: a pack as one SVG page to lay beside the authority's own
 * chart.  Needs graphviz, but neither a configuration nor a store.
 * Invariant: the same pack and the same graphviz give the same bytes.
 * Exit: 0 well, 1 found wrong, 2 misuse.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/describe.h"
#include "ctl/draw.h"

#define MARGIN	30.0
#define GAP	40.0
#define HEAD	130.0	/* title, source, date and version */
#define TOP	50.0	/* of a strand: its name */
#define MIN_WIDTH	1000.0
#define A3_WIDTH	420.0
#define A3_HEIGHT	297.0

static const char style[] =
    "<style>text{font-family:Helvetica,Arial,'Liberation Sans',sans-serif;fill:#111}"
    ".title{font-size:30px;font-weight:bold}.sub{font-size:15px;fill:#333}.strand{font-size:24px;font-weight:bold}"
    ".heading{font-size:16px;font-weight:bold}.name{font-size:13px;font-weight:bold}.when{font-size:12px;font-weight:bold}"
    ".what{font-size:12px}.zero{font-size:12px;font-weight:bold;fill:#7a1f1f}.key{font-size:13px}"
    ".axis{stroke:#555;stroke-width:2;fill:none}.date{fill:#7a1f1f}.reminder{fill:#2b6cb0}.higher{fill:#c2410c}"
    ".rule{stroke:#999;fill:none}</style>\n";

/* A strand's picture, drawn at 0,0; x and y: where it stands on the page. */
struct panel {
	struct buf	svg;
	double		width, height, x, y;
};

/* How many A3 sheets wide or high, whichever is more: the smaller, the larger its letters in print. */
static double
sheets(double width, double height)
{
	double across = width / A3_WIDTH, down = height / A3_HEIGHT;

	return across > down ? across : down;
}

/* The reminders stand under the chart, or beside it where that makes for larger letters. */
static int
draw_strand(struct drawing *drawing, const struct strand *strand, struct panel *panel, struct err *err)
{
	struct arena *arena = drawing->words.arena;
	struct buf dot = BUF_INIT, reminders = BUF_INIT;
	double width, height, wide = 0, high;
	char *inside;
	bool beside;
	int rc;

	draw_chart(drawing, strand, &dot);
	rc = draw_dot(arena, &dot, &inside, &width, &height, err);
	buf_free(&dot);
	if (rc == -1)
		return -1;
	high = draw_timeline(drawing, strand, 0, &wide, &reminders);
	beside = sheets(width + GAP + wide, height > high ? height : high) < sheets(width > wide ? width : wide, height + high);
	panel->width = beside ? width + GAP + wide : width > wide ? width : wide;
	panel->height = TOP + (!beside ? height + GAP + high : height > high ? height : high);
	buf_printf(&panel->svg, "<path d=\"M0 0 H%.1f\" class=\"rule\"/>\n"
	    "<text x=\"0\" y=\"34\" class=\"strand\">The work on %s</text>\n",
	    panel->width, draw_escape(arena, words_quoted(&drawing->words, strand->name)));
	buf_printf(&panel->svg, "<svg x=\"0\" y=\"%.0f\" width=\"%.2f\" height=\"%.2f\" viewBox=\"0 0 %.2f %.2f\">%s</svg>\n",
	    TOP, width, height, width, height, inside);
	buf_printf(&panel->svg, "<g transform=\"translate(%.1f %.1f)\">\n%s</g>\n", beside ? width + GAP : 0.0,
	    beside ? TOP : TOP + height + GAP, buf_text(&reminders));
	buf_free(&reminders);
	return 0;
}

/* Side by side as far as width allows, then below.  Returns the height. */
static double
place_panels(struct panel *panels, size_t count, double width)
{
	double x = 0, y = 0, row = 0;

	for (size_t i = 0; i < count; i++) {
		if (x > 0 && x + panels[i].width > width) {
			y += row + GAP;
			x = row = 0;
		}
		panels[i].x = x;
		panels[i].y = y;
		x += panels[i].width + 2 * GAP;
		row = panels[i].height > row ? panels[i].height : row;
	}
	return y + row;
}

/* The width of page at which letters come out largest. */
static double
best_width(struct panel *panels, size_t count)
{
	double widest = MIN_WIDTH, all = 0, best;

	for (size_t i = 0; i < count; i++) {
		widest = panels[i].width > widest ? panels[i].width : widest;
		all += panels[i].width + 2 * GAP;
	}
	best = widest;
	for (double width = widest; width < all; width += 100)
		if (sheets(width, place_panels(panels, count, width)) < sheets(best, place_panels(panels, count, best)))
			best = width;
	return best;
}

static void
draw_head(const struct drawing *drawing, struct buf *svg)
{
	const struct pack *pack = drawing->words.pack;
	struct arena *arena = drawing->words.arena;

	buf_printf(svg, "<text x=\"0\" y=\"30\" class=\"title\">%s</text>\n",
	    draw_escape(arena, pack->title != NULL ? pack->title : pack->name));
	if (pack->protocol != NULL)
		buf_printf(svg, "<text x=\"0\" y=\"56\" class=\"sub\">After: %s</text>\n", draw_escape(arena, pack->protocol));
	buf_add_str(svg, "<text x=\"0\" y=\"99\" class=\"key\">What is merely noted is left out here; "
	    "\"advicectl describe\" has every line.</text>\n");
	buf_printf(svg, "<text x=\"0\" y=\"78\" class=\"sub\">%s%sPack %s, version %s%.12s</text>\n",
	    pack->effective == NULL ? "" : arena_printf(arena, "In force from %s.", pack->effective), pack->effective == NULL ? "" : " ",
	    draw_escape(arena, pack->name), pack->version == NULL ? "" : arena_printf(arena, "%s, ", pack->version), pack->hash);
}

/* Colours and signs; x wraps at width.  Returns the height. */
static double
draw_legend(struct drawing *drawing, double width, double y, struct buf *svg)
{
	static const struct { const char *sign, *said; } signs[] = {
		{ "<rect x=\"0\" y=\"-11\" width=\"20\" height=\"14\" fill=\"#f2f2f2\" stroke=\"#444\"/>", "nobody is waited for" },
		{ "<rect x=\"0\" y=\"-11\" width=\"20\" height=\"14\" rx=\"6\" fill=\"#ddd\" stroke=\"#444\" stroke-width=\"2\"/>", "an end" },
		{ "<rect x=\"0\" y=\"-11\" width=\"20\" height=\"14\" fill=\"#fff\" stroke=\"#444\" stroke-dasharray=\"3 2\"/>",
		    "passes straight on" },
		{ "<path d=\"M0 -4 h20\" stroke=\"#444\" stroke-dasharray=\"4 3\"/>", "by the passing of time" },
		{ "<circle cx=\"10\" cy=\"-4\" r=\"6\" class=\"reminder\"/>", "a reminder" },
		{ "<circle cx=\"10\" cy=\"-4\" r=\"6\" class=\"higher\"/>", "raised with someone above" },
		{ "<text x=\"4\" y=\"0\" class=\"key\">↻</text>", "repeated" },
	};
	double x = 0, begin = y;
	size_t count = drawing->actors.names.n, all = count + sizeof signs / sizeof *signs;

	for (size_t i = 0; i < all; i++) {
		const char *said = i < count ? drawing->actors.names.v[i] : signs[i - count].said;
		double wide = 60 + 7 * (double)strlen(said);

		if (x > 0 && x + wide > width) {
			x = 0;
			y += 24;
		}
		buf_printf(svg, "<g transform=\"translate(%.1f %.1f)\">", x, y);
		if (i < count)
			buf_printf(svg, "<rect x=\"0\" y=\"-11\" width=\"20\" height=\"14\" fill=\"%s\" stroke=\"#444\"/>",
			    draw_colour(drawing, said));
		else
			buf_add_str(svg, signs[i - count].sign);
		buf_printf(svg, "<text x=\"27\" y=\"0\" class=\"key\">%s</text></g>\n", draw_escape(drawing->words.arena, said));
		x += wide;
	}
	return y - begin + 24;
}

static void
draw_page(const struct pack *pack, struct drawing *drawing, struct panel *panels, size_t count, struct buf *svg)
{
	struct buf body = BUF_INIT;
	double width = best_width(panels, count), head, height;

	draw_head(drawing, &body);
	head = HEAD + draw_legend(drawing, width, HEAD, &body);
	height = head + place_panels(panels, count, width);
	for (size_t i = 0; i < count; i++)
		buf_printf(&body, "<g transform=\"translate(%.1f %.1f)\">\n%s</g>\n", panels[i].x, head + panels[i].y,
		    buf_text(&panels[i].svg));
	buf_printf(svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
	    "xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"%.0f\" height=\"%.0f\" viewBox=\"%.0f %.0f %.0f %.0f\">\n"
	    "<title>%s</title>\n%s<rect x=\"%.0f\" y=\"%.0f\" width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n%s</svg>\n",
	    width + 2 * MARGIN, height + 2 * MARGIN, -MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN,
	    draw_escape(drawing->words.arena, pack->title != NULL ? pack->title : pack->name), style, -MARGIN, -MARGIN, buf_text(&body));
	buf_free(&body);
}

static char *
strand_names(struct arena *arena, const struct pack *pack)
{
	struct strs names = { NULL, 0 };

	for (size_t i = 0; i < pack->strand_count; i++)
		strs_add(arena, &names, pack->strands[i].name);
	return words_list(arena, &names, "and");
}

int
draw_pack(struct arena *arena, const struct pack *pack, const char *only, struct buf *svg, struct err *err)
{
	struct drawing drawing = { .strand = 0 };
	struct panel *panels = NULL;
	size_t count = 0;
	int rc = 0;

	words_begin(&drawing.words, arena, pack);
	for (size_t i = 0; i < pack->strand_count && rc == 0; i++) {
		drawing.strand = (int)i + 1;
		if (only == NULL || strcmp(only, pack->strands[i].name) == 0)
			rc = draw_strand(&drawing, &pack->strands[i], arena_push(arena, panels, count), err);
	}
	if (rc == 0 && only != NULL && count == 0)
		rc = err_set(err, ERR_CONFIG, "the pack %s has no strand \"%s\"; it has %s", pack->name, only, strand_names(arena, pack));
	if (rc == 0)
		draw_page(pack, &drawing, panels, count, svg);
	for (size_t i = 0; i < count; i++)
		buf_free(&panels[i].svg);
	return rc;
}

/* ---- The command */

static int
write_out(const char *path, const struct buf *svg)
{
	FILE *file = path == NULL ? stdout : fopen(path, "w");
	bool bad;

	if (file == NULL)
		return ctl_fail(1, "%s cannot be written: %s", path, strerror(errno));
	bad = fwrite(svg->data, 1, svg->len, file) != svg->len || fflush(file) != 0;
	if (path != NULL)
		bad |= fclose(file) != 0;
	return bad ? ctl_fail(1, "%s could not be written", path == NULL ? "the output" : path) : 0;
}

int
ctl_draw(const struct ctl *ctl, int argc, char **argv)
{
	const char *name = NULL, *path = NULL, *only = NULL;
	struct pack *pack = NULL;
	struct buf svg = BUF_INIT;
	struct err err = { ERR_NONE, "" };
	struct arena *arena;
	int code;

	(void)ctl;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--out") == 0 && i + 1 < argc)
			path = argv[++i];
		else if (strcmp(argv[i], "--strand") == 0 && i + 1 < argc)
			only = argv[++i];
		else if (argv[i][0] == '-' || name != NULL)
			return ctl_usage("draw");
		else
			name = argv[i];
	}
	if (name == NULL)
		return ctl_usage("draw");
	arena = arena_new();
	if ((code = describe_read(arena, name, &pack)) == 0)
		code = draw_pack(arena, pack, only, &svg, &err) == -1 ? ctl_fail(1, "%s", err.text) : write_out(path, &svg);
	buf_free(&svg);
	arena_free(&arena);
	return code;
}
