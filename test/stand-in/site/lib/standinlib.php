<?php
/** What the rest of the site leans on. */

class moodle_exception extends Exception {
    public $debuginfo;

    public function __construct($code, $module = '', $link = '', $a = null, $debuginfo = null) {
        parent::__construct($code);
        $this->debuginfo = $debuginfo;
    }
}

class coding_exception extends moodle_exception {
}

class cache_exception extends moodle_exception {
}

/** The "database": settings and rights in one JSON file that all nodes share. */
class standin_database {
    private $file;

    public function __construct($file) {
        $this->file = $file;
        if (!is_file($file)) {
            $this->save(array('settings' => array(
                'siteidentifier' => bin2hex(random_bytes(16)) . 'moodle.lab', 'allversionshash' => core_component::get_all_versions_hash(), 'sitename' => 'Stand-in',
            ), 'rights' => array('moodle/site:config' => 'allowed')));
        }
    }

    public function setting($name) {
        $data = $this->load();
        return isset($data['settings'][$name]) ? $data['settings'][$name] : null;
    }

    public function right($name) {
        $data = $this->load();
        return isset($data['rights'][$name]) ? $data['rights'][$name] : 'none';
    }

    public function change($part, $name, $value) {
        $data = $this->load();
        $data[$part][$name] = $value;
        $this->save($data);
    }

    public function session_lock_supported() {
        return true;
    }

    private function load() {
        return json_decode(file_get_contents($this->file), true);
    }

    private function save(array $data) {
        $temporary = $this->file . '.' . getmypid();
        file_put_contents($temporary, json_encode($data, JSON_PRETTY_PRINT));
        rename($temporary, $this->file);
    }
}

function debugging($message, $level = 0) {
    error_log('stand-in: ' . $message);
    return true;
}

function moodle_needs_upgrading() {
    global $CFG;
    return $CFG->allversionshash !== core_component::get_all_versions_hash();
}

function make_writable_directory($dir, $exceptiononerror = true) {
    global $CFG;
    if (!is_dir($dir)) {
        @mkdir($dir, $CFG->directorypermissions, true);
        clearstatcache();
    }
    if (is_dir($dir) && is_writable($dir)) {
        return $dir;
    }
    if ($exceptiononerror) {
        throw new moodle_exception('invalid_dataroot_permissions', '', '', null, $dir);
    }
    return false;
}

function make_cache_directory($dir) {
    global $CFG;
    return make_writable_directory($CFG->cachedir . '/' . $dir);
}

/** A page asked for under another name than the site's is sent to the site's. */
function standin_check_address() {
    global $CFG;
    list($host) = explode(':', isset($_SERVER['HTTP_HOST']) ? $_SERVER['HTTP_HOST'] : '');
    $same = $host === parse_url($CFG->wwwroot, PHP_URL_HOST);
    if (!empty($CFG->reverseproxy) && $same) {
        throw new moodle_exception('reverseproxyabused');
    }
    if (empty($CFG->reverseproxy) && $host !== '' && !$same) {
        header('Location: ' . $CFG->wwwroot, true, 303);
        exit;
    }
}
