/**
 * What a run of tests has found so far: a line of JSON whenever a test is known, begins or ends. The reporters beside this file write the lines as it
 * happens, so that a run that is cut short still says what failed, what was under way and what never ran.
 */
import { appendFileSync, readFileSync } from 'node:fs';

/** Where the reporters write; scripts/test.mjs sets it. */
export const resultsFile = () => process.env.MT_TEST_RESULTS;

/**
 * @typedef {'passed' | 'failed' | 'skipped' | 'flaky'} Outcome `flaky`: passed only when it was run again.
 * @typedef {{ known: string, title: string } | { gone: string } | { begun: string } | { ended: string, outcome: Outcome }} Line
 */

/** @param {...Line} lines */
export function write(...lines) {
  const file = resultsFile();
  if (file && lines.length > 0) appendFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
}

/**
 * Titles by what became of their tests, in the order in which they were known. A test that has begun and not ended was under way when the run was cut
 * short; one that has not begun was left.
 *
 * @param {readonly Line[]} lines
 * @returns {Record<Outcome | 'underWay' | 'left', string[]>}
 */
export function outcomes(lines) {
  /** @type {Map<string, { title: string, state: Outcome | 'underWay' | 'left' }>} */
  const tests = new Map();
  for (const line of lines) {
    if ('known' in line) tests.set(line.known, { title: line.title, state: 'left' });
    else if ('gone' in line) tests.delete(line.gone);
    else {
      const test = tests.get('begun' in line ? line.begun : line.ended);
      if (test) test.state = 'begun' in line ? 'underWay' : line.outcome;
    }
  }
  /** @type {ReturnType<typeof outcomes>} */
  const titles = { passed: [], failed: [], skipped: [], flaky: [], underWay: [], left: [] };
  for (const { title, state } of tests.values()) titles[state].push(title);
  return titles;
}

/** The lines of a file; its last one may have been cut in the middle, and one that was never written has none. */
export function readLines(file) {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    console.error(`No test results were written: ${error.message}`);
  }
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => /** @type {Line} */ (JSON.parse(line)));
}
