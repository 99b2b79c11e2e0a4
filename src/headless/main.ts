/**
 * `npm run -s headless -- VERB ...`: the engine without a page. Exit status 0 only on success; an error is one sentence on standard error. An error
 * that is not one of ours is a fault of the program, and its stack is shown.
 */
import { MotherTongueError } from '../lib/errors.ts';
import { processRunner } from './runner.ts';
import { verbs } from './verbs/index.ts';

const [name = '', ...argv] = process.argv.slice(2);
const runner = processRunner();
try {
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) {
    const problem = name === '' ? 'No verb was given' : `There is no verb ${name}`;
    throw new MotherTongueError('SettingsError', `${problem}; the verbs are ${Object.keys(verbs).join(', ')}.`);
  }
  await verb(argv, runner);
} catch (error) {
  process.exitCode = 1;
  if (error instanceof MotherTongueError) runner.note(error.message);
  else runner.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  runner.close();
}
