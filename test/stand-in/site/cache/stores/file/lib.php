<?php
/** Files below cachedir, or below a path of its own. */
class cachestore_file extends standin_muc\store {
    private $folder;
    private $path;
    private $ready = true;

    public function __construct($name, array $configuration = array()) {
        parent::__construct($name, $configuration);
        if (!empty($configuration['path'])) {
            $this->folder = $configuration['path'];
            $this->ready = is_dir($this->folder) || (!empty($configuration['autocreate']) && make_writable_directory($this->folder, false) !== false);
            if (!$this->ready) {
                // What newer Moodles do: the page fails, it is not merely uncached.
                throw new moodle_exception('invalid_dataroot_permissions', '', '', null, '/filelocks');
            }
        } else {
            $this->folder = make_cache_directory('cachestore_file/' . preg_replace('#[^a-zA-Z0-9\.\-_]+#', '', $name));
        }
    }

    public static function get_supported_features(array $configuration = array()) {
        return 30;
    }

    public static function get_supported_modes(array $configuration = array()) {
        return self::MODE_APPLICATION + self::MODE_SESSION;
    }

    public function is_ready() {
        return $this->ready;
    }

    public function initialise(standin_muc\definition $definition) {
        $this->path = make_writable_directory($this->folder . '/' . preg_replace('#[^a-zA-Z0-9]+#', '_', $definition->get_id()));
        return parent::initialise($definition);
    }

    public function get($key) {
        $bytes = @file_get_contents($this->path . '/' . $key . '.cache');
        return $bytes === false ? false : unserialize($bytes);
    }

    public function set($key, $data) {
        $temporary = $this->path . '/' . $key . '.' . getmypid();
        return file_put_contents($temporary, serialize($data)) !== false && rename($temporary, $this->path . '/' . $key . '.cache');
    }

    public function delete($key) {
        return @unlink($this->path . '/' . $key . '.cache');
    }

    public function purge() {
        foreach ((array) glob($this->path . '/*.cache') as $file) {
            @unlink($file);
        }
        return true;
    }
}
