/** Errors of a place: one sentence each, details to copy, and a button to dismiss it. */
import { Alert, Button, Code, Collapse, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { dismiss, type Notice, type Place } from '../../state/pending.ts';
import { useNotices } from '../use.ts';
import { Failure } from './failure.tsx';
import { Marked } from './foreign.tsx';

const TITLES: Record<string, string> = {
  'load-model': 'The model could not be loaded',
  'load-hub': 'The model could not be fetched and opened',
  'load-bundled': 'The bundled model could not be loaded',
  'hub-offer': 'The Hub did not answer the request',
  'hub-search': 'The Hub could not be searched',
  'open-folder': 'The folder could not be opened',
  'list-cached': 'The models cached in this browser could not be listed',
  'delete-cached': 'The model could not be deleted',
  'pause-download': 'The download could not be paused',
  'self-test': 'The self-test could not be finished',
  'reopen-dataset': 'The dataset of your last visit is not here',
  'read-dataset': 'The dataset could not be read',
  'read-rows': 'The rows could not be shown',
  'hub-dataset': 'The Hub did not answer the request',
  'read-row': 'This row could not be shown',
  'count-again': 'The tokens could not be counted',
  'count-tokens': 'The tokens could not be counted',
  readiness: 'These settings cannot be planned',
  'follow-length': 'A length for these rows could not be planned',
  train: 'The run could not continue',
  ask: 'The question could not be answered',
  'read-questions': 'The questions could not be read',
  'hub-questions': 'The Hub did not answer the request',
  forecast: 'The evaluation could not be planned',
  evaluate: 'The evaluation could not start',
  'evaluation-table': 'The result could not be opened',
  'evaluation-answers': 'The answers could not be shown',
  'compare-evaluated': 'The columns could not be compared',
  'export-evaluation': 'The result could not be exported',
  'rename-evaluation': 'The result could not be renamed',
  'delete-evaluation': 'The result could not be deleted or brought back',
  'pause-evaluation': 'The evaluation could not be paused',
  'forecast-traces': 'The making of rows could not be planned',
  'make-traces': 'Rows could not be made',
  'pause-traces': 'The making of rows could not be paused',
  'cancel-traces': 'The making of rows could not be cancelled',
  'shown-traces': 'The answers could not be shown',
  'reselect-traces': 'Other answers could not be chosen',
  'export-traces': 'The rows could not be exported',
  'rename-traces': 'The set could not be renamed',
  'delete-traces': 'The set could not be deleted or brought back',
  'list-traces': 'The sets of earlier visits could not be listed',
  'load-peer': 'The peer model could not be loaded',
  export: 'The adapter could not be exported',
  'export-model': 'The bundled model could not be exported',
  remove: 'The adapter could not be taken off',
  stand: 'The adapter could not be put on the model',
  'export-kept': 'The adapter could not be exported',
  rename: 'The adapter could not be renamed',
  delete: 'The adapter could not be deleted or brought back',
  resume: 'The run could not be resumed',
  import: 'The adapter could not be imported',
  start: 'The engine could not be started',
};

const AGAIN: Record<string, string> = {
  'load-model': 'Open it again',
  'load-hub': 'Go on with it',
  'load-bundled': 'Open it again',
  'read-dataset': 'Read it again',
  'self-test': 'Test again',
  'load-peer': 'Load it again',
  import: 'Import it again',
};

const LONGEST_SHOWN = 420;
const SHOWN_OF_LONG = 300;

interface Props {
  place: Place;
  /** A message that the place itself shows already. */
  shown?: string | undefined;
  /** Only of these actions, or all but these, where a place shows some of its notices beside the thing they are about. */
  only?: readonly string[];
  except?: readonly string[];
}

export function Notices({ place, shown, only, except = [] }: Props) {
  const wanted = ({ action }: Notice) => (only ? only.includes(action) : !except.includes(action));
  const notices = useNotices(place).filter((notice) => notice.message !== shown && wanted(notice));
  if (notices.length === 0) return null;
  return (
    <Stack gap="xs" mb="md" data-testid={`notices-${place}`}>
      {notices.map((notice) =>
        notice.again ? (
          <CancelNote key={notice.action} notice={notice} again={notice.again} />
        ) : (
          <NoticeAlert key={notice.action} notice={notice} />
        ),
      )}
    </Stack>
  );
}

/** What was cancelled, and the button that begins it anew. */
function CancelNote({ notice, again }: { notice: Notice; again: () => unknown }) {
  return (
    <Alert
      role="status"
      variant="outline"
      color="gray"
      bg="var(--panel)"
      title="Cancelled"
      withCloseButton
      closeButtonLabel="Dismiss this message"
      onClose={() => dismiss(notice.action)}
      data-testid={`cancelled-${notice.action}`}
    >
      <Text size="sm" className="reading">
        {notice.message}
      </Text>
      <Button size="compact-xs" variant="default" mt={6} onClick={() => void again()}>
        {AGAIN[notice.action] ?? 'Try again'}
      </Button>
    </Alert>
  );
}

function NoticeAlert({ notice }: { notice: Notice }) {
  const [open, setOpen] = useState(false);
  return (
    <Failure
      title={TITLES[notice.action] ?? 'That did not work'}
      withCloseButton
      closeButtonLabel="Dismiss this message"
      onClose={() => dismiss(notice.action)}
    >
      <Message text={notice.message} />
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
          <Marked text={notice.details} />
        </Code>
      </Collapse>
    </Failure>
  );
}

/** A message that lists every problem of a file can be very long: its beginning, and the rest on request. */
function Message({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const long = text.length > LONGEST_SHOWN;
  const cut = text.slice(0, SHOWN_OF_LONG);
  const beginning = cut.slice(0, cut.includes('; ') ? cut.lastIndexOf('; ') + 1 : cut.lastIndexOf(' ')); // whole clauses where there are some
  return (
    <>
      <Text size="sm" className="reading">
        <Marked text={long && !whole ? `${beginning} …` : text} />
      </Text>
      {long && (
        <Button size="compact-xs" variant="subtle" px={4} mt={2} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Show less' : 'Show all'}
        </Button>
      )}
    </>
  );
}
