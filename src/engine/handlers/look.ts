/** What a path on a node is now, and whether the folders above it are root's alone. */

import { WizardError } from '../../core/errors.js';
import { remedy } from '../../core/remedy.js';
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

/** Reads the output of apply-look.sh. @throws Error when it is not whole: a bug */
export function parseLook(text: string): Look {
  const lines = text.trimEnd().split('\n');
  const sum = lines.find((l) => l.startsWith('sha256\t'));
  const parts = lines
    .filter((l) => l !== sum)
    .map((line): Part => {
      const [kind, mode = '', owner = '', group = '', path = ''] = line.split('\t');
      if (!/^(file|directory|link|other|absent)$/.test(kind ?? '') || !path.startsWith('/')) throw new Error(`cannot read "${line}"`);
      return { kind: kind as Part['kind'], mode, owner, group, path };
    });
  const self = parts.at(-1);
  if (!self) throw new Error('nothing was looked at');
  return { ...self, above: parts.slice(0, -1), sha256: sum?.split('\t')[1] ?? null };
}

/** Looks at a path as root. @throws WizardError `change-failed` */
export async function lookAt(context: ApplyContext, node: string, path: string): Promise<Look> {
  const result = await context.executor(node).run({ argv: ['sh', `${context.kitDir}/sh/apply-look.sh`, path] }, { as: 'root' });
  if (result.code === 0) return parseLook(result.stdout);
  throw new WizardError('change-failed', `${node}: cannot look at ${path}.`, { nodes: [node], evidence: result.stderr.trim().split('\n').slice(-5) });
}

/** A folder in which somebody else can put names aside or plant links. */
function isForeign(part: Part): boolean {
  if (part.kind === 'absent') return false;
  return part.kind !== 'directory' || part.owner !== 'root' || (Number.parseInt(part.mode, 8) & 0o022) !== 0;
}

/** Root writes only where nobody else can (design section 4, rule 10). @throws WizardError `not-allowed` naming the folder */
export function refuseForeignFolders(node: string, look: Look): void {
  const foreign = look.above.find(isForeign);
  if (!foreign) return;
  const what = foreign.kind === 'directory' ? `belongs to ${foreign.owner}:${foreign.group}, mode ${foreign.mode}` : 'is no plain folder';
  throw new WizardError(
    'not-allowed',
    `${node}: ${look.path} is not written as root, because ${foreign.path} ${what}: others than root could lead the write elsewhere.`,
    {
      nodes: [node],
      remedies: [remedy`Make ${foreign.path} root's, writable by root only.`],
    },
  );
}
