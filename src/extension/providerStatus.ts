import * as vscode from 'vscode';
import type { ExecutionProvider, ProviderStatus } from '../shared/protocol/engineProtocol';
import type { Disposable } from './disposables';
import type { EngineLog, EngineProcess } from './engineProcess';

/** How people know the providers. */
export const providerNames: Readonly<Record<ExecutionProvider, string>> = { auto: 'Auto', cpu: 'CPU', webgpu: 'WebGPU', cuda: 'CUDA', directml: 'DirectML', coreml: 'CoreML' };

/** A provider inside of a sentence. */
export function spoken(provider: ExecutionProvider): string {
  return provider === 'cpu' ? 'the CPU' : providerNames[provider];
}

/** Commands that help, by what a notice speaks of. */
const chooseProvider = { title: 'Choose Provider', command: 'resefa.chooseProvider' } as const;
const setUpCuda = { title: 'Set Up CUDA', command: 'resefa.setUpCuda' } as const;

/** The status bar item that says what generators run on. It is there once the engine has told. */
export class ProviderStatusItem implements Disposable {
  private readonly item = vscode.window.createStatusBarItem('resefa.provider', vscode.StatusBarAlignment.Right);
  private readonly noticed = new Set<string>();
  private readonly stopListening: () => void;
  private last: ProviderStatus | undefined;

  constructor(engine: Pick<EngineProcess, 'onProvider'>, private readonly log: EngineLog) {
    this.item.name = 'ReSeFa Execution Provider';
    this.item.command = chooseProvider.command;
    this.stopListening = engine.onProvider((status) => { this.show(status); });
  }

  /** What was told last; nothing while no generator has been opened. */
  get status(): ProviderStatus | undefined {
    return this.last;
  }

  dispose(): void {
    this.stopListening();
    this.item.dispose();
  }

  private show(status: ProviderStatus): void {
    const { provider, reasons, notice } = status;
    this.last = status;
    this.log.info([`generators run on ${spoken(provider)}`, ...reasons].join('; '));
    this.item.text = `ReSeFa: ${providerNames[provider]}`;
    this.item.tooltip = [`Generators run on ${spoken(provider)}.`, ...reasons, 'Click to choose.'].join('\n');
    this.item.show();
    if (notice !== undefined) this.notify(notice);
  }

  /** Once for each reason: a network that is too large is so every time. */
  private notify(notice: string): void {
    if (this.noticed.has(notice)) return;
    this.noticed.add(notice);
    const { title, command } = notice.includes(setUpCuda.title) ? setUpCuda : chooseProvider;
    void vscode.window.showWarningMessage(`ReSeFa: ${notice}`, title).then((button) => {
      if (button !== undefined) void vscode.commands.executeCommand(command);
    });
  }
}
