/** Rules for an active firewall of others, for the administrator to read, judge and paste: the wizard loads only a table of its own. Pure. */

import { type Command, sh } from '../core/remedy.js';

export interface FirewallRules {
  readonly address: string;
  readonly port: number;
  /** Addresses of the Moodle nodes. */
  readonly from: readonly string[];
}

/** Commands that let the Moodle nodes through the firewall found (`ufw`, `firewalld`); none for others, whose rules nobody here can judge. */
export function firewallCommands(firewall: string | null, { address, port, from }: FirewallRules): readonly Command[] {
  const kind = firewall ?? '';
  if (/ufw/i.test(kind)) return from.map((a) => sh`ufw allow proto tcp from ${a} to ${address} port ${port}`);
  if (/firewalld/i.test(kind)) {
    const rule = (a: string) =>
      sh`firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="${a}" port port="${port}" protocol="tcp" accept'`;
    return [...from.map(rule), sh`firewall-cmd --reload`];
  }
  return [];
}
