/**
 * The library: runs and adapters in one list, newest first, with what they take of the browser's storage. The list is virtualised: of hundreds of
 * entries a screenful is in the page.
 */
import { Button, Group, Paper, Progress, SegmentedControl, Text, TextInput, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import { formatBytes, formatPlural } from '../../../lib/format.ts';
import type { KeptAdapters } from '../../../protocol/model.ts';
import { type LibraryEntry, type LibrarySort, libraryEntries, libraryStore, shownEntries } from '../../../state/library.ts';
import { Scroll } from '../../parts/scroll.tsx';
import { goTo } from '../../router.ts';
import { useFacts, useLibrary, useNoGpu } from '../../use.ts';
import { LibraryRow } from './library-row.tsx';
import classes from './runs.module.css';

/** Fixed, so that nothing has to be measured: on a phone curve and result stand below, and a problem needs two lines more. */
function rowHeight({ run, adapter }: LibraryEntry, narrow: boolean): number {
  const problem = run?.problem ?? adapter?.problem ?? (adapter?.tab_only || undefined);
  return (narrow ? 136 : 70) + (problem ? (narrow ? 60 : 36) : 0);
}

export function Library() {
  const runs = useFacts((f) => f.keptRuns?.runs);
  const kept = useFacts((f) => f.kept);
  const live = useFacts((f) => f.run);
  const query = useLibrary((l) => l.query);
  const sort = useLibrary((l) => l.sort);
  const all = useMemo(() => libraryEntries(runs ?? [], kept?.adapters ?? [], live), [runs, kept, live]);
  const shown = useMemo(() => shownEntries(all, { query, sort }), [all, query, sort]);
  const narrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false });
  const scroller = useRef<HTMLElement>(null);
  const list = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => rowHeight(shown[index]!, narrow),
    getItemKey: (index) => shown[index]!.id,
    overscan: 4,
  });
  if (all.length === 0) return <Empty />;
  return (
    <Paper className="panel" p="lg" data-testid="library">
      <Head count={shown.length} all={all.length} />
      <Findings kept={kept} />
      {shown.length === 0 && (
        <Text size="sm" c="dimmed" py="md">
          Nothing kept matches “{query}”.
        </Text>
      )}
      <Scroll ref={scroller} className={classes.list} label="Runs and adapters" testId="library-list">
        <ul style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => (
            <li
              key={item.key}
              aria-posinset={item.index + 1}
              aria-setsize={shown.length}
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              <LibraryRow entry={shown[item.index]!} />
            </li>
          ))}
        </ul>
      </Scroll>
    </Paper>
  );
}

const SORTS: { value: LibrarySort; label: string }[] = [
  { value: 'date', label: 'Newest' },
  { value: 'result', label: 'Best' },
  { value: 'model', label: 'Model' },
];

function Head({ count, all }: { count: number; all: number }) {
  const { query, sort } = useLibrary((l) => l);
  return (
    <Group justify="space-between" gap="sm" align="flex-end" mb="xs">
      <div>
        <Title order={2}>Kept in this browser</Title>
        <Storage label={count === all ? formatPlural(all, 'run or adapter', 'runs and adapters') : `${count} of ${all}`} />
      </div>
      <Group gap="xs">
        <TextInput
          size="xs"
          w={210}
          type="search"
          aria-label="Search runs and adapters"
          placeholder="Name, model, dataset, lr=0.001"
          value={query}
          onChange={(event) => libraryStore.setState({ query: event.currentTarget.value })}
          data-testid="library-search"
        />
        <SegmentedControl
          size="xs"
          aria-label="Order"
          data={SORTS}
          value={sort}
          onChange={(value) => libraryStore.setState({ sort: value as LibrarySort })}
          data-testid="library-sort"
        />
      </Group>
    </Group>
  );
}

function Storage({ label }: { label: string }) {
  const storage = useFacts((f) => f.keptRuns?.storage);
  const used = storage ? `${formatBytes(storage.used)} of ${formatBytes(storage.limit)}` : '';
  return (
    <>
      <Text size="sm" c="dimmed" className="numbers" data-testid="library-storage" data-used={storage?.used}>
        {[label, used].filter(Boolean).join(', ')}
      </Text>
      {storage && (
        <Progress
          size={3}
          mt={4}
          maw={260}
          value={(100 * storage.used) / Math.max(1, storage.limit)}
          aria-label="Storage used by runs and adapters"
        />
      )}
    </>
  );
}

function Findings({ kept }: { kept: KeptAdapters | null }) {
  const leaving = kept?.adapters.find(({ id }) => id === kept.leaving);
  return (
    <>
      {leaving && (
        <Text size="sm" className={classes.finding} mt="xs" data-testid="kept-leaving">
          The storage for adapters is full: the next one takes the place of <bdi>{leaving.name}</bdi>. Download it first if you need it, or
          delete others.
        </Text>
      )}
      {kept?.short && (
        <Text size="sm" className={classes.finding} mt="xs" data-testid="kept-storage">
          {kept.short}
        </Text>
      )}
    </>
  );
}

function Empty() {
  const noGpu = useNoGpu();
  return (
    <Paper className="panel" p="lg" data-testid="library-empty">
      <Title order={2}>No runs yet</Title>
      <Text size="sm" mt={4} mb={noGpu ? 0 : 'md'} className="reading">
        Every run is kept here when it ends, with its settings, its curves and its adapter; so is every adapter that is imported.
      </Text>
      {!noGpu && (
        <Button variant="default" size="xs" onClick={() => goTo('train')}>
          Train one
        </Button>
      )}
    </Paper>
  );
}
