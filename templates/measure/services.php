<?php
/**
 * How far each cache service is from this node, in time: connecting, then values of several sizes there and back through the extension and the
 * serializer that Moodle would use, or over a plain socket where the extension is missing (MongoDB: then only the way to it). Runs as the web user; request JSON on standard input
 * {marker, op, services: [{service, plugin, host, port, …}], key, seconds}; answers `ServiceMeasure[]` of src/core/measure.ts.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/../bridge/lib/io.php';
require __DIR__ . '/lib/spread.php';
require __DIR__ . '/lib/clients.php';
require __DIR__ . '/lib/redis-keys.php';

/** Bytes of a value => how often at most. */
function mcw_probe_sizes() {
    return array(100 => 80, 1000 => 80, 20000 => 40, 500000 => 8, 1100000 => 4);
}

function mcw_measure_service(array $target, $key, $seconds) {
    $how = mcw_client_for($target);
    $facts = array(
        'service' => $target['service'], 'plugin' => $target['plugin'], 'address' => $target['host'] . ':' . $target['port'],
        'via' => $how['via'], 'estimate' => $how['estimate'], 'roundTrips' => array(),
    );
    $until = microtime(true) + $seconds;
    try {
        $facts['connect'] = mcw_time_connect($how['kind'], $target, $until);
        if ($how['kind'] === 'tcp') {
            return mcw_unmeasured($facts, $target);
        }
        $client = mcw_client_open($how['kind'], $target, $key);
        $room = mcw_room($target, $facts);
        if ($target['plugin'] === 'mongodb') {
            $guard = mcw_mongodb_guard($client, $target);
        }
        $facts['roundTrips'] = mcw_time_values($how['kind'], $client, $key, $room, $until);
        mcw_client_close($how['kind'], $client);
        if (isset($guard)) {
            fclose($guard[0]);
        }
    } catch (Exception $thrown) {
        $facts = mcw_service_trouble($facts, $target, $thrown->getMessage());
    } catch (Throwable $thrown) {
        $facts = mcw_service_trouble($facts, $target, $thrown->getMessage());
    }
    return $facts;
}

/** A service whose client is missing here: the way to it is known, and for MongoDB that one listens there. @throws mcw_refusal */
function mcw_unmeasured(array $facts, array $target) {
    if ($target['plugin'] === 'mongodb') {
        $link = mcw_connect_to($target, 5);
        mcw_mongodb_hello($link);
        fclose($link['stream']);
        $facts['unmeasured'] = MCW_MONGODB_NO_DRIVER;
    }
    return $facts;
}

/** A service that is not there yet still tells how far its machine is: a refusal comes back as fast as an answer. */
function mcw_service_trouble(array $facts, array $target, $words) {
    $facts['error'] = $words;
    // Whatever was tried, nothing is known now but perhaps the way: what was timed before is no answer of the client, and it is asked again later.
    $facts['via'] = 'tcp';
    $facts['estimate'] = true;
    unset($facts['connect']);
    $times = array();
    for ($i = 0; $i < 9 && $target['host'] !== '' && $target['host'][0] !== '/'; $i++) {
        $began = microtime(true);
        $stream = @stream_socket_client('tcp://' . $target['host'] . ':' . $target['port'], $number, $said, 1);
        $took = microtime(true) - $began;
        if ($stream !== false) {
            fclose($stream);
        } else if ($number !== 111) {
            return $facts;
        } else {
            $facts['refused'] = true;
        }
        $times[] = $took;
    }
    $facts['connect'] = mcw_spread($times);
    return $facts;
}

function mcw_time_connect($kind, array $target, $until) {
    $times = array();
    for ($i = 0; $i < 15 && ($i < 3 || microtime(true) < $until - 1); $i++) {
        $began = microtime(true);
        // The driver of MongoDB opens one connection for all clients of a process: that would time nothing.
        $client = $kind === 'mongodb' ? mcw_connect_to($target, 5) : mcw_client_open($kind, $target);
        $times[] = microtime(true) - $began;
        mcw_client_close($kind, $client);
    }
    return mcw_spread($times);
}

/** Largest value that fits without pushing out what others keep there, in bytes; also notes what the server reports of itself. */
function mcw_room(array $target, array &$facts) {
    $link = mcw_connect_to($target, 5);
    if ($target['plugin'] === 'mongodb') {
        $reply = mcw_ask_mongodb($link, $target);
        if ($reply['info']['writable'] !== 'true') {
            throw new mcw_refusal('protocol', 'it is a secondary and takes no writes');
        }
        $reply['info']['open'] = mcw_mongodb_is_open($target) ? 'true' : 'false';
        // It keeps its data on a disk, and throws nothing away to make room.
        $free = 1e12;
    } else if ($target['plugin'] === 'memcached') {
        $reply = mcw_ask_memcached($link, $target);
        $free = (float) mcw_reported($reply['info'], 'limit_maxbytes', 0) - (float) mcw_reported($reply['info'], 'bytes', 0);
    } else {
        $reply = mcw_ask_redis($link, $target);
        $limit = (float) mcw_reported($reply['info'], 'maxmemory', mcw_reported($reply['info'], 'config_maxmemory', 0));
        $free = $limit > 0 ? $limit - (float) mcw_reported($reply['info'], 'used_memory', 0) : 1e12;
        $facts['keys'] = mcw_redis_key_groups($link, 0.5);
    }
    fclose($link['stream']);
    $facts['server'] = (object) mcw_server_facts($target['plugin'], $reply);
    // A tenth of what is free: a memcached fills its classes unevenly.
    return (int) min(4e6, max(0, $free / 10));
}

function mcw_reported(array $info, $name, $default) {
    return isset($info[$name]) ? $info[$name] : $default;
}

/** What matters of stats, INFO or hello, by the server's own names. */
function mcw_server_facts($plugin, array $reply) {
    $names = array(
        'memcached' => array('limit_maxbytes', 'bytes', 'curr_items', 'evictions', 'get_hits', 'get_misses', 'uptime', 'curr_connections', 'settings_item_size_max'),
        'mongodb' => array('setName', 'open'),
        'redis' => array(
            'redis_mode', 'role', 'connected_slaves', 'used_memory', 'maxmemory', 'maxmemory_policy', 'evicted_keys', 'keyspace_hits', 'keyspace_misses',
            'uptime_in_seconds', 'connected_clients', 'aof_enabled', 'config_save', 'config_appendonly', 'config_maxmemory', 'config_maxmemory-policy',
        ),
    );
    $wanted = $names[$plugin];
    $kept = array('version' => $reply['version']);
    foreach ($wanted as $name) {
        if (isset($reply['info'][$name])) {
            $kept[$name] = $reply['info'][$name];
        }
    }
    return $kept;
}

function mcw_time_values($kind, $client, $key, $room, $until) {
    $reply = array();
    $sizes = mcw_probe_sizes();
    register_shutdown_function('mcw_drop_at_end', $kind, $client, $key, array_keys($sizes));
    if ($kind === 'mongodb') {
        mcw_mongodb_prepare($client);
    }
    foreach ($sizes as $bytes => $times) {
        if ($bytes > $room) {
            $reply[] = array('bytes' => $bytes, 'refused' => 'not tried: too little memory is free there, and the value would evict entries of others');
            continue;
        }
        $reply[] = mcw_time_size($kind, $client, $key, $bytes, $times, $until);
    }
    mcw_client_drop($kind, $client, $key, array_keys($sizes));
    return $reply;
}

/** A process that is stopped drops its keys; one that is killed leaves them to their end of life. */
function mcw_drop_at_end($kind, $client, $key, array $fields) {
    try {
        mcw_client_drop($kind, $client, $key, $fields);
    } catch (Exception $gone) {
        return;
    } catch (Throwable $gone) {
        return;
    }
}

function mcw_time_size($kind, $client, $key, $bytes, $times, $until) {
    if (is_array($client)) {
        $client['deadline'] = microtime(true) + 5;
    }
    $value = mcw_probe_text($bytes);
    $sets = array();
    $gets = array();
    for ($i = 0; $i < $times && ($i === 0 || microtime(true) < $until); $i++) {
        $began = microtime(true);
        $kept = mcw_client_set($kind, $client, $key, (string) $bytes, $value);
        $set = microtime(true);
        if (!$kept) {
            return array('bytes' => $bytes, 'refused' => 'the server does not take a value of this size');
        }
        $got = mcw_client_get($kind, $client, $key, (string) $bytes);
        $get = microtime(true);
        if ($got !== $value) {
            return array('bytes' => $bytes, 'refused' => 'reading back a value of this size failed');
        }
        $sets[] = $set - $began;
        $gets[] = $get - $set;
    }
    return array('bytes' => $bytes, 'set' => mcw_spread($sets), 'get' => mcw_spread($gets));
}

$mcw_request = mcw_begin(stream_get_contents(STDIN));
try {
    $mcw_key = mcw_need($mcw_request, 'key');
    $mcw_services = mcw_need($mcw_request, 'services');
    $mcw_share = (float) mcw_param($mcw_request, 'seconds', 6) / max(1, count($mcw_services));
    $mcw_reported = array();
    foreach ($mcw_services as $mcw_target) {
        $mcw_reported[] = mcw_measure_service($mcw_target, $mcw_key, $mcw_share);
    }
    mcw_answer($mcw_reported);
} catch (Exception $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
} catch (Throwable $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
}
exit(0);
