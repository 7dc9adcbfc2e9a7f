/** Labels of a cluster, as `key value` tags in the order of their keys. */
export function Labels({ labels }: { labels: Record<string, string> }) {
  const entries = Object.entries(labels).toSorted(([left], [right]) => left.localeCompare(right));
  if (entries.length === 0) return <span className="dim">no labels</span>;
  return (
    <span className="chips">
      {entries.map(([key, value]) => (
        <span key={key} className="tag">
          {key}
          <b>{value}</b>
        </span>
      ))}
    </span>
  );
}
