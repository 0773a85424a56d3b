#!/bin/sh
# usage: tests/deps.sh
# Installs, from Debian's own packages, what building and testing need and
# this machine lacks; says nothing when nothing is missing.  No server is
# started and none is replaced (tests/servers/install.sh sees to that).
# Exit 1: something is missing and could not be installed; it is named.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)

BUILD="gcc libc6-dev make pkg-config libetpan-dev libgmime-3.0-dev libcurl4-gnutls-dev libgnutls28-dev
libsqlite3-dev libconfig-dev libpcre2-dev libseccomp-dev libsystemd-dev libytnef0-dev libzip-dev libxml2-dev
libpoppler-glib-dev"
TEST="libcmocka-dev binutils openssl procps util-linux strace valgrind python3 python3-aiosmtpd graphviz groff-base mandoc"
FUZZ="clang-14 libclang-rt-14-dev"	# without them the fuzz targets are skipped

missing() {
	# shellcheck disable=SC2086
	for package in $BUILD $TEST; do
		case " $HAVE " in
		*" $package "*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

# Installed packages among those that we want, on one line.
have() {
	# shellcheck disable=SC2086
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' $BUILD $TEST $FUZZ pkgconf dovecot-imapd dovecot-lmtpd postfix \
	    2>/dev/null | awk '$1 == "installed" { printf "%s ", $2 } $2 == "pkgconf" { printf "pkg-config " }'
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

can_install() {
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null 2>&1
}

# What apt would take away to install these: nothing may go but the other flavour of libcurl's headers.
taken_away() {
	apt-get -s -y --no-install-recommends install "$@" 2>/dev/null |
	    awk '$1 == "Remv" && $2 != "libcurl4-openssl-dev" { print $2 }'
}

install() {
	away=$(taken_away "$@")
	if [ -n "$away" ]; then
		echo "deps: installing $* would remove: $(echo $away).  Nothing was changed." >&2
		return 1
	fi
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
	    -o Dpkg::Options::=--force-confold install "$@" < /dev/null > /dev/null
}

if ! command -v apt-get >/dev/null 2>&1; then
	echo "deps: this is no Debian system; please see to these yourself (Debian's names): $BUILD $TEST" \
	    "dovecot-imapd dovecot-lmtpd" >&2
	exit 0
fi

HAVE=$(have || true)
WANT=$(missing)
if [ -n "$WANT" ]; then
	if ! can_install; then
		echo "deps: missing: $WANT" >&2
		echo "deps: install them as root:  apt-get install $WANT" >&2
		exit 1
	fi
	echo "deps: installing $WANT"
	# shellcheck disable=SC2086
	install $WANT || { as_root apt-get -qq update < /dev/null && install $WANT; } || {
		echo "deps: could not install: $WANT" >&2
		echo "deps: install them as root:  apt-get install $WANT" >&2
		exit 1
	}
fi

for package in $FUZZ; do
	case " $HAVE " in
	*" $package "*) ;;
	*)
		can_install && install "$package" 2> /dev/null ||
		    echo "deps: without $package, the fuzz targets will be skipped" ;;
	esac
done

case " $HAVE " in
*" dovecot-imapd "*)
	case " $HAVE " in
	*" dovecot-lmtpd "*)
		case " $HAVE " in
		*" postfix "*) exit 0 ;;
		esac ;;
	esac ;;
esac
if can_install; then
	as_root sh "$HERE/servers/install.sh"
else
	sh "$HERE/servers/install.sh"
fi
