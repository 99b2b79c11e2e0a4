/**
 * gpt-oss-20b at its published file sizes (three shards, two of them above 4 GiB; the contents are made up) from the Hub-like server through Chromium
 * into its private file system, verified, and read as loading reads. Prints the renderer's memory in each phase; fails above 400 MiB over idle, and
 * when a file is not the server's byte for byte. `node lab/true-shape/download.mjs [full|two-gigabytes]`; `full` needs 14 GB of disk.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchPage } from '../../e2e/hub/bare-browser.mjs';
import { bytesFile, createRepository, repeatedFile } from '../../e2e/hub/content.mjs';
import { startHub } from '../../e2e/hub/server.mjs';
import { root } from '../../scripts/install.mjs';
import { serve } from '../../scripts/serve.mjs';

const MIB = 2 ** 20;
const REPOSITORY = 'openai/gpt-oss-20b';
const sizes = {
  full: [4_792_272_488, 4_798_702_184, 4_170_342_232],
  'two-gigabytes': [700_000_001, 700_000_002, 600_000_003],
}[process.argv[2] ?? 'full'];

const shards = sizes.map((size, i) => repeatedFile(`model-0000${i}-of-00002.safetensors`, size, i + 1));
const index = { metadata: {}, weight_map: Object.fromEntries(shards.map(({ path }, i) => [`tensor.${i}`, path])) };
const mini = (path) => readFile(join(root, 'public/models/mini', path));
const texts = await Promise.all(['config.json', 'tokenizer.json'].map(async (path) => bytesFile(path, await mini(path))));
const files = [...texts, bytesFile('model.safetensors.index.json', JSON.stringify(index)), ...shards];
const profile = await mkdtemp(join(process.env.MT_SCRATCH ?? tmpdir(), 'hub-profile-'));
const lab = 'node_modules/.cache/scale/dist-lab';
const build = ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', '--mode', 'lab', '--outDir', lab];
if (spawnSync(process.execPath, build, { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1);
const hub = await startHub({ repositories: [createRepository(REPOSITORY, files)] });
const page = await serve({ root: join(root, lab), port: 4390 });
try {
  const began = performance.now();
  const query = new URLSearchParams({ endpoint: hub.endpoint, repository: REPOSITORY });
  const phases = await watchPage(`${page.url}lab/pages/hub.html?${query}&`, profile);
  const [idle, fetching, reading] = phases.map(({ peak }) => peak);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const sent = hub.requests.filter(({ host }) => host === 'cdn').reduce((sum, request) => sum + request.sent, 0);
  const { hashes } = phases[2].report;
  const wrong = shards.filter(({ path, sha256 }) => hashes[path] !== sha256).map(({ path }) => path);
  const seconds = (ms) => (ms / 1000).toFixed(0);
  console.log(`${bytes} bytes in ${sizes.length} shards, sent ${sent}; ${wrong.length === 0 ? 'every SHA-256 right' : `wrong: ${wrong}`}`);
  console.log(`fetched and verified in ${seconds(phases[1].report.ms)} s, all in ${seconds(performance.now() - began)} s`);
  console.log(
    `renderer: idle ${idle.toFixed(0)} MiB, at most ${fetching.toFixed(0)} while fetching and verifying, ${reading.toFixed(0)} while reading`,
  );
  const over = (Math.max(fetching, reading) - idle) * MIB;
  console.log(`above idle: ${(over / 1e6).toFixed(0)} MB of 400 MB allowed`);
  process.exitCode =
    over <= 400e6 && wrong.length === 0 && sent === bytes + texts.filter(({ lfs }) => lfs).reduce((sum, { size }) => sum + size, 0) ? 0 : 1;
} finally {
  page.close();
  await hub.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
