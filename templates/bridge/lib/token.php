<?php
/** The probe answers only the run that installed its token: the hash lies in a root-owned file beside the node toolkit. */

/** @return bool true when the token's hash is the content of run/web-token-<first 12 hex> and only root could have put it there */
function mcw_token_holds($token, $run) {
    if (!is_string($token) || strlen($token) < 16) {
        return false;
    }
    $hash = hash('sha256', $token);
    $file = $run . '/web-token-' . substr($hash, 0, 12);
    foreach (array($run => 0040000, $file => 0100000) as $path => $kind) {
        $stat = @lstat($path);
        if ($stat === false || ($stat['mode'] & 0170000) !== $kind || $stat['uid'] !== 0 || ($stat['mode'] & 0022) !== 0) {
            return false;
        }
    }
    return mcw_equal(trim((string) @file_get_contents($file)), $hash);
}

/** Compares in a time that tells nothing; hash_equals() is of PHP 5.6. */
function mcw_equal($a, $b) {
    if (strlen($a) !== strlen($b)) {
        return false;
    }
    $differs = 0;
    for ($i = 0; $i < strlen($a); $i++) {
        $differs |= ord($a[$i]) ^ ord($b[$i]);
    }
    return $differs === 0;
}
