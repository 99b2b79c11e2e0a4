/**
 * `npm test`: installs what is missing, then runs lint, types, unit, GPU and end-to-end tests one after another and ends with one line,
 * `N passed, N failed`. A failing stage does not stop the next. Lint and types count as one test each. A stage that crashes, runs no test at
 * all or skips a test has failed there: a test that did not run has not passed. What tests find is written as they go (scripts/results), so that a
 * stage that is ended at its limit still names what failed and what was under way.
 * `npm test -- unit gpu` runs only those stages.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { installPackages, root } from './install.mjs';
import { outcomes, readLines } from './results/lines.mjs';
import { ensureBrowser, ensureVulkan } from './tools.mjs';
import { vulkanEnvironment } from './vulkan.mjs';

const resultsFolder = join(root, 'node_modules/.cache/test-results');
/** No stage takes this long: the browser one takes about 20 minutes. Playwright ends its own a minute before, and closes its servers. */
const stageTimeout = 40 * 60_000;

const stages = [
  { name: 'lint', run: () => command('lint', ['@biomejs/biome/bin/biome', 'check', '.']) },
  { name: 'types', run: () => command('types', ['typescript/bin/tsc', '-b']) },
  { name: 'unit', run: () => vitest('unit') },
  { name: 'gpu', run: () => vitest('gpu') },
  { name: 'e2e', run: () => playwright('e2e') },
];

installPackages({ development: true });
ensureBrowser();
ensureVulkan();
if (!process.env.VK_DRIVER_FILES) process.env.MT_VK ??= 'software';

/** Ports that are free now: on the usual ones, another checkout may be serving its own build (see e2e/flows/addresses.ts). */
const [pagePort, labPort] = await Promise.all([freePort(), freePort()]);
const addresses = { MT_PAGE_URL: `http://localhost:${pagePort}/`, MT_LAB_URL: `http://localhost:${labPort}/lab/pages/` };

const asked = process.argv.slice(2);
const results = stages.filter(({ name }) => asked.length === 0 || asked.includes(name)).map(runStage);
const total = results.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), {
  passed: 0,
  failed: 0,
});

console.log('');
for (const { name, passed, failed, seconds } of results) {
  console.log(
    `${name.padEnd(6)} ${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(8)} s`,
  );
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

function runStage({ name, run }) {
  console.log(`\n=== ${name} ===`);
  const start = performance.now();
  const { passed, failed } = run();
  return { name, passed, failed: passed + failed === 0 ? 1 : failed, seconds: (performance.now() - start) / 1000 };
}

function command(name, [script, ...args]) {
  const ok = node(name, [script, ...args]);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
}

function vitest(project) {
  const reporters = ['--reporter=default', '--reporter=./scripts/results/vitest.mjs'];
  return tested(project, ['vitest/vitest.mjs', 'run', '--project', project, ...reporters], project === 'gpu' ? vulkanEnvironment() : {});
}

function playwright(name) {
  const limit = `--global-timeout=${stageTimeout - 60_000}`;
  const reporters = '--reporter=list,./scripts/results/playwright.mjs';
  return tested(name, ['@playwright/test/cli.js', 'test', reporters, limit], { ...addresses, MT_PICTURES: 'none' });
}

/** Runs a stage of tests and counts its results; what has not passed is named, however the stage ended. */
function tested(name, command, environment) {
  const file = join(resultsFolder, `${name}.jsonl`);
  mkdirSync(resultsFolder, { recursive: true });
  rmSync(file, { force: true });
  const ok = node(name, command, { ...environment, MT_TEST_RESULTS: file });
  const { passed, flaky, failed, skipped, underWay, left } = outcomes(readLines(file));
  say('Failed', failed);
  say('Skipped', skipped);
  say('Under way when the stage ended', underWay);
  if (left.length > 0) say(`${left.length} did not run, the first of them`, left.slice(0, 1));
  say('Passed only when repeated', flaky); // a machine that was busy, or a race that somebody should mend
  return counted(ok, passed.length + flaky.length, failed.length + skipped.length + underWay.length + left.length);
}

function say(what, titles) {
  for (const title of titles) console.log(`${what}: ${title}`);
}

/** A runner that reports no failed test and yet ends with an error (an unhandled rejection, a worker that died) has failed once. */
function counted(ok, passed, failed) {
  return { passed, failed: ok || failed > 0 ? failed : 1 };
}

/** Runs an installed program; true when it ended well. */
function node(name, [script, ...args], environment = {}) {
  const options = { cwd: root, env: { ...process.env, ...environment }, timeout: stageTimeout };
  const { status, signal } = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    ...options,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (signal) console.error(`The ${name} stage was ended by ${signal} (limit ${stageTimeout / 60_000} minutes).`);
  return status === 0;
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, 'localhost', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
