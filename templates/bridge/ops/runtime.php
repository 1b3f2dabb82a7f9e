<?php
/** APCu's and OPcache's own state as this SAPI has it: `RuntimeMeasure` of src/core/measure.ts. Reads only. */

function mcw_op_runtime($request) {
    return array('sapi' => php_sapi_name(), 'apcu' => mcw_apcu_state(), 'opcache' => mcw_opcache_state());
}

function mcw_apcu_state() {
    if (!function_exists('apcu_sma_info') || !function_exists('apcu_enabled') && !ini_get('apc.enabled')) {
        return null;
    }
    $memory = @apcu_sma_info();
    $cache = function_exists('apcu_cache_info') ? @apcu_cache_info(true) : false;
    if (!is_array($memory)) {
        return null;
    }
    $blocks = 0;
    $largest = 0;
    foreach ((array) $memory['block_lists'] as $segment) {
        foreach ((array) $segment as $block) {
            $blocks++;
            $largest = max($largest, $block['size']);
        }
    }
    $free = (float) $memory['avail_mem'];
    return array(
        'sizeMb' => round($memory['num_seg'] * $memory['seg_size'] / 1048576, 1), 'freeMb' => round($free / 1048576, 1),
        // 0: all free memory is one piece; near 1: crumbs.
        'fragmentation' => $free > 0 ? round(1 - $largest / $free, 3) : 0, 'freeBlocks' => $blocks,
        'entries' => is_array($cache) && isset($cache['num_entries']) ? (int) $cache['num_entries'] : 0,
        'expunges' => is_array($cache) && isset($cache['expunges']) ? (int) $cache['expunges'] : 0,
    );
}

function mcw_opcache_state() {
    $enabled = extension_loaded('Zend OPcache') && ini_get(PHP_SAPI === 'cli' ? 'opcache.enable_cli' : 'opcache.enable');
    $status = $enabled && function_exists('opcache_get_status') ? @opcache_get_status(false) : false;
    if (!is_array($status)) {
        return array('enabled' => (bool) $enabled, 'readable' => false);
    }
    $memory = $status['memory_usage'];
    return array(
        'enabled' => (bool) $status['opcache_enabled'], 'readable' => true, 'full' => (bool) $status['cache_full'],
        'usedMb' => round($memory['used_memory'] / 1048576, 1), 'freeMb' => round($memory['free_memory'] / 1048576, 1),
        'wastedPercent' => round($memory['current_wasted_percentage'], 1), 'scripts' => (int) $status['opcache_statistics']['num_cached_scripts'],
        'maxScripts' => (int) $status['opcache_statistics']['max_cached_keys'], 'hitRate' => round($status['opcache_statistics']['opcache_hit_rate'], 1),
        'restartsOutOfMemory' => (int) $status['opcache_statistics']['oom_restarts'],
    );
}
