<?php
/**
 * The Moodle side of the survey of one node. Runs as root from the command line; what it starts of Moodle runs as the web user.
 * Request on standard input {marker, dirroot, webUser, services, hmacKey, webToken}; answers one line of JSON in the words of src/core/facts.ts.
 */

if (PHP_SAPI !== 'cli') {
    exit(64);
}
foreach (array('trust', 'run', 'masters', 'fpm', 'nginx', 'apache-own', 'apache', 'sites', 'user', 'php', 'clones', 'web-probe', 'ask') as $mcw_part) {
    require __DIR__ . '/lib/' . $mcw_part . '.php';
}

putenv('PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin');
$mcw_request = json_decode(stream_get_contents(STDIN), true);
if (!is_array($mcw_request) || !isset($mcw_request['marker'], $mcw_request['dirroot'])) {
    echo json_encode(array('moodleError' => 'The survey got no request on standard input.')), "\n";
    exit(0);
}
$mcw_found = mcw_find_site($mcw_request['dirroot']);
$mcw_web = mcw_web_user($mcw_request, $mcw_found);
$mcw_php = mcw_php_binary($mcw_found);
echo json_encode(mcw_facts(dirname(__DIR__), $mcw_request, $mcw_found, $mcw_web, $mcw_php), defined('JSON_PARTIAL_OUTPUT_ON_ERROR') ? JSON_PARTIAL_OUTPUT_ON_ERROR : 0), "\n";
exit(0);
