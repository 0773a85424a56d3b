"""One life under strace: every durable system call of the daemon is preceded by a step of the right name, and they
come in the order that survives a power cut.  The sweep's hook says each step as a write to descriptor -1, which fails
and is seen.  SQLite's shared memory file is no durable state."""

import collections
import os
import re
import shutil
import subprocess

CALLS = ("write,writev,pwrite64,pwritev,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,"
         "link,linkat,symlink,symlinkat,truncate,ftruncate,fallocate,open,openat,creat,mkdir,mkdirat,rmdir,close")

# What may happen after a step and before the next.
ALLOWED = {
    "store.create": {"create"}, "store.write": {"write"}, "store.sync": {"sync", "dirsync"},
    "store.truncate": {"truncate"}, "store.delete": {"unlink", "dirsync"},
    "file.create": {"create"}, "file.write": {"write"}, "compose.write": {"write", "sync"}, "parse.document": {"write"},
    "file.fsync": {"sync"}, "file.dirsync": {"dirsync"}, "file.rename": {"rename"}, "file.unlink": {"unlink"},
    "file.mkdir": {"mkdir"}, "file.link": {"link"},
    "spool.documents": {"create", "truncate"}, "spool.place": {"rename"}, "spool.claim": {"rename"}, "spool.finish": {"rename"},
    "spool.sync": {"dirsync"}, "spool.finish-sync": {"dirsync"},
}

Event = collections.namedtuple("Event", "what path to line")    # what: "step" (path: its name) or the kinds above


def whole_lines(path):
    """(pid, call) in order of their beginning; calls that strace shows in two pieces are put together."""
    lines, open_calls = [], {}
    with open(path, encoding="utf-8", errors="replace") as trace:
        for line in trace:
            pid, _, call = line.rstrip("\n").partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):
                open_calls[pid] = len(lines)
                lines.append([pid, call[:-len("<unfinished ...>")].rstrip()])
            elif call.startswith("<... ") and pid in open_calls:
                lines[open_calls.pop(pid)][1] += call[call.index("resumed>") + len("resumed>"):]
            else:
                lines.append([pid, call])
    return lines


def fd_path(text):
    found = re.match(r"(?:\d+|AT_FDCWD)<([^>]*)>", text)
    return found[1] if found else ""


def join(folder, name):
    return os.path.normpath(os.path.join(folder, name))


def names(arguments):
    """Paths of "at" calls: (descriptor, "name") pairs; of the others: the quoted names."""
    pairs = re.findall(r'((?:\d+|AT_FDCWD)<[^>]*>|AT_FDCWD), "([^"]*)"', arguments)
    if pairs:
        return [join(fd_path(folder), name) for folder, name in pairs]
    return [os.path.normpath(name) for name in re.findall(r'"([^"]*)"', arguments)]


class Existing(set):
    """Paths that are there; folders: which were made, and may bear another name by now."""
    def __init__(self):
        super().__init__()
        self.folders = set()


def event(call, existing):
    found = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", call)
    if found is None:
        return None
    name, arguments, result = found[1], found[2], int(found[3])
    if name == "write" and arguments.startswith('-1, "step:'):
        return Event("step", re.match(r'-1, "step:([^"]*)"', arguments)[1], "", call)
    if result < 0:
        return None
    if name in ("write", "writev", "pwrite64", "pwritev"):
        return Event("write", fd_path(arguments), "", call)
    if name == "sync_file_range":           # begins it, and promises nothing
        return None
    if name in ("fsync", "fdatasync"):
        path = fd_path(arguments)
        return Event("dirsync" if os.path.isdir(path) or path in existing.folders else "sync", path, "", call)
    if name in ("ftruncate", "fallocate"):
        return Event("truncate", fd_path(arguments), "", call)
    if name == "close":
        return Event("close", fd_path(arguments), "", call)
    paths = names(arguments)
    if name in ("open", "openat", "creat"):
        if not paths or ("O_CREAT" not in arguments and "O_TRUNC" not in arguments) or paths[0] in existing:
            return Event("truncate", paths[0], "", call) if paths and "O_TRUNC" in arguments else None
        existing.add(paths[0])
        return Event("create", paths[0], "", call)
    if name.startswith("rename"):
        existing.discard(paths[0])
        existing.add(paths[1])
        return Event("rename", paths[0], paths[1], call)
    if name in ("unlink", "unlinkat", "rmdir"):
        existing.discard(paths[0])
        return Event("unlink", paths[0], "", call)
    if name == "truncate":
        return Event("truncate", paths[0], "", call)
    if name in ("mkdir", "mkdirat"):
        existing.folders.add(paths[0])
        return Event("mkdir", paths[0], "", call)
    return Event("link", paths[-1], "", call)


def events(path, stage):
    """Of the daemon's processes: those that said a step.  Only what lies below stage."""
    lines = whole_lines(path)
    daemons = {pid for pid, call in lines if call.startswith('write(-1, "step:')}
    existing, found = Existing(), []
    for pid, call in lines:
        if pid in daemons:
            one = event(call, existing)
            if one and (one.what == "step" or
                        (one.path + "/").startswith(stage + "/") and not one.path.endswith(("-shm", ".lock"))):
                found.append(one)
    return found


def outside_hooks(found):
    step = ""
    for one in found:
        if one.what == "step":
            step = one.path
        elif one.what != "close" and one.what not in ALLOWED.get(step, ()):
            yield "after the step \"%s\": %s" % (step, one.line)


class Order:
    """What must be on the disk before something else happens."""

    def __init__(self, stage):
        self.stage, self.spool = stage, stage + "/spool/"
        self.dirty = set()              # written and not yet synced: files
        self.open = set()               # written and not yet closed
        self.written = set()            # ever
        self.nameless = set()           # files whose name is not yet on the disk
        self.reading = set()            # documents of a mail that the parser reads: no row speaks of them yet
        self.wal_dirty = False
        self.counted = collections.Counter()

    def take(self, one):
        if one.what == "step":
            yield from self.step(one)
        elif one.path.startswith(self.stage + "/store"):
            if one.what == "write":
                yield from self.store_written(one)
            elif one.what == "sync":
                self.wal_dirty = False
        elif one.what == "write":
            self.dirty.add(one.path)
            self.open.add(one.path)
            self.written.add(one.path)
        elif one.what == "create":
            self.nameless.add(one.path)
            if one.path.startswith(self.spool + "docs/"):
                self.reading.add(one.path)
        elif one.what == "sync":
            self.dirty.discard(one.path)
            self.reading.discard(one.path)
        elif one.what == "close":
            self.open.discard(one.path)
        elif one.what == "dirsync":
            self.nameless = {path for path in self.nameless if os.path.dirname(path) != one.path}
        elif one.what == "unlink":
            if os.path.relpath(os.path.dirname(one.path), self.spool) in ("archive", "bad", "sent") and self.wal_dirty:
                yield "erased before the commit was synced: " + one.line
            self.nameless.discard(one.path)
            self.dirty.discard(one.path)
            self.reading.discard(one.path)
        elif one.what == "rename":
            yield from self.renamed(one)

    def renamed(self, one):
        place = os.path.relpath(os.path.dirname(one.to), self.spool)
        self.counted[place] += 1
        if one.path in self.dirty:
            yield "renamed before it was synced: " + one.line
        if one.path in self.open:
            yield "renamed before it was closed: " + one.line
        if place in ("archive", "bad", "sent") and self.wal_dirty:
            yield "put away before the commit was synced: " + one.line
        if place in ("archive", "bad") and self.spool + "docs/" + os.path.basename(one.path) in \
                self.dirty | (self.nameless & self.written):
            yield "put away before its documents were on the disk: " + one.line
        for path in sorted(self.dirty | (self.nameless & self.written)):
            if path.startswith(one.path + "/"):         # a whole folder, such as a backup's
                yield "a folder was put in its place before %s was on the disk: %s" % (path, one.line)
        self.nameless.discard(one.path)
        self.nameless.add(one.to)
        if one.path in self.written:
            self.written.add(one.to)

    def store_written(self, one):
        """The rows that speak of a file are not written before the file and its name are on the disk."""
        self.wal_dirty = True
        for place in ("new", "out", "docs"):
            folder = self.spool + place + "/"
            late = {path for path in self.nameless & self.written if path.startswith(folder)}
            late |= {path for path in self.dirty if path.startswith(folder)}
            late -= self.reading
            for path in sorted(late):
                yield "the store was written before %s was on the disk: %s" % (path, one.line)
            self.nameless -= late
            self.dirty -= late
        self.counted["docs"] += sum(path.startswith(self.spool + "docs/") for path in self.written)

    def is_late(self, place):
        return any(path.startswith(self.spool + place + "/") for path in self.nameless)

    def step(self, one):
        if one.path in ("imap.move", "imap.copy", "imap.mark") and self.is_late("archive"):
            yield "the server was told before the archive was synced (step %s)" % one.path
        if one.path in ("imap.move", "imap.copy", "imap.mark", "smtp.data") and self.wal_dirty:
            yield "the server was told before the commit was synced (step %s)" % one.path
        self.counted[one.path] += 1


def in_order(found, stage):
    order = Order(stage)
    for one in found:
        yield from order.take(one)
    for what in ("new", "out", "docs", "archive", "bad", "sent", "imap.move", "smtp.data", "smtp.end"):
        if order.counted[what] == 0:
            yield "nothing of \"%s\" was seen: the trace proves nothing about it" % what


def report(name, faults):
    faults = list(dict.fromkeys(faults))
    for fault in faults[:20]:
        print("FAILED %s: %s" % (name, fault))
    return (0, 1) if faults else (1, 0)


def prove(program, top, scratch, life):
    """(passed, failed)"""
    if shutil.which("strace") is None:
        print("FAILED trace: strace is not installed")
        return 0, 1
    where, log = os.path.join(scratch, "traced-" + life), os.path.join(scratch, "trace-" + life)
    os.makedirs(where)
    done = subprocess.run(["strace", "-f", "-y", "-s", "200", "-o", log, "-e", "trace=" + CALLS, program, "--trace",
                           "--life", life, "--server", "move", where], cwd=top, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        print("FAILED trace: the traced life ended badly:\n" + done.stdout)
        return 0, 1
    stage = os.path.join(where, "0")
    found = events(log, stage)
    steps = sum(one.what == "step" for one in found)
    print("trace of \"%s\": %d steps, %d durable calls" % (life, steps, sum(one.what not in ("step", "close") for one in found)))
    first, second = report("hooks, " + life, outside_hooks(found)), report("order, " + life, in_order(found, stage))
    return first[0] + second[0], first[1] + second[1]
