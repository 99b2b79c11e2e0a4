/** The making of rows under way, or the way to go on with an interrupted one. */
import { formatInteger } from '../../../lib/format.ts';
import type { TraceRecord } from '../../../protocol/traces.ts';
import { recordNow } from '../../../state/traces.ts';
import { cancelTraces, continueTraces, pauseTraces } from '../../../state/traces-actions.ts';
import { InterruptedJob, RunningJob } from '../../parts/job-progress.tsx';
import { useBusy, useFacts, useReadOnly, useTraces } from '../../use.ts';
import { offerSetBack } from './trace-sets.tsx';

export function MakingProgress() {
  const progress = useFacts((f) => f.traces);
  const sets = useFacts((f) => f.traceSets?.sets);
  const opened = useTraces((t) => t.opened);
  const record = recordNow(
    sets?.find(({ id }) => id === opened),
    progress,
  );
  const hindrance = useHindrance(record?.generator);
  const starting = useBusy('make-traces');
  const cancel = async (): Promise<void> => {
    const name = sets?.find(({ id }) => id === progress?.id)?.name;
    const gone = await cancelTraces();
    if (gone !== null) offerSetBack(gone, name ?? 'The set');
  };
  const job = { job: 'traces', noun: 'making' } as const;
  if (progress?.phase === 'running')
    return <RunningJob {...job} found={`${formatInteger(progress.kept)} kept`} pause={pauseTraces} cancel={cancel} />;
  return <InterruptedJob {...job} record={record} starting={starting} hindrance={hindrance} goOn={continueTraces} />;
}

/** Why it cannot go on right now; undefined when it can. */
function useHindrance(generator: TraceRecord['generator'] | undefined): string | undefined {
  const model = useFacts((f) => f.model !== null);
  const peer = useFacts((f) => f.peer !== null);
  const readOnly = useReadOnly();
  if (readOnly) return readOnly;
  if (generator?.kind === 'peer') return peer ? undefined : `Add ${generator.label} again, which made the others.`;
  return model ? undefined : 'The model is being loaded.';
}
