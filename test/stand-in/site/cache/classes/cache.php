<?php
/** A cache as the site uses it: asks its stores one after the other and fills those before. */

class cache {
    private static $made = array();
    private $definition;
    private $stores;
    private $near = array();

    public static function make($component, $area, array $identifiers = array()) {
        $id = $component . '/' . $area;
        $name = $id . json_encode($identifiers);
        if (!isset(self::$made[$name])) {
            $data = standin_muc\config::instance()->get_definition_by_id($id);
            if (!$data) {
                // Code that the file does not know yet: every node that meets this rewrites the definitions from its own code.
                $writer = standin_muc\factory::instance()->create_config_instance(true);
                $writer::update_definitions();
                $data = $writer->get_definition_by_id($id);
            }
            self::$made[$name] = new cache(standin_muc\definition::load($id, $data), $identifiers);
        }
        return self::$made[$name];
    }

    private function __construct($definition, array $identifiers) {
        $definition->set_identifiers($identifiers);
        $this->definition = $definition;
        $this->stores = standin_muc\helper::get_stores_suitable_for_definition($definition);
    }

    public function served_by() {
        $names = array();
        foreach ($this->stores as $store) {
            $names[] = $store->my_name();
        }
        return $names;
    }

    public function get($key) {
        if (isset($this->near[$key])) {
            return $this->near[$key];
        }
        $full = $this->full_key($key);
        foreach ($this->stores as $place => $store) {
            $value = $store->get($full);
            if ($value !== false) {
                for ($before = 0; $before < $place; $before++) {
                    $this->stores[$before]->set($full, $value);
                }
                return $this->keep_near($key, $value);
            }
        }
        return false;
    }

    public function set($key, $value) {
        $kept = true;
        foreach ($this->stores as $store) {
            $kept = $store->set($this->full_key($key), $value) && $kept;
        }
        $this->keep_near($key, $value);
        return $kept;
    }

    public function delete($key) {
        unset($this->near[$key]);
        foreach ($this->stores as $store) {
            $store->delete($this->full_key($key));
        }
        return true;
    }

    private function keep_near($key, $value) {
        if ($this->definition->use_static_acceleration()) {
            $this->near[$key] = $value;
        }
        return $value;
    }

    private function full_key($key) {
        return md5($this->definition->key_prefix() . $key);
    }
}
