<?php
/**
 * First byte of a page from this node's own web server: what pages cost here today. Asked as the trial asks them, the login page first, else the next one
 * (where people sign in elsewhere, the login page leads away). Runs as the web user; request JSON on standard input {marker, op, target: `PageTarget` of
 * src/core/trial.ts, times, seconds}; answers {page: spread or null, why}.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/../bridge/lib/io.php';
require __DIR__ . '/../bridge/ops/pages.php';
require __DIR__ . '/lib/spread.php';

/** All pages together take no longer, in seconds. */
define('MCW_PAGE_SECONDS', 12);

function mcw_time_page(array $request) {
    $target = mcw_need($request, 'target');
    $end = microtime(true) + MCW_PAGE_SECONDS;
    $why = array();
    // One guest session for all that is asked here, so that no more than one is left behind.
    $cookies = array();
    foreach ($target['paths'] as $path) {
        $reply = mcw_time_path(array('path' => $path) + $target, $request, $cookies, $end);
        if (is_array($reply)) {
            return array('page' => mcw_spread($reply), 'why' => null);
        }
        $why[] = $reply;
    }
    return array('page' => null, 'why' => implode('; ', array_unique($why)));
}

/** @return array|string seconds to the first byte, time and again, or why there are none */
function mcw_time_path(array $target, array $request, array &$cookies, $end) {
    $until = microtime(true) + (float) mcw_param($request, 'seconds', 2);
    $times = array();
    $all = (int) mcw_param($request, 'times', 12);
    for ($i = 0; $i < $all && microtime(true) < ($i < 5 ? $end : $until); $i++) {
        try {
            $answer = mcw_http_get($target, mcw_page_headers($target, $request, $cookies), max(1, $end - microtime(true)));
        } catch (mcw_refusal $refusal) {
            return $refusal->getMessage();
        }
        $cookies = $answer['cookies'] + $cookies;
        $row = mcw_page_row($target['path'], $answer);
        if ($row['status'] !== 200 || $row['trouble'] !== null) {
            return $target['path'] . ' answers ' . $row['status'] . ($row['location'] === null ? '' : ' to ' . $row['location'])
                . ($row['trouble'] === null ? '' : ' with "' . $row['trouble'] . '"');
        }
        $took = $answer['ms'] / 1000;
        // The first ones fill caches.
        if ($i >= 2) {
            $times[] = $took;
        }
    }
    if ($i === 0) {
        return $target['path'] . ': not asked, there was no time left';
    }
    return count($times) === 0 ? array($took) : $times;
}

$mcw_request = mcw_begin(stream_get_contents(STDIN));
try {
    mcw_answer(mcw_time_page($mcw_request));
} catch (Exception $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
} catch (Throwable $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
}
exit(0);
