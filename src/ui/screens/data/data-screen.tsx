/** The data place: what the dataset is and how long its rows are; left the rows, right the chosen row as it will be trained. */
import { Grid, Title } from '@mantine/core';
import { Notices } from '../../parts/notices.tsx';
import { CountingCancelled, TaskProgress } from '../../parts/task-progress.tsx';
import { useFacts } from '../../use.ts';
import { ColumnMappingForm } from './column-mapping.tsx';
import { DataEmpty } from './data-empty.tsx';
import { DataHead } from './data-head.tsx';
import { ProblemList } from './problem-list.tsx';
import { RowList } from './row-list.tsx';
import { RowPanel } from './row-panel.tsx';

export function DataScreen() {
  const dataset = useFacts((f) => f.dataset);
  return (
    <>
      <Title order={1} className="visually-hidden">
        Data
      </Title>
      <Notices place="data" except={['hub-dataset']} />
      <TaskProgress names={['dataset-fetch', 'dataset', 'tokens']} />
      <CountingCancelled />
      {!dataset && <DataEmpty />}
      {dataset && <DataHead dataset={dataset} />}
      {dataset?.schema === 'unknown' && <ColumnMappingForm dataset={dataset} />}
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
