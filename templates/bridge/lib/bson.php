<?php
/** The part of BSON (bsonspec.org, version 1.1) that MongoDB's commands and their replies need. */

/** Documents within documents that are read at most: what a server sends must not exhaust the stack. */
define('MCW_BSON_DEPTH', 8);

/**
 * A document. Of its values an object is a document, an ArrayObject a list, an array with one text binary data, a DateTime a date.
 * @param array|ArrayObject|object $values
 */
function mcw_bson($values) {
    $document = '';
    foreach ($values as $name => $value) {
        $document .= mcw_bson_element((string) $name, $value);
    }
    return pack('V', strlen($document) + 5) . $document . "\0";
}

function mcw_bson_element($name, $value) {
    if (is_string($value)) {
        return "\x02" . $name . "\0" . pack('V', strlen($value) + 1) . $value . "\0";
    }
    if (is_bool($value)) {
        return "\x08" . $name . "\0" . ($value ? "\1" : "\0");
    }
    if (is_array($value)) {
        return "\x05" . $name . "\0" . pack('V', strlen($value[0])) . "\0" . $value[0];
    }
    if ($value instanceof DateTime) {
        // Milliseconds as a 64-bit number, low half first.
        $ms = $value->getTimestamp() * 1000.0;
        return "\x09" . $name . "\0" . pack('VV', (int) fmod($ms, 4294967296.0), (int) floor($ms / 4294967296.0));
    }
    if (is_object($value)) {
        return ($value instanceof ArrayObject ? "\x04" : "\x03") . $name . "\0" . mcw_bson($value);
    }
    return "\x10" . $name . "\0" . pack('V', $value);
}

/** Values of the simple types, binary data, documents and lists by name; other types of known length are skipped, what is unknown ends the reading. */
function mcw_bson_values($bytes, $depth = 0) {
    $values = array();
    $at = 4;
    $end = strlen($bytes);
    while ($at < $end && ord($bytes[$at]) !== 0) {
        $type = ord($bytes[$at]);
        $stop = strpos($bytes, "\0", $at + 1);
        if ($stop === false) {
            break;
        }
        $name = substr($bytes, $at + 1, $stop - $at - 1);
        $at = $stop + 1;
        $length = mcw_bson_length($type, $bytes, $at);
        if ($length === null || $length < 0 || $at + $length > $end) {
            break;
        }
        $value = mcw_bson_value($type, substr($bytes, $at, $length), $depth);
        if ($value !== null) {
            $values[$name] = $value;
        }
        $at += $length;
    }
    return $values;
}

/** Bytes of a value of this type that begins at `$at`; null for a type that is not known. */
function mcw_bson_length($type, $bytes, $at) {
    $fixed = array(0x01 => 8, 0x07 => 12, 0x08 => 1, 0x09 => 8, 0x0a => 0, 0x10 => 4, 0x11 => 8, 0x12 => 8, 0x13 => 16);
    if (isset($fixed[$type])) {
        return $fixed[$type];
    }
    $word = unpack('V', str_pad(substr($bytes, $at, 4), 4, "\0"));
    $counted = array(0x02 => 4, 0x03 => 0, 0x04 => 0, 0x05 => 5);
    return isset($counted[$type]) ? $word[1] + $counted[$type] : null;
}

/** Null for types that nobody asks for. */
function mcw_bson_value($type, $bytes, $depth) {
    if ($type === 0x01) {
        $double = unpack('d', $bytes);
        return $double[1];
    }
    if ($type === 0x02) {
        return (string) substr($bytes, 4, -1);
    }
    if ($type === 0x03 || $type === 0x04) {
        return $depth < MCW_BSON_DEPTH ? mcw_bson_values($bytes, $depth + 1) : null;
    }
    if ($type === 0x05) {
        return (string) substr($bytes, 5);
    }
    if ($type === 0x08) {
        return ord($bytes) === 1;
    }
    if ($type === 0x10) {
        $word = unpack('V', $bytes);
        return $word[1];
    }
    return null;
}
