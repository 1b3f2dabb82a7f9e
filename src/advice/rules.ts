/** The rules of the advice as tables, each line with its reason. Numbers in brackets are sections of Moodle facts gathered from its source. */

export interface LocalRule {
  readonly definition: string;
  /** First branch in which a private copy on each node is safe. */
  readonly since: number;
  /** Small and read on every page: worth APCu. Large ones go to a local disk. */
  readonly size: 'small' | 'large';
  readonly why: string;
}

/** Definitions that nodes may keep privately, where this Moodle says so too (`canuselocalstore`). Reviewed one by one [3.5]. */
export const LOCAL_SAFE: readonly LocalRule[] = [
  { definition: 'core/string', since: 206, size: 'small', why: 'its keys carry the language revision, so a private copy is never out of date' },
  { definition: 'core/langmenu', since: 206, size: 'small', why: 'its keys carry the language revision, so a private copy is never out of date' },
  { definition: 'core/plugin_functions', since: 402, size: 'small', why: 'its keys carry the versions of all plugins, so a private copy is never out of date' },
  { definition: 'core/htmlpurifier', since: 206, size: 'large', why: 'its keys are the texts themselves, so a private copy is never out of date' },
  // Before 4.0 a course that was edited is rebuilt on every node: an old private copy hides the new shared one (MDL-72837).
  { definition: 'core/coursemodinfo', since: 400, size: 'large', why: 'each entry carries the revision of its course, so an old private copy is noticed' },
  { definition: 'core/h5p_library_files', since: 401, size: 'large', why: 'its keys are hashes of the content, so a private copy is never out of date' },
  { definition: 'core/file_imageinfo', since: 401, size: 'large', why: 'its keys are hashes of the content, so a private copy is never out of date' },
];

/** Before 3.1 definitions have no `canuselocalstore`; these three are built alike since 2.6 [3.5]. */
export const LOCAL_BEFORE_FLAG: readonly string[] = ['core/string', 'core/langmenu', 'core/htmlpurifier'];

/** What must stay one copy for all nodes although some Moodle marks it as local, and well-known ones with their reason [3.5]. */
export const SHARED_BECAUSE: Readonly<Record<string, string>> = {
  'core/hookcallbacks':
    'its keys carry no version, so after a deployment a private copy would call hooks of the old code; Moodle itself later removed the mark (MDL-87903)',
  'core/routes': 'its keys carry no version, so after a deployment a private copy would route by the old code',
  'core/h5p_libraries': 'it maps a library to a database id, and a deletion reaches only the node that made it',
  'core/ai_policy': 'it is small and rarely read; one copy shows at once who accepted the policy',
  'core/config': 'a setting changed on one node must be seen by all at once',
  'core/eventinvalidation': 'it informs the other nodes of what is out of date, and needs a store that guarantees its data',
  'core/plugin_manager': "Moodle's own code notes that it must be a shared cache",
  'core/databasemeta': 'all nodes must see a changed table at once',
  'core/observers': 'all nodes must see newly installed event observers at once',
  'core/roledefs': 'a right revoked on one node must be revoked on all',
  'core/capabilities': 'all nodes must know the same rights',
  'core/groupdata': 'members of groups must be the same on all nodes',
  'core/coursecattree': 'all nodes must see the same categories',
  'core/completion': 'progress made on one node must be seen by all',
  'core/coursecompletion': 'progress made on one node must be seen by all',
  'mod_glossary/concepts': "Moodle's own code notes that it must not be a local cache",
};

export interface MemcachedRule {
  readonly definition: string;
  /** Before this branch normal work purges it. */
  readonly since?: number;
  readonly why: string;
}

/**
 * Definitions that normal work never purges as a whole (their code deletes single keys, or nothing), with values below memcached's 1 MB.
 * Purging one definition empties the whole server [8.1], so only these belong there. Read in 3.8.5 and 4.5.6; databasemeta in 2.8 to 3.4.
 */
export const MEMCACHED_FIT: readonly MemcachedRule[] = [
  { definition: 'core/string', why: 'read on every page and purged only when language packs change' },
  { definition: 'core/langmenu', why: 'purged only when language packs change' },
  { definition: 'core/htmlpurifier', why: 'purged only together with all caches' },
  { definition: 'core/config', why: 'read on every request; a changed setting deletes one key' },
  { definition: 'core/databasemeta', since: 301, why: 'purged only when tables change; before 3.1 every backup did' },
  { definition: 'core/yuimodules', why: 'purged only together with all caches' },
  { definition: 'core/plugin_functions', why: 'purged only together with all caches' },
  { definition: 'core/observers', why: 'purged only together with all caches' },
  { definition: 'core/capabilities', why: 'a change deletes one key' },
  { definition: 'core/questiondata', why: 'a change deletes one key' },
  { definition: 'core/groupdata', why: 'a change deletes one key' },
  { definition: 'core/calendar_subscriptions', why: 'a change deletes one key' },
  { definition: 'core/message_processors_enabled', why: 'a change deletes one key' },
  { definition: 'core/fontawesomeiconmapping', why: 'purged only together with all caches' },
  { definition: 'core/externalbadges', why: 'a change deletes one key' },
];

/** What keeps well-known definitions off a memcached. */
export const MEMCACHED_UNFIT: Readonly<Record<string, string>> = {
  'core/coursemodinfo': 'its values may be larger than the 1 MB that memcached takes',
  'core/coursecattree': 'editing or moving a category or course purges it, and a purge empties the whole memcached',
  'core/completion': 'changed completion rules purge it, and a purge empties the whole memcached',
  'core/coursecompletion': 'changed completion rules purge it, and a purge empties the whole memcached',
  'core/roledefs': 'role changes purge it, and a purge empties the whole memcached',
  'core/user_group_groupings': 'changed groups purge it, and a purge empties the whole memcached',
  'core/coursecontacts': 'a changed setting purges it, and a purge empties the whole memcached',
  'core/plugin_manager': 'enabling a plugin purges it, and a purge empties the whole memcached',
  'core/postprocessedcss': 'theme changes purge it, and a purge empties the whole memcached',
  'core/eventinvalidation': 'it needs a store that guarantees its data, and memcached does not',
};

/** People in a busy hour up to which a service in memory is not worth running (rule 1.2 of the guide; our number). */
export const FEW_USERS = 100;
/** Reads of caches on a page that the memory of one request does not answer: counted on 4.5.6 (src/advice/access-frequency.ts). */
export const PAGE_READS = 80;
/** Of the reads of files on the shared disk so many find what another node has written since (our number; a site in use purges and rebuilds all day). */
export const RENEWED = 0.02;
/** A shared disk is slow when a small file takes longer than this (20 ms of a page), and this many times longer than on a local disk. */
export const SLOW_MS = 0.25;
export const SLOW_RATIO = 4;
/** A changed file that is read as it was for longer than this is a problem: Moodle needs clocks and files within a second. */
export const MAX_STALE_MS = 1000;
/** Days after which measurements are made again where the answers leave it to measuring, and said to be old where not. */
export const MAX_AGE_DAYS = 30;
/** What to do about it, in words. */
export const AGAIN = 'measure again with moodle-cluster-wizard advise';
