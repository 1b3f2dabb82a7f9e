<?php
/** `MoodleNodeFacts` of src/core/facts.ts: this Moodle as config.php and the files tell it; no database, no caches started, nothing written. */

require_once(__DIR__ . '/../lib/mounts.php');

function mcw_op_config($request) {
    global $CFG;
    $mucpath = mcw_muc_path($CFG);
    $facts = mcw_code_facts() + mcw_setting_facts();
    $facts['dirroot'] = rtrim($request['dirroot'], '/');
    $facts['storePlugins'] = (object) mcw_store_plugins($CFG->dirroot . '/cache/stores');
    $facts['mucFile'] = mcw_path_facts($mucpath);
    $facts['wizardLock'] = mcw_wizard_lock_facts(dirname($mucpath) . '/' . MCW_LOCK_NAME);
    $facts['datarootMount'] = mcw_mount_of($CFG->dataroot);
    foreach (array('localcachedir' => 'localcacheMount', 'cachedir' => 'cachedirMount', 'tempdir' => 'tempdirMount') as $folder => $mount) {
        if ($facts[$folder] !== '') {
            $facts[$mount] = mcw_real_mount_of($facts[$folder]);
        }
    }
    $facts['cli'] = mcw_sapi_facts();
    return mcw_muc_facts($facts, $mucpath, mcw_need($request, 'hmacKey'));
}

/** The MUC file last: should reading it end the process, the other facts are answered all the same. */
function mcw_muc_facts(array $facts, $mucpath, $hmackey) {
    global $CFG;
    $facts['muc'] = array('state' => 'corrupt', 'reason' => 'PHP ends when it is read');
    $facts['mucLock'] = mcw_lock_age(mcw_configwrite_lock(null, $CFG->cachedir));
    mcw_last_words($facts);
    try {
        $read = mcw_muc_read($mucpath);
        $facts['muc'] = mcw_muc_state_facts($read, $hmackey);
        $facts['mucLock'] = mcw_lock_age(mcw_configwrite_lock($read['raw'], $CFG->cachedir));
    } catch (mcw_refusal $refusal) {
        $facts['muc'] = array('state' => 'corrupt', 'reason' => $refusal->getMessage());
    }
    return $facts;
}

/** Release and code hash. get_all_versions_hash() only includes the version.php files; IGNORE_COMPONENT_CACHE keeps it from writing. */
function mcw_code_facts() {
    global $CFG;
    $read = mcw_read_version_file($CFG->dirroot . '/version.php');
    return array(
        'release' => isset($read['release']) ? (string) $read['release'] : '',
        'branch' => isset($read['branch']) ? (string) $read['branch'] : '',
        'versionsHash' => class_exists('core_component') ? core_component::get_all_versions_hash() : '',
        'phpVersion' => PHP_VERSION,
    );
}

function mcw_read_version_file($mcw_file) {
    $release = null;
    $branch = null;
    $version = null;
    $maturity = null;
    include $mcw_file;
    return array('release' => $release, 'branch' => $branch);
}

function mcw_setting_facts() {
    global $CFG;
    $handler = empty($CFG->session_handler_class) ? null : (string) $CFG->session_handler_class;
    return array(
        'wwwroot' => (string) $CFG->wwwroot,
        'dataroot' => (string) $CFG->dataroot,
        'cachedir' => (string) $CFG->cachedir,
        'localcachedir' => isset($CFG->localcachedir) ? (string) $CFG->localcachedir : '',
        'tempdir' => (string) $CFG->tempdir,
        'db' => array(
            'type' => mcw_setting('dbtype'), 'host' => mcw_setting('dbhost'), 'name' => mcw_setting('dbname'),
            'user' => mcw_setting('dbuser'), 'prefix' => mcw_setting('prefix'),
        ),
        'altCacheConfigPath' => empty($CFG->altcacheconfigpath) ? null : (string) $CFG->altcacheconfigpath,
        'alternativeCacheFactory' => empty($CFG->alternative_cache_factory_class) ? null : (string) $CFG->alternative_cache_factory_class,
        'sslproxy' => !empty($CFG->sslproxy),
        'reverseproxy' => !empty($CFG->reverseproxy),
        'sessionHandler' => $handler,
        'sessionServers' => mcw_session_servers((string) $handler),
    );
}

function mcw_setting($name) {
    global $CFG;
    return isset($CFG->$name) && is_scalar($CFG->$name) ? (string) $CFG->$name : '';
}

/** Servers that hold sessions, by the settings that the handler in use reads. */
function mcw_session_servers($handler) {
    $servers = array();
    if (stripos($handler, 'redis') !== false) {
        $port = mcw_setting('session_redis_port') === '' ? '6379' : mcw_setting('session_redis_port');
        foreach (preg_split('/[,\s]+/', mcw_setting('session_redis_host'), -1, PREG_SPLIT_NO_EMPTY) as $host) {
            $servers[] = array('plugin' => 'redis', 'address' => $host[0] === '/' || preg_match('/:\d+$/', $host) ? $host : $host . ':' . $port);
        }
    } else if (stripos($handler, 'memcache') !== false) {
        $path = mcw_setting('session_memcached_save_path') . ',' . mcw_setting('session_memcache_save_path');
        foreach (preg_split('/[,\s]+/', $path, -1, PREG_SPLIT_NO_EMPTY) as $host) {
            $host = preg_replace('#^tcp://|\?.*$#', '', $host);
            $servers[] = array('plugin' => 'memcached', 'address' => preg_match('/:\d+$/', $host) ? $host : $host . ':11211');
        }
    }
    return $servers;
}

/** Store plugin folders: name -> version, 0 when unreadable. */
function mcw_store_plugins($folder) {
    $plugins = array();
    foreach ((array) @scandir($folder) as $name) {
        if (is_string($name) && preg_match('/^[a-z][a-z0-9_]*$/', $name) && is_file($folder . '/' . $name . '/lib.php')) {
            $plugins[$name] = is_readable($folder . '/' . $name . '/version.php') ? mcw_plugin_version($folder . '/' . $name . '/version.php') : 0;
        }
    }
    return $plugins;
}

function mcw_plugin_version($mcw_file) {
    $plugin = new stdClass();
    $module = $plugin;
    try {
        include $mcw_file;
    } catch (Exception $ignored) {
        return 0;
    } catch (Throwable $ignored) {
        return 0;
    }
    return isset($plugin->version) ? (int) $plugin->version : 0;
}

function mcw_lock_age($path) {
    clearstatcache(true, $path);
    $stat = @lstat($path);
    return $stat === false ? array('path' => $path, 'exists' => false) : array('path' => $path, 'exists' => true, 'ageSeconds' => mcw_age_of($stat, dirname($path)));
}

function mcw_wizard_lock_facts($path) {
    $holder = null;
    $nobody = array('token' => '', 'run' => '', 'user' => '', 'host' => '', 'pid' => 0, 'processStart' => '', 'since' => '');
    try {
        $bytes = mcw_read_regular($path);
        $holder = $bytes === null ? null : json_decode($bytes, true);
        $holder = $bytes === null || is_array($holder) ? $holder : $nobody;
    } catch (mcw_refusal $refusal) {
        $holder = $nobody;
    }
    return array('path' => $path, 'holder' => $holder);
}
