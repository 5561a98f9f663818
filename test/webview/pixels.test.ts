import { describe, expect, it } from 'vitest';
import { ArrivalOrder } from '../../src/webview/model/arrivalOrder';
import { writeHeat, writeOpaque } from '../../src/webview/model/pixels';

describe('writeOpaque', () => {
  it('puts full opacity behind every pixel', () => {
    const rgba = new Uint8ClampedArray(8);
    writeOpaque(Uint8Array.of(1, 2, 3, 250, 251, 252), rgba);
    expect([...rgba]).toEqual([1, 2, 3, 255, 250, 251, 252, 255]);
  });
});

describe('writeHeat', () => {
  const rgba = new Uint8ClampedArray(256 * 4);
  writeHeat(Uint8Array.from({ length: 256 }, (_, k) => k), rgba);
  const colors = Array.from({ length: 256 }, (_, k) => [...rgba.subarray(4 * k, 4 * k + 4)] as [number, number, number, number]);

  it('leaves the picture alone where nothing changed', () => {
    expect(colors[0]![3]).toBe(0);
  });

  it('grows ever brighter and more opaque with the change', () => {
    const luma = colors.map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
    for (let k = 1; k < 256; k++) {
      expect(luma[k]!).toBeGreaterThan(luma[k - 1]! - 0.75);
      expect(colors[k]![3]).toBeGreaterThanOrEqual(colors[k - 1]![3]);
    }
    expect(luma[255]! - luma[0]!).toBeGreaterThan(180);
    expect(colors[1]![3]).toBeGreaterThan(0);
    expect(colors[255]![3]).toBeGreaterThan(240);
  });
});

describe('ArrivalOrder', () => {
  it('takes what comes in order', () => {
    const order = new ArrivalOrder();
    const tickets = [order.ask(), order.ask(), order.ask()];
    expect(tickets.map((ticket) => order.accept(ticket))).toEqual([true, true, true]);
  });

  it('shows nothing after something later', () => {
    const order = new ArrivalOrder();
    const [first, second, third] = [order.ask(), order.ask(), order.ask()];
    expect(order.accept(second)).toBe(true);
    expect(order.accept(first)).toBe(false);
    expect(order.accept(third)).toBe(true);
    expect(order.accept(second)).toBe(false);
  });
});
