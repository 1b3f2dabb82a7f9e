<?php
/** This PHP as `PhpSapi` of src/core/facts.ts. */

function mcw_sapi_facts() {
    $extensions = array();
    foreach (array_merge(get_loaded_extensions(), get_loaded_extensions(true)) as $name) {
        $version = phpversion($name);
        $extensions[strtolower($name)] = $version === false ? '' : $version;
    }
    ksort($extensions);
    $facts = array('version' => PHP_VERSION, 'sapi' => php_sapi_name(), 'extensions' => (object) $extensions, 'ini' => (object) mcw_ini_facts());
    if (defined('PHP_CONFIG_FILE_SCAN_DIR') && PHP_CONFIG_FILE_SCAN_DIR !== '') {
        $facts['scanDir'] = PHP_CONFIG_FILE_SCAN_DIR;
    }
    return $facts;
}

/** Directives that decide what this project does. Values with credentials are redacted. */
function mcw_ini_facts() {
    $wanted = '/^(opcache\.|apc\.|memcached\.|redis\.|igbinary\.|mongodb?\.|realpath_cache_|session\.(save_handler|save_path|gc_)'
        . '|max_input_vars$|memory_limit$|max_execution_time$|open_basedir$|disable_functions$|date\.timezone$|default_socket_timeout$|user_ini\.)/';
    $values = array();
    $all = function_exists('ini_get_all') ? ini_get_all(null, false) : array();
    foreach ((array) $all as $name => $value) {
        if (preg_match($wanted, $name)) {
            $values[$name] = mcw_is_secret_key($name) ? '(hidden)' : mcw_redact_uri((string) $value, null);
        }
    }
    return $values;
}
