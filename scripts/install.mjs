/**
 * Installs npm packages exactly as in the lock file, and only when node_modules does not already match it.
 * Install scripts stay off (also in .npmrc): nothing we use needs one, and onnxruntime's would download from outside the registry.
 * Plain Node, no dependency: this runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** `development`: also what tests need. Without it, a fresh machine gets only what builds the page. */
export function installPackages({ development, log = console.log }) {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (matches(wanted, installed, development)) return;
  const keepDevelopment = development || Object.values(installed).some((entry) => entry.dev);
  log('Installing packages from package-lock.json ...');
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', keepDevelopment ? '--include=dev' : '--omit=dev'], 2);
}

function readPackages(file) {
  const path = join(root, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {};
}

/** npm records what it installed in node_modules/.package-lock.json; optional entries are builds for other platforms and may be missing. */
function matches(wanted, installed, development) {
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && (development || !entry.dev))
    .every(([path, entry]) => {
      const found = installed[path];
      if (!found) return entry.optional || entry.devOptional;
      return found.version === entry.version && existsSync(join(root, path, 'package.json'));
    });
}

/** Runs a command in the project, passing its output through (to file descriptor `output`); ends this process when it fails. */
export function run(command, args, output = 'inherit') {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', output, 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error(`"${[command, ...args].join(' ')}" failed${error ? `: ${error.message}` : ` with exit status ${status}`}.`);
  process.exit(1);
}
