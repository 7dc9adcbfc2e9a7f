import { CloseButton, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';

/** Typing is written to the URL after this pause, so that history and rendering are not flooded. */
const settleMs = 150;

/** The filter of a page, reached by `/`; its text lives in the URL. */
export function Filter({
  value,
  onChange,
  placeholder,
  label = 'Filter',
}: {
  value: string;
  onChange: (value: string | undefined) => void;
  placeholder: string;
  label?: string;
}) {
  const [text, setText] = useState(value);
  const written = useRef(value);
  useEffect(() => {
    // changed from outside (a link, back): show it; what was typed here is not taken back
    if (value !== written.current) {
      written.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === written.current) return;
    const timer = setTimeout(() => {
      written.current = text;
      onChange(text || undefined);
    }, settleMs);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <TextInput
      data-filter
      size="xs"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
      leftSection={<IconFilter size={14} />}
      rightSection={text ? <CloseButton size="xs" aria-label="Clear the filter" onClick={() => setText('')} /> : null}
      style={{ flex: '1 1 220px', maxWidth: 460 }}
    />
  );
}
