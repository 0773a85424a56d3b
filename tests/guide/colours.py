"""Vim's colours of the rule packs: which group each word before "=" or ":" gets, asked of Vim itself."""

import glob
import os
import re
import subprocess
import tempfile

VIM = "config/editor/vim/"
# In these a pack gives names of its own, which are no words of the language.
OWN = ("facts", "extract", "texts", "called", "set")
# In these a pack's facts may stand beside the words of the language.
FACTS = ("conditions", "when", "unless")

ASK = r"""
set nocompatible nomodeline
execute 'set runtimepath^=' . fnameescape($VIM_FILES)
filetype on
syntax on
for file in split($PACKS)
  execute 'edit ' . fnameescape(file)
  let out = []
  for line in range(1, line('$'))
    let text = getline(line)
    let at = match(text, '[a-z][a-z0-9-]*\s*[=:]')
    while at >= 0
      call add(out, printf('%d %d %s', line, at, synIDattr(synID(line, at + 1, 0), 'name')))
      let at = match(text, '[a-z][a-z0-9-]*\s*[=:]', at + strlen(matchstr(text, '[a-z][a-z0-9-]*', at)))
    endwhile
  endfor
  call writefile([file . ' ' . &filetype] + out, $OUT, 'a')
endfor
qall!
"""


def language_words():
    """Every key that the reader of packs knows."""
    found = set()
    for path in glob.glob("daemon/rule/read*.c"):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        found.update(re.findall(r'\{ "([a-z][a-z-]*)", [a-z_]+, (?:0|offsetof)', text))
        found.update(re.findall(r'\{ "([a-z][a-z-]*)", (?:TEST|ON)_', text))
    return found


def vim_words():
    with open(VIM + "syntax/adviced.vim", encoding="utf-8") as file:
        return {word for words in re.findall(r"/\\<\\\((.*?)\\\)\\ze", file.read()) for word in words.split(r"\|")}


def enclosing(text):
    """{(line, column): names of the groups around} of every word of a pack's file, texts and remarks left out."""
    out, around, name, i, line, start = {}, [], "", 0, 1, 0
    token = re.compile(r'"(?:\\.|[^"\\])*"|#[^\n]*|[a-z][a-z0-9-]*|\n|.', re.S)
    for found in token.finditer(text):
        word = found[0]
        if word == "\n":
            line, start = line + 1, found.end()
        elif word in "{([":
            around.append(name)
            name = ""
        elif word in "})]":
            around.pop()
        elif word[0].islower() and word[0].isascii():
            out[(line, found.start() - start)] = (word, tuple(around))
            name = word
        elif word == ";":
            name = ""
        if word[0] == '"':
            line += word.count("\n")
    return out


def groups(packs):
    """{file: (filetype, {(line, column): group})}, by Vim."""
    with tempfile.TemporaryDirectory(prefix="adviced-vim-") as folder:
        with open(folder + "/ask.vim", "w", encoding="utf-8") as file:
            file.write(ASK)
        env = dict(os.environ, VIM_FILES=os.path.abspath(VIM), PACKS=" ".join(packs), OUT=folder + "/out", HOME=folder)
        subprocess.run(["vim", "-u", "NONE", "-i", "NONE", "-n", "-es", "-S", folder + "/ask.vim"], env=env, timeout=60,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(folder + "/out", encoding="utf-8") as file:
            lines = file.read().splitlines()
    out, of_file = {}, None
    for line in lines:
        parts = line.split(" ")
        if not parts[0].isdigit():
            of_file = {}
            out[parts[0]] = (parts[1], of_file)
        else:
            of_file[(int(parts[0]), int(parts[1]))] = parts[2]
    return out


def wrong_in_packs(packs):
    """What is a word of the language by where it stands, and has not its colour; and the other way round."""
    wrong = []
    seen = 0
    known = language_words()
    for path, (filetype, coloured) in groups(packs).items():
        if filetype != "adviced":
            wrong.append("%s is of the type \"%s\"" % (path, filetype))
        with open(path, encoding="utf-8") as file:
            around = enclosing(file.read())
        for place, group in sorted(coloured.items()):
            if place not in around:                     # in a text or a remark
                if group not in ("advicedText", "advicedHole", "advicedRemark"):
                    wrong.append("%s:%d: a text or remark has the colour of %s" % (path, place[0], group or "nothing"))
                continue
            word, names = around[place]
            seen += 1
            if any(name in OWN for name in names):
                continue
            if word in known and group in ("", "advicedOwn", "advicedText", "advicedRemark"):
                wrong.append("%s:%d: %s has the colour of %s" % (path, place[0], word, group or "nothing"))
            elif group == "advicedOwn" and not any(name in FACTS for name in names):
                wrong.append("%s:%d: %s is no word that the colours know" % (path, place[0], word))
    return seen, wrong
