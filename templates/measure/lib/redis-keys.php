<?php
/** Whose keys are in a Redis, by the form of their names; a bounded scan, reads only. */

/** @return array of {group, kind: "sessions"|"caches"|"other", keys}, or empty where the server does not let us look */
function mcw_redis_key_groups(array $link, $seconds) {
    $until = microtime(true) + $seconds;
    $groups = array();
    $cursor = '0';
    do {
        $answer = mcw_redis($link, array('SCAN', $cursor, 'COUNT', '500'));
        if (!is_array($answer) || isset($answer['error']) || count($answer) !== 2) {
            return array();
        }
        $cursor = $answer[0];
        foreach ((array) $answer[1] as $key) {
            $kind = mcw_redis_key_kind($key);
            $name = $kind['kind'] . ' ' . $kind['group'];
            if (isset($groups[$name])) {
                $groups[$name]['keys']++;
            } else if (count($groups) < 40) {
                $groups[$name] = $kind + array('keys' => 1);
            }
        }
    } while ($cursor !== '0' && microtime(true) < $until);
    return array_values($groups);
}

/** A hash of Moodle's store is prefix and md5; a session is prefix and the id of a PHP session. Only the prefix is reported, never a session's id. */
function mcw_redis_key_kind($key) {
    if (preg_match('/^(.*?)(PHPREDIS_SESSION:|memc\.sess\.|sess(?:ion)?[_:]?)[A-Za-z0-9,-]{20,}/i', $key, $m)) {
        return array('kind' => 'sessions', 'group' => $m[1] . $m[2]);
    }
    if (preg_match('/^(.*)[0-9a-f]{32}(?:_ttl|_lock)?$/', $key, $m)) {
        return array('kind' => 'caches', 'group' => $m[1]);
    }
    if (preg_match('/^(.*?)[a-z0-9]{26}(?:\.lock)?$/', $key, $m)) {
        return array('kind' => 'sessions', 'group' => $m[1]);
    }
    $group = preg_match('/^([A-Za-z][A-Za-z0-9]{0,30}[:_.-])/', $key, $m) ? $m[1] : '';
    return array('kind' => 'other', 'group' => $group);
}
