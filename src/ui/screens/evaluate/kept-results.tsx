/** The results that this browser keeps. */
import { formatPlural } from '../../../lib/format.ts';
import { deleteEvaluation, openEvaluation, renameEvaluation, undeleteEvaluation } from '../../../state/evaluation-actions.ts';
import { KeptList } from '../../parts/kept-list.tsx';
import { offerUndo } from '../../parts/offer-undo.tsx';
import { useEvaluation, useFacts } from '../../use.ts';

export function KeptResults() {
  const kept = useFacts((f) => f.evaluations);
  const room = useFacts((f) => f.resultsRoom);
  const opened = useEvaluation((e) => e.opened);
  if (!kept || !room || kept.length === 0) return null;
  return (
    <KeptList
      title="Kept results"
      noun="result"
      testIds={{ row: 'kept-evaluation', open: 'open-evaluation', remove: 'delete-evaluation' }}
      items={kept}
      room={room}
      opened={opened}
      about={({ questions, columns }) => `${formatPlural(questions, 'question')}, ${columns.map(({ label }) => label).join(' and ')}`}
      open={openEvaluation}
      rename={renameEvaluation}
      remove={deleteEvaluation}
      offerBack={offerBack}
    />
  );
}

export function offerBack(id: string, name: string): void {
  offerUndo({ id, name, undo: () => undeleteEvaluation(id), testId: 'undo-evaluation' });
}
