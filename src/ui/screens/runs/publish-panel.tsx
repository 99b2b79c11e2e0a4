/** To the Hub: what is sent with its sizes, which repository, and a token for this once. */
import { Anchor, Button, Group, Paper, PasswordInput, SegmentedControl, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { formatBytes } from '../../../lib/format.ts';
import { isRunning } from '../../../state/facts.ts';
import { hubProblems } from '../../../state/hub.ts';
import { mergeStore } from '../../../state/merge-actions.ts';
import { changePublish, type PublishState, planPublish, publish } from '../../../state/publish-actions.ts';
import { FileTable } from '../../parts/file-table.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { useBusy, useFacts, usePublish } from '../../use.ts';

export function PublishPanel() {
  const adapter = useFacts((f) => f.adapter);
  const running = isRunning(useFacts((f) => f.run?.phase));
  const state = usePublish();
  if (!adapter) return null;
  return (
    <Paper className="panel" p="lg" data-testid="publish">
      <Title order={2}>Publish on the Hub</Title>
      <Text size="sm" mt={4} mb="md" className="reading">
        The adapter or the merged model with its card, as one commit. Nothing is visible before everything has arrived.
      </Text>
      {state.open ? (
        <Form state={state} disabled={running} />
      ) : (
        <Button variant="default" disabled={running} onClick={() => void planPublish({ kind: 'adapter' })} data-testid="publish-open">
          See what would be sent
        </Button>
      )}
    </Paper>
  );
}

function Form({ state, disabled }: { state: PublishState; disabled: boolean }) {
  const { what, plan, repository, endpoint, token, into, result } = state;
  const busy = useBusy('publish');
  const wrong = hubProblems({ repository, endpoint, revision: 'main' });
  const choose = (kind: string) => void planPublish(kind === 'merged' ? { kind, dtype: mergeStore.getState().dtype } : { kind: 'adapter' });
  return (
    <Stack gap="sm">
      <SegmentedControl
        size="xs"
        data={[
          { value: 'adapter', label: 'Adapter' },
          { value: 'merged', label: 'Merged model' },
        ]}
        value={what.kind}
        onChange={choose}
        aria-label="What to send"
      />
      {plan ? <FileTable files={plan.files} label="Files that are sent" testId="publish-files" /> : <Skeleton h={90} />}
      <TextInput
        label="Repository"
        placeholder="owner/name"
        value={repository}
        error={repository && wrong.repository ? 'Write it as owner/name.' : undefined}
        onChange={(event) => changePublish({ repository: event.currentTarget.value })}
        data-testid="publish-repository"
      />
      <SegmentedControl
        size="xs"
        data={[
          { value: 'private', label: 'New, private' },
          { value: 'public', label: 'New, public' },
          { value: 'existing', label: 'Existing' },
        ]}
        value={into}
        onChange={(value) => changePublish({ into: value as PublishState['into'] })}
        aria-label="New or existing repository"
      />
      <PasswordInput
        label="Token with write access"
        description="Used for this once: it is sent to this address only and stored nowhere."
        value={token}
        onChange={(event) => changePublish({ token: event.currentTarget.value })}
        autoComplete="off"
        data-testid="publish-token"
      />
      <TextInput
        label="Address"
        value={endpoint}
        error={wrong.endpoint}
        onChange={(event) => changePublish({ endpoint: event.currentTarget.value })}
        data-testid="publish-endpoint"
      />
      <Group>
        <Button
          disabled={disabled || !plan || !token.trim() || Object.keys(wrong).length > 0}
          loading={busy}
          onClick={() => void publish()}
          data-testid="publish-send"
        >
          {plan ? `Send ${formatBytes(plan.bytes)}` : 'Send'}
        </Button>
      </Group>
      <TaskProgress names={['publish']} />
      {result && (
        <Text size="sm" role="status" data-testid="published">
          Published:{' '}
          <Anchor href={result.url} target="_blank" rel="noreferrer">
            {result.url}
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}
