<?php
/**
 * The marks of a trial beside the MUC file: NAME.armed becomes NAME.kept or NAME.reverting by one rename, and the first rename decides.
 * The nodes' automatic rollback (templates/trial/lib.sh) reads and moves the same marks. Moodle is not started.
 */

function mcw_trial_marks($request) {
    $id = (string) mcw_need($request, 'id');
    if (!preg_match('/^[A-Za-z0-9-]+$/', $id)) {
        throw new mcw_refusal('bug', 'Invalid trial id: ' . $id);
    }
    return dirname(mcw_need($request, 'mucPath')) . '/.moodle-cluster-wizard-trial-' . $id;
}

/** @return string kept, reverted, reverting, armed or none */
function mcw_trial_mark($marks) {
    clearstatcache();
    foreach (array('kept', 'reverted', 'reverting', 'armed') as $mark) {
        if (@lstat($marks . '.' . $mark) !== false) {
            return $mark;
        }
    }
    return 'none';
}

function mcw_op_trial_begin($request) {
    $marks = mcw_trial_marks($request);
    if (mcw_trial_mark($marks) !== 'none' || !mcw_create_exclusive($marks . '.armed', $request['id'] . "\n", 0640)) {
        throw new mcw_refusal('unwritable', 'Marks of this trial exist already: ' . $marks . '.*', array('path' => $marks));
    }
    return array('mark' => 'armed');
}

/** Moves a mark on. @return array {done, mark}: done is false when somebody else came first */
function mcw_op_trial_turn($request) {
    $marks = mcw_trial_marks($request);
    $to = mcw_need($request, 'to');
    $from = array('kept' => array('armed'), 'reverting' => array('armed'), 'reverted' => array('reverting', 'armed'));
    if (!isset($from[$to])) {
        throw new mcw_refusal('bug', 'Unknown mark "' . $to . '".');
    }
    $done = false;
    foreach ($from[$to] as $mark) {
        $done = $done || @rename($marks . '.' . $mark, $marks . '.' . $to);
    }
    return array('done' => $done, 'mark' => mcw_trial_mark($marks));
}

function mcw_op_trial_mark($request) {
    return array('mark' => mcw_trial_mark(mcw_trial_marks($request)));
}

/** Only when every node has reported its end: a node that returns later would read missing marks as a missing confirm. */
function mcw_op_trial_clear($request) {
    $marks = mcw_trial_marks($request);
    foreach (array('armed', 'reverting', 'kept', 'reverted') as $mark) {
        @unlink($marks . '.' . $mark);
    }
    return array('mark' => mcw_trial_mark($marks));
}
