/** A file that is not fetched is silently absent: the template was once, and the bundled model was trained under a stranger's name. */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BUNDLED_FILES } from './model.ts';

it('fetches every file of the bundled model', () => {
  const files = readdirSync(new URL('../../../public/models/mini', import.meta.url)).filter((name) => name !== 'README.md');
  expect([...BUNDLED_FILES].sort()).toEqual(files.sort());
});
