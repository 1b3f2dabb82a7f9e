<?php
defined('MOODLE_INTERNAL') || die();

$version  = 2024100706.00;
$release  = '4.5.6 (stand-in)';
$branch   = '405';
$maturity = MATURITY_STABLE;
