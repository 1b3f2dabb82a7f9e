<?php
/** A socket with a deadline; every failure in words. */

/** Where Debian, Red Hat and SUSE keep the authorities that they trust: PHP before 5.6 looks for none by itself. */
define('MCW_CA_FILES', '/etc/ssl/certs/ca-certificates.crt:/etc/pki/tls/certs/ca-bundle.crt:/etc/ssl/ca-bundle.pem');

/** What a service may send at most: in a line, and in one answer. A false one would fill the memory of the node. */
define('MCW_LINE_BYTES', 65536);
define('MCW_ANSWER_BYTES', 8388608);

/** A connection to a service as the answers name it: {host, port, tls?: {verify, cafile}}. @return array {stream, deadline, peer} @throws mcw_refusal */
function mcw_connect_to(array $target, $seconds) {
    return mcw_connect($target['host'], (int) $target['port'], mcw_tls_of($target), $seconds);
}

/** @return array|null {verify, cafile}: everything is verified that is not explicitly excused; null without TLS */
function mcw_tls_of(array $target) {
    if (empty($target['tls'])) {
        return null;
    }
    $link = is_array($target['tls']) ? $target['tls'] : array();
    return array('verify' => !(isset($link['verify']) && $link['verify'] === false), 'cafile' => isset($link['cafile']) ? (string) $link['cafile'] : '');
}

/** Stream options that let nothing be sent before certificate and name are verified. @return array for `ssl` @throws mcw_refusal */
function mcw_tls_options(array $tls, $host) {
    if (!$tls['verify']) {
        return array('verify_peer' => false, 'verify_peer_name' => false, 'allow_self_signed' => true);
    }
    $old = version_compare(PHP_VERSION, '5.6', '<');
    $cafile = $tls['cafile'];
    foreach ($old && $cafile === '' ? explode(':', MCW_CA_FILES) : array() as $known) {
        $cafile = $cafile === '' && is_file($known) ? $known : $cafile;
    }
    if ($cafile !== '' && !is_readable($cafile)) {
        throw new mcw_refusal('tls', 'the file of the certificate authority, ' . $cafile . ', cannot be read on this node; nothing was sent');
    }
    $place = $cafile === '' ? null : mcw_changed_by_others($cafile);
    if ($place !== null) {
        throw new mcw_refusal('tls', 'the file of the certificate authority, ' . $cafile . ', cannot be trusted: other users of this node can change ' . $place . '; nothing was sent');
    }
    $options = array('verify_peer' => true, 'verify_peer_name' => true, 'allow_self_signed' => false, 'peer_name' => $host);
    // PHP before 5.6 knows the name to compare with by another word, and warns of it later.
    return $options + ($old ? array('CN_match' => $host) : array()) + ($cafile === '' ? array() : array('cafile' => $cafile));
}

/** The first place on the way to a file, links followed, that somebody besides root and this user could change. @return string|null */
function mcw_changed_by_others($path) {
    for ($hop = 0; $hop < 20; $hop++) {
        foreach (array_unique(array(dirname($path), (string) realpath(dirname($path)))) as $folder) {
            for ($last = ''; $folder !== $last && $folder !== ''; $folder = dirname($folder)) {
                if (mcw_is_writable_by_others($folder)) {
                    return $folder;
                }
                $last = $folder;
            }
        }
        if (!is_link($path)) {
            return mcw_is_writable_by_others($path) ? $path : null;
        }
        $facts = @lstat($path);
        if ($facts !== false && !mcw_is_own_id($facts['uid'])) {
            return $path;
        }
        $target = (string) readlink($path);
        $path = $target !== '' && $target[0] === '/' ? $target : realpath(dirname($path)) . '/' . $target;
    }
    return $path;
}

function mcw_is_own_id($uid) {
    return $uid === 0 || $uid === @fileowner('/proc/self');
}

/** In a folder with the sticky bit nobody can replace what belongs to root; `staff` of Debian may write below /usr/local and so is root. */
function mcw_is_writable_by_others($path) {
    $facts = @stat($path);
    if ($facts === false) {
        return false;
    }
    if (!mcw_is_own_id($facts['uid'])) {
        return true;
    }
    $group = ($facts['mode'] & 0020) !== 0 && $facts['gid'] !== 0 && !($facts['gid'] === 50 && strncmp($path . '/', '/usr/local/', 11) === 0);
    return ($group || ($facts['mode'] & 0002) !== 0) && ($facts['mode'] & 041000) !== 041000;
}

/** @param array|null $tls as of mcw_tls_of @return array {stream, deadline, peer} @throws mcw_refusal */
function mcw_connect($host, $port, $tls, $seconds) {
    $deadline = microtime(true) + $seconds;
    $place = (strpos($host, ':') === false ? $host : '[' . trim($host, '[]') . ']') . ':' . $port;
    $peer = $host !== '' && $host[0] === '/' ? 'unix://' . $host : ($tls ? 'tls' : 'tcp') . '://' . $place;
    $context = stream_context_create($tls ? array('ssl' => mcw_tls_options($tls, $host)) : array());
    $stream = @stream_socket_client($peer, $number, $words, $seconds, STREAM_CLIENT_CONNECT, $context);
    if ($stream === false) {
        $why = $tls && $tls['verify'] && $number === 0 ? mcw_why_not_trusted($place, $host, $tls, $deadline) : null;
        if ($why !== null) {
            throw new mcw_refusal('tls', $why);
        }
        throw new mcw_refusal('connect', mcw_why_no_connection($number, $words, microtime(true) >= $deadline - 0.1, $tls));
    }
    return array('stream' => $stream, 'deadline' => $deadline, 'peer' => $peer);
}

/** Looks at the certificate of a peer that was not accepted: a second handshake, over which nothing is sent. @return string|null null when there is none */
function mcw_why_not_trusted($place, $host, array $tls, $deadline) {
    $look = array('verify_peer' => false, 'verify_peer_name' => false, 'allow_self_signed' => true, 'capture_peer_cert' => true);
    $context = stream_context_create(array('ssl' => $look));
    $stream = @stream_socket_client('tls://' . $place, $number, $words, max(0.5, $deadline - microtime(true)), STREAM_CLIENT_CONNECT, $context);
    if ($stream === false) {
        return null;
    }
    fclose($stream);
    $options = stream_context_get_options($context);
    $facts = isset($options['ssl']['peer_certificate']) ? @openssl_x509_parse($options['ssl']['peer_certificate']) : false;
    $why = is_array($facts) ? mcw_certificate_fault($facts, $host) : 'its certificate cannot be read';
    $store = $tls['cafile'] === '' ? 'the authorities that this system trusts' : $tls['cafile'];
    return 'TLS: ' . $why . ' (verified against ' . $store . '); nothing secret was sent. '
        . 'Name the file of its authority as "tls: {cafile: /PATH}" and the service by a name that is in its certificate';
}

/** What is wrong with a certificate, the plainest first. */
function mcw_certificate_fault(array $facts, $host) {
    $date = function ($time) {
        return gmdate('Y-m-d', (int) $time);
    };
    if (isset($facts['validTo_time_t']) && $facts['validTo_time_t'] < time()) {
        return 'its certificate expired on ' . $date($facts['validTo_time_t']);
    }
    if (isset($facts['validFrom_time_t']) && $facts['validFrom_time_t'] > time()) {
        return 'its certificate is valid only from ' . $date($facts['validFrom_time_t']) . ' on';
    }
    $own = isset($facts['subject'], $facts['issuer']) && $facts['subject'] == $facts['issuer'];
    $names = mcw_certificate_names($facts);
    if (!in_array(strtolower($host), $names, true) && !mcw_is_wildcard($names, $host)) {
        return 'its certificate' . ($own ? ', which is self-signed,' : '') . ' is for ' . (count($names) > 0 ? implode(', ', array_slice($names, 0, 4)) : 'no name') . ' and not for ' . $host;
    }
    return $own ? 'its certificate is self-signed' : 'its certificate was signed by an authority that is not trusted';
}

/** Names and addresses of a certificate in lower case, free of what a terminal would obey. */
function mcw_certificate_names(array $facts) {
    $names = isset($facts['subject']['CN']) && is_string($facts['subject']['CN']) ? array($facts['subject']['CN']) : array();
    if (isset($facts['extensions']['subjectAltName'])) {
        $names = array();
        foreach (explode(',', $facts['extensions']['subjectAltName']) as $entry) {
            $names[] = preg_replace('/^\s*(DNS|IP Address):/', '', $entry);
        }
    }
    return array_map(function ($name) {
        return substr(preg_replace('/[^a-z0-9.:*_-]/', '?', strtolower(trim($name))), 0, 100);
    }, $names);
}

function mcw_is_wildcard(array $names, $host) {
    $dot = strpos($host, '.');
    return $dot !== false && in_array('*' . strtolower(substr($host, $dot)), $names, true);
}

function mcw_why_no_connection($number, $words, $late, $tls) {
    $known = array(111 => 'refused: nothing listens there', 113 => 'no route to the host', 101 => 'the network is not reachable', 2 => 'there is no such socket', 13 => 'permission denied');
    if (isset($known[$number])) {
        return $known[$number];
    }
    if ($number === 110 || ($late && $number === 0)) {
        return $tls ? 'timeout: no answer to TLS; the service may not use TLS on this port, or a firewall blocks it' : 'timeout: no answer to the connection, perhaps a firewall';
    }
    if (stripos($words, 'getaddrinfo') !== false || stripos($words, 'resolve') !== false) {
        return 'the name does not resolve';
    }
    return $words === '' ? 'the connection failed (TLS, perhaps)' : $words;
}

function mcw_send(array $link, $bytes) {
    stream_set_blocking($link['stream'], true);
    if (@fwrite($link['stream'], $bytes) !== strlen($bytes)) {
        throw new mcw_refusal('connect', 'the connection was closed');
    }
}

/** @throws mcw_refusal `timeout` */
function mcw_mind_deadline(array $link) {
    if ($link['deadline'] - microtime(true) <= 0) {
        throw new mcw_refusal('timeout', 'timeout: connected, but the answer of the service is incomplete');
    }
}

/** Waits for more, within the deadline. Looks again at short intervals: what TLS has decrypted already makes no socket readable. */
function mcw_await(array $link) {
    mcw_mind_deadline($link);
    if (feof($link['stream'])) {
        throw new mcw_refusal('connect', 'the service closed the connection');
    }
    $read = array($link['stream']);
    $none = null;
    @stream_select($read, $none, $none, 0, (int) (1000000 * max(0.0001, min(0.05, $link['deadline'] - microtime(true)))));
}

/** A line without its end. The deadline is for all of it: a server that sends a byte now and then gets no more time. */
function mcw_read_line(array $link) {
    stream_set_blocking($link['stream'], false);
    $line = '';
    while (substr($line, -1) !== "\n") {
        if (strlen($line) >= MCW_LINE_BYTES) {
            throw new mcw_refusal('protocol', 'it sent a line of more than 64 KiB');
        }
        $part = @fgets($link['stream'], MCW_LINE_BYTES + 1 - strlen($line));
        if ($part === false || $part === '') {
            mcw_await($link);
        } else {
            $line .= $part;
        }
    }
    mcw_mind_deadline($link);
    return rtrim($line, "\r\n");
}

function mcw_read_bytes(array $link, $length) {
    if ($length < 0 || $length > MCW_ANSWER_BYTES) {
        throw new mcw_refusal('protocol', 'it announced an answer of more than 8 MiB');
    }
    stream_set_blocking($link['stream'], false);
    $bytes = '';
    while (strlen($bytes) < $length) {
        $part = @fread($link['stream'], min(65536, $length - strlen($bytes)));
        if ($part === false || $part === '') {
            mcw_await($link);
        } else {
            $bytes .= $part;
        }
    }
    return $bytes;
}
