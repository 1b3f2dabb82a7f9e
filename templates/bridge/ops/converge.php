<?php
/** Drops the MUC file from this SAPI's OPcache and tells what runs. Moodle is not started. */

function mcw_op_converge($request) {
    $path = mcw_need($request, 'mucPath');
    clearstatcache(true);
    $opcache = mcw_invalidate($path);
    $bytes = mcw_read_regular($path);
    $runs = null;
    if ($bytes !== null) {
        mcw_last_words(array('diskHash' => hash('sha256', $bytes), 'runsHash' => null, 'opcache' => $opcache));
        try {
            $configuration = mcw_muc_include($path);
            $runs = is_array($configuration) ? hash('sha256', serialize($configuration)) : null;
        } catch (Exception $broken) {
            $runs = null;
        } catch (Throwable $broken) {
            $runs = null;
        }
    }
    return array('diskHash' => $bytes === null ? null : hash('sha256', $bytes), 'runsHash' => $runs, 'opcache' => $opcache);
}

/** @return string off, invalidated or refused */
function mcw_invalidate($path) {
    $loaded = extension_loaded('Zend OPcache');
    $setting = PHP_SAPI === 'cli' ? 'opcache.enable_cli' : 'opcache.enable';
    if (!$loaded || !filter_var(ini_get($setting), FILTER_VALIDATE_BOOLEAN) || !filter_var(ini_get('opcache.enable'), FILTER_VALIDATE_BOOLEAN)) {
        return 'off';
    }
    if (!function_exists('opcache_invalidate')) {
        // disable_functions of the pool
        return 'refused';
    }
    // opcache.restrict_api lets only scripts below one folder use it; it warns and returns false.
    return @opcache_invalidate($path, true) ? 'invalidated' : 'refused';
}
