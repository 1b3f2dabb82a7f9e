<?php
/**
 * Waits for the end of a MongoDB probe, however it ends, and drops the collection that it made: a killed process drops nothing itself. Standard input: one
 * line of JSON {target, collection}, then nothing until the probe is gone. Runs in a session of its own, so that it outlives its group.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/../bridge/lib/io.php';
require __DIR__ . '/lib/clients.php';

/** Longer than any probe takes. */
define('MCW_GUARD_SECONDS', 120);

$mcw_asked = json_decode((string) fgets(STDIN), true);
if (!is_array($mcw_asked)) {
    exit(64);
}
$mcw_ends = array(STDIN);
$mcw_none = null;
stream_select($mcw_ends, $mcw_none, $mcw_none, MCW_GUARD_SECONDS);
try {
    // Usually the probe has dropped it already.
    mcw_mongodb_drop_if_there(array('collection' => $mcw_asked['collection']) + mcw_open_mongodb($mcw_asked['target'], ''));
} catch (Exception $mcw_gone) {
    exit(1);
}
exit(0);
