import { ActionIcon, AppShell, Burger, Button, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconGitCommit,
  IconKeyboard,
  IconLayoutGrid,
  IconLogout,
  IconMoon,
  IconPlus,
  IconSearch,
  IconSun,
  IconUser,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { hub } from '../api/hub.js';
import { queries } from '../api/queries.js';
import { useHubEvents, type FeedState } from '../api/use-hub-events.js';
import { useUtc } from '../ui/clock.js';
import { focusFilter, useKeys } from './keys.js';
import { KeysHelp } from './KeysHelp.js';
import { Palette } from './Palette.js';

const feedWords: Record<FeedState, string> = { connecting: 'Connecting', live: 'Live', interrupted: 'Interrupted, polling' };

/** The frame of every page: navigation, palette, keys, live feed, light and dark, UTC. */
export function Shell() {
  const [navOpened, setNavOpened] = useState(false);
  const [keysOpened, setKeysOpened] = useState(false);
  const [paletteOpened, setPaletteOpened] = useState(false);
  const [utc, setUtc] = useUtc();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  const router = useRouter();
  const client = useQueryClient();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const session = useQuery(queries.session());
  const summary = useQuery(queries.summary());
  const feed = useHubEvents(true);
  useEffect(() => setNavOpened(false), [path]);

  const toggleScheme = () => setColorScheme(scheme === 'dark' ? 'light' : 'dark');
  const bindings = useMemo(
    () => ({
      '?': () => setKeysOpened(true),
      '/': focusFilter,
      'g f': () => void router.navigate({ to: '/' }),
      'g r': () => void router.navigate({ to: '/revisions' }),
      'g i': () => void router.navigate({ to: '/incidents' }),
      'g b': () => void router.navigate({ to: '/rollbacks' }),
      'g o': () => void router.navigate({ to: '/onboard' }),
    }),
    [router],
  );
  useKeys(bindings);

  const signOut = async () => {
    // the page is left even if the hub cannot be told; the cookie then ends by its own time
    await hub.session.logout().catch(() => undefined);
    client.clear();
    await router.navigate({ to: '/login' });
  };

  const links = [
    { to: '/', label: 'Fleet', icon: IconLayoutGrid, count: summary.data?.clusters },
    { to: '/revisions', label: 'Revisions', icon: IconGitCommit, count: undefined },
    { to: '/incidents', label: 'Incidents', icon: IconAlertTriangle, count: summary.data?.firingAlerts },
    { to: '/rollbacks', label: 'Rollbacks', icon: IconArrowBackUp, count: summary.data?.openRollbacks },
    { to: '/onboard', label: 'Onboard', icon: IconPlus, count: undefined },
  ] as const;

  return (
    <AppShell header={{ height: 48 }} navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !navOpened } }} transitionDuration={0}>
      <AppShell.Header style={{ background: 'var(--surface)', borderColor: 'var(--line)' }}>
        <a className="skip" href="#content">
          Skip to content
        </a>
        <div className="row" style={{ height: '100%', padding: '0 14px', flexWrap: 'nowrap', gap: 10 }}>
          <Burger opened={navOpened} onClick={() => setNavOpened((opened) => !opened)} hiddenFrom="sm" size="sm" aria-label="Navigation" />
          <Link to="/" className="row" style={{ color: 'var(--ink)', fontWeight: 650, fontSize: '0.95rem', gap: 8, letterSpacing: '-0.01em' }}>
            <img src="/favicon.svg" alt="" width={22} height={22} />
            Flotilla
          </Link>
          <span style={{ flex: 1 }} />
          <span
            className="feed"
            data-state={feed}
            role="status"
            aria-label={`Feed: ${feedWords[feed]}`}
            title={feed === 'live' ? 'Changes appear as they happen' : 'Lists are read again every 15 s'}
          >
            <i />
            <span className="mantine-visible-from-xs">{feedWords[feed]}</span>
          </span>
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconSearch size={14} />}
            onClick={spotlight.open}
            visibleFrom="xs"
            rightSection={
              <span className="dim" style={{ fontSize: '0.7rem' }}>
                ⌘K
              </span>
            }
          >
            Find
          </Button>
          <ActionIcon variant="subtle" color="gray" hiddenFrom="xs" onClick={spotlight.open} aria-label="Find">
            <IconSearch size={17} />
          </ActionIcon>
          <Tooltip label={utc ? 'Times are in UTC' : 'Times are in your zone'}>
            <Button
              variant={utc ? 'light' : 'subtle'}
              color={utc ? 'accent' : 'gray'}
              size="compact-sm"
              aria-pressed={utc}
              onClick={() => setUtc(!utc)}
              style={utc ? undefined : { color: 'var(--dim)' }}
            >
              UTC
            </Button>
          </Tooltip>
          <ActionIcon variant="subtle" color="gray" onClick={toggleScheme} aria-label={scheme === 'dark' ? 'Switch to light' : 'Switch to dark'}>
            {scheme === 'dark' ? <IconSun size={17} /> : <IconMoon size={17} />}
          </ActionIcon>
          <Menu position="bottom-end" width={200}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`Account ${session.data?.subject ?? ''}`}>
                <IconUser size={17} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>
                {session.data?.subject} · {session.data?.grants.map((grant) => (grant.selector ? `${grant.role} of ${grant.selector}` : grant.role)).join(', ')}
              </Menu.Label>
              <Menu.Item leftSection={<IconKeyboard size={15} />} onClick={() => setKeysOpened(true)}>
                Keys
              </Menu.Item>
              <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void signOut()}>
                Sign out
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </AppShell.Header>
      <AppShell.Navbar p={10} style={{ background: 'var(--surface)', borderColor: 'var(--line)' }} aria-label="Pages">
        <div className="nav">
          {links.map(({ to, label, icon: Icon, count }) => {
            const current = to === '/' ? path === '/' || path.startsWith('/clusters') : path.startsWith(to);
            return (
              <Link key={to} to={to} aria-current={current ? 'page' : undefined}>
                <Icon size={16} aria-hidden />
                {label}
                {count ? <span className="count num">{count.toLocaleString('en')}</span> : null}
              </Link>
            );
          })}
        </div>
      </AppShell.Navbar>
      <AppShell.Main style={{ minWidth: 0 }}>
        <div id="content" tabIndex={-1} style={{ outline: 'none' }}>
          <Outlet />
        </div>
      </AppShell.Main>
      <Palette opened={paletteOpened} onOpenChange={setPaletteOpened} toggleScheme={toggleScheme} />
      <KeysHelp opened={keysOpened} onClose={() => setKeysOpened(false)} />
    </AppShell>
  );
}
