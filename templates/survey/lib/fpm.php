<?php
/** The PHP-FPM pools of this node: what the configuration of each proven master says (masters.php). */

/** @return array of `PhpPool` of src/core/facts.ts, with `running` for our own use */
function mcw_fpm_pools() {
    $pools = array();
    foreach (mcw_fpm_masters() as $master) {
        foreach (mcw_fpm_read($master['config']) as $pool) {
            $pools[] = array(
                'kind' => 'fpm', 'name' => $pool['name'], 'version' => $master['version'],
                'user' => $pool['user'] !== '' ? $pool['user'] : 'nobody', 'group' => $pool['group'],
                'listen' => mcw_fpm_listen($pool['listen']), 'unit' => $master['unit'], 'configFile' => $pool['file'],
                'processControlTimeout' => $pool['timeout'], 'running' => $master['running'],
            );
        }
    }
    return $pools;
}

/** The pools of a main configuration file, with includes; files that are not root's alone are ignored and noted. */
function mcw_fpm_read($config) {
    $state = array('section' => '', 'global' => array(), 'pools' => array());
    mcw_fpm_read_file($config, $state, 0);
    $timeout = mcw_fpm_seconds(isset($state['global']['process_control_timeout']) ? $state['global']['process_control_timeout'] : '0');
    $pools = array();
    foreach ($state['pools'] as $name => $settings) {
        $settings += array('user' => '', 'group' => '', 'listen' => '');
        $pools[] = array(
            'name' => (string) $name, 'file' => $settings['file'], 'timeout' => $timeout, 'user' => $settings['user'], 'group' => $settings['group'],
            'listen' => str_replace('$pool', (string) $name, $settings['listen']),
        );
    }
    return $pools;
}

function mcw_fpm_read_file($file, array &$state, $depth) {
    foreach ($depth > 5 ? array() : explode("\n", (string) mcw_trusted_text($file)) as $line) {
        $line = trim($line);
        if ($line === '' || $line[0] === ';' || $line[0] === '#') {
            continue;
        }
        if (preg_match('/^\[([^\]]+)\]/', $line, $found)) {
            $state['section'] = trim($found[1]);
            if ($state['section'] !== 'global' && !isset($state['pools'][$state['section']])) {
                $state['pools'][$state['section']] = array('file' => $file);
            }
        } else if (preg_match('/^([A-Za-z0-9_.\[\]]+)\s*=\s*(.*)$/', $line, $found)) {
            $value = mcw_fpm_value($found[2]);
            if ($found[1] === 'include') {
                foreach ((array) glob(substr($value, 0, 1) === '/' ? $value : dirname($file) . '/' . $value) as $included) {
                    mcw_fpm_read_file($included, $state, $depth + 1);
                }
            } else if ($state['section'] === 'global' || $state['section'] === '') {
                $state['global'][$found[1]] = $value;
            } else {
                $state['pools'][$state['section']][$found[1]] = $value;
            }
        }
    }
}

/** Quotes off, or a comment at the end. */
function mcw_fpm_value($text) {
    if (preg_match('/^"([^"]*)"/', $text, $found) || preg_match("/^'([^']*)'/", $text, $found)) {
        return $found[1];
    }
    return trim(preg_replace('/\s*;.*$/', '', $text)) . '';
}

function mcw_fpm_seconds($text) {
    $units = array('' => 1, 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400);
    return preg_match('/^(\d+)\s*([smhd]?)$/', trim($text), $found) ? (int) $found[1] * $units[$found[2]] : 0;
}

/** A socket's path without links (/var/run is /run), or host:port. */
function mcw_fpm_listen($listen) {
    if (preg_match('#^(unix:)?(/.*)$#', $listen, $found)) {
        $folder = realpath(dirname($found[2]));
        return ($folder === false ? dirname($found[2]) : rtrim($folder, '/')) . '/' . basename($found[2]);
    }
    if (preg_match('/^\d+$/', $listen)) {
        return '127.0.0.1:' . $listen;
    }
    return preg_replace(array('/^(\*|0\.0\.0\.0|localhost):/', '/^\[::1?\]:/'), '127.0.0.1:', $listen);
}
