/** The parts of Data as links: the rows of the dataset, and making rows with a model; the second says how far it is. */
import { formatInteger } from '../../../lib/format.ts';
import { hashOf } from '../../router.ts';
import { useFacts } from '../../use.ts';
import classes from './data.module.css';

/** In the hash (#/data/make). */
export const MAKE = 'make';

export function DataParts({ part }: { part: string }) {
  const making = useFacts((f) => f.traces);
  const far = making?.phase === 'running' ? `, ${formatInteger(making.done)} of ${formatInteger(making.total)}` : '';
  const link = (to: string, label: string) => (
    <a href={hashOf('data', to)} aria-current={part === to ? 'page' : undefined} data-testid={`data-part-${to || 'rows'}`}>
      {label}
    </a>
  );
  return (
    <nav className={classes.parts} aria-label="Parts of Data">
      {link('', 'Rows')}
      {link(MAKE, `Make rows with a model${far}`)}
    </nav>
  );
}
