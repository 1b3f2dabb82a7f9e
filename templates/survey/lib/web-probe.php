<?php
/** How the survey asks the web SAPI behind a pool; src/moodle/web-probe does the same in the wizard. */

/** @return string|null why this pool is not asked; null where it is */
function mcw_web_unasked(array $pool) {
    if ($pool['kind'] !== 'fpm') {
        return 'PHP runs inside Apache (mod_php), which the survey cannot ask.';
    }
    return $pool['running'] ? null : 'Its PHP-FPM is not running.';
}

/** A job for mcw_run_all: the probe over the pool's socket. As root, since root can open any socket. */
function mcw_web_job($kit, array $request, array $pool) {
    $question = array(
        'marker' => $request['marker'], 'op' => 'fcgi', 'listen' => $pool['listen'], 'timeout' => 15, 'token' => $request['webToken'],
        'probe' => $kit . '/bridge/web/probe.php', 'wwwroot' => 'http://localhost', 'request' => array('op' => 'sapi'),
    );
    return array('argv' => array_merge(mcw_root_php(), array('-d', 'display_errors=stderr', $kit . '/bridge/fcgi-call.php')), 'stdin' => json_encode($question), 'seconds' => 20);
}
