<?php
/** Keys in a memcached; emptying one definition empties the server. */
class cachestore_memcached extends standin_muc\store {
    private $link;
    private $prefix;
    private $ready = false;

    public function __construct($name, array $configuration = array()) {
        parent::__construct($name, $configuration);
        $this->link = new Memcached();
        $this->link->setOption(Memcached::OPT_CONNECT_TIMEOUT, 3000);
        foreach ($configuration['servers'] ?? array() as $server) {
            $this->link->addServer($server[0], (int) ($server[1] ?? 11211), (int) ($server[2] ?? 100));
        }
        $this->prefix = ($configuration['prefix'] ?? '') === '' ? (string) crc32($name) : $configuration['prefix'];
        $versions = $this->link->getVersion();
        $this->ready = is_array($versions) && !in_array('255.255.255', $versions, true);
    }

    public static function are_requirements_met() {
        return class_exists('Memcached');
    }

    public static function get_supported_features(array $configuration = array()) {
        return 20;
    }

    public static function get_supported_modes(array $configuration = array()) {
        return self::MODE_APPLICATION;
    }

    public function is_ready() {
        return $this->ready;
    }

    private function full($key) {
        return $this->prefix . $this->definition->generate_definition_hash() . $key;
    }

    public function get($key) {
        return $this->link->get($this->full($key));
    }

    public function set($key, $data) {
        return $this->link->set($this->full($key), $data, $this->definition->get_ttl());
    }

    public function delete($key) {
        return $this->link->delete($this->full($key));
    }

    public function purge() {
        return $this->link->flush();
    }

    public function instance_deleted() {
        $this->link->flush();
    }
}
