<?php
/**
 * The Moodle side of the survey of one node. Runs as root from the command line; what it starts of Moodle runs as the web user.
 * Request on standard input {marker, dirroot, webUser, services, hmacKey, webToken}; answers one line of JSON in the words of src/core/facts.ts.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
require __DIR__ . '/lib/run.php';
require __DIR__ . '/lib/fpm.php';
require __DIR__ . '/lib/nginx.php';
require __DIR__ . '/lib/apache.php';
require __DIR__ . '/lib/sites.php';
require __DIR__ . '/lib/clones.php';
require __DIR__ . '/lib/ask.php';

$mcw_request = json_decode(stream_get_contents(STDIN), true);
if (!is_array($mcw_request) || !isset($mcw_request['marker'], $mcw_request['dirroot'])) {
    echo json_encode(array('moodleError' => 'The survey got no request on standard input.')), "\n";
    exit(0);
}
$mcw_found = mcw_find_site($mcw_request['dirroot']);
$mcw_user = mcw_web_user($mcw_request, $mcw_found);
$mcw_php = mcw_php_binary($mcw_found);
echo json_encode(mcw_facts(dirname(__DIR__), $mcw_request, $mcw_found, $mcw_user, $mcw_php), defined('JSON_PARTIAL_OUTPUT_ON_ERROR') ? JSON_PARTIAL_OUTPUT_ON_ERROR : 0), "\n";
exit(0);
