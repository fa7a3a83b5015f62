#!/bin/bash
# Ordinary traffic, made by the programs that make it elsewhere. Usage: ordinary.sh serve FOLDER, which says `ready` and serves until its
# input ends; ordinary.sh ACTIVITY FOLDER, which does something once, as a client of that.
set -euo pipefail
activity=$1 folder=$2
cd "$folder"

prepare() {
    mkdir -p www/video www/debian ssh /run/sshd
    for number in $(seq 30); do head -c $((2000 * number)) /dev/urandom > "www/image$number.png"; done
    {
        echo '<html><head><link rel=stylesheet href=style.css><script src=script.js></script></head><body>'
        for number in $(seq 30); do echo "<img src=image$number.png><a href=page.html>a link</a><p>$(seq 200)</p>"; done
        echo '</body></html>'
    } > www/index.html
    cp www/index.html www/page.html
    echo 'p { color: green }' > www/style.css
    echo 'for (let i = 0; i < 10; i++) fetch("/page.html?" + i).then(r => r.text())' > www/script.js
    for number in $(seq 20); do head -c 100000 /dev/urandom > "www/video/segment$number.ts"; done
    for name in one two three; do
        mkdir -p "package/$name/DEBIAN" "package/$name/usr/share/$name"
        head -c 300000 /dev/urandom > "package/$name/usr/share/$name/data"
        printf 'Package: ordinary-%s\nVersion: 1.0\nArchitecture: all\nMaintainer: Nobody <nobody@example.test>\nDescription: data\n' \
            "$name" > "package/$name/DEBIAN/control"
        dpkg-deb --build "package/$name" "www/debian/ordinary-$name.deb" >/dev/null
        cat "package/$name/DEBIAN/control" >> www/debian/Packages
        printf 'Filename: ./ordinary-%s.deb\nSize: %s\nSHA256: %s\n\n' "$name" "$(stat -c %s "www/debian/ordinary-$name.deb")" \
            "$(sha256sum "www/debian/ordinary-$name.deb" | cut -d' ' -f1)" >> www/debian/Packages
    done
    ssh-keygen -q -t ed25519 -N '' -f ssh/host
    ssh-keygen -q -t ed25519 -N '' -f ssh/user
    cp ssh/user.pub ssh/authorized
    printf 'Port 22\nHostKey %s\nAuthorizedKeysFile %s\nStrictModes no\nPermitRootLogin yes\nUsePAM no\nSubsystem sftp internal-sftp\nPidFile none\n' \
        "$PWD/ssh/host" "$PWD/ssh/authorized" > ssh/config
    cat > nginx.conf <<END
user root;
pid $PWD/nginx.pid;
events {}
http {
    access_log off;
    error_log $PWD/nginx.log;
    client_body_temp_path $PWD/body;
    proxy_temp_path $PWD/proxy;
    fastcgi_temp_path $PWD/fastcgi;
    uwsgi_temp_path $PWD/uwsgi;
    scgi_temp_path $PWD/scgi;
    types { text/html html; text/css css; text/javascript js; image/png png; }
    server { listen 80; root $PWD/www; }
}
END
}

listens() { for _ in $(seq 300); do if nc -z 127.0.0.1 "$1"; then return; fi; sleep 0.1; done; exit 1; }

serve() {
    prepare
    trap 'kill $(jobs -p)' EXIT
    # They end with this script, however it ends.
    dies=(setpriv --pdeathsig TERM)
    "${dies[@]}" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user=root --address=/test/10.77.0.1 --local=/#/ 2>dns.log &
    "${dies[@]}" nginx -e "$PWD/nginx.log" -c "$PWD/nginx.conf" -g 'daemon off;' &
    "${dies[@]}" /usr/sbin/sshd -D -e -f ssh/config 2>ssh/log &
    for port in 22 53 80; do listens "$port"; done
    echo ready
    cat >/dev/null
}

secure=(-q -i ssh/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes)
case $activity in
serve) serve ;;
browser)
    HOME=$PWD timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$PWD/profile" \
        --virtual-time-budget=5000 --dump-dom http://www.example.test/ 2>/dev/null | grep -q 'a link'
    ;;
pages)
    for number in $(seq 10); do
        curl -sSf "http://site$number.example.test/" "http://site$number.example.test/image[1-10].png" >/dev/null
        wget -q -O /dev/null "http://site$number.example.test/page.html"
    done
    ;;
names)
    for number in $(seq 25); do
        dig +short "host$number.example.test" >/dev/null
        dig +short AAAA "cdn-$number.static-content.example.test" >/dev/null
        dig +short -x "10.77.0.$number" >/dev/null
        dig +short MX "no-such-$number.example" >/dev/null
    done
    ;;
ssh)
    ssh "${secure[@]}" root@login.example.test 'ls -lR /usr/share/doc | head -c 300000; for i in $(seq 20); do echo $i; sleep 0.02; done' >/dev/null
    scp "${secure[@]}" root@login.example.test:/bin/bash copy
    ;;
apt)
    mkdir -p apt/lists/partial apt/cache/archives/partial
    echo 'deb [trusted=yes] http://mirror.example.test/debian ./' > apt/sources.list
    options=(-o "Dir::Etc::sourcelist=$PWD/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$PWD/apt/lists"
        -o "Dir::Cache=$PWD/apt/cache" -o APT::Sandbox::User=root -o Acquire::http::Proxy=false)
    apt-get "${options[@]}" -qq update
    (cd apt && apt-get "${options[@]}" -qq download ordinary-one ordinary-two ordinary-three)
    ls apt/*.deb | wc -l | grep -qx 3
    ;;
video) for number in $(seq 20); do curl -sSf --limit-rate 4M -o /dev/null "http://video.example.test/video/segment$number.ts"; done ;;
call)
    # Sound and picture, both ways.
    python3 - <<'END'
import socket, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    for number in range(400):
        line.sendto(bytes(1100), ("10.77.0.1", 5004))
        time.sleep(0.005)
END
    ;;
pings) ping -q -c 5 -i 0.2 www.example.test >/dev/null ;;
esac
