/**
 * A process that trains is killed (SIGKILL) at 20 random, seeded moments: while it loads, between steps, and in the middle of writing a
 * checkpoint or the finished adapter. Started again each time, it goes on from a good checkpoint, and every step it ever reports is that of the uninterrupted run, bit
 * for bit.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { vulkanEnvironment } from '../../scripts/vulkan.mjs';
import { seeded, tinySettings, writeTinyModel } from './surviving-support.ts';

const KILLS = 20;
const folder = mkdtempSync(join(tmpdir(), 'killed-'));
const model = join(folder, 'model');
/** Inside the project, so that its packages are found from there. */
const program = resolvePath(`node_modules/.cache/killed-${process.pid}`);
const random = seeded(11);

beforeAll(async () => {
  await writeTinyModel(model);
  await build({
    logLevel: 'warn',
    build: { ssr: 'e2e/parity/kill-child.ts', outDir: program, copyPublicDir: false, target: 'node20' },
  });
});
afterAll(() => {
  for (const place of [folder, program]) rmSync(place, { recursive: true, force: true });
});

interface Life {
  lines: [string, unknown][];
  /** Milliseconds from the start to each line. */
  times: number[];
  ended: boolean;
}

/** When to kill: so long after its start, so long after its first step, or by itself in the middle of a write. */
type Death = { start: number } | { step: number } | { pieces: number } | null;

function live(files: string, death: Death): Promise<Life> {
  mkdirSync(files, { recursive: true });
  const pieces = death && 'pieces' in death ? [String(death.pieces)] : [];
  const child = spawn(process.execPath, [join(program, 'kill-child.js'), model, files, ...pieces], {
    env: { ...process.env, ...vulkanEnvironment() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Life['lines'] = [];
  const times: number[] = [];
  const began = performance.now();
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const killIn = (ms: number): void => {
    timer ??= setTimeout(() => child.kill('SIGKILL'), ms);
  };
  if (death && 'start' in death) killIn(death.start);
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    const parts = (text + more).split('\n');
    text = parts.pop()!;
    for (const line of parts) {
      const space = line.indexOf(' ');
      lines.push([line.slice(0, space), JSON.parse(line.slice(space + 1))]);
      times.push(performance.now() - began);
      if (death && 'step' in death && line.startsWith('step')) killIn(death.step);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0 || signal === 'SIGKILL') resolve({ lines, times, ended: code === 0 });
      else reject(new Error(`The process ended by itself with ${code ?? signal}.`));
    });
  });
}

const said = ({ lines }: Life, word: string): unknown[] => lines.filter(([w]) => w === word).map(([, rest]) => rest);

it(`killed ${KILLS} times, a run reproduces the uninterrupted one bit for bit`, async () => {
  const whole = await live(join(folder, 'whole'), null);
  const reference = said(whole, 'step');
  expect(reference).toHaveLength(tinySettings().max_steps);
  // How long things take on this adapter, which decides when to strike.
  const untilStep = whole.times[whole.lines.findIndex(([word]) => word === 'step')]!;
  const stepping = whole.times.at(-1)! - untilStep;
  const counts = { kills: 0, resumed: 0, runs: 0, steps: 0 };
  const files = (): string => join(folder, `files-${counts.runs}`);
  // A machine that gets slower is struck before it says that it resumes: then more lives are needed, not fewer seconds.
  while (counts.kills < KILLS || counts.resumed <= KILLS / 4) {
    const kind = counts.kills % 3;
    const death: Death =
      kind === 0
        ? { start: random() * untilStep }
        : kind === 1
          ? { step: random() * 0.3 * stepping }
          : { pieces: Math.floor(random() * 3 * 130) };
    const life = await live(files(), death);
    check(life);
    if (life.ended) counts.runs++;
    else counts.kills++;
  }
  const last = await live(files(), null);
  check(last);
  expect(said(last, 'done')).toEqual(said(whole, 'done'));
  console.log(`${counts.kills} kills, ${counts.resumed} resumed, ${counts.steps} steps compared`);

  function check(life: Life): void {
    const [ready] = said(life, 'ready') as { resumes: boolean }[];
    if (ready?.resumes) counts.resumed++;
    for (const step of said(life, 'step') as { step: number }[]) {
      expect(step).toEqual(reference[step.step - 1]);
      counts.steps++;
    }
  }
}, 1_200_000);
