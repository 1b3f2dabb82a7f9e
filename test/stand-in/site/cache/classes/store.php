<?php
namespace standin_muc;

/** What every store plugin extends. */
abstract class store {
    const SUPPORTS_MULTIPLE_IDENTIFIERS = 1;
    const SUPPORTS_DATA_GUARANTEE = 2;
    const SUPPORTS_NATIVE_TTL = 4;
    const IS_SEARCHABLE = 8;
    const DEREFERENCES_OBJECTS = 16;
    const MODE_APPLICATION = 1;
    const MODE_SESSION = 2;
    const MODE_REQUEST = 4;

    protected $name;
    protected $definition = null;

    public function __construct($name, array $configuration = array()) {
        $this->name = $name;
    }

    abstract public function get($key);

    abstract public function set($key, $data);

    abstract public function delete($key);

    abstract public function purge();

    public static function are_requirements_met() {
        return true;
    }

    public static function can_add_instance() {
        return true;
    }

    public static function is_supported_mode($mode) {
        return (static::get_supported_modes() & $mode) !== 0;
    }

    public function my_name() {
        return $this->name;
    }

    public function is_ready() {
        return true;
    }

    public function initialise(definition $definition) {
        $this->definition = $definition;
        return true;
    }

    public function create_clone(array $details = array()) {
        return clone($this);
    }

    public function instance_created() {
    }

    public function instance_deleted() {
    }
}
