/** The evaluation under way, or the way to go on with an interrupted one. */
import { cancelEvaluation, continueEvaluation, pauseEvaluation } from '../../../state/evaluation-actions.ts';
import { InterruptedJob, RunningJob } from '../../parts/job-progress.tsx';
import { useBusy, useEvaluation, useFacts, useReadOnly } from '../../use.ts';
import { offerBack } from './kept-results.tsx';

export function Progress() {
  const progress = useFacts((f) => f.evaluation);
  const kept = useFacts((f) => f.evaluations);
  const record = useEvaluation((e) => e.table?.record);
  const model = useFacts((f) => f.model !== null);
  const readOnly = useReadOnly();
  const starting = useBusy('evaluate');
  const cancel = async (): Promise<void> => {
    const name = kept?.find(({ id }) => id === progress?.id)?.name;
    const gone = await cancelEvaluation();
    if (gone !== null) offerBack(gone, name ?? 'The evaluation');
  };
  const job = { job: 'evaluation', noun: 'evaluation' } as const;
  if (progress?.phase === 'running') return <RunningJob {...job} pause={pauseEvaluation} cancel={cancel} />;
  return (
    <InterruptedJob
      {...job}
      record={record && progress?.id === record.id ? { ...record, ...progress } : record}
      starting={starting}
      hindrance={readOnly ?? (model ? undefined : 'The model is being loaded.')}
      goOn={continueEvaluation}
    />
  );
}
