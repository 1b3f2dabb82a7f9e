<?php
/** What this PHP is: `PhpSapi`. */

function mcw_op_sapi($request) {
    return mcw_sapi_facts();
}
