<?php
/** The PHP that this survey and Moodle's command line run with, and how root starts one. */

/**
 * How root starts PHP: without php.ini and extensions where it can do without, else with what keeps files of others from being run in it.
 * The same options stand in templates/sh/root-php.sh and src/moodle/root-php.ts.
 * @return array first words of a command line
 */
function mcw_root_php() {
    if (mcw_php_alone() !== null) {
        return array(PHP_BINARY, '-n');
    }
    $options = array(
        'opcache.enable_cli=0', 'opcache.file_cache=', 'opcache.preload=', 'ffi.preload=', 'auto_prepend_file=', 'auto_append_file=', 'open_basedir=', 'memory_limit=256M',
    );
    $argv = array(PHP_BINARY);
    foreach ($options as $option) {
        array_push($argv, '-d', $option);
    }
    return $argv;
}

/** This PHP where it runs without php.ini and extensions, or null. */
function mcw_php_alone() {
    return php_ini_loaded_file() === false && php_ini_scanned_files() === false ? PHP_BINARY : null;
}

/** The command line's PHP of the pool's version; our own when there is no other. */
function mcw_php_binary(array $found) {
    $version = $found['sitePool'] === null ? '' : $found['pools'][$found['sitePool']]['version'];
    $own = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
    $short = str_replace('.', '', $version);
    if ($version !== '' && $version !== $own) {
        $named = mcw_which(array('php' . $version, '/opt/remi/php' . $short . '/root/usr/bin/php', 'php' . $short));
        if ($named !== null) {
            return $named;
        }
    }
    // `php` may be turned to another version by the next upgrade: the name with the version stays.
    $same = mcw_which(array('php' . $own));
    return $same !== null ? $same : PHP_BINARY;
}
