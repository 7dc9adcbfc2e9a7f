import { useId } from 'react';

/** A titled region of a page. */
export function Panel({
  title,
  actions,
  children,
  flush = false,
  level = 2,
}: {
  title: React.ReactNode;
  actions?: React.ReactNode;
  children: React.ReactNode;
  flush?: boolean;
  level?: 2 | 3;
}) {
  const id = useId();
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <Heading id={id} style={{ fontSize: '0.875rem', fontWeight: 600 }}>
          {title}
        </Heading>
        <span className="grow" />
        {actions}
      </header>
      <div className={flush ? 'flush' : 'body'}>{children}</div>
    </section>
  );
}
