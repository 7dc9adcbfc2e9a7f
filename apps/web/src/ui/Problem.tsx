import { IconAlertTriangle } from '@tabler/icons-react';
import { problemOf } from '../api/problem.js';

/** Why a change was not made, with the fields that are wrong. */
export function Problem({ error }: { error: unknown }) {
  const problem = problemOf(error);
  return (
    <div className="notice s-failing" role="alert">
      <IconAlertTriangle size={17} aria-hidden />
      <div className="break" style={{ minWidth: 0 }}>
        <strong>{problem.title}.</strong> {problem.message}
        {problem.errors.length > 0 ? (
          <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
            {problem.errors.map((each) => (
              <li key={each.path + each.message}>
                <span className="mono">{each.path}</span>: {each.message}
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </div>
  );
}
