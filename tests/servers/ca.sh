#!/bin/sh
# usage: ca.sh DIR
# Makes a throw-away certificate authority in DIR (ca.pem), and certificates
# for test servers: srv.pem/srv.key for localhost, other.pem/other.key for
# mail.other.example, expired.pem/expired.key for localhost but long past, and
# stranger.pem, an authority that signed none of them.  Done already: nothing
# happens.
set -eu
D=$1
[ ! -e "$D/done" ] || exit 0
mkdir -p "$D"
cd "$D"

authority() {	# file, name
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
	    -subj "/CN=$2" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
	    -keyout "$1.key" -out "$1.pem" 2>/dev/null
}

certificate() {	# file, host name, validity options
	file=$1 name=$2
	shift 2
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
	    -keyout "$file.key" -out "$file.csr" 2>/dev/null
	printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' \
	    "$name" > "$file.ext"
	openssl x509 -req -in "$file.csr" -CA ca.pem -CAkey ca.key -CAcreateserial \
	    -extfile "$file.ext" -out "$file.pem" "$@" 2>/dev/null
	chmod 644 "$file.key"	# worth nothing, and read by whichever user a test server runs as
	rm -f "$file.csr" "$file.ext"
}

# One that has expired: valid for a minute in 2001.
expired() {
	mkdir -p old
	: > old/index.txt
	cat > old/ca.cnf <<-CNF
	[ca]
	default_ca = d
	[d]
	dir = old
	database = old/index.txt
	new_certs_dir = old
	rand_serial = yes
	certificate = ca.pem
	private_key = ca.key
	default_md = sha256
	policy = p
	x509_extensions = x
	[p]
	commonName = supplied
	[x]
	subjectAltName = DNS:localhost
	CNF
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
	    -keyout expired.key -out expired.csr 2>/dev/null
	openssl ca -batch -notext -config old/ca.cnf -startdate 20010101000000Z -enddate 20010101000100Z \
	    -in expired.csr -out expired.pem 2>/dev/null
	rm -rf old expired.csr
}

authority ca "Throw-away test authority"
authority stranger "Another throw-away test authority"
certificate srv localhost -days 30
certificate other mail.other.example -days 30
expired
: > done
