<?php
// Adds a store instance as Moodle's own cache page would: name and plugin are the arguments.
define('CLI_SCRIPT', true);
require('/var/www/moodle/config.php');
if (!class_exists('core_cache\config_writer')) {
    require_once($CFG->dirroot . '/cache/locallib.php');
}
$writer = class_exists('core_cache\config_writer') ? 'core_cache\config_writer' : 'cache_config_writer';
$writer::instance()->add_store_instance($argv[1], $argv[2], array());
