<?php
/**
 * Asks the probe through a pool's own socket, so that the answer is the web SAPI's. Run as root from the command line: request JSON on standard input
 * {marker, op: "fcgi", listen, timeout, token, probe, wwwroot, sslproxy, reverseproxy, request: {op, …}}; the probe's answer is passed on as it is.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/lib/io.php';
require __DIR__ . '/lib/fcgi.php';

/** What the web server would send for a page of this site, so that Moodle neither redirects nor refuses. */
function mcw_web_params(array $request, $length) {
    $url = parse_url(mcw_param($request, 'wwwroot', 'http://localhost')) + array('scheme' => 'http', 'host' => 'localhost', 'path' => '');
    $https = $url['scheme'] === 'https';
    $port = isset($url['port']) ? $url['port'] : ($https ? 443 : 80);
    $host = $url['host'] . (isset($url['port']) ? ':' . $url['port'] : '');
    // Behind a reverse proxy Moodle wants to be called by another name than its own, and says "abused" when it is not.
    $host = empty($request['reverseproxy']) ? $host : 'wizard-probe.invalid';
    $name = rtrim($url['path'], '/') . '/moodle-cluster-wizard-probe.php';
    return array(
        'GATEWAY_INTERFACE' => 'CGI/1.1', 'SERVER_SOFTWARE' => 'nginx/moodle-cluster-wizard', 'SERVER_PROTOCOL' => 'HTTP/1.1',
        'REQUEST_METHOD' => 'POST', 'CONTENT_TYPE' => 'application/json', 'CONTENT_LENGTH' => (string) $length,
        'SCRIPT_FILENAME' => $request['probe'], 'SCRIPT_NAME' => $name, 'DOCUMENT_URI' => $name, 'REQUEST_URI' => $name, 'QUERY_STRING' => '',
        'DOCUMENT_ROOT' => dirname($request['probe']), 'SERVER_NAME' => $url['host'], 'HTTP_HOST' => $host, 'SERVER_ADDR' => '127.0.0.1',
        'SERVER_PORT' => (string) $port, 'REMOTE_ADDR' => '127.0.0.1', 'REMOTE_PORT' => '1', 'HTTP_USER_AGENT' => 'moodle-cluster-wizard',
        'HTTPS' => $https && empty($request['sslproxy']) ? 'on' : '', 'REDIRECT_STATUS' => '200', 'MCW_TOKEN' => $request['token'],
    );
}

/** FPM's refusals by their words, each with its own code. */
function mcw_name_refusal(array $answer, array $request) {
    $said = $answer['err'] . ' ' . $answer['out'];
    $listen = $request['listen'];
    $names = array(
        'open-basedir' => array('/open_basedir/i', 'open_basedir of the pool on ' . $listen . ' keeps it from running the probe.'),
        'limit-extensions' => array('/limit_extensions|Access denied\./', 'security.limit_extensions of the pool on ' . $listen . ' keeps it from running the probe.'),
        'script-unknown' => array('/Primary script unknown|File not found\.|No input file specified/', 'The pool on ' . $listen . ' does not find the probe: it runs in a chroot, or its user may not enter the folder.'),
        'probe-token' => array('/^probe-token$/m', 'The probe did not accept the token of this run.'),
    );
    foreach ($names as $name => $pattern) {
        if (preg_match($pattern[0], $said)) {
            return new mcw_refusal($name, $pattern[1], array('listen' => $listen, 'probe' => $request['probe']));
        }
    }
    $text = trim(preg_replace('/\s+/', ' ', strip_tags($said)));
    return new mcw_refusal('web-silent', 'The pool on ' . $listen . ' ran the probe and returned no answer. Its output: ' . substr($text, -600), array('listen' => $listen));
}

$mcw_request = mcw_begin(stream_get_contents(STDIN));
try {
    foreach (array('listen', 'token', 'probe', 'request') as $mcw_name) {
        mcw_need($mcw_request, $mcw_name);
    }
    $mcw_inner = json_encode(array('marker' => $mcw_request['marker']) + $mcw_request['request']);
    $mcw_reply = mcw_fcgi_call($mcw_request['listen'], mcw_web_params($mcw_request, strlen($mcw_inner)), $mcw_inner, (float) mcw_param($mcw_request, 'timeout', 60));
    $mcw_marker = preg_quote($mcw_request['marker'], '/');
    if (preg_match('/\n' . $mcw_marker . '(\{[^\n]*\})' . $mcw_marker . '\n/', $mcw_reply['out'], $mcw_found)) {
        mcw_emit_json($mcw_found[1]);
    } else {
        throw mcw_name_refusal($mcw_reply, $mcw_request);
    }
} catch (Exception $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
} catch (Throwable $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
}
exit(0);
