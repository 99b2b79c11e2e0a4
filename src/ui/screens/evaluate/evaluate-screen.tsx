/** The place Evaluate: left what is asked of which columns, right what came of it: the result that is open, and the kept ones. */
import { Stack, Title } from '@mantine/core';
import { useEffect } from 'react';
import { questionsAtFirst } from '../../../state/question-actions.ts';
import job from '../../parts/job.module.css';
import { Notices } from '../../parts/notices.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { useFacts } from '../../use.ts';
import { AnswersDrawer } from './answers-drawer.tsx';
import { EvaluationForm } from './evaluation-form.tsx';
import { KeptResults } from './kept-results.tsx';
import { Progress } from './progress.tsx';
import { Result } from './result.tsx';

export function EvaluateScreen() {
  const model = useFacts((f) => f.model !== null);
  // Once a model: a set that could not be read is not read again by itself.
  useEffect(() => {
    if (model) void questionsAtFirst();
  }, [model]);
  return (
    <>
      <Title order={1} className="visually-hidden">
        Evaluate
      </Title>
      <Notices place="evaluate" />
      <TaskProgress names={['questions', 'dataset-fetch']} />
      <div className={job.columns}>
        <EvaluationForm />
        <Stack gap={12} miw={0}>
          <Progress />
          <Result />
          <KeptResults />
        </Stack>
      </div>
      <AnswersDrawer />
    </>
  );
}
