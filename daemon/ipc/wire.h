/*
 * Every message between roles, with its fields in order.  A role that gets
 * one that is not for it drops the connection.
 */
#ifndef IPC_WIRE_H
#define IPC_WIRE_H

enum wire_type {
	/* parent -> every role; id of ALIVE_ASK is repeated */
	WIRE_STOP = 1,		/* - */
	WIRE_RELOAD,		/* -  to core: its id is the uid of whoever sent the signal, and one; 0: not known */
	WIRE_ALIVE_ASK,		/* - */
	WIRE_PEER,		/* str role name ("fetch:advice", "parse", "send"); fd of the socketpair: parent -> core, one a peer; id PEER_WANTED: its process was started anew because a person wanted that */
	/* every role -> parent */
	WIRE_ALIVE,		/* - */
	WIRE_READY,		/* -  core: database open, recovered, packs loaded; then the parent says READY=1 */

	/* core -> fetch */
	/*
	 * Core's own number for the folder as it is now stands for UIDVALIDITY in all that follows and in the spool's names:
	 * two folders that a server makes one after the other under the same UIDVALIDITY have two numbers.
	 */
	WIRE_RESUME = 20,	/* u32 number (0: never seen), u32 highest uid accounted for, u32 uidvalidity as the server said it, u32 mails up to this uid are shown to core before they are taken, u32 n, n x u32 uids entered but not settled */
	WIRE_SETTLE,		/* str folder to move to ("" = leave it), str keyword ("" = none), u32 uidvalidity, u32 n, n x u32 uid */
	WIRE_APPEND,		/* str folder, str flags, str message-id to search for first; fd of the mail */
	WIRE_FIND,		/* str folder, str message-id */
	WIRE_POLL,		/* - look now */
	WIRE_REFILE,		/* str folder to move to, str folder where it lies, str message-id ("": none), u32 uidvalidity, u32 uid under which it was first seen, u64 size, i64 internaldate, each 0 when not known, str SHA-256 of all its bytes, by which one without an askable message-id is told from others of its size and date ("": any of them will do): answered by SETTLED */
	WIRE_WANTED = 28,	/* u32 number, u32 the last uid of the LISTING it answers, u32 n, n x u32 uids to take: the others are accounted for */
	WIRE_LIST,		/* str folder ("" = the watched one): what lies there, in LISTINGs with this id; also before RESUME */
	WIRE_MAKE,		/* str folder: it is made, if it is not there and may be; not answered */
	/* fetch -> core */
	WIRE_STATE = 40,	/* u32 uidvalidity, u32 uidnext, u32 exists, u32 highest uid looked at: a proven look at the mailbox is finished; id of the last POLL that came before it began, or 0 */
	WIRE_ENTERED = 42,		/* str name in spool/new, u32 uidvalidity, u32 uid, u64 size, i64 internaldate */
	WIRE_SETTLED,		/* u32 uidvalidity, u32 n, n x { u32 uid, u32 result (0 moved, 1 gone, 2 failed), u32 new uid or 0 } ; id of the SETTLE */
	WIRE_FOUND,		/* u32 n, n x u32 uid */
	WIRE_APPENDED,		/* u32 uid or 0 */
	WIRE_TROUBLE,		/* u32 scope (enum err_scope; ERR_NONE: what was told last is over), str sentence; also send -> core */
	WIRE_REFUSED,		/* u32 uidvalidity, u32 uid, u64 size, i64 internaldate, str sentence: too large or not handed out; it stays on the server, and core accounts for it as quarantined */

	WIRE_ANEW = 48,		/* u32 uidvalidity, u32 highest uid there: the folder's UIDs mean something else than RESUME said, or nothing was ever known; waits for RESUME */
	WIRE_LISTING,		/* u32 number (in an answer to LIST: the UIDVALIDITY that the server says), u32 the last uid that it goes up to (0: there is no such folder), u32 do more of the same id follow, u32 n, n x { u32 uid, u64 size, i64 internaldate, str message-id or "" }; id of the LIST, or 0: they are to be accounted for, WANTED answers */
	WIRE_GONE,		/* u32 number, u32 uid, u64 size, i64 internaldate: listed, and moved or deleted by somebody before it could be read */

	/* core or advicectl -> parse; fds: the mail, the documents file (or none) */
	WIRE_PARSE = 60,	/* i64 today (dayno), u32 flags (PARSE_MANY) */
	/* parse -> core */
	WIRE_PARSED,		/* u32 status (enum parse_status), str sentence, bytes record */

	/* core -> send; fd: the frozen mail */
	WIRE_SEND = 80,		/* str envelope from, u32 n, n x str recipient */
	WIRE_GO,		/* -  what SENDING said is stored: go on */
	/* send -> core */
	WIRE_SENDING,		/* -  the body is now asked for: from here on a loss is "unknown"; waits for GO */
	WIRE_SENT,		/* u32 result (enum send_result), u32 code, str reply or sentence, u32 n, n x { str recipient, u32 result, u32 code, str reply }, u32 seconds that the server wants to be left alone (0: it said nothing) */

	/* advicectl <-> core, over the control socket */
	WIRE_CTL = 100,		/* u32 n, n x str argument (argv of the subcommand); fd of the list for import, opened by advicectl */
	WIRE_CTL_OUT,		/* bytes for stdout */
	WIRE_CTL_ERR,		/* bytes for stderr */
	WIRE_CTL_END,		/* u32 exit code */
	WIRE_CTL_FAR,		/* str what, u64 how far it has got, u64 of how many (0: not known); for a person at a terminal */

	/* fetch, send -> core */
	WIRE_SIGN_IN = 120,	/* str name of the sign-in, i64 last day on which its secret is good (dayno; DAY_NONE: not known) */

	/* parent -> core */
	WIRE_SECRET = 125	/* str role name, str sentence: why what that role signs in with cannot be read; "": it can be */
};

#define PEER_WANTED	1u

#define PARSE_MANY	1u	/* one sandboxed child may go on with the next mail */
#define PARSE_SHUT	2u	/* look into no document: the parse role's own second try */

enum parse_status {
	PARSE_OK, PARSE_FAILED, PARSE_CRASHED, PARSE_TIMED_OUT,
	PARSE_NO_ROOM,		/* on the disk for the documents, or for one more process: not the mail's fault, ask again later */
	PARSE_LACKING		/* between the processes of the parse role: to be read where more is loaded */
};

enum send_result {
	SEND_SENT,		/* 2xx after the body */
	SEND_RETRY,		/* 4xx, or lost before the body was asked for */
	SEND_FAILED,		/* 5xx about a recipient: it will not reach them */
	SEND_UNKNOWN,		/* lost after the body was first asked for, without a final answer */
	SEND_BARRED,		/* 5xx about us: the server does not let us send, or not as this sender */
	SEND_REJECTED		/* 5xx about the mail itself: too large, or what stands in it */
};

#endif
