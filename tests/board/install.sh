#!/bin/sh
# usage: tests/board/install.sh FOLDER
# A browser (Debian's chromium), pdftotext, and axe-core, the judge of accessibility: one version, by its hash, from npm's
# registry, into FOLDER.  Says what could not be had, in one line each; exit 0 all the same: the tests say what they skip.
set -u
FOLDER=$1
AXE=4.14.1
HASH=sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=
command -v chromium > /dev/null 2>&1 || missing="$missing chromium"
command -v pdftotext > /dev/null 2>&1 || missing="$missing poppler-utils"
[ -d /usr/share/fonts/truetype/liberation ] || [ -d /usr/share/fonts/truetype/liberation2 ] || missing="$missing fonts-liberation"
if [ -n "$missing" ]; then
	echo "installing$missing"
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing < /dev/null > /dev/null 2>&1 ||
	    { as_root apt-get -qq update && as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
	    $missing; } < /dev/null > /dev/null 2>&1 || echo "could not be installed:$missing"
fi

[ -s "$FOLDER/axe.min.js" ] && exit 0
command -v npm > /dev/null 2>&1 || { echo "axe-core could not be had: there is no npm"; exit 0; }
work=$(mktemp -d) || exit 0
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "axe-core@$AXE" < /dev/null > /dev/null 2>&1) || { echo "axe-core could not be fetched"; exit 0; }
got=sha512-$(openssl dgst -sha512 -binary "$work/axe-core-$AXE.tgz" | openssl base64 -A)
[ "$got" = "$HASH" ] || { echo "axe-core $AXE is not what it was: $got"; exit 0; }
mkdir -p "$FOLDER" && tar -xzf "$work/axe-core-$AXE.tgz" -C "$work" && cp "$work/package/axe.min.js" "$FOLDER/axe.min.js"
exit 0
