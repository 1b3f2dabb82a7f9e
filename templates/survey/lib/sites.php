<?php
/** Which pool serves the site, as whom, and what else this node serves. */

/** @return array {pools, sitePool, sitePools: all that serve it, best first, otherSites, apacheUser: '' when unknown} */
function mcw_find_site($dirroot) {
    $pools = mcw_fpm_pools();
    $sites = array();
    $nginx = mcw_which(array('nginx'));
    $runs = array(
        'nginx' => mcw_server_runs('/^nginx/', array('nginx')), 'apache' => mcw_server_runs('/^(apache2|httpd)/', array('apache2', 'httpd')),
    );
    // One that is installed and does not run serves nothing; when none runs, both may be meant.
    $all = !$runs['nginx'] && !$runs['apache'];
    if ($nginx !== null && ($runs['nginx'] || $all)) {
        $sites = mcw_nginx_facts($nginx);
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
    return mcw_match_site($dirroot, $sites, $pools) + array('pools' => $pools, 'apacheUser' => $apache === null ? '' : $apache['user']);
}

/** The pool behind the roots that are this Moodle's, the closest root first. */
function mcw_match_site($dirroot, array $sites, array $pools) {
    $best = array('score' => 0, 'pool' => null);
    $serving = array();
    $others = array();
    foreach ($sites as $site) {
        $root = mcw_site_root($site['root'], $dirroot);
        if ($root === null) {
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

/**
 * Where a document root of a server leads, or null. The owner of another site's root can make it a link to this Moodle: what leads here counts only when it is
 * written as the answers write it, or when nobody but root and the owner of Moodle's code can change the way.
 */
function mcw_site_root($named, $dirroot) {
    $root = realpath($named);
    if ($root === false || mcw_root_score($root, $dirroot) === 0) {
        return $root === false ? null : $root;
    }
    $plain = strpos($named . '/', '/../') === false;
    $written = rtrim(preg_replace('#/(\./|/)+#', '/', $named . '/'), '/') . '/';
    $moodle = rtrim(preg_replace('#/(\./|/)+#', '/', $dirroot . '/'), '/') . '/';
    // Its own folder, one in it, or one above it: the same links as on the way to Moodle.
    if ($plain && (strpos($written, $moodle) === 0 || strpos($moodle, $written) === 0)) {
        return $root;
    }
    $own = @stat($dirroot);
    $trust = mcw_trust($named, $own === false ? null : $own);
    if ($trust['path'] === null) {
        mcw_notes('The document root ' . $named . ' leads to this Moodle, but is ignored: ' . $trust['why'] . '.');
    }
    return $trust['path'];
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
