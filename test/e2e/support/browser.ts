import { pathToFileURL } from 'node:url';
import { ensureChromium, ensureEditorTools } from '../../../scripts/editorTools.mjs';

// The part of Playwright that the tests use. It is installed beside the project, so its own types are not at hand.

export interface Waiting {
  readonly timeout?: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ByRole {
  readonly name?: string | RegExp;
  readonly exact?: boolean;
  readonly checked?: boolean;
}

interface Clicking extends Waiting {
  readonly button?: 'left' | 'right' | 'middle';
  readonly position?: Point;
  readonly force?: boolean;
}

/** What finds elements. */
export interface Finder<Self> {
  locator(selector: string): Locator;
  getByRole(role: string, options?: ByRole): Locator;
  getByText(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  getByLabel(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  frameLocator(selector: string): FrameLocator;
  first(): Self;
  last(): Self;
  nth(index: number): Self;
}

export type FrameLocator = Finder<FrameLocator>;

export interface Locator extends Finder<Locator> {
  filter(options: { readonly hasText?: string | RegExp; readonly has?: Locator; readonly visible?: boolean }): Locator;
  click(options?: Clicking): Promise<void>;
  dblclick(options?: Clicking): Promise<void>;
  hover(options?: Waiting): Promise<void>;
  focus(options?: Waiting): Promise<void>;
  fill(text: string, options?: Waiting): Promise<void>;
  press(key: string, options?: Waiting): Promise<void>;
  pressSequentially(text: string): Promise<void>;
  check(options?: Waiting): Promise<void>;
  uncheck(options?: Waiting): Promise<void>;
  selectOption(value: string, options?: Waiting): Promise<readonly string[]>;
  dispatchEvent(type: string, init?: object): Promise<void>;
  scrollIntoViewIfNeeded(options?: Waiting): Promise<void>;
  all(): Promise<readonly Locator[]>;
  count(): Promise<number>;
  isVisible(): Promise<boolean>;
  isChecked(options?: Waiting): Promise<boolean>;
  isDisabled(options?: Waiting): Promise<boolean>;
  isEnabled(options?: Waiting): Promise<boolean>;
  inputValue(options?: Waiting): Promise<string>;
  textContent(options?: Waiting): Promise<string | null>;
  innerText(options?: Waiting): Promise<string>;
  allInnerTexts(): Promise<readonly string[]>;
  allTextContents(): Promise<readonly string[]>;
  getAttribute(name: string, options?: Waiting): Promise<string | null>;
  boundingBox(options?: Waiting): Promise<Box | null>;
  screenshot(options?: { readonly path?: string; readonly animations?: 'disabled' }): Promise<Buffer>;
  waitFor(options?: Waiting & { readonly state?: 'attached' | 'detached' | 'visible' | 'hidden' }): Promise<void>;
  /** Runs a function in the page, on the element. It sees nothing but what it is given. */
  evaluate<Given, Result>(run: (element: HTMLElement, given: Given) => Result | Promise<Result>, given?: Given): Promise<Result>;
}

export interface ConsoleMessage {
  type(): string;
  text(): string;
  location(): { readonly url: string };
}

export interface Mouse {
  move(x: number, y: number, options?: { readonly steps?: number }): Promise<void>;
  down(): Promise<void>;
  up(): Promise<void>;
  click(x: number, y: number): Promise<void>;
  dblclick(x: number, y: number): Promise<void>;
  wheel(x: number, y: number): Promise<void>;
}

export interface Page extends Pick<Finder<never>, 'locator' | 'getByRole' | 'getByText' | 'getByLabel' | 'frameLocator'> {
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void>; insertText(text: string): Promise<void>; down(key: string): Promise<void>; up(key: string): Promise<void> };
  readonly mouse: Mouse;
  on(event: 'console', listener: (message: ConsoleMessage) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  goto(url: string, options?: Waiting): Promise<unknown>;
  reload(options?: Waiting): Promise<unknown>;
  url(): string;
  setDefaultTimeout(milliseconds: number): void;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  screenshot(options?: { readonly path?: string; readonly clip?: Box; readonly animations?: 'disabled' }): Promise<Buffer>;
  waitForTimeout(milliseconds: number): Promise<void>;
  waitForEvent(event: 'load' | 'domcontentloaded', options?: Waiting): Promise<unknown>;
  evaluate<Given, Result>(run: (given: Given) => Result | Promise<Result>, given?: Given): Promise<Result>;
  exposeFunction(name: string, run: (...values: never[]) => unknown): Promise<void>;
  close(): Promise<void>;
}

interface ContextOptions {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly deviceScaleFactor?: number;
  readonly reducedMotion?: 'reduce';
}

export interface Browser {
  newContext(options: ContextOptions): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: { launch(options: { readonly executablePath: string; readonly args: readonly string[] }): Promise<Browser> };
}

const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Starts a Chromium without a window. */
export async function launchBrowser(): Promise<Browser> {
  const { playwright } = await ensureEditorTools();
  const { chromium } = (await import(/* @vite-ignore */ pathToFileURL(playwright).href)) as Playwright;
  // Chromium's sandbox does not work for the root user.
  const args = process.getuid?.() === 0 ? [...quiet, '--no-sandbox'] : quiet;
  return chromium.launch({ executablePath: ensureChromium(), args });
}
