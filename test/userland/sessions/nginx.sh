# nginx: a master and two workers serve files to curl over loopback; reload, reopening of logs, a worker's death, quit.
exec 2>&1
W=/tmp/nginx; mkdir -p $W/www/sub $W/www2 && cd $W || exit 1
say() { echo "== $*"; }
# Dates, tags made of them and ports are of the run.
plain() { tr -d '\r' | sed -E 's/^(Date|Last-Modified|Expires|date|last-modified): .*/\1: .../; s/^(ETag|etag): "[0-9a-f]+-([0-9a-f]+)"/\1: "...-\2"/'; }
get() { curl -s -m 20 "$@"; }
await() { for _ in {1..300}; do eval "$1" && return; sleep 0.05; done; echo "in vain: $1"; }
workers() { local p; for p in /proc/[0-9]*; do grep -qs "^nginx: worker process" $p/cmdline && echo "${p#/proc/}"; done; }
cat >conf <<'X'
user www-data;
worker_processes 2;
pid /tmp/nginx/pid;
error_log /tmp/nginx/error.log notice;
events { worker_connections 64; use epoll; multi_accept on; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  sendfile on; tcp_nopush on; tcp_nodelay on;
  keepalive_timeout 20; client_body_temp_path /tmp/nginx/body; proxy_temp_path /tmp/nginx/proxy;
  fastcgi_temp_path /tmp/nginx/f; uwsgi_temp_path /tmp/nginx/u; scgi_temp_path /tmp/nginx/s;
  log_format short '$request_method $uri $status $body_bytes_sent';
  access_log /tmp/nginx/access.log short;
  gzip on; gzip_types text/plain; gzip_min_length 100;
  server {
    listen 127.0.0.1:8080; listen [::1]:8080; listen unix:/tmp/nginx/socket;
    server_name localhost; root /tmp/nginx/www; index index.html;
    location /list/ { alias /tmp/nginx/www/sub/; autoindex on; autoindex_localtime off; }
    location /old { return 301 /sub/; }
    location /secret { deny all; }
    location /say { return 200 "VERSION-1 $arg_x $http_user_agent\n"; }
    location /aio/ { alias /tmp/nginx/www/; sendfile off; output_buffers 2 64k; }
    location /proxied/ { proxy_pass http://unix:/tmp/nginx/socket:/; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location /upload/ { alias /tmp/nginx/www2/; client_max_body_size 2k; }
    error_page 404 /404.html;
  }
}
X
echo '<h1>index</h1>' >www/index.html; echo 'not here' >www/404.html; for i in {1..400}; do echo "line $i of a text"; done >www/text.txt
head -c 5000000 /dev/zero | tr '\0' 'z' >www/large.bin; echo tail >>www/large.bin; : >www/empty; echo a >www/sub/a.txt; echo b >'www/sub/b c.txt'; echo no >www/closed; chmod 600 www/closed; touch -d '2020-01-02 03:04:05 UTC' www/text.txt www/sub/*; ln -s text.txt www/link.txt
chmod 777 . www2

say test and start
nginx -v; nginx -t -c $W/conf; sed 's/sendfile on/sendfail on/' conf >bad; nginx -t -c $W/bad 2>&1 | sed 's/^.*emerg/emerg/'
nginx -c $W/conf; echo "started $?"
await '[[ $(workers | wc -l) == 2 ]]'
for p in $(workers); do grep -E '^(Uid|Gid|Groups):' /proc/$p/status; done
nginx -c $W/conf 2>&1 | sed 's/^.*bind/bind/' | sort -u

say files
get -i http://127.0.0.1:8080/ | plain
get -I http://127.0.0.1:8080/text.txt | plain
get http://127.0.0.1:8080/text.txt | cksum
get http://[::1]:8080/link.txt | cksum; get --unix-socket socket http://x/sub/b%20c.txt
get -i http://127.0.0.1:8080/empty | plain
get http://127.0.0.1:8080/large.bin | cksum; cksum <www/large.bin
get http://127.0.0.1:8080/aio/large.bin | cksum; get http://127.0.0.1:8080/proxied/large.bin | cksum
get --limit-rate 20M http://127.0.0.1:8080/large.bin | cksum
get -w '%{http_code} %{size_download} %{content_type}\n' -o /dev/null http://127.0.0.1:8080/large.bin
say ranges and conditions
get -i -r 0-9 http://127.0.0.1:8080/text.txt | plain; echo
get -r -6 http://127.0.0.1:8080/large.bin; get -r 4999998-5000001 http://127.0.0.1:8080/large.bin; echo
get -i -r 0-1,100-101 http://127.0.0.1:8080/text.txt | sed -E 's/[0-9]{11,}/BOUNDARY/' | plain
get -i -r 999999- http://127.0.0.1:8080/text.txt | plain | head -n 1
get -i -z '2021-01-01' http://127.0.0.1:8080/text.txt | plain | head -n 1; get -i -z 'Thu, 02 Jan 2020 03:04:05 GMT' http://127.0.0.1:8080/text.txt | plain
tag=$(get -I http://127.0.0.1:8080/text.txt | tr -d '\r' | sed -n 's/^ETag: //p'); echo "$tag"; get -o /dev/null -w '%{http_code}\n' -H "If-None-Match: $tag" http://127.0.0.1:8080/text.txt
get --compressed -i http://127.0.0.1:8080/text.txt | plain | head -n 12
say errors
for path in /none /secret /closed /old /sub /../../etc/passwd /%00 /sub/; do get -o /dev/null -w "$path %{http_code} %{redirect_url}\n" --path-as-is "http://127.0.0.1:8080$path"; done
get http://127.0.0.1:8080/none; get -X POST -d x http://127.0.0.1:8080/text.txt -o /dev/null -w '%{http_code}\n'; get -X BAD http://127.0.0.1:8080/ -o /dev/null -w '%{http_code}\n'
head -c 5000 www/large.bin | get -T - http://127.0.0.1:8080/upload/x -o /dev/null -w '%{http_code}\n'
exec 3<>/dev/tcp/127.0.0.1/8080; printf 'nonsense\r\n\r\n' >&3; head -n 1 <&3; exec 3<&-
get http://127.0.0.1:8080/list/ | sed -E 's/ +[0-9]+-[A-Z][a-z]+-[0-9]+ [0-9:]+/ .../'
say one connection
get http://127.0.0.1:8080/sub/a.txt http://127.0.0.1:8080/say?x=1 -o - -o - -A agent -w '%{num_connects} %{http_code}\n'
exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /sub/a.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /say?x=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3; plain <&3; exec 3<&-
say many at once
for i in {1..12}; do get http://127.0.0.1:8080/large.bin | cksum & done | sort | uniq -c; wait
say reload
first=$(workers | tr '\n' ' '); master=$(<pid)
exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /large.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&3
sed -i 's/VERSION-1/VERSION-2/; s/worker_processes 2/worker_processes 3/' conf; kill -HUP $master
await 'get http://127.0.0.1:8080/say | grep -q VERSION-2'
get -A a http://127.0.0.1:8080/say; sed '1,/^\r$/d' <&3 | cksum; exec 3<&-
await '! kill -0 $first 2>/dev/null'; [[ $(<pid) == $master ]] && echo same master; await '[[ $(workers | wc -l) == 3 ]]'
sed 's/listen/listten/' conf >good; cp conf keep; cp good conf; kill -HUP $master; await 'grep -q listten error.log'; get -A a http://127.0.0.1:8080/say; cp keep conf
say a worker dies
one=$(workers | head -n 1); kill -KILL $one; await '[[ $(workers | wc -l) == 3 && ! -d /proc/'$one' ]]'; get -A a http://127.0.0.1:8080/say
say logs
mv access.log access.1; get -o /dev/null http://127.0.0.1:8080/sub/a.txt; kill -USR1 $master; await '[[ -e access.log ]]'; await 'get -o /dev/null http://127.0.0.1:8080/say; [[ -s access.log ]]'; head -n 1 access.log
sort access.1 | grep -v ' /say ' | uniq -c
say quit
kill -QUIT $master; await '[[ ! -e pid ]]'; await '[[ $(workers | wc -l) == 0 ]]'; get http://127.0.0.1:8080/; echo "curl $?"; ls
sed -E 's/^.*\[(notice|error|alert|emerg)\] [0-9]+#[0-9]+: /\1 /; s/[0-9]{2,}/N/g; s/\*[0-9]+/*/' error.log | grep -vE '\[warn\]|SIGCHLD|signal N|using|built|OS:|start worker|exit|gracefully|RLIMIT|cache|SIGIO' | sort | uniq -c
exit 4
