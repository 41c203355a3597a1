# sed, gawk and mawk as languages.
exec 2>&1
cd /tmp
printf '%s\n' alpha beta gamma delta epsilon zeta > words
sed -n '2p;$p' words; sed 's/a/A/2' words; sed '/beta/,/delta/d' words; sed -E 's/(.)(.)/\2\1/' words; sed 'N;s/\n/-/' words; sed -n '$!{h;d};H;x;p' words; sed '1!G;h;$!d' words; sed '2{s/^/> /;w out
}' words > /dev/null; cat out; sed -i.bak '1i first' words; head -n 1 words; tail -n 1 words.bak; sed 'y/abc/xyz/' words | head -n 2; sed '/^$/d;s/.*/"&"/' words | paste -sd,; sed -n '/a$/{=;p}' words; sed '0~3d' words; sed 's/.*/echo &/e' <<< executed; sed --posix 's/a*/x/g' <<< baaac; sed -z 's/\n/,/g' words; echo; sed -s -n '$p' words words.bak; sed ':a;s/^\([0-9]\+\)\([0-9]\{3\}\)/\1,\2/;ta' <<< 1234567; sed -n l <<< $'tab\tend'; sed '3q5' words > /dev/null; echo $?; sed -n '/x/!p' words | wc -l; sed 'R words.bak' <<< $'1\n2'; sed 's/E/&\U&l\Eo/I' words | tail -n 2
for awk in gawk mawk; do echo "== $awk"
$awk 'BEGIN { for (i = 1; i <= 5; i++) s += i * i; print s, 7 % 3, 2 ^ 10, 1 / 3, int(-3.7), length("hello"), substr("hello", 2, 3), index("hello", "l"), toupper("x"), sprintf("%05.2f|%-5s|%c|%x", 3.14159, "ab", 65, 255) }'
$awk -F: '{ n[length($1)]++ } END { for (k = 1; k < 20; k++) if (k in n) print k, n[k] }' /etc/passwd
seq 1 2000 | $awk '{ a[$1 % 10] += $1; t += sqrt($1) + sin($1) + exp(-$1 / 100) } END { for (i = 0; i < 10; i++) printf "%d ", a[i]; printf "%.10f\n", t }'
$awk 'function gcd(a, b) { return b ? gcd(b, a % b) : a } BEGIN { print gcd(1071, 462); n = split("a,b,c", p, ","); print n, p[3]; s = "banana"; print gsub(/a/, "o", s), s; print match("foobar", /o+/), RSTART, RLENGTH; "echo from a command" | getline line; print line; close("echo from a command"); while (("seq 3" | getline v) > 0) x = x v; print x; print "to sort" | "sort"; close("sort"); printf "%s\n", 1e300 * 1e300; print -log(0), 100000 * 100000, 0.1 + 0.2, 1e6, 123456789012 }'
$awk 'BEGIN { RS = ""; FS = "\n" } { print NR ": " $1 " / " $NF }' <<< $'a\nb\n\nc\nd'
$awk '/beta/,/delta/ { print NR, FNR, $0 > "/tmp/range" } END { close("/tmp/range"); while ((getline l < "/tmp/range") > 0) print l; exit 3 }' words; echo $?
$awk -v name=value 'BEGIN { print name, ARGC, ARGV[1], ENVIRON["HOME"]; delete a; a["x", 1] = 2; for (k in a) { split(k, q, SUBSEP); print q[1], q[2] }; if (("x", 1) in a) print "in"; print system("exit 4"); printf "a" "b" > "/dev/stderr" }' argument 2>&1
$awk 'BEGIN { srand(1); x = rand(); y = rand(); print (x != y), (x < 1), substr("x", 0), "10" + 5, "abc" < "abd", 10 < 9, "10" < "9" }'
done
gawk 'BEGIN { PROCINFO["sorted_in"] = "@val_num_desc"; a["x"] = 1; a["y"] = 3; a["z"] = 2; for (k in a) printf "%s ", k; print gensub(/(a)(b)/, "\\2\\1", "g", "abab"), strftime("%F", 0, 1), and(12, 10), xor(12, 10), lshift(1, 20), strtonum("0xff"); n = asort(a); print n, a[1]; switch ("abc") { case /b/: print "switched" }; print typeof(a), length(a); cmd = "cat"; print "through a coprocess" |& cmd; close(cmd, "to"); cmd |& getline r; print r; b[1][2] = 3; print b[1][2]; print toupper(substr("quit", 1)) }'
gawk -M 'BEGIN { print 2 ^ 100 }' 2>&1 | head -n 1; gawk --lint 'BEGIN { print undefined }' 2>&1 | tail -n 1; gawk -b 'BEGIN { print length("\303\251") }'; gawk '@include "x"' 2>&1 | wc -l; gawk 'BEGIN { BINMODE = 3; printf "%c", 200 }' | od -An -tx1
bc -l <<< 'scale = 30; 4 * a(1); 2 ^ 200; sqrt(2)'; dc <<< '10 k 2 v p 3 5 ^ p [Hello] p'
