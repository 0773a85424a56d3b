#!/bin/sh
# Installs the test servers (Dovecot, Postfix) where they are missing, without
# starting them on this machine and without replacing a mail server that is
# there.  Exit 0: what the tests can use is there (what is not is said);
# 1: Dovecot is missing and could not be installed.
set -eu

POLICY=/usr/sbin/policy-rc.d
KEPT=

installed() {
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# The names of installed packages that are a mail server, without Postfix.
other_mail_server() {
	dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
	    awk '$1 == "installed" && $2 != "postfix" && / mail-transport-agent/ { print $2 }'
}

other_imap_server() {
	dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
	    awk '$1 == "installed" && $2 !~ /^dovecot/ && / imap-server/ { print $2 }'
}

# While packages are set up, nothing may be started.
hold_starts() {
	if [ -e "$POLICY" ]; then
		KEPT=$(mktemp)
		cp -p "$POLICY" "$KEPT"
	fi
	trap let_start EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' > "$POLICY"
	chmod 755 "$POLICY"
}

let_start() {
	if [ -n "$KEPT" ]; then
		cp -p "$KEPT" "$POLICY"
		rm -f "$KEPT"
	else
		rm -f "$POLICY"
	fi
}

want=
for package in dovecot-imapd dovecot-lmtpd; do
	installed $package || want="$want $package"
done
other=$(other_imap_server)
if [ -n "$want" ] && [ -n "$other" ]; then
	echo "install: Dovecot is not installed, because $other is on this machine and would be removed" >&2
	exit 1
fi

if ! installed postfix; then
	other=$(other_mail_server)
	if [ -n "$other" ]; then
		echo "install: Postfix left out: another mail server ($(echo $other)) is installed, and stays"
	else
		want="$want postfix"
	fi
fi

if [ -z "$want" ]; then
	echo "install: test servers are there"
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	echo "install: missing:$want (install them as root, or run this script as root)" >&2
	[ -x /usr/sbin/dovecot ]
	exit
fi

hold_starts
case $want in
*postfix*)
	# "No configuration": no /etc/postfix/main.cf is made, so Postfix cannot run by itself.
	echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections ;;
esac
install_them() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
	    --no-remove -o Dpkg::Options::=--force-confold install $want < /dev/null
}
install_them || { apt-get -qq update && install_them; }
echo "install: installed$want; none of them was started"
