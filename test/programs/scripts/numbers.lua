-- Arithmetic of all kinds; every line printed is the same on every i386 machine.
local state = 86
local function random()
  state = (state * 6364136223846793005 + 1442695040888963407)
  return (state >> 11) / 2.0 ^ 53
end

for i = 1, 12 do
  local x = (random() - 0.5) * 10 ^ (i * 3 - 18)
  print(x, string.format("%.17g %.3f %e %a", x, x, x, x), math.floor(x), math.type(x))
end

for _, text in ipairs { "0x1.8p3", "1e308", "1e309", "-0", "0x7fffffffffffffff", "9223372036854775808", " 12 ", "1e", "0x", "3." } do
  print(text, tonumber(text), math.tointeger(tonumber(text)))
end

for i = -3, 3 do
  local x = i * 0.75 + 0.125
  print(i, x // 1, x % 1, -x % 3, i // 2, i % 3, i << 60, i >> 3, math.ult(i, 1), i | 5 ~ 3)
end

local sums = { add = 0.0, product = 1.0, power = 0.0, root = 0.0, wave = 0.0, log = 0.0 }
for i = 1, 3000 do
  local x = random() + i / 7
  sums.add = sums.add + x
  sums.product = sums.product * (1 + x / 1e6)
  sums.power = sums.power + x ^ 1.5
  sums.root = sums.root + math.sqrt(x)
  sums.wave = sums.wave + math.sin(x) * math.cos(x) + math.atan(x, 3)
  sums.log = sums.log + math.log(x) + math.exp(-x) + math.fmod(x, 0.7)
end
for _, name in ipairs { "add", "product", "power", "root", "wave", "log" } do
  print(name, string.format("%.14g", sums[name]))
end

-- The digits of e by whole numbers, and a checksum of packed floats.
local digits, cells = {}, {}
for i = 1, 80 do cells[i] = 1 end
for n = 1, 60 do
  local carry = 0
  for i = 80, 1, -1 do
    local value = cells[i] * 10 + carry
    carry, cells[i] = value // (i + 1), value % (i + 1)
  end
  digits[n] = carry
end
print("e = 2." .. table.concat(digits))
local sum = 0
for i = 1, 500 do
  local packed = string.pack("<dfi4", random(), random(), i * 77777)
  for k = 1, #packed do sum = (sum * 31 + packed:byte(k)) % 4294967291 end
end
print("packed", sum, 1 / 0, -1 / 0, math.huge // 1, 2 ^ 53 == 2 ^ 53 + 1, math.maxinteger + 1 == math.mininteger)
