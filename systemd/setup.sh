#!/bin/sh
# usage: setup [--rules PACK] [NAME]
# Makes what adviced needs to be configured on this machine: for the one authority (adviced.service), or for the
# instance NAME (adviced@NAME.service), with a user of its own.  --rules copies a shipped pack, and what it extends, to
# where the rules in force lie.  Nothing that is there is changed; doing it twice does no harm.
set -eu

ETC=@SYSCONFDIR@/adviced
SHARE=@DATADIR@/adviced
EXAMPLES=@DOCDIR@/examples
STATE=@LOCALSTATEDIR@/lib
PACK=

usage() {
	echo "usage: $0 [--rules PACK] [NAME]" >&2
	exit 2
}

if [ "${1-}" = --rules ]; then
	[ $# -ge 2 ] || usage
	PACK=$2
	shift 2
fi
[ $# -le 1 ] || usage
NAME=${1-}
case $NAME in
*[!a-z0-9-]* | -* | *-alarm | alarm | *-watch | watch | adviced)
	echo "setup: \"$NAME\" is no name for an instance: small letters, digits and hyphens, please" >&2
	exit 2 ;;
esac
case $PACK in
*/* | .*) usage ;;
esac
if [ "$(id -u)" != 0 ]; then
	echo "setup: this is for root" >&2
	exit 1
fi
if [ -n "$NAME" ]; then
	WHO=adviced-$NAME CONFIG=$ETC/$NAME.cfg SECRETS=$ETC/secrets-$NAME UNIT=adviced@$NAME WATCH=adviced-watch@$NAME.timer
else
	WHO=adviced CONFIG=$ETC/adviced.cfg SECRETS=$ETC/secrets UNIT=adviced WATCH=adviced-watch.timer
fi

made() {
	echo "made: $1"
}

# ---- The user, and its folder
if ! getent passwd "$WHO" > /dev/null; then
	echo "u $WHO - \"Social care advice mail daemon\" $STATE/$WHO" | systemd-sysusers -
	made "the user and group $WHO"
fi
if [ ! -d "$STATE/$WHO" ]; then
	install -d -m 700 -o "$WHO" -g "$WHO" "$STATE/$WHO"
	made "$STATE/$WHO, for mails and cases"
fi

# ---- What an administrator writes
for folder in "$ETC" "$ETC/rules"; do
	[ -d "$folder" ] || { install -d -m 755 "$folder"; made "$folder"; }
done
for folder in "$SECRETS" "$SECRETS-alarm"; do
	[ -d "$folder" ] || { install -d -m 700 "$folder"; made "$folder, for passwords"; }
done
if [ ! -e "$CONFIG" ]; then
	sed "s!/secrets\(-alarm\)\{0,1\}/!/${SECRETS##*/}\1/!; s!/\(lib\|run\|backups\)/adviced/!/\1/$WHO/!
	    s!/adviced\.prom!/$WHO.prom!" "$EXAMPLES/adviced.cfg" > "$CONFIG.new"
	chmod 644 "$CONFIG.new"
	mv "$CONFIG.new" "$CONFIG"
	made "$CONFIG, to be filled in"
fi
while [ -n "$PACK" ]; do
	if [ ! -d "$SHARE/rules/$PACK" ]; then
		echo "setup: there is no pack \"$PACK\" in $SHARE/rules" >&2
		exit 1
	fi
	if [ ! -e "$ETC/rules/$PACK" ]; then
		cp -R "$SHARE/rules/$PACK" "$ETC/rules/$PACK"
		made "$ETC/rules/$PACK, a copy of the pack as shipped"
	fi
	PACK=$(sed -n 's/^[[:space:]]*extends[[:space:]]*=[[:space:]]*"\([^"]*\)".*/\1/p' "$SHARE/rules/$PACK/pathway.cfg")
done

cat <<END
Left to do:
- the rules: each authority's are a folder in $ETC/rules; begin with a copy
  ($0 --rules PACK; those there are: $(cd "$SHARE/rules" && for p in */watches */pathway.cfg; do
    grep -q '^watches' "$p" 2> /dev/null && printf '%s ' "${p%/*}"; done))
- the configuration: $CONFIG explains every line
- the mailbox's password:  install -m 600 /dev/stdin $SECRETS/advice.password
  (type it, Return, Ctrl-D)
- is everything sound?  adviced -c $CONFIG -n
- start it:  systemctl enable --now $UNIT $WATCH
END
