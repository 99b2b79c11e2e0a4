/** Rewards in the page's own threads, without an engine around them: what `tryRewards` says of rows, and how long it took. */
import '../../src/lib/trusted-types.ts';
import { rewardThreads } from '../../src/engine/api/reward-threads.ts';
import { tryRewards } from '../../src/engine/api/rewards.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import type { Verdict } from '../../src/protocol/rewards.ts';

async function judge(name: string, rows: readonly Readonly<Record<string, unknown>>[], settings: object = {}): Promise<Verdict[]> {
  const { verdicts } = await tryRewards({ files: memoryStore(), rewardThreads }, rows, [name], { [name]: settings });
  return verdicts.map(([verdict]) => verdict!);
}

declare global {
  var lab: { judge: typeof judge };
}
globalThis.lab = { judge };
