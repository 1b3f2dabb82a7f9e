<?php
/** Starts the site: first half ends after the settings (ABORT_AFTER_CONFIG), second half brings the database and the caches. */

global $CFG, $DB, $SESSION;

if (!isset($CFG) || empty($CFG->dataroot)) {
    echo "Fatal error: there is no dataroot in config.php.\n";
    exit(1);
}
$CFG->dirroot = dirname(__DIR__);
$CFG->libdir = $CFG->dirroot . '/lib';
$CFG->dataroot = realpath($CFG->dataroot);
if ($CFG->dataroot === false || !is_writable($CFG->dataroot)) {
    echo "Fatal error: dataroot does not exist or is not writable.\n";
    exit(1);
}
$standin_defaults = array(
    'directorypermissions' => 02777, 'prefix' => '', 'tempdir' => $CFG->dataroot . '/temp', 'cachedir' => $CFG->dataroot . '/cache',
    'localcachedir' => $CFG->dataroot . '/localcache', 'standin_generation' => 'new',
);
foreach ($standin_defaults as $standin_name => $standin_value) {
    if (!isset($CFG->$standin_name)) {
        $CFG->$standin_name = $standin_value;
    }
}
$CFG->filepermissions = $CFG->directorypermissions & 0666;
umask(($CFG->directorypermissions & 0777) ^ 0777);

foreach (array('CLI_SCRIPT', 'CACHE_DISABLE_ALL', 'CACHE_DISABLE_STORES') as $standin_name) {
    if (!defined($standin_name)) {
        define($standin_name, false);
    }
}
if (isset($_SERVER['REMOTE_ADDR']) === CLI_SCRIPT) {
    echo CLI_SCRIPT ? 'Command line scripts cannot be run from the web.' : "Command line scripts must define CLI_SCRIPT.\n";
    exit(1);
}
if (!CLI_SCRIPT && is_file($CFG->dataroot . '/climaintenance.html')) {
    header('Status: 503 Under maintenance');
    readfile($CFG->dataroot . '/climaintenance.html');
    exit;
}
if (!defined('MOODLE_INTERNAL')) {
    define('MOODLE_INTERNAL', true);
}
require_once($CFG->libdir . '/classes/component.php');
core_component::register_autoloader();
if (defined('ABORT_AFTER_CONFIG') && !defined('ABORT_AFTER_CONFIG_CANCEL')) {
    return;
}

require_once($CFG->libdir . '/standinlib.php');
$DB = new standin_database($CFG->dataroot . '/standin.json');
$CFG->siteidentifier = $DB->setting('siteidentifier');
$CFG->allversionshash = $DB->setting('allversionshash');
require_once($CFG->dirroot . '/cache/lib.php');
if (!CLI_SCRIPT) {
    standin_check_address();
}
if (!defined('NO_MOODLE_COOKIES')) {
    define('NO_MOODLE_COOKIES', CLI_SCRIPT);
}
$SESSION = new stdClass();
if (!NO_MOODLE_COOKIES) {
    make_writable_directory($CFG->dataroot . '/sessions');
    session_save_path($CFG->dataroot . '/sessions');
    session_name('StandInSession');
    session_start();
    $SESSION = $_SESSION['SESSION'] ?? $SESSION;
    $_SESSION['SESSION'] = $SESSION;
}
// Every page asks for these, as every page of Moodle does: a store that cannot be used is met at once.
$CFG->sitename = cache::make('core', 'config')->get('sitename');
if ($CFG->sitename === false) {
    $CFG->sitename = $DB->setting('sitename');
    cache::make('core', 'config')->set('sitename', $CFG->sitename);
}
