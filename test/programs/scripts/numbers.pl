# Arithmetic of all kinds; every line printed is the same on every i386 machine.
use strict;
use warnings;
use integer ();

my $state = 86;
sub random { $state = ($state * 16807) % 2147483647; return $state / 2147483647 }

for my $i (1 .. 10) {
  my $x = (random() - 0.5) * 10**($i * 3 - 15);
  printf "%s %.17g %.3f %e %s %d\n", $x, $x, $x, $x, unpack("H*", pack("d<", $x)), $x;
}
for my $text ('1e308', '1e309', '0x1f', ' 12abc', '.5', '-1_000', '18446744073709551615', '0 but true') {
  no warnings;
  print "$text: ", $text + 0, ' ', int($text), ' ', $text * 1.5, "\n";
}
printf "%s %s %s %s\n", 7 / 2, -7 % 3, 2**0.5, 10 % -3;
{ use integer; printf "%s %s %s\n", -7 / 2, -7 % 3, 2147483647 + 1; }
printf "%b %o %x %#x %+d %05d|%-8s|%8s|%.2s|%vd\n", 37, 64, 48879, 255, 5, 42, 'ab', 'cd', 'xyz', '1.22.333';
printf "%.0f %.0f %.0f %.0f %g %g %g\n", 0.5, 1.5, 2.5, -0.5, 1e15, 1e16, 123456789;

my %sum = map { $_ => 0 } qw(add power root wave log);
for my $i (1 .. 1500) {
  my $x = random() + $i / 7;
  $sum{add} += $x;
  $sum{power} += $x**1.5;
  $sum{root} += sqrt $x;
  $sum{wave} += sin($x) * cos($x) + atan2($x, 3);
  $sum{log} += log($x) + exp(-$x);
}
printf "%s %.13g\n", $_, $sum{$_} for sort keys %sum;

# 120! by arrays of four digits.
my @big = (1);
for my $n (2 .. 120) {
  my $carry = 0;
  for my $cell (@big) { my $v = $cell * $n + $carry; $cell = $v % 10000; $carry = int($v / 10000) }
  while ($carry) { push @big, $carry % 10000; $carry = int($carry / 10000) }
}
print "120! = ", pop @big, map({ sprintf '%04d', $_ } reverse @big), "\n";

my $packed = join '', map { pack 'NnCa3dfwV', $_ * 7919, $_, $_ & 255, $_, random(), random(), $_ ** 3, $_ << 7 } 1 .. 100;
printf "packed %d bytes, %u, %s\n", length $packed, unpack('%32C*', $packed), join ',', unpack 'x20 N n C a3', $packed;
my @sorted = sort { $a <=> $b } map { random() * 100 - 50 } 1 .. 200;
print join(' ', @sorted[0, 50, 100, 150, 199]), "\n";
print join(' ', map { hex } qw(ff DEADBEEF 7fffffff)), ' ', oct('0b1011'), ' ', oct('755'), ' ', ~0, ' ', 1 << 31, ' ', 9**9**9, ' ', -9**9**9, "\n";
