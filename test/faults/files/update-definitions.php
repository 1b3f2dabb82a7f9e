<?php
// What opening Moodle's cache page does: the definitions are written anew from the code of this very node. Run as the web user: update-definitions.php DIRROOT
define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');
if (is_file($CFG->dirroot . '/cache/locallib.php')) {
    require_once($CFG->dirroot . '/cache/locallib.php');
}
$class = class_exists('core_cache\config_writer') ? 'core_cache\config_writer' : 'cache_config_writer';
call_user_func(array($class, 'update_definitions'));
