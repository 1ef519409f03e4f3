using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace VzDump.Tests.EndToEnd;

public sealed class LongLogTests(Browser browser, ITestOutputHelper output) : IClassFixture<Browser>
{
    private const int Lines = 100_000;
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 120_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_of_a_hundred_thousand_lines_is_scrolled_searched_and_linked_into()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var hook = Path.Combine(dashboard.Folder, "hook");
        await File.WriteAllTextAsync(hook, $"#!/bin/sh\n[ \"$1\" = job-start ] && seq -f 'talk %.0f of the hook' 1 {Lines}\nexit 0\n", Cancellation);
        File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await File.AppendAllTextAsync(Path.Combine(dashboard.Folder, "vzdump.conf"), $"script: {hook}\n", Cancellation);
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);
        await page.BackUpAsync(101);
        var run = new Uri(page.Url).AbsolutePath;

        // It follows the end by itself, and only what is in sight stands in the document.
        await Expect(page.Lines.Filter(new() { HasText = "Backup job finished successfully" })).ToBeVisibleAsync(Patient);
        Assert.InRange(await page.Lines.CountAsync(), 1, 200);

        // Any place of it is shown soon after it was scrolled to.
        var slowest = TimeSpan.Zero;
        foreach (var place in (double[])[0, 0.25, 0.5, 0.9, 0.1])
        {
            var watch = Stopwatch.StartNew();
            var line = await page.EvaluateAsync<int>("part => { const box = document.querySelector('.log'); box.scrollTop = part * box.scrollHeight; return Math.min(Math.round(box.scrollTop / 20) + 5, Math.round(box.scrollHeight / 20) - 3); }", place);
            await Expect(page.Locator($"[data-line='{line.ToString(CultureInfo.InvariantCulture)}']")).ToBeVisibleAsync();
            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
        }

        // Frames while it is scrolled as by a wheel, for three seconds.
        var frames = await page.EvaluateAsync<double[]>("""
            () => new Promise(done => {
              const box = document.querySelector('.log'); const times = []; let last = performance.now(); const start = last; box.scrollTop = 0;
              const step = now => { times.push(now - last); last = now; box.scrollTop += 60; now - start < 3000 ? requestAnimationFrame(step) : done(times); };
              requestAnimationFrame(step);
            })
            """);
        var sorted = frames.Order().ToArray();
        output.WriteLine($"slowest jump {slowest.TotalMilliseconds:0} ms; {frames.Length / 3.0:0} frames a second, median {sorted[sorted.Length / 2]:0.0} ms, 95th percentile {sorted[(int)(sorted.Length * 0.95)]:0.0} ms");
        Assert.True(frames.Length >= 30, $"{frames.Length} frames in three seconds");

        await page.GetByPlaceholder("Find in the log").FillAsync("talk 77777 ");
        await Expect(page.GetByTestId("log-found")).ToHaveTextAsync("1 of 1");
        await Expect(page.Locator(".log-current")).ToContainTextAsync("talk 77777 of the hook");

        await page.GotoAsync(run + "?line=50000");
        await Expect(page.Locator("[data-line='50000'].log-current")).ToBeVisibleAsync(Patient);
    }

    [Fact]
    public async Task A_line_that_is_gone_to_stays_in_sight_while_the_log_grows_until_its_reader_scrolls()
    {
        await using var dashboard = await Dashboard.StartNewAsync();
        var page = await browser.VisitAsync(dashboard);
        await page.BecomeAdministratorAsync(dashboard);

        // Where a log of 10, 1,010, then 100,000 lines stands that was sent to its line 1,000 (the last screen of the second), and after a turn of the wheel to its end.
        var places = await page.EvaluateAsync<double[]>("""
            async () => {
              const { follow } = await import('/log.js');
              const frame = document.createElement('div'); frame.innerHTML = '<div style="height:400px;overflow:auto"><div></div></div><button class="jump"></button>';
              document.body.append(frame);
              const box = frame.firstChild; const text = box.firstChild; const places = [];
              const grow = async lines => { text.style.height = lines * 20 + 'px'; for (let i = 0; i < 6; i++) { await new Promise(requestAnimationFrame); } places.push(box.scrollTop); };
              text.style.height = '200px';
              const log = follow(box); log.goTo(1000, 1001);
              await grow(1010); await grow(100000);
              box.dispatchEvent(new WheelEvent('wheel')); box.scrollTop = box.scrollHeight;
              await grow(100000); await grow(100100);
              return places;
            }
            """);

        Assert.Equal([19800, 19800, 1999600, 2001600], places);
    }
}
