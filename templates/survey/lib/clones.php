<?php
/**
 * Other Moodles of this node that were copied from the site: they carry its identifier, which is what keeps the keys of sites apart on a cache server.
 * Only read as text, nothing of theirs is run.
 */

/** @return array of document roots among $roots whose Moodle has this identifier in its muc/config.php */
function mcw_clones(array $roots, $identifier) {
    $clones = array();
    foreach ((string) $identifier === '' ? array() : $roots as $root) {
        if (mcw_identifier_of($root) === $identifier) {
            $clones[] = $root;
        }
    }
    return $clones;
}

/** The identifier in the cache configuration of the Moodle that is served from there; null when there is none, or it cannot be read. */
function mcw_identifier_of($root) {
    // From Moodle 5.1 on what is served is a folder of it.
    foreach (array($root, dirname($root)) as $dirroot) {
        $dataroot = mcw_match_in($dirroot . '/config.php', '/^\s*\$CFG->dataroot\s*=\s*([\'"])([^\'"$]+)\1\s*;/m', 2);
        if ($dataroot !== null) {
            return mcw_match_in(rtrim($dataroot, '/') . '/muc/config.php', '/^\s*\'siteidentifier\'\s*=>\s*\'([0-9a-f]{32})\'/m', 1);
        }
    }
    return null;
}

/** Part of a regular file's text that a pattern finds; null when it does not. */
function mcw_match_in($path, $pattern, $part) {
    if (!is_file($path) || !is_readable($path)) {
        return null;
    }
    $text = (string) @file_get_contents($path, false, null, 0, 4194304);
    return preg_match($pattern, $text, $match) ? $match[$part] : null;
}
