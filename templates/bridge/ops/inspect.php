<?php
/** `SiteFacts` of src/core/facts.ts: Moodle started fully, on a private copy of the MUC file and with dummy stores, so that looking cannot change. */

function mcw_op_inspect($request) {
    global $CFG;
    $config = call_user_func(array(mcw_config_class(), 'instance'));
    $definitionclass = mcw_definition_class();
    $definitions = array();
    foreach ($config->get_definitions() as $id => $definition) {
        $loaded = call_user_func(array($definitionclass, 'load'), $id, $definition);
        $definitions[] = mcw_definition_facts($id, $definition, $loaded->get_requirements_bin());
    }
    $state = &mcw_state();
    $facts = array(
        'upgradePending' => (bool) moodle_needs_upgrading(),
        'siteIdentifier' => isset($CFG->siteidentifier) ? md5((string) $CFG->siteidentifier) : '',
        'sessionHandler' => mcw_session_handler(),
        'lockFactory' => mcw_lock_factory(),
        'plugins' => mcw_plugin_facts(),
        'definitions' => $definitions,
        'missingDefinitions' => mcw_missing_definitions(array_keys($config->get_definitions())),
        'mucHashBefore' => (string) $state['muc_hash'],
    );
    $facts['mucHashAfter'] = (string) mcw_hash_regular($state['muc_path']);
    return $facts;
}

/** What this node's code declares and the file does not know: written by a node whose code was not whole. */
function mcw_missing_definitions(array $known) {
    $writer = mcw_class('core_cache\config_writer', 'cache_config_writer');
    if (!method_exists($writer, 'locate_definitions')) {
        return array();
    }
    $method = new ReflectionMethod($writer, 'locate_definitions');
    if (PHP_VERSION_ID < 80100) {
        $method->setAccessible(true);
    }
    return array_values(array_diff(array_keys($method->invoke(null)), $known));
}

/** get_handler_class() is of 3.8; before, its rule. */
function mcw_session_handler() {
    global $CFG, $DB;
    if (is_callable(array('core\session\manager', 'get_handler_class'))) {
        return ltrim(\core\session\manager::get_handler_class(), '\\');
    }
    if (!empty($CFG->session_handler_class)) {
        return ltrim($CFG->session_handler_class, '\\');
    }
    return !empty($CFG->dbsessions) && $DB->session_lock_supported() ? 'core\session\database' : 'core\session\file';
}

/** Locks of tasks and cron (2.7 and later), not those of MUC. */
function mcw_lock_factory() {
    if (!class_exists('core\lock\lock_config')) {
        return '';
    }
    if (is_callable(array('core\lock\lock_config', 'get_lock_factory_class'))) {
        return ltrim(\core\lock\lock_config::get_lock_factory_class(), '\\');
    }
    return get_class(\core\lock\lock_config::get_lock_factory('wizard'));
}

/** Every store plugin of this Moodle, asked itself. */
function mcw_plugin_facts() {
    $plugins = array();
    foreach (core_component::get_plugin_list_with_file('cachestore', 'lib.php') as $name => $file) {
        try {
            $class = mcw_store_class($name);
            $met = (bool) $class::are_requirements_met();
            $plugins[] = array(
                'plugin' => $name,
                'requirementsMet' => $met,
                'canAddInstance' => (!is_callable(array($class, 'can_add_instance')) || (bool) $class::can_add_instance()),
                'modes' => (int) $class::get_supported_modes(),
                'features' => (int) $class::get_supported_features(),
            );
        } catch (Exception $broken) {
            $plugins[] = mcw_broken_plugin($name);
        } catch (Throwable $broken) {
            $plugins[] = mcw_broken_plugin($name);
        }
    }
    return $plugins;
}

function mcw_broken_plugin($name) {
    return array('plugin' => $name, 'requirementsMet' => false, 'canAddInstance' => false, 'modes' => 0, 'features' => 0);
}
