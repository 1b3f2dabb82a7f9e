<?php
/** Apache's configuration as files, found without Apache: is everything that it reads and loads root's alone? */

/** @return array {files: trusted paths in order, all: false when something else is part of it, modules, user, group} */
function mcw_apache_own() {
    $own = array('files' => array(), 'all' => true, 'modules' => array(), 'vars' => array(), 'root' => '', 'user' => '', 'group' => '');
    foreach (array('/etc/apache2/envvars', '/etc/sysconfig/httpd') as $path) {
        $text = @lstat($path) === false ? '' : mcw_trusted_text($path);
        $own['all'] = $own['all'] && $text !== null;
        preg_match_all('/^\s*(?:export\s+)?(\w+)=["\']?([^"\'\s]*)/m', (string) $text, $found);
        $own['vars'] = array_combine($found[1], $found[2]) + $own['vars'];
    }
    foreach (array('/etc/apache2/apache2.conf', '/etc/httpd/conf/httpd.conf', '/usr/local/apache2/conf/httpd.conf') as $main) {
        if (@lstat($main) !== false) {
            $own['root'] = preg_replace('#/conf$#', '', dirname($main));
            mcw_apache_own_file($main, $own, 0);
            break;
        }
    }
    return $own;
}

function mcw_apache_own_file($path, array &$own, $depth) {
    if ($depth > 12 || count($own['files']) > 1000 || in_array($path, $own['files'], true)) {
        return;
    }
    $text = mcw_trusted_text($path);
    if ($text === null) {
        $own['all'] = false;
        return;
    }
    $own['files'][] = $path;
    foreach (explode("\n", preg_replace('/\\\\\r?\n/', ' ', $text)) as $line) {
        if (preg_match('/^\s*(Include|IncludeOptional|LoadModule|LoadFile|ServerRoot|Define|User|Group)\s+(.*?)\s*$/i', $line, $found)) {
            mcw_apache_own_line(strtolower($found[1]), mcw_apache_words($found[2], $own['vars']), $own, $depth);
        }
    }
}

/** Words of a line without their quotes, variables put in. */
function mcw_apache_words($text, array $vars) {
    preg_match_all('/"([^"]*)"|(\S+)/', $text, $found, PREG_SET_ORDER);
    $words = array();
    foreach ($found as $match) {
        $word = isset($match[2]) ? $match[2] : $match[1];
        foreach ($vars as $name => $value) {
            $word = str_replace('${' . $name . '}', $value, $word);
        }
        $words[] = $word;
    }
    return $words;
}

function mcw_apache_own_line($name, array $words, array &$own, $depth) {
    $last = (string) end($words);
    if ($name === 'define') {
        $own['vars'][$words[0]] = isset($words[1]) ? $words[1] : '';
    } else if ($name === 'serverroot') {
        $own['root'] = $last;
    } else if ($name === 'user' || $name === 'group') {
        $own[$name] = $last;
    } else if ($name === 'include' || $name === 'includeoptional') {
        foreach (mcw_apache_own_paths($last, $own) as $path) {
            mcw_apache_own_file($path, $own, $depth + 1);
        }
    } else {
        $own['modules'][] = $words[0];
        foreach ($name === 'loadmodule' ? array($last) : $words as $word) {
            $path = substr($word, 0, 1) === '/' ? $word : $own['root'] . '/' . $word;
            $own['all'] = $own['all'] && (@lstat($path) === false || mcw_trusted_part($path));
        }
    }
}

/** The files that an Include means: a file, a pattern, or all below a folder. */
function mcw_apache_own_paths($named, array &$own) {
    if (strpos($named, '${') !== false) {
        mcw_notes('Apache includes ' . $named . ', which only Apache can resolve: Apache was not asked.');
        $own['all'] = false;
        return array();
    }
    $found = array();
    $pattern = substr($named, 0, 1) === '/' ? $named : $own['root'] . '/' . $named;
    foreach ((array) glob($pattern) as $path) {
        $found = array_merge($found, is_dir($path) ? mcw_apache_own_paths($path . '/*', $own) : array($path));
    }
    return $found;
}

/** What Apache's own dump would say of modules and users, as far as it stands in the files. */
function mcw_apache_dump(array $own) {
    return ' ' . implode("\n ", $own['modules']) . "\nUser: name=\"" . $own['user'] . "\"\nGroup: name=\"" . $own['group'] . "\"\n";
}
