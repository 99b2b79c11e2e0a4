/** Models in rows, known ones or found ones: what each is, what it weighs, and how long rows may be that it trains on. A click takes one. */
import { Anchor, Badge, Table } from '@mantine/core';
import { formatBytes, formatCount, formatInteger } from '../../../lib/format.ts';
import type { KnownFit } from '../../../state/model-list.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useHub } from '../../use.ts';

export interface TableRow {
  repository: string;
  badges: string[];
  parameters: number | null;
  bytes: number | null;
  trains: string;
  licence: string;
  last: string;
}

interface Props {
  label: string;
  /** Heading of the last column. */
  last: string;
  rows: TableRow[];
  onChoose: (repository: string) => void;
  testId: string;
}

export function ModelTable({ label, last, rows, onChoose, testId }: Props) {
  const chosen = useHub((h) => h.repository.trim().toLowerCase());
  return (
    <Scroll label={label} style={{ overflow: 'auto', maxHeight: 260 }}>
      <Table fz="xs" verticalSpacing={3} stickyHeader style={{ whiteSpace: 'nowrap' }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Model</Table.Th>
            <Table.Th ta="right">Trains</Table.Th>
            <Table.Th ta="right">Download</Table.Th>
            <Table.Th ta="right">Parameters</Table.Th>
            <Table.Th>Licence</Table.Th>
            <Table.Th>{last}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Row key={row.repository} row={row} isChosen={row.repository.toLowerCase() === chosen} onChoose={onChoose} testId={testId} />
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

function Row({ row, isChosen, onChoose, testId }: { row: TableRow; isChosen: boolean } & Pick<Props, 'onChoose' | 'testId'>) {
  const { repository, badges, parameters, bytes, trains, licence, last } = row;
  return (
    <Table.Tr data-testid={testId} bg={isChosen ? 'var(--mantine-color-default-hover)' : undefined}>
      <Table.Td>
        <Anchor
          component="button"
          type="button"
          fz="xs"
          mih={24}
          fw={isChosen ? 600 : undefined}
          aria-current={isChosen}
          onClick={() => onChoose(repository)}
        >
          <Foreign text={repository} />
        </Anchor>{' '}
        {badges.map((badge) => (
          <Badge key={badge} size="xs" variant="light" mr={4}>
            {badge}
          </Badge>
        ))}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {trains}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {bytes === null ? '–' : formatBytes(bytes)}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {parameters === null ? '–' : formatCount(parameters)}
      </Table.Td>
      <Table.Td>{licence}</Table.Td>
      <Table.Td className="numbers" style={{ whiteSpace: 'normal', minWidth: 200 }}>
        {last}
      </Table.Td>
    </Table.Tr>
  );
}

/** What the planner found, in a cell. */
export function trainsText({ max_length, peak }: KnownFit): string {
  return max_length === null ? `does not fit: ${formatBytes(peak)}` : `up to ${formatInteger(max_length)}`;
}
