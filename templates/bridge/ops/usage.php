<?php
/**
 * `SiteUse` of src/core/measure.ts: how busy this site is by its own tables, and how large its caches are where they can be seen. Moodle is started on a
 * private copy of the MUC file with dummy stores, so that nothing is written; the files of file stores are only counted.
 */

define('MCW_USAGE_SECONDS', 4);
define('MCW_USAGE_FILES', 400);

function mcw_op_usage($request) {
    global $CFG, $DB;
    $now = time();
    list($sizes, $cut) = mcw_definition_sizes(microtime(true) + MCW_USAGE_SECONDS);
    return array(
        'activeHour' => mcw_count('user', 'deleted = 0 AND lastaccess > ?', array($now - 3600)),
        'activeDay' => mcw_count('user', 'deleted = 0 AND lastaccess > ?', array($now - 86400)),
        'activeMonth' => mcw_count('user', 'deleted = 0 AND lastaccess > ?', array($now - 30 * 86400)),
        'users' => mcw_count('user', 'deleted = 0', array()),
        'courses' => mcw_count('course', 'id <> ?', array(isset($CFG->siteguest) ? SITEID : 1)),
        'sessionsHour' => mcw_count('sessions', 'timemodified > ?', array($now - 3600)),
        'debug' => isset($CFG->debug) ? (int) $CFG->debug : 0,
        'themeDesignerMode' => !empty($CFG->themedesignermode),
        'cacheJs' => !isset($CFG->cachejs) || !empty($CFG->cachejs),
        'langStringCache' => !isset($CFG->langstringcache) || !empty($CFG->langstringcache),
        'writableCode' => mcw_writable_code(),
        'definitions' => $sizes,
        'definitionsCut' => $cut,
    );
}

/** Files of the code that the web user could change, the first few. */
function mcw_writable_code() {
    global $CFG;
    $found = array();
    foreach (array('', '/config.php', '/version.php', '/lib', '/lib/setup.php', '/index.php', '/local', '/mod') as $path) {
        if (is_writable($CFG->dirroot . $path)) {
            $found[] = $CFG->dirroot . $path;
        }
    }
    return $found;
}

/** Null where the table cannot be asked. */
function mcw_count($table, $where, array $params) {
    global $DB;
    try {
        return (int) $DB->count_records_select($table, $where, $params);
    } catch (Exception $thrown) {
        return null;
    } catch (Throwable $thrown) {
        return null;
    }
}

/** Sizes of what lies in file stores, definition by definition, and whether time was up before the last. */
function mcw_definition_sizes($until) {
    global $CFG;
    $config = call_user_func(array(mcw_config_class(), 'instance'));
    $reply = array();
    foreach ($config->get_all_stores() as $name => $store) {
        if ($store['plugin'] !== 'file') {
            continue;
        }
        $own = isset($store['configuration']['path']) ? $store['configuration']['path'] : '';
        $root = $own !== '' ? rtrim($own, '/') : $CFG->cachedir . '/cachestore_file/' . preg_replace('#[^a-zA-Z0-9\.\-_]+#', '', $name);
        foreach ($config->get_definitions() as $id => $definition) {
            if (microtime(true) > $until) {
                return array($reply, true);
            }
            $folder = $root . '/' . mcw_file_store_folder($id, $definition);
            $size = is_dir($folder) ? mcw_size_of($folder, $until) : null;
            if ($size !== null && $size['items'] > 0) {
                $reply[] = array('definition' => $id, 'store' => $name) + $size;
            }
        }
    }
    return array($reply, false);
}

/** The file store names a definition's folder by its id (with the mode before 2.6 as well): letters and digits, all else an underline. */
function mcw_file_store_folder($id, array $definition) {
    $loaded = call_user_func(array(mcw_definition_class(), 'load'), $id, $definition);
    return preg_replace('#[^a-zA-Z0-9]+#', '_', $loaded->get_id());
}

/** Items and their sizes, of the first files found. */
function mcw_size_of($folder, $until) {
    $sizes = array();
    $more = false;
    $open = array($folder);
    while (count($open) > 0) {
        $here = array_pop($open);
        $handle = @opendir($here);
        while ($handle !== false && ($name = readdir($handle)) !== false) {
            if (count($sizes) >= MCW_USAGE_FILES || microtime(true) > $until) {
                $more = true;
                break;
            }
            if ($name === '.' || $name === '..') {
                continue;
            }
            if (substr($name, -6) === '.cache') {
                $sizes[] = (int) @filesize($here . '/' . $name);
            } else if (is_dir($here . '/' . $name) && !is_link($here . '/' . $name) && count($open) < 300) {
                $open[] = $here . '/' . $name;
            }
        }
        if ($handle !== false) {
            closedir($handle);
        }
        if ($more) {
            break;
        }
    }
    $count = count($sizes);
    return array(
        'items' => $count, 'meanBytes' => $count === 0 ? 0 : (int) round(array_sum($sizes) / $count), 'maxBytes' => $count === 0 ? 0 : max($sizes), 'atLeast' => $more,
    );
}
