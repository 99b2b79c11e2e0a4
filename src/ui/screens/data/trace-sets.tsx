/** The sets of traces that this browser keeps. */
import { formatDay, formatInteger, formatPlural } from '../../../lib/format.ts';
import { recordNow } from '../../../state/traces.ts';
import { deleteTraces, lookAtSet, renameTraces, undeleteTraces } from '../../../state/traces-actions.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { KeptList } from '../../parts/kept-list.tsx';
import { offerUndo } from '../../parts/offer-undo.tsx';
import { useFacts, useTraces } from '../../use.ts';

export function TraceSets() {
  const kept = useFacts((f) => f.traceSets);
  const progress = useFacts((f) => f.traces);
  const opened = useTraces((t) => t.opened);
  if (!kept || kept.sets.length === 0) return null;
  return (
    <KeptList
      title="Sets made here"
      noun="set"
      testIds={{ row: 'trace-set', open: 'look-at-set', remove: 'delete-set' }}
      items={kept.sets.map((set) => recordNow(set, progress))}
      room={kept.room}
      opened={opened}
      about={({ kept: passed, done, generator, started }) => (
        <>
          {formatInteger(passed)} of {formatPlural(done, 'answer')} kept, by <Foreign text={generator.label} />, {formatDay(started)}
        </>
      )}
      open={lookAtSet}
      rename={renameTraces}
      remove={deleteTraces}
      offerBack={offerSetBack}
    />
  );
}

export function offerSetBack(id: string, name: string): void {
  offerUndo({ id, name, undo: () => undeleteTraces(id), testId: 'undo-set' });
}
