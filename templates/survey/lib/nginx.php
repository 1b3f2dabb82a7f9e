<?php
/** What nginx serves, from its own dump of the configuration (`nginx -T`) where root may ask for it: which root goes to which PHP. */

/**
 * Root runs `nginx -T` only when the whole configuration is root's alone: a test of the configuration already opens its logs and loads its modules.
 * Else the part that is root's is read as text, and a note names the rest.
 * @return array of {root, pass}
 */
function mcw_nginx_facts($program) {
    $reply = mcw_run_all(array('it' => array('argv' => array($program, '-V'), 'seconds' => 10)));
    $built = $reply['it']['err'];
    $prefix = preg_match('#--prefix=(/[^\s\']+)#', $built, $found) ? $found[1] : '/usr/share/nginx';
    $named = mcw_unit_option('/^nginx/', '-c');
    $main = $named !== null ? $named : (preg_match('#--conf-path=(/[^\s\']+)#', $built, $found) ? $found[1] : $prefix . '/conf/nginx.conf');
    $own = array('files' => array(), 'all' => true);
    mcw_nginx_read($main, dirname($main), $prefix, $own, 0);
    if (!$own['all']) {
        return mcw_nginx_sites_of($own['files']);
    }
    $results = mcw_run_all(array('it' => array('argv' => array($program, '-T', '-q', '-c', $main), 'seconds' => 10)));
    if ($results['it']['code'] !== 0) {
        mcw_notes('nginx -T: ' . trim(substr($results['it']['err'], -300)));
    }
    return mcw_nginx_sites($results['it']['out']);
}

/** Reads a file and all that it includes: into `files` what root alone can change; `all` is false when anything else is part of it. */
function mcw_nginx_read($path, $folder, $prefix, array &$own, $depth) {
    if ($depth > 12 || count($own['files']) > 1000 || isset($own['files'][$path])) {
        return;
    }
    $text = mcw_trusted_text($path);
    if ($text === null) {
        $own['all'] = false;
        return;
    }
    $own['files'][$path] = $text;
    foreach (mcw_nginx_words(mcw_nginx_parse($text)) as $words) {
        $at = substr($words[1], 0, 1) === '/' ? $words[1] : ($words[0] === 'include' ? $folder : $prefix) . '/' . $words[1];
        $matches = strpbrk($at, '*?[') === false ? array($at) : (array) glob($at);
        foreach ($matches as $match) {
            if ($words[0] === 'include') {
                mcw_nginx_read($match, $folder, $prefix, $own, $depth + 1);
            } else if (@lstat($match) !== false && !mcw_trusted_part($match)) {
                $own['all'] = false;
            }
        }
    }
}

/** The directives, at any depth, that name another file to read or load. */
function mcw_nginx_words(array $directives) {
    $all = array();
    foreach ($directives as $directive) {
        if (isset($directive['words'][1]) && in_array($directive['words'][0], array('include', 'load_module'), true)) {
            $all[] = $directive['words'];
        }
        $all = array_merge($all, $directive['block'] === null ? array() : mcw_nginx_words($directive['block']));
    }
    return $all;
}

/** @return array of {root, pass}: document roots (variables put in where they can be) and the FastCGI address that serves them, or null */
function mcw_nginx_sites($dump) {
    return mcw_nginx_sites_of(mcw_nginx_files($dump));
}

/** @param array $files path => text, the main file first */
function mcw_nginx_sites_of(array $files) {
    if (count($files) === 0) {
        return array();
    }
    reset($files);
    $main = key($files);
    $tree = mcw_nginx_expand(mcw_nginx_parse($files[$main]), $files, dirname($main), 0);
    $walk = array('sites' => array(), 'upstreams' => mcw_nginx_upstreams($tree));
    mcw_nginx_walk($tree, array('root' => null, 'vars' => array()), $walk);
    return $walk['sites'];
}

/** Path => text of every file that the dump shows. */
function mcw_nginx_files($dump) {
    $files = array();
    $parts = preg_split('/^# configuration file (.+):$/m', $dump, -1, PREG_SPLIT_DELIM_CAPTURE);
    for ($i = 1; $i + 1 < count($parts); $i += 2) {
        $files[$parts[$i]] = $parts[$i + 1];
    }
    return $files;
}

/** Directives as {words, block}; block is null or a list of directives. */
function mcw_nginx_parse($text) {
    preg_match_all('/"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|#[^\n]*|[{};]|(?:\$\{[^}]*\}|\\\\.|[^\s{};"\'#\\\\]|(?<=\S)["\'#])+/s', $text, $found);
    $stack = array(array());
    $words = array();
    foreach ($found[0] as $token) {
        if ($token[0] === '#') {
            continue;
        }
        if ($token === '{') {
            $stack[] = $words;
            $stack[] = array();
            $words = array();
        } else if ($token === '}') {
            if (count($stack) < 3) {
                break;
            }
            $block = array_pop($stack);
            $head = array_pop($stack);
            $stack[count($stack) - 1][] = array('words' => $head, 'block' => $block);
            $words = array();
        } else if ($token === ';') {
            if (count($words) > 0) {
                $stack[count($stack) - 1][] = array('words' => $words, 'block' => null);
            }
            $words = array();
        } else {
            $words[] = $token[0] === '"' || $token[0] === "'" ? stripslashes(substr($token, 1, -1)) : $token;
        }
    }
    return $stack[0];
}

/** Puts included files in the place of their `include`. */
function mcw_nginx_expand(array $directives, array $files, $folder, $depth) {
    $all = array();
    foreach ($directives as $directive) {
        $words = $directive['words'];
        if (isset($words[1]) && $words[0] === 'include' && $depth < 12) {
            $pattern = substr($words[1], 0, 1) === '/' ? $words[1] : $folder . '/' . $words[1];
            foreach ($files as $path => $text) {
                if ($path === $pattern || fnmatch($pattern, $path, FNM_PATHNAME)) {
                    $all = array_merge($all, mcw_nginx_expand(mcw_nginx_parse($text), $files, $folder, $depth + 1));
                }
            }
            continue;
        }
        if ($directive['block'] !== null) {
            $directive['block'] = mcw_nginx_expand($directive['block'], $files, $folder, $depth);
        }
        $all[] = $directive;
    }
    return $all;
}

/** Upstream name => its first server. */
function mcw_nginx_upstreams(array $tree) {
    $upstreams = array();
    foreach ($tree as $directive) {
        $words = $directive['words'];
        if ($directive['block'] === null || !isset($words[0])) {
            continue;
        }
        if ($words[0] === 'upstream' && isset($words[1])) {
            foreach ($directive['block'] as $inner) {
                if (isset($inner['words'][1]) && $inner['words'][0] === 'server' && !isset($upstreams[$words[1]])) {
                    $upstreams[$words[1]] = $inner['words'][1];
                }
            }
        } else if ($words[0] === 'http') {
            $upstreams += mcw_nginx_upstreams($directive['block']);
        }
    }
    return $upstreams;
}

/** Goes down with what outer blocks set; notes each root with its PHP. */
function mcw_nginx_walk(array $directives, array $context, array &$walk) {
    $pass = null;
    foreach ($directives as $directive) {
        $words = $directive['words'];
        if ($directive['block'] !== null || !isset($words[1])) {
            continue;
        }
        if ($words[0] === 'set' && isset($words[2])) {
            $context['vars'][$words[1]] = mcw_nginx_fill($words[2], $context['vars']);
        } else if ($words[0] === 'root' || $words[0] === 'alias') {
            $context['root'] = $words[1];
        } else if ($words[0] === 'fastcgi_pass') {
            $pass = $words[1];
        }
    }
    $root = $context['root'] === null ? null : mcw_nginx_fill($context['root'], $context['vars']);
    if ($root !== null && strpos($root, '$') === false) {
        $walk['sites'][] = array('root' => $root, 'pass' => $pass === null ? null : mcw_nginx_address($pass, $context['vars'], $walk['upstreams']));
    }
    foreach ($directives as $directive) {
        if ($directive['block'] !== null && isset($directive['words'][0]) && in_array($directive['words'][0], array('http', 'server', 'location', 'if', 'limit_except'), true)) {
            mcw_nginx_walk($directive['block'], $context, $walk);
        }
    }
}

function mcw_nginx_fill($text, array $vars) {
    foreach ($vars as $name => $value) {
        $text = str_replace(array($name, '${' . substr($name, 1) . '}'), $value, $text);
    }
    return $text;
}

/** Socket path, host:port, or `?` when it is only known at run time. */
function mcw_nginx_address($pass, array $vars, array $upstreams) {
    $pass = mcw_nginx_fill($pass, $vars);
    if (isset($upstreams[$pass])) {
        $pass = $upstreams[$pass];
    }
    return strpos($pass, '$') !== false ? '?' : mcw_fpm_listen(preg_replace('#^unix:([^:]+):?$#', '$1', $pass));
}
