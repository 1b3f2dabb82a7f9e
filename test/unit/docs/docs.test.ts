/** The project's documents lead somewhere: every rule and fact that is cited exists, every link, path and function that is named too. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FILES = [
  'README.md',
  ...['src', 'steps', 'templates', 'test', '.github'].flatMap((top) =>
    readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true }).flatMap((file) =>
      file.isFile() ? [relative(ROOT, join(file.parentPath, file.name))] : [],
    ),
  ),
];
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const DOCUMENTS = FILES.filter((file) => file.endsWith('.md'));

/** Ids of the headings of a document: `### S1 Title`. */
const idsIn = (file: string) => [...read(file).matchAll(/^### ([SM]\d+) \S/gm)].map(([, id = '']) => id);

describe('rules and facts', () => {
  const RULES = idsIn('.github/SAFETY-RULES.md');
  const FACTS = idsIn('.github/MOODLE-FACTS.md');

  it('have ids that are unique and in order', () => {
    expect(RULES).toEqual(RULES.map((_, i) => `S${i + 1}`));
    expect(FACTS).toEqual(FACTS.map((_, i) => `M${i + 1}`));
  });

  it('exist where they are cited', () => {
    const known = new Set([...RULES, ...FACTS]);
    const cited = FILES.filter((file) => /\.(?:tsx?|mjs|php|sh|md|yml)$/.test(file)).flatMap((file) =>
      [...read(file).matchAll(/\b(?:rule|fact)s? ((?:[SM]\d+(?:, | and )?)+)/g)].flatMap(
        ([, ids = '']) => ids.match(/[SM]\d+/g)?.map((id) => ({ file, id })) ?? [],
      ),
    );
    expect(cited.length).toBeGreaterThan(50);
    expect(cited.filter(({ id }) => !known.has(id))).toEqual([]);
  });

  it('are cited by these ids, not by documents that are not part of the project', () => {
    const elsewhere = /design section \d|\bfacts,? \d|moodle-facts[, ]|\b(?:peers|craft|cluster-facts|design|words|security)\.md\b/;
    const sources = FILES.filter((file) => /^(?:src|steps|templates|test|\.github|README)/.test(file) && !file.includes('/version-'));
    expect(sources.filter((file) => file !== 'test/unit/docs/docs.test.ts' && elsewhere.test(read(file)))).toEqual([]);
  });
});

describe('documents', () => {
  it('link to files and headings that exist', () => {
    const anchor = (heading: string) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-');
    const broken = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, path = '', at]) => {
        const target = path === '' ? file : normalize(join(dirname(file), path));
        if (!existsSync(join(ROOT, target))) return [`${file}: ${link}`];
        const headings = at === undefined ? [] : [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading));
        return at === undefined || headings.includes(at) ? [] : [`${file}: ${link}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('name paths that exist', () => {
    const missing = DOCUMENTS.filter((file) => file.startsWith('.github/')).flatMap((file) =>
      [...read(file).matchAll(/`((?:src|steps|templates|test|\.github)\/[\w./-]*)`/g)].flatMap(([, path = '']) =>
        existsSync(join(ROOT, path)) ? [] : [`${file}: ${path}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  it('name functions that the file beside them has', () => {
    // `fn` (`path`): also a method as `Class.method`, each part of it.
    const named = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/`([\w.]+)`\s+\(`((?:src|steps|templates|test)\/[^`]+)`\)/g)].map(([, name = '', path = '']) => ({ name, path })),
    );
    expect(named.length).toBeGreaterThan(30);
    const has = ({ name, path }: { name: string; path: string }) =>
      existsSync(join(ROOT, path)) && name.split('.').every((part) => new RegExp(`\\b${part}\\b`).test(read(path)));
    expect(named.filter((one) => !has(one))).toEqual([]);
  });

  it('name scripts of package.json that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    const missing = DOCUMENTS.flatMap((file) =>
      [...read(file).matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].flatMap(([, name = '']) => (name in scripts ? [] : [`${file}: ${name}`])),
    );
    expect(missing).toEqual([]);
  });
});

describe('workflows', () => {
  const WORKFLOWS = FILES.filter((file) => file.startsWith('.github/workflows/'));

  it('use actions by commit, say what they may do, and keep no credentials', () => {
    expect(WORKFLOWS.length).toBeGreaterThan(1);
    for (const file of WORKFLOWS) {
      const text = read(file);
      for (const [, action = ''] of text.matchAll(/uses: (\S+)/g)) expect(action, file).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      expect(text, file).toMatch(/^permissions:/m);
      expect(text.match(/actions\/checkout@/g)?.length ?? 0, file).toBe(text.match(/persist-credentials: false/g)?.length ?? 0);
    }
  });

  it('publish with provenance, from the repository that they run in', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'mcw-repository-'));
    try {
      copyFileSync(join(ROOT, 'package.json'), join(scratch, 'package.json'));
      const env = { PATH: process.env['PATH'], HOME: scratch, GITHUB_SERVER_URL: 'https://git.example.org', GITHUB_REPOSITORY: 'campus/wizard' };
      execFileSync(join(ROOT, '.ci/set-repository'), { cwd: scratch, env });
      const about = JSON.parse(readFileSync(join(scratch, 'package.json'), 'utf8'));
      expect(about).toMatchObject({
        repository: { type: 'git', url: 'git+https://git.example.org/campus/wizard.git' },
        bugs: { url: 'https://git.example.org/campus/wizard/issues' },
        homepage: 'https://git.example.org/campus/wizard#readme',
      });
      expect(() => execFileSync(join(ROOT, '.ci/set-repository'), { cwd: scratch, env: { PATH: env.PATH }, stdio: 'ignore' })).toThrow();
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    expect(Object.keys(JSON.parse(read('package.json')))).not.toContain('repository');
    expect(read('.github/workflows/release.yml')).toMatch(/npm publish --provenance/);
  });

  it('have a changelog with the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(read('.github/CHANGELOG.md')).toContain(`## [${version}]`);
    expect(read('.github/CHANGELOG.md')).toContain('## [Unreleased]');
  });
});
