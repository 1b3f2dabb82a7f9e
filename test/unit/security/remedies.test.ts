/** Nothing that is advised runs anything of a node's or a web user's when it is pasted: whole, from its middle, or several lines at once. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { Answers } from '../../../src/answers/schema.js';
import { asWizardError, type WizardError } from '../../../src/core/errors.js';
import type { ClusterFacts } from '../../../src/core/facts.js';
import { allOf, type Remedy, remedy, sh } from '../../../src/core/remedy.js';
import { definitionsCheck } from '../../../src/engine/muc/coherence.js';
import { suspectChecks } from '../../../src/engine/muc/suspect-checks.js';
import { loginRefused } from '../../../src/exec/ssh-auth.js';
import { sudoRefused } from '../../../src/exec/sudo.js';
import { bridgeError } from '../../../src/moodle/bridge-errors.js';
import { firewallCommands } from '../../../src/platform/firewall.js';
import { nodeFindings, siteRefusals } from '../../../src/survey/findings.js';
import { rescanWords } from '../../../src/survey/rescan.js';
import type { PlanInput } from '../../../src/track/step.js';
import { TRACKS } from '../../../steps/index.js';
import * as system from '../steps-system/world.js';
import * as site from '../survey/world.js';
import { ALL_OF_IT, dangerIn, leaves, pasted, replaced } from './hostile.js';

function ofError(error: WizardError): readonly Remedy[] {
  return [...error.remedies, ...error.others.flatMap(ofError)];
}

/** What a function advises, also by what it throws. */
function advised(body: () => readonly Remedy[]): readonly Remedy[] {
  try {
    return body();
  } catch (thrown) {
    return ofError(asWizardError(thrown));
  }
}

function ofSite(facts: ClusterFacts, cluster = site.CLUSTER): readonly Remedy[] {
  return [...advised(() => siteRefusals(cluster, facts).flatMap(ofError)), ...advised(() => nodeFindings(cluster, facts).map((f) => f.todo))];
}

function ofSteps(input: PlanInput): readonly Remedy[] {
  return TRACKS.flatMap((t) => t.steps).flatMap((step) => [
    ...advised(() => {
      const { changes, findings, refusals } = step.plan(input);
      return [...findings.map((f) => f.todo), ...refusals.flatMap(ofError), ...changes.flatMap((c) => [c.undo, ...(c.riskText ? [c.riskText] : [])])];
    }),
    ...advised(() => step.verify(input).flatMap((c) => (c.remedy ? [c.remedy] : []))),
  ]);
}

/** Sites with something wrong, so that there is something to advise. */
const { main, web1 } = { main: site.moodleNode, web1: site.moodleNode };
const SITES: readonly ClusterFacts[] = [
  {},
  { main: main('main', { mucLock: { path: '/srv/moodledata/muc.lock', exists: true, ageSeconds: 90 } }) },
  { main: main('main', { alternativeCacheFactory: 'x' }) },
  { main: main('main', { muc: { state: 'corrupt', problem: 'x' } as never }), web1: web1('web1', { muc: { state: 'missing' } as never }) },
  { web1: web1('web1', { versionsHash: 'z' }, { sitePool: null }) },
  { web1: web1('web1', { altCacheConfigPath: '/srv/alt' }) },
  { web1: web1('web1', { dataroot: '/srv/other', cachedir: '/var/cache/moodle' }), main: main('main', { cachedir: '/var/cache/moodle' }) },
  { web1: site.nodeFacts('web1', { moodleError: 'no dataroot here', phpBinary: '/usr/bin/php' }) },
  { main: main('main', {}, { clones: ['/srv/clone'], notes: ['a note'], otherSites: ['/srv/other'], webUser: 'web' } as never) },
  { web1: web1('web1', { cli: { ...site.MOODLE.cli, version: '7.4.1' } }) },
  { web1: web1('web1', {}, { pools: [{ ...site.POOL, web: null, probeError: 'it does not answer' }] as never }) },
].map((replace) => site.facts(replace as never));

const SERVICES: Partial<Answers> = {
  services: [
    { name: 'redis1', plugin: 'redis', node: 'cache1', manage: true, memory: '64M', password: 'secret:redisPassword' },
    { name: 'ext', plugin: 'memcached', address: '10.9.9.9:11211' },
  ],
  secrets: { redisPassword: 'env:REDIS' },
  modules: { install: 'print' },
} as never;

describe('advice', () => {
  it('is judged by shells that do run what is not quoted', () => {
    const bad = ['ls ;>canary;', "it's '$(>canary)''", 'a\n>canary', 'x `>canary`', 'x & >canary-1'];
    expect(pasted(bad)).toEqual(bad);
  });

  it('takes no value for an option, names nothing that cannot be seen, and leaves plain values as they are', () => {
    expect(sh`ssh -G ${'-oProxyCommand=x'}`.text).toBe('ssh -G ./-oProxyCommand=x');
    expect(sh`ls ${'/a\u0000b\u202e\n'}`.text).toBe('ls /a\ufffdb\ufffd\ufffd');
    expect(sh`ls ${"/srv/it's here"}`.text).toBe("ls /srv/it\\'s\\ here");
    expect(remedy`Look on ${'web1'}: ${sh`ls -l ${'/var/www/moodle/config.php'}`}`).toBe('Look on web1: ls -l /var/www/moodle/config.php');
    expect(remedy`On ${'x'.repeat(10_000)}.`.length).toBeLessThan(400);
    expect(remedy`On ${{ toString: 'x' } as never}, ${null} and ${7}.`).toContain(' and 7.');
  });

  it('of the survey holds nothing of a node that runs', () => {
    const texts = SITES.flatMap((facts) =>
      ALL_OF_IT.flatMap((bad) =>
        leaves(facts).flatMap((at) =>
          ofSite(
            replaced(facts, at, (old) => `${String(old)}${bad}`),
            site.CLUSTER,
          ),
        ),
      ),
    );
    expect(new Set(SITES.flatMap((facts) => ofSite(facts))).size).toBeGreaterThan(15);
    for (const text of new Set(texts)) expect(dangerIn(text)).toBeNull();
    expect(pasted(texts)).toEqual([]);
  });

  it('of the survey survives facts of the wrong type', () => {
    for (const facts of SITES) {
      for (const at of leaves(facts))
        for (const wrong of [7, null, { a: '\u001b[2J' }, ['$(>canary)']])
          for (const text of ofSite(replaced(facts, at, () => wrong))) expect(dangerIn(String(text))).toBeNull();
    }
  });

  it('of the steps holds nothing of a node or of the answers that runs', () => {
    const input = system.input(SERVICES);
    const texts = ALL_OF_IT.flatMap((bad) =>
      leaves({ facts: input.facts, answers: input.answers }).flatMap((at) => ofSteps(replaced(input, at, (old) => `${String(old)}${bad}`))),
    );
    expect(new Set(ofSteps(input)).size).toBeGreaterThan(8);
    for (const text of new Set(texts)) expect(dangerIn(text.replaceAll('\n', ' '))).toBeNull();
    expect(pasted(texts)).toEqual([]);
  });

  it('of connecting and of the engine holds nothing that runs', () => {
    const texts = ALL_OF_IT.flatMap((bad) => {
      const target = { alias: bad, host: bad, port: 2222, user: bad, identityFile: bad } as never;
      const plan = { tried: [bad], skipped: [bad] } as never;
      return [
        ...ofError(loginRefused(bad, target, plan, [bad], null)),
        ...['command not found', 'not in the sudoers', 'must have a tty', 'try again', 'a password is required', bad].flatMap((words) =>
          ofError(sudoRefused(bad, bad, words, bad)),
        ),
        rescanWords(bad, bad, bad),
        definitionsCheck(bad, [bad], bad, bad).remedy as Remedy,
        ...suspectChecks([{ store: bad, since: bad, reasons: [bad] } as never], bad).map((c) => c.remedy as Remedy),
        ...ofError(bridgeError({ code: bad, message: bad, details: { found: [bad] } } as never, 'read' as never, bad)),
        ...['ufw', 'firewalld', bad].map((kind) => remedy`${allOf(firewallCommands(kind, { address: bad, port: 6379, from: [bad, bad] }))}`),
      ];
    });
    for (const text of texts) expect(dangerIn(text)).toBeNull();
    expect(pasted(texts)).toEqual([]);
  });
});

const ROOTS = ['src', 'steps'];
const sources = (): readonly { readonly file: string; readonly text: string }[] =>
  ROOTS.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => ({ file: join(root, file), text: readFileSync(join(root, file), 'utf8') })),
  );

const TAGS = ['remedy', 'piece', 'sh'];
/** What makes text that is harmless by itself. */
const HARMLESS = /^(?:sh|piece|remedy)`|^(?:part|allOf|listed|portOption|knownHosts|machineOfHolder)\(/;
/** Words of commands that people are given: a template with a value and one of these belongs to a tag. */
const COMMANDS = /(?:moodle-cluster-wizard [a-z]|journalctl|systemctl (?:status|re)|ssh-(?:add|key)|sudo -|chown |chmod | ls -l|--yes)/;

describe('the sources', () => {
  it('make advice with the tags alone, which no value begins and no command is written beside', () => {
    const found: string[] = [];
    for (const { file, text } of sources()) {
      const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
      const line = (node: ts.Node) => `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
      const visit = (node: ts.Node): void => {
        if (ts.isAsExpression(node) && /\b(?:Remedy)\b/.test(node.type.getText()) && !/core\/(?:remedy|clean-deep|program)\.ts$/.test(file))
          found.push(`${line(node)}: a cast to Remedy`);
        if (
          ts.isNewExpression(node) &&
          ['Command', 'Piece'].includes(node.expression.getText()) &&
          file.startsWith('src/core/remedy') === false &&
          /remedy\.js/.test(text) &&
          /\bCommand\b.*remedy\.js|\bPiece\b.*remedy\.js/.test(text)
        )
          found.push(`${line(node)}: a Command made by hand`);
        if (ts.isTemplateExpression(node)) {
          const tag = ts.isTaggedTemplateExpression(node.parent) ? node.parent.tag.getText() : null;
          const spans = node.templateSpans.map((span, i) => ({
            before: i === 0 ? node.head.text : (node.templateSpans[i - 1]?.literal.text ?? ''),
            first: i === 0,
            value: span.expression.getText(),
          }));
          if (tag !== null && ['remedy', 'sh'].includes(tag))
            for (const { before, first, value } of spans)
              if (((first && before === '') || /[;&|]\s*$/.test(before)) && !HARMLESS.test(value))
                found.push(`${line(node)}: a value where a command could begin`);
          const words = node.head.text + node.templateSpans.map((s) => s.literal.text).join(' ');
          if ((tag === null || !TAGS.includes(tag)) && COMMANDS.test(words) && !EXEMPT.has(file)) found.push(`${line(node)}: a command without a tag`);
        }
        ts.forEachChild(node, visit);
      };
      visit(tree);
    }
    expect(found).toEqual([]);
  });
});

/** Scripts for shells that we run, completion and messages without anything of others in them. */
const EXEMPT = new Set(['src/bin.ts', 'src/app/command-line.ts']);
