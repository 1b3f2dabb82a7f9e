<?php
/** As whom Moodle runs here. Whatever is started of Moodle is started as this account, so it is one that the node itself shows to be the site's, and never root. */

/** Accounts that the packages of web servers make. */
function mcw_web_accounts() {
    return array('www-data', 'apache', 'nginx', 'www');
}

/**
 * The answers' account when the node confirms it; else that of the site's pool, or of the only pool there is, unless Moodle's data belongs to another account;
 * then a usual name, which only ever lowers rights.
 * @return array {user: null when there is none, asked: account of the answers that is not accepted or null, known: accounts that would be}
 */
function mcw_web_user(array $request, array $found) {
    $users = array();
    foreach ($found['pools'] as $index => $pool) {
        $account = mcw_account_of($pool['user']);
        $users[$index] = $account === null ? '' : $account['name'];
    }
    $pooled = array_unique(array_filter($users, 'mcw_plain_account'));
    $asked = isset($request['webUser']) && is_string($request['webUser']) ? $request['webUser'] : '';
    if ($asked !== '') {
        $known = array_merge($pooled, array_filter(array($found['apacheUser'], mcw_muc_owner($request['dirroot'])), 'mcw_plain_account'));
        // On a node that serves no pages nothing may tell; then an account that only web servers have is as good as a guess.
        $known = count($known) === 0 ? array_filter(mcw_web_accounts(), 'mcw_plain_account') : $known;
        $ok = in_array($asked, $known, true);
        return array('user' => $ok ? $asked : null, 'asked' => $ok ? null : $asked, 'known' => array_values(array_unique($known)));
    }
    if ($found['sitePool'] !== null) {
        $pooled = array_filter(array($users[$found['sitePool']]), 'mcw_plain_account');
    } else if (count($pooled) !== 1 || !in_array(mcw_muc_owner($request['dirroot']), array('', reset($pooled)), true)) {
        // The only pool may be another site's, whose user may not see what is asked of this one.
        $pooled = array_filter(mcw_web_accounts(), 'mcw_plain_account');
    }
    return array('user' => count($pooled) > 0 ? reset($pooled) : null, 'asked' => null, 'known' => array());
}

/** An account of this node that is not root, under whatever name. */
function mcw_plain_account($name) {
    $account = mcw_account_of($name);
    return $account !== null && preg_match('/^[1-9]\d*$/', $account['uid']) === 1;
}

/** Name and uid of an account by its name or its number; null when there is none. */
function mcw_account_of($account) {
    static $known = array();
    if (!is_string($account) || !preg_match('/^[A-Za-z0-9_][A-Za-z0-9_.@\\\\-]*\$?$/', $account)) {
        return null;
    }
    if (!isset($known[$account])) {
        $fields = explode(':', (string) mcw_run_one(array('getent', 'passwd', $account), 5));
        $known[$account] = isset($fields[2]) ? array('name' => $fields[0], 'uid' => $fields[2]) : false;
    }
    return $known[$account] === false ? null : $known[$account];
}

/** Owner of the MUC file, or of dataroot where root cannot see into it; '' when neither is known. What config.php says is read as text and only looked at, never opened. */
function mcw_muc_owner($dirroot) {
    $dataroot = mcw_dataroot_in((string) mcw_plain_text($dirroot . '/config.php'));
    foreach ($dataroot === null ? array() : array($dataroot . '/muc/config.php' => 0100000, $dataroot => 0040000) as $path => $kind) {
        $stat = @lstat($path);
        if ($stat !== false && ($stat['mode'] & 0170000) === $kind) {
            $account = mcw_account_of((string) $stat['uid']);
            return $account === null ? '' : $account['name'];
        }
    }
    return '';
}

/** First text of a regular file in a place where others may write: opened without waiting, and looked at once it is open. */
function mcw_plain_text($path) {
    clearstatcache(true, $path);
    $handle = @is_file($path) ? @fopen($path, 'rbn') : false;
    $stat = $handle === false ? false : fstat($handle);
    $text = $stat !== false && ($stat['mode'] & 0170000) === 0100000 ? stream_get_contents($handle, 262144) : false;
    if ($handle !== false) {
        fclose($handle);
    }
    return $text === false ? null : $text;
}

/** `$CFG->dataroot` as it stands in the text of a config.php; of several, as in PHP, the last one outside of comments. */
function mcw_dataroot_in($text) {
    $code = (string) preg_replace('#/\*.*?(?:\*/|\z)#s', '', $text);
    return preg_match_all('/^[ \t]*\$CFG->dataroot\s*=\s*([\'"])(\/[^\'"$]+)\1\s*;/m', $code, $found) ? rtrim(end($found[2]), '/') : null;
}
