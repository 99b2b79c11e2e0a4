/** After the GPU was lost: reopen it, which also loads the model again and offers to resume the run. */
import { engine } from '../client/engine.ts';
import { attempt } from './pending.ts';

export const REOPEN = 'reopen-device';

/** True when the GPU is back with all that was on it. */
export async function reopenDevice(): Promise<boolean> {
  const back = await attempt('model', REOPEN, async () => {
    await engine().reopenDevice();
    return true;
  });
  return back ?? false;
}
