<?php
// Proves a MongoDB (or the stand-in) with PHP's own driver, without any library.
// Usage: [MONGO_PW=…] php driver.php mongodb://HOST:PORT [USER]

use MongoDB\BSON\Binary;
use MongoDB\BSON\UTCDateTime;
use MongoDB\Driver\BulkWrite;
use MongoDB\Driver\Command;
use MongoDB\Driver\Manager;
use MongoDB\Driver\Query;
use MongoDB\Driver\WriteConcern;

[, $uri] = $argv;
$user = $argv[2] ?? null;
$password = (string)getenv('MONGO_PW');
$failures = 0;

function check(string $what, bool $ok, string $more = ''): void {
    global $failures;
    $failures += $ok ? 0 : 1;
    echo ($ok ? 'ok   ' : 'FAIL ') . $what . ($more === '' ? '' : ": $more") . "\n";
}

/** A connection of its own: the driver shares connections of equal settings. */
function manager(array $options = []): Manager {
    global $uri;
    static $number = 0;
    return new Manager($uri, $options + ['serverSelectionTimeoutMS' => 3000, 'appname' => 'proof' . ++$number]);
}

function login_code(array $options): int {
    try {
        manager($options)->executeCommand('mcache', new Command(['listCollections' => 1]));
        return 0;
    } catch (Throwable $e) {
        return $e->getCode();
    }
}

$login = $user === null ? [] : ['username' => $user, 'password' => $password];
$manager = manager($login);
$run = fn(string $db, array $command) => $manager->executeCommand($db, new Command($command))->toArray()[0];
$build = $run('admin', ['buildInfo' => 1]);
check('driver ' . phpversion('mongodb') . ', PHP ' . PHP_VERSION . ', server', isset($build->version), $build->version);
if ($user !== null) {
    check('no login is refused (13)', login_code([]) === 13);
    $code = login_code(['username' => $user, 'password' => 'wrong']);
    check('a wrong password is refused (18 or the driver\'s 11)', in_array($code, [11, 18], true), (string)$code);
    foreach (['SCRAM-SHA-1', 'SCRAM-SHA-256'] as $mechanism) {
        check($mechanism, ($code = login_code($login + ['authMechanism' => $mechanism])) === 0, (string)$code);
    }
}

$db = 'proof' . getmypid();
$documents = [];
for ($n = 0; $n < 1000; $n++) {
    $documents[] = ['key' => "k$n", 'n' => $n, 'data' => serialize(['n' => $n])];
}
$values = ['float' => 1.0, 'long' => PHP_INT_MAX, 'null' => null, 'list' => [1, 'a']];
$documents[] = ['key' => 'types', 'bin' => new Binary("\0\xff", 0), 'date' => new UTCDateTime(1000)] + $values;
$bulk = new BulkWrite();
foreach ($documents as $document) {
    $bulk->insert($document);
}
check('1001 inserts in one batch', $manager->executeBulkWrite("$db.c", $bulk, new WriteConcern(1))->getInsertedCount() === 1001);
$find = fn(array $filter, array $options = []) => $manager->executeQuery("$db.c", new Query($filter, $options))->toArray();
check('find all over several batches', count($find([], ['batchSize' => 100])) === 1001);
check('$in', count($find(['key' => ['$in' => ['k1', 'k2', 'none']]])) === 2);
$few = $find(['n' => ['$gte' => 10]], ['sort' => ['n' => -1], 'skip' => 1, 'limit' => 2, 'projection' => ['n' => 1]]);
check('sort, skip, limit, projection', array_column($few, 'n') === [998, 997]);
$types = $find(['key' => 'types'])[0];
check('types come back', $types->bin->getData() === "\0\xff" && (string)$types->date === '1000' && array_intersect_key((array)$types, $values) === $values);

$bulk = new BulkWrite();
$bulk->update(['key' => 'k1'], ['$set' => ['n' => -1]]);
$bulk->update(['key' => 'fresh'], ['key' => 'fresh', 'n' => 7], ['upsert' => true]);
$bulk->delete(['key' => 'k2'], ['limit' => 1]);
$result = $manager->executeBulkWrite("$db.c", $bulk);
check('update, upsert, delete', [$result->getModifiedCount(), $result->getUpsertedCount(), $result->getDeletedCount()] === [1, 1, 1]);
$bulk = new BulkWrite();
$bulk->insert(['key' => 'quiet']);
check('write concern 0 is not acknowledged', !$manager->executeBulkWrite("$db.c", $bulk, new WriteConcern(0))->isAcknowledged());
check('… and written', count($find(['key' => 'quiet'])) === 1);
$session = $manager->startSession();
check('a session', count($manager->executeQuery("$db.c", new Query(['key' => 'k3']), ['session' => $session])->toArray()) === 1);
check('count', $run($db, ['count' => 'c'])->n === 1002);
check('findAndModify', $run($db, ['findAndModify' => 'c', 'query' => ['key' => 'k4'], 'update' => ['$inc' => ['n' => 1]], 'new' => true])->value->n === 5);
$before = $run('admin', ['serverStatus' => 1])->metrics->commands->drop->total;
$run($db, ['drop' => 'c']);
check('drop, and its counter', $run('admin', ['serverStatus' => 1])->metrics->commands->drop->total === $before + 1 && $find([]) === []);
$run($db, ['dropDatabase' => 1]);
exit($failures === 0 ? 0 : 1);
