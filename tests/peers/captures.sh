#!/bin/bash
# Fetches capture files that Debian ships, those that tcpdump is tested with, unless they are there. Usage: captures.sh FOLDER
set -euo pipefail
mkdir -p "$1"
cd "$1"
# Tests that ask at the same time wait for the one that fetches.
exec {lock}>lock
flock "$lock"
if [ -e complete ]; then exit; fi
cat > debian.sources <<END
Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
mkdir -p lists/partial
options=(-o "Dir::Etc::sourcelist=$PWD/debian.sources" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$PWD/lists")
apt-get "${options[@]}" -qq update
apt-get "${options[@]}" -qq source --download-only tcpdump
tar xzf tcpdump_*.orig.tar.gz --strip-components=1 --wildcards '*/tests/*.pcap*'
rm -r lists tcpdump_*
touch complete
