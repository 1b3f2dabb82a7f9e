/** How root starts PHP on a node: the one place of TypeScript that knows it. templates/sh/root-php.sh and templates/survey/lib/php.php hold the same. */

/** Root's PHP runs nothing that others can write: no cache of compiled code, no preloading, no prepended or appended file. */
export const ROOT_PHP_SETTINGS: readonly string[] = [
  'opcache.enable_cli=0',
  'opcache.file_cache=',
  'opcache.preload=',
  'ffi.preload=',
  'auto_prepend_file=',
  'auto_append_file=',
  'open_basedir=',
  // The php.ini of the command line often lifts it; -n has 128M.
  'memory_limit=256M',
];

/** First words of the command line with which root starts PHP: without php.ini and extensions where the survey found one that works without them (`phpAlone`). */
export function rootPhpArgv(php: { readonly phpBinary: string; readonly phpAlone?: string }): readonly string[] {
  return php.phpAlone === undefined ? [php.phpBinary, ...ROOT_PHP_SETTINGS.flatMap((s) => ['-d', s])] : [php.phpAlone, '-n'];
}
