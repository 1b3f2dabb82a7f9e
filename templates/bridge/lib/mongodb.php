<?php
/**
 * MongoDB. What needs a login goes through PHP's driver, as Moodle's store does. Without the driver one `hello` shows only that a MongoDB listens there:
 * the login, the version and the role of the server stay unchecked until the extension is installed.
 */

/** Why nothing but reachability is known where the driver is missing. */
define('MCW_MONGODB_NO_DRIVER', 'the PHP extension mongodb is not installed');

function mcw_has_mongodb_driver() {
    return class_exists('MongoDB\Driver\Manager', false);
}

/** @return array {version, info, unchecked?: what was not checked, and why} @throws mcw_refusal */
function mcw_ask_mongodb(array $link, array $target) {
    mcw_mongodb_hello($link);
    if (!mcw_has_mongodb_driver()) {
        return array('version' => '', 'info' => array(), 'unchecked' => 'user name and password: ' . MCW_MONGODB_NO_DRIVER);
    }
    return mcw_mongodb_facts($target);
}

/** One `hello` as OP_MSG. Only the header of the reply is read: it shows that the service speaks MongoDB. @throws mcw_refusal */
function mcw_mongodb_hello(array $link) {
    // The document {hello: 1, $db: "admin"}.
    $document = pack('V', 31) . "\x10hello\0" . pack('V', 1) . "\x02\$db\0" . pack('V', 6) . "admin\0" . "\0";
    // Header: length, request id, response to, opcode 2013; then flags 0 and one section of kind 0.
    mcw_send($link, pack('VVVVV', 52, 1, 0, 2013, 0) . "\0" . $document);
    $header = unpack('Vlength/Vid/Vto/Vcode', mcw_read_bytes($link, 16));
    if ($header['code'] !== 2013 || $header['to'] !== 1 || $header['length'] < 26) {
        throw new mcw_refusal('protocol', 'it does not speak MongoDB');
    }
}

/** PHP's driver, set up as Moodle's store does. It keeps one connection for the whole life of the process. */
function mcw_mongodb_driver(array $target) {
    $options = array('serverSelectionTimeoutMS' => 2000, 'connectTimeoutMS' => 2000, 'socketTimeoutMS' => 5000, 'w' => 1);
    foreach (array('username', 'password') as $name) {
        if (mcw_param($target, $name, '') !== '') {
            $options[$name] = $target[$name];
        }
    }
    $host = strpos($target['host'], ':') === false ? $target['host'] : '[' . trim($target['host'], '[]') . ']';
    return new MongoDB\Driver\Manager('mongodb://' . $host . ':' . (int) $target['port'], $options);
}

function mcw_mongodb_database(array $target) {
    return mcw_param($target, 'database', '') === '' ? 'mcache' : $target['database'];
}

/**
 * What the server is, and whether it lets this user into the database: Moodle's store calls itself ready before it logs in, and with a wrong password
 * every page that uses it fails.
 * @return array {version, info} @throws mcw_refusal
 */
function mcw_mongodb_facts(array $target) {
    $database = mcw_mongodb_database($target);
    try {
        $server = mcw_mongodb_driver($target)->selectServer(new MongoDB\Driver\ReadPreference('primaryPreferred'));
        $hello = $server->getInfo();
        if ($server->isArbiter() || (!$server->isPrimary() && !$server->isSecondary() && isset($hello['setName']))) {
            throw new mcw_refusal('protocol', 'this member of the replica set ' . $hello['setName'] . ' cannot be read: it is an arbiter, or it is starting or recovering');
        }
        $server->executeQuery($database . '.wizardproof', new MongoDB\Driver\Query(array(), array('limit' => 1)))->toArray();
        $build = current($server->executeCommand('admin', new MongoDB\Driver\Command(array('buildInfo' => 1)))->toArray());
    } catch (MongoDB\Driver\Exception\Exception $thrown) {
        throw mcw_mongodb_refusal($thrown, $database);
    }
    $info = array();
    foreach ($hello as $name => $value) {
        if (is_scalar($value)) {
            $info[$name] = is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
        }
    }
    $writable = isset($hello['isWritablePrimary']) ? $hello['isWritablePrimary'] : !empty($hello['ismaster']);
    $info['writable'] = $writable ? 'true' : 'false';
    return array('version' => isset($build->version) ? (string) $build->version : '', 'info' => $info);
}

/** The driver's exception in words: 18 is a wrong login, 13 a login without rights. */
function mcw_mongodb_refusal($thrown, $database) {
    $words = $thrown->getMessage();
    if ($thrown instanceof MongoDB\Driver\Exception\AuthenticationException || $thrown->getCode() === 18 || stripos($words, 'authentication failed') !== false) {
        return new mcw_refusal('auth', 'wrong user name or password: ' . $words);
    }
    if ($thrown->getCode() === 13) {
        return new mcw_refusal('auth', 'authentication: the database "' . $database . '" may not be used: ' . $words);
    }
    return new mcw_refusal('protocol', $words);
}

/** Whether it lists its databases for a client that has not logged in. */
function mcw_mongodb_is_open(array $target) {
    try {
        $stranger = mcw_mongodb_driver(array('host' => $target['host'], 'port' => $target['port']));
        $reply = current($stranger->executeCommand('admin', new MongoDB\Driver\Command(array('listDatabases' => 1, 'nameOnly' => true)))->toArray());
        return !empty($reply->databases);
    } catch (MongoDB\Driver\Exception\Exception $thrown) {
        return false;
    }
}
