<?php
/** A hash for each definition in a Redis. */
class cachestore_redis extends standin_muc\store {
    private $redis = null;
    private $hash = '';

    public function __construct($name, array $configuration = array()) {
        parent::__construct($name, $configuration);
        list($host, $port) = explode(':', $configuration['server'] . ':6379');
        try {
            $redis = new Redis();
            $redis->connect(($configuration['encryption'] ?? false ? 'tls://' : '') . $host, $host[0] === '/' ? 0 : (int) $port, (int) ($configuration['connectiontimeout'] ?? 3));
            if (!empty($configuration['password'])) {
                $redis->auth($configuration['password']);
            }
            $redis->ping();
            $redis->setOption(Redis::OPT_SERIALIZER, $configuration['serializer'] ?? Redis::SERIALIZER_PHP);
            $redis->setOption(Redis::OPT_PREFIX, $configuration['prefix'] ?? '');
            $this->redis = $redis;
        } catch (RedisException $failed) {
            debugging('Failed to connect to Redis at ' . $host . ': ' . $failed->getMessage());
        }
    }

    public static function are_requirements_met() {
        return class_exists('Redis');
    }

    public static function get_supported_features(array $configuration = array()) {
        return 26;
    }

    public static function get_supported_modes(array $configuration = array()) {
        return self::MODE_APPLICATION + self::MODE_SESSION;
    }

    public function is_ready() {
        return $this->redis !== null;
    }

    public function initialise(standin_muc\definition $definition) {
        $this->hash = $definition->generate_definition_hash();
        return parent::initialise($definition);
    }

    public function get($key) {
        return $this->redis->hGet($this->hash, $key);
    }

    public function set($key, $data) {
        return $this->redis->hSet($this->hash, $key, $data) !== false;
    }

    public function delete($key) {
        return (bool) $this->redis->hDel($this->hash, $key);
    }

    public function purge() {
        return $this->redis->del($this->hash) !== false;
    }
}
