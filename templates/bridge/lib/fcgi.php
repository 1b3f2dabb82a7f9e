<?php
/** A FastCGI client: one request to one PHP-FPM pool over its socket. Runs as root (the socket is the web server's), so it loads nothing of Moodle. */

define('MCW_FCGI_BEGIN', 1);
define('MCW_FCGI_END', 3);
define('MCW_FCGI_PARAMS', 4);
define('MCW_FCGI_STDIN', 5);
define('MCW_FCGI_STDOUT', 6);
define('MCW_FCGI_STDERR', 7);
/** Most that a pool may answer, in bytes: what runs there is the web user's, and this process is root's. */
define('MCW_FCGI_BYTES', 16777216);

/** The address of a pool's `listen`: a path, a port, or host:port; a wildcard is asked on this machine. */
function mcw_fcgi_address($listen) {
    if ($listen !== '' && $listen[0] === '/') {
        return 'unix://' . $listen;
    }
    if (preg_match('/^\d+$/', $listen)) {
        return 'tcp://127.0.0.1:' . $listen;
    }
    return 'tcp://' . preg_replace(array('/^(\*|0\.0\.0\.0):/', '/^\[::\]:/'), array('127.0.0.1:', '[::1]:'), $listen);
}

/**
 * @return array {out, err}: the script's whole output with headers, and what FPM says besides
 * @throws mcw_refusal `web-flood` when it is too much
 */
function mcw_fcgi_call($listen, array $params, $stdin, $timeout) {
    $deadline = microtime(true) + $timeout;
    $socket = @stream_socket_client(mcw_fcgi_address($listen), $number, $words, min(5, $timeout));
    if ($socket === false) {
        $names = array(2 => 'socket-missing', 13 => 'socket-permission', 111 => 'socket-refused');
        throw new mcw_refusal(isset($names[$number]) ? $names[$number] : 'socket-refused', 'Cannot connect to PHP-FPM on ' . $listen . ': ' . $words . '.', array('listen' => $listen));
    }
    stream_set_blocking($socket, true);
    mcw_fcgi_send($socket, mcw_fcgi_request($params, $stdin), $listen, $deadline);
    $answer = mcw_fcgi_receive($socket, $listen, $deadline);
    fclose($socket);
    return $answer;
}

function mcw_fcgi_request(array $params, $stdin) {
    $pairs = '';
    foreach ($params as $name => $value) {
        $pairs .= mcw_fcgi_length(strlen($name)) . mcw_fcgi_length(strlen($value)) . $name . $value;
    }
    // Role 1 is a responder, flags 0 closes the connection afterwards.
    return mcw_fcgi_record(MCW_FCGI_BEGIN, pack('nCx5', 1, 0))
        . mcw_fcgi_stream(MCW_FCGI_PARAMS, $pairs) . mcw_fcgi_stream(MCW_FCGI_STDIN, $stdin);
}

function mcw_fcgi_length($length) {
    return $length < 128 ? chr($length) : pack('N', $length | 0x80000000);
}

function mcw_fcgi_record($type, $content) {
    return pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0) . $content;
}

/** A stream is cut into records and ended by an empty one. */
function mcw_fcgi_stream($type, $bytes) {
    $records = '';
    foreach ($bytes === '' ? array() : str_split($bytes, 65000) as $part) {
        $records .= mcw_fcgi_record($type, $part);
    }
    return $records . mcw_fcgi_record($type, '');
}

function mcw_fcgi_send($socket, $bytes, $listen, $deadline) {
    while ($bytes !== '') {
        stream_set_timeout($socket, max(1, (int) ceil($deadline - microtime(true))));
        $sent = @fwrite($socket, $bytes);
        if ($sent === false || $sent === 0 || microtime(true) > $deadline) {
            // A pool that does not take our connection closes it at once; the reading names it.
            return;
        }
        $bytes = (string) substr($bytes, $sent);
    }
}

function mcw_fcgi_receive($socket, $listen, $deadline) {
    $answer = array('out' => '', 'err' => '');
    $taken = 0;
    while (true) {
        $header = mcw_fcgi_read($socket, 8, $listen, $deadline);
        if ($header === null) {
            if ($answer['out'] === '' && $answer['err'] === '') {
                throw new mcw_refusal('allowed-clients', 'PHP-FPM on ' . $listen . ' closed the connection without an answer: listen.allowed_clients of the pool excludes root, or the worker crashed.', array('listen' => $listen));
            }
            return $answer;
        }
        $record = unpack('Cversion/Ctype/nid/nlength/Cpadding', $header);
        $content = $record['length'] + $record['padding'] === 0 ? '' : mcw_fcgi_read($socket, $record['length'] + $record['padding'], $listen, $deadline);
        if ($content === null || $record['type'] === MCW_FCGI_END) {
            return $answer;
        }
        $content = substr($content, 0, $record['length']);
        $taken += $record['length'];
        if ($taken > MCW_FCGI_BYTES) {
            throw new mcw_refusal('web-flood', 'PHP-FPM on ' . $listen . ' answered with more than ' . (MCW_FCGI_BYTES / 1048576) . ' MiB; the rest was not read.', array('listen' => $listen));
        }
        if ($record['type'] === MCW_FCGI_STDOUT) {
            $answer['out'] .= $content;
        } else if ($record['type'] === MCW_FCGI_STDERR) {
            $answer['err'] .= $content;
        }
    }
}

/** Exactly so many bytes, or null at the end of the stream. @throws mcw_refusal `timeout` */
function mcw_fcgi_read($socket, $length, $listen, $deadline) {
    $bytes = '';
    while (strlen($bytes) < $length) {
        $left = $deadline - microtime(true);
        if ($left <= 0) {
            throw new mcw_refusal('timeout', 'PHP-FPM on ' . $listen . ' timed out: all workers of the pool may be busy.', array('listen' => $listen));
        }
        stream_set_timeout($socket, (int) $left, (int) (($left - (int) $left) * 1000000));
        $part = @fread($socket, $length - strlen($bytes));
        if ($part === false || ($part === '' && feof($socket))) {
            return null;
        }
        $bytes .= $part;
    }
    return $bytes;
}
