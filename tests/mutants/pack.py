"""A rule pack's source as a tree that knows where each part stands, for mutating it.

Reads well-formed libconfig only: the packs it is used on pass the checker.  A node's span is what must be replaced to
change it; `whole` is the span of the entry with its name and the separator behind it, which must go to take it out."""

import os
import re

TOKEN = re.compile(r'\s+|#[^\n]*|//[^\n]*|/\*.*?\*/|(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[=:;,{}\[\]()])|(?P<word>[^\s=:;,{}\[\]()#"]+)', re.S)


class Node:
    def __init__(self, name, parent, begin):
        self.name, self.parent, self.begin = name, parent, begin
        self.kind, self.items, self.value = None, [], None
        self.start = self.end = self.whole_end = begin

    def __getitem__(self, name):
        return next((item for item in self.items if item.name == name), None)

    def text(self, name):
        item = self[name]
        return item.value if item is not None and item.kind == "text" else None

    def texts(self, name=None):
        item = self if name is None else self[name]
        if item is None:
            return []
        return [item] if item.kind == "text" else [i for i in item.items if i.kind == "text"]

    def walk(self):
        yield self
        for item in self.items:
            yield from item.walk()

    def path(self):
        return [] if self.parent is None else self.parent.path() + ([self.name] if self.name else [])

    def named(self):
        """The nearest entry that people call by a name: a stage, a rung, a kind, a role ..."""
        node = self
        while node.parent is not None and not (node.name and node.kind == "group" and len(node.path()) > 1):
            node = node.parent
        return node


class Pack:
    def __init__(self, folder):
        self.name, self.folder = os.path.basename(folder), folder
        with open(folder + "/pathway.cfg", encoding="utf-8") as f:
            self.source = f.read()
        self.tokens = [(m.lastgroup, m.start(), m.end()) for m in TOKEN.finditer(self.source) if m.lastgroup]
        self.at = 0
        self.root = Node(None, None, 0)
        self.root.kind, self.root.end = "group", len(self.source)
        self._settings(self.root, "")
        self.files = {sub: sorted(os.listdir(folder + "/" + sub)) if os.path.isdir(folder + "/" + sub) else []
                      for sub in ("templates", "files")}

    def line(self, offset):
        return self.source.count("\n", 0, offset) + 1

    def _mark(self):
        if self.at == len(self.tokens):
            return None
        kind, start, end = self.tokens[self.at]
        return self.source[start:end] if kind == "mark" else None

    def _settings(self, group, closing):
        while self.at < len(self.tokens) and self._mark() != closing:
            _, start, end = self.tokens[self.at]
            node = Node(self.source[start:end], group, start)
            self.at += 2                        # the name, and = or :
            self._value(node)
            group.items.append(node)

    def _value(self, node):
        kind, start, end = self.tokens[self.at]
        node.start, mark = start, self._mark()
        self.at += 1
        if mark == "{":
            node.kind = "group"
            self._settings(node, "}")
        elif mark in ("[", "("):
            node.kind = "array" if mark == "[" else "list"
            while self._mark() not in ("]", ")"):
                item = Node(None, node, self.tokens[self.at][1])
                self._value(item)
                node.items.append(item)
        else:
            node.kind = "text" if kind == "text" else "word"
            node.value = self.source[start:end].strip('"')
        if node.items or mark in ("{", "[", "("):
            end = self.tokens[self.at][2]
            self.at += 1
        node.end = node.whole_end = end
        if self._mark() in (";", ","):
            node.whole_end = self.tokens[self.at][2]
            self.at += 1

    # ---- What operators look for

    def section(self, name):
        node = self.root[name]
        return node.items if node is not None else []

    def strands(self):
        return self.section("strands")

    def stages(self):
        return [stage for strand in self.strands() if strand["stages"] for stage in strand["stages"].items]

    def ladders(self):
        """Every group of rungs."""
        found = list(self.section("ladders"))
        for node in self.root.walk():
            if node.name == "ladder" and node.kind == "group":
                found.append(node)
        return found

    def rungs(self):
        return [rung for ladder in self.ladders() for rung in ladder.items]

    def rows(self):
        """Rows in on, always, begins, do, choose."""
        return [item for node in self.root.walk() if node.kind == "list" and node.name in ("on", "always", "begins", "do", "choose")
                for item in node.items if item.kind == "group"]

    def acting(self):
        return self.rows() + self.rungs()

    def texts_of(self, *names):
        """Every text that stands behind one of these keys, alone or in brackets."""
        return [text for node in self.root.walk() if node.name in names for text in node.texts()]
