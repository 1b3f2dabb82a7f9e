<?php
/** Empties definitions in stores, whether they are mapped there or not. Moodle runs on a private copy with dummy stores; only the stores named are opened. */

require_once(__DIR__ . '/../lib/socket.php');
require_once(__DIR__ . '/../lib/memcached-empty.php');

function mcw_op_empty($request) {
    $config = call_user_func(array(mcw_config_class(), 'instance'));
    $stores = $config->get_all_stores();
    $owned = mcw_param($request, 'flushOwned', array());
    $result = array('emptied' => array(), 'owed' => array());
    foreach (mcw_need($request, 'items') as $item) {
        $name = $item['store'];
        if (isset($stores[$name]) && mcw_flushes_whole($stores[$name])) {
            $result = mcw_empty_whole($stores[$name], $item['definitions'], in_array($name, $owned, true), $result);
            continue;
        }
        $blocked = isset($stores[$name]) ? mcw_why_not_emptied($stores[$name]) : array('missing', 'there is no store of this name');
        $code = $blocked === null ? 'failed' : $blocked[0];
        $why = $blocked === null ? null : $blocked[1];
        $store = null;
        if ($why === null) {
            try {
                $store = mcw_open_store($stores[$name]);
            } catch (Exception $thrown) {
                $why = mcw_describe($thrown);
            } catch (Throwable $thrown) {
                $why = mcw_describe($thrown);
            }
        }
        foreach ($item['definitions'] as $id) {
            $reason = $why !== null ? $why : mcw_empty_definition($store, $config, $id);
            if ($reason === null) {
                $result['emptied'][] = array('store' => $name, 'definition' => $id);
            } else {
                $result['owed'][] = array('store' => $name, 'definition' => $id, 'code' => $code, 'why' => $reason);
            }
        }
    }
    return $result;
}

function mcw_flushes_whole(array $details) {
    return in_array($details['plugin'], array('memcached', 'memcache'), true);
}

/** A memcached: everything the instance keeps there goes, as its keys do not show their definition. */
function mcw_empty_whole(array $details, array $definitions, $owned, array $result) {
    $why = mcw_empty_memcached($details);
    if ($why !== null && $owned) {
        $why = mcw_flush_whole($details);
    }
    foreach ($definitions as $id) {
        if ($why === null) {
            $result['emptied'][] = array('store' => $details['name'], 'definition' => $id);
        } else {
            $result['owed'][] = array('store' => $details['name'], 'definition' => $id, 'code' => 'flush', 'why' => $why);
        }
    }
    return $result;
}

/** Moodle's own purge of a server that is this site's alone. @return string|null why not */
function mcw_flush_whole(array $details) {
    try {
        return mcw_open_store($details)->purge() === false ? 'the store said no' : null;
    } catch (Exception $thrown) {
        return mcw_describe($thrown);
    } catch (Throwable $thrown) {
        return mcw_describe($thrown);
    }
}

/** @return array|null why a store cannot be emptied from here at all: code and words */
function mcw_why_not_emptied(array $details) {
    if ($details['plugin'] === 'apcu' && PHP_SAPI === 'cli') {
        return array('web-only', 'APCu belongs to the web server\'s PHP and cannot be reached from the command line');
    }
    if ($details['plugin'] === 'session') {
        return array('session', 'it lives in each user\'s session');
    }
    return null;
}

/** The store's own purge of one definition, by the definition's hash: works also for those with required identifiers. @return string|null why not */
function mcw_empty_definition($store, $config, $id) {
    $entry = $config->get_definition_by_id($id);
    if (!$entry) {
        return 'this Moodle knows no such definition';
    }
    try {
        // A store object is bound to one definition: each gets a copy, as Moodle's factory does.
        $copy = clone($store);
        $copy->initialise(call_user_func(array(mcw_definition_class(), 'load'), $id, $entry));
        return $copy->purge() === false ? 'the store said no' : null;
    } catch (Exception $thrown) {
        return mcw_describe($thrown);
    } catch (Throwable $thrown) {
        return mcw_describe($thrown);
    }
}
