<?php
// Somebody else adds a store instance through Moodle's own writer, as its cache page does. Run as the web user: foreign-edit.php DIRROOT NAME
define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');
if (is_file($CFG->dirroot . '/cache/locallib.php')) {
    require_once($CFG->dirroot . '/cache/locallib.php');
}
$class = class_exists('core_cache\config_writer') ? 'core_cache\config_writer' : 'cache_config_writer';
call_user_func(array($class, 'instance'))->add_store_instance($argv[2], 'file', array('path' => '', 'autocreate' => 0, 'singledirectory' => 0, 'prescan' => 0));
