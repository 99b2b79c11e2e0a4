/**
 * `npm run check:fuzz`: damaged and hostile inputs for every reader of foreign files (lab/fuzz), 20,000 a parser, with recorded seeds; then a table.
 * `npm run check:fuzz -- zip CSV` runs the parsers whose names contain one of these words, `-- --inputs 500 --seed 7` other inputs. `npm test` runs
 * 2,000 a parser.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installPackages, root } from './install.mjs';

const words = process.argv.slice(2);
const inputs = option('--inputs') ?? '20000';
const seed = option('--seed');
const results = join(root, 'node_modules/.cache/fuzz/results.jsonl');

installPackages({ development: true, log: (text) => process.stderr.write(`${text}\n`) });
mkdirSync(dirname(results), { recursive: true });
rmSync(results, { force: true });

const names = words.length > 0 ? ['-t', words.join('|')] : [];
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'lab/fuzz', ...names], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, MT_FUZZ_INPUTS: inputs, MT_FUZZ_RESULTS: results, ...(seed !== undefined && { MT_FUZZ_SEED: seed }) },
});
if (existsSync(results)) {
  const rows = readFileSync(results, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  console.table(Object.fromEntries(rows.map(({ parser, ...figures }) => [parser, figures])));
}
process.exitCode = status ?? 1;

/** Takes the option and its value out of the words. */
function option(name) {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words.splice(at, 2)[1];
}
