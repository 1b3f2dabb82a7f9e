<?php
/**
 * The bridge between the wizard and Moodle: one JSON request on standard input, one JSON answer on standard output between two markers.
 * Runs as the web user. Request: {marker, op, dirroot, …}; answers: {ok: true, data} or {ok: false, error: {code, message, details}}.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/lib/io.php';
require __DIR__ . '/lib/files.php';
require __DIR__ . '/lib/redact.php';
require __DIR__ . '/lib/sapi.php';
require __DIR__ . '/lib/muc-file.php';
require __DIR__ . '/lib/moodle.php';
require __DIR__ . '/lib/ops.php';

mcw_begin(stream_get_contents(STDIN));
try {
    mcw_load_op(__DIR__, false);
    if (mcw_bootstrap_of($GLOBALS['MCW_OP']) !== 'none') {
        // Moodle's files expect to be loaded at the top level, not from within a function.
        require mcw_before_config(mcw_state()['request'], mcw_bootstrap_of($GLOBALS['MCW_OP']), false);
        $GLOBALS['MCW_SETUP'] = mcw_after_config(mcw_state()['request'], mcw_bootstrap_of($GLOBALS['MCW_OP']));
        if ($GLOBALS['MCW_SETUP'] !== null) {
            require $GLOBALS['MCW_SETUP'];
        }
    }
    mcw_answer(call_user_func('mcw_op_' . str_replace('-', '_', $GLOBALS['MCW_OP']), mcw_state()['request']));
} catch (Exception $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
} catch (Throwable $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
}
exit(0);
