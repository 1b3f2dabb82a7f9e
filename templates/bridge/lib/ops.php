<?php
/** Which file holds which operation, and which of them each entry may run. */

/** @throws mcw_refusal for an operation that this entry does not have, or that must not run as root */
function mcw_load_op($bridge, $web) {
    $files = array(
        'config' => 'config', 'inspect' => 'inspect', 'stage' => 'stage', 'prove' => 'prove', 'empty' => 'empty',
        'publish' => 'publish', 'read-muc' => 'publish', 'lock' => 'lock', 'unlock' => 'lock', 'lock-holder' => 'lock',
        'converge' => 'converge', 'reach' => 'reach', 'sapi' => 'sapi', 'pages' => 'pages', 'runtime' => 'runtime', 'usage' => 'usage',
        'trial-begin' => 'trial', 'trial-turn' => 'trial', 'trial-mark' => 'trial', 'trial-clear' => 'trial',
    );
    $state = &mcw_state();
    $op = $state['request']['op'];
    if (!isset($files[$op]) || ($web && !in_array($op, array('sapi', 'prove', 'empty', 'converge', 'runtime'), true))) {
        throw new mcw_refusal('bug', 'Unknown operation "' . $op . '".');
    }
    if (!in_array($op, array('reach', 'sapi', 'runtime'), true)) {
        mcw_refuse_root();
    }
    $GLOBALS['MCW_OP'] = $op;
    if (in_array($op, array('inspect', 'stage', 'prove', 'empty', 'usage'), true)) {
        require_once($bridge . '/lib/stores.php');
    }
    if ($op === 'stage') {
        require_once($bridge . '/lib/muc-compare.php');
        require_once($bridge . '/lib/muc-edit.php');
    }
    require_once($bridge . '/ops/' . $files[$op] . '.php');
}
