<?php
/**
 * The login of MongoDB (SCRAM, RFC 5802 and 7677) and one look into the database. Moodle's store calls itself ready before it logs in,
 * and with a wrong password every page that uses it fails, so the login is tried before anything is given to Moodle.
 */

/** @throws mcw_refusal `auth` when the user is not let in, or not into the database */
function mcw_mongodb_login(array $link, array $target) {
    if (isset($target['username'], $target['password']) && $target['username'] !== '') {
        mcw_mongodb_scram($link, $target['username'], $target['password']);
    }
    $database = isset($target['database']) && $target['database'] !== '' ? $target['database'] : 'mcache';
    $found = mcw_mongodb($link, array(
        'find' => 'wizardproof', 'limit' => 1, '$db' => $database, '$readPreference' => (object) array('mode' => 'primaryPreferred'),
    ));
    if (!mcw_mongodb_ok($found)) {
        throw new mcw_refusal('auth', 'authentication: the database "' . $database . '" may not be used: ' . mcw_mongodb_words($found));
    }
}

/** Whether it tells its databases to somebody who has not logged in, over a connection that is used for nothing else. */
function mcw_mongodb_is_open(array $link) {
    $told = mcw_mongodb($link, array('listDatabases' => 1, 'nameOnly' => true, '$db' => 'admin'));
    return mcw_mongodb_ok($told) && !empty($told['databases']);
}

function mcw_mongodb_ok(array $reply) {
    return isset($reply['ok']) && (float) $reply['ok'] === 1.0;
}

function mcw_mongodb_words(array $reply) {
    return isset($reply['errmsg']) ? (string) $reply['errmsg'] : 'it gave no reason';
}

/** The mechanism that the driver would take: SHA-256 where the user has it. */
function mcw_mongodb_mechanism(array $link, $user) {
    $hello = mcw_mongodb($link, array('hello' => 1, 'saslSupportedMechs' => 'admin.' . $user, '$db' => 'admin'), $raw);
    return mcw_mongodb_ok($hello) && strpos($raw, 'SCRAM-SHA-256') !== false ? 'SCRAM-SHA-256' : 'SCRAM-SHA-1';
}

function mcw_mongodb_scram(array $link, $user, $password) {
    $mechanism = mcw_mongodb_mechanism($link, $user);
    $hash = $mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha1';
    $secret = $hash === 'sha256' ? $password : md5($user . ':mongo:' . $password);
    $nonce = md5(uniqid((string) mt_rand(), true));
    $first = 'n=' . str_replace(array('=', ','), array('=3D', '=2C'), $user) . ',r=' . $nonce;
    $reply = mcw_mongodb_sasl($link, array('saslStart' => 1, 'mechanism' => $mechanism, 'payload' => array('n,,' . $first), '$db' => 'admin'));
    $server = mcw_scram_fields($reply['payload']);
    if (!isset($server['r'], $server['s'], $server['i']) || strpos($server['r'], $nonce) !== 0) {
        throw new mcw_refusal('protocol', 'its login is not SCRAM');
    }
    $salted = mcw_scram_salted($hash, $secret, base64_decode($server['s']), (int) $server['i']);
    $key = hash_hmac($hash, 'Client Key', $salted, true);
    $signed = $first . ',' . $reply['payload'] . ',';
    $bare = 'c=' . base64_encode('n,,') . ',r=' . $server['r'];
    $signed .= $bare;
    $signature = hash_hmac($hash, $signed, hash($hash, $key, true), true);
    $final = array($bare . ',p=' . base64_encode($key ^ $signature));
    $proof = base64_encode(hash_hmac($hash, $signed, hash_hmac($hash, 'Server Key', $salted, true), true));
    $proven = false;
    // One answer with the server's own proof, and an empty one of servers that take no part of it away.
    for ($i = 0; $i < 3 && ($i === 0 || !$reply['done']); $i++) {
        $reply = mcw_mongodb_sasl($link, array('saslContinue' => 1, 'conversationId' => $reply['conversationId'], 'payload' => $final, '$db' => 'admin'));
        $told = mcw_scram_fields($reply['payload']);
        $proven = $proven || (isset($told['v']) && $told['v'] === $proof);
        $final = array('');
    }
    if (!$proven || !$reply['done']) {
        throw new mcw_refusal('auth', 'it does not prove that it knows the password: it may be another server than the one that is meant');
    }
}

/** @throws mcw_refusal `auth` */
function mcw_mongodb_sasl(array $link, array $command) {
    $reply = mcw_mongodb($link, $command);
    if (!mcw_mongodb_ok($reply) || !isset($reply['payload'], $reply['conversationId'], $reply['done'])) {
        throw new mcw_refusal('auth', 'wrong user name or password: ' . mcw_mongodb_words($reply));
    }
    return $reply;
}

/** `r=…,s=…,i=…` by letter; values may hold `=`. */
function mcw_scram_fields($text) {
    $fields = array();
    foreach (explode(',', $text) as $part) {
        $fields[substr($part, 0, 1)] = substr($part, 2);
    }
    return $fields;
}

/** Rounds that a server may ask for: fewer would let a false one guess the password from what it is sent, more would hold the node (RFC 7677, section 4). */
define('MCW_SCRAM_LEAST', 4096);
define('MCW_SCRAM_MOST', 200000);

/** PBKDF2 with one block, by hand: `hash_pbkdf2` is newer than PHP 5.4. */
function mcw_scram_salted($hash, $secret, $salt, $rounds) {
    if ($rounds < MCW_SCRAM_LEAST || $rounds > MCW_SCRAM_MOST) {
        throw new mcw_refusal('protocol', 'its login asks for ' . $rounds . ' rounds');
    }
    $block = hash_hmac($hash, $salt . "\0\0\0\1", $secret, true);
    $sum = $block;
    for ($i = 1; $i < $rounds; $i++) {
        $block = hash_hmac($hash, $block, $secret, true);
        $sum ^= $block;
    }
    return $sum;
}
