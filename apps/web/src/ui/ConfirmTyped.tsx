import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** what must be typed before the action is possible */
  word: string;
  action: string;
  busy: boolean;
  onConfirm: () => void;
  /** which clusters, what happens, what could be deleted, how to undo it */
  children: React.ReactNode;
}

/** Confirms what changes clusters: says what happens, and asks for a word to be typed. */
export function ConfirmTyped({ opened, onClose, title, word, action, busy, onConfirm, children }: Props) {
  const [typed, setTyped] = useState('');
  const right = typed === word;
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }} onExitTransitionEnd={() => setTyped('')}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (right) onConfirm();
        }}
      >
        {children}
        <TextInput
          data-autofocus
          label={
            <>
              Type <span className="mono">{word}</span> to confirm
            </>
          }
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red" disabled={!right} loading={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
