#!/bin/sh
# Puts what "make" has built, and what belongs to it, in its place; run by "make install" and "make uninstall", which
# say where (the folders' names are GNU's).  What was put where is noted, so that "uninstall" takes away exactly that,
# and never what an administrator or the daemon wrote.
# Fails: at the first thing that cannot be put.
set -eu
umask 022

: "${DESTDIR=}" "${prefix:?}" "${sbindir:?}" "${bindir:?}" "${libexecdir:?}" "${datadir:?}" "${sysconfdir:?}"
: "${localstatedir:?}" "${mandir:?}" "${docdir:?}" "${libdir:?}"
SHARE=$datadir/adviced
LIST=$SHARE/installed

# put MODE FROM TO
put() {
	install -D -m "$1" "$2" "$DESTDIR$3"
	echo "$3" >> "$DESTDIR$LIST.new"
}

# put_tree FROM TO: every file below FROM
put_tree() {
	install -d -m 755 "$DESTDIR$2"
	(cd "$1" && find . -type f ! -name '.*' -print | LC_ALL=C sort | cut -c3-) > "$DESTDIR$LIST.tree"
	tar -C "$1" --mode=u=rwX,go=rX -cf - -T "$DESTDIR$LIST.tree" | tar -C "$DESTDIR$2" -xf - --no-same-owner --no-same-permissions
	sed "s,^,$2/," "$DESTDIR$LIST.tree" >> "$DESTDIR$LIST.new"
	rm "$DESTDIR$LIST.tree"
}

# put_edited MODE FROM TO SCRIPT: with the places of this installation in it
put_edited() {
	edited=$(mktemp)
	sed "$4" "$2" > "$edited"
	put "$1" "$edited" "$3"
	rm -f "$edited"
}

programs() {
	put 755 adviced "$sbindir/adviced"
	put 755 adviced-parse "$libexecdir/adviced/adviced-parse"
	put 755 advicectl "$bindir/advicectl"
}

# The packs as shipped.  What is in force lies in $sysconfdir/adviced/rules and is copied there by whoever wants it, so
# that no upgrade changes a rule.
rules() {
	put_tree rules "$SHARE/rules"
	put_tree config/calendars "$SHARE/calendars"
}

units() {
	for unit in systemd/*.service systemd/*.timer; do
		put_edited 644 "$unit" "$libdir/systemd/system/${unit##*/}" "
			s,/usr/sbin/adviced,$sbindir/adviced,; s,/usr/bin/advicectl,$bindir/advicectl,
			s,/usr/share/adviced,$SHARE,; s,/etc/adviced,$sysconfdir/adviced,g"
	done
	put 644 systemd/adviced.sysusers "$libdir/sysusers.d/adviced.conf"
	put_edited 644 systemd/adviced.tmpfiles "$libdir/tmpfiles.d/adviced.conf" "s,/etc/adviced,$sysconfdir/adviced,"
	put_edited 755 systemd/setup.sh "$SHARE/setup" "
		s,@SYSCONFDIR@,$sysconfdir,; s,@DATADIR@,$datadir,; s,@DOCDIR@,$docdir,; s,@LOCALSTATEDIR@,$localstatedir,"
}

# In the source tree the configuration names places in the tree; installed, those of its comments.
examples() {
	put_edited 644 config/adviced.cfg "$docdir/examples/adviced.cfg" "
		/^# This file works from the source tree/,/^\$/c\\
# A path that does not begin with / counts from the folder of this file.\\

		s,^\([a-z]* *= *\)\"[^\"]*\" *# installed: \(\".*\"\),\1\2,
		s,\"config/,\"$sysconfdir/adviced/secrets/,
		s,/usr/share/adviced,$SHARE,g; s,/etc/adviced,$sysconfdir/adviced,g
		s,/var/\(lib\|backups\)/,$localstatedir/\1/,g"
	put 644 config/directory.csv "$docdir/examples/directory.csv"
	put 644 config/involvement.csv "$docdir/examples/involvement.csv"
	[ ! -d config/prometheus ] || put_tree config/prometheus "$docdir/examples/prometheus"
}

# Whatever of these is there.
documents() {
	for page in man/*.[1-8]; do
		[ ! -f "$page" ] || put 644 "$page" "$mandir/man${page##*.}/${page##*/}"
	done
	for file in README.md HACKING.md CHANGELOG.md COPYING; do
		[ ! -f "$file" ] || put 644 "$file" "$docdir/$file"
	done
	for folder in guide pictures; do
		[ ! -d "man/$folder" ] || put_tree "man/$folder" "$docdir/man/$folder"
	done
}

editors_and_shells() {
	[ ! -f config/shell/advicectl.bash ] ||
	    put 644 config/shell/advicectl.bash "$datadir/bash-completion/completions/advicectl"
	[ ! -d config/editor/vim ] || put_tree config/editor/vim "$datadir/vim/vimfiles"
}

# Whose contents are the administrator's: the folders only, and not noted.
folders() {
	install -d -m 755 "$DESTDIR$sysconfdir/adviced" "$DESTDIR$sysconfdir/adviced/rules"
	install -d -m 700 "$DESTDIR$sysconfdir/adviced/secrets" "$DESTDIR$sysconfdir/adviced/secrets-alarm"
}

# What an earlier version had put there, and this one has not.
remove_left() {
	[ -f "$DESTDIR$LIST" ] || return 0
	LC_ALL=C sort "$DESTDIR$LIST.new" > "$DESTDIR$LIST.sorted"
	LC_ALL=C sort "$DESTDIR$LIST" | LC_ALL=C comm -23 - "$DESTDIR$LIST.sorted" | while read -r file; do
		rm -f "$DESTDIR$file"
	done
	rm -f "$DESTDIR$LIST.sorted"
}

# The folders that become empty go too, as far as they are ours alone.
uninstall() {
	if [ ! -f "$DESTDIR$LIST" ]; then
		echo "uninstall: $DESTDIR$LIST is not there, so nothing is known to be installed" >&2
		exit 1
	fi
	sed "s,^,$DESTDIR," "$DESTDIR$LIST" | tr '\n' '\0' | xargs -0 rm -f
	rm -f "$DESTDIR$LIST"
	for folder in "$SHARE" "$docdir" "$libexecdir/adviced"; do
		[ ! -d "$DESTDIR$folder" ] || find "$DESTDIR$folder" -depth -type d -empty -delete
	done
	echo "Kept: $DESTDIR$sysconfdir/adviced (configuration, rules, passwords) and $DESTDIR$localstatedir/lib/adviced (mails, cases)."
}

case ${1-} in
install)
	install -d -m 755 "$DESTDIR$SHARE"
	: > "$DESTDIR$LIST.new"
	programs
	rules
	units
	examples
	documents
	editors_and_shells
	folders
	remove_left
	mv "$DESTDIR$LIST.new" "$DESTDIR$LIST"
	;;
uninstall)
	uninstall
	;;
*)
	echo "usage: make install | make uninstall" >&2
	exit 2
	;;
esac
