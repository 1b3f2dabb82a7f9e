// A TCP relay that hands on every piece of data later than it came: what a cache host far away is like.
// usage: node delay-relay.mjs PORT HOST HOSTPORT MILLISECONDS
import { connect, createServer } from 'node:net';

const [port, host, hostPort, ms] = process.argv.slice(2);
const later = (from, to) => {
  from.on('data', (data) => setTimeout(() => to.writable && to.write(data), Number(ms)));
  from.on('close', () => setTimeout(() => to.destroy(), Number(ms)));
  from.on('error', () => to.destroy());
};
createServer((near) => {
  const far = connect(Number(hostPort), host);
  near.setNoDelay(true);
  far.setNoDelay(true);
  later(near, far);
  later(far, near);
}).listen(Number(port), '0.0.0.0');
