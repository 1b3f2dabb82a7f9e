<?php
/**
 * Is dataroot one file system for all nodes, how soon is a change seen, and are locks? Runs as the web user. One node is the writer: it makes the
 * folder (behind guarded.sh), holds a lock and renames a new beat into place twenty times a second. The others look. Request JSON on standard input
 * {marker, op, name, path, role: "writer" or "looker", node, others: [names], seconds}; answers in the words of src/core/measure.ts.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/../bridge/lib/io.php';
require __DIR__ . '/lib/place.php';

define('MCW_COLD_FILES', 20);
define('MCW_BEAT_SECONDS', 0.05);
/** How long a looker watches the beat: more than the staleness that is a problem. */
define('MCW_WATCH_SECONDS', 1.5);

/**
 * The writer: until every other node has said that it is done, or time is over. `aliveMs`: from the start of this process on it was surely there for so long;
 * `slowestBeatMs`: it kept silent itself for so long, which is no fault of the share.
 */
function mcw_write_for_others($folder, array $others, $seconds, $began) {
    $refused = mcw_make_probe_folder($folder);
    if ($refused !== null) {
        return array('refused' => $refused, 'heard' => array());
    }
    register_shutdown_function('mcw_remove_probe_folder', $folder);
    for ($i = 0; $i < MCW_COLD_FILES; $i++) {
        file_put_contents($folder . '/cold-' . $i, mcw_probe_text(2000));
    }
    $lock = fopen($folder . '/lock', 'c');
    $locked = $lock !== false && @flock($lock, LOCK_EX | LOCK_NB);
    mcw_beat($folder, 0);
    $state = &mcw_state();
    // Past the buffer: the wizard starts the others when it reads this line.
    fwrite(STDOUT, $state['marker'] . " ready\n");
    // Only now: what starting took is not taken from the others.
    $last = microtime(true);
    $until = $last + $seconds;
    $slowest = 0;
    $heard = array();
    for ($beat = 1; microtime(true) < $until && count($heard) < count($others); $beat++) {
        usleep((int) (MCW_BEAT_SECONDS * 1000000));
        mcw_beat($folder, $beat);
        $slowest = max($slowest, microtime(true) - $last);
        $last = microtime(true);
        clearstatcache();
        foreach ($others as $other) {
            if (!in_array($other, $heard, true) && file_exists($folder . '/done-' . md5($other))) {
                $heard[] = $other;
            }
        }
    }
    return array(
        'refused' => null, 'locked' => $locked, 'heard' => $heard,
        'aliveMs' => round((microtime(true) - $began) * 1000, 1), 'slowestBeatMs' => round($slowest * 1000, 1),
    );
}

function mcw_beat($folder, $number) {
    @file_put_contents($folder . '/beat.new', (string) $number);
    @rename($folder . '/beat.new', $folder . '/beat');
}

/**
 * A looker: does it see the folder, is the lock seen, how long is a read of what another node wrote, how long does a beat stay old? It cannot tell a folder
 * that it does not see from one that is gone again: the wizard can, by the writer's own answer.
 */
function mcw_look_at_other($folder, $node, $seconds) {
    $began = microtime(true);
    while (!mcw_there($folder . '/beat')) {
        if (microtime(true) > $began + $seconds) {
            return array('sees' => false, 'lock' => 'unknown', 'staleMs' => null, 'cold' => null);
        }
        usleep(20000);
    }
    $seen = microtime(true) - $began;
    $cold = array();
    for ($i = 0; $i < MCW_COLD_FILES; $i++) {
        $before = microtime(true);
        if (mcw_read_whole($folder . '/cold-' . $i) === mcw_probe_text(2000)) {
            $cold[] = microtime(true) - $before;
        }
    }
    $lock = mcw_try_lock($folder . '/lock');
    $stale = mcw_longest_silence($folder . '/beat', microtime(true) + MCW_WATCH_SECONDS);
    if (mcw_gone($folder . '/beat')) {
        // The writer ended meanwhile, and its lock and its beat with it.
        $lock = $lock === 'seen' ? 'seen' : 'unknown';
        $stale = null;
    }
    $reply = @file_put_contents($folder . '/done-' . md5($node), 'done');
    return array(
        'sees' => true, 'seenAfterMs' => round($seen * 1000, 1), 'lock' => $lock, 'staleMs' => $stale === null ? null : round($stale * 1000, 1),
        'cold' => mcw_spread($cold), 'writes' => $reply !== false,
    );
}

/** Not there for a while: where a rename is no single step, a file is missing for a moment. */
function mcw_gone($path) {
    for ($i = 0; $i < 6; $i++) {
        if (mcw_there($path)) {
            return false;
        }
        usleep(50000);
    }
    return true;
}

function mcw_there($path) {
    clearstatcache(true, $path);
    return file_exists($path);
}

/** `seen`: the writer's lock keeps us off, as it must. `failed`: there are no locks at all; a file that cannot be opened tells nothing of them. */
function mcw_try_lock($path) {
    $handle = @fopen($path, 'r+');
    if ($handle === false) {
        return 'unknown';
    }
    $would = 0;
    if (@flock($handle, LOCK_EX | LOCK_NB, $would)) {
        flock($handle, LOCK_UN);
        $reply = 'not-seen';
    } else {
        $reply = $would ? 'seen' : 'failed';
    }
    fclose($handle);
    return $reply;
}

/**
 * The longest time in seconds from the first to the last read that gave the same beat; null when it could not be read at all. A looker that was held up
 * between two reads does not count that time as silence.
 */
function mcw_longest_silence($file, $until) {
    $last = null;
    $since = 0;
    $longest = 0;
    do {
        clearstatcache(true, $file);
        $asked = microtime(true);
        $now = mcw_read_whole($file);
        if ($now !== false && $now !== $last) {
            $last = $now;
            $since = microtime(true);
        } else if ($now !== false) {
            $longest = max($longest, $asked - $since);
        }
        usleep(10000);
    } while (microtime(true) < $until);
    return $last === null ? null : $longest;
}

$mcw_began = microtime(true);
$mcw_request = mcw_begin(stream_get_contents(STDIN));
try {
    mcw_refuse_root();
    $mcw_name = mcw_need($mcw_request, 'name');
    if (!preg_match('/^\.moodle-cluster-wizard-probe-[0-9a-f]{16,64}$/', $mcw_name)) {
        throw new mcw_refusal('bug', 'The name of the probe\'s folder is not one of ours.');
    }
    $mcw_folder = mcw_need($mcw_request, 'path') . '/' . $mcw_name;
    $mcw_seconds = (float) mcw_need($mcw_request, 'seconds');
    if ($mcw_request['role'] === 'writer') {
        $mcw_facts = mcw_place_facts($mcw_request['path']);
        $mcw_refused = mcw_place_refused($mcw_request['path'], $mcw_facts);
        if ($mcw_refused === null) {
            mcw_answer(mcw_write_for_others($mcw_folder, $mcw_request['others'], $mcw_seconds, $mcw_began));
        } else {
            mcw_answer(array('refused' => $mcw_refused, 'heard' => array()));
        }
    } else {
        mcw_answer(mcw_look_at_other($mcw_folder, $mcw_request['node'], $mcw_seconds));
    }
} catch (Exception $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
} catch (Throwable $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
}
exit(0);
