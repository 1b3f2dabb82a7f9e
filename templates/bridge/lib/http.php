<?php
/** One plain HTTP request to a web server on a socket, the way a load balancer asks: the name it was called by, redirects not followed. */

/** @return array {status, headers (lower case => last value), cookies, body, ms: to the first byte, totalMs} @throws mcw_refusal `page` */
function mcw_http_get(array $target, array $headers, $timeout) {
    $started = microtime(true);
    $deadline = $started + $timeout;
    $socket = mcw_http_connect($target, $timeout);
    $lines = 'GET ' . $target['path'] . " HTTP/1.1\r\n";
    foreach ($headers + array('Connection' => 'close', 'Accept' => '*/*', 'Accept-Encoding' => 'identity') as $name => $value) {
        $lines .= $name . ': ' . $value . "\r\n";
    }
    fwrite($socket, $lines . "\r\n");
    $bytes = '';
    $first = null;
    while (!feof($socket)) {
        $left = $deadline - microtime(true);
        if ($left <= 0) {
            fclose($socket);
            throw new mcw_refusal('page', 'no answer after ' . round($timeout) . ' s');
        }
        stream_set_timeout($socket, (int) $left, (int) (($left - (int) $left) * 1000000));
        $part = fread($socket, 65536);
        if ($part === false || $part === '') {
            $meta = stream_get_meta_data($socket);
            if (!empty($meta['timed_out'])) {
                continue;
            }
            break;
        }
        $first = $first === null ? microtime(true) : $first;
        $bytes .= $part;
        if (strlen($bytes) > 8388608) {
            break;
        }
    }
    fclose($socket);
    return mcw_http_parse($bytes) + array('ms' => $first === null ? null : ($first - $started) * 1000, 'totalMs' => (microtime(true) - $started) * 1000);
}

/** TLS with the site's name, as the balancer would say it; whose certificate it is does not matter here: nothing secret is sent. */
function mcw_http_connect(array $target, $timeout) {
    $options = array('ssl' => array('verify_peer' => false, 'verify_peer_name' => false, 'SNI_enabled' => true, 'peer_name' => $target['name'], 'SNI_server_name' => $target['name']));
    $address = (empty($target['tls']) ? 'tcp://' : 'tls://') . (strpos($target['address'], ':') === false ? $target['address'] : '[' . $target['address'] . ']') . ':' . $target['port'];
    $socket = @stream_socket_client($address, $number, $words, min(10, $timeout), STREAM_CLIENT_CONNECT, stream_context_create($options));
    if ($socket === false) {
        throw new mcw_refusal('page', 'no connection to ' . $target['address'] . ' port ' . $target['port'] . ': ' . ($words === '' ? mcw_last_error() : $words));
    }
    return $socket;
}

/** @throws mcw_refusal `page` when it is no HTTP */
function mcw_http_parse($bytes) {
    $end = strpos($bytes, "\r\n\r\n");
    if ($end === false || !preg_match('#^HTTP/\d(?:\.\d)? (\d{3})#', $bytes, $status)) {
        throw new mcw_refusal('page', $bytes === '' ? 'the connection was closed without an answer' : 'the answer is not HTTP');
    }
    $headers = array();
    $cookies = array();
    foreach (array_slice(explode("\r\n", substr($bytes, 0, $end)), 1) as $line) {
        $parts = explode(':', $line, 2);
        $name = strtolower(trim($parts[0]));
        $value = isset($parts[1]) ? trim($parts[1]) : '';
        $headers[$name] = $value;
        if ($name === 'set-cookie' && preg_match('/^([^=;]+)=([^;]*)/', $value, $cookie)) {
            $cookies[$cookie[1]] = $cookie[2];
        }
    }
    $body = (string) substr($bytes, $end + 4);
    if (isset($headers['transfer-encoding']) && stripos($headers['transfer-encoding'], 'chunked') !== false) {
        $body = mcw_http_unchunk($body);
    }
    return array('status' => (int) $status[1], 'headers' => $headers, 'cookies' => $cookies, 'body' => $body);
}

/** Reads on by position: a copy of the rest for each chunk would take hours where chunks have one byte. */
function mcw_http_unchunk($body) {
    $parts = array();
    $at = 0;
    while (preg_match('/\G0*([0-9a-fA-F]{1,7})(?![0-9a-fA-F])[^\r\n]*\r\n/', $body, $size, 0, $at)) {
        $length = hexdec($size[1]);
        $at += strlen($size[0]);
        if ($length === 0) {
            break;
        }
        $parts[] = (string) substr($body, $at, $length);
        $at += $length + 2;
    }
    return implode('', $parts);
}
