<?php
/**
 * How fast small files are in the places that caches may lie. Runs as the web user behind guarded.sh; request JSON on standard input
 * {marker, op, name, places: [{place, path}], seconds}; answers `PlaceMeasure[]` of src/core/measure.ts. Writes at most a few megabytes.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/../bridge/lib/io.php';
require __DIR__ . '/lib/place.php';

$mcw_request = mcw_begin(stream_get_contents(STDIN));
try {
    mcw_refuse_root();
    $mcw_name = mcw_need($mcw_request, 'name');
    if (!preg_match('/^\.moodle-cluster-wizard-probe-[0-9a-f]{16,64}$/', $mcw_name)) {
        throw new mcw_refusal('bug', 'The name of the probe\'s folder is not one of ours.');
    }
    $mcw_places = mcw_need($mcw_request, 'places');
    foreach ($mcw_places as $mcw_place) {
        // Ended by a signal, this process still removes what it made; killed, the guard does.
        register_shutdown_function('mcw_remove_probe_folder', $mcw_place['path'] . '/' . $mcw_name);
    }
    $mcw_share = (float) mcw_param($mcw_request, 'seconds', 6) / max(1, count($mcw_places));
    $mcw_reported = array();
    foreach ($mcw_places as $mcw_place) {
        $mcw_reported[] = mcw_probe_place($mcw_place, $mcw_name, microtime(true) + $mcw_share);
    }
    mcw_answer($mcw_reported);
} catch (Exception $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
} catch (Throwable $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
}
exit(0);
