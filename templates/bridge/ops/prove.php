<?php
/** `ProofResult`: stores and effective mappings as this very SAPI on this very node has them, with a value that goes to the server and back. */

function mcw_op_prove($request) {
    $wanted = mcw_need($request, 'proof');
    $config = call_user_func(array(mcw_config_class(), 'instance'));
    $stores = $config->get_all_stores();
    $proofs = array();
    foreach ($wanted['stores'] as $name) {
        $proofs[$name] = isset($stores[$name]) ? mcw_prove_store($stores[$name], $wanted) : mcw_no_proof('There is no store "' . $name . '" on this node (or its plugin is missing here).');
    }
    $effective = array();
    if (empty($request['storesOff'])) {
        foreach ($wanted['definitions'] as $id) {
            $effective[$id] = mcw_effective_or_none($config, $id);
        }
    }
    return array('sapi' => PHP_SAPI, 'stores' => (object) $proofs, 'effective' => (object) $effective);
}

function mcw_no_proof($why) {
    return array('requirementsMet' => false, 'ready' => false, 'roundTrip' => null, 'ms' => null, 'read' => new stdClass(), 'error' => $why);
}

/** One store; whatever it throws is its own result and no other's. */
function mcw_prove_store(array $details, array $wanted) {
    $proof = mcw_no_proof(null);
    try {
        $class = mcw_store_class($details['plugin']);
        $unmet = mcw_unmet($class, $details['plugin']);
        $proof['requirementsMet'] = $unmet === null;
        if ($unmet !== null) {
            $proof['error'] = ucfirst($unmet) . '.';
            return $proof;
        }
        $store = mcw_open_store($details);
        $proof['ready'] = true;
        // Session and request stores live in one process: nothing to send anywhere.
        if (in_array($details['plugin'], array('session', 'static'), true)) {
            return $proof;
        }
        $store->initialise(mcw_proof_definition($details['modes']));
        return mcw_prove_round_trip($store, $details['name'], $wanted, $proof);
    } catch (Exception $thrown) {
        $proof['error'] = mcw_describe($thrown);
    } catch (Throwable $thrown) {
        $proof['error'] = mcw_describe($thrown);
    }
    return $proof;
}

function mcw_prove_round_trip($store, $name, array $wanted, array $proof) {
    if (isset($wanted['write'])) {
        $key = mcw_proof_key($wanted['write']);
        $value = mcw_proof_value($wanted['write']);
        $began = microtime(true);
        $kept = $store->set($key, $value);
        $got = $store->get($key);
        $proof['ms'] = round((microtime(true) - $began) * 1000, 3);
        $proof['roundTrip'] = $kept && $got === $value;
        if (!$proof['roundTrip']) {
            $proof['error'] = $kept ? 'A value was written, but reading it back failed.' : 'Writing a value failed.';
        }
    }
    $read = array();
    foreach (mcw_keys_for($wanted, 'read', $name) as $key) {
        $read[$key] = $store->get(mcw_proof_key($key)) === mcw_proof_value($key);
    }
    $proof['read'] = (object) $read;
    foreach (mcw_keys_for($wanted, 'clean', $name) as $key) {
        $store->delete(mcw_proof_key($key));
    }
    return $proof;
}

function mcw_keys_for(array $wanted, $part, $store) {
    return isset($wanted[$part][$store]) && is_array($wanted[$part][$store]) ? $wanted[$part][$store] : array();
}

/** A key that every store takes: no spaces, short. */
function mcw_proof_key($key) {
    return 'wizard' . md5($key);
}

function mcw_proof_value($key) {
    return 'moodle-cluster-wizard proof ' . $key;
}

function mcw_effective_or_none($config, $id) {
    try {
        return mcw_effective_stores($config, $id);
    } catch (Exception $thrown) {
        return array();
    } catch (Throwable $thrown) {
        return array();
    }
}
