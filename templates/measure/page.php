<?php
/**
 * First byte of the login page from this node's own web server: what pages cost here today. Runs as the web user; request JSON on standard input
 * {marker, op, wwwroot, port, sslproxy, times, seconds}; answers {page: spread or null, why}.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/../bridge/lib/io.php';
require __DIR__ . '/lib/spread.php';

/** @return float|string seconds to the first byte of a page with status 200, or why there was none */
function mcw_first_byte($peer, $text, $seconds) {
    $began = microtime(true);
    $context = stream_context_create(array('ssl' => array('verify_peer' => false, 'verify_peer_name' => false, 'allow_self_signed' => true)));
    $stream = @stream_socket_client($peer, $number, $words, $seconds, STREAM_CLIENT_CONNECT, $context);
    if ($stream === false) {
        return 'no connection to the web server of this node: ' . $words;
    }
    stream_set_timeout($stream, (int) ceil($seconds));
    fwrite($stream, $text);
    $line = fgets($stream, 1024);
    $took = microtime(true) - $began;
    fclose($stream);
    if (!is_string($line)) {
        return 'the web server of this node did not answer in time';
    }
    return preg_match('#^HTTP/1\.[01] 200#', $line) ? $took : 'the login page answers "' . trim(substr($line, 0, 60)) . '" on this node';
}

function mcw_time_page(array $request) {
    $url = parse_url(mcw_need($request, 'wwwroot')) + array('scheme' => 'http', 'host' => 'localhost', 'path' => '');
    $tls = $url['scheme'] === 'https' && empty($request['sslproxy']);
    $peer = ($tls ? 'ssl://127.0.0.1:443' : 'tcp://127.0.0.1:' . (int) mcw_param($request, 'port', 80));
    $host = $url['host'] . (isset($url['port']) ? ':' . $url['port'] : '');
    $path = rtrim($url['path'], '/') . '/login/index.php';
    $text = "GET $path HTTP/1.1\r\nHost: $host\r\nUser-Agent: moodle-cluster-wizard\r\nX-Forwarded-Proto: {$url['scheme']}\r\nConnection: close\r\n\r\n";
    $until = microtime(true) + (float) mcw_param($request, 'seconds', 2);
    $times = array();
    for ($i = 0; $i < (int) mcw_param($request, 'times', 12) && ($i < 5 || microtime(true) < $until); $i++) {
        $took = mcw_first_byte($peer, $text, 5);
        if (is_string($took)) {
            return array('page' => null, 'why' => $took);
        }
        // The first ones fill caches.
        if ($i >= 2) {
            $times[] = $took;
        }
    }
    return array('page' => mcw_spread($times), 'why' => null);
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
