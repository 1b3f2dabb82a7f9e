<?php
unset($CFG);
global $CFG;
$CFG = new stdClass();

$CFG->dbtype    = 'pgsql';
$CFG->dblibrary = 'native';
$CFG->dbhost    = 'db1';
$CFG->dbname    = 'moodle';
$CFG->dbuser    = 'moodle';
$CFG->dbpass    = '@DBPASS@';
$CFG->prefix    = 'mdl_';
$CFG->dboptions = ['dbpersist' => false, 'dbport' => '', 'dbsocket' => ''];

$CFG->wwwroot   = 'http://moodle.lab';
$CFG->dataroot  = '/mnt/moodledata';
$CFG->admin     = 'admin';
$CFG->directorypermissions = 02770;
$CFG->noemailever = true;

require_once(__DIR__ . '/lib/setup.php');
