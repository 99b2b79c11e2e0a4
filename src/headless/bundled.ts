/** Where the bundled model and dataset lie: in the project's public folder, whether this runs from the sources or from the build beside them. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MotherTongueError } from '../lib/errors.ts';

export function bundledFolder(path: string): string {
  const found = ['../../public/', '../public/']
    .map((up) => fileURLToPath(new URL(up + path, import.meta.url)))
    .find((folder) => existsSync(folder));
  if (found !== undefined) return found;
  throw new MotherTongueError(
    'FileError',
    `public/${path} is missing; run this from the project's own folder, or give the folders as arguments.`,
  );
}
