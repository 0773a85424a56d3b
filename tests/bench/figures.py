"""What the parts of tests/bench share: medians, spreads, tables in Markdown, and the machine's line."""

import datetime
import os
import platform


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values, percent):
    """The smallest value that so many per cent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def spread(values, form="%.2f"):
    """median (least-most); the median alone where there is but one."""
    if len(values) == 1:
        return form % values[0]
    return "%s (%s-%s)" % tuple(form % value for value in (median(values), min(values), max(values)))


def table(columns, rows):
    """Markdown; the first column reads from the left, the others are figures."""
    lines = ["| " + " | ".join(columns) + " |", "|---" + "|---:" * (len(columns) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def _field(path, name):
    try:
        with open(path, encoding="utf-8") as f:
            return next((line.split(":", 1)[1].strip() for line in f if line.startswith(name)), "?")
    except OSError:
        return "?"


def machine():
    """One line: the day, the processor, memory, kernel."""
    memory = _field("/proc/meminfo", "MemTotal").split()[0]
    return "%s, %d x %s, %s GiB, Linux %s" % (
        datetime.date.today().isoformat(), os.cpu_count() or 1, _field("/proc/cpuinfo", "model name"),
        "%d" % (int(memory) >> 20) if memory.isdigit() else "?", platform.release())
