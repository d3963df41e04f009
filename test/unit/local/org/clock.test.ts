import { describe, expect, it } from 'vitest';
import { createClock } from '../../../../local/org/clock.ts';

describe('clock', () => {
  it('stands still when manual and fires what becomes due, oldest first', () => {
    const clock = createClock({ manual: true, startAt: 100 });
    const fired: string[] = [];
    clock.after(20, () => fired.push('later'));
    clock.after(10, () => fired.push('first'));
    clock.after(10, () => fired.push('second'));
    const cancelled = clock.after(5, () => fired.push('never'));
    cancelled.cancel();
    expect(clock.now()).toBe(100);
    clock.advance(15);
    expect(fired).toEqual(['first', 'second']);
    clock.advance(5);
    expect(fired).toEqual(['first', 'second', 'later']);
    expect(clock.now()).toBe(120);
  });

  it('starts nothing any more once it is disposed of', () => {
    const clock = createClock();
    let fired = false;
    const fire = () => {
      fired = true;
    };
    clock.after(1, fire);
    clock.dispose();
    clock.after(1, fire);
    clock.advance(10);
    expect(fired).toBe(false);
  });

  it('runs with the system time and can be pushed forward', async () => {
    const clock = createClock();
    const soon = new Promise<void>((done) => clock.after(5, done));
    let late = false;
    clock.after(3_000_000_000, () => {
      late = true;
    });
    await soon;
    expect(late).toBe(false);
    clock.advance(3_000_000_000);
    expect(late).toBe(true);
    expect(clock.now() - Date.now()).toBeGreaterThan(3_599_000);
    clock.dispose();
  });
});
