<?php
/** Two MUC configurations compared: the collateral guard, and texts that a person can compare. */

/** The parts of a configuration in one form, whether Moodle has filled in its defaults or not. */
function mcw_normal_form(array $raw) {
    $locks = array();
    $defaultlock = null;
    foreach ($raw['locks'] as $lock) {
        if (is_array($lock) && isset($lock['name'])) {
            $lock['default'] = !empty($lock['default']);
            $defaultlock = $defaultlock === null || $lock['default'] ? $lock['name'] : $defaultlock;
            $locks[$lock['name']] = $lock;
        }
    }
    $stores = array();
    foreach ($raw['stores'] as $store) {
        if (is_array($store) && isset($store['name'], $store['plugin'])) {
            $stores[$store['name']] = mcw_normal_store($store, $locks, $defaultlock);
        }
    }
    $definitions = array();
    foreach ($raw['definitions'] as $id => $definition) {
        if (is_array($definition) && isset($definition['mode'], $definition['component'], $definition['area'])) {
            $definitions[$id] = mcw_normal_definition($definition);
        }
    }
    return array(
        'siteidentifier' => isset($raw['siteidentifier']) ? $raw['siteidentifier'] : null,
        'lock' => $locks,
        'store' => $stores,
        'mode' => mcw_ordered_mappings($raw['modemappings'], 'mode') + array(1 => array(), 2 => array(), 4 => array()),
        'definition' => $definitions,
        'mapping' => mcw_ordered_mappings($raw['definitionmappings'], 'definition'),
    );
}

function mcw_normal_store(array $store, array $locks, $defaultlock) {
    // Moodle derives the class from the plugin on every load.
    unset($store['class']);
    $store['configuration'] = isset($store['configuration']) && is_array($store['configuration']) ? $store['configuration'] : array();
    $store['default'] = !empty($store['default']);
    $store['mappingsonly'] = !empty($store['mappingsonly']);
    if (!isset($store['lock']) || !isset($locks[$store['lock']])) {
        $store['lock'] = $defaultlock;
    }
    return $store;
}

function mcw_normal_definition(array $definition) {
    $definition['mode'] = (int) $definition['mode'];
    // What cache_config::load() fills in where it is missing, and forces for session and request.
    $default = constant(mcw_definition_class() . '::SHARING_DEFAULT');
    if ($definition['mode'] !== 1) {
        $definition['sharingoptions'] = $default;
        $definition['selectedsharingoption'] = $default;
        $definition['userinputsharingkey'] = '';
    }
    $options = constant(mcw_definition_class() . '::SHARING_DEFAULTOPTIONS');
    return $definition + array('sharingoptions' => $options, 'selectedsharingoption' => $default, 'userinputsharingkey' => '');
}

/**
 * What differs and is named by no edit: one sentence each. Empty = safe to publish.
 * @param array $named {store: {name: true}, mode: {1: true}, mapping: {id: true}, identifier: true}
 */
function mcw_collateral(array $before, array $after, array $named) {
    $a = mcw_normal_form($before);
    $b = mcw_normal_form($after);
    $found = array();
    if (empty($named['identifier']) && $a['siteidentifier'] !== null && $a['siteidentifier'] !== $b['siteidentifier']) {
        $found[] = 'the site identifier changed';
    }
    $words = array('lock' => 'lock', 'store' => 'store', 'mode' => 'mapping of mode', 'definition' => 'definition', 'mapping' => 'mapping of');
    foreach ($words as $part => $word) {
        foreach (array_keys($a[$part] + $b[$part]) as $key) {
            if (isset($named[$part][$key])) {
                continue;
            }
            if (!isset($b[$part][$key])) {
                $found[] = $word . ' ' . $key . ' would be gone';
            } else if (!isset($a[$part][$key])) {
                $found[] = $word . ' ' . $key . ' would be new';
            } else if (!mcw_same($a[$part][$key], $b[$part][$key])) {
                $found[] = $word . ' ' . $key . ' would change';
            }
        }
    }
    return $found;
}

/** Equal whatever the order of keys in arrays with names; types matter. */
function mcw_same($a, $b) {
    if (!is_array($a) || !is_array($b)) {
        return $a === $b;
    }
    if (count($a) !== count($b)) {
        return false;
    }
    foreach ($a as $key => $value) {
        if (!array_key_exists($key, $b) || !mcw_same($value, $b[$key])) {
            return false;
        }
    }
    return true;
}

/**
 * Both configurations as lines for a diff. Secrets are `(hidden)` in both, or `(changed)` in the second where they differ.
 * @return array {before, after}
 */
function mcw_texts_for_diff($before, array $after) {
    $a = $before === null ? null : mcw_normal_form($before);
    $b = mcw_normal_form($after);
    // From here on the second form holds no secret, then the first one neither.
    foreach ($b['store'] as $name => $store) {
        $old = $a !== null && isset($a['store'][$name]) ? $a['store'][$name]['configuration'] : null;
        $b['store'][$name]['configuration'] = mcw_mark_changed_secrets($store['configuration'], $old, '');
    }
    foreach ($a === null ? array() : $a['store'] as $name => $store) {
        $a['store'][$name]['configuration'] = mcw_redact($store['configuration'], null);
    }
    return array('before' => $a === null ? '' : mcw_config_text($a), 'after' => mcw_config_text($b));
}

function mcw_mark_changed_secrets($value, $old, $name) {
    if (is_array($value)) {
        foreach ($value as $key => $item) {
            $before = is_array($old) && array_key_exists($key, $old) ? $old[$key] : null;
            $value[$key] = mcw_mark_changed_secrets($item, $before, is_int($key) ? $name : $key);
        }
        return $value;
    }
    $hidden = mcw_redact($value, null, $name);
    if ($hidden === $value || $old === null || $old === $value || $old === '') {
        return $hidden;
    }
    return str_replace('(hidden)', '(changed)', $hidden);
}

/** One line for each thing that an administrator can set, of a form without secrets. */
function mcw_config_text(array $form) {
    $lines = array('site identifier: ' . ($form['siteidentifier'] === null ? '(none)' : $form['siteidentifier']), '');
    ksort($form['store']);
    foreach ($form['store'] as $name => $store) {
        $lines[] = 'store "' . $name . '" (' . $store['plugin'] . ')' . ($store['default'] ? ', default' : '');
        foreach ($store['configuration'] as $key => $value) {
            $lines[] = '    ' . $key . ': ' . (is_string($value) ? str_replace("\n", '\n', $value) : json_encode($value, JSON_UNESCAPED_SLASHES));
        }
        $lines[] = '    lock: ' . $store['lock'];
    }
    $lines[] = '';
    foreach (array(1 => 'application', 2 => 'session', 4 => 'request') as $mode => $word) {
        $lines[] = 'mode ' . $word . ': ' . implode(' over ', $form['mode'][$mode]);
    }
    $lines[] = '';
    ksort($form['definition']);
    foreach ($form['definition'] as $id => $definition) {
        $lines[] = 'definition ' . $id . ': ' . (isset($form['mapping'][$id]) ? implode(' over ', $form['mapping'][$id]) : '(by its mode)');
    }
    return implode("\n", $lines) . "\n";
}
