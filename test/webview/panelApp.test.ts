import { afterEach, describe, expect, it, vi } from 'vitest';
import { EngineStoppedError } from '../../src/shared/protocol/engineStoppedError';
import { UserError } from '../../src/shared/userError';
import { box, direction, ellipse, info, leadDiscovery, panel, ready, setUp, textOf } from './fakePanel';

afterEach(() => { vi.restoreAllMocks(); });

describe('the panel', () => {
  it('opens its generator and shows the sample, without edits both as picture and as original', async () => {
    const { app } = await ready();
    expect(app.state.info?.name).toBe('cats');
    expect(textOf(app.state.picture)).toBe('seed 0');
    expect(textOf(app.state.original)).toBe('seed 0');
    await vi.waitFor(() => { expect(app.state.otherSamples.map(({ frame }) => textOf(frame))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => `seed ${seed}`)); });
  });

  it('says why a generator cannot be opened and opens it on the next try', async () => {
    let broken = true;
    const { app } = setUp({ open: () => { if (broken) throw new UserError('cats is damaged; import it again'); return info; } });
    await vi.waitFor(() => { expect(app.state.status).toBe('error'); });
    expect(app.state.notice?.text).toBe('Cats is damaged; import it again.');
    broken = false;
    app.state.notice!.actions[0]!.run();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
  });

  it('shows the last of many seeds and computes only some of those between', async () => {
    const { app, rendered } = await ready();
    const before = rendered.length;
    for (let seed = 1; seed <= 100; seed++) app.setSeed(seed);
    await vi.waitFor(() => { expect(textOf(app.state.picture)).toBe('seed 100'); });
    expect(rendered.length - before).toBeLessThan(5);
  });

  it('adds the edits of all regions up, and fetches the original of an edited sample', async () => {
    const regions = [{ name: 'a', region: box, directions: [direction('a-1')], alphas: [2] }, { name: 'b', region: box, directions: [direction('b-1')], alphas: [-1] }];
    const { app } = await ready({}, { ...panel, regions });
    expect(textOf(app.state.picture)).toBe('seed 0 2 -1');
    await vi.waitFor(() => { expect(textOf(app.state.original)).toBe('seed 0'); });
    expect(app.state.change).toEqual({ inside: 0.02, outside: 0.001 });
    app.resetEdits();
    await vi.waitFor(() => { expect(textOf(app.state.picture)).toBe('seed 0'); });
    expect(app.state.change).toBeUndefined();
  });

  it('stores what it has to come back with', async () => {
    const { app, stored } = await ready();
    app.setSeed(7);
    app.setRegion(box);
    await vi.waitFor(() => { expect(stored.at(-1)).toMatchObject({ seed: 7, regions: [{ name: 'region 1', region: box }] }); });
  });

  it('stores a single change at once: the window may be reloaded right after it', async () => {
    const { app, stored } = await ready();
    await vi.waitFor(() => { expect(stored).not.toHaveLength(0); });
    await new Promise((resolve) => { setTimeout(resolve, 250); });
    app.setSeed(7);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    expect(stored.at(-1)).toMatchObject({ seed: 7 });
  });
});

describe('regions', () => {
  it('are undone and redone', async () => {
    const { app } = await ready();
    app.setRegion(box);
    app.setRegion(ellipse);
    app.undo();
    expect(app.state.panel.regions[0]!.region).toEqual(box);
    app.undo();
    expect(app.state.panel.regions[0]!.region).toBeUndefined();
    expect(app.state.canUndo).toBe(false);
    app.redo();
    app.redo();
    expect(app.state.panel.regions[0]!.region).toEqual(ellipse);
    expect(app.state.canRedo).toBe(false);
  });

  it('keep their directions when a shape is undone', async () => {
    const { app } = await ready();
    app.setRegion(box);
    app.setRegion(ellipse);
    app.discover();
    await vi.waitFor(() => { expect(app.state.panel.regions[0]!.directions).toHaveLength(2); });
    app.undo();
    expect(app.state.panel.regions[0]).toMatchObject({ region: box, directions: [{ name: 'd-1' }, { name: 'd-2' }] });
  });

  it('come back with their directions after they were removed', async () => {
    const { app } = await ready();
    app.useNamedRegion('eyes');
    app.discover();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    app.setAlpha(0, 3);
    app.addRegion('mouth', ellipse);
    app.removeRegion(0);
    expect(app.state.panel.regions.map(({ name }) => name)).toEqual(['mouth']);
    app.undo();
    expect(app.state.panel.regions.map(({ name }) => name)).toEqual(['eyes', 'mouth']);
    expect(app.state.panel.regions[0]).toMatchObject({ directions: [{ name: 'd-1' }, { name: 'd-2' }] });
  });

  it('take a named region in place of one without directions, and beside one with them', async () => {
    const { app } = await ready();
    app.useNamedRegion('eyes');
    expect(app.state.panel.regions).toMatchObject([{ name: 'eyes', region: box }]);
    app.renameRegion(0, 'my eyes');
    app.discover();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    app.useNamedRegion('eyes');
    expect(app.state.panel.regions.map(({ name }) => name)).toEqual(['my eyes', 'eyes']);
    expect(app.state.panel.active).toBe(1);
  });

  it('keep what was discovered since the last step when they are undone and redone', async () => {
    const { app } = await ready();
    app.useNamedRegion('eyes');
    app.discover();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    app.setAlpha(0, 3);
    app.undo();
    app.redo();
    expect(app.state.panel.regions).toMatchObject([{ name: 'eyes', directions: [{ name: 'd-1' }, { name: 'd-2' }], alphas: [3, 0] }]);
    app.removeRegion(0);
    expect(app.state.panel.regions).toMatchObject([{ name: 'region 1', directions: [] }]);
    app.undo();
    expect(app.state.panel.regions).toMatchObject([{ name: 'eyes', directions: [{ name: 'd-1' }, { name: 'd-2' }], alphas: [3, 0] }]);
  });

  it('keep their directions when another name is undone', async () => {
    const { app } = await ready();
    app.setRegion(box);
    app.renameRegion(0, 'snout');
    app.discover();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    app.undo();
    expect(app.state.panel.regions).toMatchObject([{ name: 'region 1', region: box, directions: [{ name: 'd-1' }, { name: 'd-2' }] }]);
    app.setAlpha(1, 3);
    app.redo();
    expect(app.state.panel.regions).toMatchObject([{ name: 'snout', region: box, directions: [{ name: 'd-1' }, { name: 'd-2' }], alphas: [0, 3] }]);
  });

  it('have names of their own', async () => {
    const { app } = await ready();
    app.addRegion('region 1');
    app.addRegion();
    app.renameRegion(2, 'region 1');
    expect(app.state.panel.regions.map(({ name }) => name)).toEqual(['region 1', 'region 1 2', 'region 1 3']);
  });
});

describe('a discovery', () => {
  it('asks for what was chosen', async () => {
    const { discover, lead } = leadDiscovery();
    const { app } = await ready({ discover });
    app.renameRegion(0, 'Œil gauche / 左目 / आँख');
    app.setRegion(box);
    app.setPreset('exact');
    app.setSpace('w+');
    app.setSamples(5);
    app.setLayers([2]);
    app.discover();
    const { request } = await lead();
    expect(request).toEqual({ id: 'discovery-1', generator: 'cats', region: box, name: 'œil-gauche-左目-आँख', preset: 'exact', space: 'w+', layers: [2], seeds: '0-4', count: 8 });
    expect(app.state.status).toBe('discovering');
  });

  it('shows directions while it goes on and keeps a slider that is moved meanwhile: a direction that turns is turned back', async () => {
    const { discover, lead } = leadDiscovery();
    const { app } = await ready({ discover });
    app.setRegion(box);
    app.discover();
    const { progress, finish } = await lead();
    progress({ kind: 'directions', directions: [direction('d-1')] });
    await vi.waitFor(() => { expect(app.state.panel.regions[0]!.directions).toHaveLength(1); });
    app.setAlpha(0, 2);
    progress({ kind: 'directions', directions: [direction('d-1', [-0.9, 0.1, 0, 0])] });
    await vi.waitFor(() => { expect(app.state.panel.regions[0]).toMatchObject({ directions: [{ vector: [0.9, -0.1, 0, 0] }], alphas: [2] }); });
    progress({ kind: 'progress', phase: 'sampling', samplesDone: 3, samples: 20, tangentsDone: 64, tangents: 128, fraction: 0.2, secondsElapsed: 1, secondsLeft: 4 });
    await vi.waitFor(() => { expect(app.state.discovery).toMatchObject({ samplesDone: 3, samples: 20, secondsLeft: 4 }); });
    finish({ directions: [direction('d-1', [-0.9, 0.1, 0, 0])], stopped: false, seeds: '0-19', seconds: 2 });
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect(app.state.panel.regions[0]).toMatchObject({ directions: [{ vector: [0.9, -0.1, 0, 0] }], alphas: [2] });
    expect(app.state.discovery).toBeUndefined();
  });

  it('goes back to the directions and sliders of before when it is cancelled, and can be started again', async () => {
    const { discover, lead } = leadDiscovery();
    const regions = [{ name: 'a', region: box, directions: [direction('old-1')], alphas: [2] }];
    const { app } = await ready({ discover }, { ...panel, regions });
    app.discover();
    const { progress } = await lead();
    progress({ kind: 'directions', directions: [direction('new-1'), direction('new-2')] });
    await vi.waitFor(() => { expect(app.state.panel.regions[0]).toMatchObject({ directions: [{ name: 'new-1' }, { name: 'new-2' }], alphas: [2, 0] }); });
    app.cancelDiscovery();
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect(app.state.panel.regions[0]).toMatchObject({ directions: [{ name: 'old-1' }], alphas: [2] });
    expect(app.state.notice?.text).toContain('Cancelled');
    app.discover();
    expect(app.state.status).toBe('discovering');
  });

  it('stays with its region when that gets another name or place', async () => {
    const { discover, lead } = leadDiscovery();
    const regions = [{ name: 'a', directions: [], alphas: [] }, { name: 'b', region: box, directions: [direction('old-1')], alphas: [2] }];
    const { app } = await ready({ discover }, { ...panel, regions, active: 1 });
    app.discover();
    const { progress, finish } = await lead();
    progress({ kind: 'directions', directions: [direction('new-1')] });
    await vi.waitFor(() => { expect(app.state.panel.regions[1]!.directions).toMatchObject([{ name: 'new-1' }]); });
    app.renameRegion(1, 'c');
    app.removeRegion(0);
    expect(app.state.discovery?.region).toBe(0);
    finish({ directions: [direction('new-1'), direction('new-2')], stopped: false, seeds: '0-19', seconds: 1 });
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect(app.state.panel.regions).toMatchObject([{ name: 'c', directions: [{ name: 'new-1' }, { name: 'new-2' }] }]);
  });

  it('ends with its region, which comes back as it was before', async () => {
    const { discover, lead } = leadDiscovery();
    const regions = [{ name: 'a', region: box, directions: [direction('old-1')], alphas: [2] }, { name: 'b', directions: [], alphas: [] }];
    const { app } = await ready({ discover }, { ...panel, regions });
    app.discover();
    const { progress } = await lead();
    progress({ kind: 'directions', directions: [direction('new-1')] });
    await vi.waitFor(() => { expect(app.state.panel.regions[0]!.directions).toMatchObject([{ name: 'new-1' }]); });
    app.removeRegion(0);
    expect(app.state).toMatchObject({ status: 'ready', discovery: undefined });
    app.undo();
    expect(app.state.panel.regions[0]).toMatchObject({ name: 'a', directions: [{ name: 'old-1' }], alphas: [2] });
  });

  it('ends with its generator, whose directions stay there', async () => {
    const { discover, lead } = leadDiscovery();
    const regions = [{ name: 'a', region: box, directions: [direction('old-1')], alphas: [2] }];
    const { app } = await ready({ discover }, { ...panel, regions });
    app.discover();
    const { progress } = await lead();
    progress({ kind: 'directions', directions: [direction('new-1')] });
    await vi.waitFor(() => { expect(app.state.panel.regions[0]!.directions).toMatchObject([{ name: 'new-1' }]); });
    app.openGenerator('dogs');
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(app.state.panel).toMatchObject({ generator: 'dogs', regions: [{ name: 'a', directions: [] }] });
    expect(app.state.notice).toBeUndefined();
    app.openGenerator('cats');
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect(app.state.panel.regions).toEqual(regions);
  });

  it('is stopped by its own name', async () => {
    const { discover, lead } = leadDiscovery();
    const stop = vi.fn();
    const { app } = await ready({ discover, stop });
    app.setRegion(box);
    app.discover();
    const { finish } = await lead();
    app.stopDiscovery();
    await vi.waitFor(() => { expect(stop.mock.calls[0]?.[0]).toEqual({ id: 'discovery-1' }); });
    expect(app.state.discovery?.phase).toBe('stopping');
    finish({ directions: [direction('d-1')], stopped: true, seeds: '0-3', seconds: 1 });
    await vi.waitFor(() => { expect(app.state.notice?.text).toContain('0-3'); });
  });

  it('that the engine does not survive costs nothing else', async () => {
    const { discover, lead } = leadDiscovery();
    const regions = [{ name: 'a', region: box, directions: [direction('old-1')], alphas: [2] }];
    const { app, server } = await ready({ discover }, { ...panel, regions });
    app.discover();
    const { fail } = await lead();
    fail(new EngineStoppedError('the engine process ended unexpectedly (signal SIGKILL)'));
    server.emit('engineStopped', { message: 'the engine process ended unexpectedly (signal SIGKILL)', hadStarted: true });
    await vi.waitFor(() => { expect(app.state.status).toBe('error'); });
    expect(app.state.notice?.text).toContain('started again');
    expect(app.state.notice?.text).toContain('SIGKILL');
    expect(app.state.panel.regions[0]).toMatchObject({ directions: [{ name: 'old-1' }], alphas: [2] });
    app.state.notice!.actions.find(({ label }) => label === 'Discover again')!.run();
    expect(app.state.status).toBe('discovering');
  });

  it('does not claim to have started an engine that cannot be started', async () => {
    const { app, server, rendered } = await ready();
    const before = rendered.length;
    server.emit('engineStopped', { message: 'the engine process cannot be started: no such library', hadStarted: false });
    await vi.waitFor(() => { expect(app.state.status).toBe('error'); });
    expect(app.state.notice?.text).toBe('The engine process cannot be started: no such library. Nothing is lost.');
    expect(app.state.notice!.actions.map(({ label }) => label)).toEqual(['Start it again', 'Show log']);
    expect(rendered).toHaveLength(before);
  });

  it('shows a mistake of the user as it is', async () => {
    const { app } = await ready({ discover: () => Promise.reject(new UserError('the region covers the whole image: draw it smaller')) });
    app.setRegion(box);
    app.discover();
    await vi.waitFor(() => { expect(app.state.notice).toMatchObject({ kind: 'error', text: 'The region covers the whole image: draw it smaller.' }); });
  });
});

describe('directions', () => {
  it('are left behind with their generator and found again there', async () => {
    const regions = [{ name: 'a', region: box, directions: [direction('a-1')], alphas: [2] }];
    const { app } = await ready({}, { ...panel, regions });
    app.openGenerator('dogs');
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect(app.state.panel.regions).toEqual([{ name: 'a', region: box, directions: [], alphas: [] }]);
    app.openGenerator('cats');
    await vi.waitFor(() => { expect(app.state.status).toBe('ready'); });
    expect(app.state.panel.regions).toEqual(regions);
  });

  it('come from a file with their region and a visible edit', async () => {
    const { app, server } = await ready();
    server.emit('applyDirection', { generator: 'cats', direction: direction('smile-1') });
    await vi.waitFor(() => { expect(app.state.panel.regions).toMatchObject([{ name: 'smile-1', region: box, alphas: [3] }]); });
    await vi.waitFor(() => { expect(textOf(app.state.picture)).toBe('seed 0 3'); });
  });

  it('are saved with how they were sorted', async () => {
    const saveDirection = vi.fn(() => ({ name: 'd-1', path: 'd-1.resefa.json' }));
    const { app } = await ready({ saveDirection });
    app.setRegion(box);
    app.discover();
    await vi.waitFor(() => { expect(app.state.panel.regions[0]!.directions).toHaveLength(2); });
    app.setByLocality(true);
    app.saveDirection(1);
    await vi.waitFor(() => { expect(saveDirection).toHaveBeenCalled(); });
    expect(saveDirection.mock.calls[0]).toMatchObject([{ direction: { name: 'd-2', discovery: { rankedBy: 'locality' } } }, {}]);
  });
});
