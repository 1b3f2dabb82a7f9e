<?php
/**
 * The bridge in the web SAPI: run by PHP-FPM over FastCGI, never through a web server. The request is in the body; the token of the run in MCW_TOKEN.
 */

require __DIR__ . '/../lib/io.php';
require __DIR__ . '/../lib/token.php';

if (PHP_SAPI === 'cli' || !mcw_token_holds(isset($_SERVER['MCW_TOKEN']) ? $_SERVER['MCW_TOKEN'] : '', dirname(dirname(dirname(dirname(__DIR__)))) . '/run')) {
    header('Status: 404 Not Found');
    echo 'probe-token';
    exit;
}
unset($_SERVER['MCW_TOKEN'], $_ENV['MCW_TOKEN']);

require __DIR__ . '/../lib/files.php';
require __DIR__ . '/../lib/redact.php';
require __DIR__ . '/../lib/sapi.php';
require __DIR__ . '/../lib/muc-file.php';
require __DIR__ . '/../lib/moodle.php';
require __DIR__ . '/../lib/ops.php';

mcw_begin(file_get_contents('php://input'));
header('Content-Type: text/plain');
header('Cache-Control: no-store');
try {
    mcw_load_op(dirname(__DIR__), true);
    if (mcw_bootstrap_of($GLOBALS['MCW_OP']) !== 'none') {
        require mcw_before_config(mcw_state()['request'], mcw_bootstrap_of($GLOBALS['MCW_OP']), mcw_starts_as_web(mcw_state()['request']));
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
exit;
