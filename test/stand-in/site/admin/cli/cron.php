<?php
/** Does nothing for as long as STANDIN_CRON_SECONDS says: a process that began before a change. */
define('CLI_SCRIPT', true);
require(__DIR__ . '/../../config.php');
sleep((int) getenv('STANDIN_CRON_SECONDS'));
