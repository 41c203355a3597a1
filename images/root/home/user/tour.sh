#!/bin/sh
# A tour of what the small shell and its tools can do: words, pipes, loops, functions, files, jobs.
# Everything it makes is in /tmp/tour, which goes away at the end.

title() {
  echo
  echo "== $* =="
}

count_down() {
  if [ $1 -gt 0 ]; then
    echo "$1..."
    count_down $(($1 - 1))
  else
    echo lift-off
  fi
}

mkdir -p /tmp/tour/deep/er
cd /tmp/tour || exit 1

title words
name=world
echo "hello, $name" 'no $name here' ${unset:-a default} ${#name} letters
path=/usr/lib/libm.so.6
echo "${path##*/} in ${path%/*}, arithmetic $(((3 + 4) * 6))"

title pipes
seq 1 20 | grep -v 1 | sort -nr | head -4
echo "primes: $(primes 1000 | grep 'primes up to')"

title loops
for fruit in pear apple fig; do
  echo $fruit
done > fruit
n=0
while read line; do
  n=$((n + 1))
  case $line in
    a*) echo "$n: $line begins with a" ;;
    ?i?) echo "$n: $line has an i in the middle" ;;
    *) echo "$n: $line is something else" ;;
  esac
done < fruit

title functions
count_down 3

title files
sort fruit > deep/sorted
cp deep/sorted deep/er/copy
cat >> deep/er/copy <<END
a line of a here-document for $name
END
touch -d @1000000000 deep/sorted deep/er/copy
ls -l deep/sorted deep/er/copy
wc deep/sorted deep/er/copy
sum deep/er/copy
echo */* deep/er/c?py

title jobs
(sleep 0.1; echo slow) > slow &
slow=$!
(exit 7) &
wait $!
echo "a job's status: $?"
wait $slow
cat slow
sleep 100 &
kill $!
wait $!
echo "a killed job's status: $?"

cd /
rm -r /tmp/tour
[ -d /tmp/tour ] || echo "
all gone"
