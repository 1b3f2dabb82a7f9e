<?php
/** What this site caches: the names that matter to the wizard, with the demands that Moodle makes of them. */

defined('MOODLE_INTERNAL') || die();

$application = 1;
$session = 2;
$request = 4;
$local = array('canuselocalstore' => true);
$simple = array('simplekeys' => true, 'simpledata' => true);

$definitions = array(
    'string' => array('mode' => $application, 'staticacceleration' => true, 'staticaccelerationsize' => 30) + $simple + $local,
    'langmenu' => array('mode' => $application, 'staticacceleration' => true) + $simple + $local,
    'htmlpurifier' => array('mode' => $application) + $local,
    'coursemodinfo' => array('mode' => $application, 'simplekeys' => true) + $local,
    'plugin_functions' => array('mode' => $application, 'staticacceleration' => true, 'simplekeys' => true) + $local,
    'hookcallbacks' => array('mode' => $application, 'simplekeys' => true) + $local,
    'config' => array('mode' => $application, 'staticacceleration' => true, 'simpledata' => true),
    'databasemeta' => array('mode' => $application, 'requireidentifiers' => array('dbfamily'), 'simpledata' => true),
    'eventinvalidation' => array('mode' => $application, 'requiredataguarantee' => true, 'simpledata' => true),
    'capabilities' => array('mode' => $application, 'staticacceleration' => true) + $simple,
    'roledefs' => array('mode' => $application, 'simplekeys' => true),
    'observers' => array('mode' => $application, 'simplekeys' => true),
    'coursecontacts' => array('mode' => $application, 'ttl' => 3600, 'simplekeys' => true),
    'coursecat' => array('mode' => $session, 'ttl' => 600),
    'userselections' => array('mode' => $session, 'simplekeys' => true),
    'groupings' => array('mode' => $request, 'simplekeys' => true),
);
