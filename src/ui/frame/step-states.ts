/** The state that each step shows: ready, needs attention, busy, or open. */
import { isRunning } from '../../state/facts.ts';
import type { Place } from '../../state/pending.ts';
import { useBusy, useCompare, useFacts, useLoadingModel, useReadiness } from '../use.ts';

export type StepState = 'ready' | 'needs' | 'busy' | 'open';

export function useStepStates(): Record<Place, StepState> {
  const started = useFacts((f) => f.started);
  const model = useFacts((f) => f.model !== null);
  const dataset = useFacts((f) => f.dataset !== null && f.dataset.schema !== 'unknown');
  const phase = useFacts((f) => f.run?.phase);
  const adapter = useFacts((f) => f.adapter !== null);
  const request = useCompare((c) => c.request?.id);
  const answered = useFacts((f) => request !== undefined && f.answers[request]?.ended === true);
  const blocked = useReadiness((r) => (r.readiness?.blockers.length ?? 0) > 0);
  const testing = useBusy('self-test');
  const loading = useLoadingModel() || testing;
  const reading = useBusy('read-dataset');
  const asking = useBusy('ask', 'load-peer');
  const evaluating = useFacts((f) => f.evaluation?.phase === 'running');
  const making = useFacts((f) => f.traces?.phase === 'running');
  const evaluated = useFacts((f) => f.evaluations?.some(({ phase }) => phase === 'done') === true);
  const packing = useBusy('export', 'import');
  const running = isRunning(phase);
  return {
    model: loading || !started ? 'busy' : model ? 'ready' : 'needs',
    data: reading || making ? 'busy' : dataset ? 'ready' : 'needs',
    train: running ? 'busy' : phase === 'done' || phase === 'stopped' ? 'ready' : phase === 'failed' || blocked ? 'needs' : 'open',
    compare: asking ? 'busy' : answered ? 'ready' : 'open',
    evaluate: evaluating ? 'busy' : evaluated ? 'ready' : 'open',
    runs: packing ? 'busy' : adapter ? 'ready' : 'open',
  };
}
