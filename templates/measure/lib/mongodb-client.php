<?php
/**
 * MongoDB as Moodle's store uses it: through PHP's driver where there is one, else over its bare protocol. What is written lies in a collection of its
 * own, named by the time, whose documents end after a minute. A second process drops it when the probe is killed; where that is killed too, or the node
 * loses its power, the next probe takes it away.
 */

require_once(__DIR__ . '/../../bridge/lib/mongodb.php');

define('MCW_MONGODB_PREFIX', 'wizardprobe_');
/** Seconds after which a probe's collection belongs to no probe that still runs. */
define('MCW_MONGODB_OLD', 3600);
/** Such collections that are looked at, at most. */
define('MCW_MONGODB_SWEEP', 20);

/** @return array {kind, stream, driver, database, collection, …}: a stream where there is no driver @throws Exception in words */
function mcw_open_mongodb($kind, array $target, $key) {
    $client = array(
        'kind' => $kind, 'stream' => null, 'driver' => null,
        'database' => mcw_param($target, 'database', '') === '' ? 'mcache' : $target['database'],
        'collection' => MCW_MONGODB_PREFIX . time() . '_' . substr(md5($key), 0, 16),
    );
    if ($kind === 'mongodb') {
        return array('driver' => mcw_mongodb_driver($target)) + $client;
    }
    return mcw_mongodb_linked($client, $target);
}

/** The client with a stream of its own, logged in: what a collection takes to be made and dropped is asked over that. */
function mcw_mongodb_linked(array $client, array $target) {
    if ($client['stream'] !== null) {
        return $client;
    }
    $link = mcw_connect_to($target, 5);
    mcw_mongodb_login($link, $target);
    return $link + $client;
}

/** PHP's driver, made as Moodle's store makes it, which asks one server for its word. It keeps the connection for the whole life of the process. */
function mcw_mongodb_driver(array $target) {
    $options = array('serverSelectionTimeoutMS' => 2000, 'connectTimeoutMS' => 2000, 'socketTimeoutMS' => 5000, 'w' => 1);
    foreach (array('username', 'password') as $name) {
        if (mcw_param($target, $name, '') !== '') {
            $options[$name] = $target[$name];
        }
    }
    $manager = new MongoDB\Driver\Manager('mongodb://' . $target['host'] . ':' . (int) $target['port'], $options);
    $manager->selectServer(new MongoDB\Driver\ReadPreference('primary'));
    return $manager;
}

/** Once, before values are written: what earlier probes left is taken away, and a collection is made whose documents end by themselves. @throws mcw_refusal */
function mcw_mongodb_prepare(array $client) {
    // From the prefix up to the letter after its last.
    $ours = (object) array('$gt' => MCW_MONGODB_PREFIX, '$lt' => substr(MCW_MONGODB_PREFIX, 0, -1) . '`');
    $found = mcw_mongodb_must($client, array('listCollections' => 1, 'filter' => (object) array('name' => $ours), 'nameOnly' => true));
    foreach (array_slice($found['cursor']['firstBatch'], 0, MCW_MONGODB_SWEEP) as $collection) {
        if (preg_match('/^' . MCW_MONGODB_PREFIX . '(\d{9,11})_/', $collection['name'], $m) && (int) $m[1] < time() - MCW_MONGODB_OLD) {
            // Other nodes are measured beside this one: one of them may be quicker, and that is as good.
            mcw_mongodb($client, array('drop' => $collection['name'], '$db' => $client['database']));
        }
    }
    $ending = (object) array('key' => (object) array('made' => 1), 'name' => 'made', 'expireAfterSeconds' => MCW_KEY_SECONDS);
    $byKey = (object) array('key' => (object) array('key' => 1), 'name' => 'idx_key');
    $indexes = new ArrayObject(array($ending, $byKey));
    mcw_mongodb_must($client, array('createIndexes' => $client['collection'], 'indexes' => $indexes, 'writeConcern' => mcw_mongodb_concern()));
}

/** Has a process of its own drop the collection when this one is gone. @return resource|null what must be kept till then; null where PHP may start none */
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
    $asked = array('target' => $target, 'database' => $client['database'], 'collection' => $client['collection']);
    fwrite($pipes[0], json_encode($asked) . "\n");
    // The pipe first: PHP waits for a process that it lets go of, and this one waits for the end of the pipe.
    return array($pipes[0], $process);
}

/** As Moodle's store asks: what one server has taken is taken. */
function mcw_mongodb_concern() {
    return (object) array('w' => 1);
}

/** A command in the probe's database. @throws mcw_refusal with the server's own words */
function mcw_mongodb_must(array $client, array $command) {
    $client['deadline'] = microtime(true) + 5;
    $reply = mcw_mongodb($client, $command + array('$db' => $client['database']));
    if (!mcw_mongodb_ok($reply) || !empty($reply['writeErrors'])) {
        $words = mcw_mongodb_ok($reply) ? $reply['writeErrors'][0] : $reply;
        throw new mcw_refusal('protocol', key($command) . ': ' . mcw_mongodb_words($words));
    }
    return $reply;
}

/** As Moodle's store sets: the old one is deleted, the new one inserted. */
function mcw_mongodb_set(array $client, $field, $value) {
    if ($client['kind'] === 'mongodb') {
        $writes = new MongoDB\Driver\BulkWrite();
        $writes->delete(array('key' => $field));
        $writes->insert(array('key' => $field, 'data' => $value, 'made' => new MongoDB\BSON\UTCDateTime((int) (microtime(true) * 1000))));
        return $client['driver']->executeBulkWrite($client['database'] . '.' . $client['collection'], $writes)->getInsertedCount() === 1;
    }
    $old = (object) array('q' => (object) array('key' => $field), 'limit' => 0);
    mcw_mongodb_must($client, array('delete' => $client['collection'], 'deletes' => new ArrayObject(array($old)), 'writeConcern' => mcw_mongodb_concern()));
    $new = (object) array('key' => $field, 'data' => $value, 'made' => new DateTime('now', new DateTimeZone('UTC')));
    $reply = mcw_mongodb_must($client, array('insert' => $client['collection'], 'documents' => new ArrayObject(array($new)), 'writeConcern' => mcw_mongodb_concern()));
    return (int) $reply['n'] === 1;
}

/** @return string|null */
function mcw_mongodb_get(array $client, $field) {
    if ($client['kind'] === 'mongodb') {
        $query = new MongoDB\Driver\Query(array('key' => $field), array('limit' => 1));
        foreach ($client['driver']->executeQuery($client['database'] . '.' . $client['collection'], $query) as $document) {
            return $document->data;
        }
        return null;
    }
    $reply = mcw_mongodb_must($client, array('find' => $client['collection'], 'filter' => (object) array('key' => $field), 'limit' => 1));
    return isset($reply['cursor']['firstBatch'][0]['data']) ? $reply['cursor']['firstBatch'][0]['data'] : null;
}

function mcw_mongodb_drop(array $client) {
    mcw_mongodb_must($client, array('drop' => $client['collection'], 'writeConcern' => mcw_mongodb_concern()));
}
