<?php
/** Times of repeated small operations, as percentiles in milliseconds. */

/** @param array $seconds of floats @return array|null {p50, p95, p99, n} in milliseconds */
function mcw_spread(array $seconds) {
    $count = count($seconds);
    if ($count === 0) {
        return null;
    }
    sort($seconds);
    $at = function ($share) use ($seconds, $count) {
        return round($seconds[min($count - 1, (int) ceil($share * $count) - 1)] * 1000, 4);
    };
    return array('p50' => $at(0.5), 'p95' => $at(0.95), 'p99' => $at(0.99), 'n' => $count);
}

/** Times by name => percentiles by name; what was never timed is omitted. */
function mcw_spreads(array $times) {
    $reply = array();
    foreach ($times as $name => $seconds) {
        $spread = mcw_spread($seconds);
        if ($spread !== null) {
            $reply[$name] = $spread;
        }
    }
    return (object) $reply;
}

/** A value as caches hold them: words and numbers, so that compressors have what they have in real life. */
function mcw_probe_text($bytes) {
    $text = '';
    for ($i = 0; strlen($text) < $bytes; $i++) {
        $text .= 'activity ' . ($i * 7919 % 10007) . ' ' . substr(md5((string) $i), 0, 10) . ' of the course; ';
    }
    return substr($text, 0, $bytes);
}
