<?php
/** The writer of the older generation, which has to be required; the newer one is found by its name. */

defined('MOODLE_INTERNAL') || die();

if ($CFG->standin_generation === 'old' && !class_exists('cache_config_writer', false)) {
    require_once(__DIR__ . '/classes/writer.php');
    class_alias('standin_muc\writer', 'cache_config_writer');
}
