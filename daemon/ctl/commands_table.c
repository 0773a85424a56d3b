/*
 * The commands of advicectl, in the order of its help.
 * Invariant: the options of a command are those that its code reads; what a
 * form leaves out, the code refuses.
 */
#include "ctl/commands.h"

#include <stddef.h>

#define JSON	{ "--json", NULL, "one JSON object a line, for scripts", 0, 0 }
#define LIMIT	{ "--limit", "N", "at most so many lines; 0 for all; otherwise 500, and all with --json", 0, 100000 }
#define YES	{ "--yes", NULL, "make the changes without asking first", 0, 0 }
#define REASON	{ "--reason", "TEXT", "why; it is kept with the change", 0, 0 }
#define LISTS	{ "--directory", "FILE", "a list of people (CSV)", 0, 0 }, \
		{ "--involvement", "FILE", "a list of the children known to social care (CSV)", 0, 0 }

#define STANDS	"How it stands"
#define RIGHT	"Deciding, and putting something right"
#define RULES	"Rules"
#define MAIL	"Mailboxes and lists"
#define RECORDS	"Records"
#define RUNNING	"Running it"

const struct command_option command_global[] = {
	{ "-c", "FILE", "the daemon's configuration; otherwise /etc/adviced/adviced.cfg, or config/adviced.cfg in a "
	    "source tree", 0, 0 },
	{ "--color", "WHEN", "\"always\", \"never\" or \"auto\": on a terminal, unless NO_COLOR is set", 0, 0 },
	{ "--help", NULL, "what a command does, and its options", 0, 0 },
	{ "--version", NULL, "which version this is", 0, 0 },
	{ NULL, NULL, NULL, 0, 0 }
};

const struct command commands[] = {
	{ "status", STANDS, "how the daemon, its mailboxes, queues, rules and lists stand, and what is wrong", { "" },
	    "Ends with exit code 1 when something is wrong, so that a script can ask.",
	    NULL, { JSON } },
	{ "cases", STANDS, "open cases with their stages", { "" },
	    "References only, never a child's name. A long list ends with how many more there are.", NULL,
	    { { "--all", NULL, "closed cases too", 0, 0 }, LIMIT, JSON } },
	{ "case", STANDS, "one case: stages, deadlines, questions, mails, and why", { "CASE" },
	    "CASE is its reference, or the number that \"advicectl cases --json\" shows. The last part is the "
	    "journal: what was decided, when, and by which line of the rules.",
	    "advicectl case EHC-20417", { JSON } },
	{ "due", STANDS, "deadlines that have passed or come soon, the oldest first", { "" },
	    "A long list ends with how many more there are. More than 100,000 lines come in the order of the cases.",
	    "advicectl due --days 5", { { "--days", "N", "how far to look ahead, 0 to 3660; otherwise 14", 0,
	    3660 }, LIMIT, JSON } },
	{ "queue", STANDS, "mails that are decided and not known to be sent; and a word about one of them",
	    { "", "show NUMBER", "retry|sent|hold|release|drop NUMBER", "release all" },
	    "NUMBER is what stands first in a line of the list. show: the mail as its reader gets it, as long as it is kept. "
	    "retry: send it again. sent: it is known to have "
	    "arrived. hold: it waits until somebody releases it. release: what was held goes. drop: what was held "
	    "never goes. \"release all\" lets go what waits for a look, and what was held because the mail server did "
	    "not let us send. What is to be released or dropped is shown first: which mails, about which case, to whom.",
	    "advicectl queue show 12\nadvicectl queue release 12", { REASON, YES, JSON } },
	{ "triage", STANDS, "what a person must decide, and what may be answered", { "" },
	    "Answer by mail as the mailbox's owner was asked, or with \"advicectl resolve\".", NULL, { JSON } },
	{ "quarantine", STANDS, "mails that could not be read; and trying one again", { "", "release NAME" },
	    "A mail comes here when reading it failed twice. NAME is what stands first in a line of the list.", NULL, { JSON } },
	{ "board", STANDS, "write the board: one page with what waits, what is late, and who has it", { "" },
	    "The page needs no server and asks no other machine for anything; open it in a browser. Without a running "
	    "daemon it is drawn from the store, which stays as it is.", NULL,
	    { { "--out", "FILE", "where to write it; otherwise to the standard output", 0, 0 }, { "-o", "FILE",
	    "the same", 0, 0 }, JSON } },
	{ "readiness", STANDS, "a mailbox in shadow: what would have gone beside what people sent, and a score", { "[MAILBOX]" },
	    "For a mailbox with mode = \"shadow\" and a folder of sent mail.", NULL,
	    { { "--days", "N", "how far to look back, 1 to 3660; otherwise 28", 1, 3660 }, JSON } },

	{ "resolve", RIGHT, "decide what \"triage\" shows", { "NUMBER ANSWER" },
	    "NUMBER and the answers stand in \"advicectl triage\". What follows is shown first.",
	    "advicectl resolve 7 EHC-20417\nadvicectl resolve 8 NOT A CASE --reason \"a wrong number\"", { REASON, YES, JSON } },
	{ "correct", RIGHT, "mend a fact of a case; dates are worked out anew", { "CASE [STRAND.]FACT=VALUE --reason TEXT" },
	    "The deadlines and mails that change are shown before it applies. FACT= takes the value away. A fact that "
	    "each strand has for itself is named with its strand.",
	    "advicectl correct EHC-20417 due-date=2026-10-19 --reason \"the form had last year's date\"",
	    { REASON, YES, JSON } },
	{ "detach", RIGHT, "take a mail out of its case, with what it alone caused", { "MAIL --reason TEXT" },
	    "MAIL is the number that \"advicectl case\" shows beside it. What has gone out already cannot be taken "
	    "back, and is listed: your data protection officer may need that list.", NULL, { REASON, YES, JSON } },
	{ "merge", RIGHT, "two cases of one child become one: the other goes into the first", { "CASE OTHER --reason TEXT" },
	    NULL, NULL, { REASON, YES, JSON } },
	{ "move", RIGHT, "put a strand of a case at another stage", { "CASE STRAND STAGE --reason TEXT" },
	    "\"advicectl describe PACK\" names the strands and their stages.",
	    "advicectl move EHC-20417 advice with-requester --reason \"returned by post\"",
	    { { "--quiet", NULL, "without the mails that the stage sends on entry", 0, 0 }, REASON, YES, JSON } },
	{ "close", RIGHT, "end all of a case; undo opens it again", { "CASE --reason TEXT" }, NULL, NULL, { REASON, YES, JSON } },
	{ "except", RIGHT, "an exception that the law gives: another day for one deadline",
	    { "CASE [STRAND.]DEADLINE NAME --until DAY --reason TEXT", "CASE [STRAND.]DEADLINE NAME --days N --reason TEXT" },
	    "NAME is one of the exceptions that the rules know for it.", NULL,
	    { { "--until", "DAY", "the new day", 0, 0 }, { "--days", "N", "or so many calendar days more", 1, 3660 },
	    REASON, YES, JSON } },
	{ "pause", RIGHT, "nothing goes out until a time: at all, of one mailbox, or in one case; dates run on",
	    { "[CASE] --until T --reason TEXT", "--mailbox MAILBOX --until T --reason TEXT" },
	    "What falls due meanwhile goes at its end, in as few mails as can be.",
	    "advicectl pause --until 2026-09-21T09:00 --reason \"the mail server is being moved\"",
	    { { "--until", "T", "its end, such as 2026-09-21T09:00", 0, 0 }, { "--mailbox", "MAILBOX",
	    "mail of this mailbox only", 0, 0 },
	    { "--long", NULL, "longer than 30 days", 0, 0 }, REASON, YES, JSON } },
	{ "resume", RIGHT, "end a pause", { "[CASE]", "--mailbox MAILBOX" }, NULL, NULL,
	    { { "--mailbox", "MAILBOX", "that of this mailbox", 0, 0 }, REASON, YES, JSON } },
	{ "undo", RIGHT, "take back a change that a person made", { "NUMBER" },
	    "\"advicectl case\" shows the numbers of its changes.", NULL, { REASON, YES, JSON } },

	{ "check", RULES, "prove that rule packs are sound", { "[PACK...]" },
	    "PACK is the name of a folder under rules/, or a path with a / in it; none named: every pack there. Every "
	    "problem is named with its file and line, and what is allowed.",
	    "advicectl check my-town --directory config/directory.csv",
	    { { "--directory", "FILE", "a list of people (CSV): is everybody there whom the rules need?", 0, 0 },
	    { "--tests", NULL, "run the packs' own tests too, and hold their claims against them", 0, 0 }, JSON } },
	{ "test", RULES, "run the tests beside rule packs", { "[PACK...]" },
	    "Shows what was expected and not seen, which lines of the rules no test reached, and which requirements "
	    "are met.", NULL,
	    { { "--brief", NULL, "without the lines that no test reached", 0, 0 }, JSON } },
	{ "describe", RULES, "a pack in plain English, each line with the file and line that says so", { "PACK" },
	    NULL, NULL, { JSON } },
	{ "draw", RULES, "a pack as a flow chart with its chasers in time (SVG)", { "PACK" }, NULL,
	    "advicectl draw my-town --out my-town.svg",
	    { { "--strand", "NAME", "this strand only", 0, 0 }, { "--out", "FILE", "write it there", 0, 0 } } },
	{ "explain", RULES, "what the daemon would make of one mail, and why", { "--pack PACK MAIL.eml" },
	    "Changes nothing, and needs neither a configuration nor a daemon.",
	    "advicectl explain --pack my-town --directory config/directory.csv mail.eml",
	    { { "--pack", "PACK", "the rules to ask", 0, 0 }, LISTS, JSON } },
	{ "simulate", RULES, "run a pack over a folder of mails in virtual time, and print all that happens",
	    { "--pack PACK --mail FOLDER" },
	    "Nothing is sent; it needs neither a configuration nor a daemon. Each file is one mail.",
	    "advicectl simulate --pack my-town --mail mails --until 2026-12-31",
	    { { "--pack", "PACK", "the rules to run", 0, 0 }, { "--mail", "FOLDER", "the mails", 0, 0 }, LISTS,
	    { "--from", "DAY", "the first day; otherwise that of the first mail", 0, 0 },
	    { "--until", "DAY", "the last; otherwise the last on which anything falls due", 0, 0 },
	    { "--letters", "FOLDER", "write each mail there as its reader would see it", 0, 0 }, JSON } },
	{ "replay", RULES, "the store's own past under other rules: whose mails would have been different, and how",
	    { "--rules PACK" },
	    "Reads the store beside a running daemon, changes nothing and sends nothing.",
	    "advicectl replay --rules ./new/my-town --days 90",
	    { { "--rules", "PACK", "the other rules", 0, 0 }, { "--days", "N", "the last N days only", 1, 36500 }, JSON } },
	{ "rules", RULES, "the versions of the packs that were in force", { "log [PACK]", "diff A [B]", "back N" },
	    "log: each version, since when, and who put it in force. diff: what differs between two of them, in "
	    "words; without B, from A to the one in force. back: put an earlier one in force.",
	    "advicectl rules diff 3 4", { YES, JSON } },

	{ "adopt", MAIL, "what older mail in a mailbox would do; and take it up", { "MAILBOX" },
	    "Mail from before the daemon, or put back into a folder, is read and then held. It is shown by day and "
	    "kind, and taken up when you agree.", "advicectl adopt advice --from 2026-09-01",
	    { { "--from", "DAY", "what came since", 0, 0 }, { "--leave", NULL, "leave it where it is, for good", 0,
	    0 }, YES, JSON } },
	{ "reconcile", MAIL, "prove against the mail server that every mail is accounted for", { "[MAILBOX]" }, NULL, NULL,
	    { { "--take", NULL, "what is not is shown to the daemon once more", 0, 0 }, JSON } },
	{ "import", MAIL, "show what a new list changes, and take it", { "directory FILE", "involvement FILE" },
	    "directory: the people. involvement: the children known to social care. A list is taken whole, or not at "
	    "all with every bad line named.", "advicectl import directory people.csv", { YES, JSON } },

	{ "evidence", RECORDS, "all that happened in a case, for a complaint, a tribunal, a subject access request", { "CASE" },
	    "Names and mails stand in it: handle it as such.", "advicectl evidence EHC-20417 --out case.txt",
	    { { "--out", "FILE", "write it there; nobody else can read the file", 0, 0 },
	    { "--proof", NULL, "with --json: what it takes to check the journal elsewhere", 0, 0 }, JSON } },
	{ "verify", RECORDS, "prove that nobody changed the journal", { "" }, NULL, NULL,
	    { { "--head", "HASH", "and that this hash, noted once, is still in it", 0, 0 }, JSON } },
	{ "purge", RECORDS, "erase what has had its time, as the retention in the configuration says", { "",
	    "--case CASE --reason TEXT" },
	    "The daemon does it by itself once a day. A case under a legal hold is never erased.", NULL,
	    { { "--preview", NULL, "show what would be erased, and erase nothing", 0, 0 }, { "--case", "CASE",
	    "this case, on request", 0, 0 }, REASON, YES,
	    JSON } },
	{ "legal-hold", RECORDS, "nothing of a case is erased, until the hold is ended", { "", "CASE|all on|off --reason TEXT" },
	    "Without words it lists the holds. \"all\" holds everything.",
	    "advicectl legal-hold EHC-20417 on --reason \"tribunal\"",
	    { REASON, JSON } },

	{ "doctor", RUNNING, "try everything that is configured, in order; what fails, and how to mend it", { "" },
	    "Looks at the configuration, the folders, the packs, the lists, the clock, every mailbox (sign-in, "
	    "folders, what the server can do), the way out (sign-in only: nothing is sent), the alarm's own way, the "
	    "units and the calendar. Works whether or not the daemon runs, and changes nothing. Ends with exit code 1 "
	    "when something fails.",
	    "sudo -u adviced advicectl doctor", { JSON } },
	{ "watch", RUNNING, "for a timer: look from outside, and tell by the second path what is wrong", { "" },
	    "Tells when something changes, once a day while something is wrong, and when all is well again. A "
	    "configuration that is not sound is told as well, by the way that stood there when it last was sound.", NULL,
	    { { "--failed", NULL, "the service itself has failed, says systemd", 0, 0 },
	    { "--memory", "FILE", "where it notes what was told; otherwise as the configuration says", 0, 0 }, JSON } },
	{ "backup", RUNNING, "a copy of everything, while the daemon works", { "" },
	    "While the daemon runs, the folder must lie below its spool, the database's folder, or \"backups\" in the "
	    "configuration: it may write nowhere else.",
	    "advicectl backup --to /var/backups/adviced",
	    { { "--to", "FOLDER", "where to; otherwise as the configuration says", 0, 0 }, JSON } },
	{ "restore", RUNNING, "put a backup in the place of what is lost", { "--from FOLDER" },
	    "The daemon must not run. What was there before is put aside. Nothing is sent after it before \"advicectl "
	    "restored\".", NULL,
	    { { "--from", "FOLDER", "a folder that \"advicectl backup\" has made, or the file that an upgrade left: "
	    "adviced.db.version-N", 0, 0 }, JSON } },
	{ "restored", RUNNING, "after a restore: everything has been looked through, sending may begin", { "" },
	    NULL, NULL, { YES, JSON } },
	{ "clock", RUNNING, "move the time of a daemon that was started with --test-clock", { "until T" }, NULL,
	    "advicectl clock until 2026-09-21T09:00", { { NULL, NULL, NULL, 0, 0 } } },
	{ "help", RUNNING, "this list, or what one command does", { "[COMMAND]" }, NULL, "advicectl help queue",
	    { { "--words", NULL, "every word that may be typed, a line each: for the shell's completion", 0, 0 } } },
	{ .name = NULL }
};
