/**
 * `npm run check:scale`: what `npm test` has no time for, at the true shapes of gpt-oss-20b and Qwen3-0.6B. A list of named checks, each a command that prints what it
 * measured beside what is allowed and fails when a bound is broken. `npm run check:scale -- parity full` runs only those, `-- --list` names all.
 * To add one, add an entry to `checks`; what a check writes belongs into node_modules/.cache/scale.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installPackages, root } from './install.mjs';
import { ensureVulkan } from './tools.mjs';
import { vulkanEnvironment } from './vulkan.mjs';

const playwright = join(root, 'node_modules/@playwright/test/cli.js');

/** name, what it shows in one line, program under Node with its arguments, and what its environment has besides. */
const checks = [
  {
    name: 'parity',
    meaning: 'logits, loss and LoRA gradients of 2 layers at true width, 192 tokens, against transformers and PEFT (1e-3)',
    command: vitest('lab/true-shape/parity.test.ts'),
  },
  {
    name: 'head',
    meaning: 'head and loss over 201,088 x 2880 in bf16 on default limits, two chunks of rows, against float64 (1e-5)',
    command: vitest('lab/true-shape/head.test.ts'),
  },
  {
    name: 'divergence',
    meaning: "a student's and a teacher's logits under that head, two chunks of rows: divergences and gradient against float64 (1e-5)",
    command: vitest('lab/true-shape/divergence.test.ts'),
  },
  {
    name: 'decode',
    meaning: '2 layers at true width, rows of 290 and 40 tokens: decoded ids are those of whole-row logits',
    command: vitest('lab/true-shape/decode.test.ts'),
  },
  {
    name: 'qwen3',
    meaning:
      "Qwen3-0.6B's own shape, random: planned bytes allocated, 8 greedy tokens as whole-row logits, one LoRA step on all seven weights",
    command: vitest('lab/true-shape/qwen3.test.ts'),
  },
  {
    name: 'checkpoint',
    meaning: "a checkpoint of the cookbook's adapter with its moments, 180 MB: seconds and memory to copy, write, verify and load it",
    command: vitest('lab/true-shape/checkpoint.test.ts'),
  },
  {
    name: 'losses',
    meaning: 'the device destroyed 24 times each at random calls of loading, training and asking; all goes on to the bit',
    command: vitest('e2e/parity/surviving.gpu.test.ts', 'gpu'),
    environment: { MT_LOSSES: '24' },
  },
  {
    name: 'evaluation',
    meaning: '600 questions to the bundled model, base and adapter, in 16 columns that are filled anew: 1.3 times full batches at most',
    command: vitest('e2e/parity/evaluation.gpu.test.ts', 'gpu'),
    environment: { MT_QUESTIONS: '60' },
  },
  {
    name: 'stages',
    meaning: 'in Chromium: "R1 in small" whole on the bundled model and its student, within ten minutes on the software GPU',
    command: [playwright, 'test', 'e2e/flows/stages.spec.ts', '--grep', 'template runs whole', '--project', 'webgpu', '--retries', '0'],
    environment: { MT_WHOLE_PLAN: '1' },
  },
  {
    name: 'rehearsal',
    meaning:
      '2 layers at true width from the disk: 8 greedy tokens, one LoRA step at 128 tokens, adapter keys of real PEFT, planned bytes allocated',
    command: ['lab/true-shape/rehearsal.mjs', 'two-layers'],
  },
  {
    name: 'growth',
    meaning: 'seconds of an optimizer step at 128, 512 and 2,048 tokens at true width: linear but for attention; submits below 100 ms',
    command: vitest('lab/true-shape/growth.test.ts'),
  },
  {
    name: 'download',
    meaning: '13.76 GB in the published shards through Chromium onto its private disk, verified and read; memory 400 MB above idle at most',
    command: ['lab/true-shape/download.mjs', 'full'],
  },
  {
    name: 'full',
    meaning:
      'the same with all 24 layers and 201,088 vocabulary rows, 13.76 GB, and the cookbook adapter; seconds and memory of each phase',
    command: ['lab/true-shape/rehearsal.mjs', 'full'],
  },
  {
    name: 'journey',
    meaning: 'in Chromium: two layers of true width from the Hub-like server, killed and resumed, planned, trained, compared, exported',
    command: [playwright, 'test', 'e2e/flows/from-the-hub.spec.ts', '--project', 'webgpu'],
    environment: { MT_TRUE_WIDTH: '1' },
  },
  {
    name: 'chromium',
    meaning: 'in Chromium: all 13.76 GB opened as a folder; how far it comes, and what the page needs above idle (400 MB)',
    command: ['lab/true-shape/chromium.mjs'],
  },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => name !== '--list' && !checks.some((check) => check.name === name));
if (asked.includes('--list') || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no check ${unknown.join(', ')}; the checks are:`);
  for (const { name, meaning } of checks) console.log(`${name.padEnd(10)} ${meaning}`);
  process.exit(unknown.length > 0 ? 1 : 0);
}

installPackages({ development: true });
ensureVulkan();
if (!process.env.VK_DRIVER_FILES) process.env.MT_VK ??= 'software';
const results = checks.filter(({ name }) => asked.length === 0 || asked.includes(name)).map(run);

console.log('');
for (const { name, ok, seconds } of results) console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(10)} ${seconds.toFixed(1).padStart(8)} s`);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;

function run({ name, meaning, command, environment: more }) {
  console.log(`\n=== ${name}: ${meaning} ===`);
  const start = performance.now();
  const environment = { ...process.env, ...vulkanEnvironment(), INIT_CWD: root, ...more };
  const { status } = spawnSync(process.execPath, command, { cwd: root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
  return { name, ok: status === 0, seconds: (performance.now() - start) / 1000 };
}

/** A test file of one of vitest's projects; what it prints is shown as it is. */
function vitest(file, project = 'scale') {
  return [join(root, 'node_modules/vitest/vitest.mjs'), 'run', file, '--project', project, '--disable-console-intercept'];
}
