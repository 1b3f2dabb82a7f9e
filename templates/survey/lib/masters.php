<?php
/**
 * Which programs of PHP and the web servers run here, by an authority: systemd, or processes that are root in every respect and whose program root alone
 * can change. A process may call itself what it likes: its title never proves anything, and nothing that is found here is ever executed.
 */

/** @return array unit name => {pid: 0 when it does not run, argv: words of its ExecStart}, as systemd knows them */
function mcw_units() {
    static $units = null;
    if ($units !== null) {
        return $units;
    }
    $units = array();
    $systemctl = is_dir('/run/systemd/system') ? mcw_which(array('systemctl')) : null;
    $reply = $systemctl === null ? null : mcw_run_one(array(
        $systemctl, 'show', '--no-pager', '-p', 'Id', '-p', 'MainPID', '-p', 'ActiveState', '-p', 'ExecStart', '--',
        '*fpm*.service', 'nginx*.service', 'apache2*.service', 'httpd*.service',
    ), 10);
    foreach (explode("\n\n", (string) $reply) as $block) {
        $unit = mcw_unit_fields($block);
        if (isset($unit['Id'], $unit['MainPID'])) {
            $active = isset($unit['ActiveState']) && in_array($unit['ActiveState'], array('active', 'reloading'), true);
            $units[$unit['Id']] = array('pid' => $active ? (int) $unit['MainPID'] : 0, 'argv' => mcw_unit_words(isset($unit['ExecStart']) ? $unit['ExecStart'] : ''));
        }
    }
    return $units;
}

/** Property => value; of one that is there several times the first. */
function mcw_unit_fields($block) {
    $fields = array();
    foreach (explode("\n", $block) as $line) {
        if (preg_match('/^([A-Za-z]+)=(.*)$/', $line, $found) && !isset($fields[$found[1]])) {
            $fields[$found[1]] = $found[2];
        }
    }
    return $fields;
}

/** Words of a command line as `systemctl show` tells it; what systemd fills in later (`$X`, `%i`) is no word to rely on. */
function mcw_unit_words($text) {
    $line = preg_match('/argv\[\]=(.*?) ; ignore_errors=/', $text, $found) ? $found[1] : '';
    return $line === '' ? array() : preg_split('/\s+/', $line);
}

/** Processes that are root in all four uids: pid => {exe: path as the kernel names it, id: device and inode}. Title and effective uid prove nothing. */
function mcw_root_processes() {
    static $found = null;
    if ($found !== null) {
        return $found;
    }
    $found = array();
    foreach ((array) @scandir('/proc') as $pid) {
        if (!preg_match('/^\d+$/', (string) $pid)) {
            continue;
        }
        $status = (string) @file_get_contents('/proc/' . $pid . '/status', false, null, 0, 4096);
        $exe = preg_match('/^Uid:\s+0\s+0\s+0\s+0\s*$/m', $status) ? (string) @readlink('/proc/' . $pid . '/exe') : '';
        $stat = $exe === '' ? false : @stat('/proc/' . $pid . '/exe');
        if ($stat !== false) {
            $found[(int) $pid] = array('exe' => $exe, 'id' => $stat['dev'] . ':' . $stat['ino']);
        }
    }
    return $found;
}

/** True when a process runs the very file that lies at this trusted path now. */
function mcw_runs_program(array $process, $path) {
    $trust = mcw_trust($path);
    return $trust['path'] !== null && $trust['stat']['dev'] . ':' . $trust['stat']['ino'] === $process['id'];
}

/** Whether a server runs: one of its units by systemd, else a process of root with one of these programs. */
function mcw_server_runs($unitpattern, array $programs) {
    foreach (mcw_units() as $name => $unit) {
        if ($unit['pid'] > 0 && preg_match($unitpattern, $name)) {
            return true;
        }
    }
    foreach ($programs as $name) {
        $program = mcw_which(array($name));
        foreach ($program === null ? array() : mcw_root_processes() as $process) {
            if (mcw_runs_program($process, $program)) {
                return true;
            }
        }
    }
    return false;
}

/** The path that a unit's command line names behind an option (`-c PATH`), or null. */
function mcw_unit_option($unitpattern, $option) {
    foreach (mcw_units() as $name => $unit) {
        $at = preg_match($unitpattern, $name) ? array_search($option, $unit['argv'], true) : false;
        if ($at !== false && isset($unit['argv'][$at + 1]) && preg_match('#^/[^$%]*$#', $unit['argv'][$at + 1])) {
            return $unit['argv'][$at + 1];
        }
    }
    return null;
}

/**
 * Masters of PHP-FPM: those of systemd's units, then processes of root whose program is a packaged php-fpm, then the usual places of those that do not run.
 * @return array of {unit, config: trusted real path, version, running}
 */
function mcw_fpm_masters() {
    $masters = array();
    $pids = array();
    foreach (mcw_units() as $name => $unit) {
        $program = isset($unit['argv'][0]) ? $unit['argv'][0] : '';
        $title = $unit['pid'] > 0 ? mcw_fpm_titled($unit['pid']) : null;
        // Behind a wrapper the main process says what it is; whose it is systemd says.
        if (!mcw_fpm_named($program) && $title === null) {
            continue;
        }
        $pids[$unit['pid']] = true;
        $config = mcw_fpm_option($unit['argv']);
        mcw_fpm_add($masters, $config !== null ? $config : ($title !== null ? $title : mcw_fpm_usual_config($program)), $program, $name, $unit['pid'] > 0);
    }
    foreach (array_diff_key(mcw_fpm_processes(), $pids) as $pid => $process) {
        mcw_fpm_add($masters, $process['config'], $process['program'], mcw_unit_of($pid), true);
    }
    $usual = array_merge((array) glob('/etc/php/*/fpm/php-fpm.conf'), array('/etc/php-fpm.conf'), (array) glob('/etc/opt/remi/php*/php-fpm.conf'));
    foreach ($usual as $config) {
        if (@lstat($config) !== false) {
            mcw_fpm_add($masters, $config, '', '', false);
        }
    }
    return array_values($masters);
}

/** Adds a master when its configuration is root's alone; the first one of a file counts, and one that runs counts more. */
function mcw_fpm_add(array &$masters, $config, $program, $unit, $running) {
    $trust = mcw_trust($config);
    if ($trust['path'] === null) {
        mcw_trusted_text($config);
        return;
    }
    $path = $trust['path'];
    if (!isset($masters[$path]) || ($running && !$masters[$path]['running'])) {
        $masters[$path] = array(
            'unit' => $unit !== '' ? $unit : mcw_fpm_usual_unit($path), 'config' => $path, 'version' => mcw_fpm_version($path, $program), 'running' => $running,
        );
    }
}

/** Whether a program is called as PHP-FPM is: php-fpm, php-fpm8.2, php82-php-fpm. */
function mcw_fpm_named($program) {
    return preg_match('/^php[\w.-]*fpm[\d.]*$/', basename($program)) === 1;
}

/** The configuration that a process proven otherwise says it runs, or null. */
function mcw_fpm_titled($pid) {
    $title = str_replace("\0", ' ', (string) @file_get_contents('/proc/' . $pid . '/cmdline', false, null, 0, 4096));
    return preg_match('#^php-fpm: master process \((/.+)\)#', $title, $found) ? $found[1] : null;
}

/** The configuration that a command line names, or null. */
function mcw_fpm_option(array $argv) {
    foreach ($argv as $at => $word) {
        $value = null;
        if (($word === '-y' || $word === '--fpm-config') && isset($argv[$at + 1])) {
            $value = $argv[$at + 1];
        } else if (preg_match('#^(?:-y|--fpm-config=)(/.*)$#', $word, $found)) {
            $value = $found[1];
        }
        if ($value !== null && preg_match('#^/[^$%]*$#', $value)) {
            return $value;
        }
    }
    return null;
}

/** Processes of root that run a packaged php-fpm, by pid: {program, config}. Where there is no systemd, and for masters that it did not start. */
function mcw_fpm_processes() {
    $found = array();
    foreach (mcw_root_processes() as $pid => $process) {
        if (mcw_fpm_named($process['exe']) && mcw_runs_program($process, $process['exe']) && mcw_package_of($process['exe']) !== null) {
            $config = mcw_fpm_titled($pid);
            if ($config !== null) {
                $found[$pid] = array('program' => $process['exe'], 'config' => $config);
            }
        }
    }
    return $found;
}

/** Version of the package that a file came with, '' where the package manager does not tell one, null when it is nobody's. The file itself is not run. */
function mcw_package_of($path) {
    $dpkg = mcw_which(array('dpkg-query'));
    if ($dpkg !== null && mcw_run_one(array($dpkg, '-S', $path), 10) !== null) {
        return '';
    }
    $rpm = mcw_which(array('rpm'));
    return $rpm === null ? null : mcw_run_one(array($rpm, '-qf', '--qf', '%{VERSION}\n', $path), 15);
}

/** `8.2`: from the paths where they say so, else from the package, else from the program of that name in a fixed place, when it is the very one. */
function mcw_fpm_version($config, $program) {
    if (preg_match('#^/etc/php/(\d+\.\d+)/#', $config, $found) || preg_match('#php-fpm(\d+\.\d+)$#', $program, $found)) {
        return $found[1];
    }
    if (preg_match('#/php(\d)(\d+)/#', $config, $found)) {
        return $found[1] . '.' . $found[2];
    }
    $fixed = mcw_which(array('php-fpm'));
    if ($program === '' && $fixed !== null) {
        $program = $fixed;
    }
    if (preg_match('/^(\d+\.\d+)/', $program === '' ? '' : (string) mcw_package_of($program), $found)) {
        return $found[1];
    }
    if ($fixed === null || realpath($fixed) !== realpath($program)) {
        return '';
    }
    $words = mcw_run_one(array($fixed, '-n', '-v'), 10);
    return $words !== null && preg_match('/^PHP (\d+\.\d+)/', $words, $found) ? $found[1] : '';
}

/** The configuration file that the package of this program has. */
function mcw_fpm_usual_config($program) {
    if (preg_match('#php-fpm(\d+\.\d+)$#', $program, $found)) {
        return '/etc/php/' . $found[1] . '/fpm/php-fpm.conf';
    }
    if (preg_match('#^/opt/remi/(php\d+)/#', $program, $found)) {
        return '/etc/opt/remi/' . $found[1] . '/php-fpm.conf';
    }
    return strpos($program, '/usr/local/') === 0 ? '/usr/local/etc/php-fpm.conf' : '/etc/php-fpm.conf';
}

function mcw_fpm_usual_unit($config) {
    if (preg_match('#^/etc/php/(\d+\.\d+)/#', $config, $found)) {
        return 'php' . $found[1] . '-fpm.service';
    }
    return preg_match('#/(php\d+)/#', $config, $found) ? $found[1] . '-php-fpm.service' : 'php-fpm.service';
}

/** The systemd unit that a proven process belongs to, or ''. */
function mcw_unit_of($pid) {
    $groups = (string) @file_get_contents('/proc/' . $pid . '/cgroup', false, null, 0, 65536);
    return preg_match('#/([^/\n]+\.service)(/|$)#m', $groups, $found) ? $found[1] : '';
}
