import { Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle, IconRefresh } from '@tabler/icons-react';
import { problemOf } from '../api/problem.js';

/** Lines in the place of what is being read, of the same height, so that nothing jumps when it arrives. */
export function Loading({ rows = 5, height = 34, label = 'Loading' }: { rows?: number; height?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} style={{ padding: 14, display: 'flex', flexDirection: 'column', gap: 8 }}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height - 12} width={`${96 - ((index * 17) % 40)}%`} />
      ))}
    </div>
  );
}

/** Nothing here, said in one sentence, with the next step. */
export function Empty({ title, children, action }: { title: string; children?: React.ReactNode; action?: React.ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children ? <span>{children}</span> : null}
      {action}
    </div>
  );
}

/** What failed and what to do; the request id leads to the hub's log. */
export function Failure({ error, retry, what }: { error: unknown; retry?: () => void; what: string }) {
  const problem = problemOf(error);
  return (
    <div className="notice s-failing" role="alert" style={{ margin: 14 }}>
      <IconAlertTriangle size={17} aria-hidden />
      <div style={{ minWidth: 0, flex: 1 }}>
        <strong>
          {what} could not be read: {problem.title}
        </strong>
        <div className="break">{problem.message}</div>
        {problem.requestId ? <div className="dim mono">request {problem.requestId}</div> : null}
        {retry ? (
          <Button mt={8} variant="default" leftSection={<IconRefresh size={14} />} onClick={retry}>
            Try again
          </Button>
        ) : null}
      </div>
    </div>
  );
}

/** Part of a list could not be read; the rest is shown below it. */
export function Partial({ children }: { children: React.ReactNode }) {
  return (
    <div className="notice s-suspended" role="status">
      <IconAlertTriangle size={17} aria-hidden />
      <div className="break">{children}</div>
    </div>
  );
}

/** Something is not possible here, said before it is tried. */
export function NotPossible({ children }: { children: React.ReactNode }) {
  return (
    <div className="notice">
      <IconInfoCircle size={17} aria-hidden />
      <div className="break">{children}</div>
    </div>
  );
}
