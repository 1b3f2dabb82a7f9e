# Holds dpkg's lock as another apt would, until this process is ended. flock(1) would hold nobody up: dpkg asks for the other kind of lock.
use strict;
use warnings;
use Fcntl qw(:DEFAULT :seek);
open my $file, '>>', '/var/lib/dpkg/lock-frontend' or die "lock-frontend: $!";
my $lock = pack 's s x4 q q l x4', F_WRLCK, SEEK_SET, 0, 0, 0;
fcntl $file, F_SETLKW, $lock or die "lock-frontend: $!";
sleep;
