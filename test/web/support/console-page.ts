import { AxeBuilder } from '@axe-core/playwright';
import { permissions, type SessionResponse } from '@flotilla/contracts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startBrowser } from './browser.js';
import { consoleFolder } from './console-build.js';
import { credentials, FakeApi } from './fake-api.js';
import type { FakeFleet } from './fleet-builders.js';

export interface OpenOptions {
  width?: number;
  height?: number;
  dark?: boolean;
  permissions?: SessionResponse['permissions'];
  /** run before the first page is opened */
  before?: (api: FakeApi) => void;
  signedOut?: boolean;
}

/** The browser of a test file and all it opened. */
export class ConsoleBrowser {
  private readonly opened: { api: FakeApi; context: BrowserContext }[] = [];
  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<ConsoleBrowser> {
    return new ConsoleBrowser(await startBrowser());
  }

  /** A signed-in console at `path` over `fleet`. */
  async open(fleet: FakeFleet, path: string, options: OpenOptions = {}): Promise<ConsolePage> {
    const api = await FakeApi.start(fleet, consoleFolder, options.permissions ?? [...permissions]);
    options.before?.(api);
    const context = await this.browser.newContext({
      viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
      colorScheme: options.dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    this.opened.push({ api, context });
    if (!options.signedOut) await context.request.post(`${api.url}/api/v1/session`, { data: credentials });
    const page = await context.newPage();
    const it = new ConsolePage(page, api);
    await page.goto(`${api.url}${path}`);
    return it;
  }

  /** Closes what a test opened. */
  async clean(): Promise<void> {
    for (const { api, context } of this.opened.splice(0)) {
      await context.close();
      await api.stop();
    }
  }

  async stop(): Promise<void> {
    await this.clean();
    await this.browser.close();
  }
}

/** One open console: what tests do and look at, whatever the page. */
export class ConsolePage {
  /** what the browser complained of: script errors, refused by policy, failed loads of our own files */
  readonly complaints: string[] = [];
  constructor(
    readonly page: Page,
    readonly api: FakeApi,
  ) {
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // the browser reports every answer of 4xx and 5xx itself; those are what the tests provoke
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) this.complaints.push(message.text());
      if (message.type() === 'warning' && /Content.Security.Policy|Refused to/i.test(message.text())) this.complaints.push(message.text());
    });
  }

  /** Until no placeholder is left. */
  async settled(): Promise<void> {
    await this.page.locator('h1').first().waitFor({ state: 'attached' });
    // not by a function in the page: the policy refuses to evaluate one
    await this.page.locator('[role=status][aria-label^=Loading]').first().waitFor({ state: 'detached' });
  }

  /** Violations of axe's rules, one line each; empty is clean. */
  async violations(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']).analyze();
    return violations.flatMap((violation) =>
      violation.nodes.slice(0, 3).map((node) => `${violation.id}: ${node.html.slice(0, 160)} (${node.failureSummary?.split('\n')[1]?.trim() ?? ''})`),
    );
  }

  /** By how many pixels the page is wider than the window. */
  async overflow(): Promise<number> {
    return this.page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  }

  async text(): Promise<string> {
    return this.page.locator('main').innerText();
  }
}
