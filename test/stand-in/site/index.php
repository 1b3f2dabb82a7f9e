<?php
/** The site's page: what serves each cache here, and what this node believes of a setting and a right. */

require(__DIR__ . '/config.php');

/** A value of the database through a cache, with where it came from. */
function standin_cached($area, $key, $ask) {
    $cache = cache::make('core', $area);
    $value = $cache->get($key);
    if ($value !== false) {
        return $value . ' (from the cache)';
    }
    $value = $ask($key);
    $cache->set($key, $value);
    return $value . ' (from the database)';
}

header('Content-Type: text/plain; charset=utf-8');
echo 'node: ', php_uname('n'), "\n";
foreach (standin_muc\config::instance()->get_definitions() as $id => $definition) {
    list($component, $area) = explode('/', $id);
    $identifiers = isset($definition['requireidentifiers']) ? array_fill_keys($definition['requireidentifiers'], 'x') : array();
    echo 'served: ', $id, ': ', implode(' over ', cache::make($component, $area, $identifiers)->served_by()), "\n";
}
echo 'setting sitename: ', $CFG->sitename, "\n";
echo 'string hello: ', standin_cached('string', 'hello', function () {
    return 'Hello';
}), "\n";
echo 'right moodle/site:config: ', standin_cached('capabilities', 'moodle/site:config', array($DB, 'right')), "\n";
