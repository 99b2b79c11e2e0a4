/** A quiet list of named values in columns; a definition list for readers and machines alike. */
import type { ReactNode } from 'react';
import classes from './parts.module.css';

export function FactsList({ items, columns = 3 }: { items: readonly (readonly [string, ReactNode])[]; columns?: number }) {
  return (
    <dl className={classes.facts} style={{ '--facts-columns': columns } as React.CSSProperties}>
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="numbers">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
