import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser } from './browser';
import type { Browser, Locator, Page } from './browser';
import { Panel } from './panel';
import { root } from './vsCodeServer';
import type { VsCodeServer } from './vsCodeServer';
import { patience, until } from './waiting';

export type Theme = 'Default Dark Modern' | 'Default Light Modern' | 'Default High Contrast' | 'Default High Contrast Light';

export interface WindowOptions {
  /** The server's own workspace where left out. */
  readonly folder?: string;
  readonly theme?: Theme;
  readonly size?: { readonly width: number; readonly height: number };
  /** Pixels of a picture for each pixel of the page. */
  readonly scale?: number;
  /** Pairs that VS Code takes from a page's address, such as an extension under development. */
  readonly payload?: readonly (readonly [string, string])[];
  /** Runs before the address is opened. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** What VS Code itself says in a browser without a network or its proprietary parts, and what is none of ours. */
const notOurs = [
  /open-vsx\.org/,
  /vsda(_bg)?\.(js|wasm)/,
  /github-authentication|authentication provider 'github'/i,
  // Our own page and its files come from vscode-resource.vscode-cdn.net, which is inside this machine.
  /https?:\/\/(?:[\w+-]+\.)*(?<!vscode-resource\.)(?:vscode-cdn\.net|microsoft\.com|visualstudio\.com)/,
  // Native parts for its log and its watchdog, which are not built for tests.
  /@vscode\/spdlog|build\/Release\/watchdog/,
  /\[lifecycle\] Long running operations during shutdown/,
  // Its log of the window is still being written when the window is reloaded.
  /Unable to write file 'vscode-log:/,
  // What it has begun to look at in a text whose editor is closed.
  /Model is disposed!\s+at \S+ \(https?:\/\/\S+\/workbench\.js/,
];

/** Opens a window on a VS Code that `startVsCode` started. */
export async function openWindow(server: VsCodeServer, options: WindowOptions = {}): Promise<VsCodeWindow> {
  if (options.theme) server.configure({ 'workbench.colorTheme': options.theme });
  const browser = await launchBrowser();
  try {
    const viewport = options.size ?? { width: 1280, height: 860 };
    const context = await browser.newContext({ viewport, deviceScaleFactor: options.scale ?? 1, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const window = new VsCodeWindow(browser, page, server);
    await options.prepare?.(page);
    const address = new URL(server.url);
    address.searchParams.set('folder', options.folder ?? server.workspace);
    if (options.payload) address.searchParams.set('payload', JSON.stringify(options.payload));
    await page.goto(address.href);
    await window.waitForWorkbench();
    return window;
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** A window of VS Code, and what a person does in it. */
export class VsCodeWindow {
  private readonly console: string[] = [];
  private readonly errors: string[] = [];

  constructor(private readonly browser: Browser, readonly page: Page, readonly server: VsCodeServer) {
    page.on('console', (message) => { this.note(message.type(), message.text(), message.location().url); });
    page.on('pageerror', (error) => { this.note('error', error.stack ?? error.message, ''); });
  }

  /** The panel in front. */
  panel(index = 0): Panel {
    return new Panel(this.page, index);
  }

  /**
   * Errors in the console of the page and its frames that are not VS Code's own.
   *
   * @param expected what a test provoked: VS Code writes the text of every error notification to the console, too
   */
  consoleErrors(...expected: readonly RegExp[]): readonly string[] {
    return this.errors.filter((error) => !expected.some((pattern) => pattern.test(error)));
  }

  async waitForWorkbench(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }

  /** Runs a command from the palette by its title, such as "ReSeFa: Discover Directions". Waits until it is known. */
  async runCommand(title: string): Promise<void> {
    await until(`the command "${title}" in the palette`, async () => {
      try {
        await this.tryCommand(title);
        return true;
      } catch {
        await this.page.keyboard.press('Escape');
        return undefined;
      }
    });
  }

  /**
   * Fails soon where the command is not in the list: an open palette does not learn of commands that are contributed
   * later. It also fails where the palette closes by itself, as it does when a panel that has just opened takes the focus.
   */
  private async tryCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput.fill(`>${title}`, { timeout: 3000 });
    const row = this.quickPick(title).first();
    await row.waitFor({ timeout: 1500 });
    await row.click({ timeout: 3000 });
  }

  /** The text field at the top of the window, where commands ask. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input.input');
  }

  /** An entry of the list below it, by its label. */
  quickPick(label: string): Locator {
    const quoted = JSON.stringify(label).slice(1, -1);
    return this.page.locator(`.quick-input-list .monaco-list-row[aria-label="${quoted}"], .quick-input-list .monaco-list-row[aria-label^="${quoted},"]`);
  }

  /** Answers what a command asks at the top of the window. */
  async answer(text: string): Promise<void> {
    await this.quickInput.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Chooses from the list that a command shows at the top of the window. */
  async pick(label: string): Promise<void> {
    await this.quickPick(label).first().click();
  }

  /** Runs a command and chooses from the list that it shows; anew where a page that has just opened takes the focus, which closes the list. */
  async runAndPick(title: string, label: string): Promise<void> {
    await until(`"${label}" in the list of "${title}"`, async () => {
      await this.runCommand(title);
      if (await this.quickPick(label).first().click({ timeout: 5000 }).then(() => true, () => false)) return true;
      await this.page.keyboard.press('Escape');
      return undefined;
    });
  }

  /** A notification that contains a text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  async waitForNotification(text: string | RegExp): Promise<Locator> {
    const notification = this.notification(text).first();
    await notification.waitFor();
    return notification;
  }

  /** Clicks a button of the notification that contains a text. */
  async answerNotification(text: string | RegExp, button: string): Promise<void> {
    const notification = await this.waitForNotification(text);
    // The buttons of a notification show when the mouse is over it.
    await notification.hover();
    await notification.locator('.notification-list-item-buttons-container .monaco-button').filter({ hasText: button }).click();
  }

  async dismissNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
  }

  /** Chooses an item from the menu of a file in the explorer. */
  async chooseInExplorer(file: string, item: string): Promise<void> {
    await this.runCommand('View: Show Explorer');
    const row = this.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: file }).first();
    const entry = this.page.getByRole('menuitem', { name: item }).first();
    // An open menu does not learn of items that are contributed later, so each try opens it anew.
    await until(`"${item}" in the menu of ${file}`, async () => {
      await row.click({ button: 'right' });
      if (await entry.waitFor({ timeout: 1500 }).then(() => true, () => false)) return true;
      await this.page.keyboard.press('Escape');
      return undefined;
    });
    // A menu that has just opened takes no clicks, lest the one that opened it counts twice.
    await until(`the menu to take "${item}"`, async () => {
      await entry.click({ timeout: 5000 });
      return entry.waitFor({ state: 'hidden', timeout: 1000 }).then(() => true, () => undefined);
    });
  }

  /** The tab of an editor, by what stands on it. */
  tab(title: string | RegExp): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: title });
  }

  /** Reloads the window as VS Code's own command does: with everything saved that VS Code saves. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.waitForWorkbench();
  }

  /** Saves a picture of the window and its console under test-results/; returns where. */
  async saveEvidence(name: string): Promise<string> {
    const folder = join(root, 'test-results');
    const path = join(folder, name.replaceAll(/[^\w.-]+/g, '-').slice(0, 100));
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.log`, `${this.console.join('\n')}\n`);
    await this.page.screenshot({ path: `${path}.png` });
    return `${path}.png`;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  private note(type: string, text: string, url: string): void {
    const line = `${text}${url ? ` (${url})` : ''}`;
    this.console.push(`${type}: ${line}`);
    if (type === 'error' && !notOurs.some((pattern) => pattern.test(line))) this.errors.push(line);
  }
}
