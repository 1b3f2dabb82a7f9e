<?php
/** Redis by its own protocol (RESP2). */

/** @return array {version, info} @throws mcw_refusal */
function mcw_ask_redis(array $link, array $target) {
    if (mcw_param($target, 'password', '') !== '') {
        $login = mcw_param($target, 'username', '') === '' ? array($target['password']) : array($target['username'], $target['password']);
        mcw_redis_login($link, $login);
    }
    $pong = mcw_redis($link, array('PING'));
    if ($pong !== 'PONG') {
        throw new mcw_refusal('protocol', mcw_redis_words($pong));
    }
    $info = array();
    foreach (preg_split('/\r?\n/', (string) mcw_redis($link, array('INFO'))) as $line) {
        if (preg_match('/^([a-z][\w-]*):(.*)$/i', $line, $m)) {
            $info[$m[1]] = $m[2];
        }
    }
    // Hosted services forbid CONFIG; INFO has the most important of it anyway.
    foreach (array('maxmemory', 'maxmemory-policy', 'save', 'appendonly', 'databases') as $name) {
        $pair = mcw_redis($link, array('CONFIG', 'GET', $name));
        if (is_array($pair) && isset($pair[1]) && is_string($pair[1])) {
            $info['config_' . $name] = $pair[1];
        }
    }
    return array('version' => isset($info['redis_version']) ? $info['redis_version'] : '', 'info' => $info);
}

function mcw_redis_login(array $link, array $login) {
    $answer = mcw_redis($link, array_merge(array('AUTH'), $login));
    if ($answer === 'OK') {
        return;
    }
    $words = mcw_redis_words($answer);
    if (stripos($words, 'without any password') !== false || stripos($words, 'no password is set') !== false) {
        throw new mcw_refusal('login', 'it asks for no password, but one is set in the answers');
    }
    throw new mcw_refusal('login', preg_match('/WRONGPASS|invalid/i', $words) ? 'wrong password' : $words);
}

/** One command. An error answer comes back as {error: words}. */
function mcw_redis(array $link, array $words) {
    $bytes = '*' . count($words) . "\r\n";
    foreach ($words as $word) {
        $bytes .= '$' . strlen($word) . "\r\n" . $word . "\r\n";
    }
    mcw_send($link, $bytes);
    return mcw_redis_answer($link);
}

/** @param int $left bytes that the whole answer may have; lists within lists are as deep as those that Redis gives */
function mcw_redis_answer(array $link, &$left = MCW_ANSWER_BYTES, $depth = 0) {
    $line = mcw_read_line($link);
    // An item of a list costs more memory than its bytes.
    $left -= strlen($line) + 100;
    $rest = (string) substr($line, 1);
    switch ($line === '' ? '' : $line[0]) {
        case '+':
        case ':':
            return $rest;
        case '-':
            return array('error' => $rest);
        case '$':
            if ((int) $rest < 0) {
                return null;
            }
            $left -= (int) $rest;
            mcw_redis_mind($left, $depth);
            return (string) substr(mcw_read_bytes($link, (int) $rest + 2), 0, (int) $rest);
        case '*':
            $items = array();
            for ($i = 0; $i < (int) $rest; $i++) {
                mcw_redis_mind($left, $depth);
                $items[] = mcw_redis_answer($link, $left, $depth + 1);
            }
            return $items;
        default:
            throw new mcw_refusal('protocol', 'it does not speak Redis, or requires TLS');
    }
}

/** @throws mcw_refusal `protocol` */
function mcw_redis_mind($left, $depth) {
    if ($left < 0 || $depth > 8) {
        throw new mcw_refusal('protocol', $depth > 8 ? 'its answer has too many lists within lists' : 'its answer has more than 8 MiB');
    }
}

function mcw_redis_words($answer) {
    if (!is_array($answer) || !isset($answer['error'])) {
        return 'an unexpected answer';
    }
    if (strncmp($answer['error'], 'NOAUTH', 6) === 0) {
        return 'it asks for a password, and none is set in the answers';
    }
    return $answer['error'];
}
