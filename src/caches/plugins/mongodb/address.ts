/** How the MongoDB store writes its server. */

export const DEFAULT_PORT = 27_017;
/** What the store connects to when its settings name no server. */
export const DEFAULT_ADDRESS = `mongodb://127.0.0.1:${DEFAULT_PORT}`;
export const DEFAULT_DATABASE = 'mcache';

/** `host:port` of each server of an address; none where only DNS knows them (`mongodb+srv`). */
export function endpoints(value: unknown): readonly string[] {
  const [, hosts = ''] = /^mongodb:\/\/(?:[^/@]*@)?([^/?]+)/i.exec(String(value ?? DEFAULT_ADDRESS)) ?? [];
  return hosts
    .toLowerCase()
    .split(',')
    .filter((host) => host !== '')
    .map((host) => (/:[0-9]+$/.test(host) ? host : `${host}:${DEFAULT_PORT}`).replace(/^localhost:/, '127.0.0.1:'))
    .sort();
}
