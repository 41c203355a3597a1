# Redis: a server, clients over TCP and a local socket, snapshots by a forked child, a log written through, restarts.
exec 2>&1
mkdir -p /tmp/redis && cd /tmp/redis || exit 1
tcp() { redis-cli -p 6379 "$@"; }
local_() { redis-cli -s /tmp/redis/socket "$@"; }
say() { echo "== $*"; }
await() { # a command until it prints a line that matches
  local pattern=$1; shift
  for _ in {1..300}; do "$@" 2>/dev/null | grep -q "$pattern" && return; sleep 0.05; done
  echo "in vain: $*"
}
start() {
  redis-server --port 6379 --bind 127.0.0.1 --unixsocket /tmp/redis/socket --unixsocketperm 700 --dir /tmp/redis \
    --logfile /tmp/redis/log --daemonize no --save '' --enable-debug-command yes "$@" &
  server=$!
  await PONG tcp ping
}
info() { tcp info "$1" | grep -E "^($2):"; }

say strings
start
tcp set greeting 'hello world'
local_ get greeting
tcp append greeting '!' ; tcp strlen greeting; tcp getrange greeting 0 4
tcp incr counter; tcp incrby counter 41; local_ decr counter; tcp incrbyfloat float 0.1; tcp incrbyfloat float 0.2
tcp incr greeting
tcp get nothing; tcp set nothing x nx; tcp set nothing y nx; tcp set nothing z xx get
tcp setbit bits 7 1; tcp bitcount bits; tcp mset a 1 b 2 c 3; tcp mget a b none c; tcp type a; tcp no-such-command x
say lists, hashes, sets
tcp rpush list one two three; tcp lpush list zero; tcp lrange list 0 -1; tcp lpop list; tcp rpop list 2; tcp llen list
tcp hset hash name cr86 kind emulator year 2026; tcp hget hash name; tcp hgetall hash; tcp hincrby hash year 1
tcp sadd s1 a b c; tcp sadd s2 b c d; tcp sinter s1 s2 | sort; tcp scard s1; tcp sismember s1 z
tcp zadd board 3 carol 1 alice 2 bob; tcp zrange board 0 -1 withscores; tcp zrank board carol; tcp zincrby board 5 alice; tcp zrangebyscore board '(2' +inf
tcp xadd stream 1-1 field value; tcp xadd stream 1-2 field other; tcp xlen stream; tcp xrange stream - +
say transactions and scripts
printf 'multi\nset t 1\nincr t\nlpush t x\nexec\nget t\nmulti\nset t 9\ndiscard\nget t\nexec\n' | local_
printf 'watch w\nmulti\nset w 1\nexec\nget w\n' | tcp
tcp eval 'local sum = 0; for i = 1, ARGV[1] do sum = sum + i end; redis.call("set", KEYS[1], sum); return {sum, redis.call("get", KEYS[1])}' 1 sum 1000
tcp eval 'return redis.call("lpush", "a", "x")' 0
say blocking, expiry
tcp blpop queue 0 >popped & popper=$!
await 'blocked_clients:1' tcp info clients
tcp rpush queue job; wait $popper; cat popped
tcp blpop queue 0.05
tcp set short lived px 50; sleep 0.2; tcp get short; tcp set long lived ex 1000; tcp persist long; tcp ttl long
say publish, subscribe
tcp subscribe news >heard & subscriber=$!
local_ psubscribe 'n*' >heard2 & subscriber2=$!
await news tcp pubsub channels; await 1 tcp pubsub numpat
tcp publish news first; local_ publish news second
await second cat heard; await second cat heard2
kill $subscriber $subscriber2; wait $subscriber; echo $?; wait $subscriber2; echo $?
cat heard heard2
say many clients
for i in {1..8}; do { for j in {1..5}; do echo "incr shared"; echo "rpush l$i $j"; done | tcp >/dev/null; } & clients[i]=$!; done
wait "${clients[@]}"; tcp get shared; tcp lrange l8 0 -1
for i in {1..2000}; do echo "SET key:$i 'value $i $i $i'"; done | redis-cli --pipe | tail -n 1
tcp dbsize
head -c 300000 /dev/zero | tr '\0' x | local_ -x set big; tcp strlen big; local_ get big | cksum
say snapshot
tcp bgsave; await 'rdb_bgsave_in_progress:0' tcp info persistence
info persistence 'rdb_last_bgsave_status|rdb_saves'
tcp debug digest-value counter list >/dev/null; before=$(tcp debug digest)
tcp save; head -c 5 dump.rdb; echo; redis-check-rdb dump.rdb | tail -n 1
tcp set after-save lost; tcp shutdown nosave; wait $server; echo "exit $?"
start
tcp dbsize; tcp get key:1999; tcp get after-save; tcp lrange l8 0 -1; tcp zrange board 0 -1 withscores; tcp hgetall hash; tcp xlen stream; tcp get float
[[ $(tcp debug digest) == "$before" ]] && echo same digest
kill -TERM $server; wait $server; echo "exit $?"
say append-only file
rm -f dump.rdb
start --appendonly yes --appendfsync always
tcp set durable 1; tcp incr durable; tcp rpush log a b c; tcp lpop log; tcp set gone x; tcp del gone
printf 'multi\nincr durable\nrpush log d\nexec\n' | tcp
ls appendonlydir; kill -KILL $server; wait $server 2>/dev/null; echo "exit $?"
start --appendonly yes --appendfsync always
tcp get durable; tcp lrange log 0 -1; tcp exists gone
tcp bgrewriteaof; await 'aof_rewrite_in_progress:0' tcp info persistence; info persistence 'aof_last_bgrewrite_status|aof_last_write_status'
tcp set later 1; ls appendonlydir; tcp shutdown; wait $server; echo "exit $?"
start --appendonly yes
tcp mget durable later; tcp config get appendfsync; tcp config set maxclients 50; tcp client getname; tcp object encoding durable; tcp memory usage durable >/dev/null
tcp shutdown; wait $server; echo "exit $?"
tcp ping; local_ ping
exit 3
