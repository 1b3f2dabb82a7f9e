<?php
/** The MUC configuration file, read without Moodle. Including it runs PHP that the web user can write: only ever as the web user. */

define('MCW_LOCK_NAME', 'moodle-cluster-wizard.lock');

/** Where Moodle keeps it, by the same rule as Moodle (also that an unwritable altcacheconfigpath is ignored in silence). */
function mcw_muc_path($cfg) {
    if (!empty($cfg->altcacheconfigpath)) {
        $path = $cfg->altcacheconfigpath;
        if (is_dir($path) && is_writable($path)) {
            return $path . '/cacheconfig.php';
        }
        if (is_writable(dirname($path)) && (!file_exists($path) || is_writable($path))) {
            return $path;
        }
    }
    return $cfg->dataroot . '/muc/config.php';
}

/** `$configuration` of the file; nothing else that it does reaches us. */
function mcw_muc_include($mcw_path) {
    if (!defined('MOODLE_INTERNAL')) {
        define('MOODLE_INTERNAL', true);
    }
    $configuration = null;
    include $mcw_path;
    return $configuration;
}

/**
 * Reads and judges the file.
 * @return array {state: ok|missing|corrupt, reason, raw}
 */
function mcw_muc_read($path) {
    if (mcw_read_regular($path) === null) {
        return array('state' => 'missing', 'reason' => '', 'raw' => null);
    }
    try {
        $raw = mcw_muc_include($path);
    } catch (Exception $thrown) {
        return array('state' => 'corrupt', 'reason' => 'it throws: ' . $thrown->getMessage(), 'raw' => null);
    } catch (Throwable $thrown) {
        return array('state' => 'corrupt', 'reason' => 'it is not PHP that can be run: ' . mcw_describe($thrown), 'raw' => null);
    }
    if (!is_array($raw)) {
        return array('state' => 'corrupt', 'reason' => 'it does not set $configuration to an array', 'raw' => null);
    }
    foreach (array('stores', 'modemappings', 'definitions', 'definitionmappings', 'locks') as $part) {
        if (!isset($raw[$part]) || !is_array($raw[$part])) {
            return array('state' => 'corrupt', 'reason' => 'its part "' . $part . '" is missing', 'raw' => null);
        }
    }
    if (count($raw['stores']) === 0) {
        return array('state' => 'corrupt', 'reason' => 'it lists no cache stores', 'raw' => null);
    }
    return array('state' => 'ok', 'reason' => '', 'raw' => $raw);
}

/** `MucFileState` of src/core/facts.ts. */
function mcw_muc_state_facts(array $read, $hmackey) {
    if ($read['state'] === 'ok') {
        return array('state' => 'ok', 'config' => mcw_muc_config_facts($read['raw'], $hmackey));
    }
    return $read['state'] === 'corrupt' ? array('state' => 'corrupt', 'reason' => $read['reason']) : array('state' => 'missing');
}

/** `MucConfig` of src/core/facts.ts: secrets as HMAC, mappings primary first. */
function mcw_muc_config_facts(array $raw, $hmackey) {
    $stores = array();
    foreach ($raw['stores'] as $store) {
        if (!is_array($store) || !isset($store['name'], $store['plugin'])) {
            continue;
        }
        $configuration = isset($store['configuration']) && is_array($store['configuration']) ? $store['configuration'] : array();
        $facts = array(
            'name' => (string) $store['name'],
            'plugin' => (string) $store['plugin'],
            'configuration' => (object) mcw_redact($configuration, $hmackey),
            'default' => !empty($store['default']),
        );
        foreach (array('modes', 'features') as $bits) {
            if (isset($store[$bits])) {
                $facts[$bits] = (int) $store[$bits];
            }
        }
        $stores[] = $facts;
    }
    $modes = mcw_ordered_mappings($raw['modemappings'], 'mode') + array(1 => array(), 2 => array(), 4 => array());
    $definitions = array();
    foreach ($raw['definitions'] as $id => $definition) {
        if (is_array($definition) && isset($definition['mode'])) {
            $definitions[] = mcw_definition_facts($id, $definition, mcw_requirement_bits($definition));
        }
    }
    return array(
        'siteIdentifier' => mcw_site_identifier($raw),
        'stores' => $stores,
        'modeMappings' => (object) array('1' => $modes[1], '2' => $modes[2], '4' => $modes[4]),
        'definitionMappings' => (object) mcw_ordered_mappings($raw['definitionmappings'], 'definition'),
        'definitions' => $definitions,
    );
}

/** Null is filled in by Moodle itself; a file without the key makes Moodle use this very word, for every such site, and keep it (fact M4). */
function mcw_site_identifier(array $raw) {
    if (!array_key_exists('siteidentifier', $raw)) {
        return 'unknown';
    }
    return $raw['siteidentifier'] === null ? null : (string) $raw['siteidentifier'];
}

/** Store names by mode or definition, in the order that Moodle uses: highest sort first, else as they stand. */
function mcw_ordered_mappings(array $mappings, $by) {
    $rows = array();
    foreach (array_values($mappings) as $place => $mapping) {
        if (is_array($mapping) && isset($mapping[$by], $mapping['store'])) {
            $rows[] = array('key' => $mapping[$by], 'store' => (string) $mapping['store'], 'sort' => isset($mapping['sort']) ? $mapping['sort'] : 0, 'place' => $place);
        }
    }
    usort($rows, function ($a, $b) {
        return $a['sort'] == $b['sort'] ? $a['place'] - $b['place'] : ($a['sort'] < $b['sort'] ? 1 : -1);
    });
    $ordered = array();
    foreach ($rows as $row) {
        $ordered[$row['key']][] = $row['store'];
    }
    ksort($ordered);
    return $ordered;
}

/** What a definition asks of a store, as bits; Moodle's own method is used where Moodle runs. */
function mcw_requirement_bits(array $definition) {
    $bits = empty($definition['requiredataguarantee']) ? 0 : 2;
    $bits |= empty($definition['requiremultipleidentifiers']) ? 0 : 1;
    $searchable = isset($definition['requiresearchable']) ? !empty($definition['requiresearchable']) : (int) $definition['mode'] === 2;
    return $bits | ($searchable ? 8 : 0);
}

function mcw_definition_facts($id, array $definition, $requirements) {
    $facts = array(
        'id' => (string) $id,
        'mode' => (int) $definition['mode'],
        'canUseLocalStore' => !empty($definition['canuselocalstore']),
        'requirements' => (int) $requirements,
        'simpleKeys' => !empty($definition['simplekeys']),
        'simpleData' => !empty($definition['simpledata']),
        'staticAcceleration' => !empty($definition['staticacceleration']) || !empty($definition['persistent']),
        'mappingsOnly' => !empty($definition['mappingsonly']),
    );
    if (!empty($definition['ttl'])) {
        $facts['ttl'] = (int) $definition['ttl'];
    }
    return $facts;
}

/** Moodle's own lock for writing this file: the same rule as cachelock_file has for its folder. */
function mcw_configwrite_lock($raw, $cachedir) {
    $lock = is_array($raw) && !empty($raw['locks']) ? reset($raw['locks']) : array('name' => 'cachelock_file_default', 'dir' => 'filelocks');
    if (!is_array($lock) || !isset($lock['dir'])) {
        $name = is_array($lock) && isset($lock['name']) ? $lock['name'] : 'cachelock_file_default';
        return $cachedir . '/' . md5($name) . '/configwrite.lock';
    }
    $dir = (string) $lock['dir'];
    if (strpos($dir, '/') !== false && strpos($dir, '.') !== 0 && is_dir($dir) && is_writable($dir)) {
        return $dir . '/configwrite.lock';
    }
    return $cachedir . '/' . preg_replace('#[^a-zA-Z0-9_]#', '_', $dir) . '/configwrite.lock';
}
