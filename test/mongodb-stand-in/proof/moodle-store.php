<?php
// Proves Moodle's own MongoDB store class against a MongoDB (or the stand-in): add, use, purge, delete.
// Usage, on a Moodle node, as the web server's user: [MONGO_PW=…] php moodle-store.php /var/www/moodle mongodb://HOST:PORT [USER]
// It adds a store instance of its own name, maps one definition to it, and takes both away again. For labs only.

define('CLI_SCRIPT', true);
[, $moodle, $uri] = $argv;
$user = $argv[3] ?? null;
require($moodle . '/config.php');
require_once($CFG->dirroot . '/cache/locallib.php');
require_once($CFG->dirroot . '/cache/stores/mongodb/lib.php');

const STORE = 'proofofmongo';
const DEFINITION = 'core/htmlpurifier';
$failures = 0;

function check(string $what, bool $ok, string $more = ''): void {
    global $failures;
    $failures += $ok ? 0 : 1;
    echo ($ok ? 'ok   ' : 'FAIL ') . $what . ($more === '' ? '' : ": $more") . "\n";
}

$config = ['server' => $uri, 'database' => 'proofmcache', 'extendedmode' => false, 'usesafe' => true];
if ($user !== null) {
    $config += ['username' => $user, 'password' => (string)getenv('MONGO_PW')];
}
check("Moodle $CFG->release, PHP " . PHP_VERSION . ', mongodb ' . phpversion('mongodb') . ': requirements met', cachestore_mongodb::are_requirements_met());

function run(array $config, string $db, array $command): stdClass {
    $options = array_filter(['username' => $config['username'] ?? null, 'password' => $config['password'] ?? null]);
    $manager = new MongoDB\Driver\Manager($config['server'], $options);
    return $manager->executeCommand($db, new MongoDB\Driver\Command($command))->toArray()[0];
}

/** The counters that the server itself keeps. */
function status(array $config): stdClass {
    return run($config, 'admin', ['serverStatus' => 1]);
}

/** The class of what initialise() throws, or ''. */
function initialise_fails(array $config): string {
    try {
        (new cachestore_mongodb('refused', $config))->initialise(cache_definition::load_adhoc(cache_store::MODE_APPLICATION, 'phpunit', 'refused'));
        return '';
    } catch (Throwable $e) {
        return get_class($e) . ' ' . $e->getCode();
    }
}

run($config, $config['database'], ['dropDatabase' => 1]);

// The store class by itself, in both modes.
foreach ([false, true] as $extended) {
    $definition = cache_definition::load_adhoc(cache_store::MODE_APPLICATION, 'phpunit', 'mongoproof' . (int)$extended);
    $store = new cachestore_mongodb('direct', ['extendedmode' => $extended] + $config);
    check('ready, extended mode ' . var_export($extended, true), $store->is_ready());
    $store->initialise($definition);
    $key = fn($name) => $extended ? ['key' => $name, 'site' => 'lab', 'definition' => 'x'] : $name;
    check('get of nothing', $store->get($key('a')) === false);
    check('set', $store->set($key('a'), ['deep' => [1, 2.5, null, 'ä']]) === true);
    check('get', $store->get($key('a')) === ['deep' => [1, 2.5, null, 'ä']]);
    check('set again', $store->set($key('a'), 'second') === true && $store->get($key('a')) === 'second');
    check('set_many', $store->set_many([['key' => $key('b'), 'value' => 'B'], ['key' => $key('c'), 'value' => 3]]) === 2);
    // Moodle's own fault, whatever the server: extended mode calls a method that the class does not have.
    $broken = $extended && !method_exists($store, 'get_many_extendedmode_query');
    echo $broken ? "note this Moodle's extended mode cannot get_many\n" : '';
    check('get_many', $broken || $store->get_many([$key('a'), $key('c'), $key('none')]) == ['a' => 'second', 'c' => 3, 'none' => false]);
    check('delete', $store->delete($key('a')) === true && $store->delete($key('a')) === false);
    check('delete_many', $store->delete_many([$key('b'), $key('none')]) === 1);
    $big = str_repeat('x', 5000000);
    check('5 MB value', $store->set($key('big'), $big) && $store->get($key('big')) === $big);
    $drops = status($config)->metrics->commands->drop->total ?? 0;
    check('purge', $store->purge() && $store->get($key('big')) === false);
    check('purge dropped the collection', status($config)->metrics->commands->drop->total === $drops + 1);
    check('purge of nothing', $store->purge());
    check('set after purge', $store->set($key('a'), 1) && $store->get($key('a')) === 1);
}

// As an administrator adds it: instance, mapping, use through cache::make, purge, removal.
$writer = cache_config_writer::instance();
check('instance added', $writer->add_store_instance(STORE, 'mongodb', $config));
$writer->set_definition_mappings(DEFINITION, [STORE]);
cache_factory::reset();
[$component, $area] = explode('/', DEFINITION);
$cache = cache::make($component, $area);
$cache->set('proof', ['x' => 1]);
cache_factory::reset();
$inserts = status($config)->opcounters->insert;
check('read back through cache::make', cache::make($component, $area)->get('proof') === ['x' => 1]);
cache::make($component, $area)->set_many(['p1' => 1, 'p2' => 2]);
check('has', cache::make($component, $area)->has('p1') && !cache::make($component, $area)->has('p3'));
check('the server saw the inserts', status($config)->opcounters->insert - $inserts >= 2);
cache_helper::purge_store(STORE);
check('purge_store', cache::make($component, $area)->get('proof') === false);

$drops = status($config)->metrics->commands->dropDatabase->total ?? 0;
$writer = cache_config_writer::instance();
$writer->set_definition_mappings(DEFINITION, []);
check('instance deleted', cache_config_writer::instance()->delete_store_instance(STORE));
check('its database was dropped', status($config)->metrics->commands->dropDatabase->total === $drops + 1);

if ($user !== null) {
    // The store is ready as soon as a server is there: the driver logs in only with the first command, and initialise() lets that through.
    $wrong = ['password' => 'wrong'] + $config;
    $none = array_diff_key($config, ['username' => 1, 'password' => 1]);
    check('with a wrong password the store calls itself ready', (new cachestore_mongodb('wrong', $wrong))->is_ready());
    check('… and throws on first use', ($thrown = initialise_fails($wrong)) !== '', $thrown);
    check('without a login, too', ($thrown = initialise_fails($none)) !== '', $thrown);
}
// Write concern 0: Moodle asks an unacknowledged delete for its count.
try {
    $unsafe = new cachestore_mongodb('unsafe', ['usesafe' => false] + $config);
    $unsafe->initialise(cache_definition::load_adhoc(cache_store::MODE_APPLICATION, 'phpunit', 'unsafe'));
    check('usesafe off', $unsafe->set('a', 1) && $unsafe->get('a') === 1);
} catch (Throwable $e) {
    echo 'note usesafe off cannot set in this Moodle: ' . get_class($e) . ': ' . $e->getMessage() . "\n";
}
$away = new cachestore_mongodb('away', ['server' => 'mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=500'] + $config);
check('a store without a server is not ready', !$away->is_ready());
run($config, $config['database'], ['dropDatabase' => 1]);
exit($failures === 0 ? 0 : 1);
