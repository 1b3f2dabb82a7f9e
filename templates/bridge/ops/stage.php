<?php
/** Makes a whole new MUC file with Moodle's own writer on a private copy. Writes nothing live. */

function mcw_op_stage($request) {
    global $CFG;
    $state = &mcw_state();
    $state['secrets'] = array_map('strval', array_values(mcw_param($request, 'secrets', array())));
    $edits = mcw_param($request, 'edits', array());
    $before = isset($state['base_raw']) ? $state['base_raw'] : null;
    $writer = mcw_private_writer();
    $named = mcw_apply_edits($writer, $edits, mcw_param($request, 'secrets', array()));
    if (!empty($request['identifier']) && !empty($CFG->siteidentifier)) {
        $named['identifier'] = true;
        $writer->update_site_identifier($CFG->siteidentifier);
    }
    if (count($edits) > 0) {
        mcw_save($writer);
    }
    $content = mcw_read_regular($state['private_path']);
    $read = $content === null ? array('state' => 'missing', 'reason' => 'Moodle wrote no file') : mcw_muc_read($state['private_path']);
    if ($read['state'] !== 'ok') {
        throw new mcw_refusal('muc-corrupt', 'Moodle\'s writer created a file that cannot be used: ' . $read['reason'] . '.');
    }
    if ($before !== null) {
        $collateral = mcw_collateral($before, $read['raw'], $named);
        if (count($collateral) > 0) {
            throw new mcw_refusal('collateral', 'Writing the MUC file would change more than the plan names: ' . implode('; ', $collateral) . '.', array('found' => $collateral));
        }
    }
    mcw_assert_live_untouched();
    $texts = mcw_texts_for_diff($before, $read['raw']);
    return array(
        'content' => base64_encode($content),
        'sha256' => hash('sha256', $content),
        'baseSha256' => $state['base_bytes'] === null ? null : hash('sha256', $state['base_bytes']),
        'before' => $texts['before'],
        'after' => $texts['after'],
        'siteIdentifier' => empty($CFG->siteidentifier) ? null : md5((string) $CFG->siteidentifier),
        'config' => mcw_muc_config_facts($read['raw'], mcw_need($request, 'hmacKey')),
    );
}
