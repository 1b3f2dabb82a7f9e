<?php
/** Asks the pools what they are, and the bridge what Moodle and the cache services look like; all side by side. */

function mcw_facts($kit, array $request, array $found, array $web, $php) {
    $user = $web['user'];
    $jobs = array();
    foreach ($found['pools'] as $index => $pool) {
        if (mcw_web_unasked($pool) === null) {
            $jobs['pool' . $index] = mcw_web_job($kit, $request, $pool);
        }
    }
    if ($user !== null) {
        $jobs['config'] = mcw_bridge_job($kit, $request, $user, $php, array('op' => 'config', 'hmacKey' => $request['hmacKey']));
        if (!empty($request['services'])) {
            $jobs['reach'] = mcw_bridge_job($kit, $request, $user, $php, array('op' => 'reach', 'services' => $request['services']));
        }
    }
    $results = mcw_run_all($jobs);
    $facts = array(
        'phpBinary' => $php, 'phpAlone' => mcw_php_alone(), 'webUser' => $user, 'sitePool' => $found['sitePool'], 'sitePools' => $found['sitePools'], 'otherSites' => $found['otherSites'], 'notes' => array(),
        'pools' => mcw_pools_told($found['pools'], $results, $request['marker']), 'moodle' => null, 'reach' => array(),
    );
    if ($user === null) {
        $facts['moodleError'] = 'No PHP-FPM pool and no Apache with mod_php was found that serves this site, so the web user is unknown.';
        if ($web['asked'] !== null) {
            $facts['moodleError'] = 'No pool, no Apache and no owner of Moodle\'s data on this node is ' . $web['asked'] . ', so nothing was run as this user.';
            $facts['webUserRefused'] = array('asked' => $web['asked'], 'known' => $web['known']);
        }
        return array('notes' => mcw_notes()) + $facts;
    }
    $config = mcw_bridge_answer($results['config'], $request['marker']);
    if ($config['ok']) {
        $facts['moodle'] = $config['data'];
        // What the bridge says is said by a process of the web user: it is used as the web user only.
        $path = isset($config['data']->mucFile->path) && is_string($config['data']->mucFile->path) ? $config['data']->mucFile->path : '';
        $stamp = $path === '' ? null : mcw_muc_stamp($user, $path);
        if ($stamp !== null) {
            $facts['mucStamp'] = $stamp;
        }
        if ($path !== '' && isset($config['data']->muc->config->siteIdentifier)) {
            $facts['clones'] = mcw_clones($found['otherSites'], $config['data']->muc->config->siteIdentifier, $path, $user);
        }
    } else {
        $facts['moodleError'] = $config['error']['message'];
        $facts['moodleErrorCode'] = $config['error']['code'];
    }
    if (isset($results['reach'])) {
        $reach = mcw_bridge_answer($results['reach'], $request['marker']);
        $facts['reach'] = $reach['ok'] ? $reach['data'] : mcw_unasked($request['services'], $reach['error']['message']);
    }
    return array('notes' => mcw_notes()) + $facts;
}

/** Size and change time of the MUC file, asked as the web user: root may not see it on a share. Read right after it was opened, so no cache is older. */
function mcw_muc_stamp($user, $path) {
    $reply = mcw_run_one(array_merge(mcw_become($user, 10), array('stat', '-c', '%s %.9Z', '--', $path)), 13);
    return $reply === null ? null : trim($reply);
}

/** The bridge as the web user, in an environment of its own. */
function mcw_bridge_job($kit, array $request, $user, $php, array $question) {
    $argv = array_merge(mcw_become($user, 45), array($php, '-d', 'display_errors=stderr', '-d', 'apc.enable_cli=1', $kit . '/bridge/bridge.php'));
    $question += array('marker' => $request['marker'], 'dirroot' => $request['dirroot']);
    return array('argv' => $argv, 'stdin' => json_encode($question), 'seconds' => 50);
}

/** What a command begins with to run as this user, in a session and an environment of its own. Give its job a few seconds more: the limit here ends it whole. */
function mcw_become($user, $seconds) {
    return array('sh', dirname(dirname(__DIR__)) . '/sh/run-as.sh', $user, (string) $seconds);
}

/** The bridge's answer between its markers, or an error in words. */
function mcw_bridge_answer(array $result, $marker) {
    $begin = strpos($result['out'], "\n" . $marker . '{');
    $end = $begin === false ? false : strpos($result['out'], '}' . $marker . "\n", $begin);
    $from = $begin + 1 + strlen($marker);
    $answer = $end === false ? null : json_decode(substr($result['out'], $from, $end + 1 - $from));
    if (is_object($answer) && isset($answer->ok)) {
        return $answer->ok && isset($answer->data) ? array('ok' => true, 'data' => $answer->data) : array('ok' => false, 'error' => mcw_bridge_trouble($answer));
    }
    if ($result['code'] === MCW_RUN_FLOOD) {
        $most = MCW_RUN_BYTES / 1048576;
        return array('ok' => false, 'error' => array('code' => 'bridge-flood', 'message' => 'It printed more than ' . $most . ' MiB and was stopped.'));
    }
    $said = trim(preg_replace('/\s+/', ' ', substr($result['err'], -4000) . ' ' . strip_tags(substr($result['out'], -4000))));
    $why = $result['code'] === 124 || $result['code'] === 137 ? 'It timed out' : 'It ended with code ' . $result['code'];
    return array('ok' => false, 'error' => array('code' => 'bridge-silent', 'message' => $why . ($said === '' ? ' without any output.' : '. Its output: ' . substr($said, -400))));
}

/** Code and message of an answer that is not ok, whatever else it holds. */
function mcw_bridge_trouble($answer) {
    $error = isset($answer->error) ? (array) $answer->error : array();
    return array(
        'code' => isset($error['code']) && is_string($error['code']) ? $error['code'] : 'bridge-silent',
        'message' => isset($error['message']) && is_string($error['message']) ? substr($error['message'], 0, 4000) : 'Its answer cannot be read.',
    );
}

function mcw_pools_told(array $pools, array $results, $marker) {
    foreach ($pools as $index => $pool) {
        unset($pools[$index]['running']);
        if (!isset($results['pool' . $index])) {
            $pools[$index]['probeError'] = mcw_web_unasked($pool);
        } else {
            $answer = mcw_bridge_answer($results['pool' . $index], $marker);
            if ($answer['ok']) {
                $pools[$index]['web'] = $answer['data'];
            } else {
                $pools[$index]['probeError'] = $answer['error']['message'];
            }
        }
    }
    return $pools;
}

function mcw_unasked(array $services, $why) {
    $reach = array();
    foreach ($services as $service) {
        $reach[] = array('service' => $service['service'], 'ok' => false, 'error' => 'cannot be checked: ' . $why);
    }
    return $reach;
}
