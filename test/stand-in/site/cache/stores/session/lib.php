<?php
/** The user's own session. */
class cachestore_session extends standin_muc\store {
    public static function can_add_instance() {
        return false;
    }

    public static function get_supported_features(array $configuration = array()) {
        return 14;
    }

    public static function get_supported_modes(array $configuration = array()) {
        return self::MODE_SESSION;
    }

    public function get($key) {
        global $SESSION;
        return isset($SESSION->cache[$this->definition->get_id()][$key]) ? $SESSION->cache[$this->definition->get_id()][$key] : false;
    }

    public function set($key, $data) {
        global $SESSION;
        $SESSION->cache[$this->definition->get_id()][$key] = $data;
        return true;
    }

    public function delete($key) {
        global $SESSION;
        unset($SESSION->cache[$this->definition->get_id()][$key]);
        return true;
    }

    public function purge() {
        global $SESSION;
        unset($SESSION->cache[$this->definition->get_id()]);
        return true;
    }
}
