/**
 * `npm run check:scale -- rehearsal full`: a synthetic model from the disk through the headless runner's `rehearse` (load, greedy tokens, one LoRA
 * step, export), on WebGPU's default limits. Prints seconds and memory of each phase, and each demand beside what was found.
 * `node lab/true-shape/rehearsal.mjs full` is all of gpt-oss-20b's shape (13.76 GB on the disk, kept in node_modules/.cache/scale for the next time);
 * `two-layers` the same with 2 layers and 2,560 vocabulary rows.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/install.mjs';

const fixtures = join(root, 'e2e/fixtures');
const cases = {
  'two-layers': {
    shape: ['--layers', '2', '--vocab', '2560'],
    bytes: 983_228_552,
    run: join(fixtures, 'scale/true-width/lora.json'),
    keys: () =>
      Object.fromEntries(
        Object.entries(readJson(join(fixtures, 'scale/true-width/golden.json')).gradients).map(([key, { shape }]) => [key, shape]),
      ),
  },
  full: {
    shape: [],
    bytes: 13_761_316_904,
    run: join(fixtures, 'configs/gpt-oss-20b/cookbook.json'),
    keys: () => readJson(join(fixtures, 'scale/cookbook-adapter.json')),
  },
};
/** JavaScript and WebAssembly memory above idle while loading. */
const HOST_BYTES = 400e6;

const name = process.argv[2] ?? '';
const wanted = cases[name];
if (!wanted) {
  console.error(`Give one of ${Object.keys(cases).join(', ')}.`);
  process.exit(1);
}
const cache = join(root, 'node_modules/.cache/scale');
const model = join(cache, name);
const out = join(cache, `${name}-rehearsal`);

makeRoom();
const written = headless(['synthesize', '--out', model, ...wanted.shape]);
console.log(`weights    ${gigabytes(written.bytes)}, ${written.written ? `written in ${written.seconds.toFixed(1)} s` : 'there already'}`);
const report = headless(['rehearse', '--model', model, '--config', wanted.run, '--out', out, '--default-limits']);
show(report);
process.exitCode = judge(report) ? 0 : 1;

function show({ adapter, parameters, loaded_bytes, prompt_tokens, greedy, step, gpu_bytes, phases }) {
  const load = phases[0];
  console.log(`adapter    ${adapter}`);
  console.log(
    `model      ${(parameters / 1e9).toFixed(2)} billion parameters, ${gigabytes(loaded_bytes)} on the GPU, ${rate(loaded_bytes, load.seconds)}`,
  );
  console.log(
    `greedy     ${greedy.ids.join(' ')} after ${prompt_tokens}; ${((greedy.decoding_seconds / (greedy.of - 1)) * 1000).toFixed(0)} ms a token`,
  );
  console.log(
    `step       ${step.tokens} tokens: loss ${step.loss.toFixed(4)}, grad_norm ${step.grad_norm.toFixed(4)}, ${step.step_time.toFixed(1)} s, ${step.dispatches} dispatches`,
  );
  for (const { phase, seconds, cpu_seconds, resident, host } of phases) {
    const cells = [
      `${seconds.toFixed(1)} s`,
      `${cpu_seconds.toFixed(1)} CPU s`,
      `${gigabytes(resident)} resident`,
      `${(host / 1e6).toFixed(0)} MB JavaScript`,
    ];
    console.log(`${phase.padEnd(18)}${cells.map((cell) => cell.padStart(20)).join('')}`);
  }
  console.log(`process    ${gigabytes(phases.at(-1).peak_resident)} at the most, the software adapter's buffers included`);
  for (const [phase, { planned, allocated, plan }] of Object.entries(gpu_bytes)) {
    console.log(`GPU ${phase.padEnd(14)} planned ${planned}, allocated ${allocated}${plan ? `; ${classes(plan)}` : ''}`);
  }
}

function judge({ greedy, step, moved_lora_B: [moved, tensors], gpu_bytes, phases }) {
  const keys = wanted.keys();
  const header = readHeader(join(out, 'adapter/adapter_model.safetensors'));
  const differing = [...new Set([...Object.keys(keys), ...Object.keys(header)])].filter((key) => String(keys[key]) !== String(header[key]));
  const verdicts = [
    [
      `adapter keys and shapes equal those of PEFT: ${Object.keys(header).length - differing.length} of ${Object.keys(keys).length}`,
      differing.length === 0,
    ],
    [
      `greedy ids equal one whole forward: ${greedy.agree} of ${greedy.of} (smallest lead ${greedy.smallest_lead.toExponential(1)})`,
      greedy.agree === greedy.of,
    ],
    [`loss and gradient are numbers: ${step.loss}, ${step.grad_norm}`, Number.isFinite(step.loss) && step.grad_norm > 0],
    [`lora_B moved by the step: ${moved} of ${tensors}`, moved === tensors],
    ['planned bytes are allocated, in every phase', Object.values(gpu_bytes).every(({ planned, allocated }) => planned === allocated)],
    [
      `JavaScript memory while loading: ${(phases[0].host / 1e6).toFixed(0)} MB (at most ${HOST_BYTES / 1e6})`,
      phases[0].host <= HOST_BYTES,
    ],
  ];
  for (const [text, holds] of verdicts) console.log(`${holds ? 'ok  ' : 'FAIL'} ${text}`);
  for (const key of differing.slice(0, 5)) console.log(`     ${key}: ${header[key] ?? 'absent'}, PEFT ${keys[key] ?? 'absent'}`);
  return verdicts.every(([, holds]) => holds);
}

/** The last line that a verb prints, as JSON. */
function headless(args) {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts/headless.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, INIT_CWD: root },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const line = stdout.trim().split('\n').at(-1);
  if (status !== 0 && !line) process.exit(1);
  if (status !== 0) process.exitCode = 1;
  return JSON.parse(line);
}

function makeRoom() {
  mkdirSync(model, { recursive: true });
  const { bavail, bsize } = statfsSync(cache);
  const missing = wanted.bytes - readableBytes() - bavail * bsize;
  if (missing <= 0) return;
  console.error(`The disk lacks ${gigabytes(missing)} for the synthetic model in ${model}.`);
  process.exit(1);
}

/** Bytes of weights that are there already and will be kept or overwritten. */
function readableBytes() {
  try {
    return Object.values(readJson(join(model, 'synthetic.json')).files).reduce((a, b) => a + b, 0);
  } catch {
    return 0;
  }
}

function readHeader(path) {
  const bytes = readFileSync(path);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
  return Object.fromEntries(Object.entries(header).flatMap(([key, { shape }]) => (key === '__metadata__' ? [] : [[key, shape]])));
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function classes(plan) {
  const names = ['weights', 'adapter', 'optimizer', 'checkpoints', 'workspace', 'loss', 'cache', 'inputs'];
  return names
    .filter((of) => plan[of] > 0)
    .map((of) => `${of} ${(plan[of] / 1e6).toFixed(1)} MB`)
    .join(', ');
}

function gigabytes(bytes) {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function rate(bytes, seconds) {
  return `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`;
}
