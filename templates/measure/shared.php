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

/** The writer: until every other node has said that it is done, or time is over. */
function mcw_write_for_others($folder, array $others, $until) {
    $refused = mcw_make_probe_folder($folder);
    if ($refused !== null) {
        return array('refused' => $refused, 'heard' => array());
    }
    register_shutdown_function('mcw_remove_probe_folder', $folder);
    for ($i = 0; $i < MCW_COLD_FILES; $i++) {
        file_put_contents($folder . '/cold-' . $i, mcw_probe_text(2000));
    }
    $lock = fopen($folder . '/lock', 'c');
    $locked = $lock !== false && flock($lock, LOCK_EX | LOCK_NB);
    mcw_beat($folder, 0);
    $state = &mcw_state();
    // Past the buffer: the wizard starts the others when it reads this line.
    fwrite(STDOUT, $state['marker'] . " ready\n");
    $heard = array();
    for ($beat = 1; microtime(true) < $until && count($heard) < count($others); $beat++) {
        usleep((int) (MCW_BEAT_SECONDS * 1000000));
        mcw_beat($folder, $beat);
        clearstatcache();
        foreach ($others as $other) {
            if (!in_array($other, $heard, true) && file_exists($folder . '/done-' . md5($other))) {
                $heard[] = $other;
            }
        }
    }
    return array('refused' => null, 'locked' => $locked, 'heard' => $heard);
}

function mcw_beat($folder, $number) {
    @file_put_contents($folder . '/beat.new', (string) $number);
    @rename($folder . '/beat.new', $folder . '/beat');
}

/** A looker: does it see the folder, is the lock seen, how long is a read of what another node wrote, how long does a beat stay old? */
function mcw_look_at_other($folder, $node, $until) {
    $began = microtime(true);
    while (!mcw_there($folder . '/beat')) {
        if (microtime(true) > $began + 2) {
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
    $stale = mcw_longest_silence($folder . '/beat', $until);
    $told = @file_put_contents($folder . '/done-' . md5($node), 'done');
    return array(
        'sees' => true, 'seenAfterMs' => round($seen * 1000, 1), 'lock' => $lock, 'staleMs' => $stale === null ? null : round($stale * 1000, 1),
        'cold' => mcw_spread($cold), 'writes' => $told !== false,
    );
}

function mcw_there($path) {
    clearstatcache(true, $path);
    return file_exists($path);
}

/** `seen`: the writer's lock keeps us off, as it must. */
function mcw_try_lock($path) {
    $handle = @fopen($path, 'r+');
    if ($handle === false) {
        return 'failed';
    }
    $would = 0;
    if (flock($handle, LOCK_EX | LOCK_NB, $would)) {
        flock($handle, LOCK_UN);
        $told = 'not-seen';
    } else {
        $told = $would ? 'seen' : 'failed';
    }
    fclose($handle);
    return $told;
}

/** The longest time in seconds that the beat stayed the same as read here, less the beat itself: 0 is none that shows. */
function mcw_longest_silence($file, $until) {
    $last = null;
    $since = microtime(true);
    $longest = 0;
    while (microtime(true) < $until) {
        clearstatcache(true, $file);
        $now = mcw_read_whole($file);
        $longest = max($longest, microtime(true) - $since);
        if ($now !== false && $now !== $last) {
            $last = $now;
            $since = microtime(true);
        }
        usleep(10000);
    }
    return $last === null ? null : max(0, $longest - 2 * MCW_BEAT_SECONDS);
}

$mcw_request = mcw_begin(stream_get_contents(STDIN));
try {
    mcw_refuse_root();
    $mcw_name = mcw_need($mcw_request, 'name');
    if (!preg_match('/^\.moodle-cluster-wizard-probe-[0-9a-f]{16,64}$/', $mcw_name)) {
        throw new mcw_refusal('bug', 'The name of the probe\'s folder is not one of ours.');
    }
    $mcw_folder = mcw_need($mcw_request, 'path') . '/' . $mcw_name;
    $mcw_until = microtime(true) + (float) mcw_need($mcw_request, 'seconds');
    if ($mcw_request['role'] === 'writer') {
        $mcw_facts = mcw_place_facts($mcw_request['path']);
        $mcw_refused = mcw_place_refused($mcw_request['path'], $mcw_facts);
        mcw_answer($mcw_refused === null ? mcw_write_for_others($mcw_folder, $mcw_request['others'], $mcw_until) : array('refused' => $mcw_refused, 'heard' => array()));
    } else {
        mcw_answer(mcw_look_at_other($mcw_folder, $mcw_request['node'], $mcw_until));
    }
} catch (Exception $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
} catch (Throwable $mcw_thrown) {
    mcw_answer_thrown($mcw_thrown);
}
exit(0);
