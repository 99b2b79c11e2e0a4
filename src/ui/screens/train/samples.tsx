/** The latest probes: the same question in each language, with the reasoning that was sampled. */
import { Group, Paper, Select, Text, Title } from '@mantine/core';
import { memo, useState } from 'react';
import { formatPercent } from '../../../lib/format.ts';
import { unjudgedWords } from '../../../lib/language/unjudged.ts';
import type { AdherenceSample } from '../../../protocol/training.ts';
import { foreign, Marked } from '../../parts/foreign.tsx';
import { LanguageChip } from '../../parts/language-chip.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import classes from './train.module.css';

/** Its props are only what it shows, so that it does not render with every step. */
export const Samples = memo(function Samples({ samples, probing }: { samples: AdherenceSample[]; probing: boolean }) {
  const steps = [...new Set(samples.map((s) => s.step))];
  const [chosen, setChosen] = useState<number | null>(null);
  const step = chosen !== null && steps.includes(chosen) ? chosen : steps.at(-1);
  const shown = samples.filter((s) => s.step === step);
  return (
    <Paper className="panel" px="md" py="sm" h="100%" data-testid="samples">
      <Group justify="space-between" wrap="nowrap">
        <Title order={2}>Latest reasoning</Title>
        {steps.length > 1 && (
          <Select
            size="xs"
            w={140}
            aria-label="Samples of which step"
            value={chosen === null ? 'latest' : String(chosen)}
            allowDeselect={false}
            onChange={(value) => setChosen(value === 'latest' || value === null ? null : Number(value))}
            data={[
              { value: 'latest', label: `Latest, step ${steps.at(-1)}` },
              ...steps.map((s) => ({ value: String(s), label: `Step ${s}` })).reverse(),
            ]}
          />
        )}
      </Group>
      {shown.length === 0 ? (
        <Text size="sm" c="dimmed" mt="xs">
          {probing
            ? 'During training the model answers a held-out question in each language; the first answers follow soon.'
            : 'Probes during training are off in the settings of this run.'}
        </Text>
      ) : (
        <Scroll className={classes.samples} label="Latest samples">
          {shown.map((sample) => (
            <Sample key={sample.language} sample={sample} />
          ))}
        </Scroll>
      )}
    </Paper>
  );
});

function Sample({ sample }: { sample: AdherenceSample }) {
  return (
    <div className={classes.sample}>
      <Group justify="space-between" gap="xs">
        <LanguageChip language={sample.language} full />
        <Text size="xs" c="dimmed" className="numbers">
          {sample.share === null ? unjudgedWords(sample.unjudged) : `${formatPercent(sample.share)} in the language`}
          {typeof sample.answer_share === 'number' && `, answer ${formatPercent(sample.answer_share)}`}
        </Text>
      </Group>
      <Text size="xs" c="dimmed" mt={2} {...foreign(sample.question)}>
        <Marked text={sample.question} />
      </Text>
      {sample.thinking ? (
        <p className={`reading ${classes.words}`} {...foreign(sample.thinking, sample.language, sample.share)}>
          <Marked text={sample.thinking} />
        </p>
      ) : (
        <p className={classes.words}>No reasoning.</p>
      )}
    </div>
  );
}
