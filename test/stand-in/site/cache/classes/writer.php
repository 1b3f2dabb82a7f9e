<?php
namespace standin_muc;

/** The configuration as it is changed: each change is saved at once, under the lock. */
class writer extends config {
    public static function instance() {
        return factory::instance()->create_config_instance(true);
    }

    protected function config_save() {
        global $CFG;
        $file = static::get_config_file_path();
        make_writable_directory(dirname($file));
        $content = "<?php defined('MOODLE_INTERNAL') || die();\n \$configuration = " . var_export($this->generate_configuration_array(), true) . ';';
        if ($CFG->standin_generation === 'new' && is_file($file) && file_get_contents($file) === $content) {
            return;
        }
        require_once($CFG->dirroot . '/cache/locks/file/lib.php');
        $settings = reset($this->configlocks);
        $lock = new \cachelock_file($settings['name'], $settings);
        if (!$lock->lock('configwrite')) {
            throw new \cache_exception('ex_configcannotsave', 'cache', '', null, 'Unable to open the cache config file.');
        }
        if ($CFG->standin_generation === 'new') {
            file_put_contents($file . '.tmp', $content);
            $lock->unlock('configwrite');
            @chmod($file . '.tmp', $CFG->filepermissions);
            rename($file . '.tmp', $file);
        } else {
            file_put_contents($file, $content);
            $lock->unlock('configwrite');
            @chmod($file, $CFG->filepermissions);
        }
        if (function_exists('opcache_invalidate')) {
            @opcache_invalidate($file, true);
        }
    }

    protected function generate_configuration_array() {
        return array(
            'siteidentifier' => $this->siteidentifier, 'stores' => $this->configstores, 'modemappings' => $this->configmodemappings,
            'definitions' => $this->configdefinitions, 'definitionmappings' => $this->configdefinitionmappings, 'locks' => $this->configlocks,
        );
    }

    public static function create_default_configuration($forcesave = false) {
        $writer = new writer();
        foreach (array('default_application' => 'file', 'default_session' => 'session', 'default_request' => 'static') as $name => $plugin) {
            $class = self::load_plugin($plugin);
            $writer->configstores[$name] = array(
                'name' => $name, 'plugin' => $plugin, 'configuration' => array(), 'features' => $class::get_supported_features(),
                'modes' => $class::get_supported_modes(), 'default' => true,
            );
        }
        foreach (array(1 => 'default_application', 2 => 'default_session', 4 => 'default_request') as $mode => $name) {
            $writer->configmodemappings[] = array('mode' => $mode, 'store' => $name, 'sort' => -1);
        }
        $writer->configdefinitions = self::locate_definitions();
        $writer->configlocks = array('default_file_lock' => array('name' => 'cachelock_file_default', 'type' => 'cachelock_file', 'dir' => 'filelocks', 'default' => true));
        if (!$forcesave && factory::instance()->stores_disabled()) {
            return $writer->generate_configuration_array();
        }
        $writer->config_save();
        return true;
    }

    private static function locate_definitions() {
        global $CFG;
        $definitions = array();
        include($CFG->dirroot . '/lib/db/caches.php');
        $located = array();
        foreach ($definitions as $area => $definition) {
            $located['core/' . $area] = $definition + array('component' => 'core', 'area' => $area);
        }
        return $located;
    }

    private static function load_plugin($plugin) {
        $files = \core_component::get_plugin_list_with_file('cachestore', 'lib.php');
        if (!isset($files[$plugin])) {
            throw new \cache_exception('Invalid plugin name specified.');
        }
        require_once($files[$plugin]);
        return 'cachestore_' . $plugin;
    }

    public function add_store_instance($name, $plugin, array $configuration = array()) {
        if (isset($this->configstores[$name])) {
            throw new \cache_exception('Duplicate name specified for cache plugin instance.');
        }
        $class = self::load_plugin($plugin);
        if (!$class::are_requirements_met()) {
            throw new \cache_exception('Unable to add new cache plugin instance. The requested plugin type is not supported.');
        }
        $this->configstores[$name] = array('default' => false);
        $this->fill_store($name, $plugin, $configuration);
        $store = new $class($name, $configuration);
        $store->instance_created();
        $this->config_save();
        return true;
    }

    public function edit_store_instance($name, $plugin, $configuration) {
        if (!isset($this->configstores[$name])) {
            throw new \cache_exception('The requested instance does not exist.');
        }
        $this->fill_store($name, $plugin, $configuration);
        $this->config_save();
        return true;
    }

    private function fill_store($name, $plugin, array $configuration) {
        $class = self::load_plugin($plugin);
        $this->configstores[$name] = array(
            'name' => $name, 'plugin' => $plugin, 'configuration' => $configuration, 'features' => $class::get_supported_features($configuration),
            'modes' => $class::get_supported_modes($configuration), 'mappingsonly' => !empty($configuration['mappingsonly']), 'class' => $class,
            'default' => $this->configstores[$name]['default'],
        );
        if (isset($configuration['lock'])) {
            $this->configstores[$name]['lock'] = $configuration['lock'];
            unset($this->configstores[$name]['configuration']['lock']);
        }
    }

    public function delete_store_instance($name) {
        foreach (array_merge($this->configmodemappings, $this->configdefinitionmappings) as $mapping) {
            if ($mapping['store'] === $name) {
                throw new \cache_exception('You cannot delete a cache store that has mappings.');
            }
        }
        $class = $this->configstores[$name]['class'];
        $store = new $class($name, $this->configstores[$name]['configuration']);
        $store->instance_deleted();
        unset($this->configstores[$name]);
        $this->config_save();
        return true;
    }

    public function set_mode_mappings(array $modemappings) {
        $this->configmodemappings = array();
        foreach ($modemappings as $mode => $stores) {
            foreach (array_values($stores) as $sort => $store) {
                $this->configmodemappings[] = array('store' => $store, 'mode' => $mode, 'sort' => $sort);
            }
        }
        $this->config_save();
        return true;
    }

    public function set_definition_mappings($id, $stores) {
        $this->configdefinitionmappings = array_filter($this->configdefinitionmappings, function ($mapping) use ($id) {
            return $mapping['definition'] !== $id;
        });
        $sort = count($stores);
        foreach ($stores as $store) {
            $this->configdefinitionmappings[] = array('store' => $store, 'definition' => $id, 'sort' => $sort--);
        }
        $this->config_save();
    }

    public function update_site_identifier($identifier) {
        $this->siteidentifier = md5((string) $identifier);
        $this->config_save();
        return $this->siteidentifier;
    }

    /** From this node's own code; mappings of what it does not know go. */
    public static function update_definitions() {
        $writer = self::instance();
        $known = self::locate_definitions();
        $writer->configdefinitions = $known;
        $writer->configdefinitionmappings = array_filter($writer->configdefinitionmappings, function ($mapping) use ($known) {
            return isset($known[$mapping['definition']]);
        });
        $writer->config_save();
    }
}
