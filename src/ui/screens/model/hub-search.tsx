/** Searching the Hub by a part of a name: the field, what was found, and of the rest why it does not run here. */
import { Button, Group, Loader, Text, TextInput, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatBytes, formatCount, formatPlural } from '../../../lib/format.ts';
import type { FoundModel, HubFindings } from '../../../protocol/hub-search.ts';
import { hubProblems } from '../../../state/hub.ts';
import { fitFound, searchHub, usable, writeSearch } from '../../../state/hub-search.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { MoreButton } from '../../parts/more-button.tsx';
import { Notices } from '../../parts/notices.tsx';
import { useBusy, useHub, useHubSearch, usePlanning } from '../../use.ts';
import classes from './model.module.css';
import { ModelTable, trainsText } from './model-table.tsx';

/** Its errors are shown below the field. */
export const SEARCH_ACTIONS = ['hub-search'];

export function SearchForm() {
  const { text } = useHubSearch();
  const endpoint = useHub((h) => h.endpoint);
  const searching = useBusy('hub-search');
  const wrong = hubProblems({ repository: 'a/b', revision: 'main', endpoint }).endpoint !== undefined;
  const host = wrong ? 'the endpoint' : new URL(endpoint.trim()).host;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) void searchHub();
      }}
    >
      <div className={classes.search}>
        <TextInput
          size="xs"
          type="search"
          label="Search the Hub"
          description={`A part of a name. Sent to ${host} when you press Search, not before.`}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder="qwen3"
          value={text}
          maxLength={200}
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => writeSearch(event.currentTarget.value)}
          rightSection={searching ? <Loader size={14} role="img" aria-label={`Searching ${host}`} /> : null}
          data-testid="hub-search"
        />
        <Button size="xs" type="submit" variant="default" disabled={wrong} data-testid="hub-search-go">
          Search
        </Button>
      </div>
      <Notices place="model" only={SEARCH_ACTIONS} />
    </form>
  );
}

export function Findings({ found, onChoose }: { found: HubFindings; onChoose: (repository: string) => void }) {
  const bytes = usePlanning((p) => p.gpu_bytes);
  const { fits } = useHubSearch();
  useEffect(() => {
    if (found && bytes !== null) void fitFound();
  }, [found, bytes]);
  const [here, others] = usable(found);
  const borrowed = here.some(({ sizes_of }) => sizes_of !== undefined);
  return (
    <section data-testid="hub-found">
      <Group justify="space-between" gap="xs" mb={4}>
        <div role="status">
          <Title order={3}>
            {headingOf(found, here.length)} for “
            <Foreign text={found.text} />”
          </Title>
        </div>
        <Button size="compact-xs" variant="default" onClick={() => writeSearch('')} data-testid="hub-search-back">
          Back to the list
        </Button>
      </Group>
      {here.length > 0 && (
        <ModelTable
          label="Found models"
          last="Downloads a month"
          testId="found-model"
          onChoose={onChoose}
          rows={here.map((model) => ({
            repository: model.repository,
            badges: [...(model.gated ? ['gated'] : []), ...(model.private ? ['private'] : [])],
            parameters: model.parameters,
            bytes: model.bytes,
            trains: bytes === null ? '–' : trainsOf(model, fits[model.repository] && trainsText(fits[model.repository]!), bytes),
            licence: model.licence ?? 'not stated',
            last: model.downloads === null ? '–' : formatCount(model.downloads),
          }))}
        />
      )}
      <Text size="xs" c="dimmed" mt={4}>
        {[
          found.models.length === 0 && 'No name of a repository there contains these words.',
          borrowed && 'Planned as the known model of the same family and size; choosing one reads its own config.json.',
          found.cut && 'These are the most downloaded; a longer part of the name finds others.',
        ]
          .filter(Boolean)
          .join(' ')}
      </Text>
      {others.length > 0 && <Others models={others} alone={here.length === 0} />}
    </section>
  );
}

function headingOf({ models }: HubFindings, here: number): string {
  if (models.length === 0) return 'Nothing found';
  return here === 0 ? 'None that runs here' : `${formatPlural(here, 'model')} that may run here`;
}

/** Without its sizes only the weights are known: they may be too many already. */
function trainsOf({ config, bytes }: FoundModel, fit: string | undefined, gpuBytes: number): string {
  if (config) return fit ?? '…';
  if (bytes !== null && bytes > gpuBytes) return `does not fit: ${formatBytes(bytes)}`;
  return 'choose it to see';
}

function Others({ models, alone }: { models: FoundModel[]; alone: boolean }) {
  const [open, setOpen] = useState(alone);
  const many = models.length === 1 ? 'One other does' : `${models.length} others do`;
  return (
    <>
      <MoreButton label={`${many} not run here`} open={open} onClick={() => setOpen(!open)} testId="hub-others" />
      {open && (
        <ul className={classes.others}>
          {models.map(({ repository, problem }) => (
            <li key={repository} data-testid="other-model">
              <Foreign text={repository} />: <Foreign text={problem ?? ''} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
