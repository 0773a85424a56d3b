"""Small graphs over the number of cases, one for each figure, as one picture (SVG).  Both axes go by powers of ten, so
that what is flat looks flat and what grows with the cases climbs with the grey line.  Read without colours, too: each
curve has a mark of its own."""

import math

WIDTH, HEIGHT, COLUMNS = 370, 220, 2
LEFT, RIGHT, TOP, BOTTOM = 64, 32, 48, 34
COLOURS = ["#0b5394", "#a61c00", "#38761d"]
MARKS = ["circle", "square", "diamond"]


def mark(kind, x, y, colour):
    if kind == "circle":
        return '<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>' % (x, y, colour)
    if kind == "square":
        return '<rect x="%.1f" y="%.1f" width="8" height="8" fill="%s"/>' % (x - 4, y - 4, colour)
    return '<path d="M%.1f %.1fl5 5l-5 5l-5 -5z" fill="%s"/>' % (x, y - 5, colour)


def words(number):
    return format(int(number), ",") if number >= 1 else "%g" % number


def panel(title, unit, over, curves):
    """One graph, from 0,0 on; curves: [(name, values)], a value for each number in over, None where there is none."""
    values = [value for _, line in curves for value in line if value]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    if high - low < 2:                          # two powers of ten at least: noise is no slope
        low, high = (low - 1, high) if high - low == 1 else (low - 1, high + 1)
    first, last = math.log10(over[0]), math.log10(over[-1])
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x_of(number):
        return LEFT + (math.log10(number) - first) / ((last - first) or 1) * (right - LEFT)

    def y_of(value):
        return bottom - (math.log10(value) - low) / (high - low) * (bottom - TOP)

    out = ['<text x="%d" y="18" font-size="13" font-weight="bold">%s</text>' % (LEFT, title),
           '<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 6, TOP - 9, unit)]
    for power in range(low, high + 1):
        out.append('<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>'
                   % (LEFT, y_of(10 ** power), right, LEFT - 6, y_of(10 ** power) + 4, words(10 ** power)))
    for number in over:
        out.append('<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>'
                   % (x_of(number), TOP, bottom, x_of(number), bottom + 15, words(number)))
    climb = min(last - first, high - low)       # as the number of cases does
    out.append('<path d="M%d %dL%.1f %.1f" stroke="#bbb" stroke-dasharray="3 3"/>'
               % (LEFT, bottom, x_of(10 ** (first + climb)), y_of(10 ** (low + climb))))
    at = LEFT
    for i, (name, line) in enumerate(curves):
        colour, kind = COLOURS[i % len(COLOURS)], MARKS[i % len(MARKS)]
        points = [(x_of(n), y_of(v)) for n, v in zip(over, line) if v]
        out.append('<path d="M%s" fill="none" stroke="%s" stroke-width="2"/>' % ("L".join("%.1f %.1f" % p for p in points), colour))
        out += [mark(kind, x, y, colour) for x, y in points]
        out += [mark(kind, at + 4, 32, colour), '<text x="%d" y="36">%s</text>' % (at + 13, name)]
        at += 24 + 6 * len(name)
    return "\n".join(out)


def draw(title, over, panels):
    """panels: [(title, unit, curves)].  The text of the SVG."""
    rows = -(-len(panels) // COLUMNS)
    width, height = COLUMNS * WIDTH, rows * HEIGHT
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" '
           'font-size="11" role="img">' % (width, height, width, height), "<title>%s</title>" % title,
           '<rect width="100%" height="100%" fill="#fff"/>']
    for i, (name, unit, curves) in enumerate(panels):
        out += ['<g transform="translate(%d %d)">' % (i % COLUMNS * WIDTH, i // COLUMNS * HEIGHT), panel(name, unit, over, curves), "</g>"]
    return "\n".join(out + ["</svg>", ""])
