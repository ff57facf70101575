// Runs inside a container: which of host:port answer a connection. One JSON object on stdout.
const net = require('node:net');
const dns = require('node:dns').promises;

const later = (ms) => new Promise((done) => setTimeout(done, ms));
const connects = (host, port) =>
  new Promise((done) => {
    const socket = net.connect({ host, port, timeout: 3000 });
    const end = (answer) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () => end('open'));
    socket.once('error', ({ code }) => end(code));
    socket.once('timeout', () => end('timeout'));
  });

async function probe(target) {
  const [host, port] = target.split(':');
  if (net.isIP(host)) return connects(host, port);
  const found = await Promise.race([dns.lookup(host).catch(() => undefined), later(6000)]);
  return found ? connects(found.address, port) : 'no such name';
}

async function main() {
  const found = {};
  const look = async (target) => {
    found[target] = await probe(target);
  };
  await Promise.all(process.argv.slice(2).map(look));
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

void main();
