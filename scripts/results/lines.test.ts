/** A run of tests that is ended from outside still names what failed, what was under way and what never ran; so does one that ends by itself. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outcomes, readLines } from './lines.mjs';

const root = resolve(import.meta.dirname, '../..');
let folder: string;
beforeAll(() => {
  const cache = join(root, 'node_modules/.cache'); // from here the runners are found
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'results-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const body = `
test('passes', () => {});
test('fails', () => { throw new Error('on purpose'); });
test('hangs', () => new Promise(() => setTimeout(() => {}, 1e6)), HOLDS);
test('comes after it', () => {});
`;

/** Runs until the results say that `last` is under way, and ends it there as a limit does; or until it ends. */
async function run(program: string, args: string[], last?: string) {
  const file = join(folder, `${program.split('/')[0]}-${args.length}.jsonl`);
  const child = spawn(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: folder,
    env: { ...process.env, MT_TEST_RESULTS: file, VITEST: undefined, NODE_ENV: undefined },
    stdio: 'ignore',
  });
  const ended = new Promise((done) => child.on('exit', done));
  writeFileSync(file, '');
  if (last) {
    await expect.poll(() => outcomes(readLines(file)).underWay.map((title) => title.split(/ › | > /).at(-1))).toEqual([last]);
    child.kill('SIGTERM');
  }
  await ended;
  const found = Object.entries(outcomes(readLines(file))).map(([state, titles]) => [
    state,
    titles.map((title) => title.split(/ › | > /).at(-1)),
  ]);
  return Object.fromEntries(found.filter(([, titles]) => titles!.length > 0)) as Record<string, string[]>;
}

const CUT = { passed: ['passes'], failed: ['fails'], underWay: ['hangs'], left: ['comes after it'] };

test('vitest, cut short and not', async () => {
  writeFileSync(join(folder, 'some.test.mjs'), `import { test } from 'vitest';${body.replace('HOLDS', '1e6')}`);
  writeFileSync(join(folder, 'unreadable.test.mjs'), 'throw new Error("on purpose");');
  writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {};');
  const args = ['run', '--root', folder, '--reporter', join(root, 'scripts/results/vitest.mjs')];
  expect(await run('vitest/vitest.mjs', [...args, 'some'], 'hangs')).toEqual(CUT);
  writeFileSync(
    join(folder, 'some.test.mjs'),
    `import { test } from 'vitest';${body.replace('1e6)), HOLDS', '5)), 100')}test.skip('waits', () => {});`,
  );
  const whole = await run('vitest/vitest.mjs', args);
  expect(whole.failed?.toSorted()).toEqual(['fails', 'hangs', 'unreadable.test.mjs']);
  expect([whole.passed, whole.skipped]).toEqual([['passes', 'comes after it'], ['waits']]);
});

test('Playwright, cut short by its own limit and from outside', async () => {
  writeFileSync(join(folder, 'some.spec.mjs'), `import { test } from '@playwright/test';${body.replace(', HOLDS', '')}`);
  writeFileSync(
    join(folder, 'playwright.config.mjs'),
    `export default { testMatch: '*.spec.mjs', timeout: 0, reporter: [[${JSON.stringify(join(root, 'scripts/results/playwright.mjs'))}]] };`,
  );
  const args = ['test', '--workers=1'];
  expect(await run('@playwright/test/cli.js', args, 'hangs')).toEqual(CUT);
  expect(await run('@playwright/test/cli.js', [...args, '--global-timeout=3000'])).toEqual(CUT);
});
