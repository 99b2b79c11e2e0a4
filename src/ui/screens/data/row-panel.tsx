/** The chosen row in three views: as a conversation, as the template's text, and as the tokens that train. */
import { Alert, Group, Paper, ScrollArea, SegmentedControl, Skeleton, Text, Title } from '@mantine/core';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import type { RowDetail } from '../../../protocol/dataset.ts';
import { dataStore, type RowView } from '../../../state/data.ts';
import { Foreign, Marked } from '../../parts/foreign.tsx';
import { WarnIcon } from '../../parts/icons.tsx';
import { LanguageChip } from '../../parts/language-chip.tsx';
import { useBusy, useData } from '../../use.ts';
import { ConversationView } from './conversation-view.tsx';
import { EncodingControls } from './encoding-controls.tsx';
import { TemplateView } from './template-view.tsx';
import { TokensView } from './tokens-view.tsx';

export function RowPanel() {
  const detail = useData((d) => d.detail);
  const selected = useData((d) => d.selected);
  const view = useData((d) => d.view);
  const reading = useBusy('read-row', 'load-model', 'load-hub', 'load-bundled', 'read-dataset');
  return (
    <Paper className="panel" data-testid="row-panel">
      <Group justify="space-between" px="md" py={8} gap="xs">
        <Group gap="sm">
          <Title order={2} size="h3">
            {selected === null ? 'No row chosen' : `Row ${formatInteger(selected)}`}
          </Title>
          {detail && <LanguageChip language={detail.conversation.reasoning_language ?? null} full />}
          {detail?.conversation.answer_language && (
            <Text size="xs" c="dimmed" data-testid="row-answer-language">
              answer in <Foreign text={detail.conversation.answer_language} />
            </Text>
          )}
          {detail?.mode && (
            <Text size="xs" c="dimmed" data-testid="row-mode">
              {detail.mode === 'think' ? 'think: with its reasoning' : 'no_think: the answer alone'}
            </Text>
          )}
        </Group>
        <SegmentedControl
          size="xs"
          aria-label="How the row is shown"
          value={view}
          onChange={(value) => dataStore.setState({ view: value as RowView })}
          data={[
            { value: 'conversation', label: 'Conversation' },
            { value: 'template', label: 'Template' },
            { value: 'tokens', label: 'Tokens' },
          ]}
          data-testid="row-view"
        />
      </Group>
      <EncodingControls />
      <ScrollArea
        h="max(360px, calc(100vh - 484px))"
        type="auto"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'The chosen row' }}
      >
        <div style={{ padding: '4px 16px 16px' }}>{body(detail, selected, view, reading)}</div>
      </ScrollArea>
    </Paper>
  );
}

function body(detail: RowDetail | null, selected: number | null, view: RowView, reading: boolean) {
  if (selected === null) return <Text size="sm">Choose a row on the left to see what will be trained.</Text>;
  if (!detail && !reading) return <Text size="sm">A row is shown once a model is loaded, because its tokenizer is needed.</Text>;
  if (!detail) return <Skeleton h={300} role="img" aria-label="The row is being read" />;
  const trained = detail.tokens.filter((t) => t.trained).length;
  return (
    <>
      {detail.problems.map((p) => (
        <Alert key={p.kind + p.message} variant="outline" color={p.trains ? 'yellow' : 'red'} icon={<WarnIcon />} p="xs" mb="sm">
          <Text size="sm">
            <Marked text={p.message} />
          </Text>
        </Alert>
      ))}
      {view === 'conversation' && <ConversationView conversation={detail.conversation} />}
      {view === 'template' && <TemplateView segments={detail.segments} />}
      {view === 'tokens' && (
        <>
          <Text size="xs" c="dimmed" mb="xs" className="numbers">
            {formatPlural(detail.length, 'token')}, {detail.kept < detail.length && `${formatInteger(detail.kept)} kept, `}
            {formatInteger(trained)} trained. Trained ones are inked and underlined, the others faint; hover or focus one for its id.
          </Text>
          <TokensView tokens={detail.tokens} kept={detail.kept} length={detail.length} />
        </>
      )}
    </>
  );
}
