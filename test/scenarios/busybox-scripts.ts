/** Three shell scripts for Debian's busybox that between them use most of what a shell asks of a kernel. */
export interface Script {
  readonly name: string;
  /** One argument of `busybox sh -c`. */
  readonly text: string;
}

export const BUSYBOX_SCRIPTS: readonly Script[] = [
  {
    name: 'pipes and loops',
    text: `cd /work
i=0
while [ $i -lt 12 ]; do echo "line $i $((i * i))"; i=$((i + 1)); done | sed 's/line/row/' | sort -k2 -n -r | head -n 7
cat prose | tr ' ' '\\n' | sort | uniq -c | sort -rn | awk '{ s += $1; print $2, $1 } END { print "sum", s }'
grep -n o people | cut -d: -f1,2 | wc -lwc`,
  },
  {
    name: 'files and digests',
    text: `cd /tmp
cp -r /work/tree t && ls t && ln -s a/one.txt t/again && cat t/again
gzip -c /work/prose > p.gz && gunzip < p.gz | md5sum
dd if=/work/noise of=part bs=100 skip=3 count=7 2>/dev/null; od -An -tx1 part | head -n 3
mv part t/b/part && rm -r t/a && find t | sort
chmod 640 t/b/part && stat -c '%a %s %n' t/b/part
tar cf - t | tar tf - | wc -l`,
  },
  {
    name: 'background jobs, signals and waits',
    text: `trap 'echo got USR1' USR1
(sleep 0.5; kill -USR1 $$; sleep 0.3; exit 5) &
first=$!
(for n in 1 2 3; do echo "job $n"; sleep 0.01; done) &
wait $first; echo "interrupted: $?"
wait $first; echo "first ended: $?"
wait; echo all
sleep 100 & kill $!; wait $! 2>/dev/null; echo "killed: $?"
mkfifo /tmp/f; (echo through a fifo > /tmp/f) & cat /tmp/f; wait
{ echo out; echo err >&2; } 2>&1 | sort`,
  },
];
