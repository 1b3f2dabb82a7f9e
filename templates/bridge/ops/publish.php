<?php
/** Compare and swap of the MUC file, and its plain reading. Moodle is not started: it may not be able to. */

function mcw_op_read_muc($request) {
    $path = mcw_need($request, 'mucPath');
    $bytes = mcw_read_regular($path);
    return $bytes === null ? null : array('content' => base64_encode($bytes), 'sha256' => hash('sha256', $bytes), 'file' => mcw_path_facts($path));
}

/**
 * Takes Moodle's own lock, hashes the live file again, one rename, unlocks.
 * @throws mcw_refusal `muc-moved`, `muc-lock-stale`, `not-a-file`, `unwritable`
 */
function mcw_op_publish($request) {
    $path = mcw_need($request, 'mucPath');
    $lock = mcw_need($request, 'lockPath');
    $content = base64_decode(mcw_need($request, 'content'), true);
    if ($content === false || strncmp($content, '<?php', 5) !== 0) {
        throw new mcw_refusal('bug', 'The content to publish is not base64 of a PHP file.');
    }
    mcw_make_folder(dirname($lock));
    mcw_make_folder(dirname($path));
    mcw_take_configwrite($lock);
    mcw_sweep_temporary(dirname($path));
    try {
        $sha = mcw_swap($path, $content, $request);
    } catch (Exception $thrown) {
        mcw_release_configwrite($lock);
        throw $thrown;
    }
    mcw_release_configwrite($lock);
    return $sha;
}

/** Removes what a process of ours that was killed here has left: it may hold secrets. Nobody else of us is here while we hold the lock. */
function mcw_sweep_temporary($folder) {
    foreach ((array) @scandir($folder) as $name) {
        if (is_string($name) && preg_match('/^\.moodle-cluster-wizard-[0-9a-f]{32}$/', $name)) {
            @unlink($folder . '/' . $name);
        }
    }
}

function mcw_swap($path, $content, $request) {
    $expected = mcw_param($request, 'expected');
    $found = mcw_hash_regular($path);
    $wanted = hash('sha256', $content);
    if ($found !== $expected) {
        $what = $found === null ? 'is missing' : 'is not the one that this change was made for';
        throw new mcw_refusal('muc-moved', 'The MUC file ' . $path . ' ' . $what . '; nothing was written.', array('path' => $path, 'found' => $found, 'expected' => $expected));
    }
    $mode = mcw_param($request, 'mode');
    $bits = $mode === null ? 0660 : octdec($mode) & 0777;
    $temporary = dirname($path) . '/.moodle-cluster-wizard-' . mcw_random_name();
    if (!mcw_create_exclusive($temporary, $content, $bits)) {
        throw new mcw_refusal('unwritable', 'The temporary file ' . $temporary . ' exists already.', array('path' => $temporary));
    }
    // Moodle 4.1 and later unlocks before it renames: its file may have come in after our first look.
    $again = mcw_hash_regular($path);
    if ($again !== $expected) {
        @unlink($temporary);
        throw new mcw_refusal('muc-moved', 'The MUC file ' . $path . ' changed just now; nothing was written.', array('path' => $path, 'found' => $again, 'expected' => $expected));
    }
    if (!@rename($temporary, $path)) {
        $reason = mcw_last_error();
        @unlink($temporary);
        throw new mcw_refusal('unwritable', 'The MUC file ' . $path . ' cannot be replaced: ' . $reason, array('path' => $path));
    }
    mcw_sync_folder(dirname($path));
    $after = mcw_hash_regular($path);
    if ($after !== $wanted) {
        throw new mcw_refusal('muc-overtaken', 'The MUC file ' . $path . ' was replaced by another process right after it was written.', array('path' => $path, 'found' => $after, 'expected' => $wanted));
    }
    return array('sha256' => $wanted, 'file' => mcw_path_facts($path));
}

/** PHP has no fsync of a folder; opening it for reading and syncing is all that a plain stream allows, and not everywhere. */
function mcw_sync_folder($folder) {
    $handle = @fopen($folder, 'r');
    if ($handle !== false) {
        if (function_exists('fsync')) {
            @fsync($handle);
        }
        fclose($handle);
    }
}

/** A folder as Moodle would make it; a missing one is rare (cachedir just purged, no MUC file yet). */
function mcw_make_folder($folder) {
    if (is_dir($folder)) {
        return;
    }
    $before = umask(0);
    $made = @mkdir($folder, 02770, true);
    umask($before);
    if (!$made && !is_dir($folder)) {
        throw new mcw_refusal('unwritable', 'Cannot create the folder ' . $folder . ': ' . mcw_last_error(), array('path' => $folder));
    }
}

/** Moodle's lock: a file made with mode xb, waited for as Moodle waits (100 tries of 1 to 50 ms), removed to unlock. It has no age limit. */
function mcw_take_configwrite($lock) {
    for ($try = 0; $try <= 100; $try++) {
        $handle = @fopen($lock, 'xb');
        if ($handle !== false) {
            fclose($handle);
            mcw_hold_configwrite($lock);
            return;
        }
        if (@lstat($lock) === false && !is_writable(dirname($lock))) {
            throw new mcw_refusal('unwritable', 'Cannot create Moodle\'s lock ' . $lock . ': ' . mcw_last_error(), array('path' => $lock));
        }
        usleep(mt_rand(1000, 50000));
        clearstatcache(true, $lock);
    }
    $stat = @lstat($lock);
    $age = $stat === false ? 0 : mcw_age_of($stat, dirname($lock));
    throw new mcw_refusal('muc-lock-stale', 'Moodle\'s lock for writing the MUC file, ' . $lock . ', is held for ' . $age . ' seconds.', array('path' => $lock, 'ageSeconds' => $age));
}

/** Should this process die while it holds the lock, its end still removes it. */
function mcw_hold_configwrite($lock) {
    $state = &mcw_state();
    $state['configwrite'] = $lock;
    register_shutdown_function('mcw_release_configwrite', $lock);
}

function mcw_release_configwrite($lock) {
    $state = &mcw_state();
    if (isset($state['configwrite']) && $state['configwrite'] === $lock) {
        $state['configwrite'] = null;
        @unlink($lock);
    }
}
