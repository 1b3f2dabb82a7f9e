<?php
/** What root may rely on: a path that nobody but root can change, the folders above it and the links on the way included. */

/** Most that is read of one configuration file, in bytes. */
define('MCW_TRUSTED_BYTES', 1048576);

/**
 * Follows a path step by step. Nothing is opened. With $own, the stat of a folder, also what belongs to its owner counts, who can change that folder anyway.
 * @return array {path: real path, or null when it is not root's alone; why: the reason then, stat: of the real path}
 */
function mcw_trust($path, $own = null) {
    if (!is_string($path) || $path === '' || $path[0] !== '/' || strpos($path, "\0") !== false) {
        return array('path' => null, 'why' => 'is not an absolute path', 'stat' => null);
    }
    $parts = explode('/', $path);
    $at = '/';
    $stat = @lstat('/');
    $why = mcw_trust_flaw('/', $stat, $own);
    for ($links = 0; $why === null && count($parts) > 0;) {
        $part = array_shift($parts);
        if ($part === '' || $part === '.') {
            continue;
        }
        $next = $part === '..' ? dirname($at) : rtrim($at, '/') . '/' . $part;
        clearstatcache(true, $next);
        $stat = @lstat($next);
        $why = mcw_trust_flaw($next, $stat, $own);
        if ($why === null && ($stat['mode'] & 0170000) === 0120000) {
            $links++;
            $target = (string) @readlink($next);
            $parts = array_merge(explode('/', $target), $parts);
            $at = $target !== '' && $target[0] === '/' ? '/' : $at;
            $why = $links > 20 || $target === '' ? 'leads through too many links' : null;
            continue;
        }
        $at = $next;
    }
    return $why === null ? array('path' => $at, 'why' => null, 'stat' => @lstat($at)) : array('path' => null, 'why' => $why, 'stat' => null);
}

/** Why others than root can change what lies there, or null. Root's own group may write. */
function mcw_trust_flaw($path, $stat, $own = null) {
    if ($stat === false) {
        return 'does not exist';
    }
    if ($stat['uid'] !== 0 && ($own === null || $stat['uid'] !== $own['uid'])) {
        return $path . ' belongs to uid ' . $stat['uid'] . ', not to root';
    }
    $link = ($stat['mode'] & 0170000) === 0120000;
    $group = $stat['gid'] === 0 || ($own !== null && ($own['mode'] & 0020) !== 0 && $stat['gid'] === $own['gid']);
    if (!$link && (($stat['mode'] & 0002) !== 0 || (($stat['mode'] & 0020) !== 0 && !$group))) {
        return $path . ' can be written to by others than root (mode ' . decoct($stat['mode'] & 07777) . ')';
    }
    return null;
}

/** @return bool whether this is a program that root alone can change */
function mcw_trusted_program($path) {
    $trust = mcw_trust($path);
    return $trust['path'] !== null && is_file($trust['path']) && is_executable($trust['path']);
}

/** Text of a configuration file that is root's alone, a regular file and of bounded size; null and a note of this run when it is not. */
function mcw_trusted_text($path) {
    $trust = mcw_trust($path);
    $why = $trust['why'];
    if ($why === null && ($trust['stat']['mode'] & 0170000) !== 0100000) {
        $why = 'is not a regular file';
    } else if ($why === null && $trust['stat']['size'] > MCW_TRUSTED_BYTES) {
        $why = 'is larger than 1 MiB';
    }
    $handle = $why === null ? @fopen($trust['path'], 'rbn') : false;
    if ($handle === false) {
        mcw_notes($path . ' is ignored: ' . ($why === null ? 'it cannot be read' : (strpos($why, '/') === 0 ? $why : 'it ' . $why)) . '. Only configuration that root alone can change is used.');
        return null;
    }
    $text = stream_get_contents($handle, MCW_TRUSTED_BYTES);
    fclose($handle);
    return $text === false ? null : $text;
}

/** Whether a file that a server loads is root's alone; a note says so when it is not. */
function mcw_trusted_part($path) {
    $trust = mcw_trust($path);
    if ($trust['path'] === null) {
        mcw_notes($path . ' can be changed by other users: ' . $trust['why'] . '. The server that loads it is not asked for its configuration.');
    }
    return $trust['path'] !== null;
}

/** Adds a note for the administrator; returns all of this run, each once. */
function mcw_notes($note = null) {
    static $notes = array();
    if ($note !== null) {
        $notes[$note] = true;
    }
    return array_keys($notes);
}
