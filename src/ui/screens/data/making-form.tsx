/** What is asked for: who answers, which rows and how often, how answers are verified and which are kept; what it comes to, and the start. */
import { NumberInput, Paper, Radio, Text, Title } from '@mantine/core';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { BASE, PEER, type TraceForecast, type TraceRecord } from '../../../protocol/traces.ts';
import { fittingAdapters } from '../../../state/compare-rows.ts';
import { chooseTraces, generatorNow } from '../../../state/traces.ts';
import { chosenTracesProblems, forecastTraces, startTraces, tracesProblemAt } from '../../../state/traces-actions.ts';
import { Foreign } from '../../parts/foreign.tsx';
import job from '../../parts/job.module.css';
import { StartJob, useJobObstacle } from '../../parts/job-start.tsx';
import { PeerLoader } from '../../parts/peer-loader.tsx';
import { SamplingButton } from '../../parts/sampling-inputs.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { hashOf } from '../../router.ts';
import { useBusy, useFacts, useSettings, useTraces } from '../../use.ts';
import { Keeping, Verified } from './making-rewards.tsx';

export function MakingForm() {
  return (
    <Paper className="panel" px="md" py="sm" data-testid="making-form">
      <Title order={2}>Rejection sampling</Title>
      <Text size="sm" mt={2}>
        A model answers each row several times. Answers that can be verified become a new dataset, with their reasoning.
      </Text>
      <Who />
      <Rows />
      <Verified />
      <Keeping />
      <Start />
    </Paper>
  );
}

function Who() {
  const chosen = useTraces((t) => t.chosen.generator);
  const standing = useFacts((f) => f.adapter);
  const kept = useFacts((f) => f.kept);
  const peer = useFacts((f) => f.peer);
  return (
    <div className={job.part}>
      <Radio.Group
        size="xs"
        label="Who answers"
        value={generatorNow(chosen, { adapter: standing, kept, peer })}
        onChange={(generator) => chooseTraces({ generator })}
      >
        <Scroll label="Models that can answer" className={job.who}>
          <Radio size="xs" value={BASE} label="Base model" data-testid="traces-base" />
          {fittingAdapters(kept).map(({ id, name, standing: stands }) => (
            <Radio
              key={id}
              size="xs"
              value={id}
              label={
                <>
                  <Foreign text={name} />
                  {stands && ' (on the model now)'}
                </>
              }
              data-testid={stands ? 'traces-adapter' : 'traces-kept'}
            />
          ))}
          {peer !== null && (
            <Radio
              size="xs"
              value={PEER}
              label={
                <>
                  <Foreign text={peer} /> (ONNX)
                </>
              }
              data-testid="traces-peer"
            />
          )}
        </Scroll>
      </Radio.Group>
      {peer === null && (
        <div style={{ marginTop: 8 }}>
          <PeerLoader
            label="Add an ONNX model as teacher"
            words="Any ONNX language model that transformers.js runs can write the answers."
          />
        </div>
      )}
    </div>
  );
}

function Rows() {
  const { rows, choice_seed, num_return_sequences, sampling } = useTraces((t) => t.chosen);
  const total = useFacts((f) => f.dataset?.rows ?? 0);
  const some = useSettings((s) => s.settings.encoding.languages !== undefined);
  const whole = (value: string | number): number | null => (typeof value === 'number' ? Math.max(1, Math.round(value)) : null);
  return (
    <div className={job.part}>
      <div className={job.fields}>
        <NumberInput
          size="xs"
          label="Rows to ask"
          description={total > 0 ? `of ${formatInteger(total)}; empty for all` : 'empty for all'}
          placeholder="all"
          min={1}
          value={rows ?? ''}
          onChange={(value) => chooseTraces({ rows: whole(value) })}
          data-testid="traces-rows"
        />
        <NumberInput
          size="xs"
          label="Answers to a row"
          description="samples"
          min={1}
          max={64}
          value={num_return_sequences}
          error={tracesProblemAt('num_return_sequences') || undefined}
          onChange={(value) => typeof value === 'number' && chooseTraces({ num_return_sequences: Math.round(value) })}
          data-testid="traces-samples"
        />
        {rows !== null && rows < total && (
          <NumberInput
            size="xs"
            label="Seed of the choice"
            description="which rows"
            min={0}
            value={choice_seed}
            onChange={(value) => typeof value === 'number' && chooseTraces({ choice_seed: Math.round(value) })}
          />
        )}
      </div>
      <SamplingButton
        mt={10}
        sampling={sampling}
        change={(values) => chooseTraces({ sampling: { ...sampling, ...values } })}
        testId="traces-sampling"
        seedHelp="the same answers again"
        note="A draw depends on the seed, the row and the number of the answer, so a making that was interrupted goes on with the same answers."
      />
      <Text size="xs" c="dimmed" mt={8}>
        {some ? 'Rows of the languages that are chosen in ' : 'Rows are asked with the date and the lines for languages that are set in '}
        <a href={hashOf('train')}>Train</a>
        {some ? ' are asked, as its settings of the data say.' : '.'}
      </Text>
    </div>
  );
}

/** Why it cannot start right now; null when it can. */
function useObstacle(): string | null {
  const dataset = useFacts((f) => f.dataset);
  const chosen = useTraces((t) => t.chosen); // the problems below are about it, too
  const general = useJobObstacle(
    'traces',
    useFacts((f) => generatorNow(chosen.generator, f) === PEER),
  );
  if (general !== null) return general;
  if (!dataset) return 'No dataset is open; its questions are what is asked.';
  if (dataset.schema === 'unknown') return 'Say first which columns of the dataset are which, under Rows.';
  const [first] = chosenTracesProblems();
  return first === undefined ? null : `It cannot start like this: ${first}.`;
}

/** The same generator's pace, as it was the last time. */
function usePace(): TraceRecord | undefined {
  const chosen = useTraces((t) => t.chosen.generator);
  return useFacts((f) => {
    const id = generatorNow(chosen, f);
    return f.traceSets?.sets.find(({ settings, tokens, seconds }) => settings.generator === id && tokens > 0 && seconds > 1);
  });
}

function notAsked({ unverifiable, unread }: TraceForecast): string {
  const words = unverifiable > 0 ? ` ${formatPlural(unverifiable, 'row')} without a right answer that can be read are not asked.` : '';
  return unread > 0 ? `${words} ${formatPlural(unread, 'row')} hold no question that fits.` : words;
}

function Start() {
  const found = useTraces((t) => t.forecast);
  const chosen = useTraces((t) => t.chosen);
  const encoding = useSettings((s) => s.settings.encoding);
  const about = useFacts((f) => `${f.model?.name} ${f.dataset?.id} ${f.adapter?.name} ${f.peer}`);
  return (
    <StartJob
      job="traces"
      label="Make rows"
      forecast={forecastTraces}
      about={[chosen, encoding, about]}
      found={found && { ...found, answers: found.traces, asked: formatPlural(found.rows, 'row') }}
      notes={found ? notAsked(found) : ''}
      pace={usePace()}
      obstacle={useObstacle()}
      busy={useBusy('make-traces', 'cancel-traces')}
      start={startTraces}
    />
  );
}
