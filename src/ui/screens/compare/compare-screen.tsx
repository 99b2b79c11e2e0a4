/** The compare place: the question on top, then one column per reasoning language, base above adapter above peer, streaming side by side. */
import { Stack, Title } from '@mantine/core';
import { Notices } from '../../parts/notices.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { Answers } from './answers.tsx';
import { Composer } from './composer.tsx';

export function CompareScreen() {
  return (
    <>
      <Title order={1} className="visually-hidden">
        Compare
      </Title>
      <Notices place="compare" />
      <Stack gap={8}>
        <Composer />
        <TaskProgress names={['peer']} />
        <Answers />
      </Stack>
    </>
  );
}
