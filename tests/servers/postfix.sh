#!/bin/sh
# usage: postfix.sh start DIR SMTP_PORT DOVECOT_DIR DOVECOT_PORT
#        postfix.sh stop DIR
# A private Postfix below DIR (root only): submission with STARTTLS and AUTH
# on SMTP_PORT, everything delivered by LMTP into the private Dovecot that
# dovecot.sh started with DOVECOT_DIR and DOVECOT_PORT.
# It refuses mail in another's name than the one signed in, and stamps the rest:
# Authentication-Results: mx.test.example; dmarc=pass header.from=DOMAIN
# Exit 3: it cannot run here (no root, or another mail server is installed).
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)

case $1 in
start)
	if [ "$(id -u)" != 0 ] || [ ! -x /usr/lib/postfix/sbin/master ]; then
		echo "postfix.sh: a private Postfix needs root, and Postfix installed" >&2
		exit 3
	fi
	mkdir -p "$2/etc" "$2/data" "$2/queue"
	D=$(cd "$2" && pwd)
	CA=$(cd "$4" && pwd)/ca
	for f in main.cf master.cf; do
		sed -e "s|@D@|$D|g" -e "s|@CA@|$CA|g" -e "s|@SMTP@|$3|" -e "s|@LMTP@|$(($5 + 2))|" \
		    -e "s|@SASL@|$(($5 + 3))|" "$HERE/$f.in" > "$D/etc/$f"
	done
	printf '/^(.+)$/ $1\n' > "$D/etc/logins"
	printf '/@(.+)$/ PREPEND Authentication-Results: mx.test.example; dmarc=pass header.from=$1\n' > "$D/etc/stamp"
	cd "$D/queue"
	mkdir -p active bounce corrupt defer deferred flush hold incoming private saved trace maildrop public pid
	chown postfix active bounce corrupt defer deferred flush hold incoming private saved trace \
	    maildrop public "$D/data"
	chgrp postdrop maildrop public
	chmod 1730 maildrop
	chmod 2710 public
	chmod 700 active bounce defer deferred incoming private
	# master itself: the postfix command wants the machine's own configuration.
	# It goes into the background: it must not hold on to the caller's output.
	MAIL_CONFIG="$D/etc" /usr/lib/postfix/sbin/master -c "$D/etc" -w > "$D/start.log" 2>&1 < /dev/null || {
		cat "$D/start.log" >&2
		exit 1
	}
	;;
stop)
	PIDFILE=$2/queue/pid/master.pid
	[ -s "$PIDFILE" ] || exit 0
	PID=$(tr -d ' ' < "$PIDFILE")
	kill "$PID" 2>/dev/null || exit 0
	i=0
	while kill -0 "$PID" 2>/dev/null && [ $i -lt 100 ]; do
		sleep 0.1
		i=$((i + 1))
	done
	;;
*)
	sed -n '2,3p' "$0" >&2
	exit 2
	;;
esac
