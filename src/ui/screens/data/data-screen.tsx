/** The data place: the rows of the dataset, and making rows with a model. */
import { Grid, Title } from '@mantine/core';
import { useState } from 'react';
import { Notices } from '../../parts/notices.tsx';
import { CountingCancelled, TaskProgress } from '../../parts/task-progress.tsx';
import { usePart } from '../../router.ts';
import { useFacts } from '../../use.ts';
import { ColumnMappingForm } from './column-mapping.tsx';
import { DataEmpty } from './data-empty.tsx';
import { DataHead } from './data-head.tsx';
import { DataParts, MAKE } from './data-parts.tsx';
import { MakingView } from './making-view.tsx';
import { ProblemList } from './problem-list.tsx';
import { RowList } from './row-list.tsx';
import { RowPanel } from './row-panel.tsx';

export function DataScreen() {
  const part = usePart();
  return (
    <>
      <Title order={1} className="visually-hidden">
        Data
      </Title>
      <DataParts part={part === MAKE ? MAKE : ''} />
      <Notices place="data" except={['hub-dataset']} />
      {part === MAKE ? <MakingView /> : <Rows />}
    </>
  );
}

/** What the dataset is and how long its rows are; left the rows, right the chosen row as it will be trained. */
function Rows() {
  const dataset = useFacts((f) => f.dataset);
  // By its id: read again with other columns it has another, and the form is gone.
  const [remapped, setRemapped] = useState<string | null>(null);
  const mapping = dataset !== null && (dataset.schema === 'unknown' || remapped === dataset.id);
  return (
    <>
      <TaskProgress names={['dataset-fetch', 'dataset', 'tokens']} />
      <CountingCancelled />
      {!dataset && <DataEmpty />}
      {dataset && (
        <DataHead dataset={dataset} mapping={mapping} onChooseColumns={() => setRemapped(remapped === dataset.id ? null : dataset.id)} />
      )}
      {dataset && mapping && <ColumnMappingForm key={dataset.id} dataset={dataset} />}
      {dataset && dataset.schema !== 'unknown' && (
        <Grid gap="md" mt="md">
          <Grid.Col span={{ base: 12, md: 5, lg: 4 }}>
            <RowList dataset={dataset} />
            <ProblemList />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 7, lg: 8 }}>
            <RowPanel />
          </Grid.Col>
        </Grid>
      )}
    </>
  );
}
