<?php
/** Plugins and versions of this code; keeps its list in <cachedir>/core_component.php unless told not to. */

foreach (array('MATURITY_ALPHA' => 50, 'MATURITY_BETA' => 100, 'MATURITY_RC' => 150, 'MATURITY_STABLE' => 200) as $standin_name => $standin_value) {
    if (!defined($standin_name)) {
        define($standin_name, $standin_value);
    }
}

class core_component {
    private static $stores = null;

    public static function register_autoloader() {
        spl_autoload_register(array(__CLASS__, 'load_class'));
    }

    /** Only the names of the newer generation are found without a require. */
    public static function load_class($name) {
        global $CFG;
        self::init();
        if ($CFG->standin_generation === 'new' && preg_match('/^(core_cache\\\\|cache_)(config_writer)$/', $name) && class_exists('standin_muc\config', false)) {
            require_once($CFG->dirroot . '/cache/classes/writer.php');
            class_alias('standin_muc\writer', 'core_cache\config_writer');
            class_alias('standin_muc\writer', 'cache_config_writer');
        } else if (preg_match('/^core\\\\(session\\\\manager|lock\\\\lock_config)$/', $name)) {
            require_once($CFG->libdir . '/classes/services.php');
        }
    }

    private static function init() {
        global $CFG;
        if (self::$stores !== null) {
            return;
        }
        self::$stores = array();
        foreach (scandir($CFG->dirroot . '/cache/stores') as $name) {
            if ($name[0] !== '.' && is_dir($CFG->dirroot . '/cache/stores/' . $name)) {
                self::$stores[$name] = $CFG->dirroot . '/cache/stores/' . $name;
            }
        }
        if (defined('IGNORE_COMPONENT_CACHE') && IGNORE_COMPONENT_CACHE) {
            return;
        }
        $file = $CFG->cachedir . '/core_component.php';
        $content = '<?php $cache = ' . var_export(self::$stores, true) . ';';
        if (!is_file($file) || file_get_contents($file) !== $content) {
            @mkdir($CFG->cachedir, $CFG->directorypermissions, true);
            file_put_contents($file, $content);
        }
    }

    public static function get_plugin_list($type) {
        self::init();
        return $type === 'cachestore' ? self::$stores : array();
    }

    public static function get_plugin_list_with_file($type, $file) {
        $found = array();
        foreach (self::get_plugin_list($type) as $name => $folder) {
            if (is_file($folder . '/' . $file)) {
                $found[$name] = $folder . '/' . $file;
            }
        }
        return $found;
    }

    public static function get_all_versions_hash() {
        global $CFG;
        $versions = array('core' => self::version_of($CFG->dirroot . '/version.php', 'version'));
        foreach (self::get_plugin_list('cachestore') as $name => $folder) {
            $versions['cachestore_' . $name] = self::version_of($folder . '/version.php', 'plugin');
        }
        return sha1(serialize($versions));
    }

    private static function version_of($file, $which) {
        $version = null;
        $plugin = new stdClass();
        $plugin->version = null;
        include($file);
        return $which === 'version' ? $version : $plugin->version;
    }
}
