<?php
/** MongoDB's `hello` and other commands in one OP_MSG each, and the login that Moodle will use. */

require_once(__DIR__ . '/bson.php');
require_once(__DIR__ . '/mongodb-login.php');

/** Bytes of a reply at most: the largest value that is measured, with room. */
define('MCW_MONGODB_REPLY', 4194304);

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
    // `ismaster` of servers before 4.4.2.
    $writable = isset($hello['isWritablePrimary']) ? $hello['isWritablePrimary'] : !empty($hello['ismaster']);
    if (!$writable && isset($hello['setName']) && empty($hello['secondary'])) {
        throw new mcw_refusal('protocol', 'it is a member of the replica set ' . $hello['setName'] . ' that cannot be read: an arbiter, or one that starts or recovers');
    }
    mcw_mongodb_login($link, $target);
    $build = mcw_mongodb($link, array('buildInfo' => 1, '$db' => 'admin'));
    $info = array();
    foreach ($hello as $name => $value) {
        if (is_scalar($value)) {
            $info[$name] = is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
        }
    }
    $info['writable'] = $writable ? 'true' : 'false';
    return array('version' => isset($build['version']) ? (string) $build['version'] : '', 'info' => $info);
}

/** One command and its reply document, also as it came (`$raw`). */
function mcw_mongodb(array $link, array $command, &$raw = '') {
    $document = mcw_bson($command);
    // Header: length, request id, response to, opcode 2013; then flags 0 and one section of kind 0.
    mcw_send($link, pack('VVVV', 16 + 5 + strlen($document), 1, 0, 2013) . pack('V', 0) . "\0" . $document);
    $header = unpack('Vlength/Vid/Vto/Vcode', mcw_read_bytes($link, 16));
    if ($header['code'] !== 2013 || $header['length'] < 26 || $header['length'] > MCW_MONGODB_REPLY) {
        throw new mcw_refusal('protocol', 'it does not speak MongoDB');
    }
    $body = mcw_read_bytes($link, $header['length'] - 16);
    $raw = $body;
    return mcw_bson_values(substr($body, 5));
}
