<?php
/** memcached by its text protocol. */

/** @return array {version, info} @throws mcw_refusal */
function mcw_ask_memcached(array $link, array $target) {
    mcw_send($link, "version\r\n");
    $line = mcw_read_line($link);
    if (!preg_match('/^VERSION (\S+)/', $line, $m)) {
        $sasl = stripos($line, 'auth') !== false;
        throw new mcw_refusal('protocol', $sasl ? 'it asks for a login, which Moodle cannot give' : 'it does not speak memcached');
    }
    $info = mcw_memcached_stats($link, 'stats', '');
    foreach (mcw_memcached_stats($link, 'stats settings', 'settings_') as $name => $value) {
        $info[$name] = $value;
    }
    return array('version' => $m[1], 'info' => $info);
}

function mcw_memcached_stats(array $link, $command, $prefix) {
    mcw_send($link, $command . "\r\n");
    $stats = array();
    $left = MCW_ANSWER_BYTES;
    while (true) {
        $line = mcw_read_line($link);
        $left -= strlen($line) + 100;
        if ($left < 0) {
            throw new mcw_refusal('protocol', 'its answer has more than 8 MiB');
        }
        if (preg_match('/^STAT (\S+) ?(.*)$/', $line, $m)) {
            $stats[$prefix . $m[1]] = $m[2];
        } else {
            return $stats;
        }
    }
}
