# openssl: digests, ciphers, keys, certificates.
exec 2>&1
cd /tmp; export OPENSSL_CONF=/dev/null
head -c 5000 /dev/zero | tr '\0' z > data; for d in md5 sha1 sha256 sha3-256 blake2b512 ripemd160; do openssl dgst -$d data; done; openssl dgst -sha256 -hmac key data
for c in aes-256-cbc aes-128-gcm chacha20 camellia-128-cbc; do openssl enc -$c -K 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f -iv 00112233445566778899aabbccddeeff -in data 2> /dev/null | openssl dgst -md5; done
openssl enc -aes-256-cbc -pbkdf2 -S 0011223344556677 -k secret -in data -out e -base64; openssl enc -d -aes-256-cbc -pbkdf2 -S 0011223344556677 -k secret -in e -base64 | cmp - data && echo round
cat > key.pem <<'K'
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
K
openssl pkey -in key.pem -pubout; openssl pkeyutl -sign -inkey key.pem -rawin -in data | openssl base64 -A; echo; openssl pkeyutl -sign -inkey key.pem -rawin -in data -out sig; openssl pkey -in key.pem -pubout -out pub; openssl pkeyutl -verify -pubin -inkey pub -rawin -in data -sigfile sig
openssl req -x509 -new -key key.pem -subj /CN=test -days 1 -set_serial 7 -out cert.pem && openssl x509 -in cert.pem -noout -subject -serial -issuer; openssl verify -CAfile cert.pem cert.pem
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem && openssl ec -in ec.pem -check -noout; openssl genrsa -out rsa.pem 1024 2> /dev/null; openssl rsa -in rsa.pem -check -noout; openssl dgst -sha256 -sign rsa.pem -out s data && openssl dgst -sha256 -verify <(openssl rsa -in rsa.pem -pubout 2> /dev/null) -signature s data
openssl prime 1000003; openssl rand -hex 8 | wc -c; openssl asn1parse -in key.pem | cut -d: -f2- | head -n 4; openssl passwd -6 -salt abc secret; openssl version | cut -d. -f1; openssl kdf -keylen 16 -kdfopt digest:SHA256 -kdfopt pass:p -kdfopt salt:s -kdfopt iter:10 PBKDF2; openssl dgst -nothing data 2>&1 | head -n 2
echo 'TLS over the loopback:'
mkfifo in
for version in tls1_3 tls1_2; do
  openssl s_server -accept 127.0.0.1:4433 -naccept 1 -cert cert.pem -key key.pem -$version -rev > server 2>&1 < /dev/null & server=$!
  until grep -q ACCEPT server; do sleep 0.1; done
  openssl s_client -connect 127.0.0.1:4433 -CAfile cert.pem -brief < in > client 2>&1 & client=$!
  exec 4> in; echo 'hello over TLS' >&4; head -c 3000 data >&4; echo >&4
  until [ $(wc -c < client) -gt 3000 ]; do sleep 0.1; done; exec 4>&-
  wait $client; echo $?; sed 's/z*$//' client; wait $server; echo $?; sed 's/^[0-9A-F]*:error/error/; /^Client cipher/d' server
done
