/** Firewall rules for the administrator to read, judge and paste: the wizard prints them and changes no firewall. Pure. */

export interface FirewallRules {
  readonly address: string;
  readonly port: number;
  /** Addresses of the Moodle nodes. */
  readonly from: readonly string[];
}

/** Commands that let only the Moodle nodes reach a service, in the words of the firewall found (`ufw`, `firewalld`), else of nftables. */
export function firewallCommands(firewall: string | null, { address, port, from }: FirewallRules): readonly string[] {
  const kind = firewall ?? '';
  if (/ufw/i.test(kind)) {
    return [...from.map((a) => `ufw allow proto tcp from ${a} to ${address} port ${port}`), `ufw deny proto tcp to ${address} port ${port}`];
  }
  if (/firewalld/i.test(kind)) {
    const rule = (a: string) => `firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="${a}" port port="${port}" protocol="tcp" accept'`;
    return [...from.map(rule), 'firewall-cmd --reload'];
  }
  return [
    'nft add table inet moodle_caches',
    "nft 'add chain inet moodle_caches input { type filter hook input priority 0 ; policy accept ; }'",
    `nft 'add rule inet moodle_caches input ip daddr ${address} tcp dport ${port} ip saddr != { ${from.join(', ')} } drop'`,
  ];
}
