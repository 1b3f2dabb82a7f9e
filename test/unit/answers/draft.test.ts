import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadAnswers, loadDraft } from '../../../src/answers/load.js';
import { saveAnswers } from '../../../src/answers/save.js';
import type { Answers } from '../../../src/answers/schema.js';
import type { WizardError } from '../../../src/core/errors.js';
import { ANSWERS } from '../ui/fixtures.js';

function refusal(text: string): string {
  try {
    loadDraft(text, 'a.yaml');
  } catch (thrown) {
    const error = thrown as WizardError;
    expect([error.code, error.exitCode]).toEqual(['answers-invalid', 2]);
    return [error, ...error.others].map((e) => e.message).join('\n');
  }
  return '';
}

describe('answers that are not complete', () => {
  it.each([
    ['', {}],
    ['# nothing yet\n', {}],
    ['version: 1\ncluster: campus\n', { version: 1, cluster: 'campus' }],
    ['cluster:\nmoodle:\n  dirroot:\nnodes:\n', { moodle: {} }],
    ['nodes: []\n', { nodes: [] }],
    ['services: [{plugin: redis}]\n', { services: [{ plugin: 'redis' }] }],
  ])('are taken as they are: %j', (text, value) => {
    expect(loadDraft(text, 'a.yaml')).toEqual(value);
  });

  it.each([
    ['- version: 1\n', 'a.yaml:1:1 must be a group of keys'],
    ['hello\n', 'a.yaml:1:1 must be a group of keys'],
    ['version: 1\nnote: mine\n', 'a.yaml:2:1 note: Unknown key "note".'],
    ['version: 2\n', 'version: must be 1'],
    ['nodes:\n  -\n', 'nodes.0: must be a group of keys'],
    ['nodes: [{name: web1, host: 10.0.0.21}]\n', 'nodes.0.roles'],
    ['services: [null]\n', 'services.0: must be a group of keys'],
    ['stores: [null]\n', 'stores.0: must be a group of keys'],
    ['mappings: {definitions: {core/string: apcu}}\n', 'mappings.definitions.core/string: must be a list'],
    ['mappings: {definitions: {core/string: }}\n', 'mappings.definitions.core/string: must be a list'],
    ['ssh: 5\n', 'ssh: must be a group of keys'],
    ['nodes: [', 'Invalid YAML'],
  ])('are refused when their form is wrong: %j', (text, told) => {
    expect(refusal(text)).toContain(told);
  });

  it('are refused in the words of the whole check', () => {
    const text = `${saveAnswers(ANSWERS)}note: mine\n`;
    expect(() => loadAnswers(text, 'a.yaml')).toThrow(refusal(text));
  });

  it('may lack any answer', () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(ANSWERS) as (keyof Answers)[]), (keys) => {
        const part = Object.fromEntries(keys.map((k) => [k, ANSWERS[k]]));
        expect(loadDraft(saveAnswers(part as Answers), 'a.yaml')).toEqual(part);
      }),
    );
  });
});
