import { describe, expect, it } from 'vitest';
import { program } from '../../../src/app/command-line.js';
import { completionRows } from '../../../src/app/completion.js';
import { errorSections, explainCommand } from '../../../src/app/explain.js';
import { docsOf, ERROR_CODES, exitCodeOf, WizardError } from '../../../src/core/errors.js';
import { errorJson, renderError } from '../../../src/ui/text/index.js';

const sections = errorSections();

/** What a call prints on stdout, with its exit code. */
function explain(codes: readonly string[], format = {}): { readonly code: number; readonly out: string } {
  const write = process.stdout.write;
  let out = '';
  process.stdout.write = ((text: string) => {
    out += text;
    return true;
  }) as typeof process.stdout.write;
  try {
    return { code: explainCommand(codes, format), out };
  } finally {
    process.stdout.write = write;
  }
}

describe('the documentation of errors', () => {
  it('has a section for every code, in their order, and none besides', () => expect([...sections.keys()]).toEqual(ERROR_CODES));

  it.each(ERROR_CODES)('of %s says what it means, its causes, what to do and an example', (code) => {
    const text = sections.get(code) ?? '';
    expect(text).toContain(`Exit code ${exitCodeOf(code)}.`);
    expect(text).toMatch(/^.{20,}\n[\s\S]*\nCauses:\n- .+[\s\S]*\nWhat to do:\n1\. .+[\s\S]*\nExample:\n {4}.+/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(84);
  });

  it('is named by the error in text and in JSON', () => {
    const other = new WizardError('disk-full', 'Full.');
    const error = new WizardError('lock-held', 'Held.', { others: [other, new WizardError('lock-held', 'Held too.')] });
    expect(renderError(error).at(-1)).toBe('Details: moodle-cluster-wizard explain lock-held disk-full');
    expect(errorJson(error)).toMatchObject({ docs: docsOf('lock-held'), others: [{ docs: docsOf('disk-full') }, { docs: docsOf('lock-held') }] });
    expect(docsOf('lock-held')).toBe('templates/help/errors.md#lock-held');
  });
});

describe('explain', () => {
  it('prints the sections of the codes given', () => {
    const { code, out } = explain(['lock-held', 'bug']);
    expect(code).toBe(0);
    expect(out).toMatch(/^lock-held\n\nAnother run .*\n/);
    expect(out).toMatch(/\n\nbug\n\n/);
  });

  it('lists all codes without one', () => {
    const { out } = explain([]);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(ERROR_CODES);
  });

  it('prints JSON', () => {
    const { out } = explain(['timeout'], { json: true });
    expect(JSON.parse(out)).toMatchObject({ version: 1, command: 'explain', exitCode: 0, result: [{ code: 'timeout', exitCode: 3 }] });
  });

  it('refuses an unknown code and names the nearest', () => {
    const { code, out } = explain(['lock-hold'], { json: true });
    expect(code).toBe(2);
    expect(JSON.parse(out).error).toMatchObject({ code: 'usage', message: 'Unknown error code "lock-hold". Did you mean "lock-held"?' });
  });

  it('is completed with the codes', () => {
    const rows = completionRows(program(() => Promise.resolve(), '0.0.0'));
    expect(rows.filter((r) => r.at === 'explain').map((r) => r.word)).toEqual(expect.arrayContaining([...ERROR_CODES]));
  });
});
