import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../../src/app/command-line.js';
import { completionRows, completionScript } from '../../../src/app/completion.js';

const root = program(() => Promise.resolve(), '0.0.0');

describe('completion', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'mcw-completion-'));
    for (const shell of ['bash', 'zsh', 'fish']) writeFileSync(join(dir, shell), completionScript(shell, root));
    writeFileSync(join(dir, 'answers.yaml'), '');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('knows every command and every option', () => {
    const rows = completionRows(root);
    const words = (at: string) => rows.filter((r) => r.at === at).map((r) => r.word);
    expect(words('')).toEqual(expect.arrayContaining(root.commands.map((c) => c.name())));
    for (const command of root.commands) expect(words(command.name())).toEqual(expect.arrayContaining(command.options.map((o) => o.long)));
    expect(words('answers')).toEqual(expect.arrayContaining(['schema', 'init', 'check']));
    expect(words('answers check')).toContain('<file>');
    for (const row of rows) expect(`${row.at}${row.word}${row.text}`).not.toMatch(/[|\n]/);
  });

  it('refuses another shell by its name', () => {
    expect(() => completionScript('tcsh', root)).toThrowError('No completion for the shell "tcsh"');
  });

  /** What bash offers for the words of a line, the last of which is being typed. */
  function bash(...words: readonly string[]): readonly string[] {
    const script = 'source "$1"; cd "$2"; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _moodle_cluster_wizard; printf "%s\\n" "${COMPREPLY[@]}"';
    const out = execFileSync('bash', ['--norc', '-c', script, 'bash', join(dir, 'bash'), dir, 'moodle-cluster-wizard', ...words], { encoding: 'utf8' });
    return out.split('\n').filter((l) => l !== '');
  }

  it('completes in bash', () => {
    expect(bash('')).toEqual(expect.arrayContaining(['apply', 'rollback', 'answers', 'completion']));
    expect(bash('ro')).toEqual(['rollback']);
    expect(bash('apply', '--al')).toEqual(['--allow-irreversible']);
    expect(bash('apply', '--answers', 'ans')).toEqual(['answers.yaml']);
    expect(bash('apply', '--answers', 'answers', '--y')).toEqual(['--yes']);
    expect(bash('rollback', '--to', '')).toEqual([]);
    expect(bash('answers', '')).toEqual(expect.arrayContaining(['schema', 'init', 'check']));
    expect(bash('answers', 'check', 'an')).toEqual(['answers.yaml']);
    expect(bash('completion', 'f')).toEqual(['fish']);
  });

  const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

  it.skipIf(!has('fish'))('completes in fish (skipped where there is none)', () => {
    const fish = (line: string) =>
      execFileSync(
        'fish',
        ['--no-config', '-c', 'source $argv[1]; cd $argv[2]; complete -C $argv[3]', join(dir, 'fish'), dir, `moodle-cluster-wizard ${line}`],
        {
          encoding: 'utf8',
        },
      );
    expect(fish('ro')).toMatch(/^rollback\troll back/);
    expect(fish('apply --al')).toMatch(/^--allow-irreversible/);
    expect(fish('apply --answers ans')).toContain('answers.yaml');
    expect(fish('answers ')).toContain('schema');
  });

  it.skipIf(!has('zsh'))('is zsh that zsh reads (skipped where there is none)', () => {
    const zsh = spawnSync(
      'zsh',
      ['-f', '-c', 'autoload -U compinit; compinit -D -u; source "$1"; print $_comps[moodle-cluster-wizard]', 'zsh', join(dir, 'zsh')],
      {
        encoding: 'utf8',
      },
    );
    expect(zsh.stdout.trim(), zsh.stderr).toBe('_moodle_cluster_wizard');
  });
});
