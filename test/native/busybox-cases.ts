/**
 * Command lines for Debian's busybox that an emulated kernel must run as a real one does. Each prints the same whenever it
 * is run on the fixture: no times, process ids, inode numbers, directory sizes or races.
 */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expansions of the guest's shell, not template strings

export interface BusyboxCase {
  /** Unique. */
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** A byte string. */
  readonly stdin: string;
}

type Row = readonly [name: string, script: string, stdin?: string];

const shell: readonly Row[] = [
  ['echo', 'echo hello, world'],
  [
    'variables and quotes',
    `a='one  two' b="$a three"; echo $a; echo "$b" '$b' \\$b "\${c:-unset}" "\${#a}" "\${b%% *}"`,
  ],
  [
    'parameter expansions',
    'f=/usr/lib/libm.so.6; echo ${f##*/} ${f%/*} ${f#/} ${f%%.*} ${f/lib/LIB} ${x:=set} $x ${f:5:3}',
  ],
  [
    'arithmetic',
    'i=7; echo $((i * 6)) $((i % 4)) $((i << 10)) $((-7 / 2)) $((0x1f ^ 3)) $((i > 3 && i < 5)) $((i++ + ++i)) $i',
  ],
  [
    '64-bit arithmetic',
    'echo $((1 << 40)) $((9223372036854775807 + 1)) $((123456789 * 987654321)) $((1000000007 * 1000000007 % 998244353))',
  ],
  [
    'for, while and until',
    'for i in 1 2 3; do echo for $i; done; i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && continue; echo while $i; done; until [ $i = 5 ]; do i=$((i+1)); done; echo $i',
  ],
  ['long loop', 'i=0; s=0; while [ $i -lt 3000 ]; do s=$((s + i * i)); i=$((i + 1)); done; echo $s'],
  [
    'case and patterns',
    'for w in apple bee cow 42 ""; do case "$w" in a*) echo a;; *[0-9]) echo digit;; ?ee|?ow) echo three;; "") echo empty;; esac; done',
  ],
  [
    'functions and recursion',
    'fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }; fact 10; f() { local x=in; return 3; }; x=out; f; echo $? $x',
  ],
  [
    'here-documents',
    'n=5; cat <<EOF; cat <<"EOF"; cat <<-EOF\nn is $n, $((n*n)), $(echo sub)\nEOF\nn is $n\nEOF\n\ttabs go\n\tEOF',
  ],
  [
    'command substitution',
    'echo "$(echo "$(echo deep)er" | tr a-z A-Z)" `echo back\\`echo tick\\``; x=$(false); echo $?',
  ],
  [
    'exit codes',
    'true; echo $?; false; echo $?; (exit 42); echo $?; nonexistent-command; echo $?; /work; echo $?; ! true; echo $?',
  ],
  ['exit code of the shell', 'echo leaving; exit 17'],
  [
    'and, or, not',
    'true && echo yes || echo no; false && echo yes || echo no; ! false && echo negated; { echo group; false; } || echo failed',
  ],
  ['subshells do not leak', 'x=1; (x=2; cd /; echo $x $PWD); echo $x $PWD; { x=3; }; echo $x'],
  [
    'redirections',
    'echo out > /tmp/o; echo more >> /tmp/o; cat < /tmp/o; ls /nothing 2> /tmp/e; wc -l < /tmp/e; echo both 3>&1 >&3 1>&2; exec 4< people; read line <&4; read next <&4; echo "$line|$next"; exec 4<&-',
  ],
  ['noclobber and errors', 'set -C; echo a > /tmp/x; echo b > /tmp/x; echo $?; echo c >| /tmp/x; cat /tmp/x'],
  ['set -e', 'set -e; echo one; false || echo two; false; echo never'],
  ['set -u and -x', 'set -x; a=1; echo $a; set +x; set -u; echo "${b-fine}"; echo $b; echo never'],
  [
    'positional parameters',
    'set -- a "b c" d; echo $# "$2"; shift; echo "$*" "$@"; for p; do echo "[$p]"; done; IFS=-; echo "$*"',
  ],
  ['field splitting', 'IFS=:; while read name year place; do echo "$year $name ($place)"; done < people'],
  [
    'read with a prompt of nothing',
    'read a b c; echo "[$a][$b][$c]"; read -r d; echo "[$d]"; read e || echo "end [$e]"',
    'one two three four\nback\\slash\nlast',
  ],
  ['script file with arguments', './script one "two words" three; echo $?'],
  [
    'eval, source and alias',
    'echo "v=sourced" > /tmp/s; . /tmp/s; eval "echo \\$v"; unset v; echo "[${v-gone}]"; type cd; command -v sh',
  ],
  ['globs', 'cd tree; echo */*; echo b/*.[ch] a/???.txt; echo nothing*; echo "*"; set -f; echo *'],
  [
    'tilde and cd',
    'cd; pwd; cd /work/tree/b/c; cd ../..; pwd; cd -; cd -P /work/tree/link/.. 2>/dev/null || echo not a directory; pwd',
  ],
  [
    'printf',
    `printf '%5d|%-5s|%05.1f|%x|%o|%c|%%|%b\\n' 42 ab 3.14159 255 8 xyz 'a\\tb'; printf '%s-' 1 2 3; printf '\\n\\101\\x42\\n'`,
  ],
  [
    'test and brackets',
    '[ 3 -gt 2 -a -f people ] && echo 1; [ -d tree -o x = y ] && echo 2; test -x script && echo 3; [ ! -s empty ] && echo 4; [ new -nt empty ] || echo 5; [[ abc == a* ]] && echo 6; [ -L tree/link ] && echo 7',
  ],
  [
    'trap and exit',
    'trap "echo leaving" EXIT; trap "echo caught" USR1; kill -USR1 $$; echo after; (trap "echo inner" EXIT; true); exit 5',
  ],
  ['killed by a signal', 'sh -c "kill -KILL \\$\\$"; echo $?; sh -c "kill -TERM \\$\\$"; echo $?'],
  [
    'getopts',
    'set -- -a -b value -c rest; while getopts ab:c o; do echo "$o ${OPTARG-}"; done; shift $((OPTIND - 1)); echo $1',
  ],
];

const processes: readonly Row[] = [
  ['pipeline', 'echo c b a | tr " " "\\n" | sort | head -n 2'],
  ['long pipeline', 'seq 1 500 | grep 7 | sed s/7/seven/ | sort -r | uniq | wc -l | cat | cat | cat'],
  ['writer stopped by a closed pipe', 'yes | head -n 3; seq 1 100000 | head -n 1; echo done'],
  [
    'a megabyte through pipes',
    'cat big | cat | cat | wc -c; dd if=/dev/zero bs=1000 count=500 2>/dev/null | tr "\\0" x | wc -c',
  ],
  [
    'background and wait',
    '(echo slow > /tmp/slow) & wait; cat /tmp/slow; (exit 3) & wait $!; echo $?; (exit 4) & p=$!; (exit 5) & wait $p; echo $?; wait; echo $?',
  ],
  ['background jobs in order', 'for i in 3 1 2; do (sleep 0.$i; echo $i >> /tmp/order) & done; wait; cat /tmp/order'],
  [
    'kill a job',
    'sleep 100 & p=$!; kill $p; wait $p 2>/dev/null; echo $?; sleep 100 & p=$!; kill -9 $p; wait $p 2>/dev/null; echo $?; kill -0 $p 2>/dev/null || echo gone',
  ],
  ['stop and continue', 'sleep 0.1 & p=$!; kill -STOP $p; kill -CONT $p; wait $p; echo $?'],
  ['trap during wait', 'trap "echo usr1" USR1; (sleep 0.1; kill -USR1 $$) & wait $!; echo $?; wait; echo end'],
  ['sleep', 'sleep 0.05; usleep 1000; echo awake'],
  ['timeout', 'timeout 5 echo quick; timeout -s KILL 0.1 sleep 50; echo $?; timeout 0.1 sleep 50; echo $?'],
  [
    'named pipe',
    'mkfifo /tmp/f; (echo through; echo the; echo fifo) > /tmp/f & cat /tmp/f; wait; test -p /tmp/f && echo fifo',
  ],
  [
    'xargs',
    'echo a b c d e | xargs -n 2 echo args:; find tree -type f | sort | xargs wc -c; seq 5 | xargs -I % echo "<%>"',
  ],
  ['find -exec', 'find tree -name "*.txt" -exec cat {} \\; | sort; find tree -name "*.c" -exec ls {} + | sort'],
  ['env', 'env -i A=1 B="two words" /bin/env; A=changed env | grep ^A; env | sort | grep -v -e _= -e PWD -e SHLVL'],
  ['exec', 'exec echo replaced; echo never'],
  [
    'nested shells',
    'sh -c "sh -c \'sh -c \\"echo deep\\"\'"; echo "echo from stdin" | sh; echo "exit 9" | sh; echo $?',
  ],
  [
    'tee',
    'echo copy | tee /tmp/1 /tmp/2 | tr a-z A-Z; cat /tmp/1 /tmp/2; echo more | tee -a /tmp/1 > /dev/null; wc -l < /tmp/1',
  ],
  ['id and names', 'id -u; id -un; whoami; hostname > /dev/null && echo named; uname -s'],
  ['forty children', 'i=0; while [ $i -lt 40 ]; do (exit $((i % 7))) || n=$((n + $?)); i=$((i + 1)); done; echo $n'],
];

const text: readonly Row[] = [
  ['cat', 'cat people -; cat -n old; cat -A numbers | head -n 2; cat empty', 'from standard input\n'],
  [
    'sed',
    'sed -n "2,3p;\\$p" people; sed "s/:\\([0-9]*\\):/ born \\1 in /; /London/d" people; sed -e "1i top" -e "\\$a bottom" -e y/abc/ABC/ old',
  ],
  [
    'sed: hold space and branches',
    'sed -n "1!G;h;\\$p" old; sed ":a;N;\\$!ba;s/\\n/,/g" old; sed -E "s/(o)(.)/<\\2\\1>/g;t;s/^/no /" old',
  ],
  [
    'sed -i',
    'cp old /tmp/edit; sed -i s/three/3/ /tmp/edit; cat /tmp/edit; sed -i.bak 1d /tmp/edit; cat /tmp/edit.bak | wc -l',
  ],
  [
    'awk: columns and sums',
    `awk -F: '{ n[$3]++; y += $2 } END { for (p in n) print p, n[p] | "sort"; close("sort"); print y, y / NR }' people`,
  ],
  [
    'awk: functions and strings',
    `awk 'function r(s) { return length(s) < 2 ? s : r(substr(s, 2)) substr(s, 1, 1) } { print r($0), toupper($1), index($0, "e"), gsub(/o/, "0"), $0 }' old`,
  ],
  [
    'awk: printf and floats',
    `awk 'BEGIN { printf "%.6f %e %g %d %5.2f|%-8s|%c\\n", 355 / 113, 1e-7 * 3, 1e6, 3.99, 2.005, "left", 65; print 1/3, 65536 * 65536, 1e15 + 0.5, -7 % 3, 5.5 % 2, int(-3.7), 0.1 + 0.2 == 0.3, 1e308 * 10, 100000 * 10000000 }'`,
  ],
  [
    'awk: big loop',
    `awk 'BEGIN { for (i = 1; i <= 20000; i++) { s += i * i; a[i % 97] = a[i % 97] + i } print s, a[5], length(a) }'`,
  ],
  [
    'awk: split and match',
    `awk -F: '{ k = split($4, c, /[aeiou]+/); if (match($0, /[0-9]+/)) print k, c[1], RSTART, RLENGTH, substr($0, RSTART, RLENGTH) }' people`,
  ],
  [
    'grep',
    'grep London people; grep -c a people; grep -vn o old; grep -i ADA people; grep -o "[0-9]*" people | head -n 3; grep -E "^(ada|ken):" people; grep -q nothing people; echo $?',
  ],
  [
    'grep -r',
    'grep -rn int tree | sort; grep -l four tree/a/* tree/b/*.c; grep -w is prose; echo $?; grep -F "2; }" tree/a/two.c',
  ],
  [
    'sort',
    'sort numbers; sort -n numbers; sort -rn numbers | head -n 2; sort -u numbers | wc -l; sort -t: -k2n people | head -n 3; sort -t: -k3,3 -k1,1r people',
  ],
  [
    'sort a larger file',
    'sort prose | md5sum; sort -r prose | head -n 3; tr " " "\\n" < prose | sort | uniq -c | sort -rn -k1,1 -k2 | head -n 5',
  ],
  ['uniq', 'sort -n numbers | uniq -c; sort -n numbers | uniq -d; sort -n numbers | uniq -u | wc -l'],
  ['cut', 'cut -d: -f1,3 people; cut -c1-3 old; cut -d" " -f2- prose | head -n 2'],
  [
    'tr',
    'tr a-z A-Z < old; tr -d aeiou < old; tr -s o < prose | head -n 1; tr -c "a-z\\n" _ < people | head -n 2; echo 123 | tr 0-9 a-j',
  ],
  ['head and tail', 'head -n 2 old; tail -n 2 old; tail -n +4 old; head -c 5 old; tail -c 5 old; head -n 1 old new'],
  ['wc', 'wc people numbers; wc -l < prose; wc -c big; wc -w prose; wc -L old'],
  ['paste', 'paste -d, old numbers | head -n 6; paste -s -d+ numbers; paste -d: - - < people | head -n 2'],
  [
    'diff',
    'diff old new; echo $?; diff -u old new | tail -n +3; diff old old && echo same; diff -rq tree/a tree/b | sort',
  ],
  ['patch', 'cp old /tmp/p; diff -u old new > /tmp/d; patch /tmp/p < /tmp/d; cmp /tmp/p new && echo patched'],
  ['cmp', 'cmp old new; echo $?; cmp -l old new | head -n 3; cmp big big && echo equal; cmp empty old; echo $?'],
  ['od', 'od -c old | head -n 3; od -An -tx1 -N 16 noise; od -d -N 8 noise; od -An -t d4 -j 4 -N 8 noise'],
  [
    'hexdump and xxd',
    'hexdump -C noise | head -n 3; hexdump old | tail -n 2; xxd noise | head -n 2; xxd -p old; echo 48690a | xxd -r -p',
  ],
  [
    'base64',
    'base64 old; base64 noise | md5sum; base64 noise | base64 -d | cmp - noise && echo round; echo aGVsbG8K | base64 -d',
  ],
  [
    'fold, expand, rev, tac, nl',
    'fold -w 20 prose | head -n 4; printf "a\\tb\\n" | expand -t 4; rev old; tac old; nl old | tail -n 2',
  ],
  ['seq', 'seq 3; seq 2 3 11; seq 5 -2 1; seq -w 8 11; seq -s , 1 5; seq 0.5 0.25 1.5'],
  [
    'expr',
    'expr 6 \\* 7; expr 17 / 5; expr abc : "a\\(.\\)c"; expr length hello; expr substr hello 2 3; expr 1 = 2; echo $?; expr 3 \\> 2',
  ],
  ['bc and dc', 'echo "scale=20; 4*a(1); 2^100; 7/3" | bc -l; echo "2 10 ^ p 3 / p" | dc; factor 1234567890 97'],
  [
    'basename and dirname',
    'basename /a/b.c .c; dirname /a/b/c; dirname name; realpath tree/link; readlink tree/link; readlink -f tree/../people',
  ],
  ['strings', 'strings -n 6 noise | head -n 5; strings /bin/busybox | grep -c "BusyBox v1"'],
  [
    'split by dd and join by cat',
    'for i in 0 1 2; do dd if=noise of=/tmp/part$i bs=1000 skip=$i count=1 2>/dev/null; done; wc -c /tmp/part*; cat /tmp/part* | cmp - noise && echo joined',
  ],
  ['ed', 'cp old /tmp/ed; printf "2d\\n\\$a\\nlast\\n.\\n1,2p\\nw\\nq\\n" | ed /tmp/ed; cat /tmp/ed'],
];

const files: readonly Row[] = [
  ['ls', 'ls; ls -a tree; ls -1 tree/b; ls -p tree; ls -R tree; ls nothing; echo $?'],
  ['ls -l', 'ls -l people numbers script secret tree/link; ls -ln tree/a; ls -l /bin/busybox | cut -c1-10'],
  [
    'ls: sorting',
    'touch -d 2001-01-01 /tmp/c; touch -d 2002-01-01 /tmp/a; touch -d 2003-01-01 /tmp/b; cd /tmp; ls -t a b c; ls -tr a b c; ls -S /work/big /work/old /work/noise; ls -r a b c',
  ],
  [
    'cp',
    'cp people /tmp/p; cmp people /tmp/p; cp -r tree /tmp/t; find /tmp/t | sort; cp -p script /tmp/s; ls -l /tmp/s; cp nothing /tmp; echo $?',
  ],
  [
    'mv',
    'cp people /tmp/a; mv /tmp/a /tmp/b; ls /tmp; mkdir /tmp/d; mv /tmp/b /tmp/d; ls /tmp/d; mv /tmp/d /tmp/e; ls /tmp/e; mv /tmp/none /tmp/x; echo $?',
  ],
  [
    'rm and rmdir',
    'mkdir -p /tmp/a/b/c; touch /tmp/a/f; rm /tmp/a; rmdir /tmp/a; rm -r /tmp/a; ls /tmp | wc -l; rm /tmp/none; echo $?; rm -f /tmp/none; echo $?',
  ],
  [
    'mkdir',
    'mkdir /tmp/d; mkdir /tmp/d; echo $?; mkdir -p /tmp/d/e/f; mkdir -m 700 /tmp/p; stat -c "%a %F" /tmp/p /tmp/d/e; mkdir /none/x; echo $?',
  ],
  [
    'links',
    'ln people /tmp/h; stat -c %h people; ln -s people /tmp/s; readlink /tmp/s; cat /tmp/s; cd /tmp; ln -s h l; cat l | wc -l; ls -l l | cut -c1-10; ln -sf none l; cat l; rm h; stat -c %h /work/people',
  ],
  [
    'chmod',
    'cp people /tmp/f; for m in 600 u+x g=rw,o= a+r 4755 +t -x,u-s; do chmod $m /tmp/f; stat -c "%a %A" /tmp/f; done; umask 077; touch /tmp/g; stat -c %a /tmp/g; umask',
  ],
  [
    'chown',
    'touch /tmp/f; chown 1000:1000 /tmp/f; stat -c "%u %g %U %G" /tmp/f; chgrp root /tmp/f; stat -c "%G" /tmp/f',
  ],
  [
    'touch and stat',
    'touch -d "2020-01-02 03:04:05" /tmp/f; stat -c "%n %s %Y %y %F %a" /tmp/f; touch -r people /tmp/f; stat -c %Y /tmp/f people; stat -c "%s %Y %N" tree/link; [ /tmp/f -ot old ]; echo $?',
  ],
  [
    'stat of devices and directories',
    'stat -c "%F %t,%T %a" /dev/null /dev/zero; stat -c "%F %a" tree tree/private /tmp; stat nothing; echo $?',
  ],
  [
    'find',
    'find tree | sort; find tree -type d | sort; find tree -name "*.c" -o -type l | sort; find . -size +100k; find tree -maxdepth 1 | sort; find tree -newer people | sort; find . -perm 600; find . -empty | sort',
  ],
  [
    'dd',
    'dd if=noise of=/tmp/o bs=100 skip=3 count=5 2>&1 | head -n 2; cmp -n 500 /tmp/o noise | head -n 1; dd if=old of=/tmp/o bs=1 seek=10 conv=notrunc 2>/dev/null; wc -c /tmp/o; dd if=/dev/zero of=/tmp/z bs=1 count=0 seek=5000 2>/dev/null; stat -c %s /tmp/z; md5sum < /tmp/z',
  ],
  [
    'truncate',
    'cp old /tmp/t; truncate -s 8 /tmp/t; cat /tmp/t; truncate -s 12 /tmp/t; od -c /tmp/t; truncate -s 1M /tmp/t; md5sum < /tmp/t',
  ],
  ['mktemp', 'f=$(mktemp); test -f $f && stat -c %a $f; d=$(mktemp -d /tmp/dir.XXXXXX); test -d $d && echo ${#d}'],
  [
    'append and overwrite',
    'for i in 1 2 3; do echo $i >> /tmp/l; done; cat /tmp/l; echo new > /tmp/l; cat /tmp/l; (echo a; echo b >> /tmp/l; echo c) > /tmp/l; cat /tmp/l',
  ],
  ['unlinked but open', 'exec 3> /tmp/gone 4< /tmp/gone; rm /tmp/gone; echo kept >&3; cat <&4; ls /tmp'],
  [
    'dev files',
    'echo lost > /dev/null; cat /dev/null | wc -c; head -c 100000 /dev/zero | md5sum; head -c 100 /dev/urandom | wc -c; echo x > /dev/full; echo $?',
  ],
  [
    'permissions of user 0',
    'chmod 000 old; cat old | head -n 1; test -w old && echo writable; test -x old || echo not executable',
  ],
  [
    'path errors',
    'cat people/x; cat ""; cd nothing; cat tree; echo x > tree; mkdir people; ln -s loop /tmp/loop; cat /tmp/loop',
  ],
  [
    'proc',
    'test -d /proc/self && echo self; cat /proc/self/comm; tr "\\0" " " < /proc/self/cmdline; echo; readlink /proc/self/cwd; readlink /proc/self/exe',
  ],
];

const archives: readonly Row[] = [
  ['md5sum and sha1sum', 'md5sum big people empty; sha1sum big; md5sum big > /tmp/sums; md5sum -c /tmp/sums'],
  ['sha256sum, sha512sum, sha3sum', 'sha256sum big people; sha512sum old; sha3sum old'],
  ['crc32', 'crc32 big people; crc32 empty'],
  [
    'gzip and gunzip',
    'gzip -c prose > /tmp/z.gz; wc -c < /tmp/z.gz; md5sum < /tmp/z.gz; gunzip -c /tmp/z.gz | cmp - prose && echo same; zcat /tmp/z.gz | head -n 1',
  ],
  ['gzip a stream', 'gzip < people | gunzip; head -c 200000 big | gzip -9 | gunzip | md5sum; gzip -1 < prose | md5sum'],
  [
    'gzip in place',
    'cp prose /tmp/f; gzip /tmp/f; ls /tmp; gunzip /tmp/f.gz; cmp /tmp/f prose && echo same; echo junk > /tmp/bad.gz; gunzip /tmp/bad.gz; echo $?; gzip -t /tmp/bad.gz; echo $?',
  ],
  ['bzip2', 'bzip2 -c prose | tee /tmp/b.bz2 | md5sum; bunzip2 -c /tmp/b.bz2 | cmp - prose && echo same'],
  [
    'tar',
    'tar cf /tmp/t.tar tree/a/two.c tree/a/one.txt tree/link old people; md5sum < /tmp/t.tar; tar tvf /tmp/t.tar; cd /tmp; tar xf t.tar; find tree old people | sort; cmp old /work/old && echo same',
  ],
  [
    'tar with gzip and streams',
    'tar czf - tree | tar tzf - | sort; tar cf - tree | (cd /tmp; tar xf -; find tree | sort; readlink tree/link); tar cf - -C tree a | wc -c',
  ],
  [
    'cpio',
    'find tree -type f | sort | cpio -o -H newc 2>/dev/null | (cd /tmp; cpio -id 2> /dev/null; find tree -type f | sort)',
  ],
  ['uuencode', 'uuencode old name; uuencode -m old x | uudecode -o /tmp/u; cmp /tmp/u old && echo round'],
  [
    'dates',
    'date -u -d @0; date -u -d @1000000000 +"%Y-%m-%d %H:%M:%S %j %a %U"; date -u -d "2024-02-29 12:00:00" +%s; date -u -d 1970-01-02 +%A; TZ=EST5EDT date -d @86400 +%H:%M',
  ],
  ['cal', 'cal 2 2024; cal -j 1 2000 | head -n 4'],
  [
    'sorted word count of the prose',
    "tr -cs a-z '\\n' < prose | sort | uniq -c | awk '{ print $2, $1 }' | sort -k2nr -k1 | head -n 8",
  ],
  [
    'a script in awk, sed and sh together',
    'sed 1d people | while IFS=: read n y p j; do echo "$y $n"; done | sort -n | awk \'{ print NR ": " $2 " (" $1 - 1800 ")" }\' | tee /tmp/report | tail -n 2; wc -l < /tmp/report',
  ],
];

const rows: readonly Row[] = [...shell, ...processes, ...text, ...files, ...archives];

/** Each runs in /work, so that the words of its script are short. */
export const busyboxCases: readonly BusyboxCase[] = rows.map(([name, script, stdin = '']) => ({
  name,
  argv: ['/bin/busybox', 'sh', '-c', `cd /work\n${script}`],
  stdin,
}));
