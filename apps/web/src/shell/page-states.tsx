import { Button } from '@mantine/core';
import { Link, useRouter } from '@tanstack/react-router';
import { Empty, Failure, Loading } from '../ui/states.js';

/** While a page's code or session is fetched. */
export function PagePending() {
  return (
    <div className="page">
      <Loading rows={8} label="Loading the page" />
    </div>
  );
}

/** A page that broke; the others go on. */
export function PageError({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <div className="page">
      <h1 style={{ position: 'absolute', left: -9999 }}>Flotilla</h1>
      <Failure what="This page" error={error} retry={() => void router.invalidate()} />
    </div>
  );
}

export function NotFoundPage() {
  return (
    <main className="page">
      <h1 style={{ position: 'absolute', left: -9999 }}>Not found</h1>
      <Empty
        title="There is no page at this address"
        action={
          <Button component={Link} to="/" variant="default">
            Go to the fleet
          </Button>
        }
      />
    </main>
  );
}
