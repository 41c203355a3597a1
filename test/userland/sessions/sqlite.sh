# sqlite in WAL mode, used by several processes at once; transactions, indexes, locks, recovery.
exec 2>&1
cd /tmp
sqlite3 t.db <<'SQL'
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA page_size;
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL CHECK (price >= 0));
CREATE INDEX by_price ON item (price);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO item SELECT i, 'item ' || i, (i * 7919) % 1000 / 10.0 FROM n;
SELECT count(*), sum(price), min(name) FROM item; EXPLAIN QUERY PLAN SELECT * FROM item WHERE price > 99;
INSERT INTO item VALUES (1, 'again', 1); INSERT INTO item VALUES (1000, 'x', -1);
BEGIN; DELETE FROM item; SELECT count(*) FROM item; ROLLBACK; SELECT count(*) FROM item;
SQL
ls t.db*

echo 'A reader and a second writer while one process is in a transaction:'
mkfifo begun finish
sqlite3 t.db <<'SQL' &
BEGIN IMMEDIATE;
UPDATE item SET price = price + 1 WHERE id <= 100;
.shell echo > begun; read < finish
COMMIT;
SQL
read < begun
ls t.db*
sqlite3 t.db 'SELECT sum(price) FROM item;'
sqlite3 t.db "PRAGMA busy_timeout = 20; INSERT INTO item VALUES (600, 'locked', 1);"
sqlite3 t.db "PRAGMA busy_timeout = 60000; INSERT INTO item VALUES (601, 'waited', 1);" &
echo > finish
wait
sqlite3 t.db 'SELECT round(sum(price), 2), count(*) FROM item; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA integrity_check;'

echo 'Two writers that move money, and a reader that sees no sum but the one:'
sqlite3 t.db 'CREATE TABLE account (name TEXT PRIMARY KEY, money INTEGER); CREATE TABLE log (who TEXT, n INTEGER);' "INSERT INTO account VALUES ('a', 1000), ('b', 1000);"
writer() {
  echo '.timeout 60000'
  for ((n = 1; n <= 40; n++)); do
    echo "BEGIN IMMEDIATE; UPDATE account SET money = money - $n WHERE name = '$2'; UPDATE account SET money = money + $n WHERE name = '$3'; INSERT INTO log VALUES ('$1', $n); COMMIT;"
    ((n % 10)) || echo 'PRAGMA wal_checkpoint(PASSIVE);'
  done
}
reader() {
  echo '.timeout 60000'
  for ((n = 0; n < 60; n++)); do echo 'BEGIN; SELECT sum(money) FROM account; SELECT sum(money) FROM account; COMMIT;'; done
}
writer one a b > one.sql; writer two b a > two.sql; reader > reader.sql
sqlite3 t.db < one.sql > one.out & sqlite3 t.db < two.sql > two.out & sqlite3 t.db < reader.sql | uniq -c &
wait
wc -l < one.out; wc -l < two.out
sqlite3 t.db 'SELECT * FROM account; SELECT who, count(*), sum(n) FROM log GROUP BY who; PRAGMA integrity_check;'
for w in 1 2 3; do (for i in 1 2 3 4 5; do sqlite3 -cmd '.timeout 60000' t.db "INSERT INTO item (name, price) VALUES ('w$w-$i', $i);"; done) & done; wait; sqlite3 t.db "SELECT count(*), sum(price) FROM item WHERE name LIKE 'w%';"

echo 'A process that is killed in a transaction, and the next one, which recovers the log:'
sqlite3 t.db <<'SQL'
INSERT INTO log VALUES ('kept', 1);
BEGIN; INSERT INTO log VALUES ('lost', 1);
.shell kill -9 $PPID
SQL
echo $?; ls t.db*; sqlite3 t.db "SELECT * FROM log WHERE who IN ('kept', 'lost'); PRAGMA integrity_check;"; ls t.db*

sqlite3 t.db 'PRAGMA journal_mode = DELETE; BEGIN; UPDATE item SET price = 0; ' '.shell ls t.db*' 'ROLLBACK;'
sqlite3 t.db .dump | sqlite3 copy.db; sqlite3 copy.db 'SELECT count(*) FROM item'; sqlite3 t.db '.backup backup.db' 'VACUUM;' ; sqlite3 backup.db 'PRAGMA quick_check; SELECT name, price FROM item ORDER BY price DESC, id LIMIT 3;'
sqlite3 :memory: "CREATE VIRTUAL TABLE doc USING fts5 (body); INSERT INTO doc VALUES ('the quick fox'), ('a lazy dog'); SELECT body FROM doc WHERE doc MATCH 'qui*'; SELECT json_extract('{\"a\": [1, 2]}', '\$.a[1]'), date(0, 'unixepoch'), printf('%.3f', 2.0 / 3), hex(zeroblob(3)), group_concat(value) FROM generate_series(1, 5); SELECT sum(x) OVER (ORDER BY x) FROM (SELECT 1 AS x UNION SELECT 2 UNION SELECT 3);"
sqlite3 -csv -header t.db 'SELECT * FROM item LIMIT 2' ; sqlite3 -json t.db 'SELECT * FROM item LIMIT 1'; sqlite3 t.db 'SELECT * FROM nothing'; echo $?; sqlite3 -readonly t.db 'DELETE FROM item'; dd if=/dev/zero of=t.db bs=1 count=20 conv=notrunc 2> /dev/null; sqlite3 t.db 'SELECT 1 FROM item'
