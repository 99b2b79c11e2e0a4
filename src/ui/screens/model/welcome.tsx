/** One sentence on what this is, and the button of the next step: train, watch, compare. */
import { Button, Skeleton, Stack, Text } from '@mantine/core';
import { formatDuration } from '../../../lib/format.ts';
import { isRunning } from '../../../state/facts.ts';
import { datasetLanguages } from '../../../state/settings.ts';
import { startRun } from '../../../state/train-actions.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { goTo } from '../../router.ts';
import { useFacts, useReadiness, useReadOnly } from '../../use.ts';

const NUMBER_WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

export function Welcome() {
  return (
    <Stack gap="sm" mb="lg" align="flex-start">
      <Text size="lg" className="reading" data-testid="welcome">
        Reasoning models think in English, whatever language you ask in. Mother Tongue teaches one to think in yours, here in this tab;
        nothing leaves your machine.
      </Text>
      <NextStep />
    </Stack>
  );
}

function NextStep() {
  const model = useFacts((f) => f.model);
  const dataset = useFacts((f) => f.dataset);
  const phase = useFacts((f) => f.run?.phase);
  const adapter = useFacts((f) => f.adapter);
  const lost = useFacts((f) => f.lost);
  const failed = useFacts((f) => f.started && !f.model && Object.keys(f.tasks).length === 0);
  const { readiness, stale } = useReadiness((r) => r);
  const readOnly = useReadOnly();
  if (lost) return null;
  if (isRunning(phase)) return <Next label="Watch the run" to="train" />;
  if (adapter) return <Next label="Compare before and after" to="compare" />;
  if (!model || !dataset || (!readiness && stale)) {
    return failed ? null : <Skeleton h={42} w={420} maw="100%" role="img" aria-label="The model and the dataset are being loaded" />;
  }
  const count = datasetLanguages(dataset).length;
  const name = model.source === 'bundled' ? 'the bundled model' : model.name;
  const languages = `${NUMBER_WORDS[count] ?? count} language${count === 1 ? '' : 's'}`;
  const time = readiness?.seconds === undefined ? '' : `, about ${formatDuration(readiness.seconds)} on this GPU`;
  if (!readiness || readiness.blockers.length > 0) return <Next label="See what training needs" to="train" />;
  return (
    <Button
      size="md"
      h="auto"
      mih={42}
      py={8}
      styles={{ label: { whiteSpace: 'normal', overflow: 'visible', lineHeight: 1.35 } }}
      disabled={readOnly !== undefined}
      title={readOnly}
      data-testid="start-first-run"
      onClick={() => {
        void startRun();
        goTo('train');
      }}
    >
      <span>
        Train <Foreign text={name} /> to think in {languages}
        {time}
      </span>
    </Button>
  );
}

function Next({ label, to }: { label: string; to: 'train' | 'compare' }) {
  return (
    <Button size="md" onClick={() => goTo(to)} data-testid="next-step">
      {label}
    </Button>
  );
}
