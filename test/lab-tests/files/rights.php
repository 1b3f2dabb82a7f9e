<?php
// A setting and a right, through the API of the real Moodle. In CLI: rights.php DIRROOT change VALUE allow|prevent. As a page and in CLI without more: what is so.
if (PHP_SAPI === 'cli') {
    define('CLI_SCRIPT', true);
}
define('NO_MOODLE_COOKIES', true);
require((PHP_SAPI === 'cli' ? $argv[1] : __DIR__) . '/config.php');
$context = context_system::instance();
if (PHP_SAPI === 'cli' && isset($argv[2])) {
    set_config('safetytest', $argv[3]);
    set_config('safetytest', $argv[3], 'local_safety');
    assign_capability('moodle/course:viewparticipants', $argv[4] === 'allow' ? CAP_ALLOW : CAP_PREVENT, $CFG->guestroleid, $context->id, true);
}
if (PHP_SAPI !== 'cli') {
    header('Content-Type: text/plain');
}
echo get_config('core', 'safetytest'), ' ', get_config('local_safety', 'safetytest'), ' ';
echo has_capability('moodle/course:viewparticipants', $context, guest_user()) ? 'allowed' : 'denied', "\n";
