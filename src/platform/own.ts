/** Names of what the wizard itself puts on nodes: one unit and up to two configuration files a managed service. */

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

/** The unit whose configuration a path of ours is; null for other paths. */
export function unitOfPath(path: string): string | null {
  const name =
    new RegExp(`^${CONFIG_DIR}/([A-Za-z0-9-]+?)(?:\\.secret)?\\.conf$`).exec(path)?.[1] ??
    new RegExp(`^${UNIT_DIR}/moodle-muc-([A-Za-z0-9-]+)\\.service$`).exec(path)?.[1];
  return name === undefined ? null : unitName(name);
}

/** Everything of a service that the survey must look at before a plan is exact. */
export function ownPaths(services: readonly string[]): readonly string[] {
  return services.length === 0 ? [] : [CONFIG_DIR, ...services.flatMap((s) => [confPath(s), secretPath(s), unitPath(s)])];
}
