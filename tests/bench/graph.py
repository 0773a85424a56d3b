"""A small graph of curves over the number of cases, both axes by powers of ten, as SVG.  Read without colours, too: each
curve has a mark of its own, and its name at its end."""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 190, 40, 50
COLOURS = ["#0b5394", "#a61c00", "#38761d", "#674ea7", "#b45f06", "#444444"]
MARKS = ["circle", "square", "diamond", "triangle", "ring", "cross"]


def mark(kind, x, y, colour):
    if kind == "circle":
        return '<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>' % (x, y, colour)
    if kind == "ring":
        return '<circle cx="%.1f" cy="%.1f" r="4" fill="#fff" stroke="%s" stroke-width="2"/>' % (x, y, colour)
    if kind == "square":
        return '<rect x="%.1f" y="%.1f" width="8" height="8" fill="%s"/>' % (x - 4, y - 4, colour)
    paths = {"diamond": "M%.1f %.1fl5 5l-5 5l-5 -5z" % (x, y - 5), "triangle": "M%.1f %.1fl5 9h-10z" % (x, y - 5),
             "cross": "M%.1f %.1fl8 8m0 -8l-8 8" % (x - 4, y - 4)}
    return '<path d="%s" fill="%s" stroke="%s" stroke-width="2"/>' % (paths[kind], "none" if kind == "cross" else colour, colour)


def words(number):
    """1 ms, 10 ms, 1 s of milliseconds; plain thousands otherwise."""
    return format(int(number), ",") if number >= 1 else "%g" % number


def apart(places, least):
    """The same places, moved up and down so that names beside them do not lie upon each other."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for _ in range(200):
        for a, b in zip(order, order[1:]):
            if moved[b] - moved[a] < least:
                middle = (moved[a] + moved[b]) / 2
                moved[a], moved[b] = middle - least / 2, middle + least / 2
    return moved


def draw(title, unit, over, curves):
    """curves: [(name, values)], a value for each number in over, None where there is none.  The text of the SVG."""
    values = [value for _, line in curves for value in line if value]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    first, last = math.log10(over[0]), math.log10(over[-1])

    def x_of(number):
        return LEFT + (math.log10(number) - first) / ((last - first) or 1) * (WIDTH - LEFT - RIGHT)

    def y_of(value):
        return HEIGHT - BOTTOM - (math.log10(value) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" '
           'font-size="12" role="img">' % (WIDTH, HEIGHT, WIDTH, HEIGHT), "<title>%s</title>" % title,
           '<rect width="100%" height="100%" fill="#fff"/>', '<text x="%d" y="22" font-size="15">%s</text>' % (LEFT, title)]
    for power in range(low, high + 1):
        y = y_of(10 ** power)
        out.append('<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>'
                   % (LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, words(10 ** power)))
    for number in over:
        x = x_of(number)
        out.append('<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>'
                   % (x, TOP, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 18, words(number)))
    out.append('<text x="%d" y="%d" text-anchor="middle">open cases</text><text x="8" y="%d">%s</text>'
               % ((LEFT + WIDTH - RIGHT) // 2, HEIGHT - 10, TOP - 6, unit))
    ends = [[(x_of(n), y_of(v)) for n, v in zip(over, line) if v] for _, line in curves]
    names = apart([end[-1][1] for end in ends], 15)
    for i, ((name, _), points, at) in enumerate(zip(curves, ends, names)):
        colour = COLOURS[i % len(COLOURS)]
        line = "L".join("%.1f %.1f" % point for point in points)
        out.append('<path d="M%s" fill="none" stroke="%s" stroke-width="2"/>' % (line, colour))
        out += [mark(MARKS[i % len(MARKS)], x, y, colour) for x, y in points]
        out.append('<text x="%d" y="%.1f" fill="%s">%s</text>' % (WIDTH - RIGHT + 10, at + 4, colour, name))
    return "\n".join(out + ["</svg>", ""])
