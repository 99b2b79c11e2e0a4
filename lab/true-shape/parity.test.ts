/**
 * `npm run check:scale -- parity`: two layers of gpt-oss-20b's own shape (hidden 2880, 64 and 8 heads, 32 experts of 2880, four a token; one
 * layer sliding, one full), 192 tokens, from a synthetic folder on the disk through the verbs, against transformers and PEFT.
 */
import { expect, it } from 'vitest';
import { testRunner } from '../../e2e/parity/headless-support.ts';
import { compareCase, said, writeCase } from '../../e2e/parity/scale-support.ts';

const runner = testRunner();
const folder = 'node_modules/.cache/scale/true-width';

it('logits, loss and LoRA gradients are those of transformers and PEFT', async () => {
  await writeCase(runner, 'true-width', folder);
  const figures = await compareCase(runner, 'true-width', folder, 1e-3);
  console.log(figures.map(said).join('\n'));
  for (const { what, value, bound } of figures) expect(value, what).toBeLessThanOrEqual(bound);
});
