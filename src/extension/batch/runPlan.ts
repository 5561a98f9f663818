import * as vscode from 'vscode';
import { CancelledError } from '../../shared/cancelledError';
import { durationText } from '../../shared/durationText';
import type { BatchResult, BatchUpdate, DiscoverPlanRequest } from '../../shared/protocol/engineProtocol';
import { EngineStoppedError } from '../../shared/protocol/engineStoppedError';
import { counted } from '../../shared/table';
import { showError } from '../errors';
import { notifiedWork } from '../notifiedWork';
import { reasonOf } from '../reason';
import { withoutLinks } from '../withoutLinks';
import type { AllServices } from '../allServices';

const [openSummary, replaceFiles] = ['Open Summary', 'Replace Files'];

/** How far a batch got. */
interface Standing {
  done: number;
  total: number;
}

/**
 * Discovers what a plan asks for, with a notification that tells how far it is and cancels, and one at the end that opens
 * the summary, or goes on where it was ended early.
 */
export async function runPlan(request: DiscoverPlanRequest, services: AllServices): Promise<void> {
  const standing: Standing = { done: 0, total: 0 };
  try {
    tellResult(await discovering(request, services, standing), request, services);
  } catch (error) {
    if (!(error instanceof CancelledError) && !(error instanceof EngineStoppedError)) throw error;
    if (error instanceof EngineStoppedError) services.log.error(reasonOf(error));
    offerToGoOn(error, standing, request, services);
  }
}

async function discovering(request: DiscoverPlanRequest, services: AllServices, standing: Standing): Promise<BatchResult> {
  return notifiedWork(`discovering ${request.name}`, services, (signal, report) => {
    const onProgress = (update: BatchUpdate) => {
      switch (update.kind) {
        case 'started':
        case 'discovered':
          standing.done = update.done;
          standing.total = update.total;
          break;
        case 'progress':
          report(stepText(update, standing), update.fraction);
          break;
        case 'note':
          services.log.warn(`${request.name}: ${update.text}`);
          break;
      }
    };
    return services.engine.call('discoverPlan', request, { signal, onProgress });
  });
}

function stepText({ job, step, secondsLeft }: Extract<BatchUpdate, { kind: 'progress' }>, { done, total }: Standing): string {
  return `${done} of ${counted(total, 'discovery')} done${secondsLeft === undefined ? '' : `, about ${durationText(secondsLeft)} left`} (${job}: ${step})`;
}

function tellResult({ discovered, before, failed, edited, summary }: BatchResult, request: DiscoverPlanRequest, services: AllServices): void {
  const [first] = failed;
  const text = [
    ...(first ? [`${counted(failed.length, 'discovery')} failed (${first.task}: ${first.reason}).`] : []),
    `${counted(discovered, 'discovery')} made${before > 0 ? `, ${before} done before` : ''}.`,
    ...(edited.length > 0 ? [`${counted(edited.length, 'file')} left that the plan did not make or somebody has edited.`] : []),
  ].join(' ');
  const buttons = [...(summary === undefined ? [] : [openSummary]), ...(edited.length > 0 ? [replaceFiles] : [])];
  const show = first ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  void show(withoutLinks(text), ...buttons).then((button) => {
    if (button === openSummary) void showSummary(vscode.Uri.file(summary!));
    if (button === replaceFiles) followUp(replaceEdited(edited, request, services), services);
  });
}

async function replaceEdited(edited: readonly string[], request: DiscoverPlanRequest, services: AllServices): Promise<void> {
  const detail = [...edited.slice(0, 10), ...(edited.length > 10 ? ['..'] : [])].join('\n');
  const answer = await vscode.window.showWarningMessage(`Make ${counted(edited.length, 'file')} anew? What was edited is lost.`, { modal: true, detail }, 'Replace');
  if (answer !== undefined) await runPlan({ ...request, force: true }, services);
}

/** As it looks in a pull request; as text where VS Code has no preview. */
async function showSummary(uri: vscode.Uri): Promise<void> {
  try {
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  } catch {
    await vscode.commands.executeCommand('vscode.open', uri);
  }
}

function offerToGoOn(error: CancelledError | EngineStoppedError, { done, total }: Standing, request: DiscoverPlanRequest, services: AllServices): void {
  const kept = total > 0 ? `${done} of ${counted(total, 'discovery')} done` : 'Nothing was done yet';
  const [text, show] = error instanceof EngineStoppedError
    ? [`Discovering ${request.name} was interrupted: ${reasonOf(error)}. ${kept}; it can go on from there.`, vscode.window.showErrorMessage]
    : [`Stopped discovering ${request.name}. ${kept}; it can go on from there.`, vscode.window.showInformationMessage];
  void show(withoutLinks(text), 'Continue').then((button) => {
    if (button !== undefined) followUp(runPlan(request, services), services);
  });
}

/** What a button begins is nobody's to wait for. */
function followUp(work: Promise<void>, { log }: AllServices): void {
  work.catch((error: unknown) => { showError(error, log); });
}
