<?php
/**
 * Asks pages of this node's own web server (or of the site's public address) and measures them. Bounded in number; every request carries a marker.
 * One guest session is used for all pages of a target, so that no more than one is left behind. Moodle is not started.
 */

require_once(__DIR__ . '/../lib/http.php');

/** Request: targets: [{address, port, tls, name, host, paths}], warm, rounds, timeout, run. Answers a list, one row a page. */
function mcw_op_pages($request) {
    $rows = array();
    foreach (mcw_need($request, 'targets') as $target) {
        $cookies = array();
        foreach ($target['paths'] as $path) {
            $rows[] = mcw_page($target, $path, $request, $cookies);
        }
    }
    return $rows;
}

function mcw_page(array $target, $path, array $request, array &$cookies) {
    $row = array('path' => $path, 'status' => 0, 'location' => null, 'title' => null, 'bytes' => 0, 'medianMs' => 0, 'worstMs' => 0, 'trouble' => null, 'error' => null);
    $times = array();
    $spent = 0;
    $rounds = mcw_param($request, 'rounds', 6);
    for ($i = -mcw_param($request, 'warm', 2); $i < $rounds; $i++) {
        try {
            $answer = mcw_http_get(array('path' => $path) + $target, mcw_page_headers($target, $request, $cookies), mcw_param($request, 'timeout', 30));
        } catch (mcw_refusal $refusal) {
            return array('error' => $refusal->getMessage()) + $row;
        }
        $cookies = $answer['cookies'] + $cookies;
        $row = mcw_page_row($path, $answer);
        $spent += $answer['totalMs'];
        if ($i >= 0) {
            $times[] = $answer['ms'];
        }
        // A page that fails, or that takes for ever, is not asked again and again.
        if ($row['trouble'] !== null || $row['status'] >= 500 || $spent > 60000) {
            $times[] = $answer['ms'];
            break;
        }
    }
    sort($times);
    return array('medianMs' => round($times[(int) (count($times) / 2)], 1), 'worstMs' => round(end($times), 1)) + $row;
}

function mcw_page_headers(array $target, array $request, array $cookies) {
    $headers = array('Host' => $target['host'], 'User-Agent' => 'moodle-cluster-wizard', 'X-Moodle-Cluster-Wizard' => mcw_param($request, 'run', 'probe'));
    if (!empty($target['forwardedProto'])) {
        $headers['X-Forwarded-Proto'] = $target['forwardedProto'];
    }
    $pairs = array();
    foreach ($cookies as $name => $value) {
        $pairs[] = $name . '=' . $value;
    }
    return count($pairs) === 0 ? $headers : $headers + array('Cookie' => implode('; ', $pairs));
}

function mcw_page_row($path, array $answer) {
    $body = $answer['body'];
    $title = preg_match('#<title[^>]*>\s*(.*?)\s*</title>#is', $body, $found) ? substr(html_entity_decode(preg_replace('/\s+/', ' ', $found[1]), ENT_QUOTES, 'UTF-8'), 0, 120) : null;
    return array(
        'path' => $path, 'status' => $answer['status'], 'title' => $title, 'bytes' => strlen($body),
        'location' => isset($answer['headers']['location']) ? preg_replace('/[?#].*$/', '', $answer['headers']['location']) : null,
        'medianMs' => 0, 'worstMs' => 0, 'trouble' => mcw_page_trouble($body), 'error' => null,
    );
}

/** What Moodle and PHP print into pages that went wrong, whatever their status. */
function mcw_page_trouble($body) {
    $signs = '#(Fatal error</b>|Fatal error: |Parse error: |Uncaught |Exception - |Coding error detected|data-rel="fatalerror"|class="errorbox|Error reading from database|Database connection failed)#';
    return preg_match($signs, $body, $found) ? trim(strip_tags($found[1])) : null;
}
