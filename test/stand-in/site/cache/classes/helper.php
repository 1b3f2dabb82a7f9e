<?php
namespace standin_muc;

/** Questions about the whole. */
class helper {
    /** The stores that serve a definition now: what it is mapped to and can be used, else the default of its mode. */
    public static function get_stores_suitable_for_definition(definition $definition) {
        $factory = factory::instance();
        if ($factory->stores_disabled()) {
            return array();
        }
        $config = $factory->create_config_instance();
        $stores = array();
        foreach ($config->get_stores_for_definition($definition) as $name => $details) {
            $store = $factory->create_store_from_config($name, $details, $definition);
            if ($store !== false) {
                $stores[] = $store;
            }
        }
        if (count($stores) === 0 && !$definition->is_for_mappings_only()) {
            foreach ($config->get_stores($definition->get_mode()) as $name => $details) {
                if (!empty($details['default'])) {
                    $stores[] = $factory->create_store_from_config($name, $details, $definition);
                    break;
                }
            }
        }
        return $stores;
    }

    public static function get_site_identifier() {
        global $CFG;
        $identifier = factory::instance()->create_config_instance()->get_site_identifier();
        if ($identifier === null && !empty($CFG->siteidentifier)) {
            return factory::instance()->create_config_instance(true)->update_site_identifier($CFG->siteidentifier);
        }
        return $identifier;
    }

    public static function update_definitions() {
        global $CFG;
        require_once($CFG->dirroot . '/cache/locallib.php');
        \cache_config_writer::update_definitions();
    }

    public static function purge_all() {
        $config = config::instance();
        foreach ($config->get_definitions() as $id => $data) {
            foreach (self::get_stores_suitable_for_definition(definition::load($id, $data)) as $store) {
                $store->purge();
            }
        }
    }
}
