<?php
/**
 * The clients that Moodle's stores use, each behind four functions: open, set, get, drop. What they write has a name of its own and an end of its
 * life, so that a probe that is killed leaves no value for longer than two minutes.
 */

require_once(__DIR__ . '/../../bridge/lib/socket.php');
require_once(__DIR__ . '/../../bridge/lib/redis.php');
require_once(__DIR__ . '/../../bridge/lib/memcached.php');
require_once(__DIR__ . '/mongodb-client.php');

define('MCW_KEY_SECONDS', 60);

/** @return array {via, estimate, kind} by what this PHP has; estimate = not the client that Moodle would use; kind `tcp` = only the way is timed */
function mcw_client_for(array $target) {
    $plugin = $target['plugin'];
    if ($plugin === 'redis' && class_exists('Redis', false)) {
        return array('via' => 'php', 'estimate' => false, 'kind' => 'phpredis');
    }
    if ($plugin === 'memcached' && class_exists('Memcached', false)) {
        return array('via' => 'php', 'estimate' => false, 'kind' => 'memcached');
    }
    if ($plugin === 'redis' || $plugin === 'memcached') {
        return array('via' => 'raw', 'estimate' => true, 'kind' => 'raw-' . $plugin);
    }
    if ($plugin === 'mongodb' && mcw_has_mongodb_driver()) {
        return array('via' => 'php', 'estimate' => false, 'kind' => 'mongodb');
    }
    return array('via' => 'tcp', 'estimate' => true, 'kind' => 'tcp');
}

/** Opens as the store does. @throws Exception in words */
function mcw_client_open($kind, array $target, $key = '') {
    if ($kind === 'mongodb') {
        return mcw_open_mongodb($target, $key);
    }
    if ($kind === 'phpredis') {
        return mcw_open_phpredis($target);
    }
    if ($kind === 'memcached') {
        $memcached = new Memcached();
        $memcached->setOption(Memcached::OPT_CONNECT_TIMEOUT, 2000);
        $memcached->setOption(Memcached::OPT_COMPRESSION, !empty($target['compression']));
        $serialiser = (int) mcw_param($target, 'serializer', 1);
        $memcached->setOption(Memcached::OPT_SERIALIZER, $serialiser === 2 && Memcached::HAVE_IGBINARY ? Memcached::SERIALIZER_IGBINARY : Memcached::SERIALIZER_PHP);
        $memcached->addServer($target['host'], (int) $target['port']);
        if ($memcached->getVersion() === false || $memcached->getResultCode() !== Memcached::RES_SUCCESS) {
            throw new mcw_refusal('connect', 'the PHP extension memcached gets no answer: ' . $memcached->getResultMessage());
        }
        return $memcached;
    }
    $link = mcw_connect_to($target, 5);
    if ($kind === 'raw-redis' && mcw_param($target, 'password', '') !== '') {
        $login = mcw_param($target, 'username', '') === '' ? array($target['password']) : array($target['username'], $target['password']);
        mcw_redis_login($link, $login);
    }
    if ($kind === 'raw-redis') {
        $pong = mcw_redis($link, array('PING'));
        if ($pong !== 'PONG') {
            throw new mcw_refusal('protocol', mcw_redis_words($pong));
        }
    }
    return $link;
}

function mcw_open_phpredis(array $target) {
    $redis = new Redis();
    $host = $target['host'];
    $tls = mcw_tls_of($target);
    if ($tls) {
        mcw_phpredis_tls($redis, $target, $tls);
    } else {
        $redis->connect($host, $host[0] === '/' ? 0 : (int) $target['port'], 2);
    }
    if (mcw_param($target, 'password', '') !== '') {
        $redis->auth(mcw_param($target, 'username', '') === '' ? $target['password'] : array($target['username'], $target['password']));
    }
    $serializer = (int) mcw_param($target, 'serializer', 1);
    $redis->setOption(Redis::OPT_SERIALIZER, $serializer === 2 && defined('Redis::SERIALIZER_IGBINARY') ? Redis::SERIALIZER_IGBINARY : Redis::SERIALIZER_PHP);
    if ($redis->ping() === false) {
        throw new mcw_refusal('protocol', 'no answer to PING');
    }
    return $redis;
}

/** Connects as Moodle's store does, but verifies first. @throws Exception in words */
function mcw_phpredis_tls($redis, array $target, array $tls) {
    $options = array('stream' => mcw_tls_options($tls, $target['host']));
    try {
        $connected = $redis->connect('tls://' . $target['host'], (int) $target['port'], 2, null, 0, 2, $options);
    } catch (Exception $thrown) {
        $connected = false;
    }
    if (!$connected) {
        // The extension has no words for it.
        $link = mcw_connect_to($target, 2);
        fclose($link['stream']);
        throw new mcw_refusal('connect', 'the PHP extension redis cannot connect over TLS');
    }
}

/** @return bool whether the value was taken */
function mcw_client_set($kind, $client, $key, $field, $value) {
    if ($kind === 'mongodb') {
        return mcw_mongodb_set($client, $field, $value);
    }
    if ($kind === 'phpredis') {
        $kept = $client->hSet($key, $field, $value) !== false;
        return $client->expire($key, MCW_KEY_SECONDS) && $kept;
    }
    if ($kind === 'memcached') {
        return $client->set($key . '-' . $field, $value, MCW_KEY_SECONDS);
    }
    if ($kind === 'raw-redis') {
        mcw_redis($client, array('HSET', $key, $field, $value));
        return mcw_redis($client, array('EXPIRE', $key, (string) MCW_KEY_SECONDS)) === '1';
    }
    mcw_send($client, 'set ' . $key . '-' . $field . ' 0 ' . MCW_KEY_SECONDS . ' ' . strlen($value) . "\r\n" . $value . "\r\n");
    return mcw_read_line($client) === 'STORED';
}

/** @return string|null */
function mcw_client_get($kind, $client, $key, $field) {
    if ($kind === 'mongodb') {
        return mcw_mongodb_get($client, $field);
    }
    if ($kind === 'phpredis') {
        $got = $client->hGet($key, $field);
        return $got === false ? null : $got;
    }
    if ($kind === 'memcached') {
        $got = $client->get($key . '-' . $field);
        return $got === false ? null : $got;
    }
    if ($kind === 'raw-redis') {
        $got = mcw_redis($client, array('HGET', $key, $field));
        return is_string($got) ? $got : null;
    }
    mcw_send($client, 'get ' . $key . '-' . $field . "\r\n");
    $line = mcw_read_line($client);
    if (!preg_match('/^VALUE \S+ \d+ (\d+)/', $line, $m)) {
        return null;
    }
    $value = substr(mcw_read_bytes($client, (int) $m[1] + 2), 0, (int) $m[1]);
    mcw_read_line($client);
    return $value;
}

/** Takes away what this probe made, and only that. */
function mcw_client_drop($kind, $client, $key, array $fields) {
    if ($kind === 'mongodb') {
        mcw_mongodb_drop_if_there($client);
    } else if ($kind === 'phpredis') {
        $client->del($key);
    } else if ($kind === 'raw-redis') {
        mcw_redis($client, array('DEL', $key));
    } else {
        foreach ($fields as $field) {
            if ($kind === 'memcached') {
                $client->delete($key . '-' . $field);
            } else {
                mcw_send($client, 'delete ' . $key . '-' . $field . "\r\n");
                mcw_read_line($client);
            }
        }
    }
}

function mcw_client_close($kind, $client) {
    if ($kind === 'phpredis') {
        $client->close();
    } else if ($kind === 'memcached') {
        $client->quit();
    } else if (isset($client['stream']) && is_resource($client['stream'])) {
        fclose($client['stream']);
    }
}
