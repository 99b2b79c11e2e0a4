/**
 * A browser without instruments, for measuring memory: Playwright and DevTools keep copies of what the network brings (some hundred megabytes of
 * them in the renderer), so here Chromium is started plainly on a page that reports by POST, and its renderers' memory is read from /proc (Linux).
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { findBrowser } from '../../scripts/browser.mjs';

/**
 * Opens `url` + `report=ADDRESS` and listens at ADDRESS until the page posts {phase: 'end', ...} or {error}. Every report ends a phase.
 * @param {string} url ends in `?` or `&`
 * @param {string} profile an empty folder
 * @param {string[]} [flags]
 * @returns {Promise<{ phase: string, peak: number, report: Record<string, unknown> }[]>} peak: MiB of the largest renderer in that phase
 */
export async function watchPage(url, profile, flags = []) {
  const phases = [];
  let peak = 0;
  let ended;
  const end = new Promise((resolve, reject) => {
    ended = { resolve, reject };
  });
  const server = createServer(async (request, response) => {
    response.writeHead(200, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' });
    response.end();
    if (request.method !== 'POST') return;
    let text = '';
    for await (const piece of request) text += piece;
    const report = JSON.parse(text);
    phases.push({ phase: report.phase, peak, report });
    peak = 0;
    if (report.error) ended.reject(new Error(report.error));
    else if (report.phase === 'end') ended.resolve(undefined);
  });
  await new Promise((done) => server.listen(0, 'localhost', () => done(undefined)));
  const address = `${url}report=${encodeURIComponent(`http://localhost:${server.address().port}/`)}`;
  const started = ['--headless=new', '--no-sandbox', '--no-first-run', `--user-data-dir=${profile}`, ...flags, address];
  const browser = spawn(findBrowser(), started, { stdio: 'ignore' });
  browser.once('exit', (code) => ended.reject(new Error(`The browser ended with ${code} before the page did.`)));
  const timer = setInterval(() => {
    peak = Math.max(peak, ...renderers(profile).map(resident));
  }, 25);
  try {
    await end;
  } finally {
    clearInterval(timer);
    browser.removeAllListeners('exit');
    const gone = new Promise((done) => browser.once('exit', done));
    browser.kill('SIGKILL');
    await gone;
    server.close();
  }
  return phases;
}

/** Processes that run pages of this browser: their command lines name its profile. */
function renderers(profile) {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.filter((pid) => {
    const line = read(pid, 'cmdline');
    return line.includes('--type=renderer') && line.includes(profile);
  });
}

/** MiB: heap, buffers, WebAssembly, code, everything. */
function resident(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(read(pid, 'status'))?.[1] ?? 0) / 1024;
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}
