#!/bin/sh
# usage: cyrus.sh unpack ROOT
#        cyrus.sh start ROOT DIR PORT
#        cyrus.sh stop DIR
#        cyrus.sh kill DIR
# A private Cyrus below DIR, as a second make of server: IMAP over TLS on PORT,
# LMTP on PORT+1.  Its folders lie below "INBOX." with "." between them.  Any
# name may sign in with any password; a mailbox is made when its name first does.
# unpack: Cyrus and Dovecot exclude each other as packages, so Debian's are
# downloaded and laid out in ROOT, where nothing is set up and nothing starts.
# Exit 3: they cannot be downloaded (no network, no Debian).
# As root it runs as nobody; else as whoever starts it.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
CMD=$1
PACKAGES="cyrus-imapd cyrus-common libical3 libxapian30 libsasl2-modules"

if [ "$(id -u)" = 0 ]; then
	USER=nobody
else
	USER=$(id -un)
fi

wait_until_gone() {
	i=0
	while kill -0 "$1" 2>/dev/null && [ $i -lt 100 ]; do
		sleep 0.1
		i=$((i + 1))
	done
}

settings() {
	cat <<-END
	configdirectory: $D/conf
	partition-default: $D/mail
	defaultpartition: default
	proc_path: $D/proc
	mboxname_lockpath: $D/lock
	temp_path: $D/tmp
	statuscache_db_path: $D/conf/statuscache.db
	lmtpsocket: $D/socket/lmtp
	idlesocket: $D/socket/idle
	notifysocket: $D/socket/notify
	cyrus_user: $USER
	servername: localhost
	syslog_prefix: adviced-test
	altnamespace: no
	unixhierarchysep: no
	virtdomains: off
	autocreate_quota: 0
	autocreate_post: yes
	imapidlepoll: 1
	lmtp_downcase_rcpt: yes
	allowplaintext: yes
	sasl_mech_list: PLAIN
	sasl_pwcheck_method: alwaystrue
	sasl_path: $LIB/sasl2
	duplicatesuppression: no
	conversations: no
	search_engine: none
	tls_server_cert: $D/ca/srv.pem
	tls_server_key: $D/ca/srv.key
	END
}

services() {
	cat <<-END
	START {
		recover cmd="$BIN/ctl_cyrusdb -C $D/imapd.conf -r"
	}
	DAEMON {
		idled cmd="$BIN/idled -C $D/imapd.conf -f"
	}
	SERVICES {
		imaps cmd="$BIN/imapd -C $D/imapd.conf -s" listen="127.0.0.1:$PORT" proto="tcp4" prefork=1
		lmtp cmd="$BIN/lmtpd -C $D/imapd.conf -a" listen="127.0.0.1:$((PORT + 1))" proto="tcp4" prefork=1
	}
	END
}

case $CMD in
unpack)
	[ ! -e "$2/unpacked" ] || exit 0
	command -v apt-get > /dev/null && command -v dpkg > /dev/null || exit 3
	rm -rf "$2"
	mkdir -p "$2/packages"
	# shellcheck disable=SC2086
	(cd "$2/packages" && apt-get -qq download $PACKAGES) > "$2/unpack.log" 2>&1 || {
		cat "$2/unpack.log" >&2
		exit 3
	}
	for file in "$2/packages/"*.deb; do
		dpkg -x "$file" "$2"
	done
	rm -rf "$2/packages"
	: > "$2/unpacked"
	;;
start)
	ROOT=$(cd "$2" && pwd)
	mkdir -p "$3"
	D=$(cd "$3" && pwd)
	PORT=$4
	LIB=$(find "$ROOT/usr/lib" -name 'libcyrus.so*' -printf '%h\n' -quit)
	BIN=$ROOT/usr/lib/cyrus/bin
	sh "$HERE/ca.sh" "$D/ca"
	for folder in conf conf/db conf/socket conf/log mail proc lock socket tmp; do
		mkdir -p "$D/$folder"
	done
	settings > "$D/imapd.conf"
	services > "$D/cyrus.conf"
	[ "$(id -u)" != 0 ] || chown -R "$USER" "$D/conf" "$D/mail" "$D/proc" "$D/lock" "$D/socket" "$D/tmp" "$D/ca"
	LD_LIBRARY_PATH=$LIB CYRUS_USER=$USER "$BIN/master" -C "$D/imapd.conf" \
	    -M "$D/cyrus.conf" -p "$D/master.pid" \
	    > "$D/start.log" 2>&1 < /dev/null &
	echo $! > "$D/pid"
	;;
stop)
	[ -s "$2/pid" ] || exit 0
	PID=$(cat "$2/pid")
	kill "$PID" 2>/dev/null || exit 0
	wait_until_gone "$PID"
	;;
kill)
	[ -s "$2/pid" ] || exit 0
	PID=$(cat "$2/pid")
	CHILDREN=$(ps -o pid= --ppid "$PID" || true)
	# shellcheck disable=SC2086
	kill -9 "$PID" $CHILDREN 2>/dev/null || true
	wait_until_gone "$PID"
	;;
*)
	sed -n '2,6p' "$0" >&2
	exit 2
	;;
esac
