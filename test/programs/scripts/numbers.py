# Arithmetic of all kinds; every line printed is the same on every i386 machine.
import math, random, struct
from decimal import Decimal, getcontext, ROUND_HALF_UP

random.seed(86)
for i in range(10):
    x = (random.random() - 0.5) * 10.0 ** (i * 7 - 30)
    print(x, '%.17g %.3f %e' % (x, x, x), x.hex(), float.fromhex(x.hex()) == x, float(repr(x)) == x, round(x, 3))
print([random.randrange(10**30), random.gauss(0, 1), random.choice('abcdef'), random.sample(range(100), 5), random.expovariate(2)])

for text in ('1e308', '1e309', '0x1p3', '-0', '  1_000.5 ', 'nan', '1e-400', '4.9e-324'):
    try:
        print(text, float(text))
    except ValueError as error:
        print(error)

n = 3**400 + 7**200
print(n, n.bit_length(), pow(n, 65537, 2**89 - 1), n // 12345678901234567890, n % 998244353, -n // 7 % 1000, math.isqrt(n) % 10**20)
print(hash(1.5), hash(2**100), math.gcd(2**60 * 9, 6**30), math.comb(60, 30), math.factorial(30), (2**70).to_bytes(9, 'big'))
print(0.1 + 0.2, 1e16 + 1, 7 // -2, -7 % 3, 7.5 // -2, -7.5 % 3, 2**-1074, divmod(-7.25, 2), (0.1).as_integer_ratio())

total = dict.fromkeys(('add', 'power', 'root', 'wave', 'log', 'gamma'), 0.0)
terms = []
for i in range(1, 1200):
    x = random.random() + i / 7
    terms.append(x)
    total['add'] += x
    total['power'] += x**1.5
    total['root'] += math.sqrt(x) + math.hypot(x, 3)
    total['wave'] += math.sin(x) * math.cos(x) + math.atan2(x, 3) + math.tan(x / 100)
    total['log'] += math.log(x) + math.log2(x) + math.log1p(x) + math.exp(-x) + math.expm1(1 / x)
    total['gamma'] += math.lgamma(x) + math.erf(x / 50)
for name, value in total.items():
    print(name, '%.12g' % value)
print(math.fsum(terms), math.fmod(terms[5], 0.3), math.remainder(terms[6], 0.7), math.ldexp(terms[7], -60), math.frexp(terms[8]))

getcontext().prec = 40
third = Decimal(1) / 3
print(third, Decimal(2).sqrt(), Decimal(3).exp(), Decimal(7).ln(), third ** 7, Decimal('2.675').quantize(Decimal('.01'), ROUND_HALF_UP))
print(sum(Decimal(i) / 7 for i in range(50)), Decimal(0.1), Decimal('1E+5') % 7)

packed = b''.join(struct.pack('<dfhQ', random.random(), random.random(), i * 13 % 30000, i**8) for i in range(200))
print(len(packed), sum((k % 251 + 1) * byte for k, byte in enumerate(packed)), struct.unpack_from('<dfhQ', packed, 22 * 7), struct.pack('>e', 1.5).hex())
print(complex(1.5, -2) ** 3, abs(complex(3, 4)), (1 + 2j) / (3 - 1j))
