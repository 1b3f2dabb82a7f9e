<?php
/** MongoDB's `hello` in one OP_MSG, with the little BSON that this takes, and the login that Moodle will use. */

require_once(__DIR__ . '/mongodb-login.php');

/** @return array {version, info} @throws mcw_refusal */
function mcw_ask_mongodb(array $link, array $target) {
    $hello = mcw_mongodb($link, array('hello' => 1, '$db' => 'admin'));
    if (!isset($hello['ok']) || (float) $hello['ok'] !== 1.0) {
        // Servers before 4.4.2 know only the old name.
        $hello = mcw_mongodb($link, array('isMaster' => 1, '$db' => 'admin'));
    }
    if (!isset($hello['ok']) || (float) $hello['ok'] !== 1.0) {
        throw new mcw_refusal('protocol', isset($hello['errmsg']) ? (string) $hello['errmsg'] : 'it does not answer hello');
    }
    mcw_mongodb_login($link, $target);
    $build = mcw_mongodb($link, array('buildInfo' => 1, '$db' => 'admin'));
    $info = array();
    foreach ($hello as $name => $value) {
        if (is_scalar($value)) {
            $info[$name] = is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
        }
    }
    return array('version' => isset($build['version']) ? (string) $build['version'] : '', 'info' => $info);
}

/** One command and its reply document, also as it came (`$raw`). In the command an array stands for binary data. */
function mcw_mongodb(array $link, array $command, &$raw = '') {
    $document = '';
    foreach ($command as $name => $value) {
        if (is_array($value)) {
            $document .= "\x05" . $name . "\0" . pack('V', strlen($value[0])) . "\0" . $value[0];
        } else {
            $document .= is_string($value) ? "\x02" . $name . "\0" . pack('V', strlen($value) + 1) . $value . "\0" : "\x10" . $name . "\0" . pack('V', $value);
        }
    }
    $document = pack('V', strlen($document) + 5) . $document . "\0";
    // Header: length, request id, response to, opcode 2013; then flags 0 and one section of kind 0.
    mcw_send($link, pack('VVVV', 16 + 5 + strlen($document), 1, 0, 2013) . pack('V', 0) . "\0" . $document);
    $header = unpack('Vlength/Vid/Vto/Vcode', mcw_read_bytes($link, 16));
    if ($header['code'] !== 2013 || $header['length'] < 26 || $header['length'] > 1048576) {
        throw new mcw_refusal('protocol', 'it does not speak MongoDB');
    }
    $body = mcw_read_bytes($link, $header['length'] - 16);
    $raw = $body;
    return mcw_bson_top_level(substr($body, 5));
}

/** Top-level values of the simple types and binary data; documents and arrays are skipped over, what is unknown ends the reading. */
function mcw_bson_top_level($bytes) {
    $values = array();
    $at = 4;
    $end = strlen($bytes);
    while ($at < $end && ord($bytes[$at]) !== 0) {
        $type = ord($bytes[$at]);
        $stop = strpos($bytes, "\0", $at + 1);
        $name = substr($bytes, $at + 1, $stop - $at - 1);
        $at = $stop + 1;
        $word = unpack('V', str_pad(substr($bytes, $at, 4), 4, "\0"));
        if ($type === 0x01) {
            $double = unpack('d', substr($bytes, $at, 8));
            $values[$name] = $double[1];
            $at += 8;
        } else if ($type === 0x02) {
            $values[$name] = substr($bytes, $at + 4, $word[1] - 1);
            $at += 4 + $word[1];
        } else if ($type === 0x03 || $type === 0x04) {
            $at += $word[1];
        } else if ($type === 0x05) {
            $values[$name] = substr($bytes, $at + 5, $word[1]);
            $at += 5 + $word[1];
        } else if ($type === 0x08) {
            $values[$name] = ord($bytes[$at]) === 1;
            $at += 1;
        } else if ($type === 0x10) {
            $values[$name] = $word[1];
            $at += 4;
        } else if (in_array($type, array(0x09, 0x11, 0x12), true)) {
            $at += 8;
        } else if ($type === 0x07) {
            $at += 12;
        } else if ($type !== 0x0a) {
            break;
        }
    }
    return $values;
}
