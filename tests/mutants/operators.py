"""Mutation operators: each makes one fault of a sort that people make in rule packs.

An operator is a generator over a Pack (pack.py); it yields Mutants, one for each place where the fault can be made.
Places where the change would mean nothing (an equivalent mutant) are left out here, with the reason beside it."""

import os
import re

OPERATORS = {}


class Mutant:
    """edits: (start, end, text) in pathway.cfg; files: path in the pack -> bytes, or None to delete it.
    A message points at it when it is about a line in the changed part, or when it quotes one of `names`."""

    def __init__(self, what, edits=(), files=None, names=(), node=None):
        self.what, self.edits, self.files, self.names, self.node = what, list(edits), files or {}, list(names), node

    def source(self, pack):
        text = pack.source
        for start, end, new in sorted(self.edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text


def operator(function):
    OPERATORS[function.__name__.replace("_", "-")] = function
    return function


def misspelt(word):
    """Two letters of the longest part changed places; what cannot be seen so loses a letter."""
    for i in range(len(word) // 2, len(word) - 1):
        if word[i] != word[i + 1] and word[i].isalpha() and word[i + 1].isalpha():
            return word[:i] + word[i + 1] + word[i] + word[i + 2:]
    return word + "x"


def take_out(node, what, *names):
    return Mutant(what, [(node.begin, node.whole_end, "")], names=[n for n in (*names, node.name) if n], node=node.named())


def replace(node, new, what, *names):
    return Mutant(what, [(node.start, node.end, new)], names=names, node=node.named())


def rename(node, new, what):
    return Mutant(what, [(node.begin, node.begin + len(node.name), new)], names=[node.name, new], node=node.named())


def takes_out(nodes, kind):
    for node in nodes:
        yield take_out(node, "%s %s taken out" % (kind, ".".join(node.path())))


def lacks(nodes, key):
    """The nodes' entry of that name taken out."""
    for node in nodes:
        if node[key] is not None:
            yield take_out(node[key], "%s of %s taken out" % (key, ".".join(node.path())), node.name, *node.path()[-1:])


def where(node):
    return ".".join(node.path())


# ---- Ladders


@operator
def delete_last_rung(pack):
    for ladder in pack.ladders():
        if ladder.items and ladder.parent.name != "always":     # what never ends stands last; always-rungs chase nobody
            yield take_out(ladder.items[-1], "last rung of %s" % where(ladder), *ladder.path(), ladder.items[-1].text("go"))


@operator
def delete_only_rung(pack):
    for ladder in pack.ladders():
        if ladder.items:
            yield Mutant("all rungs of %s" % where(ladder), [(ladder.start + 1, ladder.end - 1, "")], names=ladder.path(), node=ladder)


@operator
def last_rung_does_not_repeat(pack):
    for ladder in pack.ladders():
        rung = ladder.items[-1] if ladder.items else None
        if rung is not None and rung["every"] is not None and ladder.parent.name != "always" and not rung["go"] and waits_for_someone(ladder):
            yield take_out(rung["every"], "every of %s" % where(rung), rung.name, *ladder.path())


def waits_for_someone(ladder):
    """A ladder in a stage that says `waits` may end: nobody owes anything there."""
    return ladder.name != "ladder" or ladder.parent["waits-for"] is not None or ladder.parent["ask"] is not None


@operator
def last_rung_reaches_only_the_one_chased(pack):
    for ladder in pack.ladders():
        rung = ladder.items[-1] if ladder.items else None
        if rung is None or rung["escalate"] is None or ladder.parent.name == "always" or not waits_for_someone(ladder):
            continue
        edits = [(rung["escalate"].start, rung["escalate"].end, '"them"')]
        if rung["cc"] is not None:
            edits.append((rung["cc"].begin, rung["cc"].whole_end, ""))
        yield Mutant("last rung of %s escalates to them" % where(ladder), edits, names=[rung.name, *ladder.path()], node=rung)


@operator
def swap_the_dates_of_rungs(pack):
    for ladder in pack.ladders():
        for a, b in zip(ladder.items, ladder.items[1:]):
            dates = a["at"], b["at"]
            if None in dates or dates[0].value == dates[1].value:
                continue
            if dates[0].value.split()[0] != dates[1].value.split()[0] or a["when"] or b["when"]:
                continue        # from different dates, or on different conditions, either may come first
            yield Mutant("dates of %s and %s" % (where(a), b.name), [(dates[0].start, dates[0].end, '"%s"' % dates[1].value),
                         (dates[1].start, dates[1].end, '"%s"' % dates[0].value)], names=[a.name, b.name], node=ladder)


@operator
def drop_the_ladder(pack):
    yield from lacks((s for s in pack.stages() if s["waits-for"]), "ladder")


@operator
def misspell_the_ladder(pack):
    for stage in pack.stages():
        if stage["ladder"] is not None:
            for text in stage["ladder"].texts():
                yield replace(text, '"%s"' % misspelt(text.value), "ladder of %s" % where(stage), text.value)


@operator
def rung_without_a_date(pack):
    yield from lacks(pack.rungs(), "at")


@operator
def rung_that_does_nothing(pack):
    for rung in pack.rungs():
        keep = rung["at"]
        if keep is not None and not rung["go"]:
            yield Mutant("%s only has a date" % where(rung), [(rung.start, rung.end, '{ at = "%s" }' % keep.value)], names=[rung.name], node=rung)


# ---- Names and keys


def misspell_definition(pack, section):
    for node in pack.section(section):
        if len(re.findall(r"(?<![\w-])%s(?![\w-])" % re.escape(node.name), pack.source)) > 1:
            yield rename(node, misspelt(node.name), "%s.%s defined as %s" % (section, node.name, misspelt(node.name)))


@operator
def rename_a_role(pack):
    yield from misspell_definition(pack, "roles")


@operator
def rename_one_use_of_a_role(pack):
    roles = {r.name for r in pack.section("roles")}
    for text in pack.texts_of("to", "cc", "from", "waits-for", "escalate", "remind", "of", "team-of", "is", "held-for", "copy-requests-to", "known"):
        for word in re.findall(r"[a-z][a-z0-9-]+", text.value):
            if word in roles:
                yield replace(text, '"%s"' % text.value.replace(word, misspelt(word), 1), "role %s in %s" % (word, where(text.parent)), misspelt(word))


@operator
def rename_a_kind(pack):
    yield from misspell_definition(pack, "kinds")


@operator
def rename_a_deadline(pack):
    optional = [d.name for d in pack.section("deadlines") if d["optional"]]
    for mutant in misspell_definition(pack, "deadlines"):
        if mutant.names[0] not in optional:         # those may be there to be shown alone
            yield mutant


@operator
def rename_a_condition(pack):
    yield from misspell_definition(pack, "conditions")


@operator
def rename_a_question(pack):
    yield from misspell_definition(pack, "questions")


@operator
def rename_a_stage(pack):
    for stage in pack.stages():
        if not re.search(r'go\s*=\s*"%s"' % re.escape(stage.name), pack.source):
            continue
        yield rename(stage, misspelt(stage.name), "stage %s" % where(stage))


@operator
def misspell_a_key(pack):
    named = ("roles", "kinds", "facts", "conditions", "deadlines", "questions", "ladders", "stages", "strands", "texts", "services",
             "guards", "alerts", "digests", "extract", "set", "ladder", None)
    for node in pack.root.walk():
        if node.name is None or node.parent is None:
            continue
        inside = node.parent.name if node.parent.name else None
        if node.parent is not pack.root and inside in named and (inside is not None):
            continue                    # a name that the pack gives, not a word of the language
        if node.parent.parent is not None and node.parent.parent.name in ("facts", "ladders"):
            continue                    # a fact's values and a ladder's rungs, too
        if len(node.name) > 2:
            yield rename(node, misspelt(node.name), "key %s" % where(node))


@operator
def misspell_a_reference(pack):
    keys = ("kind", "go", "ask", "due", "template", "send", "forward", "answer", "when", "shows", "by-mail", "enclose", "reply", "needs",
            "received", "sent", "stage", "open", "ended", "by-mail", "notice", "owner", "calendar", "extends")
    for text in pack.texts_of(*keys):
        if text.value in ("this", "any", "all", "back") or " " in text.value:
            continue
        if text.name == "needs" or len(text.value) > 3:
            yield replace(text, '"%s"' % misspelt(text.value), "%s in %s" % (text.value, where(text)), misspelt(text.value))


@operator
def misspell_a_true(pack):
    for node in pack.root.walk():
        if node.kind == "word" and node.value == "true":
            yield replace(node, '"true"', "%s in quotes" % where(node), node.name)


# ---- Kinds


@operator
def duplicate_a_kind(pack):
    for kind in pack.section("kinds"):
        copy = pack.source[kind.begin:kind.whole_end].replace(kind.name, kind.name + "-too", 1)
        yield Mutant("%s copied behind itself" % kind.name, [(kind.whole_end, kind.whole_end, "\n  " + copy)],
                     names=[kind.name + "-too", kind.name], node=kind)


@operator
def shadow_a_kind(pack):
    """An earlier kind is made to fit everything that a later one fits."""
    kinds = pack.section("kinds")
    for a, b in zip(kinds, kinds[1:]):
        if b["from"] is None:
            continue
        source = pack.source[b["from"].start:b["from"].end]
        yield Mutant("%s takes all from %s" % (a.name, source), [(a.start, a.end, "{ from = %s }" % source)],
                     names=[a.name, b.name], node=a)


@operator
def widen_what_a_kind_says(pack):
    for kind in pack.section("kinds"):
        if kind["says"] is not None:
            yield replace(kind["says"], '[ "*" ]', "%s says *" % kind.name, kind.name)


@operator
def kind_that_fits_every_mail(pack):
    for kind in pack.section("kinds"):
        yield Mutant("%s is empty" % kind.name, [(kind.start, kind.end, "{ }")], names=[kind.name], node=kind)


@operator
def delete_a_kind(pack):
    for kind in pack.section("kinds"):
        if re.search(r'"%s"' % re.escape(kind.name), pack.source):
            yield take_out(kind, "kind %s" % kind.name)


@operator
def kind_that_no_row_takes(pack):
    yield Mutant("a kind of its own", [(pack.root["kinds"].start + 1, pack.root["kinds"].start + 1,
                 '\n  unheard-of : { says = [ "a phrase that nobody else looks for" ] }\n')], names=["unheard-of"], node=pack.root["kinds"])


@operator
def cut_the_last_row_of_a_kind(pack):
    rows = pack.rows()
    for kind in pack.section("kinds"):
        takers = [r for r in rows if kind.name in [t.value for t in r.texts("kind")]]
        by_mail = any(kind.name in (q.text("by-mail"), q.text("shows")) for q in pack.section("questions"))
        if len(takers) == 1 and not by_mail and not kind["kept"] and len(takers[0].texts("kind")) == 1:
            yield take_out(takers[0], "the row for %s" % kind.name, kind.name)


@operator
def assent_before_refusal(pack):
    for fact in pack.section("facts"):
        values = [v for v in fact.items if v.name not in ("from", "meets", "of")]
        if len(values) >= 2:
            a, b = values[0], values[1]
            yield Mutant("values of %s" % fact.name, [(a.begin, a.end, pack.source[b.begin:b.end]), (b.begin, b.end, pack.source[a.begin:a.end])],
                         names=[fact.name, a.name, b.name], node=fact)


@operator
def unclosed_hole(pack):
    for node in pack.root.walk():
        if node.kind == "text" and re.search(r"\{(date|person|name|words)", node.value):
            yield replace(node, '"%s"' % node.value.replace("}", "", 1), "hole in %s" % where(node), node.value.replace("}", "", 1)[:30])


@operator
def unknown_hole(pack):
    for node in pack.root.walk():
        if node.kind == "text" and "{date" in node.value:
            yield replace(node, '"%s"' % node.value.replace("{date", "{day", 1), "hole in %s" % where(node), "day")


@operator
def person_for_a_role_that_is_not(pack):
    for node in pack.root.walk():
        m = re.search(r"\{person as ([a-z-]+)\}", node.value or "") if node.kind == "text" else None
        if m:
            wrong = misspelt(m.group(1))
            yield replace(node, '"%s"' % node.value.replace(m.group(1), wrong, 1), "hole in %s" % where(node), wrong, m.group(1))


# ---- Stages and rows


@operator
def cut_the_exit_of_a_stage(pack):
    yield from lacks((s for s in pack.stages() if s["final"] is None), "on")


@operator
def cut_a_go(pack):
    """Only where the row stood alone in leading there, or did nothing besides: else the case just stays, which a row may mean."""
    goes = [r.text("go") for r in pack.acting()]
    for row in pack.rows():
        go = row.text("go")
        if go is None or row["send"] or row["forward"] or row["record"] or row["ask"] or row["set"] or row["starts"] or row["restarts"] or row["end"]:
            if go is None or goes.count(go) > 1:
                continue
        yield take_out(row["go"], "go of the row on line %d" % pack.line(row.start), go)


@operator
def cut_begins(pack):
    yield from lacks(pack.strands(), "begins")


@operator
def stage_nobody_comes_to(pack):
    for strand in pack.strands():
        stages = strand["stages"]
        yield Mutant("a stage more in %s" % strand.name, [(stages.end - 1, stages.end - 1, '\n      nowhere : { final = true }\n')],
                     names=["nowhere"], node=stages)


@operator
def stages_that_run_in_a_circle(pack):
    for stage in pack.stages():
        if stage["final"] is None and stage["choose"] is None and re.search(r'go\s*=\s*"%s"' % re.escape(stage.name), pack.source):
            loop = '\n      round : { choose : ( { go = "%s" } ) }\n' % stage.name
            yield Mutant("%s goes round" % where(stage), [(stage.start, stage.end, '{ choose : ( { go = "round" } ) }'),
                         (stage.end, stage.whole_end, loop)], names=[stage.name, "round"], node=stage)


@operator
def final_stage_asks(pack):
    question = pack.section("questions")[0].name
    for stage in pack.stages():
        if stage["final"] is not None:
            yield Mutant("%s asks" % where(stage), [(stage["final"].begin, stage["final"].begin, 'ask = "%s"; ' % question)], names=[stage.name], node=stage)


@operator
def final_stage_chases(pack):
    for stage in pack.stages():
        if stage["final"] is not None:
            yield Mutant("%s chases" % where(stage), [(stage["final"].begin, stage["final"].begin, 'ladder = "standard"; ')],
                         names=[stage.name], node=stage)


@operator
def last_stage_is_not_final(pack):
    yield from lacks(pack.stages(), "final")


@operator
def stage_without_its_reason(pack):
    yield from lacks(pack.stages(), "waits")


@operator
def stage_waits_for_nobody(pack):
    yield from lacks((s for s in pack.stages()), "waits-for")


@operator
def stage_asks_nothing(pack):
    yield from lacks((s for s in pack.stages() if s["choose"] is None), "ask")


@operator
def drop_a_deadline_from_a_stage(pack):
    yield from lacks((s for s in pack.stages() if s["waits-for"]), "due")


@operator
def row_twice(pack):
    for row in pack.rows():
        if row.parent.name != "do":
            text = pack.source[row.start:row.end]
            yield Mutant("row on line %d twice" % pack.line(row.start), [(row.end, row.end, ",\n" + text)], names=[], node=row)


@operator
def row_without_an_event(pack):
    for row in pack.rows():
        if row.parent.name not in ("do", "choose") and row["kind"] is not None:
            yield take_out(row["kind"], "kind of the row on line %d" % pack.line(row.start))


@operator
def send_to_nobody(pack):
    for row in pack.acting():
        if row["to"] is not None and (row["send"] or row["forward"]):
            yield take_out(row["to"], "to of %s, line %d" % (row.name, pack.line(row.start)))


@operator
def unknown_condition(pack):
    for row in pack.acting():
        for text in row.texts("when"):
            yield replace(text, '"%s"' % misspelt(text.value), "when of line %d" % pack.line(row.start), misspelt(text.value))


@operator
def forward_a_kind_that_never_comes(pack):
    for row in pack.acting():
        if row["forward"] is not None and row["forward"].value != "this":
            yield replace(row["forward"], '"a-kind-of-mail"', "forward on line %d" % pack.line(row.start), "a-kind-of-mail")


# ---- Questions


@operator
def remove_an_answer_row(pack):
    for stage in pack.stages():
        question = next((q for q in pack.section("questions") if q.name == stage.text("ask")), None)
        for row in stage["on"].items if question is not None and stage["on"] else []:
            words = [t.value for t in row.texts("answer")]
            offered = [re.split(r"[{\[]", t.value)[0].strip() for t in question.texts("answers")]
            same = [r for r in stage["on"].items if set(words) & {t.value for t in r.texts("answer")} and r is not row]
            if words and words[0] in offered and not same and pack.source.count('"%s"' % words[0]) < 3:
                yield take_out(row, "answer %s in %s" % (words[0], where(stage)), stage.name, *words)


@operator
def remove_an_answer(pack):
    for question in pack.section("questions"):
        texts = question["answers"].texts() if question["answers"] is not None and question["answers"].kind == "array" else []
        words = [re.split(r"[{\[]", t.value)[0].strip() for t in texts]
        for text, word in zip(texts, words):
            if words.count(word) == 1 and len(words) > 1:   # otherwise another form of the same answer is left
                yield Mutant("answer %s of %s" % (word, question.name), [(text.begin, text.whole_end, "")], names=[question.name, word], node=question)


@operator
def question_that_nobody_may_answer(pack):
    for question in pack.section("questions"):
        if question["by-mail"] is None and question["answers"] is not None and question.name != "involvement":  # common has that
            yield take_out(question["answers"], "answers of %s" % question.name, question.name)


@operator
def question_to_nobody(pack):
    for question in pack.section("questions"):
        if question["of"] is not None and not re.search(r"ask = \"%s\"; *of" % question.name, pack.source):
            yield take_out(question["of"], "of of %s" % question.name, question.name)


@operator
def question_never_asked(pack):
    yield Mutant("a question more", [(pack.root["questions"].end - 1, pack.root["questions"].end - 1,
                 '  what-else : { of = "owner"; answers = [ "NOTHING", "SOMETHING" ] }\n')], names=["what-else"], node=pack.root["questions"])


# ---- Dates


@operator
def circular_deadlines(pack):
    for deadline in pack.section("deadlines"):
        date = deadline if deadline.kind == "text" else deadline["is"]
        yield replace(date, '"%s + 1 day"' % deadline.name, "%s rests on itself" % deadline.name, deadline.name)


@operator
def deadline_without_a_date(pack):
    yield from lacks(pack.section("deadlines"), "is")


@operator
def deadline_on_a_fact_nobody_sets(pack):
    for deadline in pack.section("deadlines"):
        date = deadline if deadline.kind == "text" else deadline["is"]
        yield replace(date, '"date-of-panel + 2 weeks"', "%s rests on nothing" % deadline.name, "date-of-panel")


DATES = ("at", "is", "every")


@operator
def unit_run_together(pack):
    for text in pack.texts_of(*DATES):
        if "working day" in text.value:
            yield replace(text, '"%s"' % text.value.replace("working day", "workingday"), "unit in %s" % where(text), "workingday")


@operator
def unit_misspelt(pack):
    for text in pack.texts_of(*DATES):
        if " week" in text.value:
            yield replace(text, '"%s"' % text.value.replace(" week", " weke"), "unit in %s" % where(text), "weke")


@operator
def unit_missing(pack):
    for text in pack.texts_of("at", "is"):
        if re.search(r"\d+ (working )?(day|week|month)s?", text.value):
            yield replace(text, '"%s"' % re.sub(r"(\d+) (working )?(day|week|month)s?", r"\1", text.value, count=1), "unit of %s" % where(text), "unit")


@operator
def no_spaces_around_minus(pack):
    for text in pack.texts_of("at", "is"):
        if re.search(r" [+-] ", text.value):
            yield replace(text, '"%s"' % re.sub(r" ([+-]) ", r"\1", text.value, count=1), "signs of %s" % where(text), text.value.split()[0])


@operator
def number_without_quotes(pack):
    for text in pack.texts_of("every"):
        yield replace(text, "99999999999", "every of %s" % where(text.parent), "every")


# ---- People


@operator
def change_a_domain(pack):
    for text in pack.root["domains"].texts():
        yield replace(text, '"%s"' % text.value.replace(".example", ".test"), "domain %s" % text.value, text.value, text.value.replace(".example", ".test"))


@operator
def misspell_a_domain(pack):
    for text in pack.root["domains"].texts():
        yield replace(text, '"%s"' % misspelt(text.value), "domain %s" % text.value, text.value, misspelt(text.value))


@operator
def address_outside_the_domains(pack):
    for role in pack.section("roles"):
        if role["address"] is not None:
            yield replace(role["address"], '"someone@elsewhere.example"', "address of %s" % role.name, "someone@elsewhere.example")


@operator
def address_instead_of_a_role(pack):
    for row in pack.acting():
        if row["to"] is not None:
            yield replace(row["to"], '"someone@elsewhere.example"', "to on line %d" % pack.line(row.start), "someone@elsewhere.example")


@operator
def post_that_nobody_holds(pack):
    for role in pack.section("roles"):
        if role["post"] is not None:
            yield replace(role["post"], '"%s"' % misspelt(role["post"].value), "post of %s" % role.name, misspelt(role["post"].value), role.name)


@operator
def unused_role(pack):
    yield Mutant("a role more", [(pack.root["roles"].end - 1, pack.root["roles"].end - 1, '  nobody-writes : { post = "%s" }\n' %
                 next(r["post"].value for r in pack.section("roles") if r["post"]))], names=["nobody-writes"], node=pack.root["roles"])


# ---- The top of the pack


@operator
def drop_what_a_pack_needs(pack):
    for key in ("title", "owner", "reference", "calendar", "domains", "watches", "extends"):
        node = pack.root[key]
        if node is not None:
            yield take_out(node, key, key, "mailbox", "shapes")


@operator
def nothing_in_it(pack):
    for key in ("watches", "domains", "reference"):
        if pack.root[key] is not None:
            yield replace(pack.root[key], "[ ]", "%s is empty" % key, key)


@operator
def calendar_that_is_not(pack):
    if pack.root["calendar"] is not None:
        yield replace(pack.root["calendar"], '"england-and-whales"', "calendar", "england-and-whales")


# ---- How the file is written


def lists_of_texts(pack):
    return [n for n in pack.root.walk() if n.kind == "array" and len(n.items) > 1 and n.items[0].kind == "text"]


@operator
def unterminated_text(pack):
    for node in pack.root.walk():
        if node.kind == "text" and node.name is not None:
            yield Mutant("quote of %s" % where(node), [(node.end - 1, node.end, "")], names=[node.value[:30]], node=node)


@operator
def comma_missing_between_texts(pack):
    for node in lists_of_texts(pack):
        item = node.items[0]
        yield Mutant("comma in %s" % where(node), [(item.end, item.whole_end, "")], names=[item.value], node=node)


@operator
def comma_missing_between_rows(pack):
    for node in pack.root.walk():
        if node.kind == "list" and len(node.items) > 1:
            item = node.items[0]
            yield Mutant("comma in %s" % where(node), [(item.end, item.whole_end, "")], node=node)


@operator
def comma_too_many(pack):
    for node in lists_of_texts(pack):
        yield Mutant("comma in %s" % where(node), [(node.end - 1, node.end - 1, ",")], node=node)


@operator
def curly_quotes(pack):
    for node in pack.root.walk():
        if node.kind == "text" and node.name is not None and '"' not in node.value:
            yield replace(node, "\u201c%s\u201d" % node.value, "quotes of %s" % where(node), node.value[:30])


@operator
def quotes_left_out(pack):
    for text in pack.texts_of("go", "kind"):
        if text.name is not None:
            yield replace(text, text.value, "quotes of %s" % where(text), text.value)


@operator
def bracket_missing(pack):
    for stage in pack.stages():
        yield Mutant("closing brace of %s" % where(stage), [(stage.end - 1, stage.end, "")], names=[stage.name], node=stage)


@operator
def name_twice(pack):
    for stage in pack.stages():
        text = pack.source[stage.begin:stage.end]
        yield Mutant("%s twice" % where(stage), [(stage.end, stage.end, "\n" + text)], names=[stage.name], node=stage)


@operator
def include_a_file(pack):
    for node in pack.root.items[3:6]:
        yield Mutant("@include before %s" % node.name, [(node.begin, node.begin, '@include "more.cfg"\n')], names=["@include"], node=node)


@operator
def empty_pack(pack):
    yield Mutant("empty file", [(0, len(pack.source), "")], names=["empty"], node=pack.root)


@operator
def file_in_another_encoding(pack):
    yield Mutant("latin-1", files={"pathway.cfg": pack.source.replace("title", "# caf\u00e9\ntitle", 1).encode("latin-1", "replace")},
                 names=["UTF-8"], node=pack.root)


# ---- Templates


def templates(pack):
    for name in pack.files["templates"]:
        with open("%s/templates/%s" % (pack.folder, name), encoding="utf-8") as f:
            yield name, f.read()


def changed_template(name, text, what, *names):
    return Mutant(what, files={"templates/" + name: text.encode()}, names=["templates/" + name, *names])


@operator
def delete_a_template(pack):
    common = os.listdir(os.path.dirname(pack.folder) + "/common/templates")
    questions = {q.name for q in pack.section("questions")}
    for name in pack.files["templates"]:
        if name not in common and name[:-4] not in questions:  # else what is common stands in for it
            yield Mutant("templates/%s" % name, files={"templates/" + name: None}, names=[name[:-4]])


@operator
def rename_a_template(pack):
    common = os.listdir(os.path.dirname(pack.folder) + "/common/templates")
    for name, text in templates(pack):
        if name not in common:
            yield Mutant("templates/%s" % name, files={"templates/" + name: None, "templates/" + misspelt(name[:-4]) + ".txt": text.encode()},
                         names=[name[:-4], misspelt(name[:-4])])


@operator
def empty_template(pack):
    for name, _ in templates(pack):
        yield changed_template(name, "", "templates/%s is empty" % name)


@operator
def template_without_a_body(pack):
    for name, text in templates(pack):
        if text.startswith("Subject:"):
            yield changed_template(name, text.split("\n", 1)[0] + "\n\n", "templates/%s has only a subject" % name)


@operator
def child_in_a_subject(pack):
    for name, text in templates(pack):
        if text.startswith("Subject:"):
            yield changed_template(name, text.replace("Subject:", "Subject: {child-name}", 1), "subject of %s" % name, "child-name")


@operator
def unknown_field(pack):
    for name, text in templates(pack):
        yield changed_template(name, text + "\nWith {kindest-regards}\n", "field in %s" % name, "kindest-regards")


@operator
def misspelt_field(pack):
    for name, text in templates(pack):
        fields = re.findall(r"\{([a-z][a-z-]{3,})\}", text)
        fields = [f for f in fields if f != "end"]
        if fields:
            yield changed_template(name, text.replace("{%s}" % fields[0], "{%s}" % misspelt(fields[0])), "field in %s" % name, misspelt(fields[0]))


@operator
def unclosed_if(pack):
    for name, text in templates(pack):
        if "{end}" in text:
            yield changed_template(name, text.replace("{end}", "", 1), "{end} in %s" % name)


@operator
def unclosed_field(pack):
    for name, text in templates(pack):
        if "}" in text:
            yield changed_template(name, text.replace("}", "", 1), "brace in %s" % name)


@operator
def template_in_another_encoding(pack):
    for name, text in templates(pack):
        yield Mutant("templates/%s in latin-1" % name, files={"templates/" + name: (text + "caf\u00e9\n").encode("latin-1", "replace")},
                     names=["templates/" + name])


@operator
def attach_what_is_not_there(pack):
    for row in pack.acting():
        if row["attach"] is not None:
            yield replace(row["attach"], '"%s"' % misspelt(row["attach"].value), "attach on line %d" % pack.line(row.start), misspelt(row["attach"].value))


# ---- Who is told, and what can have come


@operator
def stage_tells_nobody(pack):
    """Whoever it waits for is told by its "do" alone; on the other ways nothing is said to them."""
    for stage in pack.stages():
        if stage["waits-for"] is not None and stage["do"] is not None and any(r["to"] is not None for r in stage["do"].items):
            yield take_out(stage["do"], "do of %s taken out" % where(stage), stage.name)


@operator
def tell_somebody_else(pack):
    """The mail that tells them goes to the owner of the mailbox instead; a copy may tell them, too."""
    for stage in pack.stages():
        if stage["waits-for"] is None or stage["do"] is None:
            continue
        told = [row for row in stage["do"].items if row["to"] is not None]
        for row in told if len(told) == 1 else []:
            if row["cc"] is None and (row["forward"] or row["send"]):
                yield replace(row["to"], '"owner"', "to of the do of %s" % where(stage), stage.name)


@operator
def forward_what_has_not_come(pack):
    """On entering a stage, a kind that only a later stage's rows take."""
    taken = {}
    for stage in pack.stages():
        for row in stage["on"].items if stage["on"] is not None else []:
            for kind in row.texts("kind"):
                taken.setdefault(kind.value, []).append(stage.name)
    for strand in pack.strands():
        begins = {k.value for r in (strand["begins"].items if strand["begins"] is not None else []) for k in r.texts("kind")}
        for stage in strand["stages"].items:
            for row in stage["do"].items if stage["do"] is not None else []:
                if row["forward"] is None or row["forward"].value == "this" or row["when"] is not None:
                    continue
                for kind, stages in sorted(taken.items()):
                    if kind not in begins and kind != row["forward"].value and stages == [stage.name]:
                        yield replace(row["forward"], '"%s"' % kind, "forward of the do of %s" % where(stage), stage.name, kind)
