/** What a path on a node is now, and whether the folders above it are root's alone. */

import { WizardError } from '../../core/errors.js';
import { hasControl, isAbsolutePath, shown } from '../../core/names.js';
import { remedy } from '../../core/remedy.js';
import { lastLines } from '../../exec/sudo.js';
import { answerInvalid } from '../../intake/check.js';
import type { ApplyContext } from '../handler.js';

export interface Part {
  readonly kind: 'file' | 'directory' | 'link' | 'other' | 'absent';
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly path: string;
}

export interface Look extends Part {
  /** From `/` down to the folder that holds the path. */
  readonly above: readonly Part[];
  /** Hex, regular files only. */
  readonly sha256: string | null;
}

/** Reads the output of apply-look.sh for a path. @throws WizardError `answer-invalid` when it is not whole or of another path */
export function parseLook(node: string, path: string, text: string): Look {
  const invalid = (why: string) => answerInvalid({ node, what: `look at ${path}` }, [why]);
  const lines = text.trimEnd().split('\n');
  const sum = lines.find((l) => l.startsWith('sha256\t'));
  const parts = lines
    .filter((l) => l !== sum)
    .map((line): Part => {
      const [kind, mode = '', owner = '', group = '', of = ''] = line.split('\t');
      const known = /^(file|directory|link|other|absent)$/.test(kind ?? '') && isAbsolutePath(of) && /^([0-7]{1,5}|-)$/.test(mode);
      if (!known || hasControl(owner + group)) throw invalid(`cannot read "${shown(line, 120)}"`);
      return { kind: kind as Part['kind'], mode, owner, group, path: of };
    });
  const self = parts.at(-1);
  if (self?.path !== (path.replace(/\/+$/, '') || '/')) throw invalid('the last line is of another path');
  const sha256 = sum?.split('\t')[1] ?? null;
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256)) throw invalid('sha256: must be a SHA-256 in hex');
  return { ...self, above: parts.slice(0, -1), sha256 };
}

/** Looks at a path as root; `noHash` for files that hold a secret, whose hash stays on the node. @throws WizardError `change-failed` */
export async function lookAt(context: ApplyContext, node: string, path: string, noHash = false): Promise<Look> {
  const argv = ['sh', `${context.toolkitDir}/sh/apply-look.sh`, path, ...(noHash ? ['no-hash'] : [])];
  const result = await context.executor(node).run({ argv }, { as: 'root' });
  if (result.code === 0) return parseLook(node, path, result.stdout);
  throw new WizardError('change-failed', `${node}: cannot look at ${path}.`, { nodes: [node], evidence: lastLines(result.stderr) });
}

/** A folder in which somebody else can put names aside or plant links. */
function isForeign(part: Part): boolean {
  if (part.kind === 'absent') return false;
  return part.kind !== 'directory' || part.owner !== 'root' || (Number.parseInt(part.mode, 8) & 0o022) !== 0;
}

/** Root writes only where nobody else can (rule S14). @throws WizardError `not-allowed` naming the folder */
export function refuseForeignFolders(node: string, look: Look): void {
  const foreign = look.above.find(isForeign);
  if (!foreign) return;
  const what = foreign.kind === 'directory' ? `belongs to ${foreign.owner}:${foreign.group}, mode ${foreign.mode}` : 'is not a plain folder';
  throw new WizardError(
    'not-allowed',
    `${node}: ${look.path} is not written as root, because ${foreign.path} ${what}: users other than root could redirect the write.`,
    {
      nodes: [node],
      remedies: [remedy`Make ${foreign.path} root owned and writable by root only.`],
    },
  );
}
