<?php
/** The memory of one request. */
class cachestore_static extends standin_muc\store {
    private static $data = array();

    public static function can_add_instance() {
        return false;
    }

    public static function get_supported_features(array $configuration = array()) {
        return 31;
    }

    public static function get_supported_modes(array $configuration = array()) {
        return self::MODE_REQUEST;
    }

    public function get($key) {
        $id = $this->definition->get_id();
        return isset(self::$data[$id][$key]) ? self::$data[$id][$key] : false;
    }

    public function set($key, $data) {
        self::$data[$this->definition->get_id()][$key] = $data;
        return true;
    }

    public function delete($key) {
        unset(self::$data[$this->definition->get_id()][$key]);
        return true;
    }

    public function purge() {
        unset(self::$data[$this->definition->get_id()]);
        return true;
    }
}
