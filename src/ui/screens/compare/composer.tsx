/** The question, its examples, the languages and what to run: everything above the answers. Ctrl+Enter asks. */
import { Button, Group, Paper, SegmentedControl, Text, Textarea } from '@mantine/core';
import { type CompareMode, compareStore, modesOf, sourcesOf, type ThinkChoice } from '../../../state/compare.ts';
import { ask, stopAsking } from '../../../state/compare-actions.ts';
import { offered, rowsOf } from '../../../state/compare-rows.ts';
import { isRunning } from '../../../state/facts.ts';
import { foreign } from '../../parts/foreign.tsx';
import { StopIcon } from '../../parts/icons.tsx';
import { hashOf } from '../../router.ts';
import { NO_GPU, useBusy, useCompare, useFacts, useLoadingModel } from '../../use.ts';
import { askLabel } from './ask-label.ts';
import classes from './compare.module.css';
import { Examples } from './examples.tsx';
import { FurtherAdapters, LeftOutAdapters } from './further-adapters.tsx';
import { Languages } from './languages.tsx';
import { PeerControl } from './peer-control.tsx';
import { Sampling } from './sampling.tsx';

export function Composer() {
  const question = useCompare((c) => c.question);
  const obstacle = useObstacle();
  const written = foreign(question);
  return (
    <Paper className="panel" px="md" py={8}>
      <Group gap="sm" align="flex-end">
        <Textarea
          aria-label="Question"
          placeholder="Ask in any language the model knows"
          autosize
          minRows={1}
          maxRows={6}
          style={{ flex: '1 1 260px' }}
          value={question}
          onChange={(event) => compareStore.setState({ question: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !obstacle) void ask();
          }}
          {...written}
          attributes={{ input: written }} // Mantine gives `dir` to the frame around the text alone
          data-testid="question"
        />
        <AskButton obstacle={obstacle} />
      </Group>
      <Examples />
      <Languages />
      <Group gap="md" mt={6} align="center">
        <Mode />
        <FurtherAdapters />
        <Thinking />
        <PeerControl />
        <Sampling />
        <TrainingNote />
        {obstacle && (
          <Text size="sm" c="dimmed" data-testid="ask-obstacle">
            {obstacle}
          </Text>
        )}
      </Group>
      <LeftOutAdapters />
    </Paper>
  );
}

/** Why the question cannot be asked right now; null when it can. */
function useObstacle(): string | null {
  const model = useFacts((f) => f.model !== null);
  const problem = useFacts((f) => f.problem !== null);
  const loading = useLoadingModel();
  const { question, languages } = useCompare((c) => c);
  if (problem) return `Asking needs a GPU. ${NO_GPU}`;
  if (!model) return loading ? 'The model is being loaded.' : 'No model is loaded; see Model.';
  if (question.trim() === '') return 'Write a question, or take an example.';
  if (languages.length === 0) return 'Choose at least one language.';
  return null;
}

function AskButton({ obstacle }: { obstacle: string | null }) {
  const asking = useBusy('ask');
  const { languages, mode, thinking, usePeer, further } = useCompare((c) => c);
  const kept = useFacts((f) => f.kept);
  const switches = useFacts((f) => f.model?.thinking === 'switch');
  const adapter = useFacts((f) => f.adapter !== null);
  const peer = useFacts((f) => f.peer !== null);
  const rows = rowsOf(sourcesOf(mode, adapter, peer && usePeer), further, kept);
  // One button, so that the focus stays on it when asking becomes stopping.
  return (
    <Button
      variant={asking ? 'default' : 'filled'}
      disabled={!asking && obstacle !== null}
      onClick={() => void (asking ? stopAsking() : ask())}
      styles={{
        root: { height: 'auto', minHeight: 36, paddingBlock: 6, maxWidth: '100%', flex: 'none' },
        label: { whiteSpace: 'normal', lineHeight: 1.3 },
      }}
      data-testid={asking ? 'stop-asking' : 'ask'}
    >
      {/* As wide while it stops as while it asks, so that the question beside it does not move. */}
      <span className={classes.ask}>
        <span style={{ visibility: asking ? 'hidden' : undefined }}>
          {askLabel(
            languages,
            rows.map(({ source }) => source),
            modesOf(thinking, switches),
          )}
        </span>
        {asking && (
          <span>
            <StopIcon size={13} /> Stop
          </span>
        )}
      </span>
    </Button>
  );
}

/** Questions are allowed during a run; the engine answers between steps. */
function TrainingNote() {
  const running = isRunning(useFacts((f) => f.run?.phase));
  if (!running) return null;
  return (
    <Text size="sm" c="dimmed">
      The run waits while an answer is generated; the adapter answers with its current weights.
    </Text>
  );
}

function Mode() {
  const mode = useCompare((c) => c.mode);
  const adapter = useFacts((f) => f.adapter !== null);
  const others = useFacts((f) => offered(f.kept).length > 0);
  if (!adapter && others) return null; // they are chosen beside it
  if (!adapter) {
    return (
      <Text size="sm" c="dimmed">
        Only the base model answers until an adapter is <a href={hashOf('train')}>trained</a> or <a href={hashOf('runs')}>imported</a>.
      </Text>
    );
  }
  return (
    <SegmentedControl
      size="xs"
      aria-label="Which model answers"
      value={mode}
      onChange={(value) => compareStore.setState({ mode: value as CompareMode })}
      data={[
        { value: 'both', label: 'Base and adapter' },
        { value: 'base', label: 'Base' },
        { value: 'adapter', label: 'Adapter' },
      ]}
      data-testid="mode"
    />
  );
}

/** Only for models whose template has the switch. */
function Thinking() {
  const thinking = useCompare((c) => c.thinking);
  const switches = useFacts((f) => f.model?.thinking === 'switch');
  if (!switches) return null;
  return (
    <SegmentedControl
      size="xs"
      aria-label="Whether the model thinks before it answers"
      value={thinking}
      onChange={(value) => compareStore.setState({ thinking: value as ThinkChoice })}
      data={[
        { value: 'think', label: 'Think' },
        { value: 'no_think', label: 'No think' },
        { value: 'both', label: 'Both' },
      ]}
      data-testid="think-mode"
    />
  );
}
