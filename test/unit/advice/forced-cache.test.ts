import { describe, expect, it } from 'vitest';
import { forcedCacheArray } from '../../../src/advice/forced-cache.js';
import { adviceContext } from '../../../src/advice/gather.js';
import { inputOf, REDIS, type SiteOptions } from './fixture.js';

function textOf(yaml: string, options: SiteOptions = {}, bend: (facts: any) => void = () => {}): string | null {
  const { cluster, answers, facts } = inputOf(yaml, options);
  const copy = structuredClone(facts);
  bend(copy);
  return forcedCacheArray(adviceContext(cluster, answers, copy));
}

const TLS = 'services:\n  - {name: redis1, plugin: redis, address: "cache.example.org:6380", tls: true}\n';
const near = (text: string | null): readonly string[] => [...(text ?? '').matchAll(/'name' => '([^']+)'/g)].map((m) => m[1] ?? '');

describe('the array for tool_forcedcache', () => {
  it('maps small hot definitions near, the rest to the shared service, and never writes the password', () => {
    const text = textOf(REDIS);
    expect(text).toContain(`['conditions' => ['name' => 'core/string'], 'stores' => ['near', 'redis1']]`);
    expect(text).toContain(`'server' => '10.0.0.41:6390'`);
    expect(text).toContain(`'password' => getenv('REDIS_PASSWORD')`);
    expect(text).toContain(`['stores' => ['redis1']]`);
  });

  it('names only definitions that this Moodle has and allows to be local', () => {
    expect(near(textOf(REDIS, { version: '4.5.6' }))).toEqual(['core/string', 'core/langmenu', 'core/plugin_functions']);
    expect(near(textOf(REDIS, { version: '3.8.5' }))).toEqual(['core/string', 'core/langmenu']);
    // No file and no started Moodle tells them where another cache factory decides.
    const blind = (branch: string) => (facts: any) => {
      facts.site = null;
      for (const node of Object.values<any>(facts.nodes)) if (node.moodle) Object.assign(node.moodle, { branch, muc: { state: 'missing' } });
    };
    expect(near(textOf(REDIS, {}, blind('401')))).toEqual(['core/string', 'core/langmenu']);
    expect(near(textOf(REDIS, {}, blind('402')))).toContain('core/plugin_functions');
  });

  it('has a prefix of this site for each store', () => {
    const prefixes = (wwwroot: string) =>
      [
        ...(
          textOf(REDIS, {}, (facts) => {
            for (const node of Object.values<any>(facts.nodes)) if (node.moodle) node.moodle.wwwroot = wwwroot;
          }) ?? ''
        ).matchAll(/'prefix' => '([a-z0-9]{4}_)'/g),
      ].map((m) => m[1]);
    const all = [...prefixes('https://a.example.org'), ...prefixes('https://b.example.org')];
    expect(all).toHaveLength(4);
    expect(new Set(all).size).toBe(4);
  });

  it('connects over TLS where the service does, and says so where this Moodle cannot', () => {
    expect(textOf(TLS)).toContain(`'encryption' => 1`);
    const old = textOf(TLS, { version: '3.8.5' });
    expect(old).not.toContain(`'encryption' =>`);
    expect(old).toContain('// The setting "encryption" of the Redis store came with Moodle 4.3');
  });

  it('has the user of a MongoDB', () => {
    const yaml = 'services:\n  - {name: mongo1, plugin: mongodb, address: "h:27017", username: moodle, password: secret:m}\nsecrets: {m: "env:M"}\n';
    expect(textOf(yaml, { version: '3.8.5' })).toMatch(
      /'mongo1' => \['type' => 'mongodb', .*'username' => 'moodle', 'password' => getenv\('MONGODB_PASSWORD'\)/,
    );
    expect(textOf(yaml, { version: '4.5.6', plugins: ['apcu', 'file', 'mongodb'] })).not.toContain('mongo1');
  });

  it('has no APCu where its memory is shared with others, and says what is missing first', () => {
    const text = textOf(REDIS, { otherPoolUser: 'blog' });
    expect(text).not.toContain("'apcu'");
    expect(near(text)).toEqual([]);
    expect(text).toContain('// No APCu: Its memory would be shared');
    expect(textOf('', { otherPoolUser: 'blog' })).toBeNull();
    expect(textOf(REDIS, { extensions: ['redis'] })).toContain('// Install the PHP extension apcu first: it is missing on main, web1.');
  });

  it('names no service where there is none', () => {
    expect(textOf('')).not.toContain('redis');
    expect(near(textOf(''))).toContain('core/string');
  });
});
