<?php
/** One folder as a place for caches: what it is, what room it has, how fast small files are there. Everything is made in one private folder. */

require_once(__DIR__ . '/spread.php');
require_once(__DIR__ . '/../../bridge/lib/redact.php');
require_once(__DIR__ . '/../../bridge/lib/mounts.php');

define('MCW_PROBE_PREFIX', '.moodle-cluster-wizard-probe-');
/** Less than this and nothing is written there. */
define('MCW_ROOM_MB', 100);
define('MCW_ROOM_INODES', 2000);
define('MCW_FILES', 48);
define('MCW_BIG_BYTES', 2097152);

/** @return array `PlaceMeasure` of src/core/measure.ts */
function mcw_probe_place(array $place, $name, $deadline) {
    $facts = array('place' => $place['place'], 'path' => $place['path']) + mcw_place_facts($place['path']);
    $refused = mcw_place_refused($place['path'], $facts);
    if ($refused === null) {
        mcw_sweep_old($place['path']);
        $refused = mcw_make_probe_folder($place['path'] . '/' . $name);
    }
    if ($refused !== null) {
        return $facts + array('ops' => new stdClass(), 'refused' => $refused);
    }
    $times = mcw_time_files($place['path'] . '/' . $name, $deadline);
    mcw_remove_probe_folder($place['path'] . '/' . $name);
    return $facts + $times;
}

function mcw_place_facts($path) {
    $mount = mcw_mount_of($path);
    $free = @disk_free_space($path);
    return array(
        'fsType' => $mount['fsType'], 'source' => $mount['source'], 'device' => $mount['device'], 'options' => mcw_mount_options($path),
        'freeMb' => $free === false ? null : (int) ($free / 1048576), 'freeInodes' => mcw_free_inodes($path),
    );
}

/** Why nothing is written there, in words, or null. */
function mcw_place_refused($path, array $facts) {
    if (!is_dir($path)) {
        return 'there is no such folder';
    }
    if ($facts['freeMb'] !== null && $facts['freeMb'] < MCW_ROOM_MB) {
        return 'only ' . $facts['freeMb'] . ' MB are free, and ' . MCW_ROOM_MB . ' MB are asked for before anything is written';
    }
    if ($facts['freeInodes'] !== null && $facts['freeInodes'] < MCW_ROOM_INODES) {
        return 'only ' . $facts['freeInodes'] . ' inodes are free, and ' . MCW_ROOM_INODES . ' are asked for before anything is written';
    }
    return null;
}

/** Free inodes; null where the file system counts none or it cannot be asked. */
function mcw_free_inodes($path) {
    if (!function_exists('exec')) {
        return null;
    }
    $lines = array();
    @exec('timeout 5 stat -f -c ' . escapeshellarg('%c %d') . ' -- ' . escapeshellarg($path) . ' 2>/dev/null', $lines);
    $words = explode(' ', isset($lines[0]) ? $lines[0] : '');
    return count($words) === 2 && (float) $words[0] > 0 ? (float) $words[1] : null;
}

/** Mount options of the file system a path is on. Those that may hold credentials are omitted. */
function mcw_mount_options($path) {
    $best = -1;
    $found = '';
    foreach ((array) @file('/proc/self/mountinfo', FILE_IGNORE_NEW_LINES) as $line) {
        $halves = explode(' - ', $line, 2);
        $left = explode(' ', $halves[0]);
        if (count($halves) !== 2 || count($left) < 6) {
            continue;
        }
        $point = rtrim(mcw_unescape_mount($left[4]), '/');
        if (strpos($path . '/', $point . '/') === 0 && strlen($point) >= $best) {
            $best = strlen($point);
            $right = explode(' ', $halves[1]);
            $found = $left[5] . (isset($right[2]) ? ',' . $right[2] : '');
        }
    }
    // Neither credentials nor long lists of folders.
    $kept = preg_grep('#pass|secret|cred|user=|key|=.*/#i', explode(',', $found), PREG_GREP_INVERT);
    return implode(',', array_values(array_unique($kept)));
}

/** Folders of probes that a power cut left: old, ours by name and by owner. */
function mcw_sweep_old($parent) {
    foreach ((array) @scandir($parent) as $name) {
        if (!is_string($name) || strpos($name, MCW_PROBE_PREFIX) !== 0) {
            continue;
        }
        $stat = @lstat($parent . '/' . $name);
        // A folder of somebody else's in /tmp could become a link under our hands; without posix nobody's folder is known to be ours.
        if ($stat !== false && function_exists('posix_geteuid') && $stat['uid'] === posix_geteuid() && ($stat['mode'] & 0170000) === 0040000 && time() - $stat['mtime'] > 600) {
            mcw_remove_probe_folder($parent . '/' . $name);
        }
    }
}

/** Why the private folder cannot be made, or null. */
function mcw_make_probe_folder($folder) {
    if (@mkdir($folder, 0700)) {
        return null;
    }
    $error = error_get_last();
    $why = $error === null ? 'unknown reason' : preg_replace('/^mkdir\(\): /', '', $error['message']);
    return 'cannot write there: ' . $why;
}

/** The folder is flat: files only, no link is followed. */
function mcw_remove_probe_folder($folder) {
    // Where others may write, somebody may have put a link of this name there.
    if (is_link($folder) || !is_dir($folder)) {
        return;
    }
    foreach ((array) @scandir($folder) as $name) {
        if (is_string($name) && $name !== '.' && $name !== '..') {
            @unlink($folder . '/' . $name);
        }
    }
    @rmdir($folder);
}

/**
 * Small files of the sizes that caches have, written and read in the order of Moodle's file store.
 * @return array {ops, bytesWritten, writeMbPerSecond?, cut?, failed?}
 */
function mcw_time_files($folder, $deadline) {
    $times = array('create' => array(), 'rename' => array(), 'stat' => array(), 'read' => array(), 'fsync' => array(), 'delete' => array());
    $sizes = array(200, 2000, 2000, 20000);
    $written = 0;
    $reply = array();
    for ($i = 0; $i < MCW_FILES && microtime(true) < $deadline; $i++) {
        $text = mcw_probe_text($sizes[$i % 4]);
        if (!mcw_time_one($folder, $i, $text, $times)) {
            $error = error_get_last();
            $reply['failed'] = 'cannot write a file and read it back: ' . ($error === null ? 'its content was different' : $error['message']);
            break;
        }
        $written += strlen($text);
    }
    if ($i < MCW_FILES && !isset($reply['failed'])) {
        $reply['cut'] = true;
    }
    $written += mcw_time_fsync($folder, $deadline, $times);
    $big = microtime(true) < $deadline ? mcw_time_big($folder) : null;
    if ($big !== null) {
        $reply['writeMbPerSecond'] = $big;
        $written += MCW_BIG_BYTES;
    }
    for ($k = 0; $k < $i; $k++) {
        $began = microtime(true);
        @unlink($folder . '/file-' . $k);
        $times['delete'][] = microtime(true) - $began;
    }
    return array('ops' => mcw_spreads($times), 'bytesWritten' => $written) + $reply;
}

function mcw_time_one($folder, $i, $text, array &$times) {
    $file = $folder . '/file-' . $i;
    $began = microtime(true);
    $handle = @fopen($file . '.temp', 'xb+');
    if ($handle === false) {
        return false;
    }
    $whole = @fwrite($handle, $text) === strlen($text) && fflush($handle);
    fclose($handle);
    $made = microtime(true);
    $whole = @rename($file . '.temp', $file) && $whole;
    $moved = microtime(true);
    clearstatcache(true, $file);
    $whole = @filesize($file) === strlen($text) && $whole;
    $seen = microtime(true);
    clearstatcache(true, $file);
    // As the file store reads: is it there, open, read to the end, close.
    $got = file_exists($file) ? mcw_read_whole($file) : false;
    $read = microtime(true);
    $times['create'][] = $made - $began;
    $times['rename'][] = $moved - $made;
    $times['stat'][] = $seen - $moved;
    $times['read'][] = $read - $seen;
    return $whole && $got === $text;
}

function mcw_read_whole($file) {
    $handle = @fopen($file, 'rb');
    if ($handle === false) {
        return false;
    }
    $data = '';
    do {
        $part = fread($handle, 1048576);
        $data .= $part;
    } while ($part !== false && !feof($handle));
    fclose($handle);
    return $data;
}

/** PHP has fsync since 8.1; before, it is not measured. @return int bytes written */
function mcw_time_fsync($folder, $deadline, array &$times) {
    $written = 0;
    for ($i = 0; function_exists('fsync') && $i < 6 && microtime(true) < $deadline; $i++) {
        $handle = @fopen($folder . '/sync-' . $i, 'xb');
        if ($handle === false) {
            break;
        }
        $written += (int) @fwrite($handle, str_repeat('s', 2000));
        $began = microtime(true);
        if (fsync($handle)) {
            $times['fsync'][] = microtime(true) - $began;
        }
        fclose($handle);
    }
    return $written;
}

/** Megabytes a second of one larger file, closed. */
function mcw_time_big($folder) {
    $text = mcw_probe_text(65536);
    $began = microtime(true);
    $handle = @fopen($folder . '/big', 'xb');
    if ($handle === false) {
        return null;
    }
    for ($left = MCW_BIG_BYTES; $left > 0; $left -= 65536) {
        if (@fwrite($handle, $text) !== 65536) {
            fclose($handle);
            return null;
        }
    }
    fclose($handle);
    return round(MCW_BIG_BYTES / 1048576 / max(0.000001, microtime(true) - $began), 1);
}
