# perl: processes, pipes, signals, files, sorting, patterns.
exec 2>&1
cd /tmp
perl -e '
use strict; use warnings; $| = 1;
my $pid = fork // die; if ($pid == 0) { exit 7 } waitpid $pid, 0; print "child ", $? >> 8, "\n";
pipe my $r, my $w; if (!(my $p = fork)) { close $r; print $w "line $_\n" for 1 .. 3; exit } close $w; print "got $_" while <$r>; wait;
$SIG{USR1} = sub { print "caught $_[0]\n" }; kill USR1 => $$; $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 10; }; print $@;
open my $f, "+>", "file" or die $!; print $f "$_\n" for reverse 1 .. 5; seek $f, 0, 0; print sort { $a <=> $b } <$f>; truncate $f, 3; print -s "file", "\n"; close $f;
open my $ls, "-|", "echo through a shell | tr a-z A-Z"; print <$ls>; close $ls; print `echo backticks`, system("exit 3") >> 8, "\n"; print "$!\n" unless open my $none, "<", "/none";
my %count; $count{$_}++ for "the cat sat on the mat" =~ /\w/g; print join(" ", map { "$_$count{$_}" } sort keys %count), "\n"; (my $t = "2020-01-02") =~ s/(\d+)-(\d+)-(\d+)/$3.$2.$1/; print "$t\n"; print join("|", unpack "A2 n N", pack "A2 n N", "hi", 258, 66051), "\n";
mkdir "d"; opendir my $d, "."; print join(" ", sort grep !/^\./, readdir $d), "\n"; rename "file", "d/renamed"; unlink glob "d/*"; rmdir "d" or print $!; printf "%s %.15g %e %b %o\n", 1e21, 0.1 + 0.2, 12345.678, 10, 64; print 2 ** 62, " ", 9007199254740993, " ", int(-7 / 2), " ", -7 % 3, "\n"; local $0 = "renamed"; print join(",", (stat "/tmp")[2] & 07777, umask), "\n"; print "ok\n" if fileno(STDIN) == 0; flock(STDOUT, 2) or print "flock: $!\n"; sprintf("%vd", "1.22.333") eq "1.22.333" and print "vector\n"; my @s = sort { $b cmp $a } qw(b a c); print "@s[0..1]\n"; print "done\n"; exit 4'
echo $?
