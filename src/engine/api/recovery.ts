/** After the device was lost: a new one, and on it what was there before. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Desk } from './desk.ts';

export async function reopenDevice(_desk: Desk): Promise<void> {
  throw new MotherTongueError('StateError', 'The GPU cannot be reopened yet; reload the page.');
}
