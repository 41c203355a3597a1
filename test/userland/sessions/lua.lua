-- Lua: closures, coroutines, metatables, patterns, files, processes.
io.stdout:setvbuf('no')
local function counter() local n = 0; return function() n = n + 1; return n end end
local c = counter(); c(); print(c(), select('#', 1, nil, nil), #'häh', 7 // 2, -7 // 2, 7 % -3, 2 ^ 0.5, 1 << 62, 3 | 4, math.maxinteger + 1 == math.mininteger, 10 / 2, 1e15, 2 ^ 53)
local co = coroutine.wrap(function(a) for i = 1, 3 do a = a + coroutine.yield(a * i) end return 'end' end); print(co(1), co(2), co(3), co(4))
local V = {}; V.__index = V; V.__add = function(a, b) return setmetatable({x = a.x + b.x}, V) end; V.__tostring = function(v) return 'V(' .. v.x .. ')' end; V.__close = function() print('closed') end
do local v <close> = setmetatable({x = 1}, V); print(tostring(v + v)) end
print(('key = value'):match('^(%w+)%s*=%s*(%w+)$'), ('hello world'):gsub('o', '0'), ('%5.2f|%-5s|%q'):format(3.14159, 'ab', 'a\nb'), ('x'):rep(3, ','), ('abc'):byte(1, -1))
local t = {5, 2, 8, 1}; table.sort(t, function(a, b) return a > b end); print(table.concat(t, ' '), table.unpack(t, 2, 3), next({}), #t)
print(pcall(error, {code = 1}), select(2, pcall(function() local x = nil; return x.y end)), xpcall(function() error('deep') end, function(m) return 'handled ' .. m end))
local f = assert(io.open('/tmp/l', 'w+')); f:write('one\ntwo\n', 3, '\n'); f:seek('set'); print(f:read('l', 'n'), f:read('a')); f:close(); for l in io.lines('/tmp/l') do io.write('<', l, '>') end print(); print(io.open('/none'), os.rename('/tmp/l', '/tmp/m'), os.remove('/tmp/m'), os.remove('/tmp/m'))
print(os.time({year = 2020, month = 1, day = 1, hour = 0}), os.date('!%Y-%m-%d %H:%M:%S', 86400), os.getenv('HOME'), os.getenv('NONE'), type(os.clock()), string.pack('<i4', 258):byte(1, -1))
local before = collectgarbage('count'); for i = 1, 2e4 do local x = {i} end collectgarbage(); print(collectgarbage('count') < before + 100, load('return 6 * 7')(), load('syntax error here'))
local weak = setmetatable({}, {__mode = 'k'}); weak[{}] = 1; collectgarbage(); print(next(weak), math.type(1), math.type(1.0), math.tointeger(3.0), utf8.char(228, 8364), utf8.len('äö'), tostring(1e100), 0x.8p1, 1 // 0.0, -1 // 0.0, 0/0 ~= 0/0)
local s = 0; for i = 1, 200000 do s = (s * 31 + i) % 1000003 end print(s); goto done; print('skipped') ::done:: os.exit(3)
