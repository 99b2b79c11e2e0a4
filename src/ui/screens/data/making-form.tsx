/** What is asked for: who answers, which rows and how often, how answers are verified and which are kept; what it comes to, and the start. */
import { Button, NumberInput, Paper, Popover, Radio, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { formatCount, formatDuration, formatInteger, formatPlural } from '../../../lib/format.ts';
import { BASE, PEER, type TraceForecast, type TraceRecord } from '../../../protocol/traces.ts';
import { isRunning } from '../../../state/facts.ts';
import { chooseTraces, generatorNow } from '../../../state/traces.ts';
import { chosenTracesProblems, forecastTraces, startTraces, tracesProblemAt } from '../../../state/traces-actions.ts';
import { handFocusTo, useFocusHandover } from '../../parts/focus-handover.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { DownIcon } from '../../parts/icons.tsx';
import { PeerLoader } from '../../parts/peer-loader.tsx';
import { SamplingInputs, samplingWords } from '../../parts/sampling-inputs.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { hashOf } from '../../router.ts';
import { NO_GPU, useBusy, useFacts, useLoadingModel, useReadOnly, useSettings, useTraces } from '../../use.ts';
import classes from './making.module.css';
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
  const fitting = (kept?.adapters ?? []).filter((one) => one.fits && one.problem === undefined);
  return (
    <div className={classes.part}>
      <Radio.Group
        label="Who answers"
        value={generatorNow(chosen, { adapter: standing, kept, peer })}
        onChange={(generator) => chooseTraces({ generator })}
      >
        <Scroll label="Models that can answer" className={classes.who}>
          <Radio size="xs" value={BASE} label="Base model" data-testid="traces-base" />
          {fitting.map(({ id, name, standing: stands }) => (
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
    <div className={classes.part}>
      <div className={classes.fields} style={{ marginTop: 0 }}>
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
      <Popover width={340} position="bottom-start">
        <Popover.Target>
          <Button mt={10} size="compact-sm" variant="default" fw={400} rightSection={<DownIcon size={12} />} data-testid="traces-sampling">
            Sampling: {samplingWords(sampling)}
          </Button>
        </Popover.Target>
        <Popover.Dropdown maw="94vw">
          <SamplingInputs
            sampling={sampling}
            change={(values) => chooseTraces({ sampling: { ...sampling, ...values } })}
            prefix="traces-sampling"
            seedHelp="the same answers again"
          />
          <Text size="xs" c="dimmed" mt="xs">
            A draw depends on the seed, the row and the number of the answer, so a making that was interrupted goes on with the same
            answers.
          </Text>
        </Popover.Dropdown>
      </Popover>
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
  const problem = useFacts((f) => f.problem !== null);
  const model = useFacts((f) => f.model !== null);
  const dataset = useFacts((f) => f.dataset);
  const training = isRunning(useFacts((f) => f.run?.phase));
  const evaluating = useFacts((f) => f.evaluation?.phase === 'running');
  const making = useFacts((f) => f.traces?.phase === 'running');
  const loading = useLoadingModel();
  const readOnly = useReadOnly();
  const chosen = useTraces((t) => t.chosen); // the problems below are about it, too
  const teacher = useFacts((f) => generatorNow(chosen.generator, f) === PEER);
  if (problem && !teacher) return `Making rows needs a GPU. ${NO_GPU}`;
  if (!model && !teacher) return loading ? 'The model is being loaded.' : 'No model is loaded; see Model.';
  if (readOnly) return readOnly;
  if (!dataset) return 'No dataset is open; its questions are what is asked.';
  if (dataset.schema === 'unknown') return 'Say first which columns of the dataset are which, under Rows.';
  if (training) return 'A run is under way; let it end, or stop it, before you make rows.';
  if (evaluating) return 'An evaluation is under way; let it end, or pause it, before you make rows.';
  if (making) return 'Rows are being made.';
  const [first] = chosenTracesProblems();
  return first === undefined ? null : `It cannot start like this: ${first}.`;
}

/** The same generator's pace, as it was the last time. */
function usePace(): Pick<TraceRecord, 'tokens' | 'seconds' | 'done'> | undefined {
  const chosen = useTraces((t) => t.chosen.generator);
  return useFacts((f) => {
    const id = generatorNow(chosen, f);
    return f.traceSets?.sets.find(({ settings, tokens, seconds }) => settings.generator === id && tokens > 0 && seconds > 1);
  });
}

function forecastWords({ rows, traces, prompt_tokens, most_tokens }: TraceForecast): string {
  const read = prompt_tokens === null ? '' : `${formatCount(prompt_tokens)} tokens are read, `;
  return `${formatPlural(traces, 'answer')} to ${formatPlural(rows, 'row')}: ${read}at most ${formatCount(most_tokens)} written`;
}

function Start() {
  const found = useTraces((t) => t.forecast);
  const chosen = useTraces((t) => t.chosen);
  const encoding = useSettings((s) => s.settings.encoding);
  const about = useFacts((f) => `${f.model?.name} ${f.dataset?.id} ${f.adapter?.name} ${f.peer}`);
  const pace = usePace();
  const busy = useBusy('make-traces', 'cancel-traces');
  const obstacle = useObstacle();
  const ready = obstacle === null && !busy && !found?.problem;
  const button = useFocusHandover('start-traces', ready);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the forecast is of these choices
  useEffect(() => {
    const timer = setTimeout(() => void forecastTraces(), 250);
    return () => clearTimeout(timer);
  }, [chosen, encoding, about]);
  const seconds = found && pace ? (found.traces * pace.seconds) / pace.done : null;
  return (
    <div className={classes.part}>
      {found && (
        <Text size="sm" className="numbers" data-testid="traces-forecast">
          {forecastWords(found)}
          {seconds !== null && `; about ${formatDuration(seconds)}, by the last time`}.
          {found.unverifiable > 0 && ` ${formatPlural(found.unverifiable, 'row')} without a right answer that can be read are not asked.`}
          {found.unread > 0 && ` ${formatPlural(found.unread, 'row')} hold no question that fits.`}
        </Text>
      )}
      {found?.problem && (
        <Text size="sm" c="var(--bad)" mt={4} data-testid="traces-problem">
          {found.problem}
        </Text>
      )}
      {obstacle && (
        <Text size="sm" c="dimmed" mt={4} data-testid="traces-obstacle">
          {obstacle}
        </Text>
      )}
      <Button
        ref={button}
        mt={10}
        fullWidth
        disabled={!ready}
        data-hands-over
        onClick={() => {
          handFocusTo('pause-traces');
          void startTraces();
        }}
        data-testid="start-traces"
      >
        Make rows
      </Button>
    </div>
  );
}
