import { commitOf } from '../../ui/revision-text.js';

/** Shades of the accent for revisions, not colours of state: the newest is the deepest, older ones pale out. */
export const bandColours = { steps: ['#5b46c9', '#8f80dd', '#b9aeea', '#7f8aa3', '#a8b0c2', '#c9ced9'], other: '#d9dce3' } as const;

/** The colour of each revision, newest first, the same in river and bars. */
export function coloursOf(revisionsNewestFirst: readonly string[]): Map<string, string> {
  const colours = new Map<string, string>();
  for (const revision of revisionsNewestFirst) {
    const commit = commitOf(revision) ?? revision;
    if (!colours.has(commit)) colours.set(commit, bandColours.steps[colours.size] ?? bandColours.other);
  }
  return colours;
}
