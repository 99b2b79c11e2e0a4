/**
 * `npm start`: from nothing but Node and npm to the running page. Installs what is missing, builds, serves on localhost, prints the
 * address and opens the browser where there is one to open. `--port N` chooses the port, `--no-open` leaves the browser alone.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installPackages, root, run } from './install.mjs';
import { serve } from './serve.mjs';

const { values } = parseArgs({ options: { port: { type: 'string', default: '4173' }, 'no-open': { type: 'boolean', default: false } } });

installPackages({ development: false });
run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']);
const { url } = await serve({ root: join(root, 'dist'), port: Number(values.port) });
console.log(`\n  Mother Tongue is at ${url}\n  Open it in Chrome or Edge. Ctrl+C stops the server.\n`);
if (!values['no-open']) openBrowser(url);

function openBrowser(address) {
  const display = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (process.env.CI || !display) return;
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform] ?? ['xdg-open'];
  spawn(command, [...args, address], { stdio: 'ignore', detached: true })
    .on('error', () => {}) // no opener on this machine: the address is printed above
    .unref();
}
