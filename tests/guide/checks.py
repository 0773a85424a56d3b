"""The checks of tests/guide/run, each a function that raises what is wrong."""

import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

import colours
from walk import Walk, Wrong

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.path.dirname(os.path.abspath(os.environ.get("ADVICECTL", ROOT + "/advicectl")))
GUIDES = "man/guide/"


class Skip(Exception):
    pass


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def walk(guide, folder):
    if Walk(guide, folder, PROGRAMS).all() == 0:
        raise Wrong("%s has no step that could be taken" % guide)


def with_folder(check):
    """A scratch folder with the pack that all share, as the guides want it."""
    def run():
        with tempfile.TemporaryDirectory(prefix="adviced-guide-") as folder:
            shutil.copytree("rules/common", folder + "/rules/common")
            check(folder)
    return run


# ---- The tutorial, and the configurations that stand on what it made

@with_folder
def tutorial(folder):
    walk(GUIDES + "tutorial.md", folder)


def service_account(path):
    """A JSON key as Google gives it."""
    key = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                         capture_output=True, text=True, check=True).stdout
    with open(path, "w", encoding="ascii") as file:
        json.dump({"type": "service_account", "private_key": key, "client_email": "adviced@project.example",
                   "private_key_id": "1", "token_uri": "https://oauth2.googleapis.com/token"}, file)
    os.chmod(path, 0o600)


def secrets(folder):
    """What an administrator has put below /etc/adviced/secrets by then."""
    os.mkdir(folder + "/secrets")
    walk(GUIDES + "setup-microsoft-365.md", folder)         # makes office.pem and office.key
    for name in ("office.pem", "office.key"):
        shutil.move(folder + "/" + name, folder + "/secrets/" + name)
    service_account(folder + "/secrets/google.json")
    with open(folder + "/secrets/advice.password", "w", encoding="ascii") as file:
        file.write("correct horse\n")
    os.chmod(folder + "/secrets/advice.password", 0o600)


def pack_of_the_tutorial(folder):
    """The files of the tutorial that a pack needs to be sound, without its tests."""
    for found in re.finditer(r"^<!-- file: (rules/wexcombe/(?!tests)\S+) -->\n```\w*\n(.*?)^```$", text_of(GUIDES + "tutorial.md"),
                             re.M | re.S):
        path = folder + "/" + found[1]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(found[2])
    rules = folder + "/rules/wexcombe/pathway.cfg"
    sound = text_of(rules).replace("standart", "standard").replace(
        '{ answer = "OPEN"; go = "with-worker" } )',
        '{ answer = "OPEN"; go = "with-worker" }, { answer = "CLOSED"; go = "not-ours" }, { answer = "NOT KNOWN"; go = "not-ours" } )')
    with open(rules, "w", encoding="utf-8") as file:
        file.write(sound)


def configurations(guide):
    """(name, text) of every configuration in a guide.  "NAME, instead of the line KEY" is the one before it, changed there."""
    out = []
    for found in re.finditer(r"^<!-- config: (.*?) -->\n```\w*\n(.*?)^```$", text_of(guide), re.M | re.S):
        name, _, key = found[1].partition(", instead of the line ")
        text = found[2]
        if key:
            text, count = re.subn(r"(?m)^%s\b.*\n" % key, found[2].replace("\\", r"\\"), out[-1][1])
            if count != 1:
                raise Wrong("%s: the configuration before \"%s\" has %d lines %s" % (guide, name, count, key))
        out.append((name, text))
    return out


@with_folder
def configurations_are_sound(folder):
    secrets(folder)
    pack_of_the_tutorial(folder)
    seen = 0
    for guide in sorted(glob.glob(GUIDES + "setup-*.md")):
        for name, text in configurations(guide):
            for installed in ("/etc/adviced/", "/var/lib/adviced/", "/run/adviced/"):
                text = text.replace(installed, folder + "/")
            with open(folder + "/adviced.cfg", "w", encoding="utf-8") as file:
                file.write(text)
            done = subprocess.run([PROGRAMS + "/adviced", "-c", folder + "/adviced.cfg", "-n"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
            if done.returncode != 0 or ": well, 1 mailbox, 1 pack" not in done.stdout:
                raise Wrong("%s, %s: adviced -n ended with %d:\n%s" % (guide, name, done.returncode, done.stdout))
            seen += 1
    if seen < 4:
        raise Wrong("only %d configurations were found" % seen)


# ---- Links

def anchors(path):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", re.sub(r"`", "", line).strip().lower()).replace(" ", "-")
            for line in re.findall(r"^#+ (.*)$", text_of(path), re.M)}


def documents():
    return sorted(glob.glob("*.md") + glob.glob(GUIDES + "*.md") + ["rules/README.md", "spool/README.md", "tests/README.md"])


def links_lead_somewhere():
    wrong = []
    for document in documents():
        for target in re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", text_of(document)):
            target = target[0] or target[1]
            if re.match(r"https?://|mailto:", target):
                continue
            path, _, anchor = target.partition("#")
            path = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
            if not os.path.exists(path):
                wrong.append("%s: there is no %s" % (document, target))
            elif anchor and anchor not in anchors(path):
                wrong.append("%s: %s has no heading for #%s" % (document, path, anchor))
    if wrong:
        raise Wrong("\n".join(wrong))


def pictures_are_small():
    """Whoever opens the README on a slow line still sees it."""
    for path in glob.glob("man/pictures/*"):
        if not 1000 < os.path.getsize(path) < 250000:
            raise Wrong("%s has %d bytes" % (path, os.path.getsize(path)))


# ---- What a document says in figures

DOCUMENTED = {"months": 1, "month": 1, "years": 12, "year": 12}


def retention_is_the_programs_own():
    """The table of data-protection.md, the defaults in C, and what the sample configuration says of them."""
    table = re.search(r"^<!-- table: retention -->\n((?:\|.*\n)+)", text_of(GUIDES + "data-protection.md"), re.M)[1]
    said = {key: int(number) * DOCUMENTED[unit] for key, number, unit in
            re.findall(r"^\|[^|]*\| `([a-z-]+)` \| (\d+) (\w+)", table, re.M)}
    sample = re.search(r"^retention : \{\n(.*?)^\}", text_of("config/adviced.cfg"), re.M | re.S)[1]
    config = {key: int(number) * DOCUMENTED[unit] for key, number, unit in re.findall(r'([a-z-]+) *= "(\d+) (\w+)"', sample)}
    fields = re.search(r"\.retention = \{(.*?)\}", text_of("daemon/conf/config.c"))[1]
    names = {"raw_mail": "raw-mail", "cases": "case"}
    program = {names.get(key, key): int(number) for key, number in re.findall(r"\.(\w+) = (\d+)", fields)}
    if not said == config == program:
        raise Wrong("the guide says %s, config/adviced.cfg %s, the program %s" % (said, config, program))


def permissions_are_named_alike():
    """What the program tells an administrator to grant is what the guide tells them."""
    guide, told = text_of(GUIDES + "setup-microsoft-365.md"), text_of("daemon/signin/said.c")
    for name in ("IMAP.AccessAsApp", "SMTP.SendAsApp", "Application Mail.Send", "New-ServicePrincipal", "Add-MailboxPermission",
                 "Add-RecipientPermission", "New-ManagementRoleAssignment", "SmtpClientAuthenticationDisabled $false"):
        if name not in guide or name not in told:
            raise Wrong("\"%s\" is not in both of the guide and daemon/signin/said.c" % name)
    lost = [code for code in re.findall(r"AADSTS\d+", guide) if code not in told]
    if lost:
        raise Wrong("the guide explains codes that the program does not know: %s" % ", ".join(lost))


def bill_of_materials():
    done = subprocess.run(["man/make/sbom", PROGRAMS], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Wrong(done.stderr)
    bill = json.loads(done.stdout)
    refs = [component["bom-ref"] for component in bill["components"]]
    asked = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    for program, library in (("adviced", "libetpan"), ("adviced", "libgnutls"), ("adviced-parse", "libpoppler"),
                             ("adviced-parse", "libytnef"), ("advicectl", "libsqlite3")):
        if not any(ref.startswith(library) for ref in asked[program]):
            raise Wrong("%s is said to do without %s" % (program, library))
    lost = [ref for of in asked.values() for ref in of if ref not in refs + ["adviced", "adviced-parse", "advicectl"]]
    if lost or len(refs) != len(set(refs)) or not all(component["version"] and component["purl"] for component in bill["components"]):
        raise Wrong("components without a version, named twice, or not listed: %s" % lost)


def the_licence_is_there():
    if "GNU GENERAL PUBLIC LICENSE" not in text_of("COPYING")[:200] or len(text_of("COPYING")) < 30000:
        raise Wrong("COPYING is not the whole licence")
    if "SPDX-License-Identifier: GPL-3.0-or-later" not in text_of("README.md"):
        raise Wrong("README.md does not name the licence")


def the_house_is_as_hacking_says():
    """The table of rooms, against the one that "make layers" proves."""
    table = {room: set() if knows == "nothing" else set(knows.split(", ")) for room, knows in
             re.findall(r"^\| `(\w+)/` \|.*\| ([\w, ]+) \|$", text_of("HACKING.md"), re.M)}
    proven = {line.split()[0]: set(line.split()[1:]) for line in text_of("tests/layers/rooms").splitlines()
              if line.strip() and not line.startswith("#")}
    for room in sorted(set(table) | set(proven)):
        if table.get(room) != proven.get(room):
            raise Wrong("HACKING.md says that %s/ knows %s; tests/layers/rooms says %s" % (
                room, table.get(room), proven.get(room)))
    lost = [name for name in re.findall(r"`((?:base|ipc|conf|rule|mail|case|store|engine|role|ctl|imap|send)/[a-z_]+\.[ch])`",
                                        text_of("HACKING.md")) if not os.path.exists("daemon/" + name)]
    if lost:
        raise Wrong("HACKING.md names files that are not there: %s" % ", ".join(lost))


# ---- The editor's colours

def the_editor_knows_every_word():
    lost = colours.language_words() - colours.vim_words()
    if lost or len(colours.language_words()) < 100:
        raise Wrong("config/editor/vim/syntax/adviced.vim does not know: %s" % ", ".join(sorted(lost)))


def vim_colours_the_packs():
    if shutil.which("vim") is None:
        raise Skip("vim is not installed")
    seen, wrong = colours.wrong_in_packs(sorted(glob.glob("rules/*/pathway.cfg")))
    if wrong or seen < 1000:
        raise Wrong("%d words were looked at; %s" % (seen, "\n".join(wrong[:20])))


ALL = [
    ("the tutorial, step by step", tutorial),
    ("the configurations of the guides are sound", configurations_are_sound),
    ("links lead somewhere", links_lead_somewhere),
    ("pictures are small", pictures_are_small),
    ("retention is the program's own", retention_is_the_programs_own),
    ("permissions are named alike", permissions_are_named_alike),
    ("the bill of materials", bill_of_materials),
    ("the house is as HACKING.md says", the_house_is_as_hacking_says),
    ("the licence is there", the_licence_is_there),
    ("the editor knows every word of the rules", the_editor_knows_every_word),
    ("vim colours the packs", vim_colours_the_packs),
]
