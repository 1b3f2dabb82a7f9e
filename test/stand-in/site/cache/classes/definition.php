<?php
namespace standin_muc;

/** One cache that the site asks for. */
class definition {
    const SHARING_DEFAULTOPTIONS = 15;
    const SHARING_DEFAULT = 2;

    private $id;
    private $data;
    private $identifiers = array();

    private function __construct($id, array $data) {
        $this->id = $id;
        $this->data = $data;
    }

    public static function load($id, array $data) {
        if (!isset($data['mode'], $data['component'], $data['area'])) {
            throw new \coding_exception('Invalid definition ' . $id);
        }
        return new definition($id, $data);
    }

    public static function load_adhoc($mode, $component, $area, array $options = array()) {
        return new definition('adhoc/' . $component . '_' . $area, $options + array('mode' => $mode, 'component' => $component, 'area' => $area));
    }

    public function set_identifiers(array $identifiers = array()) {
        foreach (isset($this->data['requireidentifiers']) ? $this->data['requireidentifiers'] : array() as $name) {
            if (!isset($identifiers[$name])) {
                throw new \coding_exception('Identifier required for cache has not been provided: ' . $name);
            }
        }
        $this->identifiers = $identifiers;
    }

    public function get_id() {
        return $this->id;
    }

    public function get_mode() {
        return (int) $this->data['mode'];
    }

    public function get_ttl() {
        return isset($this->data['ttl']) ? (int) $this->data['ttl'] : 0;
    }

    public function is_for_mappings_only() {
        return !empty($this->data['mappingsonly']);
    }

    public function use_static_acceleration() {
        return !empty($this->data['staticacceleration']);
    }

    public function get_requirements_bin() {
        $bits = empty($this->data['requiredataguarantee']) ? 0 : store::SUPPORTS_DATA_GUARANTEE;
        $searchable = isset($this->data['requiresearchable']) ? $this->data['requiresearchable'] : $this->get_mode() === store::MODE_SESSION;
        return $bits + ($searchable ? store::IS_SEARCHABLE : 0);
    }

    public function generate_definition_hash() {
        return md5($this->data['mode'] . ' ' . $this->data['component'] . ' ' . $this->data['area']);
    }

    /** Begins every key: this site's, this cache's, these identifiers'. */
    public function key_prefix() {
        return md5($this->generate_definition_hash() . helper::get_site_identifier() . json_encode($this->identifiers));
    }
}
