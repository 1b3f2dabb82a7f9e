<?php
/**
 * Empties what one store instance keeps on its memcached servers, and nothing else there: the keys that Moodle made under the instance's
 * prefix are listed and deleted one by one. Moodle's own purge flushes the whole server, for all its users.
 */

define('MCW_EMPTY_SECONDS', 120);
/** Items that change their queue while the server lists it may be passed over once. */
define('MCW_EMPTY_PASSES', 2);

/** @return string|null why it could not be done */
function mcw_empty_memcached(array $details) {
    try {
        foreach (mcw_memcached_servers($details['configuration']) as $server) {
            for ($pass = 0; $pass < MCW_EMPTY_PASSES; $pass++) {
                mcw_memcached_delete($server, mcw_memcached_keys($server, mcw_memcached_prefix($details)));
            }
        }
        return null;
    } catch (mcw_refusal $refusal) {
        return $refusal->getMessage();
    }
}

/** Every server that the instance writes to: host and port. */
function mcw_memcached_servers(array $configuration) {
    $written = !empty($configuration['clustered']) && !empty($configuration['setservers']) ? $configuration['setservers'] : array();
    $servers = array();
    foreach (array_merge(isset($configuration['servers']) ? (array) $configuration['servers'] : array(), $written) as $server) {
        $parts = is_array($server) ? array_values($server) : explode(':', $server, 3);
        $servers[$parts[0] . ':' . (isset($parts[1]) ? $parts[1] : 11211)] = array($parts[0], (int) (isset($parts[1]) ? $parts[1] : 11211));
    }
    return array_values($servers);
}

/** As the store makes it where its settings have none. */
function mcw_memcached_prefix(array $details) {
    $configuration = $details['configuration'];
    if (!empty($configuration['prefix'])) {
        return (string) $configuration['prefix'];
    }
    return $details['plugin'] === 'memcache' ? 'mdl_' : (string) crc32($details['name']);
}

/**
 * All keys of the instance on a server. Behind the prefix Moodle's keys are a SHA-1, or a simple key and the MD5 of its definition: whatever else
 * begins with the prefix is somebody else's.
 * @throws mcw_refusal
 */
function mcw_memcached_keys(array $server, $prefix) {
    $pattern = '/^' . preg_quote($prefix, '/') . '(?:[0-9a-f]{40}|.+-[0-9a-f]{32})$/';
    $link = mcw_connect($server[0], $server[1], false, MCW_EMPTY_SECONDS);
    $keys = array();
    mcw_send($link, "lru_crawler metadump all\r\n");
    while (($line = mcw_read_line($link)) !== 'END') {
        if (strpos($line, 'key=') !== 0) {
            // One listing at a time is all that a memcached gives.
            if (strpos($line, 'BUSY') === 0) {
                mcw_mind_deadline($link);
                usleep(200000);
                mcw_send($link, "lru_crawler metadump all\r\n");
                continue;
            }
            throw new mcw_refusal('protocol', 'this memcached cannot list its keys (' . $line . '), so only a purge by Moodle empties it, and that flushes the whole server');
        }
        $end = strpos($line, ' ');
        $key = rawurldecode(substr($line, 4, ($end === false ? strlen($line) : $end) - 4));
        if (preg_match($pattern, $key)) {
            $keys[] = $key;
        }
    }
    fclose($link['stream']);
    return $keys;
}

function mcw_memcached_delete(array $server, array $keys) {
    $link = mcw_connect($server[0], $server[1], false, MCW_EMPTY_SECONDS);
    foreach (array_chunk($keys, 500) as $some) {
        $commands = '';
        foreach ($some as $key) {
            $commands .= 'delete ' . $key . " noreply\r\n";
        }
        // Its answer comes when all deletions before it are done.
        mcw_send($link, $commands . "version\r\n");
        mcw_read_line($link);
    }
    fclose($link['stream']);
}
