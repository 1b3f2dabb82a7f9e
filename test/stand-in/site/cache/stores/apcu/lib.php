<?php
/** The memory of one PHP-FPM master on one node. */
class cachestore_apcu extends standin_muc\store {
    private $prefix;

    public function __construct($name, array $configuration = array()) {
        parent::__construct($name, $configuration);
        $this->prefix = $configuration['prefix'] ?? 'mdl_';
    }

    public static function are_requirements_met() {
        return extension_loaded('apcu') && ini_get('apc.enabled') && (PHP_SAPI !== 'cli' || ini_get('apc.enable_cli'));
    }

    public static function get_supported_features(array $configuration = array()) {
        return 4;
    }

    public static function get_supported_modes(array $configuration = array()) {
        return self::MODE_APPLICATION + self::MODE_SESSION;
    }

    private function full($key) {
        return $this->prefix . $this->definition->generate_definition_hash() . $key;
    }

    public function get($key) {
        return apcu_fetch($this->full($key));
    }

    public function set($key, $data) {
        return apcu_store($this->full($key), $data, $this->definition->get_ttl());
    }

    public function delete($key) {
        return apcu_delete($this->full($key));
    }

    public function purge() {
        return apcu_delete(new APCUIterator('#^' . preg_quote($this->full(''), '#') . '#'));
    }
}
