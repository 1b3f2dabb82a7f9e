/** The software bill of materials of the bundle (CycloneDX 1.6, JSON): what is inside, in which version, under which licence, with the checksum of the lock file. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolders } from './licences.mjs';

const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

function component(dir, lock) {
  const { name, version, license, licenses } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const licence = license ?? licenses?.map((one) => one.type).join(' OR ');
  // An SRI checksum is base64; CycloneDX wants hexadecimal digits.
  const [algorithm, digest] = (lock.packages[dir.slice(dir.indexOf('node_modules/'))]?.integrity ?? '').split('-');
  return {
    type: 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    licenses: [{ license: { id: licence } }],
    purl: purl(name, version),
    ...(algorithm === 'sha512' ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] } : {}),
  };
}

/**
 * Nothing in it depends on time or machine: two builds of one commit are the same bytes.
 * @param files the inputs of the bundle, relative to the project
 */
export function sbom(files) {
  const { name, version, license } = JSON.parse(readFileSync('package.json', 'utf8'));
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const components = [
    ...new Map(
      packageFolders(files)
        .map((dir) => component(dir, lock))
        .map((one) => [one.purl, one]),
    ).values(),
  ];
  const main = { type: 'application', 'bom-ref': purl(name, version), name, version, licenses: [{ license: { id: license } }], purl: purl(name, version) };
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: main },
    components,
    dependencies: [{ ref: main['bom-ref'], dependsOn: components.map((one) => one['bom-ref']) }],
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}
