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
	WIRE_PEER,		/* str role name ("fetch:advice", "parse", "send"); fd of the socketpair: parent -> core, one a peer */
	/* every role -> parent */
	WIRE_ALIVE,		/* - */
	WIRE_READY,		/* -  core: database open, recovered, packs loaded; then the parent says READY=1 */

	/* core -> fetch */
	WIRE_RESUME = 20,	/* u32 uidvalidity (0: never seen), u32 highest uid taken, str mode ("baseline" | "adopt:DATE" | "resume"), u32 n, n x u32 uids entered but not settled */
	WIRE_SETTLE,		/* str folder to move to ("" = leave it), str keyword ("" = none), u32 uidvalidity, u32 n, n x u32 uid */
	WIRE_APPEND,		/* str folder, str flags, str message-id to search for first; fd of the mail */
	WIRE_FIND,		/* str folder, str message-id */
	WIRE_POLL,		/* - look now */
	WIRE_REFILE,		/* str folder to move to, str folder where it lies, str message-id ("": none), u32 uidvalidity, u32 uid under which it was first seen, u64 size, i64 internaldate, each 0 when not known: answered by SETTLED */
	/* fetch -> core */
	WIRE_STATE = 40,	/* u32 uidvalidity, u32 uidnext, u32 exists, u32 highest uid looked at: a proven look at the mailbox is finished; id of the last POLL that came before it began, or 0 */
	WIRE_BASELINE,		/* u32 uidvalidity, u32 highest uid: mail up to here was there before us */
	WIRE_ENTERED,		/* str name in spool/new, u32 uidvalidity, u32 uid, u64 size, i64 internaldate */
	WIRE_SETTLED,		/* u32 uidvalidity, u32 n, n x { u32 uid, u32 result (0 moved, 1 gone, 2 failed), u32 new uid or 0 } ; id of the SETTLE */
	WIRE_FOUND,		/* u32 n, n x u32 uid */
	WIRE_APPENDED,		/* u32 uid or 0 */
	WIRE_TROUBLE,		/* u32 scope (enum err_scope; ERR_NONE: what was told last is over), str sentence; also send -> core */
	WIRE_REFUSED,		/* u32 uidvalidity, u32 uid, u64 size, i64 internaldate, str sentence: too large or not handed out; it stays on the server, and core accounts for it as quarantined */

	/* core or advicectl -> parse; fds: the mail, the documents file (or none) */
	WIRE_PARSE = 60,	/* i64 today (dayno), u32 flags (PARSE_MANY) */
	/* parse -> core */
	WIRE_PARSED,		/* u32 status (enum parse_status), str sentence, bytes record */

	/* core -> send; fd: the frozen mail */
	WIRE_SEND = 80,		/* str envelope from, u32 n, n x str recipient */
	WIRE_GO,		/* -  what SENDING said is stored: go on */
	/* send -> core */
	WIRE_SENDING,		/* -  the body is now asked for: from here on a loss is "unknown"; waits for GO */
	WIRE_SENT,		/* u32 result (enum send_result), u32 code, str reply or sentence, u32 n, n x { str recipient, u32 result, u32 code, str reply } */

	/* advicectl <-> core, over the control socket */
	WIRE_CTL = 100,		/* u32 n, n x str argument (argv of the subcommand); fd of the list for import, opened by advicectl */
	WIRE_CTL_OUT,		/* bytes for stdout */
	WIRE_CTL_ERR,		/* bytes for stderr */
	WIRE_CTL_END		/* u32 exit code */
};

#define PARSE_MANY	1u	/* one sandboxed child may go on with the next mail */
#define PARSE_SHUT	2u	/* look into no document: the parse role's own second try */

enum parse_status {
	PARSE_OK, PARSE_FAILED, PARSE_CRASHED, PARSE_TIMED_OUT,
	PARSE_NO_ROOM		/* the disk did not take the documents: not the mail's fault, ask again later */
};

enum send_result {
	SEND_SENT,		/* 2xx after the body */
	SEND_RETRY,		/* 4xx, or lost before the body was asked for */
	SEND_FAILED,		/* 5xx */
	SEND_UNKNOWN		/* lost after the body was first asked for, without a final answer */
};

#endif
