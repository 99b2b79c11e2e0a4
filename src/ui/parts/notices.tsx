/** What went wrong at a place: one clear sentence, details to copy, and a way to put it away. */
import { Alert, Button, Code, Collapse, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { dismiss, type Notice, type Place } from '../../state/pending.ts';
import { useNotices } from '../use.ts';
import { WarnIcon } from './icons.tsx';

const TITLES: Record<string, string> = {
  'load-model': 'The model could not be loaded',
  'self-test': 'The self-test could not be finished',
  'reopen-dataset': 'The dataset of your last visit is not here',
  'read-dataset': 'The dataset could not be read',
  'read-row': 'This row could not be shown',
  'count-tokens': 'The tokens could not be counted',
  readiness: 'These settings cannot be planned',
  train: 'The run could not go on',
  ask: 'The question could not be answered',
  'load-peer': 'The peer model could not be loaded',
  export: 'The adapter could not be packed',
  remove: 'The adapter could not be removed',
  resume: 'The run could not be resumed',
  import: 'The adapter could not be imported',
  start: 'The engine could not be started',
};

/** `told`: a message that the place itself shows already, so that it is not said twice. */
export function Notices({ place, told }: { place: Place; told?: string | undefined }) {
  const notices = useNotices(place).filter((notice) => notice.message !== told);
  if (notices.length === 0) return null;
  return (
    <Stack gap="xs" mb="md" data-testid={`notices-${place}`}>
      {notices.map((notice) => (
        <NoticeAlert key={notice.action} notice={notice} />
      ))}
    </Stack>
  );
}

function NoticeAlert({ notice }: { notice: Notice }) {
  const [open, setOpen] = useState(false);
  return (
    <Alert
      role="alert"
      variant="outline"
      color="red"
      bg="var(--panel)"
      icon={<WarnIcon />}
      title={TITLES[notice.action] ?? 'That did not work'}
      withCloseButton
      closeButtonLabel="Put this message away"
      onClose={() => dismiss(notice.action)}
    >
      <Text size="sm" className="reading">
        {notice.message}
      </Text>
      <Group gap="xs" mt={6}>
        <Button size="compact-xs" variant="default" onClick={() => setOpen(!open)} aria-expanded={open}>
          Details
        </Button>
        <CopyButton value={notice.details}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy details'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Collapse expanded={open} keepMounted={false}>
        <Code block mt="xs" fz="xs" mah={180} style={{ overflow: 'auto' }} tabIndex={0}>
          {notice.details}
        </Code>
      </Collapse>
    </Alert>
  );
}
