/** Which pages a trial watches, and how they are asked: as the load balancer asks the nodes, and once the way the public does. Pure. */

import { type Cluster, type ClusterNode, mainNode, webNodes } from '../../core/cluster.js';
import type { ClusterFacts, Listener, MoodleNodeFacts } from '../../core/facts.js';
import type { PageTarget } from '../../core/trial.js';

const WEB_SERVERS = /^(nginx|apache2|httpd|lighttpd|caddy|haproxy|openresty|angie)/;
const WILDCARDS = ['0.0.0.0', '::', '*', ''];

/** The two pages that every site has and that use most caches without a login. */
const PAGES = ['/login/index.php', '/'];

interface Address {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** As a browser sends it. */
  readonly header: string;
  readonly folder: string;
}

/** `$CFG->wwwroot` taken apart; null when it is no address. */
function publicAddress(wwwroot: string): Address | null {
  if (!URL.canParse(wwwroot)) return null;
  const url = new URL(wwwroot);
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { secure, host, port: Number(url.port || (secure ? 443 : 80)), header: url.host, folder: url.pathname.replace(/\/+$/, '') };
}

/** Where the node's web server listens: a wildcard is asked on this machine. */
function listensAt(listeners: readonly Listener[], port: number): string {
  const there = listeners.filter((l) => l.protocol === 'tcp' && l.port === port);
  const named = there.filter((l) => WEB_SERVERS.test(l.process));
  const [first] = named.length > 0 ? named : there;
  return first === undefined || WILDCARDS.includes(first.address) ? '127.0.0.1' : first.address;
}

/** The port as answered; where nothing listens there, the only one that the survey found a web server on. */
function portOf(node: ClusterNode, tls: boolean, listeners: readonly Listener[]): number {
  const wanted = tls && node.webPort === 80 ? 443 : node.webPort;
  const there = listeners.filter((l) => l.protocol === 'tcp');
  if (there.some((l) => l.port === wanted)) return wanted;
  const found = [...new Set(there.filter((l) => WEB_SERVERS.test(l.process) && l.port !== (tls ? 80 : 443)).map((l) => l.port))];
  return found.length === 1 ? (found[0] ?? wanted) : wanted;
}

function nodeTarget(node: ClusterNode, site: Address, moodle: MoodleNodeFacts, facts: ClusterFacts['nodes'][string]): PageTarget {
  const tls = site.secure && !moodle.sslproxy;
  const port = portOf(node, tls, facts.listeners);
  // With $CFG->reverseproxy Moodle refuses to be called by its public name ("reverseproxyabused"): the balancer calls the node by its own.
  const own = node.host === 'local' ? (facts.addresses[0] ?? facts.hostname) : node.host;
  return {
    node: node.name,
    through: 'node',
    address: listensAt(facts.listeners, port),
    port,
    tls,
    name: site.host,
    host: moodle.reverseproxy ? own : site.header,
    forwardedProto: site.secure && moodle.sslproxy ? 'https' : null,
    paths: PAGES.map((page) => `${site.folder}${page}`),
  };
}

/** Every web node's own pages, and the site's public address as main sees it. */
export function pageTargets(cluster: Cluster, facts: ClusterFacts): readonly PageTarget[] {
  const main = mainNode(cluster).name;
  const moodle = facts.nodes[main]?.moodle;
  const site = moodle ? publicAddress(moodle.wwwroot) : null;
  if (!moodle || !site) return [];
  const nodes = webNodes(cluster).flatMap((node) => {
    const own = facts.nodes[node.name];
    return own ? [nodeTarget(node, site, moodle, own)] : [];
  });
  const balancer: PageTarget = {
    node: main,
    through: 'balancer',
    address: site.host,
    port: site.port,
    tls: site.secure,
    name: site.host,
    host: site.header,
    forwardedProto: null,
    paths: PAGES.slice(0, 1).map((page) => `${site.folder}${page}`),
  };
  return [...nodes, balancer];
}
