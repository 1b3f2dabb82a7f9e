<?php
/**
 * Edits of the MUC configuration through Moodle's own writer, on the private copy.
 *
 * Two of the writer's methods are not called, because they reach beyond the file:
 *  - add_store_instance() builds the store and calls instance_created(): connects to a server, makes a cache folder, empties it;
 *  - delete_store_instance() builds the store and calls instance_deleted(): flushes a whole memcached, drops a MongoDB database, removes files,
 *    and ends in a fatal error for some broken Redis settings. CACHE_DISABLE_STORES does not soften either: they say `new cachestore_x`.
 * Instead an empty entry is put into (or the entry taken out of) the writer's own list, and the writer's edit_store_instance() fills it: that method
 * only asks the plugin's static methods, so features, modes, class and lock are still what this Moodle writes.
 */

/** A writer that has loaded the private copy, or Moodle's defaults when there is no base. @throws mcw_refusal */
function mcw_private_writer() {
    global $CFG;
    $state = &mcw_state();
    $class = mcw_class('core_cache\config_writer', 'cache_config_writer');
    $where = new ReflectionMethod($class, 'get_config_file_path');
    mcw_open_reflection($where);
    if ($where->invoke(null) !== $state['private_path']) {
        throw new mcw_refusal('bug', 'Moodle would not write to the private copy but to ' . $where->invoke(null) . '; nothing was done.');
    }
    // The writer takes its lock below cachedir: a private one, so that staging neither holds nor waits for the live lock.
    $CFG->cachedir = $state['private_folder'] . '/cache';
    mkdir($CFG->cachedir, 0700);
    $writer = new $class();
    if ($state['base_bytes'] !== null) {
        $writer->load();
        return $writer;
    }
    // With the stores switched off this returns the defaults instead of saving them.
    $defaults = call_user_func(array($class, 'create_default_configuration'));
    if (is_array($defaults)) {
        $writer->load($defaults);
    } else {
        $writer->load();
    }
    if (!empty($CFG->siteidentifier)) {
        $writer->update_site_identifier($CFG->siteidentifier);
    }
    return $writer;
}

/** Before PHP 8.1 a private member must be opened; since 8.5 doing so is deprecated. */
function mcw_open_reflection($member) {
    if (PHP_VERSION_ID < 80100) {
        $member->setAccessible(true);
    }
}

/** Makes the edits: stores first, then modes, then definitions, then removals, whatever order they come in. @return array what they name */
function mcw_apply_edits($writer, array $edits, array $secrets) {
    $named = array('store' => array(), 'mode' => array(), 'mapping' => array());
    foreach (array('store', 'mode', 'definition', 'remove-store') as $kind) {
        foreach ($edits as $edit) {
            if ($edit['edit'] !== $kind) {
                continue;
            }
            if ($kind === 'store') {
                mcw_edit_store($writer, $edit, $secrets);
                $named['store'][$edit['name']] = true;
            } else if ($kind === 'mode') {
                mcw_edit_mode($writer, (int) $edit['mode'], $edit['store']);
                $named['mode'][(int) $edit['mode']] = true;
            } else if ($kind === 'definition') {
                mcw_edit_definition($writer, $edit['definition'], $edit['stores']);
                $named['mapping'][$edit['definition']] = true;
            } else {
                mcw_edit_remove($writer, $edit['name']);
                $named['store'][$edit['name']] = true;
            }
        }
    }
    return $named;
}

function mcw_edit_store($writer, array $edit, array $secrets) {
    $name = $edit['name'];
    $stores = $writer->get_all_stores();
    $exists = isset($stores[$name]);
    if ($exists !== ($edit['action'] === 'edit')) {
        throw new mcw_refusal('edit-refused', 'Store "' . $name . '" ' . ($exists ? 'exists already.' : 'does not exist.'), array('store' => $name));
    }
    if ($exists && $stores[$name]['plugin'] !== $edit['plugin']) {
        throw new mcw_refusal('edit-refused', 'Store "' . $name . '" is of the plugin ' . $stores[$name]['plugin'] . ', not ' . $edit['plugin'] . '.', array('store' => $name));
    }
    if (!preg_match('/^[a-zA-Z0-9\-_ ]+$/', $name)) {
        throw new mcw_refusal('edit-refused', 'The store name "' . $name . '" has characters that Moodle does not allow.', array('store' => $name));
    }
    $class = mcw_store_class($edit['plugin']);
    $unmet = mcw_unmet($class, $edit['plugin']);
    if ($unmet !== null && !$exists) {
        throw new mcw_refusal('store-unavailable', 'Store plugin ' . $edit['plugin'] . ' cannot be used: ' . $unmet . '.', array('plugin' => $edit['plugin']));
    }
    if (!$exists) {
        $property = mcw_writer_property('configstores');
        $stores[$name] = array('name' => $name, 'plugin' => $edit['plugin'], 'configuration' => array(), 'default' => false);
        $property->setValue($writer, $stores);
    }
    $old = $exists ? $stores[$name]['configuration'] : array();
    if ($exists && isset($stores[$name]['lock'])) {
        // edit_store_instance() forgets the lock unless it stands in the configuration.
        $edit['configuration'] += array('lock' => $stores[$name]['lock']);
    }
    $writer->edit_store_instance($name, $edit['plugin'], mcw_fill_in($edit['configuration'], $old, $secrets, $name));
}

/** Puts secrets and kept values where the edit only names them. */
function mcw_fill_in($value, $old, array $secrets, $where) {
    if (!is_array($value)) {
        return $value;
    }
    if (count($value) === 1 && isset($value['$secret'])) {
        if (!isset($secrets[$value['$secret']])) {
            throw new mcw_refusal('secret-unavailable', 'The secret "' . $value['$secret'] . '" for ' . $where . ' is missing from the request.', array('secret' => $value['$secret']));
        }
        return $secrets[$value['$secret']];
    }
    if (count($value) === 1 && isset($value['$keep'])) {
        if ($old === null) {
            throw new mcw_refusal('edit-refused', 'No stored value exists for ' . $where . '.');
        }
        return $old;
    }
    foreach ($value as $key => $item) {
        $before = is_array($old) && array_key_exists($key, $old) ? $old[$key] : null;
        $value[$key] = mcw_fill_in($item, $before, $secrets, $where . ' / ' . $key);
    }
    return $value;
}

/** set_mode_mappings() replaces all modes, and the last store it is given becomes the first: so the others are given back as they stand, reversed. */
function mcw_edit_mode($writer, $mode, $store) {
    $stores = $writer->get_all_stores();
    if (!isset($stores[$store])) {
        throw new mcw_refusal('mapping-unsuitable', 'Mode ' . $mode . ' cannot be mapped to "' . $store . '": there is no such store.', array('store' => $store));
    }
    if (!($stores[$store]['modes'] & $mode)) {
        throw new mcw_refusal('mapping-unsuitable', 'Mode ' . $mode . ' cannot be mapped to "' . $store . '": ' . $stores[$store]['plugin'] . ' does not support it.', array('store' => $store));
    }
    $mappings = mcw_ordered_mappings($writer->get_mode_mappings(), 'mode') + array(1 => array(), 2 => array(), 4 => array());
    $mappings[$mode] = array($store);
    $writer->set_mode_mappings(array_map('array_reverse', $mappings));
}

/** The writer accepts a store that can never serve a definition, and Moodle then ignores it in silence: refused here. */
function mcw_edit_definition($writer, $id, array $names) {
    $entry = $writer->get_definition_by_id($id);
    if (!$entry) {
        throw new mcw_refusal('mapping-unsuitable', 'This Moodle knows no definition ' . $id . '.', array('definition' => $id));
    }
    $needs = call_user_func(array(mcw_definition_class(), 'load'), $id, $entry)->get_requirements_bin();
    $stores = $writer->get_all_stores();
    foreach ($names as $name) {
        $why = null;
        if (!isset($stores[$name])) {
            $why = 'there is no such store';
        } else if (!($stores[$name]['modes'] & $entry['mode'])) {
            $why = $stores[$name]['plugin'] . ' does not support its mode';
        } else if (($stores[$name]['features'] & $needs) !== $needs) {
            $why = $stores[$name]['plugin'] . ' lacks what the definition requires';
        }
        if ($why !== null) {
            throw new mcw_refusal('mapping-unsuitable', $id . ' cannot be mapped to "' . $name . '": ' . $why . '.', array('definition' => $id, 'store' => $name));
        }
    }
    $writer->set_definition_mappings($id, $names);
}

function mcw_edit_remove($writer, $name) {
    $stores = $writer->get_all_stores();
    if (!isset($stores[$name])) {
        // Its plugin is gone, so loading has dropped it already.
        return;
    }
    if (!empty($stores[$name]['default'])) {
        throw new mcw_refusal('edit-refused', 'Store "' . $name . '" is one of Moodle\'s defaults and cannot be removed.', array('store' => $name));
    }
    foreach (array_merge($writer->get_mode_mappings(), $writer->get_definition_mappings()) as $mapping) {
        if ($mapping['store'] === $name) {
            $what = isset($mapping['definition']) ? $mapping['definition'] : 'mode ' . $mapping['mode'];
            throw new mcw_refusal('edit-refused', 'Store "' . $name . '" cannot be removed: ' . $what . ' is mapped to it.', array('store' => $name));
        }
    }
    unset($stores[$name]);
    mcw_writer_property('configstores')->setValue($writer, $stores);
}

/** Saves what the writer holds; each of its own methods has done so too. */
function mcw_save($writer) {
    $save = new ReflectionMethod(get_class($writer), 'config_save');
    mcw_open_reflection($save);
    $save->invoke($writer);
}

function mcw_writer_property($name) {
    $property = new ReflectionProperty(mcw_config_class(), $name);
    mcw_open_reflection($property);
    return $property;
}
