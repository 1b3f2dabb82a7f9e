<?php
/**
 * Request in, answer out. Whatever Moodle prints in between (notices, HTML, "Fatal error") is caught and never mixed into the answer,
 * and a process that ends early still answers, with words on why.
 *
 * This folder is written in the PHP that 5.4 to 8.4 run; a test refuses newer syntax.
 */

/** A problem with a code that the wizard knows; every other one is reported as `php`. */
class mcw_refusal extends Exception {
    /** @var string */
    public $name;
    /** @var array */
    public $details;

    public function __construct($name, $message, array $details = array()) {
        parent::__construct($message);
        $this->name = $name;
        $this->details = $details;
    }
}

/** The few values of this process that outlive a function, kept away from Moodle's globals. */
function &mcw_state() {
    static $state = array('request' => array(), 'marker' => '', 'answered' => false, 'last_words' => null, 'last_trouble' => null, 'private' => array(), 'reserve' => '');
    return $state;
}

/** Takes the request apart and makes sure that this process answers. */
function mcw_begin($raw) {
    $state = &mcw_state();
    ob_start();
    $request = json_decode($raw, true);
    if (!is_array($request) || !isset($request['marker'], $request['op']) || !preg_match('/^[A-Za-z0-9_-]{8,80}$/', $request['marker'])) {
        error_log('moodle-cluster-wizard: the request is not JSON with a marker and an op.');
        exit(64);
    }
    $state['request'] = $request;
    $state['marker'] = $request['marker'];
    // Given back when memory runs out, so that there is enough to tell about it.
    $state['reserve'] = str_repeat('x', 262144);
    register_shutdown_function('mcw_at_end');
    mcw_end_in_order();
    return $request;
}

/** A process that is stopped (a timeout, a lost link) still removes its private folder and Moodle's lock. */
function mcw_end_in_order() {
    if (PHP_SAPI !== 'cli' || !function_exists('pcntl_async_signals')) {
        return;
    }
    pcntl_async_signals(true);
    foreach (array(SIGTERM, SIGINT, SIGHUP) as $signal) {
        pcntl_signal($signal, function ($number) {
            exit(128 + $number);
        });
    }
}

/** A value of the request, or the default. */
function mcw_param(array $request, $name, $default = null) {
    return array_key_exists($name, $request) && $request[$name] !== null ? $request[$name] : $default;
}

/** @throws mcw_refusal when the request lacks it */
function mcw_need(array $request, $name) {
    if (!array_key_exists($name, $request) || $request[$name] === null || $request[$name] === '') {
        throw new mcw_refusal('bug', 'The request lacks "' . $name . '".');
    }
    return $request[$name];
}

function mcw_answer($data) {
    mcw_emit(array('ok' => true, 'data' => $data));
}

function mcw_answer_error($code, $message, array $details = array()) {
    mcw_emit(array('ok' => false, 'error' => array('code' => $code, 'message' => $message, 'details' => (object) $details)));
}

/** Tells an exception or error of any kind. */
function mcw_answer_thrown($thrown) {
    if ($thrown instanceof mcw_refusal) {
        mcw_answer_error($thrown->name, $thrown->getMessage(), $thrown->details);
        return;
    }
    mcw_answer_error('php', mcw_describe($thrown), array('class' => get_class($thrown), 'at' => basename($thrown->getFile()) . ':' . $thrown->getLine()));
}

/** The message of an exception, with what Moodle keeps in its debug text. */
function mcw_describe($thrown) {
    if (class_exists('ParseError', false) && $thrown instanceof ParseError) {
        // PHP's own words quote what stands there, and in a configuration file that may be a password.
        return 'syntax error in ' . basename($thrown->getFile()) . ' on line ' . $thrown->getLine();
    }
    $text = $thrown->getMessage();
    if (isset($thrown->debuginfo) && is_string($thrown->debuginfo) && $thrown->debuginfo !== '') {
        $text .= ' (' . trim(substr($thrown->debuginfo, 0, 500)) . ')';
    }
    return $text;
}

/** An answer that is given when the process ends before it gave another one. */
function mcw_last_words($data) {
    $state = &mcw_state();
    $state['last_words'] = $data;
}

/** A problem that is reported when the process ends before it answered; null clears it. */
function mcw_last_trouble($name, $message = '') {
    $state = &mcw_state();
    $state['last_trouble'] = $name === null ? null : array($name, $message);
}

/** What was printed so far by others, without the answer. */
function mcw_printed() {
    $text = '';
    while (ob_get_level() > 0) {
        $part = ob_get_contents();
        $text = ($part === false ? '' : $part) . $text;
        if (!@ob_end_clean()) {
            break;
        }
    }
    return $text;
}

function mcw_emit(array $answer) {
    $flags = defined('JSON_PARTIAL_OUTPUT_ON_ERROR') ? JSON_PARTIAL_OUTPUT_ON_ERROR : 0;
    mcw_emit_json(json_encode(mcw_utf8($answer), $flags | JSON_UNESCAPED_SLASHES));
}

/** The answer between its markers, on a line of its own; the first one counts. */
function mcw_emit_json($json) {
    $state = &mcw_state();
    if ($state['answered']) {
        return;
    }
    $state['answered'] = true;
    mcw_printed();
    echo "\n" . $state['marker'] . $json . $state['marker'] . "\n";
}

/** JSON is UTF-8: other bytes become question marks rather than the loss of the whole answer. */
function mcw_utf8($value) {
    if (is_string($value)) {
        return preg_match('//u', $value) ? $value : preg_replace('/[^\x09\x0a\x0d\x20-\x7e]/', '?', $value);
    }
    if (is_array($value)) {
        $clean = array();
        foreach ($value as $key => $item) {
            $clean[mcw_utf8($key)] = mcw_utf8($item);
        }
        return $clean;
    }
    if ($value instanceof stdClass) {
        return (object) mcw_utf8((array) $value);
    }
    return is_object($value) || is_resource($value) ? null : $value;
}

/** Runs when the process ends in any way: removes private folders, and answers when nobody did. */
function mcw_at_end() {
    $state = &mcw_state();
    $state['reserve'] = '';
    foreach ($state['private'] as $folder) {
        mcw_remove_private($folder);
    }
    if ($state['answered']) {
        return;
    }
    $printed = trim(preg_replace('/\s+/', ' ', strip_tags(mcw_printed())));
    $error = error_get_last();
    $fatal = $error !== null && ($error['type'] & (E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR));
    if ($state['last_words'] !== null) {
        mcw_answer($state['last_words']);
    } else if ($state['last_trouble'] !== null) {
        mcw_answer_error($state['last_trouble'][0], $state['last_trouble'][1]);
    } else if ($fatal) {
        $words = $error['type'] === E_PARSE ? 'syntax error' : substr($error['message'], 0, 1000);
        mcw_answer_error('php-fatal', $words, array('at' => basename($error['file']) . ':' . $error['line']));
    } else {
        $said = $printed === '' ? 'It printed nothing.' : 'It said: ' . substr($printed, -600);
        mcw_answer_error('moodle-stopped', 'Moodle ended the process. ' . $said);
    }
}

/** Code that the web user can write is only ever run as the web user. @throws mcw_refusal */
function mcw_refuse_root() {
    $status = @file_get_contents('/proc/self/status');
    $root = function_exists('posix_geteuid') && posix_geteuid() === 0;
    if ($root || ($status !== false && preg_match('/^Uid:\s+\d+\s+0\s/m', $status))) {
        throw new mcw_refusal('runs-as-root', 'This must run as the web user, not as root: it loads files that the web user can write.');
    }
}
