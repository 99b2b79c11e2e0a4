/** A dataset of the Hub by its name: look, choose split and file from what is there, open. */
import { Button, Collapse, Group, NativeSelect, PasswordInput, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, formatPlural } from '../../../lib/format.ts';
import type { HubDatasetOffer } from '../../../protocol/dataset.ts';
import { hubProblems } from '../../../state/hub.ts';
import {
  filesOf,
  type HubDataState,
  hubDataStore,
  lookAtDataset,
  openHubDataset,
  readDatasetName,
  splitsOf,
  writeHubData,
} from '../../../state/hub-data.ts';
import { MoreButton } from '../../parts/more-button.tsx';
import { Notices } from '../../parts/notices.tsx';
import { useBusy, useHubData } from '../../use.ts';

export function HubDataset({ disabled, onDone }: { disabled: boolean; onDone?: (() => void) | undefined }) {
  const state = useHubData((h) => h);
  const looking = useBusy('hub-dataset');
  const [asked, setAsked] = useState(false);
  const [more, setMore] = useState(false);
  const { repository, revision, endpoint } = hubProblems(state);
  const wrong = repository && 'Write it as owner/name, for example HuggingFaceH4/Multilingual-Thinking.';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (revision || endpoint) setMore(true);
        if (!repository && !revision && !endpoint) void lookAtDataset();
      }}
    >
      <Group gap="xs" align="flex-start">
        <TextInput
          size="xs"
          label="Or a dataset on the Hub"
          placeholder="owner/name"
          value={state.repository}
          error={asked && wrong}
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => writeHubData(readDatasetName(event.currentTarget.value))}
          style={{ flex: 1 }}
          miw={180}
          data-testid="hub-dataset"
        />
        <Button size="xs" mt={22} variant="default" type="submit" loading={looking} data-testid="hub-dataset-look">
          Look
        </Button>
      </Group>
      <MoreButton label="More: revision, mirror and token" open={more} onClick={() => setMore(!more)} testId="hub-dataset-more" />
      <Collapse expanded={more} keepMounted={false}>
        <More state={state} revision={asked ? revision : undefined} endpoint={asked ? endpoint : undefined} />
      </Collapse>
      <Notices place="data" only={['hub-dataset']} />
      {state.offer && <Files offer={state.offer} path={state.path} disabled={disabled} onDone={onDone} />}
    </form>
  );
}

interface MoreProps {
  state: HubDataState;
  revision: string | undefined;
  endpoint: string | undefined;
}

function More({ state, revision, endpoint }: MoreProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xs" mt={4}>
      <TextInput
        size="xs"
        label="Revision"
        value={state.revision}
        placeholder="main"
        error={revision}
        spellCheck={false}
        onChange={(event) => writeHubData({ revision: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        label="Endpoint"
        value={state.endpoint}
        error={endpoint}
        spellCheck={false}
        onChange={(event) => writeHubData({ endpoint: event.currentTarget.value })}
        data-testid="hub-dataset-endpoint"
      />
      <PasswordInput
        size="xs"
        label="Access token"
        title="For gated or private datasets. Sent to this endpoint only and never stored."
        value={state.token}
        autoComplete="off"
        onChange={(event) => writeHubData({ token: event.currentTarget.value })}
        data-testid="hub-dataset-token"
      />
    </SimpleGrid>
  );
}

interface FilesProps {
  offer: HubDatasetOffer;
  path: string;
  disabled: boolean;
  onDone: (() => void) | undefined;
}

function Files({ offer, path, disabled, onDone }: FilesProps) {
  const splits = splitsOf(offer);
  const files = filesOf(offer, path);
  const choose = (chosen: string): void => hubDataStore.setState({ path: chosen });
  return (
    <div data-testid="hub-dataset-files">
      <Text size="xs" c="dimmed" mt={6} className="numbers">
        {formatPlural(offer.files.length, 'file')} with rows at commit {offer.commit.slice(0, 7)}
        {files.length > 1 && `; ${files.length} of them in this split, opened one at a time`}.
      </Text>
      <Group gap="xs" align="flex-end" mt={4}>
        {splits.length > 1 && (
          <NativeSelect
            size="xs"
            label="Split"
            value={offer.files.find((file) => file.path === path)?.split ?? ''}
            onChange={(event) => choose(offer.files.find(({ split }) => split === event.currentTarget.value)!.path)}
            data={splits.map((split) => ({ value: split, label: split || 'not named' }))}
            data-testid="hub-dataset-split"
          />
        )}
        <NativeSelect
          size="xs"
          label="File"
          style={{ flex: 1, minWidth: 160 }}
          value={path}
          onChange={(event) => choose(event.currentTarget.value)}
          data={files.map((file) => ({ value: file.path, label: `${file.path}, ${formatBytes(file.bytes)}` }))}
          data-testid="hub-dataset-file"
        />
        <Button
          size="xs"
          variant="default"
          disabled={disabled}
          onClick={() => {
            void openHubDataset();
            onDone?.();
          }}
          data-testid="hub-dataset-open"
        >
          Open
        </Button>
      </Group>
    </div>
  );
}
