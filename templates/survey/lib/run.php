<?php
/**
 * Runs programs side by side with a limit of time. This folder is written in the PHP that 5.4 to 8.4 run, runs as root, and never loads
 * or reads anything below dataroot or dirroot.
 */

/**
 * Runs all at once. `timeout` ends each on its own, so waiting for the end of their output is enough.
 * @param array $jobs name => {argv, stdin, seconds}
 * @return array name => {code, out, err}
 */
function mcw_run_all(array $jobs) {
    $running = array();
    foreach ($jobs as $name => $job) {
        $argv = array_merge(array('timeout', '-k', '2', (string) $job['seconds']), $job['argv']);
        $pipes = array();
        $handle = @proc_open(implode(' ', array_map('escapeshellarg', $argv)), array(array('pipe', 'r'), array('pipe', 'w'), array('pipe', 'w')), $pipes, '/');
        if (!is_resource($handle)) {
            $running[$name] = array('handle' => null, 'code' => 127, 'out' => '', 'err' => 'it could not be started');
            continue;
        }
        foreach ($pipes as $pipe) {
            stream_set_blocking($pipe, false);
        }
        $running[$name] = array('handle' => $handle, 'pipes' => $pipes, 'stdin' => isset($job['stdin']) ? $job['stdin'] : '', 'out' => '', 'err' => '');
    }
    while (mcw_run_pump($running)) {
        continue;
    }
    $results = array();
    foreach ($running as $name => $process) {
        $results[$name] = array(
            'code' => $process['handle'] === null ? $process['code'] : proc_close($process['handle']),
            'out' => $process['out'], 'err' => $process['err'],
        );
    }
    return $results;
}

/** One round of reading and writing; false when nothing is open any more. */
function mcw_run_pump(array &$running) {
    $read = array();
    $write = array();
    $owner = array();
    foreach ($running as $name => $process) {
        foreach (isset($process['pipes']) ? $process['pipes'] : array() as $number => $pipe) {
            $owner[(int) $pipe] = array($name, $number);
            if ($number === 0) {
                $write[] = $pipe;
            } else {
                $read[] = $pipe;
            }
        }
    }
    if (count($read) === 0) {
        return false;
    }
    $none = null;
    if (@stream_select($read, $write, $none, 5) === false) {
        return true;
    }
    foreach ($write as $pipe) {
        list($name, $number) = $owner[(int) $pipe];
        $left = $running[$name]['stdin'];
        $sent = $left === '' ? 0 : @fwrite($pipe, $left);
        $running[$name]['stdin'] = $sent === false ? '' : (string) substr($left, $sent);
        if ($running[$name]['stdin'] === '') {
            fclose($pipe);
            unset($running[$name]['pipes'][$number]);
        }
    }
    foreach ($read as $pipe) {
        list($name, $number) = $owner[(int) $pipe];
        $part = fread($pipe, 65536);
        if ($part === false || ($part === '' && feof($pipe))) {
            fclose($pipe);
            unset($running[$name]['pipes'][$number]);
        } else {
            $running[$name][$number === 1 ? 'out' : 'err'] .= $part;
        }
    }
    return true;
}

/** Output of one program; null when it is missing or fails. */
function mcw_run_one(array $argv, $seconds) {
    $results = mcw_run_all(array('it' => array('argv' => $argv, 'seconds' => $seconds)));
    return $results['it']['code'] === 0 ? $results['it']['out'] : null;
}

/** The full path of a program, or null. */
function mcw_which(array $names) {
    foreach ($names as $name) {
        foreach ($name[0] === '/' ? array('') : explode(':', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin') as $folder) {
            $path = $folder === '' ? $name : $folder . '/' . $name;
            if (is_file($path) && is_executable($path)) {
                return $path;
            }
        }
    }
    return null;
}

/** Processes whose title begins so: pid => whole command line. */
function mcw_processes($pattern) {
    $found = array();
    foreach ((array) @scandir('/proc') as $pid) {
        if (!preg_match('/^\d+$/', (string) $pid)) {
            continue;
        }
        $line = trim(str_replace("\0", ' ', (string) @file_get_contents('/proc/' . $pid . '/cmdline')));
        if ($line !== '' && preg_match($pattern, $line)) {
            $found[(int) $pid] = $line;
        }
    }
    return $found;
}

/** The systemd unit that a process belongs to, or ''. */
function mcw_unit_of($pid) {
    $groups = (string) @file_get_contents('/proc/' . $pid . '/cgroup');
    return preg_match('#/([^/\n]+\.service)(/|$)#m', $groups, $found) ? $found[1] : '';
}
