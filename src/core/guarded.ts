/** Files other than Moodle's cache configuration whose change can lose the site: what a trial guards, and a restore point keeps. */

/** What the service of a restored file does then. Nodes know these names and run nothing else (templates/sh/guarded-file.sh). */
export const AFTERWARDS = ['reload-nginx', 'reload-apache', 'reload-haproxy', 'reload-php', 'nothing'] as const;
export type Afterwards = (typeof AFTERWARDS)[number];

export interface GuardedFile {
  /** Absolute, no link. */
  readonly path: string;
  /** SHA-256 before the run, in hex; null when there was no file. */
  readonly sha256: string | null;
  /** SHA-256 of each content that the run writes. */
  readonly ours: readonly string[];
  /** `root`: a file of this node, in folders that only root can write to. `web-user`: a file of the data folder, which all nodes share. */
  readonly writer: 'root' | 'web-user';
  readonly after: Afterwards;
}

/** A guarded file as a restore point lists it; the copy itself lies in the node record of that node. */
export interface PointFile extends GuardedFile {
  readonly node: string;
}
