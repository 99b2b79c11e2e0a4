/** How the next token is sampled. */
import { setSampling } from '../../../state/compare.ts';
import { SamplingButton } from '../../parts/sampling-inputs.tsx';
import { useCompare } from '../../use.ts';

export function Sampling() {
  return (
    <SamplingButton
      sampling={useCompare((c) => c.sampling)}
      change={setSampling}
      testId="sampling"
      note="Base and adapter use the same seed, so that only the adapter makes the difference."
    />
  );
}
