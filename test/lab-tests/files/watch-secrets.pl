# Looks again and again into the command line and the environment of every process for the texts on standard input, one a line, until /root/watch.stop is there.
# What is found goes to /root/watch.found: one line a process, without the text.
use strict;
use warnings;
my @needles = grep { length } map { chomp; $_ } <STDIN>;
open(my $out, '>>', '/root/watch.found') or die;
$out->autoflush(1);
my ($rounds, %told) = (0);
sub text {
    open(my $in, '<', $_[0]) or return '';
    local $/;
    return <$in> // '';
}

sub named {
    my $comm = text("$_[0]/comm");
    $comm =~ s/\s//g;
    return $comm;
}

until (-e '/root/watch.stop') {
    for my $dir (glob '/proc/[0-9]*') {
        for my $what ('cmdline', 'environ') {
            my $comm = named($dir);
            my $text = text("$dir/$what");
            # A child has its parent's environment until it runs another program: what was read in between counts for neither.
            for (1 .. 20) {
                my $now = named($dir);
                last if $now eq $comm;
                $comm = $now;
                $text = text("$dir/$what");
            }
            for my $needle (@needles) {
                next if index($text, $needle) < 0;
                my $line = "$what of $comm";
                print {$out} "$line ($dir)\n" unless $told{$line}++;
            }
        }
    }
    $rounds++;
    select(undef, undef, undef, 0.02);
}
print {$out} "rounds $rounds\n";
