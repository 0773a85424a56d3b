"""A year of requests for one pack, made up: one mail a case, as somebody's office would write it.

Sender, subject and words are those of a request in one of the pack's own tests; child, numbers, reference and day are
each mail's own, always the same ones.  The people are those of that test."""

import datetime
import email
import email.policy
import glob
import html
import os
import re
import sys
from email.message import EmailMessage

# The test whose request is taken, and the mail that opens its case.
REQUESTS = {
    "birmingham": ("no-officer-for-weeks", "01-*"),
    "leicester": ("nobody-answers", "01-*"),
    "durham": ("nobody-allocates", "01-*"),
    "stockport": ("duty-worker-late", "01-*"),
    "se7": ("words-for-everything", "01-*"),
}
FIRST = datetime.datetime(2026, 9, 7, 9, 0, tzinfo=datetime.timezone.utc)
FORENAMES = "Ada Bram Cleo Dara Elio Faye Gwen Hugo Iris Jory Kit Lena Milo Nell Otis Pia Quin Rhea Seth Tess".split()
PARTS = "Al Bar Cor Den Eld Fen Gar Hol Ing Jar Kel Lam Mor Nor Oak Pen Ros Sel Tor Wen".split()
ENDS = "by dale ford gate ham ley mere more ridge shaw ston ter thorpe ton ville wick wood worth yard den".split()


def digits_nhs(number):
    """The ten digits of an NHS number out of the range for tests, or None where there is no check digit for it."""
    nine = "999%06d" % number
    check = 11 - sum((10 - i) * int(digit) for i, digit in enumerate(nine)) % 11
    return None if check == 10 else nine + str(check % 11)


class Child:
    """Everything that the mails say of one."""

    def __init__(self, number):
        self.name = "%s %s%s" % (FORENAMES[number % 20], PARTS[number // 20 % 20], ENDS[number // 400 % 20])
        self.born = datetime.date(2009, 1, 5) + datetime.timedelta(days=number * 37 % 3200)
        self.nhs = next(nhs for nhs in (digits_nhs(number * 100 + i) for i in range(99)) if nhs)
        self.reference = "EHC-%05d" % (60000 + number)


def request_of(root, pack):
    test, pattern = REQUESTS[pack]
    folder = "%s/rules/%s/tests/%s" % (root, pack, test)
    with open(sorted(glob.glob(folder + "/mail/" + pattern))[0], "rb") as f:
        mail = email.message_from_binary_file(f, policy=email.policy.default)
    return folder, mail, mail.get_body(("plain",)).get_content()


def about(text, child):
    """The same words about another child."""
    text = re.sub(r"EHC-\d+", child.reference, text)
    text = re.sub(r"(?im)^((?:child's )?name: *).*$", r"\g<1>" + child.name, text)
    text = re.sub(r"(?im)^((?:dob|date of birth): *).*$", r"\g<1>" + child.born.strftime("%d/%m/%Y"), text)
    text = re.sub(r"(?im)^(nhs[a-z .]*: *).*$", r"\g<1>%s %s %s" % (child.nhs[:3], child.nhs[3:6], child.nhs[6:]), text)
    return re.sub(r"(?im)^(upn: *|due date: *|date of request: *|deadline: *).*\n", "", text)


def mail_about(pattern, text, child, number, at):
    mail = EmailMessage()
    stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    mail["Received"] = "from mail.sender.example by mx.reader.example with HTTPS; " + stamp
    for name in ("Authentication-Results", "From", "To"):
        if pattern[name]:
            mail[name] = str(pattern[name])
    mail["Subject"] = about(str(pattern["Subject"]), child)
    mail["Date"] = stamp
    mail["Message-ID"] = "<request.%d@bench.example>" % number
    words = about(text, child)
    mail.set_content(words)
    mail.add_alternative("<html><body>%s</body></html>" % "".join(
        "<p class=MsoNormal>%s<o:p></o:p></p>" % html.escape(line) for line in words.splitlines()), subtype="html")
    for part in mail.iter_parts():	# the boundary is the only thing that would differ from run to run
        del part["MIME-Version"]
    mail.set_boundary("=_request_%d" % number)
    return mail.as_bytes()


def write(root, pack, count, folder, days=364):
    """count mails over a year, or so many days, into folder/mail, and the lists beside it."""
    test, pattern, text = request_of(root, pack)
    os.makedirs(folder + "/mail")
    with open(test + "/directory.csv", encoding="utf-8") as f:
        people = f.read()
    with open(folder + "/directory.csv", "w", encoding="utf-8") as f:
        f.write(people)
    with open(folder + "/involvement.csv", "w", encoding="utf-8") as f:
        f.write("person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags\n")
        for number in range(count):
            child = Child(number)
            f.write("%d,%s,%s,%s,,CSC,%s,,,\n" % (900000 + number, child.name, child.born.isoformat(), child.nhs, "open"))
    for number in range(count):
        at = FIRST + datetime.timedelta(minutes=number * (days * 24 * 60) // count)
        with open("%s/mail/%06d.eml" % (folder, number), "wb") as f:
            f.write(mail_about(pattern, text, Child(number), number, at))


if __name__ == "__main__":
    write(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), sys.argv[1], int(sys.argv[2]), sys.argv[3])
