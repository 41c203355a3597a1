# The language of bash: functions, arrays, expansions, here-documents, arithmetic.
exec 2>&1
cd /tmp
fib() { local n=$1; ((n < 2)) && { echo "$n"; return; }; echo $(( $(fib $((n - 1))) + $(fib $((n - 2))) )); }
fib 7
declare -a list=(zero one 'two words' three); list[7]=seven; list+=(eight)
echo "${#list[@]}" "${!list[@]}" "${list[@]:1:2}" "${list[-1]}"
unset 'list[1]'; printf '<%s>' "${list[@]}"; echo
declare -A capital=([France]=Paris [Japan]=Tokyo ['New Zealand']=Wellington)
for key in 'New Zealand' France Japan; do echo "$key: ${capital[$key]}"; done; echo "${#capital[@]}"
text='The quick brown fox'; echo "${text^^}" "${text,,}" "${text/quick/slow}" "${text//o/0}" "${text#* }" "${text%% *}" "${#text}" "${text: -3}"
name=text; echo "${!name}" "${undefined:-default}" "${undefined:+set}" "${text@Q}"
declare -i sum=0; for ((i = 1; i <= 100; i++)); do sum+=i; done; echo $sum $((16#ff)) $((2#1010)) $((1 << 40)) $((-7 / 2)) $((-7 % 3)) $((5 > 3 ? 10 : 20)) $((2 ** 62))
cat <<END; cat <<'END'; cat <<-END
here $((1 + 2)) $(echo substituted) \$escaped
END
literal $((1 + 2)) `echo x`
END
	indented
	END
cat <<< "a here-string $sum"
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && echo "${BASH_REMATCH[@]}"
[[ file.tar.gz == *.gz && ! x -nt y ]] && echo match
case foo.c in *.h) echo header;; *.c) echo source;;& f*) echo also f;; esac
echo {a..e} {01..10..3} pre{x,y{1,2}}post
mapfile -t lines < <(printf '%s\n' first second third); echo "${#lines[@]} ${lines[2]}"
while IFS=: read -r user _ id _ _ home _; do [ "$id" -lt 2 ] && echo "$user $home"; done < /etc/passwd
printf '%05d|%-6s|%6.2f|%x|%q|%b\n' 42 ab 3.14159 255 'a b' 'tab\there'
printf -v stored '%(%Y-%m-%d)T' 0; echo "$stored"
set -- one two three; echo "$# $2 ${*: -1}"; shift 2; echo "$@"
getopt() { local OPTIND o; while getopts 'ab:c' o "$@"; do case $o in b) echo "b=$OPTARG";; ?) echo "$o";; esac; done; }; getopt -a -b val -c
( set -e; false; echo not reached ); echo "subshell $?"
( set -u; echo "${nothing}" ) 2> error; echo "nounset $?"; grep -o 'unbound variable' error
set -o pipefail; true | false | true; echo "pipefail $? ${PIPESTATUS[*]}"; set +o pipefail
shopt -s extglob nullglob
touch a.txt b.txt c.log; echo *.txt !(*.txt) none*; shopt -u nullglob
eval 'echo evaluated $((6 * 7))'; let 'x = 5, y = x * 2'; echo $x $y
select choice in red green; do echo "chose $choice"; break; done <<< 2 2> /dev/null
f() { echo "${FUNCNAME[0]} called by ${FUNCNAME[1]} with $*"; }; g() { f "$@"; }; g 1 2
readonly fixed=1; (fixed=2) 2>&1 | sed 's/^.*: //'
declare -n reference=text; reference=changed; echo "$text"
echo "$(type -t cd) $(type -t f) $(type -t cat) $(type -t if)"; compgen -A function | sort | tr '\n' ' '; echo
time_format() { TIMEFORMAT=; time true; }; time_format; echo "$?"
echo $BASH_SUBSHELL $(echo $BASH_SUBSHELL) $SHLVL; exit 7
