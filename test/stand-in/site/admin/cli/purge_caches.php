<?php
define('CLI_SCRIPT', true);
require(__DIR__ . '/../../config.php');
standin_muc\helper::purge_all();
