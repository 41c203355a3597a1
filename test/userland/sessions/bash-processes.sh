# Processes of bash: pipelines, substitution, coprocesses, traps, jobs without a terminal, signals.
exec 2>&1
cd /tmp
seq 1 1000 | grep 7 | sort -rn | head -n 3 | paste -sd,
diff <(seq 1 5) <(seq 2 6); tee >(wc -l > count) >(tr 0-9 a-j > letters) < <(seq 10 20) | tail -n 1; wait; sleep 0.1; cat count letters | tr '\n' ' '; echo
coproc CALC { while read -r a b; do echo $((a * b)); done; }
echo 6 7 >&"${CALC[1]}"; read -r answer <&"${CALC[0]}"; echo "$answer"
echo 12 12 >&"${CALC[1]}"; read -r answer <&"${CALC[0]}"; echo "$answer"
exec {input}>&"${CALC[1]}"; eval "exec ${CALC[1]}>&-"; exec {input}>&-; wait "$CALC_PID"; echo "coprocess $?"
trap 'echo got USR1' USR1; kill -USR1 $$; echo after
trap 'echo leaving subshell' EXIT; (trap 'echo inner exit' EXIT; true); trap - EXIT
trap 'echo error on line' ERR; false; trap - ERR
trap 'echo debug' DEBUG; :; trap - DEBUG
(trap '' TERM; kill -TERM $BASHPID; echo survived)
bash -c 'kill -TERM $$; echo not reached'; echo "killed $?"
bash -c 'trap "echo caught; exit 3" INT; kill -INT $$; sleep 5'; echo "trapped $?"
sleep 0.05 & first=$!; (exit 9) & second=$!; wait $second; echo "second $?"; wait $first; echo "first $?"
for n in 3 1 2; do { sleep 0.$n; echo "after 0.$n"; } & done; wait
{ sleep 0.1; echo slow; } & { sleep 0.05; exit 4; } & wait -n; echo "first to end: $?"; wait
sleep 100 & victim=$!; kill %1 2> /dev/null || kill $victim; wait $victim; echo "job $?"
set -m; sleep 100 & kill -STOP %+; sleep 0.05; jobs | tr -s ' '; kill -CONT %+; kill %+; wait %+ 2> /dev/null; echo "monitored $?"; set +m
disown -a; jobs
exec 3> log; echo to the log >&3; exec 3>&-; cat log
exec 4<> both; echo written >&4; exec 4>&-; cat both
{ echo out; echo err >&2; } 2>&1 > /dev/null | tr a-z A-Z
read -t 0.05 -r line < <(sleep 1; echo late); echo "timed read $?"
read -n 3 -r part <<< abcdef; echo "$part"; read -d : -r part <<< one:two; echo "$part"
(ulimit -n 20; ulimit -n); (umask 077; : > private; stat -c %a private)
(ulimit -f 1; dd if=/dev/zero of=big bs=4096 count=4 2> /dev/null; echo "limited $?"); stat -c %s big
mkfifo pipe; (echo through the fifo > pipe) & cat pipe; wait
timeout 0.1 sleep 10; echo "timeout $?"; timeout -s KILL 0.1 bash -c 'trap "" TERM; while :; do sleep 1; done'; echo "kill $?"
yes | head -n 2; echo "${PIPESTATUS[0]}"
nohup bash -c 'echo nohup output' 2> /dev/null; env -i A=1 B=2 /usr/bin/env | sort
x=$(exec 2>&1; ls /nonexistent); echo "$x"; command -v nothing || echo "not found $?"
xargs -P 4 -n 1 bash -c 'sleep 0.$0; echo $0' <<< '3 1 2'
depth() { if (($1 > 0)); then (depth $(($1 - 1))); else echo "at depth $BASH_SUBSHELL"; fi; }; depth 12
exec bash -c 'echo replaced; exit 5'
