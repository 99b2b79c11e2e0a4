/** What the Hub says of a repository: what it is, what has to be fetched, whether there is room for it here, and the button that gets it. */
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

/** What the planner's answer is about: this commit of the repository, or its config as it is known by heart. */
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
      <Room offer={offer} />
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
function Room({ offer: { files, bytes, stored, needed, storage, blocker } }: { offer: HubOffer }) {
  const [open, setOpen] = useState(false);
  const missing = Math.max(0, bytes - stored);
  return (
    <div>
      <Text size="sm" className="numbers">
        {formatPlural(files.length, 'file')}, {formatBytes(bytes)}
        {stored > 0 && missing > 0 ? `; ${formatBytes(stored)} are here already` : missing === 0 ? '; all of it is here already' : ''}.{' '}
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

/** Where the engine found no room the offer has a blocker, which says so instead. */
function Storage({ needed, storage }: { needed: number; storage: HubOffer['storage'] }) {
  if (!storage) {
    return (
      <Text size="sm" c="dimmed" mt={2}>
        This browser does not tell how much the page may keep; {formatBytes(needed)} are needed.
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed" mt={2} className="numbers" data-testid="hub-storage">
      {formatBytes(needed)} to store; this browser has room for {formatBytes(storage.available)}
      {storage.persisted
        ? ' and promises to keep it.'
        : '. It will be asked to keep it; until it promises, it may clear it when the disk gets full.'}
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
  const words = here
    ? 'Open'
    : stored > 0
      ? `Go on: ${formatBytes(stored)} of ${formatBytes(bytes)} are here`
      : `Download and open, ${missing}`;
  if (opening) {
    return (
      <div className={classes.download}>
        <TaskProgress names={['model']} />
        <Text size="xs" c="dimmed">
          What is fetched stays on this machine, also when you cancel or close the page.
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
          {words}
        </Button>
        {running ? (
          <Text size="sm" c="dimmed">
            Wait for the run to end, or stop it.
          </Text>
        ) : (
          answer && <VerdictText verdict={answer.verdict} room={planned?.room ?? null} />
        )}
      </Group>
    </div>
  );
}
