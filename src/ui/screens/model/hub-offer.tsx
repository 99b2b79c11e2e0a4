/** A repository of the Hub: what it is, what has to be downloaded, whether the browser's storage has space for it, and the download button. */
import { Anchor, Button, Group, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { formatBytes, formatPlural } from '../../../lib/format.ts';
import type { HubOffer } from '../../../protocol/model.ts';
import { isRunning } from '../../../state/facts.ts';
import { openOffer } from '../../../state/hub-actions.ts';
import { describeConfig } from '../../../state/model-config.ts';
import { FactsList } from '../../parts/facts-list.tsx';
import { DownloadIcon } from '../../parts/icons.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { VerdictText } from '../../parts/verdict.tsx';
import { useChosenModel, useFacts, usePlanning } from '../../use.ts';
import classes from './model.module.css';
import { useMayLoad } from './source-cards.tsx';

/** What the planner's answer is about: this commit of the repository, or its built-in config. */
export function plannedAs(repository: string, offer: HubOffer | null): string {
  return `${repository.trim()}@${offer?.commit ?? 'known'}`;
}

/** `children`: what went wrong, below the button. */
export function HubOfferView({ offer, children }: { offer: HubOffer; children: ReactNode }) {
  const { repository, revision, commit, config, blocker } = offer;
  const at = commit.startsWith(revision) ? commit.slice(0, 12) : `${revision}, commit ${commit.slice(0, 7)}`;
  return (
    <div data-testid="hub-offer">
      <Title order={2}>{repository}</Title>
      <Text size="xs" c="dimmed" mb="xs">
        {at}
      </Text>
      <StorageLine offer={offer} />
      {blocker ? (
        <Text size="sm" mt="md" className={classes.finding} data-testid="hub-blocker">
          {blocker}
        </Text>
      ) : (
        <GetIt offer={offer} />
      )}
      {children}
      <div style={{ marginTop: 16 }}>
        <FactsList items={describeConfig(config)} />
      </div>
    </div>
  );
}

/** Files, what is here already, and what this browser lets the page keep. */
function StorageLine({ offer: { files, bytes, stored, needed, storage, blocker } }: { offer: HubOffer }) {
  const [open, setOpen] = useState(false);
  const missing = Math.max(0, bytes - stored);
  return (
    <div>
      <Text size="sm" className="numbers">
        {formatPlural(files.length, 'file')}, {formatBytes(bytes)}
        {stored > 0 && missing > 0 ? `; ${formatBytes(stored)} are cached` : missing === 0 ? '; all of it is cached' : ''}.{' '}
        <Anchor component="button" type="button" size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide files' : 'Show files'}
        </Anchor>
      </Text>
      {open && (
        <ul className={`${classes.files} numbers`}>
          {files.map((file) => (
            <li key={file.path}>
              <span>{file.path}</span>
              <span>{formatBytes(file.bytes)}</span>
            </li>
          ))}
        </ul>
      )}
      {needed > 0 && !blocker && <Storage needed={needed} storage={storage} />}
    </div>
  );
}

/** Where storage is not enough the offer has a blocker, which is shown instead. */
function Storage({ needed, storage }: { needed: number; storage: HubOffer['storage'] }) {
  if (!storage) {
    return (
      <Text size="sm" c="dimmed" mt={2}>
        This browser does not report its storage quota; {formatBytes(needed)} are needed.
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed" mt={2} className="numbers" data-testid="hub-storage">
      {formatBytes(needed)} to store; {formatBytes(storage.available)} are free in this browser's storage
      {storage.persisted
        ? ', which is persistent.'
        : '. Persistent storage will be requested; without it, the browser may delete the files when the disk is full.'}
    </Text>
  );
}

function GetIt({ offer }: { offer: HubOffer }) {
  const opening = useChosenModel((c) => c.opening === 'hub');
  const mayLoad = useMayLoad();
  const running = isRunning(useFacts((f) => f.run?.phase));
  const planned = usePlanning((p) => p.plans.offered);
  const answer = planned?.about === plannedAs(offer.repository, offer) ? planned.answer : null;
  const { bytes, stored } = offer;
  const here = stored >= bytes;
  const missing = formatBytes(bytes - stored);
  const label = here
    ? 'Open'
    : stored > 0
      ? `Resume: ${formatBytes(stored)} of ${formatBytes(bytes)} are cached`
      : `Download and open, ${missing}`;
  if (opening) {
    return (
      <div className={classes.download}>
        <TaskProgress names={['model']} />
        <Text size="xs" c="dimmed">
          Downloaded parts stay on this machine, even if you cancel or close the page.
        </Text>
      </div>
    );
  }
  return (
    <div className={classes.download}>
      <Group gap="sm">
        <Button
          disabled={!mayLoad}
          variant={answer?.verdict === 'does-not-fit' ? 'default' : 'filled'}
          leftSection={here ? undefined : <DownloadIcon size={14} />}
          onClick={() => void openOffer(offer)}
          data-testid="hub-open"
        >
          {label}
        </Button>
        {running ? (
          <Text size="sm" c="dimmed">
            Wait for the run to end, or stop it.
          </Text>
        ) : (
          answer && <VerdictText verdict={answer.verdict} gpuBytes={planned?.gpuBytes ?? null} />
        )}
      </Group>
    </div>
  );
}
