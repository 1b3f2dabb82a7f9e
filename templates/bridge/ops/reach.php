<?php
/**
 * `ReachFacts`: cache services asked by their own protocols over plain sockets, so that no extension is needed and none can hide a problem. Of MongoDB only
 * reachability is checked this way: its login goes through PHP's driver, and is reported as unchecked where that is missing.
 */

require_once(__DIR__ . '/../lib/socket.php');
require_once(__DIR__ . '/../lib/redis.php');
require_once(__DIR__ . '/../lib/memcached.php');
require_once(__DIR__ . '/../lib/mongodb.php');

define('MCW_REACH_SECONDS', 4);

function mcw_op_reach($request) {
    $facts = array();
    foreach (mcw_need($request, 'services') as $target) {
        $facts[] = mcw_reach($target);
    }
    return $facts;
}

function mcw_reach(array $target) {
    $facts = array('service' => $target['service'], 'ok' => false);
    $ask = array('redis' => 'mcw_ask_redis', 'memcached' => 'mcw_ask_memcached', 'memcache' => 'mcw_ask_memcached', 'mongodb' => 'mcw_ask_mongodb');
    if (!isset($ask[$target['plugin']])) {
        $facts['error'] = 'the wizard cannot ask services of the plugin ' . $target['plugin'];
        return $facts;
    }
    try {
        $began = microtime(true);
        $link = mcw_connect_to($target, MCW_REACH_SECONDS);
        $facts['connectMs'] = round((microtime(true) - $began) * 1000, 2);
        $reply = call_user_func($ask[$target['plugin']], $link, $target);
        $facts['ok'] = true;
        if ($reply['version'] !== '') {
            $facts['version'] = $reply['version'];
        }
        if (isset($reply['unchecked'])) {
            $facts['unchecked'] = $reply['unchecked'];
        }
        $facts['info'] = (object) $reply['info'];
        fclose($link['stream']);
    } catch (Exception $thrown) {
        $facts['error'] = $thrown->getMessage();
    } catch (Throwable $thrown) {
        $facts['error'] = $thrown->getMessage();
    }
    return $facts;
}
