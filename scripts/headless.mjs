/**
 * `npm run -s headless -- VERB ...`: builds the engine for Node when its sources are newer than the last build, then runs it with the Vulkan
 * driver chosen. Standard output carries only what the program writes; the exit status is the program's. Paths are relative to where the
 * command was typed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages, root } from './install.mjs';
import { vulkanEnvironment } from './vulkan.mjs';

const program = join(root, 'dist-headless/main.js');
const sources = ['src', 'lab', 'shaders', 'scripts/vulkan.mjs', 'scripts/browser.mjs', 'vite.config.ts', 'package-lock.json'];

const log = (text) => process.stderr.write(`${text}\n`);

installPackages({ development: true, log });
if (!existsSync(program) || newest(sources) > statSync(program).mtimeMs) build();

const child = spawn(process.execPath, [program, ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  env: { ...process.env, ...vulkanEnvironment() },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (status, signal) => {
  if (signal) log(`The headless runner was ended by ${signal}.`);
  process.exitCode = status ?? 1;
});

function build() {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = ['build', '--ssr', '--outDir', 'dist-headless', '--emptyOutDir', 'false', '--logLevel', 'warn'];
  const { status } = spawnSync(process.execPath, [vite, ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
}

/** Latest change of any source, tests aside. */
function newest(names) {
  return Math.max(...names.map((name) => newestIn(join(root, name))));
}

function newestIn(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return /\.test\.tsx?$/.test(path) ? 0 : info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
