/** Making rows with a model: left who answers what and how it is verified, right what came of it: the set that is looked at, and the kept ones. */
import { Stack } from '@mantine/core';
import job from '../../parts/job.module.css';
import { Notices } from '../../parts/notices.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { MakingForm } from './making-form.tsx';
import { MakingProgress } from './making-progress.tsx';
import { TraceResult } from './trace-result.tsx';
import { TraceSets } from './trace-sets.tsx';

export function MakingView() {
  return (
    <>
      <Notices place="compare" only={['load-peer']} />
      <TaskProgress names={['dataset', 'peer', 'traces']} />
      <div className={job.columns} style={{ marginTop: 12 }}>
        <MakingForm />
        <Stack gap={12} miw={0}>
          <MakingProgress />
          <TraceResult />
          <TraceSets />
        </Stack>
      </div>
    </>
  );
}
