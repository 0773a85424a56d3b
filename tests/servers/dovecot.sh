#!/bin/sh
# usage: dovecot.sh start DIR PORT [CAPABILITY...]
#        dovecot.sh stop DIR
#        dovecot.sh kill DIR
# A private Dovecot below DIR: IMAP on PORT, IMAP over TLS on PORT+1, LMTP on
# PORT+2, sign-in for Postfix on PORT+3; every user exists, with the password
# "secret", and has a maildir in DIR/mail/NAME.  Where DIR/users is there (lines
# "ADDRESS::::::"), only those users exist.  CAPABILITY, if given, is what
# the server says it can do.  Certificates are made in DIR/ca by ca.sh.
# As root it runs as nobody; else as whoever starts it.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
CMD=$1
PATH=$PATH:/usr/sbin:/sbin
export PATH

if [ "$(id -u)" = 0 ]; then
	USER=nobody GROUP=nogroup
	as_user() { setpriv --reuid=$USER --regid=$GROUP --clear-groups "$@"; }
else
	USER=$(id -un) GROUP=$(id -gn)
	as_user() { "$@"; }
fi

wait_until_gone() {
	i=0
	while kill -0 "$1" 2>/dev/null && [ $i -lt 100 ]; do
		sleep 0.1
		i=$((i + 1))
	done
}

case $CMD in
start)
	mkdir -p "$2"
	D=$(cd "$2" && pwd)
	PORT=$3
	shift 3
	mkdir -p "$D/run" "$D/state" "$D/mail"
	sh "$HERE/ca.sh" "$D/ca"
	USERDB=static USERS="uid=$(id -u $USER) gid=$(id -g $USER) home=$D/mail/%n allow_all_users=yes"
	[ ! -e "$D/users" ] || USERDB=passwd-file USERS="username_format=%Lu $D/users"
	CAPABILITY=
	[ $# = 0 ] || CAPABILITY="imap_capability = $*"
	sed -e "s|@D@|$D|g" -e "s|@CA@|$D/ca|g" -e "s|@USER@|$USER|g" -e "s|@GROUP@|$GROUP|g" \
	    -e "s|@UID@|$(id -u $USER)|g" -e "s|@GID@|$(id -g $USER)|g" \
	    -e "s|@IMAP@|$PORT|" -e "s|@IMAPS@|$((PORT + 1))|" -e "s|@LMTP@|$((PORT + 2))|" \
	    -e "s|@SASL@|$((PORT + 3))|" -e "s|@USERDB@|$USERDB|" -e "s|@USERS@|$USERS|" -e "s|@CAPABILITY@|$CAPABILITY|" \
	    "$HERE/dovecot.conf.in" > "$D/dovecot.conf"
	if [ "$(id -u)" = 0 ]; then
		chown "$USER:$GROUP" "$D" "$D/run" "$D/state" "$D/mail"
		chown -R "$USER:$GROUP" "$D/run" "$D/state" "$D/mail"
		[ ! -e "$D/dovecot.log" ] || chown "$USER:$GROUP" "$D/dovecot.log"
	fi
	# It goes into the background: it must not hold on to the caller's output.
	as_user dovecot -c "$D/dovecot.conf" > "$D/start.log" 2>&1 < /dev/null || {
		cat "$D/start.log" >&2
		exit 1
	}
	;;
stop)
	[ -s "$2/run/master.pid" ] || exit 0
	PID=$(cat "$2/run/master.pid")
	kill "$PID" 2>/dev/null || exit 0
	wait_until_gone "$PID"
	;;
kill)
	# At once, with everything it started.
	[ -s "$2/run/master.pid" ] || exit 0
	PID=$(cat "$2/run/master.pid")
	CHILDREN=$(ps -o pid= --ppid "$PID" || true)
	kill -9 "$PID" $CHILDREN 2>/dev/null || true
	wait_until_gone "$PID"
	;;
*)
	sed -n '2,4p' "$0" >&2
	exit 2
	;;
esac
