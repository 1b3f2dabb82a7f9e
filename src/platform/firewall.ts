/** Firewall rules for the administrator to read, judge and paste: the wizard prints them and changes no firewall. Pure. */

import { type Command, piece, sh } from '../core/remedy.js';

export interface FirewallRules {
  readonly address: string;
  readonly port: number;
  /** Addresses of the Moodle nodes. */
  readonly from: readonly string[];
}

/** Commands that let only the Moodle nodes reach a service, in the words of the firewall found (`ufw`, `firewalld`), else of nftables. */
export function firewallCommands(firewall: string | null, { address, port, from }: FirewallRules): readonly Command[] {
  const kind = firewall ?? '';
  if (/ufw/i.test(kind)) {
    return [...from.map((a) => sh`ufw allow proto tcp from ${a} to ${address} port ${port}`), sh`ufw deny proto tcp to ${address} port ${port}`];
  }
  if (/firewalld/i.test(kind)) {
    const rule = (a: string) =>
      sh`firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="${a}" port port="${port}" protocol="tcp" accept'`;
    return [...from.map(rule), sh`firewall-cmd --reload`];
  }
  return [
    sh`nft add table inet moodle_caches`,
    sh`nft 'add chain inet moodle_caches input { type filter hook input priority 0 ; policy accept ; }'`,
    sh`nft 'add rule inet moodle_caches input ip daddr ${address} tcp dport ${port} ip saddr != { ${piece`${from}`} } drop'`,
  ];
}
