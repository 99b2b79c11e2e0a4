/** Vitest's reporter of lines (lines.mjs). A file stands for its tests until they are known; one that cannot be read has failed itself. */
import { relative } from 'node:path';
import { write } from './lines.mjs';

/** @implements {import('vitest/reporters').Reporter} */
export default class {
  /** @param {readonly import('vitest/node').TestSpecification[]} files */
  onTestRunStart(files) {
    write(...files.map(({ moduleId }) => ({ known: moduleId, title: relative(process.cwd(), moduleId) })));
  }

  /** @param {import('vitest/node').TestModule} file */
  onTestModuleQueued(file) {
    write({ begun: file.moduleId });
  }

  /** @param {import('vitest/node').TestModule} file */
  onTestModuleCollected(file) {
    const tests = [...file.children.allTests()];
    if (tests.length === 0) return;
    const known = tests.map(({ id, fullName }) => ({ known: id, title: `${file.relativeModuleId} › ${fullName}` }));
    write({ gone: file.moduleId }, ...known);
  }

  /** @param {import('vitest/node').TestCase} test */
  onTestCaseReady(test) {
    write({ begun: test.id });
  }

  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    const { state } = test.result();
    if (state !== 'pending') write({ ended: test.id, outcome: state });
  }

  /** @param {import('vitest/node').TestModule} file */
  onTestModuleEnd(file) {
    write({ ended: file.moduleId, outcome: 'failed' }); // unknown by now unless it had no tests
  }
}
