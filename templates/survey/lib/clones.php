<?php
/**
 * Other Moodles of this node that were copied from the site: they carry its identifier, which is what keeps the keys of sites apart on a cache server.
 * What belongs to others is read as text, as the web user and with a limit of time: nothing of theirs is run, and nothing of theirs can hold up root.
 */

/** @return array of document roots among $roots whose Moodle has this identifier in a cache configuration that is not ours ($own: its path) */
function mcw_clones(array $roots, $identifier, $own, $user) {
    $clones = array();
    $end = microtime(true) + 20;
    foreach (!is_string($identifier) || $identifier === '' ? array() : $roots as $root) {
        if (microtime(true) > $end) {
            mcw_notes('Comparing this site with the other sites of this node timed out: some were not compared.');
            break;
        }
        $muc = mcw_muc_beside($root, $user);
        if ($muc === null || $muc['path'] === mcw_real_path($own, $user)) {
            continue;
        }
        if (preg_match('/^[ \t]*\'siteidentifier\'\s*=>\s*\'([0-9a-f]{32})\'/m', $muc['text'], $match) && $match[1] === $identifier) {
            $clones[] = $root;
        }
    }
    return $clones;
}

/** The cache configuration of the Moodle that is served from there, or null: array(path, text). */
function mcw_muc_beside($root, $user) {
    // From Moodle 5.1 on what is served is a folder of it.
    foreach (array($root, dirname($root)) as $dirroot) {
        $config = mcw_text_of($dirroot . '/config.php', $user);
        $dataroot = $config === null ? null : mcw_dataroot_in($config['text']);
        if ($dataroot !== null) {
            return mcw_text_of($dataroot . '/muc/config.php', $user);
        }
    }
    return null;
}

/** A regular file's real path and first text, or null when the web user cannot read it within five seconds. */
function mcw_text_of($path, $user) {
    $read = '[ -f "$1" ] && [ -s "$1" ] && readlink -f -- "$1" && head -c 262144 -- "$1"';
    $said = mcw_run_one(array_merge(mcw_become($user, 5), array('sh', '-c', $read, 'sh', $path)), 8);
    if ($said === null || strpos($said, "\n") === false) {
        return null;
    }
    list($real, $text) = explode("\n", $said, 2);
    return array('path' => $real, 'text' => $text);
}

function mcw_real_path($path, $user) {
    return trim((string) mcw_run_one(array_merge(mcw_become($user, 5), array('readlink', '-f', '--', $path)), 8));
}
