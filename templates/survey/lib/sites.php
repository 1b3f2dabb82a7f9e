<?php
/** Which pool serves the site, as whom, and what else this node serves. */

/** @return array {pools, sitePool, sitePools: all that serve it, best first, otherSites, notes} */
function mcw_find_site($dirroot) {
    $pools = mcw_fpm_pools();
    $sites = array();
    $notes = array();
    $nginx = mcw_which(array('nginx'));
    $runs = array('nginx' => count(mcw_processes('/^nginx: master/')) > 0, 'apache' => count(mcw_processes('#^(/usr/sbin/)?(apache2|httpd)( |$)#')) > 0);
    // One that is installed and does not run serves nothing; when none runs, both may be meant.
    $all = !$runs['nginx'] && !$runs['apache'];
    if ($nginx !== null && ($runs['nginx'] || $all)) {
        $results = mcw_run_all(array('it' => array('argv' => array($nginx, '-T', '-q'), 'seconds' => 10)));
        $sites = mcw_nginx_sites($results['it']['out']);
        if ($results['it']['code'] !== 0) {
            $notes[] = 'nginx -T: ' . trim(substr($results['it']['err'], -300));
        }
    }
    $apache = $runs['apache'] || $all ? mcw_apache_facts() : null;
    if ($apache !== null) {
        $sites = array_merge($sites, $apache['sites']);
        if ($apache['modPhp'] !== null) {
            $pools[] = array(
                'kind' => 'apache', 'name' => 'apache', 'version' => $apache['modPhp'], 'user' => $apache['user'], 'group' => $apache['group'], 'listen' => '',
                'unit' => $apache['unit'], 'configFile' => $apache['config'], 'processControlTimeout' => 0, 'running' => true,
            );
        }
    }
    return mcw_match_site($dirroot, $sites, $pools) + array('pools' => $pools, 'notes' => $notes);
}

/** The pool behind the roots that are this Moodle's, the closest root first. */
function mcw_match_site($dirroot, array $sites, array $pools) {
    $best = array('score' => 0, 'pool' => null);
    $serving = array();
    $others = array();
    foreach ($sites as $site) {
        $root = realpath($site['root']);
        if ($root === false) {
            continue;
        }
        $score = mcw_root_score($root, $dirroot);
        if ($score === 0) {
            $others[$root] = true;
            continue;
        }
        $pool = $site['pass'] === null ? null : mcw_pool_at($site['pass'], $pools);
        // A root above Moodle may serve anything; its own, or a folder of it, serves Moodle.
        if ($pool !== null && $score > 1) {
            $serving[$pool] = true;
        }
        // Of equal roots the one whose pool is known.
        if ($pool !== null && $score > $best['score']) {
            $best = array('score' => $score, 'pool' => $pool);
        }
    }
    unset($serving[(string) $best['pool']]);
    $all = $best['pool'] === null ? array() : array_merge(array($best['pool']), array_keys($serving));
    return array('sitePool' => $best['pool'], 'sitePools' => $all, 'otherSites' => array_keys($others));
}

/** 3: the root is Moodle's own; 2: a folder of it (public/); 1: Moodle lies below the root; 0: not ours. */
function mcw_root_score($root, $dirroot) {
    $real = realpath($dirroot);
    $real = rtrim($real === false ? $dirroot : $real, '/');
    if ($root === $real . '/public' || $root === $real) {
        return 3;
    }
    if (strpos($root . '/', $real . '/') === 0) {
        return 2;
    }
    return $root !== '/' && strpos($real . '/', rtrim($root, '/') . '/') === 0 ? 1 : 0;
}

/** Index of the pool that listens there. An address that is only known at run time means the one pool, when there is one. */
function mcw_pool_at($pass, array $pools) {
    foreach ($pools as $index => $pool) {
        if (($pass === 'mod_php' && $pool['kind'] === 'apache') || ($pass !== '' && $pass === $pool['listen'])) {
            return $index;
        }
    }
    return $pass === '?' && count($pools) === 1 ? 0 : null;
}

/** As whom Moodle runs here: as the answers say, as the site's pool, or as the only pool there is; then the usual names. */
function mcw_web_user(array $request, array $found) {
    if (!empty($request['webUser'])) {
        return $request['webUser'];
    }
    if ($found['sitePool'] !== null) {
        return $found['pools'][$found['sitePool']]['user'];
    }
    $users = array();
    foreach ($found['pools'] as $pool) {
        $users[$pool['user']] = true;
    }
    if (count($users) === 1) {
        return key($users);
    }
    $accounts = (string) @file_get_contents('/etc/passwd');
    foreach (array('www-data', 'apache', 'nginx', 'www') as $name) {
        if (preg_match('/^' . $name . ':/m', $accounts)) {
            return $name;
        }
    }
    return null;
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
