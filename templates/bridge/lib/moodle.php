<?php
/**
 * How Moodle is started. Always in two halves, the way its own fast scripts do: config.php first (no database, no caches), then, only where an
 * operation needs it, the rest. Between the halves the MUC path can be pointed at a private copy, so that the live file cannot be touched at all.
 *
 * IGNORE_COMPONENT_CACHE keeps core_component from deleting and rewriting <cachedir>/core_component.php when this node's code differs
 * (read in 2.6, 2.8, 3.1, 3.8 and 4.5: with it, init() fills its lists in memory and returns). CACHE_DISABLE_ALL is never used: in 4.1 and later it saves muc/config.php.
 */

/** How far each operation starts Moodle. `private`: on a copy of the MUC file, with dummy stores. `live`: as a page does. */
function mcw_bootstrap_of($op) {
    $table = array('config' => 'config', 'inspect' => 'private', 'stage' => 'private', 'empty' => 'private', 'usage' => 'private', 'prove' => 'live');
    return isset($table[$op]) ? $table[$op] : 'none';
}

/** Constants and checks before config.php. @throws mcw_refusal `not-a-moodle` */
function mcw_before_config(array $request, $bootstrap, $asweb) {
    $dirroot = rtrim(mcw_need($request, 'dirroot'), '/');
    if (!is_file($dirroot . '/config.php')) {
        throw new mcw_refusal('not-a-moodle', $dirroot . ' has no config.php that the web user can read, so it is not the folder of an installed Moodle.');
    }
    if (!is_file($dirroot . '/version.php') && !is_file($dirroot . '/public/version.php')) {
        throw new mcw_refusal('not-a-moodle', $dirroot . ' has a config.php but no version.php, so it is not the folder of a Moodle.');
    }
    define('CLI_SCRIPT', !$asweb);
    if ($asweb) {
        define('NO_MOODLE_COOKIES', true);
        // A redirect becomes an exception with words instead of a page.
        define('AJAX_SCRIPT', true);
    }
    define('NO_DEBUG_DISPLAY', true);
    define('NO_UPGRADE_CHECK', true);
    define('IGNORE_COMPONENT_CACHE', true);
    define('ABORT_AFTER_CONFIG', true);
    if ($bootstrap === 'private' || !empty($request['storesOff'])) {
        define('CACHE_DISABLE_STORES', true);
    }
    return $dirroot . '/config.php';
}

/**
 * Between the halves: `private` operations get a copy of the MUC file, `live` ones must find the file, since Moodle would make a default one.
 * @return string|null the setup file to continue with
 * @throws mcw_refusal
 */
function mcw_after_config(array $request, $bootstrap) {
    global $CFG;
    if (!isset($CFG->dirroot, $CFG->dataroot) || !is_file($CFG->dirroot . '/version.php')) {
        throw new mcw_refusal('not-a-moodle', 'config.php in ' . $request['dirroot'] . ' ran, but did not load a Moodle.');
    }
    if ($bootstrap === 'config') {
        return null;
    }
    if (!empty($CFG->alternative_cache_factory_class)) {
        throw new mcw_refusal('cache-factory', 'This site uses $CFG->alternative_cache_factory_class = ' . $CFG->alternative_cache_factory_class . ': its MUC file has no effect.');
    }
    $live = mcw_muc_path($CFG);
    $state = &mcw_state();
    $state['muc_path'] = $live;
    $state['muc_hash'] = mcw_hash_regular($live);
    if ($bootstrap === 'private') {
        mcw_use_private_copy($live, mcw_param($request, 'base'), !empty($request['fresh']));
    } else if ($state['muc_hash'] === null) {
        throw new mcw_refusal('muc-missing', 'There is no MUC file at ' . $live . '; starting Moodle would create a default one.', array('path' => $live));
    }
    define('ABORT_AFTER_CONFIG_CANCEL', true);
    return $CFG->dirroot . '/lib/setup.php';
}

/** Points Moodle at a private copy of the given bytes, or of the live file; `fresh`: as if there were none. */
function mcw_use_private_copy($live, $base, $fresh) {
    global $CFG;
    $state = &mcw_state();
    $bytes = $fresh ? null : ($base === null ? mcw_read_regular($live) : base64_decode($base, true));
    if ($bytes === false) {
        throw new mcw_refusal('bug', 'The base of the request is not base64.');
    }
    $folder = mcw_private_folder($CFG->dataroot);
    $state['base_bytes'] = $bytes;
    $state['private_folder'] = $folder;
    $state['private_path'] = $folder . '/config.php';
    if ($bytes !== null) {
        mcw_create_exclusive($state['private_path'], $bytes, 0600);
        // Moodle's own words on a broken file are poor, and it repairs some broken ones by losing stores.
        mcw_last_trouble('muc-corrupt', 'The MUC file ' . $live . ' cannot be used: PHP ends when it is read.');
        $read = mcw_muc_read($state['private_path']);
        mcw_last_trouble(null);
        if ($read['state'] !== 'ok') {
            throw new mcw_refusal('muc-corrupt', 'The MUC file ' . $live . ' cannot be used: ' . $read['reason'] . '.', array('path' => $live));
        }
        $state['base_raw'] = $read['raw'];
    }
    $CFG->altcacheconfigpath = $state['private_path'];
}

/**
 * In the web SAPI Moodle is started as a page would start it. In CLI maintenance mode that would print the maintenance page and end, and an IP block list or a
 * plugin may end it too: then, or when asked to, it is started the way its own scripts are, still in this SAPI with its extensions and settings.
 */
function mcw_starts_as_web(array $request) {
    $dataroot = mcw_param($request, 'dataroot', '');
    if (mcw_param($request, 'startAs') !== 'script' && ($dataroot === '' || !is_file($dataroot . '/climaintenance.html'))) {
        return true;
    }
    // What Moodle tells a page from a script by.
    unset($_SERVER['REMOTE_ADDR']);
    return false;
}

/** The class by its name of 4.5 and later, or the one before. */
function mcw_class($new, $old) {
    global $CFG;
    if ($old === 'cache_config_writer' && is_file($CFG->dirroot . '/cache/locallib.php')) {
        require_once($CFG->dirroot . '/cache/locallib.php');
    }
    return class_exists($new) ? $new : $old;
}

function mcw_config_class() {
    return mcw_class('core_cache\config', 'cache_config');
}

function mcw_definition_class() {
    return mcw_class('core_cache\definition', 'cache_definition');
}

/** @throws mcw_refusal when a process that must not write has moved the live file, or someone else did meanwhile */
function mcw_assert_live_untouched() {
    $state = &mcw_state();
    $now = mcw_hash_regular($state['muc_path']);
    if ($now !== $state['muc_hash']) {
        throw new mcw_refusal('muc-moved', 'The MUC file ' . $state['muc_path'] . ' changed while it was read.', array('found' => $now, 'expected' => $state['muc_hash']));
    }
}
