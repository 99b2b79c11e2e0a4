/** One stage of a plan: what it does and what it adds, its state, its figures, and the ways to what it made. */
import { Badge, Button, Group, NumberInput, Progress, Text } from '@mantine/core';
import { formatInteger, formatPercent, formatPlural } from '../../../lib/format.ts';
import { withoutStage } from '../../../protocol/stage-problems.ts';
import { dataWords, figureWords, fromWords, KIND_WORDS, languageWords } from '../../../protocol/stage-words.ts';
import type { PlanRecord, Stage, StagePlan, StageState } from '../../../protocol/stages.ts';
import { libraryStore } from '../../../state/library.ts';
import { showRun } from '../../../state/run-actions.ts';
import { openKept } from '../../../state/stage-actions.ts';
import { addsOf, stagesStore, withSteps } from '../../../state/stages.ts';
import { lookAtSet } from '../../../state/traces-actions.ts';
import { Marked } from '../../parts/foreign.tsx';
import { LanguageChip } from '../../parts/language-chip.tsx';
import { goTo } from '../../router.ts';
import { useFacts } from '../../use.ts';
import classes from './stages.module.css';

const PHASES: Readonly<Record<StageState['phase'], string>> = {
  waiting: 'waits',
  running: 'at work',
  stopped: 'stopped',
  done: 'done',
  failed: 'failed',
};

function Words({ stage, number }: { stage: Stage; number: number }) {
  const adds = addsOf(stage);
  return (
    <>
      <Text size="sm" className="reading">
        <Marked text={stage.what} />
      </Text>
      <Text size="xs" c="dimmed" className="reading" data-testid={`stage-data-${number}`}>
        {capital(KIND_WORDS[stage.kind])} {fromWords(stage)}; {dataWords(stage.data)}.
      </Text>
      {adds && (
        <Text size="xs" c="dimmed" className={`reading ${classes.adds}`} mt={4}>
          {adds}
        </Text>
      )}
    </>
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Of a plan that is being put together: how long the stage is, and leaving it out. */
export function DraftStage({ plan, number }: { plan: StagePlan; number: number }) {
  const stage = plan.stages[number - 1]!;
  const without = withoutStage(plan, number);
  const steps = stage.kind === 'traces' ? stage.settings.rows : stage.settings.max_steps;
  const change = (value: string | number): void => {
    if (typeof value === 'number' && Number.isInteger(value) && value > 0)
      stagesStore.setState({ draft: withSteps(plan, number, value), shown: 'draft' });
  };
  return (
    <li className={classes.stage} data-testid={`stage-${number}`}>
      <span className={classes.number} aria-hidden="true">
        {number}
      </span>
      <div className={classes.body}>
        <div>
          <Text fw={600}>
            <Marked text={stage.name} />
          </Text>
          <Words stage={stage} number={number} />
        </div>
        <div className={classes.side}>
          <NumberInput
            size="xs"
            w={130}
            min={1}
            label={stage.kind === 'traces' ? 'Rows asked' : 'Steps'}
            placeholder={stage.kind === 'traces' ? 'all' : 'one epoch'}
            value={steps !== null && steps > 0 ? steps : ''}
            onChange={change}
            data-testid={`stage-steps-${number}`}
          />
          <Button
            size="compact-xs"
            variant="default"
            disabled={without === null}
            title={without === null ? 'A later stage goes on from it, or there is no other.' : undefined}
            onClick={() => stagesStore.setState({ draft: without, shown: 'draft' })}
            data-testid={`leave-out-${number}`}
          >
            Leave out
          </Button>
        </div>
      </div>
    </li>
  );
}

/** Of a plan that was started. */
export function KeptStage({ record, number }: { record: PlanRecord; number: number }) {
  const stage = record.plan.stages[number - 1]!;
  const state = record.stages[number - 1]!;
  return (
    <li className={classes.stage} data-testid={`stage-${number}`} data-phase={state.phase}>
      <span className={classes.number} aria-hidden="true">
        {number}
      </span>
      <div className={classes.body}>
        <div>
          <div className={classes.head}>
            <Text fw={600}>
              <Marked text={stage.name} />
            </Text>
            <Badge size="sm" variant="default">
              {PHASES[state.phase]}
            </Badge>
          </div>
          <Words stage={stage} number={number} />
        </div>
        <div>
          {state.phase === 'running' && <Underway state={state} />}
          <Figures state={state} number={number} />
          {state.message && (
            <Text size="xs" mt={4} className="reading" data-testid={`stage-message-${number}`}>
              <Marked text={state.message} />
            </Text>
          )}
          <Ways state={state} number={number} />
        </div>
      </div>
    </li>
  );
}

/** How far the run of the stage is, as the run itself tells it. */
function Underway({ state }: { state: StageState }) {
  const run = useFacts((f) => (f.run && f.run.id === state.run ? f.run : null));
  const traces = useFacts((f) => (f.traces && f.traces.id === state.traces ? f.traces : null));
  const [done, total, words] = run
    ? [run.metrics.at(-1)?.step ?? 0, run.total_steps, 'steps']
    : traces
      ? [traces.done, traces.total, `answers, ${formatInteger(traces.kept)} kept`]
      : [0, 0, ''];
  if (total === 0)
    return (
      <Text size="xs" mt={4}>
        Opening its model, adapter and rows.
      </Text>
    );
  return (
    <>
      <Text size="xs" mt={4} className="numbers">
        {formatInteger(done)} of {formatInteger(total)} {words}
      </Text>
      <Progress size="sm" value={(100 * done) / total} aria-label="Progress of the stage" mt={2} maw={420} />
    </>
  );
}

function Figures({ state, number }: { state: StageState; number: number }) {
  const { figures = {} } = state;
  const words = figureWords(figures);
  const languages = Object.entries(figures.languages ?? {});
  const kept = Object.entries(figures.kept_languages ?? {});
  if (words.length === 0) return null;
  return (
    <div data-testid={`stage-figures-${number}`}>
      <Text size="sm" mt={4} className="numbers">
        {capital(words.join(' · '))}
      </Text>
      {languages.length > 0 && (
        <Group gap="sm" mt={2} title="Share of the thought in the language asked for, at the stage's last probe">
          <Text size="xs">{capital(languageWords(figures) ?? '')}</Text>
          {languages.map(([language, share]) => (
            <Text key={language} component="span" size="xs" className="numbers">
              <LanguageChip language={language} /> {share === null ? 'unknown' : formatPercent(share)}
            </Text>
          ))}
        </Group>
      )}
      {kept.length > 0 && (
        <Group gap="sm" mt={2}>
          <Text size="xs">Kept by language</Text>
          {kept.map(([language, count]) => (
            <Text key={language} component="span" size="xs" className="numbers">
              <LanguageChip language={language || null} full={language === ''} /> {formatPlural(count, 'row')}
            </Text>
          ))}
        </Group>
      )}
    </div>
  );
}

/** To the run or the kept answers that the stage made. */
function Ways({ state, number }: { state: StageState; number: number }) {
  const busy = useFacts((f) => f.plans?.some(({ phase }) => phase === 'running') ?? false);
  const { run, traces } = state;
  const known = useFacts((f) => f.keptRuns?.runs.find(({ id }) => id === run));
  if (run === undefined && traces === undefined) return null;
  return (
    <Group gap="xs" mt={6}>
      {run !== undefined && !busy && (
        <Button size="compact-xs" variant="default" onClick={() => void showRun(run)} data-testid={`stage-run-${number}`}>
          Charts of its run
        </Button>
      )}
      {run !== undefined && known && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => {
            libraryStore.setState({ query: known.name });
            goTo('runs');
          }}
          data-testid={`stage-library-${number}`}
        >
          Its run in the library
        </Button>
      )}
      {traces !== undefined && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => void lookAtSet(traces).then(() => goTo('data', 'make'))}
          data-testid={`stage-answers-${number}`}
        >
          Its answers, kept and left out
        </Button>
      )}
      {traces !== undefined && !busy && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => void openKept(traces).then((read) => read && goTo('data'))}
          data-testid={`stage-traces-${number}`}
        >
          Open its kept answers in Data
        </Button>
      )}
    </Group>
  );
}
