<?php
/** What Apache serves: its own list of configuration files, read for document roots and PHP handlers. */

/**
 * Root asks Apache only when its whole configuration is root's alone: asking sources its variables and loads its modules. Else what is root's is read as text.
 * @return array|null {sites: of {root, pass}, user, group, unit, config, modPhp: version or null}; pass `mod_php` = PHP inside Apache
 */
function mcw_apache_facts() {
    $program = mcw_which(array('apache2ctl', 'httpd', 'apachectl'));
    if ($program === null) {
        return null;
    }
    $own = mcw_apache_own();
    if (count($own['files']) === 0) {
        mcw_notes('Apache is installed here, but its main configuration file was not found in the usual places: Apache was not asked.');
        return null;
    }
    if (!$own['all']) {
        return mcw_apache_read(mcw_apache_dump($own), $own['files'], $program);
    }
    $results = mcw_run_all(array('it' => array(
        'argv' => array($program, '-t', '-D', 'DUMP_INCLUDES', '-D', 'DUMP_MODULES', '-D', 'DUMP_RUN_CFG'), 'seconds' => 15,
    )));
    // A syntax warning goes to stderr; modules and settings stand in stdout.
    preg_match_all('#^\s*\((?:\*|\d+)\)\s+(/.+)$#m', $results['it']['out'], $found);
    return count($found[1]) === 0 ? null : mcw_apache_read($results['it']['out'], $found[1], $program);
}

function mcw_apache_read($dump, array $files, $program) {
    $modphp = null;
    if (preg_match('/^\s*php\d?_module\b/m', $dump)) {
        $modphp = preg_match('#/php(\d+\.\d+)\.load$#m', implode("\n", $files), $version) ? $version[1] : PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
    }
    $user = preg_match('/^User: name="([^"]+)"/m', $dump, $name) ? $name[1] : '';
    $group = preg_match('/^Group: name="([^"]+)"/m', $dump, $name) ? $name[1] : '';
    return array(
        'sites' => mcw_apache_sites($files, $modphp !== null), 'user' => $user, 'group' => $group, 'modPhp' => $modphp, 'config' => $files[0],
        'unit' => strpos($program, 'apache2') !== false ? 'apache2.service' : 'httpd.service',
    );
}

/** Roots of the main server and of each virtual host, with the handler that PHP files get there. */
function mcw_apache_sites(array $files, $modphp) {
    $state = array('vhost' => null, 'global' => array('root' => null, 'pass' => null), 'vhosts' => array());
    foreach ($files as $file) {
        $text = preg_replace('/\\\\\r?\n/', ' ', (string) mcw_trusted_text($file));
        foreach (explode("\n", $text) as $line) {
            mcw_apache_line(trim($line), $state);
        }
        $state['vhost'] = null;
    }
    $default = $state['global']['pass'] !== null ? $state['global']['pass'] : ($modphp ? 'mod_php' : null);
    $sites = array();
    foreach (array_merge($state['vhosts'], array($state['global'])) as $host) {
        if ($host['root'] !== null) {
            $sites[] = array('root' => $host['root'], 'pass' => $host['pass'] !== null ? $host['pass'] : $default);
        }
    }
    return $sites;
}

function mcw_apache_line($line, array &$state) {
    if ($line === '' || $line[0] === '#') {
        return;
    }
    if (preg_match('/^<VirtualHost\b/i', $line)) {
        $state['vhosts'][] = array('root' => null, 'pass' => null);
        $state['vhost'] = count($state['vhosts']) - 1;
        return;
    }
    if (preg_match('#^</VirtualHost>#i', $line)) {
        $state['vhost'] = null;
        return;
    }
    if ($state['vhost'] === null) {
        $place = &$state['global'];
    } else {
        $place = &$state['vhosts'][$state['vhost']];
    }
    if (preg_match('/^DocumentRoot\s+"?([^"]+?)"?$/i', $line, $found) && strpos($found[1], '${') === false) {
        $place['root'] = $found[1];
    }
    $proxied = '/^(?:SetHandler|ProxyPassMatch|ProxyPass|AddHandler|FcgidWrapper)\b.*?(unix:(\/[^|"\s]+)|fcgi:\/\/([^\/"\s|]+))/i';
    if (preg_match($proxied, $line, $found)) {
        $place['pass'] = mcw_fpm_listen(isset($found[3]) && $found[3] !== '' ? $found[3] : $found[2]);
    }
}
