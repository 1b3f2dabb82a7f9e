<?php
/** Loads the caches under the class names of the generation that config.php asks for. */

defined('MOODLE_INTERNAL') || die();

require_once(__DIR__ . '/classes/store.php');
require_once(__DIR__ . '/classes/definition.php');
require_once(__DIR__ . '/classes/config.php');
require_once(__DIR__ . '/classes/factory.php');
require_once(__DIR__ . '/classes/helper.php');
require_once(__DIR__ . '/classes/cache.php');

foreach (array('store', 'definition', 'config', 'factory', 'helper') as $standin_name) {
    class_alias('standin_muc\\' . $standin_name, 'cache_' . $standin_name);
    if ($CFG->standin_generation === 'new') {
        class_alias('standin_muc\\' . $standin_name, 'core_cache\\' . $standin_name);
    }
}
