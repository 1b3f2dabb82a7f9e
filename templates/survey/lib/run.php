<?php
/**
 * Runs programs side by side with a limit of time. This folder is written in the PHP that 5.4 to 8.4 run, runs as root, and never loads
 * or reads anything below dataroot or dirroot.
 */

/** Most that one program may print, each on standard output and on standard error, in bytes. One that prints more is ended. */
define('MCW_RUN_BYTES', 8388608);
/** Exit code of a program that printed too much; `timeout` has 124. */
define('MCW_RUN_FLOOD', 125);

/**
 * Runs all at once. `timeout` ends each on its own; their output is waited for hardly longer.
 * @param array $jobs name => {argv, stdin, seconds}
 * @return array name => {code: MCW_RUN_FLOOD when it printed too much, out, err}
 */
function mcw_run_all(array $jobs) {
    $running = array();
    foreach ($jobs as $name => $job) {
        $argv = array_merge(array('timeout', '-k', '2', (string) $job['seconds']), $job['argv']);
        $pipes = array();
        $handle = @proc_open('exec ' . implode(' ', array_map('escapeshellarg', $argv)), array(array('pipe', 'r'), array('pipe', 'w'), array('pipe', 'w')), $pipes, '/');
        if (!is_resource($handle)) {
            $running[$name] = array('handle' => null, 'code' => 127, 'out' => '', 'err' => 'it could not be started');
            continue;
        }
        foreach ($pipes as $pipe) {
            stream_set_blocking($pipe, false);
        }
        $running[$name] = array(
            'handle' => $handle, 'pipes' => $pipes, 'stdin' => isset($job['stdin']) ? $job['stdin'] : '', 'out' => '', 'err' => '',
            // What it left in the background may hold its output open for ever.
            'until' => microtime(true) + $job['seconds'] + 3,
        );
    }
    while (mcw_run_pump($running)) {
        continue;
    }
    $results = array();
    foreach ($running as $name => $process) {
        $code = $process['handle'] === null ? $process['code'] : proc_close($process['handle']);
        $results[$name] = array('code' => isset($process['flood']) ? MCW_RUN_FLOOD : $code, 'out' => $process['out'], 'err' => $process['err']);
    }
    return $results;
}

/** One round of reading and writing; false when nothing is open any more. */
function mcw_run_pump(array &$running) {
    $read = array();
    $write = array();
    $owner = array();
    foreach ($running as $name => $process) {
        if (isset($process['until']) && microtime(true) > $process['until']) {
            array_map('fclose', $process['pipes']);
            $running[$name]['pipes'] = $process['pipes'] = array();
        }
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
    if (@stream_select($read, $write, $none, 1) === false) {
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
        if (!isset($running[$name]['pipes'][$number])) {
            continue;
        }
        $part = fread($pipe, 65536);
        if ($part === false || ($part === '' && feof($pipe))) {
            fclose($pipe);
            unset($running[$name]['pipes'][$number]);
        } else {
            $running[$name][$number === 1 ? 'out' : 'err'] .= $part;
            if (strlen($running[$name][$number === 1 ? 'out' : 'err']) > MCW_RUN_BYTES) {
                mcw_run_flooded($running[$name]);
            }
        }
    }
    return true;
}

/** Ends a program that prints without end; nothing of what it said is kept. */
function mcw_run_flooded(array &$process) {
    // `timeout` hands the signal on to its group and kills what stays. Whatever is left writes into closed pipes.
    proc_terminate($process['handle']);
    array_map('fclose', $process['pipes']);
    $process = array('handle' => $process['handle'], 'flood' => true, 'pipes' => array(), 'stdin' => '', 'out' => '', 'err' => '');
}

/** Output of one program; null when it is missing or fails. */
function mcw_run_one(array $argv, $seconds) {
    $results = mcw_run_all(array('it' => array('argv' => $argv, 'seconds' => $seconds)));
    return $results['it']['code'] === 0 ? $results['it']['out'] : null;
}

/** The full path of a program that root alone can change, or null. */
function mcw_which(array $names) {
    foreach ($names as $name) {
        foreach ($name[0] === '/' ? array('') : explode(':', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin') as $folder) {
            $path = $folder === '' ? $name : $folder . '/' . $name;
            if (mcw_trusted_program($path)) {
                return $path;
            }
        }
    }
    return null;
}
