# Looks again and again into the command line and the environment of every process for the texts on standard input, one a line, until /root/watch.stop is there.
# What is found goes to /root/watch.found: one line a process, without the text.
use strict;
use warnings;
my @needles = grep { length } map { chomp; $_ } <STDIN>;
open(my $out, '>>', '/root/watch.found') or die;
$out->autoflush(1);
my ($rounds, %told) = (0);
until (-e '/root/watch.stop') {
    for my $dir (glob '/proc/[0-9]*') {
        for my $what ('cmdline', 'environ') {
            open(my $in, '<', "$dir/$what") or next;
            local $/;
            my $text = <$in>;
            next unless defined $text;
            for my $needle (@needles) {
                next if index($text, $needle) < 0;
                open(my $name, '<', "$dir/comm");
                my $comm = <$name> // '';
                $comm =~ s/\s//g;
                my $line = "$what of $comm";
                print {$out} "$line ($dir)\n" unless $told{$line}++;
            }
        }
    }
    $rounds++;
    select(undef, undef, undef, 0.02);
}
print {$out} "rounds $rounds\n";
