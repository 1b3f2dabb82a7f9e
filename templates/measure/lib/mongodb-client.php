<?php
/**
 * MongoDB as Moodle's store uses it, through PHP's driver. What is written lies in a collection of its own, named by the time, whose documents expire
 * after a minute. A second process drops it when the probe is killed; where that is killed too, or the node loses its power, the next probe drops it.
 */

require_once(__DIR__ . '/../../bridge/lib/mongodb.php');

define('MCW_MONGODB_PREFIX', 'wizardprobe_');
/** Seconds after which a probe's collection belongs to no probe that still runs. */
define('MCW_MONGODB_OLD', 3600);
/** Such collections that are looked at, at most. */
define('MCW_MONGODB_SWEEP', 20);

/** @return array {driver, database, collection} */
function mcw_open_mongodb(array $target, $key) {
    return array(
        'driver' => mcw_mongodb_driver($target), 'database' => mcw_mongodb_database($target),
        'collection' => MCW_MONGODB_PREFIX . time() . '_' . substr(md5($key), 0, 16),
    );
}

/** Replies of a command in the probe's database. @throws MongoDB\Driver\Exception\Exception */
function mcw_mongodb_command(array $client, array $command) {
    return $client['driver']->executeCommand($client['database'], new MongoDB\Driver\Command($command))->toArray();
}

/** Once, before values are written: drops what earlier probes left, and creates a collection whose documents expire. */
function mcw_mongodb_prepare(array $client) {
    // From the prefix up to the letter after its last.
    $ours = array('$gt' => MCW_MONGODB_PREFIX, '$lt' => substr(MCW_MONGODB_PREFIX, 0, -1) . '`');
    $found = mcw_mongodb_command($client, array('listCollections' => 1, 'filter' => array('name' => $ours), 'nameOnly' => true));
    foreach (array_slice($found, 0, MCW_MONGODB_SWEEP) as $collection) {
        if (preg_match('/^' . MCW_MONGODB_PREFIX . '(\d{9,11})_/', $collection->name, $m) && (int) $m[1] < time() - MCW_MONGODB_OLD) {
            mcw_mongodb_drop_if_there(array('collection' => $collection->name) + $client);
        }
    }
    $expiring = array('key' => array('made' => 1), 'name' => 'made', 'expireAfterSeconds' => MCW_KEY_SECONDS);
    $byKey = array('key' => array('key' => 1), 'name' => 'idx_key');
    mcw_mongodb_command($client, array('createIndexes' => $client['collection'], 'indexes' => array($expiring, $byKey), 'writeConcern' => array('w' => 1)));
}

/** Has a process of its own drop the collection when this one is gone. @return array|null what must be kept until then; null where PHP may start none */
function mcw_mongodb_guard(array $client, array $target) {
    if (!function_exists('proc_open')) {
        return null;
    }
    $nothing = array('file', '/dev/null', 'w');
    $command = 'exec setsid ' . escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg(__DIR__ . '/../mongodb-guard.php');
    $process = @proc_open($command, array(0 => array('pipe', 'r'), 1 => $nothing, 2 => $nothing), $pipes);
    if (!is_resource($process)) {
        return null;
    }
    fwrite($pipes[0], json_encode(array('target' => $target, 'collection' => $client['collection'])) . "\n");
    // The pipe first: PHP waits for a process that it lets go of, and this one waits for the end of the pipe.
    return array($pipes[0], $process);
}

/** As Moodle's store sets: the old document is deleted, the new one inserted. */
function mcw_mongodb_set(array $client, $field, $value) {
    $writes = new MongoDB\Driver\BulkWrite();
    $writes->delete(array('key' => $field));
    $writes->insert(array('key' => $field, 'data' => $value, 'made' => new MongoDB\BSON\UTCDateTime((int) (microtime(true) * 1000))));
    return $client['driver']->executeBulkWrite($client['database'] . '.' . $client['collection'], $writes)->getInsertedCount() === 1;
}

/** @return string|null */
function mcw_mongodb_get(array $client, $field) {
    $query = new MongoDB\Driver\Query(array('key' => $field), array('limit' => 1));
    foreach ($client['driver']->executeQuery($client['database'] . '.' . $client['collection'], $query) as $document) {
        return $document->data;
    }
    return null;
}

/** Drops the collection. One that another process has dropped is as good. @return bool whether it was this call */
function mcw_mongodb_drop_if_there(array $client) {
    try {
        mcw_mongodb_command($client, array('drop' => $client['collection'], 'writeConcern' => array('w' => 1)));
        return true;
    } catch (MongoDB\Driver\Exception\RuntimeException $thrown) {
        // 26: no such collection.
        if ($thrown->getCode() !== 26) {
            throw $thrown;
        }
        return false;
    }
}
