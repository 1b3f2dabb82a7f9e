<?php
/** The wizard's own lock beside the MUC file: every machine that shares dataroot sees it. */

function mcw_lock_path($request) {
    return dirname(mcw_need($request, 'mucPath')) . '/' . MCW_LOCK_NAME;
}

/** @throws mcw_refusal `lock-held` naming the holder */
function mcw_op_lock($request) {
    $path = mcw_lock_path($request);
    $holder = mcw_need($request, 'holder');
    if (!is_dir(dirname($path))) {
        throw new mcw_refusal('unwritable', 'The folder ' . dirname($path) . ' does not exist yet: open any page of the site once, and Moodle creates it.');
    }
    // On a share, two exclusive creates of the same name cannot both succeed (NFSv3 and later, and every local file system).
    if (!mcw_create_exclusive($path, json_encode($holder) . "\n", 0640)) {
        $other = mcw_read_holder($path);
        if (is_array($other) && isset($other['token']) && $other['token'] === $holder['token']) {
            return array('taken' => true);
        }
        $who = is_array($other) && isset($other['user'], $other['host'], $other['since']) ? $other['user'] . ' on ' . $other['host'] . ' since ' . $other['since'] : 'someone who left no name';
        throw new mcw_refusal('lock-held', 'Another run holds the lock ' . $path . ': ' . $who . '.', array('path' => $path, 'holder' => $other));
    }
    return array('taken' => true);
}

/** An empty token stands for a lock that names nobody: cut short, or planted. */
function mcw_op_unlock($request) {
    $path = mcw_lock_path($request);
    $token = (string) mcw_param($request, 'token', '');
    if (!mcw_holds($path, $token) || !mcw_take_guard($path, $token)) {
        return array('removed' => false);
    }
    // Looked at again behind the guard: the first process may have removed it, and a third one created it again.
    $removed = mcw_holds($path, $token) && @unlink($path);
    @unlink(mcw_guard_path($path, $token));
    return array('removed' => $removed);
}

function mcw_holds($path, $token) {
    $holder = mcw_read_holder($path);
    return is_array($holder) && (isset($holder['token']) ? (string) $holder['token'] : '') === $token;
}

function mcw_guard_path($path, $token) {
    return $path . '.' . substr(hash('sha256', $token), 0, 16);
}

/** Of several that take over one dead lock only one may remove it; else the slower one would remove the lock of the faster. */
function mcw_take_guard($path, $token) {
    $guard = mcw_guard_path($path, $token);
    $stat = @lstat($guard);
    if ($stat !== false && mcw_age_of($stat, dirname($guard)) > 60) {
        // Its maker was killed in the few milliseconds that it lives.
        @unlink($guard);
    }
    return mcw_create_exclusive($guard, '', 0600);
}

function mcw_op_lock_holder($request) {
    return array('holder' => mcw_read_holder(mcw_lock_path($request)));
}

/** The holder, null when there is no lock. A lock that is just being written is read again; a planted link or folder is a lock of nobody. */
function mcw_read_holder($path) {
    for ($try = 0; $try < 5; $try++) {
        try {
            $bytes = mcw_read_regular($path);
        } catch (mcw_refusal $refusal) {
            $bytes = '';
        }
        if ($bytes === null) {
            return null;
        }
        $holder = json_decode($bytes, true);
        if (is_array($holder)) {
            return $holder;
        }
        usleep(100000);
    }
    return array('token' => '', 'run' => '', 'user' => '', 'host' => '', 'pid' => 0, 'processStart' => '', 'since' => '');
}
