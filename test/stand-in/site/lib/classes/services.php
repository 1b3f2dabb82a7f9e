<?php
namespace core\session {
    class manager {
        public static function get_handler_class() {
            global $CFG;
            return empty($CFG->session_handler_class) ? '\core\session\file' : $CFG->session_handler_class;
        }
    }
}

namespace core\lock {
    class lock_config {
        public static function get_lock_factory_class() {
            global $CFG;
            return empty($CFG->lock_factory) ? '\core\lock\file_lock_factory' : $CFG->lock_factory;
        }
    }
}
