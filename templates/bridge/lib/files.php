<?php
/** Files that other processes may replace or plant: looked at without following links, created exclusively. */

/** Most that is read of one file, in bytes: no cache configuration comes near it. */
define('MCW_READ_BYTES', 16777216);

/** Owner, mode and hash (of files up to MCW_READ_BYTES) as `PathFacts` of src/core/facts.ts has them. */
function mcw_path_facts($path) {
    clearstatcache(true, $path);
    $stat = @lstat($path);
    if ($stat === false) {
        return array('path' => $path, 'exists' => false);
    }
    $kinds = array(0100000 => 'file', 0040000 => 'directory', 0120000 => 'link');
    $kind = $stat['mode'] & 0170000;
    $facts = array(
        'path' => $path,
        'exists' => true,
        'type' => isset($kinds[$kind]) ? $kinds[$kind] : 'other',
        'owner' => mcw_account($stat['uid'], 'passwd'),
        'group' => mcw_account($stat['gid'], 'group'),
        'mode' => decoct($stat['mode'] & 07777),
        'size' => $stat['size'],
    );
    if ($facts['type'] === 'file' && $stat['size'] <= MCW_READ_BYTES) {
        $handle = @fopen($path, 'rbn');
        $bytes = $handle === false ? false : stream_get_contents($handle, MCW_READ_BYTES + 1);
        if ($bytes !== false && strlen($bytes) <= MCW_READ_BYTES) {
            $facts['sha256'] = hash('sha256', $bytes);
        }
    }
    return $facts;
}

/** Name of a user or group, or its number when it has none here. */
function mcw_account($id, $database) {
    if (function_exists('posix_getpwuid')) {
        $entry = $database === 'passwd' ? posix_getpwuid($id) : posix_getgrgid($id);
        return is_array($entry) ? $entry['name'] : (string) $id;
    }
    foreach ((array) @file('/etc/' . $database) as $line) {
        $fields = explode(':', $line);
        if (isset($fields[2]) && $fields[2] === (string) $id) {
            return $fields[0];
        }
    }
    return (string) $id;
}

/** Bytes of a regular file, null when there is none. @throws mcw_refusal when the path is a link or cannot be read */
function mcw_read_regular($path) {
    clearstatcache(true, $path);
    $stat = @lstat($path);
    if ($stat === false) {
        return null;
    }
    if (($stat['mode'] & 0170000) !== 0100000) {
        throw new mcw_refusal('not-a-file', $path . ' is not a regular file (perhaps a link). Nothing was read or written.', array('path' => $path));
    }
    if ($stat['size'] > MCW_READ_BYTES) {
        throw new mcw_refusal('too-large', $path . ' is larger than ' . (MCW_READ_BYTES / 1048576) . ' MiB, so it is not read.', array('path' => $path));
    }
    // Without waiting: a pipe may have come into its place.
    $handle = @fopen($path, 'rbn');
    if ($handle === false) {
        throw new mcw_refusal('unreadable', $path . ' cannot be read by the web user.', array('path' => $path));
    }
    $opened = fstat($handle);
    $bytes = $opened['ino'] === $stat['ino'] ? stream_get_contents($handle, MCW_READ_BYTES + 1) : false;
    fclose($handle);
    if ($bytes === false || strlen($bytes) > MCW_READ_BYTES) {
        throw new mcw_refusal('moved-while-read', $path . ' was replaced while it was read.', array('path' => $path));
    }
    return $bytes;
}

/** Hash of what `mcw_read_regular` gives, or null. */
function mcw_hash_regular($path) {
    $bytes = mcw_read_regular($path);
    return $bytes === null ? null : hash('sha256', $bytes);
}

/**
 * Makes a file that did not exist, whole and on disk; mode `xb` is O_CREAT|O_EXCL, which follows no planted link.
 * @return bool false when the name is taken
 * @throws mcw_refusal when it cannot be written
 */
function mcw_create_exclusive($path, $bytes, $mode) {
    $before = umask(0077);
    $handle = @fopen($path, 'xb');
    umask($before);
    if ($handle === false) {
        if (@lstat($path) !== false) {
            return false;
        }
        throw new mcw_refusal('unwritable', $path . ' cannot be created: ' . mcw_last_error(), array('path' => $path));
    }
    $written = fwrite($handle, $bytes);
    $flushed = fflush($handle);
    if (function_exists('fsync')) {
        $flushed = @fsync($handle) && $flushed;
    }
    fclose($handle);
    if ($written !== strlen($bytes) || !$flushed || !@chmod($path, $mode)) {
        @unlink($path);
        throw new mcw_refusal('unwritable', $path . ' cannot be written completely: ' . mcw_last_error(), array('path' => $path));
    }
    return true;
}

function mcw_last_error() {
    $error = error_get_last();
    return $error === null ? 'unknown reason' : preg_replace('/^[^:]*\):\s*/', '', $error['message']);
}

/** Seconds since a file was last written, by the clock of its own file system: a file server's may be another than this machine's. */
function mcw_age_of(array $stat, $folder) {
    $now = time();
    $path = $folder . '/.moodle-cluster-wizard-' . mcw_random_name();
    $handle = @fopen($path, 'x');
    if ($handle !== false) {
        $made = fstat($handle);
        fclose($handle);
        @unlink($path);
        $now = $made === false ? $now : $made['mtime'];
    }
    return max(0, $now - $stat['mtime']);
}

/** A name that nobody can foresee. */
function mcw_random_name() {
    $bytes = false;
    $handle = @fopen('/dev/urandom', 'rb');
    if ($handle !== false) {
        $bytes = fread($handle, 16);
        fclose($handle);
    }
    if ($bytes === false || strlen($bytes) !== 16) {
        $bytes = function_exists('openssl_random_pseudo_bytes') ? openssl_random_pseudo_bytes(16) : uniqid(mt_rand(), true);
    }
    return bin2hex($bytes);
}

/** A folder 0700 outside dataroot that is gone when this process is. @throws mcw_refusal */
function mcw_private_folder($dataroot) {
    $state = &mcw_state();
    foreach (array_unique(array(sys_get_temp_dir(), '/tmp', '/var/tmp')) as $parent) {
        $real = realpath($parent);
        if ($real === false || !is_writable($real) || strpos($real . '/', rtrim($dataroot, '/') . '/') === 0) {
            continue;
        }
        mcw_sweep_private($real);
        $folder = $real . '/moodle-cluster-wizard-' . mcw_random_name();
        if (@mkdir($folder, 0700)) {
            chmod($folder, 0700);
            $state['private'][] = $folder;
            return $folder;
        }
    }
    throw new mcw_refusal('unwritable', 'The web user cannot create a folder in ' . sys_get_temp_dir() . ', /tmp or /var/tmp: ' . mcw_last_error());
}

/** Removes what killed processes of ours have left for more than an hour: it may hold secrets. */
function mcw_sweep_private($parent) {
    foreach ((array) glob($parent . '/moodle-cluster-wizard-*', GLOB_ONLYDIR | GLOB_NOSORT) as $folder) {
        $stat = @lstat($folder);
        $ours = $stat !== false && ($stat['mode'] & 0170077) === 0040000 && $stat['mtime'] < time() - 3600;
        if ($ours && preg_match('/-[0-9a-f]{32}$/', $folder) && is_writable($folder)) {
            mcw_remove_private($folder);
        }
    }
}

/** Removes a private folder; links inside are removed, never followed. */
function mcw_remove_private($folder) {
    foreach ((array) @scandir($folder) as $name) {
        if ($name === '.' || $name === '..' || $name === false) {
            continue;
        }
        $path = $folder . '/' . $name;
        if (is_dir($path) && !is_link($path)) {
            mcw_remove_private($path);
        } else {
            @unlink($path);
        }
    }
    @rmdir($folder);
}
