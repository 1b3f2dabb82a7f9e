<?php
/** Store plugins and instances, asked through their own classes. Needs a started Moodle. */

/** Loads a plugin's class. @throws mcw_refusal `store-unavailable` */
function mcw_store_class($plugin) {
    $class = 'cachestore_' . $plugin;
    if (!class_exists($class)) {
        $files = core_component::get_plugin_list_with_file('cachestore', 'lib.php');
        if (isset($files[$plugin]) && is_file($files[$plugin])) {
            require_once($files[$plugin]);
        }
    }
    if (!class_exists($class)) {
        throw new mcw_refusal('store-unavailable', 'This Moodle has no cache store plugin "' . $plugin . '".', array('plugin' => $plugin));
    }
    return $class;
}

/** What the plugin lacks here, in words, or null. */
function mcw_unmet($class, $plugin) {
    if ($class::are_requirements_met()) {
        return null;
    }
    return 'its requirements are not met in this PHP (' . php_sapi_name() . ' ' . PHP_VERSION . '): usually the extension ' . $plugin . ' is missing or switched off';
}

/**
 * An instance by its entry of the configuration, ready for use.
 * @throws mcw_refusal `store-unavailable` with the reason when it is not
 */
function mcw_open_store(array $details) {
    $class = mcw_store_class($details['plugin']);
    $unmet = mcw_unmet($class, $details['plugin']);
    if ($unmet !== null) {
        throw new mcw_refusal('store-unavailable', 'Store "' . $details['name'] . '": ' . $unmet . '.');
    }
    $store = new $class($details['name'], $details['configuration']);
    if (!$store->is_ready()) {
        throw new mcw_refusal('store-unavailable', 'Store "' . $details['name'] . '" is not ready: its server cannot be used from here with these settings.');
    }
    return $store;
}

/**
 * The definition for proofs: the same on every node and SAPI, so that one reads what another wrote, and used by nothing else.
 * Its mode is one that the store has.
 */
function mcw_proof_definition($modes) {
    $mode = ($modes & 1) ? 1 : (($modes & 2) ? 2 : 4);
    $definition = call_user_func(array(mcw_definition_class(), 'load_adhoc'), $mode, 'wizardproof', 'probe', array('simplekeys' => true, 'simpledata' => true));
    if (method_exists($definition, 'set_identifiers')) {
        $definition->set_identifiers(array());
    }
    return $definition;
}

/** Names of the stores that really serve a definition now, primary first. */
function mcw_effective_stores($config, $id) {
    $entry = $config->get_definition_by_id($id);
    if (!$entry) {
        return array();
    }
    $definition = call_user_func(array(mcw_definition_class(), 'load'), $id, $entry);
    $names = array();
    foreach (call_user_func(array(mcw_class('core_cache\helper', 'cache_helper'), 'get_stores_suitable_for_definition'), $definition) as $store) {
        if (is_object($store)) {
            $names[] = $store->my_name();
        }
    }
    return $names;
}
