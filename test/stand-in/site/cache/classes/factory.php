<?php
namespace standin_muc;

/** Makes configurations and stores, and keeps them for the request. */
class factory {
    private static $instance = null;
    private $configs = array();
    private $stores = array();

    public static function instance() {
        if (self::$instance === null) {
            self::$instance = new factory();
        }
        return self::$instance;
    }

    public function stores_disabled() {
        return CACHE_DISABLE_STORES || CACHE_DISABLE_ALL;
    }

    /** A missing file is made with the defaults, but not while the stores are switched off: then they are only held in memory. */
    public function create_config_instance($writer = false) {
        global $CFG;
        $missing = !config::config_file_exists();
        $class = 'standin_muc\config';
        if ($writer || $missing) {
            require_once($CFG->dirroot . '/cache/classes/writer.php');
            $class = 'standin_muc\writer';
        }
        if (!isset($this->configs[$class])) {
            $instance = new $class();
            $made = $missing ? writer::create_default_configuration() : true;
            if ($made === true) {
                $instance->load();
            } else {
                $instance->load($made);
            }
            $this->configs[$class] = $instance;
        }
        return $this->configs[$class];
    }

    /** An instance bound to a definition, or false when it cannot be used. */
    public function create_store_from_config($name, array $details, definition $definition) {
        $class = $details['class'];
        if (!$class::are_requirements_met()) {
            return false;
        }
        if (!isset($this->stores[$name])) {
            $this->stores[$name] = new $class($details['name'], $details['configuration']);
        }
        if (!$this->stores[$name]->is_ready() || !$class::is_supported_mode($definition->get_mode())) {
            return false;
        }
        $store = $this->stores[$name]->create_clone($details);
        $store->initialise($definition);
        return $store;
    }
}
