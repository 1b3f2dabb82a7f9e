/** Names of what the wizard creates on nodes: one unit with a drop-in, up to three configuration files, one nftables table and a drop-in of nftables.service a managed service. */

export const CONFIG_DIR = '/etc/moodle-cluster-wizard';
const UNIT_DIR = '/etc/systemd/system';

/** `moodle-muc-redis1.service` */
export function unitName(service: string): string {
  return `moodle-muc-${service}.service`;
}

export function unitPath(service: string): string {
  return `${UNIT_DIR}/${unitName(service)}`;
}

export function confPath(service: string): string {
  return `${CONFIG_DIR}/${service}.conf`;
}

/** Holds nothing but the password, so that the rest can be compared by hash. */
export function secretPath(service: string): string {
  return `${CONFIG_DIR}/${service}.secret.conf`;
}

/** Folder of the unit's drop-in. */
export function dropInDir(service: string): string {
  return `${unitPath(service)}.d`;
}

/** Says who may reach the service; apart from the unit, so that another node is let in without a restart. */
export function dropInPath(service: string): string {
  return `${dropInDir(service)}/network.conf`;
}

/** nftables rules of the service, where systemd cannot filter by itself. */
export function rulesPath(service: string): string {
  return `${CONFIG_DIR}/${service}.nft`;
}

/** Folder of the drop-ins of nftables.service. */
export const NFTABLES_DROP_IN_DIR = `${UNIT_DIR}/nftables.service.d`;

/** Loads the rules again whenever nftables.service starts, stops or reloads: each of these drops the tables of everybody. */
export function nftablesDropInPath(service: string): string {
  return `${NFTABLES_DROP_IN_DIR}/moodle-muc-${service}.conf`;
}

/** The nftables table (family inet) of the service: nobody else's rules are ever touched. */
export function tableName(service: string): string {
  return `moodle-muc-${service}`;
}

/** The table whose rules a path of ours holds; null for other paths. */
export function tableOfPath(path: string): string | null {
  const name = new RegExp(`^${CONFIG_DIR}/([A-Za-z0-9-]+)\\.nft$`).exec(path)?.[1];
  return name === undefined ? null : tableName(name);
}

/** The unit whose configuration a path of ours is; null for other paths. */
export function unitOfPath(path: string): string | null {
  const name =
    new RegExp(`^${CONFIG_DIR}/([A-Za-z0-9-]+?)(?:\\.secret)?\\.conf$`).exec(path)?.[1] ??
    new RegExp(`^${UNIT_DIR}/moodle-muc-([A-Za-z0-9-]+)\\.service$`).exec(path)?.[1];
  return name === undefined ? null : unitName(name);
}

const SERVICE = '[A-Za-z0-9][A-Za-z0-9-]*';
const OWN_UNIT = new RegExp(`^moodle-muc-${SERVICE}\\.service$`);
const OWN_FILE = new RegExp(
  `^(?:${CONFIG_DIR}/${SERVICE}(?:\\.secret)?\\.conf|${CONFIG_DIR}/${SERVICE}\\.nft|${UNIT_DIR}/moodle-muc-${SERVICE}\\.service(?:\\.d/network\\.conf)?|${NFTABLES_DROP_IN_DIR}/moodle-muc-${SERVICE}\\.conf)$`,
);
const OWN_FOLDER = new RegExp(`^(?:${CONFIG_DIR}|${NFTABLES_DROP_IN_DIR}|${UNIT_DIR}/moodle-muc-${SERVICE}\\.service\\.d)$`);

/** A unit that only the wizard makes. */
export function isOwnUnit(unit: string): boolean {
  return OWN_UNIT.test(unit);
}

/** A file that the wizard may have written for a service. */
export function isOwnFile(path: string): boolean {
  return OWN_FILE.test(path);
}

/** A folder that the wizard may have made for its files. */
export function isOwnFolder(path: string): boolean {
  return OWN_FOLDER.test(path);
}

/** Everything of a service that the survey must look at before a plan is exact. */
export function ownPaths(services: readonly string[]): readonly string[] {
  return services.length === 0
    ? []
    : [
        CONFIG_DIR,
        NFTABLES_DROP_IN_DIR,
        ...services.flatMap((s) => [confPath(s), secretPath(s), rulesPath(s), unitPath(s), dropInDir(s), dropInPath(s), nftablesDropInPath(s)]),
      ];
}
