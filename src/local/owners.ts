/** Whose files are trusted on the machine that the wizard runs on. */

/**
 * User ids whose files and folders this process trusts: root, the user it runs as, and under sudo the person who called it.
 *
 * SUDO_UID is safe to trust: sudo sets it itself and never takes it from the caller, and a user who can set this process's environment in another way can run
 * code in it already (NODE_OPTIONS). The person named by it was allowed to start this program as root with arguments of their choice. An answers file may name
 * commands (`cmd:`), so that person can become root with any file; refusing the file in their own home would protect nothing. A sudoers rule that allows
 * one fixed answers file keeps its meaning: the file it names decides, and its folder. It counts only while this process is root: otherwise sudo is not what
 * gave it its rights.
 */
export function trustedOwners(env: Readonly<Record<string, string | undefined>> = process.env): ReadonlySet<number> {
  const self = process.geteuid?.() ?? 0;
  const caller = env['SUDO_UID'] ?? '';
  return new Set([0, self, ...(self === 0 && /^\d{1,10}$/.test(caller) ? [Number(caller)] : [])]);
}
