<?php
namespace standin_muc;

/** The configuration as it is read. */
class config {
    protected $configstores = array();
    protected $configmodemappings = array();
    protected $configdefinitions = array();
    protected $configdefinitionmappings = array();
    protected $configlocks = array();
    protected $siteidentifier = null;

    public static function instance() {
        return factory::instance()->create_config_instance();
    }

    public static function config_file_exists() {
        return file_exists(static::get_config_file_path());
    }

    protected static function get_config_file_path() {
        global $CFG;
        $path = isset($CFG->altcacheconfigpath) ? (string) $CFG->altcacheconfigpath : '';
        if ($path !== '' && is_dir($path) && is_writable($path)) {
            return $path . '/cacheconfig.php';
        }
        if ($path !== '' && is_writable(dirname($path)) && (!file_exists($path) || is_writable($path))) {
            return $path;
        }
        return $CFG->dataroot . '/muc/config.php';
    }

    public function load($configuration = false) {
        if ($configuration === false) {
            $configuration = self::read_file(static::get_config_file_path());
        }
        $this->siteidentifier = array_key_exists('siteidentifier', $configuration) ? $configuration['siteidentifier'] : 'unknown';
        $this->configlocks = array();
        foreach ($configuration['locks'] as $lock) {
            $lock['default'] = !empty($lock['default']);
            $this->configlocks[$lock['name']] = $lock;
        }
        $this->configstores = array();
        foreach ($configuration['stores'] as $store) {
            $this->load_store($store);
        }
        $this->configdefinitions = array();
        foreach ($configuration['definitions'] as $id => $definition) {
            $definition['mode'] = (int) $definition['mode'];
            if ($definition['mode'] !== store::MODE_APPLICATION) {
                $definition['sharingoptions'] = definition::SHARING_DEFAULT;
            }
            $definition += array('sharingoptions' => definition::SHARING_DEFAULTOPTIONS, 'selectedsharingoption' => definition::SHARING_DEFAULT, 'userinputsharingkey' => '');
            $this->configdefinitions[$id] = $definition;
        }
        $stores = $this->configstores;
        $known = function ($mapping) use ($stores) {
            return isset($stores[$mapping['store']]);
        };
        $this->configmodemappings = self::sorted(array_filter($configuration['modemappings'], $known));
        $definitions = $this->configdefinitions;
        $this->configdefinitionmappings = self::sorted(array_filter($configuration['definitionmappings'], function ($mapping) use ($known, $definitions) {
            return $known($mapping) && isset($definitions[$mapping['definition']]);
        }));
        return true;
    }

    /** A store whose plugin is not there is passed over. */
    private function load_store(array $store) {
        $class = 'cachestore_' . $store['plugin'];
        $files = \core_component::get_plugin_list_with_file('cachestore', 'lib.php');
        if (!isset($files[$store['plugin']])) {
            debugging('Invalid cache store in config: ' . $store['name']);
            return;
        }
        require_once($files[$store['plugin']]);
        $store += array('configuration' => array());
        $store['class'] = $class;
        $store['default'] = !empty($store['default']);
        if (!isset($store['lock'], $this->configlocks[$store['lock']])) {
            $store['lock'] = key($this->configlocks);
        }
        $this->configstores[$store['name']] = $store;
    }

    private static function read_file($file) {
        $configuration = null;
        if (!file_exists($file) || !include($file)) {
            throw new \cache_exception('Unable to load the cache configuration file');
        }
        if (!is_array($configuration)) {
            throw new \cache_exception('Invalid cache configuration file');
        }
        return $configuration + array('stores' => array(), 'modemappings' => array(), 'definitions' => array(), 'definitionmappings' => array(), 'locks' => array());
    }

    private static function sorted(array $mappings) {
        usort($mappings, function ($a, $b) {
            return $b['sort'] - $a['sort'];
        });
        return $mappings;
    }

    public function get_stores($mode, $requirements = 0) {
        return array_filter($this->configstores, function ($store) use ($mode, $requirements) {
            return ($store['modes'] & $mode) && ($store['features'] & $requirements) === $requirements;
        });
    }

    /** Candidates for a definition: its mappings, else its mode's, of the stores that can do what it demands. */
    public function get_stores_for_definition(definition $definition) {
        $able = $this->get_stores($definition->get_mode(), $definition->get_requirements_bin());
        $stores = array();
        foreach ($this->configdefinitionmappings as $mapping) {
            if ($mapping['definition'] === $definition->get_id() && isset($able[$mapping['store']])) {
                $stores[$mapping['store']] = $able[$mapping['store']];
            }
        }
        if (count($stores) === 0 && !$definition->is_for_mappings_only()) {
            foreach ($this->configmodemappings as $mapping) {
                if ($mapping['mode'] === $definition->get_mode() && isset($able[$mapping['store']])) {
                    $stores[$mapping['store']] = $able[$mapping['store']];
                }
            }
        }
        return $stores;
    }

    public function get_site_identifier() {
        return $this->siteidentifier;
    }

    public function get_definitions() {
        return $this->configdefinitions;
    }

    public function get_definition_by_id($id) {
        return isset($this->configdefinitions[$id]) ? $this->configdefinitions[$id] : false;
    }

    public function get_all_stores() {
        return $this->configstores;
    }

    public function get_mode_mappings() {
        return $this->configmodemappings;
    }

    public function get_definition_mappings() {
        return $this->configdefinitionmappings;
    }

    public function get_locks() {
        return $this->configlocks;
    }
}
