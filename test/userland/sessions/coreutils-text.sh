# Tools that read text.
exec 2>&1
mkdir -p /tmp/t && cd /tmp/t
seq 1 300 | awk '{ print $1, ($1 * 7919) % 1000, "word" ($1 % 13) }' > table
head -n 3 table; tail -n 2 table; head -c 20 table; echo; tail -c +4000 table | head -n 1; tail -n +299 table
cut -d' ' -f2,3 table | head -n 2; cut -c1-5 --output-delimiter=: table | head -n 1; cut -b 2- --complement table | head -n 2 | tr '\n' ' '; echo
sort -k2,2n table | head -n 3; sort -k3,3 -k2,2nr table | head -n 3; sort -u -k3,3 table | wc -l; sort -R --random-source=table table | md5sum; sort -c table; echo "sorted $?"
sort -h <<< $'1G\n2K\n3M'; sort -V <<< $'v1.10\nv1.9'; sort -M <<< $'Mar\nJan'; sort -z <<< $'b\na' | od -c | head -n 2
sort -S 8K --parallel=1 -T /tmp/t -k2n table | md5sum; sort -m <(seq 1 2 9) <(seq 2 2 10) | paste -sd' '
uniq -c <(cut -d' ' -f3 table | sort) | head -n 3; uniq -d <<< $'a\na\nb'; uniq -u <<< $'a\na\nb'; uniq -f 1 -w 2 <<< $'1 abc\n2 abd\n3 xyz'
comm <(seq 1 4) <(seq 3 6); join <(seq 1 4 | sed 's/$/ left/') <(seq 2 5 | sed 's/$/ right/') -a 1; paste -d'|' <(seq 3) <(seq 4 6); paste -s <(seq 3)
tr -d aeiou <<< 'remove the vowels'; tr -s ' ' <<< 'too   many    spaces'; tr '[:lower:]' '[:upper:]' <<< shout; tr -c '[:alnum:]\n' _ <<< 'a b-c'; tr 'a-y' 'b-z' <<< shift
wc table; wc -L table; wc -m -w <<< 'one two three'; nl -ba <<< $'x\n\ny'; nl -s: -w2 <<< line; cat -A <<< $'tab\there'; cat -ns <<< $'a\n\n\n\nb'; tac <<< $'1\n2\n3'
fold -w 10 <<< 'a line that is too long to fit'; fold -sw 12 <<< 'break at the spaces please'; fmt -w 30 <<< 'a paragraph of words that fmt will fill again so that lines are of about equal length'; expand -t 4 <<< $'\tx'; unexpand -a <<< '        x'; pr -t -2 -l 3 -w 20 <(seq 6)
od -An -tx1 -N 16 table; od -tc -Ad <<< hi; od -An -td4 -N 8 table; od -An -tfF -N 8 table; base64 <<< 'encode me'; base64 -d <<< ZGVjb2RlZAo=; base32 <<< x; basenc --base16 <<< hex; basenc --z85 <<< 'abc'
md5sum table; sha1sum table; sha256sum table; sha512sum -b table; b2sum -l 128 table; cksum table; sum table; sum -s table; sha256sum table > sums; sha256sum -c sums; cksum -a sm3 table; sha224sum --tag table
split -l 100 table part-; wc -l part-*; cat part-* | cmp - table && echo joined; split -n 3 -d table n-; ls n-*; split -b 1K --filter='wc -c' table; csplit -s -f c- table 100 200; wc -l c-*
shuf -i 1-10 --random-source=table | paste -sd' '; shuf -n 2 -e a b c d --random-source=table; tsort <<< $'a b\nb c\na c'; factor 1234567890 97 18446744073709551557; numfmt --to=iec 1048576 1500; numfmt --from=si 2K; seq -w 8 11; seq -f %.3f 0 0.5 1; seq -s, 10 -3 1
expr 6 \* 7; expr length hello; expr substr hello 2 3; expr abc : 'a\(.\)c'; test 5 -gt 3 && echo greater; [ abc \< abd ] && echo before; printf '%s %d %o %e\n' s 10 8 12345.678; echo -e 'a\x41\n\t.'; printf '\u00e9\n' | od -An -tx1
ptx -A <<< 'alpha beta' | cat; dd if=table bs=100 skip=1 count=2 2> /dev/null | md5sum; dd if=table of=copy conv=ucase 2>&1 | tail -n 1 | cut -d' ' -f1-2; head -c 12 copy; echo; dd if=/dev/zero bs=1K count=3 2> /dev/null | tr '\0' x | wc -c; truncate -s 10 copy; stat -c %s copy
date -u -d @86400 +%F; date -u -d '2001-09-09 01:46:40' +%s; date -u -d '2024-02-29 +1 year' '+%A %d %B %Y'; TZ=Asia/Tokyo date -d @0 +%H:%M; date -u -d '1970-01-01 00:00:00 next monday' +%F
grep -c 9 table; grep -n '^1[0-9] ' table | head -n 2; grep -o 'word1[0-2]' table | sort | uniq -c; grep -E '(1|2){3}' table | head -n 2; grep -w 7 table | wc -l; grep -v word table; echo $?; grep -F '.' table | wc -l; grep -A1 -B1 '^50 ' table; grep -rl word3 . | sort | head -n 3; grep -P '^\d+ (?=99)\d+' table | head -n 2; grep -m 2 -b word5 table; grep -i WORD12 -c table; grep -L word12 table part-*; echo 'a.b' | grep -x 'a.b'; grep -z b <<< $'a\nb' | tr '\0' '!'
