/** The YAML reader as a module of our own: imported lazily by its package's name, a bundle finds CommonJS without its names. */

export { parse } from 'yaml';
