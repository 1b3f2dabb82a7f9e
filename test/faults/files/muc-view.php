<?php
// What core/string is mapped to by the cache configuration that the PHP of this node's pages runs: read as Moodle reads it, through OPcache.
define('MOODLE_INTERNAL', true);
include('/mnt/moodledata/muc/config.php');
$names = array();
foreach ($configuration['definitionmappings'] as $mapping) {
    if ($mapping['definition'] === 'core/string') {
        $names[] = $mapping['store'];
    }
}
header('Content-Type: text/plain');
echo 'core/string: ', count($names) === 0 ? 'its mode' : implode(' over ', $names), "\n";
