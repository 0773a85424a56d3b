"""An office of one pack to draw a board of: some teams, a request for each child over some months, advice that comes in
time, late or not at all, leaders who approve it or forget, and now and then a mail that nobody can place.  Everything is
made up, and the same every time.

usage: office.py CASES WEEKS FOLDER      mail/*.eml, directory.csv and involvement.csv are written below FOLDER"""

import csv
import datetime
import os
import random
import sys
from email.message import EmailMessage

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bench"))
sys.dont_write_bytecode = True
from cases import Child  # noqa: E402

DOMAIN = "@leicester.example"
BOX, SES = "das" + DOMAIN, "ses" + DOMAIN
FIRST = datetime.datetime(2026, 8, 10, 9, 0, tzinfo=datetime.timezone.utc)
TEAMS = ["West Locality", "East Locality", "City Centre", "Early Help North", "Disabled Children", "Duty and Advice"]
# How likely a team is to be in time: what the chart by team is to show.
IN_TIME = [.82, .64, .71, .9, .48, .6]
PEOPLE = ("Callum Ferris,Priya Lindqvist,Aisling Moran,Tomasz Zielin,Bea Okafor,Rhodri Vane,Ines Calder,Jonah Mbeki,Petra Sandow,"
          "Kofi Adeyemi,Lorna Finch,Owen Tarrant,Sunita Raval,Magnus Eide,Yusra Haddad,Nell Pembury,Dario Conti,Greta Holm").split(",")
LEADERS = "Dana Okonjo,Rowan Marsh,Stella Brandt,Ivor Naylor,Cressida Pole,Tobias Renn".split(",")


def address(name):
    return name.lower().replace(" ", ".") + DOMAIN


def lists(folder, children, workers):
    with open(folder + "/directory.csv", "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow("address,name,posts,team,manager,cover,from,until".split(","))
        rows.writerow([address("Hester Quayle"), "Hester Quayle", "DAS manager", "Duty and Advice", "", "", "", ""])
        rows.writerow([address("Imogen Blythe"), "Imogen Blythe", "DAS Business Support", "Duty and Advice",
                       address("Tobias Renn"), "", "", ""])
        for team, leader in zip(TEAMS, LEADERS):
            post = "DAS team manager" if team == "Duty and Advice" else "Team leader"
            rows.writerow([address(leader), leader, post, team, address("Hester Quayle"), "", "", ""])
        for i, worker in enumerate(PEOPLE):
            team = i % len(TEAMS)
            rows.writerow([address(worker), worker, "Early Help Worker" if "Help" in TEAMS[team] else "Social Worker", TEAMS[team],
                           address(LEADERS[team]), "", "", ""])
    with open(folder + "/involvement.csv", "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow("person-id,name,date-of-birth,nhs-number,upn,service,status,closed-on,worker,flags".split(","))
        for i, (child, worker) in enumerate(zip(children, workers)):
            service = "EH" if "Help" in TEAMS[PEOPLE.index(worker) % len(TEAMS)] else "CSC"
            rows.writerow([str(810000 + i), child.name, child.born.isoformat(), child.nhs, "", service, "open", "", address(worker), ""])


class Post:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    def write(self, at, sender, subject, text, attachment=None):
        stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        mail = EmailMessage()
        mail["Received"] = "from mail.leicester.example by mx.leicester.example with HTTPS; " + stamp
        mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, BOX, subject, stamp
        mail["Message-ID"] = "<%06d@office.example>" % self.count
        mail.set_content(text)
        if attachment:
            mail.add_attachment(attachment.encode(), maintype="application", subtype="rtf", filename="advice.rtf")
            mail.set_boundary("=_office_%d" % self.count)
        with open("%s/mail/%06d.eml" % (self.folder, self.count), "wb") as out:
            out.write(mail.as_bytes())
        self.count += 1


def day_words(day):
    return "%d %s" % (day.day, day.strftime("%B %Y"))


def one(post, chance, child, worker, at, end):
    team = PEOPLE.index(worker) % len(TEAMS)
    due = (at + datetime.timedelta(days=42)).date()
    post.write(at, SES, "Letter 2: request for social care/early help advice, " + child.reference,
               "Dear colleague\n\nThe authority has decided to carry out an EHC needs assessment. Please treat this letter as our "
               "request for advice.\n\nName: %s\nDate of birth: %s\nNHS number: %s %s %s\nOur reference: %s\nDue date: %s\n\n"
               "Special Education Service\n" % (child.name, child.born.strftime("%d/%m/%Y"), child.nhs[:3], child.nhs[3:6],
                                                child.nhs[6:], child.reference, day_words(due)))
    luck = chance.random()
    if luck < IN_TIME[team]:
        back = chance.randint(10, 33)
    elif luck < IN_TIME[team] + (1 - IN_TIME[team]) * .55:
        back = chance.randint(38, 70)
    else:
        return
    returned = at + datetime.timedelta(days=back, hours=chance.randint(0, 6), minutes=chance.randint(0, 59))
    if returned < end:
        post.write(returned, address(worker), "Advice for " + child.reference, "Please find the completed proforma attached.\n",
                   "{\\rtf1\\ansi\\deff0 {\\fonttbl{\\f0 Arial;}}\\f0\\fs22\nSocial Care/Early Help Advice\\par\nName: %s\\par\n"
                   "Date of birth: %s\\par\nReference: %s\\par\nCare needs: help with meals and with getting ready in the morning.\\par\n"
                   "Outcomes: to make breakfast without help.\\par\n}\n"
                   % (child.name, child.born.strftime("%d/%m/%Y"), child.reference))
    approved = returned + datetime.timedelta(days=chance.choice([1, 1, 2, 3, 6]), hours=1)
    if approved < end and chance.random() < .93:
        post.write(approved, address(LEADERS[team]), "RE: %s: please answer" % child.reference, "APPROVED\n\nRegards\n")


def write(count, weeks, folder):
    chance = random.Random(7)
    os.makedirs(folder + "/mail")
    children = [Child(number) for number in range(count)]
    workers = [PEOPLE[chance.randrange(len(PEOPLE))] for _ in children]
    lists(folder, children, workers)
    post, end = Post(folder), FIRST + datetime.timedelta(weeks=weeks)
    for number, (child, worker) in enumerate(zip(children, workers)):
        at = FIRST + datetime.timedelta(days=number * weeks * 7 // count, hours=chance.randint(0, 7))
        while at.weekday() > 4:
            at += datetime.timedelta(days=1)
        one(post, chance, child, worker, at, end)
    for days, subject, text in [(3, "A question about advice", "Hello, which form do we use for a young person of 17?\n"),
                                (9, "Your letter", "Please ring me back about the letter that I have from you.\n"),
                                (1, "Assessment", "When will the assessment of my son be finished? He is still at home.\n")]:
        post.write(end - datetime.timedelta(days=days), "somebody%d@home.example" % days, subject, text)
    return end


if __name__ == "__main__":
    print(write(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]).strftime("%Y-%m-%dT%H:%M"))
