# vim: ex commands without a terminal, then at one: open, edit, undo, search, a shell command, save; what it draws.
exec 2>&1
cd /tmp; seq 20 > f
vim.tiny -es -u NONE f <<'V'
3,5d
%s/1/one/g
$a
appended
.
g/2$/normal Ax
1,3m$
w g
%p
q!
V
echo $?; tail -n 6 g; cmp <(seq 20) f && echo unchanged
vim.tiny -es -u NONE -c '%!sort -rn' -c 'wq' f; head -n 2 f; vim.tiny -es -u NONE -c 'set ff=dos' -c 'wq' f; head -n 1 f | od -c | head -n 1; vim.tiny -es -u NONE -c '1,10!tac' -c '10p' -c 'undo' -c '10p' -c '20d' -c 'x' f; wc -l f; vim.tiny -es -u NONE -c 'e /nonexistent/file' -c 'w' -c 'q!'; echo $?; ls -A | grep swp

seq -f 'line %g' 30 > text; cp text before
expect <<'TCL'
set timeout 60
set stty_init "rows 10 columns 70"
log_user 0
proc key {keys pattern} {
  send -- $keys
  expect {
    -ex $pattern { puts "saw $pattern" }
    timeout { puts "timeout: $pattern"; exit 1 }
    eof { puts "eof: $pattern"; exit 1 }
  }
}
spawn -noecho vim.tiny -u NONE -i NONE -c "set ruler showmode nocompatible" text
key "" "Top"
key "ione more" "INSERT"
key "\r" "2,1"
key "\033" "Top"
key "5Gdd" "5,1"
key "p" "6,1"
key "2yyP" "\033\[?25h"
key "u" "2 fewer lines"
key ":r !echo from a shell | tr a-z A-Z\r" "FROM A SHELL"
key "u" "1 line less"
key ":%s/line 2/LINE two/g\r" "substitutions"
key "gg/two4\r" "two4"
key "\006" "%"
key "GoThe end\033" "Bot"
key ":set columns\r" "columns="
key ":!echo a shell has \$(stty size)\r" "ENTER"
key "\r" "Bot"
key ":w\r" "written"
send ":q\r"
expect eof
puts "ended with [lindex [wait] 3]"
TCL
echo $?; diff before text; ls -A | grep swp

echo 'A file that changes meanwhile, a swap file that another vim left:'
expect <<'TCL'
set timeout 60
set stty_init "rows 10 columns 60"
log_user 0
spawn -noecho vim.tiny -u NONE -i NONE text
expect "one more"
send "Gochanged\033"
expect "changed"
exec sh -c "echo behind its back >> text; touch -d 2030-01-01 text"
send ":w\r"
expect "has been changed since reading"
send "y"
expect "written"
send "ohalf a line"
expect "half a line"
send "\033:preserve\r"
expect "preserved"
exec bash -c "kill -9 [exp_pid]"
expect eof
puts "ended with [lrange [wait] 3 end]"
spawn -noecho vim.tiny -u NONE -i NONE -r text
expect "completed"
send "\r"
expect "half a line"
send ":wq! saved\r"
expect eof
puts "ended with [lindex [wait] 3]"
TCL
tail -n 3 text; tail -n 3 saved; ls -A | grep swp

echo 'All that it draws:'
expect <<'TCL' | cat -v
set timeout 60
set stty_init "rows 8 columns 50"
spawn -noecho vim.tiny -u NONE -i NONE saved
expect -re {All.*\?25h}
send "Oon top"
expect -re {on top.*\?25h}
send "\033"
expect -re {1,6.*\?25h}
send "\006"
expect -re {Bot.*\?25h}
send ":q!\r"
expect eof
TCL
