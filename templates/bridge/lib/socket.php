<?php
/** A socket with a deadline; every failure in words. */

/** @return array {stream, deadline, peer} @throws mcw_refusal */
function mcw_connect($host, $port, $tls, $seconds) {
    $deadline = microtime(true) + $seconds;
    $peer = $host !== '' && $host[0] === '/' ? 'unix://' . $host : ($tls ? 'tls' : 'tcp') . '://' . (strpos($host, ':') === false ? $host : '[' . trim($host, '[]') . ']') . ':' . $port;
    // Whether a certificate is trusted is Moodle's and the plan's matter; here only whether the service answers.
    $context = stream_context_create(array('ssl' => array('verify_peer' => false, 'verify_peer_name' => false, 'allow_self_signed' => true)));
    $stream = @stream_socket_client($peer, $number, $words, $seconds, STREAM_CLIENT_CONNECT, $context);
    if ($stream === false) {
        throw new mcw_refusal('connect', mcw_why_no_connection($number, $words, microtime(true) >= $deadline - 0.1, $tls));
    }
    return array('stream' => $stream, 'deadline' => $deadline, 'peer' => $peer);
}

function mcw_why_no_connection($number, $words, $late, $tls) {
    $known = array(111 => 'refused: nothing listens there', 113 => 'no route to the host', 101 => 'the network is not reachable', 2 => 'there is no such socket', 13 => 'permission denied');
    if (isset($known[$number])) {
        return $known[$number];
    }
    if ($number === 110 || ($late && $number === 0)) {
        return $tls ? 'timeout: no answer to TLS; the service may not speak it there, or a firewall is in the way' : 'timeout: no answer to the connection, a firewall perhaps';
    }
    if (stripos($words, 'getaddrinfo') !== false || stripos($words, 'resolve') !== false) {
        return 'the name does not resolve';
    }
    return $words === '' ? 'the connection failed (TLS, perhaps)' : $words;
}

function mcw_send(array $link, $bytes) {
    if (@fwrite($link['stream'], $bytes) !== strlen($bytes)) {
        throw new mcw_refusal('connect', 'the connection was closed');
    }
}

/** Sets how long the next read may wait. @throws mcw_refusal `timeout` */
function mcw_mind_deadline(array $link) {
    $left = $link['deadline'] - microtime(true);
    if ($left <= 0) {
        throw new mcw_refusal('timeout', 'timeout: connected, but the service did not answer');
    }
    stream_set_timeout($link['stream'], (int) $left, (int) (($left - (int) $left) * 1000000));
}

/** A line without its end. */
function mcw_read_line(array $link) {
    mcw_mind_deadline($link);
    $line = @fgets($link['stream'], 65536);
    if ($line === false) {
        mcw_mind_deadline($link);
        throw new mcw_refusal('connect', 'the service closed the connection');
    }
    return rtrim($line, "\r\n");
}

function mcw_read_bytes(array $link, $length) {
    $bytes = '';
    while (strlen($bytes) < $length) {
        mcw_mind_deadline($link);
        $part = @fread($link['stream'], $length - strlen($bytes));
        if ($part === false || ($part === '' && feof($link['stream']))) {
            throw new mcw_refusal('connect', 'the service closed the connection');
        }
        $bytes .= $part;
    }
    return $bytes;
}
