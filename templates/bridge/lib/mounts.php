<?php
/** Which file system a path is on, from the kernel's own table. */

/** @return array {device, inode, fsType, source}; empty texts where unknown */
function mcw_mount_of($path) {
    $stat = @stat($path);
    $best = array('length' => -1, 'device' => '', 'fsType' => '', 'source' => '');
    foreach ((array) @file('/proc/self/mountinfo', FILE_IGNORE_NEW_LINES) as $line) {
        $halves = explode(' - ', $line, 2);
        $left = explode(' ', $halves[0]);
        if (count($halves) !== 2 || count($left) < 5) {
            continue;
        }
        $point = rtrim(mcw_unescape_mount($left[4]), '/');
        // Later lines hide earlier ones on the same point.
        if (strpos($path . '/', $point . '/') === 0 && strlen($point) >= $best['length']) {
            $right = explode(' ', $halves[1]);
            $best = array('length' => strlen($point), 'device' => $left[2], 'fsType' => $right[0], 'source' => isset($right[1]) ? mcw_unescape_mount($right[1]) : '');
        }
    }
    return array(
        'device' => $best['device'],
        'inode' => $stat === false ? '' : (string) $stat['ino'],
        'fsType' => $best['fsType'],
        // Some file systems take credentials in the source: //user:password@server/share.
        'source' => mcw_redact_uri($best['source'], null),
    );
}

/** The same of where a folder really lies, links followed, with that path; one that is not there yet is taken for where it would be made. */
function mcw_real_mount_of($path) {
    $rest = '';
    $there = $path;
    $real = realpath($there);
    while ($real === false && dirname($there) !== $there) {
        $rest = '/' . basename($there) . $rest;
        $there = dirname($there);
        $real = realpath($there);
    }
    $whole = $real === false ? $path : rtrim($real, '/') . $rest;
    return array('path' => $whole) + mcw_mount_of($whole);
}

function mcw_unescape_mount($text) {
    return preg_replace_callback('/\\\\([0-7]{3})/', function ($m) {
        return chr(octdec($m[1]));
    }, $text);
}
