/** Playwright's reporter of lines (lines.mjs). A test that is run again ends again; its last outcome counts. */
import { write } from './lines.mjs';

const outcomes = /** @type {const} */ ({ expected: 'passed', unexpected: 'failed', skipped: 'skipped', flaky: 'flaky' });

/** @implements {import('@playwright/test/reporter').Reporter} */
export default class {
  /** @param {import('@playwright/test/reporter').FullConfig} _ @param {import('@playwright/test/reporter').Suite} suite */
  onBegin(_, suite) {
    write(...suite.allTests().map((test) => ({ known: test.id, title: test.titlePath().filter(Boolean).join(' › ') })));
  }

  /** @param {import('@playwright/test/reporter').TestCase} test */
  onTestBegin(test) {
    write({ begun: test.id });
  }

  /** @param {import('@playwright/test/reporter').TestCase} test @param {import('@playwright/test/reporter').TestResult} result */
  onTestEnd(test, result) {
    if (result.status !== 'interrupted') write({ ended: test.id, outcome: outcomes[test.outcome()] });
  }

  /** Beside the one that prints. */
  printsToStdio() {
    return false;
  }
}
