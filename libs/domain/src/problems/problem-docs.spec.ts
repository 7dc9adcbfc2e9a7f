import { closeCodes, commandOutcomes, problems } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { renderProblemDocs, renderProblemPage } from './problem-docs.js';

const anchors = [...Object.keys(problems), ...closeCodes.map((code) => `close-${code}`), ...commandOutcomes.map((code) => `command-${code}`)];

describe('the reference of problems', () => {
  it('has one heading per code, as Markdown and as a page', () => {
    expect([...renderProblemDocs().matchAll(/^### (\S+)$/gm)].map(([, code]) => code)).toEqual(anchors);
    expect([...renderProblemPage().matchAll(/<section id="([\w-]+)">/g)].map(([, code]) => code)).toEqual(anchors);
  });
  it('says of each what it means and what to do, in sentences', () => {
    const parts = renderProblemDocs().split(/^### /m).slice(1);
    for (const part of parts) expect(part).toMatch(/^\S+\n\n(\*\*\d{3} · .+\*\*\n\n)?[A-Z][^\n]+\.\n\nWhat to do: [A-Z`][^\n]+\.\n/);
  });
  it('shows what looks like markup as text', () => expect(renderProblemPage()).toContain('<code>Authorization: Bearer &lt;API token&gt;</code>'));
});
