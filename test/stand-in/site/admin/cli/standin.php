<?php
/** Changes a setting (--set name=value) or a right (--right name=value) and drops it from the caches that serve it now. */

define('CLI_SCRIPT', true);
require(__DIR__ . '/../../config.php');

$standin_options = getopt('', array('set:', 'right:'));
foreach (array('set' => array('settings', 'config'), 'right' => array('rights', 'capabilities')) as $standin_option => $standin_place) {
    foreach (isset($standin_options[$standin_option]) ? (array) $standin_options[$standin_option] : array() as $standin_pair) {
        list($standin_name, $standin_value) = explode('=', $standin_pair, 2);
        $DB->change($standin_place[0], $standin_name, $standin_value);
        cache::make('core', $standin_place[1])->delete($standin_name);
    }
}
