import { describe, expect, it } from 'vitest';
import { forcedCacheArray } from '../../../src/advice/forced-cache.js';

const redis = { service: 'redis1', plugin: 'redis', host: '10.0.0.41', port: 6390, shared: true, managed: true, passwordSecret: 'redisPassword' } as never;

describe('the array for tool_forcedcache', () => {
  it('maps small hot definitions near, the rest to the shared service, and never writes the password', () => {
    const text = forcedCacheArray([redis]);
    expect(text).toContain(`['conditions' => ['name' => 'core/string'], 'stores' => ['near', 'redis1']]`);
    expect(text).toContain(`'server' => '10.0.0.41:6390'`);
    expect(text).toContain(`getenv('REDIS_PASSWORD')`);
    expect(text).toContain(`['stores' => ['redis1']]`);
  });

  it('names no service where there is none', () => {
    expect(forcedCacheArray([])).not.toContain('redis');
  });
});
