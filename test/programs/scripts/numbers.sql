.mode list
create table t(id integer primary key, x real, n integer, s text);
with recursive c(i, r) as (
  select 1, 12345 union all select i + 1, (r * 1103515245 + 12345) & 2147483647 from c where i < 400
)
insert into t select i, (r - 1073741824) / (i * 997.0), r * i, printf('%08.3f', r / 1000.0) from c;
select count(*), sum(x), avg(x), total(n), min(x), max(x), sum(n) from t;
select id, x, round(x, 3), cast(x as integer), printf('%.17g|%e|%g', x, x, x), n % 997, -n / 13, n << 3, n >> 5 from t where id % 67 = 1;
select id % 7, count(*), sum(x * x), sum(x) / count(*), group_concat(n % 10, '') from t group by 1 order by 3 desc;
select cast('1e3' as real), cast('0x10' as integer), '12abc' + 1, 1e308 * 10, -1e308 * 10, 9223372036854775807 + 1, 5 / 2, 5 / 2.0, 1 / 0;
select sqrt(2), exp(1), ln(10), pow(2, 0.5), sin(1), cos(1), atan2(1, 3), log10(1234.5), degrees(1), pi();
select a.id, b.id, a.x * b.x from t a join t b on a.n % 97 = b.n % 89 where a.id < 60 order by abs(a.x * b.x) limit 8;
select avg(x) over (order by id rows between 5 preceding and current row) from t order by id limit 6;
select s, cast(s as real) * 3, typeof(s + 0), length(s) from t order by s desc limit 5;
select julianday('2024-02-29 12:00:00'), strftime('%s', '2024-02-29'), date(2460000.5), time(0.123456789);
select hex('86'), quote(0.1 + 0.2), quote(1e-320), quote(-0.0), 0.1 + 0.2 = 0.3, max(1, 1.5, 2), abs(-9223372036854775807);
