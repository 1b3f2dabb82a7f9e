<?php
/** Stored secrets leave a node only as an HMAC under this run's key: equal ones can be recognised, none can be read. */

/** True when a configuration key holds a secret. */
function mcw_is_secret_key($key) {
    return is_string($key) && preg_match('/pass(word|phrase|wd)?$|^pass|secret|token|credential|private_?key|api_?key|^auth$|_auth$/i', $key) === 1;
}

/** @return string `hmac:` and 64 hex digits */
function mcw_hmac($value, $key) {
    return 'hmac:' . hash_hmac('sha256', (string) $value, $key);
}

/** The same value with secrets replaced, by their names or because this request has brought them; `$key` null replaces them with `(hidden)`. */
function mcw_redact($value, $key, $name = '') {
    if (is_array($value)) {
        $clean = array();
        foreach ($value as $index => $item) {
            $clean[$index] = mcw_redact($item, $key, is_int($index) ? $name : $index);
        }
        return $clean;
    }
    if (!is_scalar($value) || $value === '' || $value === false) {
        return is_scalar($value) ? $value : null;
    }
    $state = &mcw_state();
    $given = isset($state['secrets']) && in_array((string) $value, $state['secrets'], true);
    if ($given || mcw_is_secret_key($name)) {
        return $key === null ? '(hidden)' : mcw_hmac($value, $key);
    }
    return is_string($value) ? mcw_redact_uri($value, $key) : $value;
}

/** Credentials inside `scheme://user:password@host` and `auth=…` of a save path. */
function mcw_redact_uri($text, $key) {
    $hide = function ($secret) use ($key) {
        return $key === null ? '(hidden)' : mcw_hmac(rawurldecode($secret), $key);
    };
    $text = preg_replace_callback('#(\w://[^:/@\s]*):([^@/\s]+)@#', function ($m) use ($hide) {
        return $m[1] . ':' . $hide($m[2]) . '@';
    }, $text);
    return preg_replace_callback('#([?&](?:auth|password|pass)(?:\[\w*\])?)=([^&\s]+)#i', function ($m) use ($hide) {
        return $m[1] . '=' . $hide($m[2]);
    }, $text);
}
