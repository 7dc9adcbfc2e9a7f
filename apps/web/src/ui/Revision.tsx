import { CopyButton, UnstyledButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { commitOf, shortRevision } from './revision-text.js';

/** A revision: seven characters, all of it on hover, a link to its page, and optionally a button that copies it whole. */
export function Revision({ value, copy = false, link = true, tabbable = true }: { value: string | null; copy?: boolean; link?: boolean; tabbable?: boolean }) {
  if (value === null) return <span className="dim">none</span>;
  const commit = commitOf(value);
  const text = shortRevision(value);
  return (
    <span style={{ whiteSpace: 'nowrap', display: 'inline-flex', alignItems: 'center', gap: 3 }}>
      {link && commit ? (
        <Link to="/revisions/$sha" params={{ sha: commit }} className="mono" title={value} tabIndex={tabbable ? 0 : -1}>
          {text}
        </Link>
      ) : (
        <span className="mono" title={value}>
          {text}
        </span>
      )}
      {copy ? (
        <CopyButton value={value}>
          {({ copied, copy: run }) => (
            <UnstyledButton
              onClick={run}
              aria-label={copied ? 'Copied' : `Copy revision ${text} in full`}
              title="Copy in full"
              style={{ lineHeight: 0, padding: 3 }}
              className="dim"
            >
              {copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
            </UnstyledButton>
          )}
        </CopyButton>
      ) : null}
    </span>
  );
}
