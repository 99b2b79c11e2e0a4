/**
 * True width in `npm test`: a synthetic checkpoint with hidden 2880 and 64 query heads (the mixture is 8 experts of 512) against transformers and
 * PEFT. The whole mixture is in `npm run check:scale -- parity`.
 */
import { expect, it } from 'vitest';
import { testRunner } from './headless-support.ts';
import { compareCase, said, writeCase } from './scale-support.ts';

const runner = testRunner();

it('logits, loss and LoRA gradients at true width are those of transformers and PEFT', async () => {
  const folder = runner.path('experts-512');
  await writeCase(runner, 'experts-512', folder);
  const figures = await compareCase(runner, 'experts-512', folder, 1e-4);
  console.log(figures.map(said).join('\n'));
  for (const { what, value, bound } of figures) expect(value, what).toBeLessThanOrEqual(bound);
});
