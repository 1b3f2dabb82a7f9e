<?php
/** A lock that is a file: who makes it has it, and it has no age. */

class cachelock_file {
    private $folder;
    private $held = array();

    public function __construct($name, array $settings = array()) {
        $this->folder = make_cache_directory(preg_replace('#[^a-zA-Z0-9_]#', '_', isset($settings['dir']) ? $settings['dir'] : md5($name)));
    }

    public function lock($key) {
        $file = $this->folder . '/' . $key . '.lock';
        for ($try = 0; $try < 100; $try++) {
            $handle = @fopen($file, 'xb');
            if ($handle !== false) {
                fclose($handle);
                $this->held[$key] = $file;
                return true;
            }
            usleep(mt_rand(1000, 50000));
        }
        throw new cache_exception('ex_unabletolock');
    }

    public function unlock($key) {
        @unlink($this->held[$key]);
        unset($this->held[$key]);
    }
}
